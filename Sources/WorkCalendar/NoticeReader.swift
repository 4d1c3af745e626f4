/// Reads the one shape of YAML a notice is written in, line by line; anything else is a mistake, never skipped.
struct NoticeReader {
    private(set) var year: Int?
    private(set) var papers: [String] = []
    private(set) var days: [(line: Int, day: CalendarDay)] = []

    private enum Key: String {
        case year, papers, days
    }

    private let lines: [Substring]
    private var line = 0
    private var open: Key?
    private var seen: Set<String> = []

    init(_ text: String) {
        lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    }

    mutating func read() throws(CalendarNoticeMistake) {
        for (index, raw) in lines.enumerated() {
            line = index + 1
            let content = NoticeReader.trim(NoticeReader.withoutComment(raw))
            if content.isEmpty || content == "---" { continue }
            if raw.first.map({ $0 != " " && $0 != "-" && $0 != "\t" }) ?? false {
                try key(content)
            } else {
                try entry(content)
            }
        }
    }

    private mutating func key(_ content: Substring) throws(CalendarNoticeMistake) {
        let content = content.first == "\u{FEFF}" ? content.dropFirst() : content
        guard let colon = content.firstIndex(of: ":") else {
            throw mistake("应为“year:”、“papers:”或“days:”。", "`year:`, `papers:` or `days:` belongs here.")
        }
        let name = String(content[..<colon])
        guard let key = Key(rawValue: name) else {
            throw mistake(
                "不认识“\(name)”：只有 year、papers、days。", "`\(name)` is not known: only year, papers and days.")
        }
        guard seen.insert(name).inserted else {
            throw mistake("“\(name)”写了两次。", "`\(name)` is written twice.")
        }
        let value = NoticeReader.trim(content[content.index(after: colon)...])
        open = nil
        if key == .year {
            guard let number = Int(value) else {
                throw mistake("year 应为四位数字。", "The year must be a number of four digits.")
            }
            year = number
        } else if value.isEmpty {
            open = key
        } else {
            guard value.first == "[", value.last == "]" else {
                throw mistake("应为列表 […]。", "A list […] belongs here.")
            }
            for item in try items(value.dropFirst().dropLast()) { try add(item, to: key) }
        }
    }

    private mutating func entry(_ content: Substring) throws(CalendarNoticeMistake) {
        guard let open, content.first == "-" else {
            throw mistake("这一行不属于任何列表。", "This line belongs to no list.")
        }
        try add(NoticeReader.trim(content.dropFirst()), to: open)
    }

    private mutating func add(_ item: Substring, to key: Key) throws(CalendarNoticeMistake) {
        switch key {
        case .papers: papers.append(NoticeReader.unquoted(item))
        case .days: days.append((line, try day(item)))
        case .year: break
        }
    }

    private func day(_ item: Substring) throws(CalendarNoticeMistake) -> CalendarDay {
        guard item.first == "{", item.last == "}" else {
            throw mistake(
                "应写成 {day: 2026-01-01, off: yes, name: 元旦}。",
                "A day is written {day: 2026-01-01, off: yes, name: 元旦}.")
        }
        var parts: [String: String] = [:]
        for part in item.dropFirst().dropLast().split(separator: ",") {
            guard let colon = part.firstIndex(of: ":") else {
                throw mistake("“\(part)”缺少冒号。", "`\(part)` has no colon.")
            }
            let name = String(NoticeReader.trim(part[..<colon]))
            guard ["day", "off", "name"].contains(name), parts[name] == nil else {
                throw mistake("“\(name)”不认识或写了两次。", "`\(name)` is not known or written twice.")
            }
            parts[name] = NoticeReader.unquoted(NoticeReader.trim(part[part.index(after: colon)...]))
        }
        guard let written = parts["day"], let day = Day(written) else {
            throw mistake("day 应为日期，如 2026-01-01。", "`day` must be a date such as 2026-01-01.")
        }
        switch parts["off"] {
        case "yes", "true": return CalendarDay(day: day, off: true, name: parts["name"] ?? "")
        case "no", "false": return CalendarDay(day: day, off: false, name: parts["name"] ?? "")
        default: throw mistake("off 应为 yes 或 no。", "`off` must be yes or no.")
        }
    }

    /// The items of a list on one line: commas inside braces do not part them.
    private func items(_ list: Substring) throws(CalendarNoticeMistake) -> [Substring] {
        var found: [Substring] = []
        var depth = 0
        var start = list.startIndex
        for index in list.indices {
            switch list[index] {
            case "{": depth += 1
            case "}": depth -= 1
            case "," where depth == 0:
                found.append(NoticeReader.trim(list[start..<index]))
                start = list.index(after: index)
            default: break
            }
            guard depth == 0 || depth == 1 else {
                throw mistake("括号不配对。", "The braces do not match.")
            }
        }
        guard depth == 0 else { throw mistake("括号不配对。", "The braces do not match.") }
        let last = NoticeReader.trim(list[start...])
        if !last.isEmpty { found.append(last) }
        return found
    }

    private func mistake(_ zh: String, _ en: String) -> CalendarNoticeMistake {
        CalendarNoticeMistake(line: line, Text(zh, en))
    }

    /// A comment begins at the start of a line or after a space, so that an address keeps its `#`.
    private static func withoutComment(_ line: Substring) -> Substring {
        var before: Character = " "
        for index in line.indices {
            if line[index] == "#", before == " " { return line[..<index] }
            before = line[index]
        }
        return line
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: Substring) -> String {
        if text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'" {
            return String(text.dropFirst().dropLast())
        }
        return String(text)
    }
}
