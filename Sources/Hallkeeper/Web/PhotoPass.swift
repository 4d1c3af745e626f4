import Store

/// Who may look at a photo: whoever was shown it. A page that shows one has already asked whether its reader may see what it
/// belongs to, so it puts a pass on the address, good for that session and that photo alone. An address that is handed on, kept
/// from before, or put together from a hash opens nothing (docs/rules/access.md, "Photos").
enum PhotoPass {
    /// What the session of a request signs with; "" outside of any.
    @TaskLocal static var key = ""

    private static func of(_ hash: String) -> String {
        // Two hashes, so that nothing can be put behind the message (HMAC's shape).
        String(Hash.sha256(hex: key + Hash.sha256(hex: key + "|photo|" + hash)).prefix(32))
    }

    static func isGood(_ pass: String, for hash: String) -> Bool { !key.isEmpty && pass == of(hash) }

    /// Where a photo is seen, by whoever the page is made for.
    static func link(_ hash: String) -> String { Site.photo.link(hash) + "?pass=" + of(hash) }
    static func small(_ hash: String) -> String { Site.smallPhoto.link(hash) + "?pass=" + of(hash) }

    /// Photos that were taken in with a form which is shown again, for a hidden field: each with its pass.
    static func carried(_ hashes: [String]) -> String { hashes.map { $0 + "." + of($0) }.joined(separator: ",") }

    /// The answers of a form without photos that nobody gave this session: of an answer that names photos, those with a good pass.
    static func admitted(_ answers: [String: String]) -> [String: String] {
        answers.mapValues { text in
            let named = text.split(separator: ",").map { $0.split(separator: ".", maxSplits: 1) }
            guard !named.isEmpty, named.allSatisfy({ isHash($0.first ?? "") }) else { return text }
            return named.filter { $0.count == 2 && isGood(String($0[1]), for: String($0[0])) }.map { String($0[0]) }.joined(separator: ",")
        }
    }

    /// As `AnswerCheck` reads one: in any case, with spaces around or inside.
    private static func isHash(_ text: Substring) -> Bool {
        let plain = text.filter { !$0.isWhitespace }
        return plain.utf8.count == 64 && plain.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
