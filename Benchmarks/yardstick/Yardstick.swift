import Foundation
import Hummingbird
import Logging
import Store
import StoreSQLite

/// What `Benchmarks/run.py` measures the product against: the least that can be done with the same parts, and the disk.
@main
struct Yardstick {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("bare", 3...4): try await bare(words[1], port: Int(words[2]) ?? 0, pages: words.count > 3 ? words[3] : nil)
        case ("disk", 2): print(try Disk.floor(words[1]))
        default:
            FileHandle.standardError.write(Data("yardstick bare DIR PORT [PAGES] | disk DIR\n".utf8))
            exit(64)
        }
    }

    /// One row by the same group commit at `POST /row`; each page of a folder, rendered from values in memory, at `/page/NAME`.
    private static func bare(_ folder: String, port: Int, pages: String?) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try SQLiteStore(path: folder + "/bare.sqlite")
        try await store.script("create table if not exists row (id text not null primary key, body text not null)", name: "", checksum: "")
        let router = Router()
        router.post("/row") { request, _ -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: 1 << 16)
            let (id, text) = (UUID().uuidString, String(buffer: body))
            _ = try await store.write { tx in try tx.run("insert into row (id, body) values (\(id), \(text))") }
            return .seeOther
        }
        var known: [String: RenderedPage] = [:]
        for name in try pages.map({ try FileManager.default.contentsOfDirectory(atPath: $0) }) ?? [] {
            known[name] = RenderedPage(try String(contentsOfFile: (pages ?? "") + "/" + name, encoding: .utf8))
        }
        router.get("/page/:name") { [known] _, context -> Response in
            guard let page = context.parameters.get("name").flatMap({ known[$0] }) else { return Response(status: .notFound) }
            return Response(status: .ok, headers: [.contentType: "text/html; charset=utf-8"], body: .init(byteBuffer: ByteBuffer(string: page.html)))
        }
        router.get("/health") { _, _ in "ok" }
        var log = Logger(label: "bare") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .warning
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: log)
        try await application.runService()
        await store.close()
    }
}

/// A page taken apart into its markup and the words between, so that it can be written anew from values, each escaped.
struct RenderedPage: Sendable {
    private let parts: [(markup: Substring, words: String)]

    init(_ html: String) {
        parts = html.split(separator: "<", omittingEmptySubsequences: true).map { piece in
            guard let end = piece.firstIndex(of: ">") else { return (piece, "") }
            let words = piece[piece.index(after: end)...]
            let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")].reduce(String(words)) {
                $0.replacingOccurrences(of: $1.0, with: $1.1)
            }
            return (piece[...end], plain)
        }
    }

    /// The whole page, written part by part.
    var html: String {
        var text = ""
        text.reserveCapacity(parts.count * 48)
        for part in parts {
            text += "<"
            text += part.markup
            text += Self.escaped(part.words)
        }
        return text
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 || $0 == 0x27 }) else { return value }
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}

/// The floor under every durable write.
enum Disk {
    /// How many fdatasyncs of 4 KiB a second the disk under a folder takes, in one second.
    static func floor(_ folder: String) throws -> Int {
        let path = folder + "/floor"
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        guard file >= 0 else { throw CocoaError(.fileWriteNoPermission) }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 7, count: 4096)
        let started = ContinuousClock.now
        var count = 0
        while started.duration(to: .now) < .seconds(1) {
            guard pwrite(file, page, page.count, off_t(count % 256 * 4096)) == page.count, fdatasync(file) == 0 else { throw CocoaError(.fileWriteUnknown) }
            count += 1
        }
        return count
    }
}
