import Store

/// What every reply wears: headers against misuse, an ETag, gzip where it helps.
extension Shell {
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; worker-src 'self'; manifest-src 'self'"

    func dress(_ reply: inout Reply, _ request: Request, _ id: String) {
        // A picture that came from outside says a stricter one of its own.
        if reply.header("content-security-policy") == nil { reply.set("content-security-policy", Self.policy) }
        reply.set("x-content-type-options", "nosniff")
        reply.set("referrer-policy", "same-origin")
        reply.set("cross-origin-opener-policy", "same-origin")
        reply.set("x-request-id", id)
        if request.isSecure { reply.set("strict-transport-security", "max-age=31536000") }
        if reply.header("cache-control") == nil { reply.set("cache-control", "private, no-cache") }
        let type = reply.header("content-type") ?? ""
        if request.cookie("flash") != nil, request.isNavigation, reply.status == 200, type.hasPrefix("text/html") {
            reply.setCookie("flash", "", seconds: 0, isSecure: request.isSecure)
        }
        guard case .bytes(let bytes) = reply.body else { return }
        let isText = type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("application/problem+json") || type.hasPrefix("application/yaml") || type.hasPrefix("image/svg")
        // Said of plain replies too: what stands between must not hand a packed one to who cannot unpack it.
        if isText { reply.set("vary", Problem.isRead(at: request.path) ? "accept-encoding, accept-language" : "accept-encoding") }
        if reply.status == 200, reply.header("etag") == nil, request.method == "GET" || request.method == "HEAD", !bytes.isEmpty {
            let tag = "W/\"\(Fingerprint.of(bytes))\""
            reply.set("etag", tag)
            if Self.names(request.headers["if-none-match"] ?? "", tag) {
                reply.status = 304
                reply.body = .bytes([])
                return
            }
        }
        if isText, bytes.count > 1024, Self.takesGzip(request.headers["accept-encoding"] ?? ""),
            let packed = Compression.gzip(bytes)
        {
            reply.body = .bytes(packed)
            reply.set("content-encoding", "gzip")
        }
    }

    /// Whether a list of tags holds this one; weak or strong makes no difference here.
    static func names(_ list: String, _ tag: String) -> Bool {
        func bare(_ text: Substring) -> Substring {
            let text = text.drop { $0 == " " }
            return text.hasPrefix("W/") ? text.dropFirst(2) : text
        }
        return list == "*" || list.split(separator: ",").contains { bare($0) == bare(tag[...]) }
    }

    private static func takesGzip(_ accepted: String) -> Bool {
        accepted.lowercased().split(separator: ",").contains { part in
            let words = part.filter { $0 != " " }.split(separator: ";")
            return words.first == "gzip" && !words.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}
