import WorkCalendar
import Yams

/// The words on screen, both languages at once, by flat dotted keys.
struct Words: Sendable {
    let language: Language
    private let texts: [String: String]

    static let all: [Language: Words] = [
        .zh: Words(language: .zh, texts: load("zh-CN.yaml")), .en: Words(language: .en, texts: load("en.yaml")),
    ]

    static func of(_ language: Language) -> Words { all[language] ?? Words(language: language, texts: [:]) }

    static func load(_ file: String) -> [String: String] {
        guard let node = try? Yams.compose(yaml: Embedded.files[file] ?? "", .basic), let mapping = node.mapping else { return [:] }
        var texts: [String: String] = [:]
        for (key, value) in mapping { if let key = key.scalar?.string, let text = value.scalar?.string { texts[key] = text } }
        return texts
    }

    var keys: Set<String> { Set(texts.keys) }

    /// The text of a key with `{name}` filled in and `{n:one|many}` chosen by `n`. A missing key shows itself.
    func callAsFunction(_ key: String, _ arguments: [String: String] = [:], n: Int? = nil) -> String {
        guard let text = texts[key] else { return key }
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        return Self.filled(text, arguments, n: n)
    }

    /// One pass, so that braces within a value (a name somebody typed) stay what they are.
    static func filled(_ text: String, _ arguments: [String: String], n: Int?) -> String {
        var out = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            let name = rest[rest.index(after: open)..<close]
            if let value = arguments[String(name)] {
                out += value
            } else if let n, name == "n" {
                out += String(n)
            } else if let n, name.hasPrefix("n:") {
                let forms = name.dropFirst(2).split(separator: "|", omittingEmptySubsequences: false)
                out += (n == 1 ? forms.first : forms.last) ?? ""
            } else {
                out += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }

    func callAsFunction(_ text: Text) -> String { text.in(language) }
}
