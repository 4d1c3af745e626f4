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
        guard var text = texts[key] else { return key }
        if let n {
            text = text.replacing("{n}", with: String(n))
            while let open = text.firstRange(of: "{n:"), let close = text[open.upperBound...].firstIndex(of: "}") {
                let forms = text[open.upperBound..<close].split(separator: "|", omittingEmptySubsequences: false)
                text.replaceSubrange(open.lowerBound...close, with: String((n == 1 ? forms.first : forms.last) ?? ""))
            }
        }
        for (name, value) in arguments { text = text.replacing("{\(name)}", with: value) }
        return text
    }

    func callAsFunction(_ text: Text) -> String { text.in(language) }
}
