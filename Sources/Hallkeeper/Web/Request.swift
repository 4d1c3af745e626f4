import Foundation

/// One request, apart from any network.
struct Request: Sendable {
    var method: String
    var path: String
    var query: [String: String] = [:]
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    var remote = ""
    var isSecure = false
    /// What our proxy calls this request, or "": the shell makes one.
    var id = ""

    /// A proxy's mark of a request, when it is one: it stands in logs and in the ledger.
    static func mark(_ text: String?) -> String {
        guard let text, (8...64).contains(text.utf8.count) else { return "" }
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || [0x2D, 0x2E, 0x5F].contains($0) }
        return isPlain ? text : ""
    }

    /// The value of a cookie; of several of one name the last.
    func cookie(_ name: String) -> String? {
        guard let header = headers["cookie"] else { return nil }
        var found: String?
        for pair in header.utf8.split(separator: 0x3B) {
            let pair = Self.trimmed(pair)
            guard let equals = pair.firstIndex(of: 0x3D), Self.trimmed(pair[..<equals]).elementsEqual(name.utf8) else { continue }
            found = String(Substring(Self.trimmed(pair[pair.index(after: equals)...])))
        }
        return found
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text
        while text.first == 0x20 || text.first == 0x09 { text = text.dropFirst() }
        while text.last == 0x20 || text.last == 0x09 { text = text.dropLast() }
        return text
    }

    /// Whether somebody opens a page, rather than a script that fetches one to keep or to look for news in it. Browsers that do not
    /// say are believed to (Fetch Metadata, `Sec-Fetch-Mode`).
    var isNavigation: Bool { (headers["sec-fetch-mode"] ?? "navigate") == "navigate" }

    /// The path and query as they were, for coming back after signing in.
    var target: String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.sorted { $0.key < $1.key }.map { "\(Submitted.encode($0.key))=\(Submitted.encode($0.value))" }.joined(separator: "&")
    }
}

/// What is sent back.
struct Reply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case stream(AsyncStream<[UInt8]>)
        /// Wake-ups, for as long as somebody listens.
        case live(Hub.Opening)
    }
    var status: Int
    var headers: [(String, String)]
    var body: Body

    init(status: Int = 200, headers: [(String, String)] = [], body: Body = .bytes([])) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    static func page(_ html: HTML, status: Int = 200) -> Reply {
        Reply(status: status, headers: [("content-type", "text/html; charset=utf-8")], body: .bytes(Array(html.text.utf8)))
    }

    /// After a post: see what came of it.
    static func redirect(_ link: String) -> Reply { Reply(status: 303, headers: [("location", link)]) }

    static func json(_ text: String, status: Int = 200) -> Reply {
        Reply(status: status, headers: [("content-type", "application/json; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    static func file(_ bytes: [UInt8], media: String) -> Reply {
        Reply(headers: [("content-type", media)], body: .bytes(bytes))
    }

    func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }

    mutating func set(_ name: String, _ value: String) { headers.append((name, value)) }

    mutating func setCookie(_ name: String, _ value: String, seconds: Int, isSecure: Bool) {
        headers.append(
            ("set-cookie", "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")))
    }
}
