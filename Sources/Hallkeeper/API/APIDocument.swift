import Foundation
import Regulation
import Store
import WorkCalendar

/// The document of the API as it holds here: what the rulebook in force lets one choose stands in it.
enum APIDocument {
    static func text(_ book: CaseBook, units: [String]) -> String {
        let lists: [(name: String, values: [String])] = [
            ("kinds", book.kinds.map(\.id)), ("channels", book.channels.map(\.id)), ("doors", book.doors.map(\.id)), ("severities", book.severities.map(\.id)), ("units", units),
        ]
        var text = Embedded.files["openapi-v1.yaml"] ?? ""
        for (name, values) in lists {
            // A list in YAML's flow style, each value in JSON's quotes.
            text = text.replacingOccurrences(of: "enum: [\(name)]", with: "enum: [" + values.map { JSON.string($0).text }.joined(separator: ", ") + "]")
        }
        return text
    }
}

/// The members of a JSON body that are known, each of the type the document says; others are nobody's business here.
struct APIBody: Sendable {
    enum Kind: Sendable { case text, flag }
    private(set) var fields: [String: String] = [:]
    subscript(name: String) -> String { fields[name] ?? "" }

    /// Refuses what is no object with 400, and what is of another type with a sentence for each.
    init(_ bytes: [UInt8], _ known: [String: Kind]) throws {
        let broken = Refusal.badRequest(Text("正文要是 JSON 对象。", "The body has to be a JSON object."))
        guard !bytes.isEmpty, let members = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else { throw broken }
        var problems: [(field: String, sentence: Text)] = []
        for (name, kind) in known {
            guard let value = members[name] else { continue }
            switch kind {
            case .text:
                if let text = value as? String { fields[name] = text.replacingOccurrences(of: "\0", with: "") } else { problems.append((name, Text("这一项要是文字。", "This has to be text."))) }
            case .flag:
                if let flag = Self.flag(value) { fields[name] = flag ? "yes" : "no" } else {
                    problems.append((name, Text("这一项是 true 或 false。", "This is true or false.")))
                }
            }
        }
        guard problems.isEmpty else { throw FormProblems(fields: problems.sorted { $0.field < $1.field }) }
    }

    /// JSON's own true and false, not the numbers Foundation takes for them.
    private static func flag(_ value: Any) -> Bool? {
        if type(of: value) == Bool.self { return value as? Bool }
        guard let number = value as? NSNumber, String(cString: number.objCType) == "c" else { return nil }
        return number.boolValue
    }

    /// Whether there is anything to read in a text: a sign, not only spaces and control characters.
    static func isWords(_ text: String) -> Bool { text.unicodeScalars.contains { (0x21...0x7E).contains($0.value) || $0.value >= 0xA1 } }
}

extension Instant {
    /// `2026-11-24T10:30:00Z`, with a fraction or an offset too (RFC 3339). Nil for anything else.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, [0x54, 0x74].contains(bytes[10]), let day = Day(String(text.prefix(10))) else { return nil }
        func two(_ at: Int) -> Int? {
            guard at + 1 < bytes.count, (0x30...0x39).contains(bytes[at]), (0x30...0x39).contains(bytes[at + 1]) else { return nil }
            return Int(bytes[at] - 0x30) * 10 + Int(bytes[at + 1] - 0x30)
        }
        guard let hour = two(11), bytes[13] == 0x3A, let minute = two(14), bytes[16] == 0x3A, let second = two(17), hour < 24, minute < 60, second <= 60 else { return nil }
        var at = 19
        if bytes[at] == 0x2E {
            at += 1
            let first = at
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            guard at > first else { return nil }
        }
        var offset = 0
        guard at < bytes.count else { return nil }
        switch bytes[at] {
        case 0x5A, 0x7A: guard at + 1 == bytes.count else { return nil }
        case 0x2B, 0x2D:
            guard at + 6 == bytes.count, let hours = two(at + 1), bytes[at + 3] == 0x3A, let minutes = two(at + 4), hours < 24, minutes < 60 else { return nil }
            offset = (hours * 60 + minutes) * (bytes[at] == 0x2D ? -1 : 1)
        default: return nil
        }
        self.init(ms: (Int64(day.number) * 1440 + Int64(hour * 60 + minute - offset)) * 60_000 + Int64(second) * 1000)
    }
}
