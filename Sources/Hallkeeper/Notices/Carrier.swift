import CCurl
import Foundation

/// Where notices may go besides public addresses: hosts of the company's own network the operator names. Everything else that
/// is not public is refused when the connection is made, whatever its name says.
struct Reach: Sendable {
    var inside: Set<String> = []

    init(inside: Set<String> = []) { self.inside = inside }
    /// From the configuration: names separated by commas.
    init(_ text: String) { inside = Set(text.split(whereSeparator: { $0 == "," || $0 == " " }).map { $0.lowercased() }) }

    func isInside(_ host: String) -> Bool { inside.contains(host.lowercased()) }
}

/// Takes one message out over the network, by HTTP or SMTP, on threads of its own: a receiver that does not answer holds up
/// nobody. No redirect is followed, no answer is read further than its first bytes.
final class Carrier: Sendable {
    private let threads = OwnThreads(8)
    let reach: Reach
    private static let begun: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    init(reach: Reach) {
        self.reach = reach
    }

    /// Ends the threads; what is on its way is waited for.
    func stop() { threads.stop() }

    /// Why a message did not go.
    struct Failure: Error { var why: String }

    /// Status and the first bytes of the answer. Throws `Failure`.
    func post(_ url: String, _ headers: [(String, String)], _ body: [UInt8]) async throws -> (status: Int, body: [UInt8]) {
        guard let host = URL(string: url)?.host() else { throw Failure(why: "no address") }
        let isInside = reach.isInside(host)
        return try await threads.run {
            try Self.exchange(isInside: isInside, sent: []) { handle in
                hk_curl_text(handle, CURLOPT_URL, url)
                hk_curl_text(handle, CURLOPT_PROTOCOLS_STR, isInside ? "http,https" : "https")
                (body + [0]).withUnsafeBytes { bytes in hk_curl_body(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), body.count) }
                var list: UnsafeMutablePointer<curl_slist>?
                for (name, value) in headers { list = curl_slist_append(list, "\(name): \(value)") }
                // Else it waits for a receiver that never says "go on".
                list = curl_slist_append(list, "Expect:")
                hk_curl_list(handle, CURLOPT_HTTPHEADER, list)
                return list
            }
        }
    }

    /// Gives a message to the mail server for one receiver. Throws `Failure`.
    func mail(_ server: MailServer, to receiver: String, _ message: String) async throws {
        let bytes = Array(message.utf8)
        let (status, answer) = try await threads.run {
            // The operator's own server, wherever it stands.
            try Self.exchange(isInside: true, sent: bytes) { handle in
                hk_curl_text(handle, CURLOPT_URL, server.url)
                hk_curl_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
                hk_curl_number(handle, CURLOPT_USE_SSL, server.isPlain ? Int(CURLUSESSL_NONE.rawValue) : Int(CURLUSESSL_ALL.rawValue))
                if !server.authority.isEmpty { hk_curl_text(handle, CURLOPT_CAINFO, server.authority) }
                if !server.user.isEmpty {
                    hk_curl_text(handle, CURLOPT_USERNAME, server.user)
                    hk_curl_text(handle, CURLOPT_PASSWORD, server.password)
                }
                hk_curl_text(handle, CURLOPT_MAIL_FROM, "<\(server.from)>")
                let list = curl_slist_append(nil, "<\(receiver)>")
                hk_curl_list(handle, CURLOPT_MAIL_RCPT, list)
                hk_curl_number(handle, CURLOPT_UPLOAD, 1)
                return list
            }
        }
        guard (200..<300).contains(status) else { throw Failure(why: "SMTP \(status) \(String(decoding: answer.prefix(80), as: UTF8.self))") }
    }

    private static func exchange(isInside: Bool, sent: [UInt8], _ set: (UnsafeMutableRawPointer) -> UnsafeMutablePointer<curl_slist>?) throws -> (status: Int, body: [UInt8]) {
        _ = begun
        guard let raw = curl_easy_init() else { throw Failure(why: "no memory") }
        defer { curl_easy_cleanup(raw) }
        var exchange = hk_exchange()
        return try sent.withUnsafeBytes { bytes in
            try withUnsafeMutablePointer(to: &exchange) { own in
                own.pointee.bytes = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                own.pointee.length = bytes.count
                own.pointee.inside = isInside ? 1 : 0
                hk_curl_exchange(raw, own)
                hk_curl_number(raw, CURLOPT_NOSIGNAL, 1)
                hk_curl_number(raw, CURLOPT_CONNECTTIMEOUT, 6)
                hk_curl_number(raw, CURLOPT_TIMEOUT, 15)
                // What the environment calls a proxy would be a way round the addresses that are refused.
                hk_curl_text(raw, CURLOPT_PROXY, "")
                let list = set(raw)
                defer { curl_slist_free_all(list) }
                let code = curl_easy_perform(raw)
                if own.pointee.refused != 0 { throw Failure(why: "not a public address, and not one the operator has named") }
                let status = Int(hk_curl_status(raw))
                guard code == CURLE_OK else { throw Failure(why: "unreachable: " + String(cString: curl_easy_strerror(code)) + (status > 0 ? " (\(status))" : "")) }
                let kept = withUnsafeBytes(of: &own.pointee.kept) { Array($0.prefix(own.pointee.kept_length)) }
                return (status, kept)
            }
        }
    }
}
