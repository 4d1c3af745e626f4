import WorkCalendar
import Yams

/// The words on screen, both languages at once, by flat dotted keys.
struct Words: Sendable {
    let language: Language
    private let templates: [String: Template]

    static let all: [Language: Words] = [
        .zh: Words(language: .zh, texts: load("zh-CN.yaml")), .en: Words(language: .en, texts: load("en.yaml")),
    ]

    init(language: Language, texts: [String: String]) {
        self.language = language
        templates = texts.mapValues { Template($0) }
    }

    static func of(_ language: Language) -> Words { all[language] ?? Words(language: language, texts: [:]) }

    static func load(_ file: String) -> [String: String] {
        guard let node = try? Yams.compose(yaml: Embedded.files[file] ?? "", .basic), let mapping = node.mapping else { return [:] }
        var texts: [String: String] = [:]
        for (key, value) in mapping { if let key = key.scalar?.string, let text = value.scalar?.string { texts[key] = text } }
        return texts
    }

    var keys: Set<String> { Set(templates.keys) }

    /// The text of a key with `{name}` filled in and `{n:one|many}` chosen by `n`. A missing key shows itself.
    func callAsFunction(_ key: String, _ arguments: [String: String] = [:], n: Int? = nil) -> String {
        guard let template = templates[key] else { return key }
        return template.filled(arguments, n: n)
    }

    /// One text filled in.
    static func filled(_ text: String, _ arguments: [String: String], n: Int?) -> String { Template(text).filled(arguments, n: n) }

    func callAsFunction(_ text: Text) -> String { text.in(language) }

    /// One after the other: `王敏、李强`, `Wang Min, Li Qiang`.
    func list(_ names: [String]) -> String { names.joined(separator: language == .zh ? "、" : ", ") }

    /// A clause's id as people say it: `1.2-6`; `附件 1` for what packs call `annex 1`.
    func clause(_ id: String) -> String { language == .zh && id.hasPrefix("annex ") ? "附件 " + id.dropFirst("annex ".count) : id }

    /// In brackets behind what it says more of: `（灭火器 3 号）`, ` (Extinguisher 3)`.
    func aside(_ text: String) -> String { language == .zh ? "（\(text)）" : " (\(text))" }
}

/// A text with places to fill, taken apart once: pages fill in hundreds.
private struct Template: Sendable {
    private enum Piece: Sendable {
        case literal(String)
        /// `{name}`, and how it stands there for when nothing is given.
        case argument(name: String, raw: String)
        /// `{n:one|many}`.
        case forms(one: String, many: String, raw: String)
    }
    private let text: String
    /// None where there is nothing to fill.
    private let pieces: [Piece]

    init(_ text: String) {
        self.text = text
        guard text.utf8.contains(UInt8(ascii: "{")) else {
            pieces = []
            return
        }
        var found: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            if open > rest.startIndex { found.append(.literal(String(rest[..<open]))) }
            let (name, raw) = (String(rest[rest.index(after: open)..<close]), String(rest[open...close]))
            if name.hasPrefix("n:") {
                let forms = name.dropFirst(2).split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                found.append(.forms(one: forms.first ?? "", many: forms.last ?? "", raw: raw))
            } else {
                found.append(.argument(name: name, raw: raw))
            }
            rest = rest[rest.index(after: close)...]
        }
        if !found.isEmpty, !rest.isEmpty { found.append(.literal(String(rest))) }
        pieces = found
    }

    /// One pass, so that braces within a value (a name somebody typed) stay what they are.
    func filled(_ arguments: [String: String], n: Int?) -> String {
        guard !pieces.isEmpty else { return text }
        var out = ""
        for piece in pieces {
            switch piece {
            case .literal(let text): out += text
            case .argument(let name, let raw): out += arguments[name] ?? (name == "n" ? n.map(String.init) : nil) ?? raw
            case .forms(let one, let many, let raw): out += n.map { $0 == 1 ? one : many } ?? raw
            }
        }
        return out
    }
}
