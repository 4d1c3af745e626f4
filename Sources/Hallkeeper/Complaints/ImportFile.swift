import Foundation
import WorkCalendar

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file of rows as people have them: UTF-8 with or without a mark, UTF-16 with one, else GB18030; separated by commas,
/// semicolons or tabs; quoted fields may hold line ends.
struct ImportFile: Sendable {
    /// UTF-8, without a mark.
    let bytes: [UInt8]
    let separator: UInt8
    let head: [String]
    /// Where the first row begins.
    let start: Position

    /// A place in the file: the byte and the line a person sees there.
    struct Position: Sendable, Equatable {
        var offset: Int
        var line: Int
        var text: String { "\(offset).\(line)" }
        init(offset: Int, line: Int) { (self.offset, self.line) = (offset, line) }
        init?(_ text: String) {
            let parts = text.split(separator: ".").compactMap { Int($0) }
            guard parts.count == 2, parts[0] >= 0 else { return nil }
            self.init(offset: parts[0], line: parts[1])
        }
    }

    static let mostBytes = 32 << 20

    /// Refuses what holds no head and no row, or cannot be read as text.
    init(_ raw: [UInt8]) throws {
        bytes = try Self.utf8(raw)
        let first = bytes.prefix { $0 != 0x0A }
        separator = [UInt8(0x2C), 0x09, 0x3B].max { a, b in first.count(where: { $0 == a }) < first.count(where: { $0 == b }) } ?? 0x2C
        var reader = Reader(bytes: bytes, separator: separator, at: Position(offset: 0, line: 1))
        guard let row = try reader.next() else { throw Self.empty }
        head = row.fields.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        start = reader.at
        guard try reader.next() != nil, head.contains(where: { !$0.isEmpty }) else { throw Self.empty }
    }
    private static var empty: FormProblems { FormProblems(fields: [("file", Text("文件里没有数据：第一行要是列名，下面每行一件。", "There is nothing in the file: a line of column names, then a case a line."))]) }

    static func utf8(_ raw: [UInt8]) throws -> [UInt8] {
        if raw.starts(with: [0xEF, 0xBB, 0xBF]) { return try checked(Array(raw.dropFirst(3))) }
        if raw.starts(with: [0xFF, 0xFE]) { return try checked(converted(Array(raw.dropFirst(2)), from: "UTF-16LE")) }
        if raw.starts(with: [0xFE, 0xFF]) { return try checked(converted(Array(raw.dropFirst(2)), from: "UTF-16BE")) }
        if String(validating: raw, as: UTF8.self) != nil { return try checked(raw) }
        return try checked(converted(raw, from: "GB18030"))
    }

    private static func checked(_ bytes: [UInt8]) throws -> [UInt8] {
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { throw unreadable }
        return bytes
    }
    private static var unreadable: FormProblems {
        FormProblems(fields: [("file", Text("文件读不懂：请从表格软件另存为 CSV（UTF-8 或 GB18030）。", "The file cannot be read: save it as CSV (UTF-8 or GB18030) from your spreadsheet."))])
    }

    private static func converted(_ raw: [UInt8], from name: String) throws -> [UInt8] {
        let converter = iconv_open("UTF-8", name)
        guard Int(bitPattern: converter) != -1 else { throw unreadable }
        defer { iconv_close(converter) }
        // No character grows more than threefold.
        var (input, output) = (raw.map { CChar(bitPattern: $0) }, [CChar](repeating: 0, count: raw.count * 3 + 16))
        let written: Int? = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                var (from, to): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?) = (source.baseAddress, target.baseAddress)
                var (left, room) = (source.count, target.count)
                guard iconv(converter, &from, &left, &to, &room) != -1, left == 0 else { return nil }
                return target.count - room
            }
        }
        guard let written else { throw unreadable }
        return output.prefix(written).map { UInt8(bitPattern: $0) }
    }

    /// The rows from a place on.
    func rows(from position: Position) -> Reader { Reader(bytes: bytes, separator: separator, at: Position(offset: min(position.offset, bytes.count), line: position.line)) }

    struct Row: Sendable {
        /// The line on which it begins.
        var line: Int
        var fields: [String]
    }

    struct Reader {
        let bytes: [UInt8]
        let separator: UInt8
        var at: Position

        /// The next row; empty ones are passed over. Nil at the end. A file that ends within quotes is refused.
        mutating func next() throws -> Row? {
            while at.offset < bytes.count {
                let row = try read()
                if row.fields.contains(where: { !$0.isEmpty }) { return row }
            }
            return nil
        }

        private mutating func read() throws -> Row {
            let first = at.line
            var (fields, field): ([String], [UInt8]) = ([], [])
            var isQuoted = false
            var begins = true
            func text() -> String { String(decoding: field, as: UTF8.self) }
            while at.offset < bytes.count {
                let byte = bytes[at.offset]
                at.offset += 1
                if byte == 0x0A { at.line += 1 }
                if isQuoted {
                    if byte != 0x22 { field.append(byte); continue }
                    if at.offset < bytes.count, bytes[at.offset] == 0x22 { field.append(0x22); at.offset += 1 } else { isQuoted = false }
                } else if byte == 0x22, begins {
                    (isQuoted, begins) = (true, false)
                } else if byte == separator {
                    fields.append(text())
                    field.removeAll(keepingCapacity: true)
                    begins = true
                } else if byte == 0x0A {
                    fields.append(text())
                    return Row(line: first, fields: fields)
                } else if byte == 0x0D, at.offset < bytes.count, bytes[at.offset] == 0x0A {
                    continue
                } else {
                    field.append(byte)
                    begins = false
                }
            }
            if isQuoted {
                throw FormProblems(fields: [("file", Text("第 \(first) 行有引号没有关上，文件到这里读不下去。", "Line \(first) opens a quotation mark and never closes it; the file cannot be read from there."))])
            }
            fields.append(text())
            return Row(line: first, fields: fields)
        }
    }
}

/// Moments as people write them in tables.
enum WrittenMoment {
    /// `2026-03-02 09:05`, `2026/3/2 9:05:30`, `2026.3.2`, `2026年3月2日 上午9时5分`, `20260302`, `2026-03-02T09:05:00+08:00`, a
    /// spreadsheet's day number (`46083.378`). Nil for what is none, or could be two (`3/2/26`). Without a clock: `isDay`.
    static func read(_ written: String, in zone: Zone) -> (at: Instant, isDay: Bool)? {
        let text = written.precomposedStringWithCompatibilityMapping.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (5...40).contains(text.count) else { return nil }
        if text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), text.filter({ $0 == "." }).count <= 1 { return number(text, in: zone) }
        if text.contains("T"), let at = exact(text, in: zone) { return (at, false) }
        var numbers: [Int] = []
        var digits = ""
        for character in text + " " {
            if character.isASCII, character.isNumber { digits.append(character) } else if !digits.isEmpty {
                guard digits.count <= 4, let number = Int(digits) else { return nil }
                numbers.append(number)
                digits = ""
            }
        }
        // Nothing but numbers and what stands between them in dates.
        guard text.allSatisfy({ ($0.isASCII && $0.isNumber) || " -/.:年月日号时点分秒上午下晚中凌晨AMPamp星期周一二三四五六()".contains($0) }) else { return nil }
        guard (3...6).contains(numbers.count), numbers.count != 4, numbers[0] >= 1900, let day = Day(year: numbers[0], month: numbers[1], day: numbers[2]) else {
            guard numbers.count == 4, text.contains("时") || text.contains("点"), numbers[0] >= 1900, let day = Day(year: numbers[0], month: numbers[1], day: numbers[2]) else { return nil }
            return clock(day, numbers[3], 0, 0, text, zone)
        }
        if numbers.count == 3 { return (zone.instant(day, minute: 0), true) }
        return clock(day, numbers[3], numbers[4], numbers.count == 6 ? numbers[5] : 0, text, zone)
    }

    private static func clock(_ day: Day, _ hour: Int, _ minute: Int, _ second: Int, _ text: String, _ zone: Zone) -> (at: Instant, isDay: Bool)? {
        var hour = hour
        let lower = text.lowercased()
        let isLate = text.contains("下午") || text.contains("晚") || lower.contains("pm")
        if isLate, hour < 12 { hour += 12 }
        if text.contains("凌晨") || text.contains("上午") || lower.contains("am"), hour == 12 { hour = 0 }
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        return (zone.instant(day, minute: hour * 60 + minute).adding(ms: Int64(second) * 1000), false)
    }

    private static func number(_ text: String, in zone: Zone) -> (at: Instant, isDay: Bool)? {
        if text.count == 8, !text.contains("."), let year = Int(text.prefix(4)), let month = Int(text.dropFirst(4).prefix(2)), let day = Int(text.suffix(2)), (1900...2100).contains(year) {
            return Day(year: year, month: month, day: day).map { (zone.instant($0, minute: 0), true) }
        }
        if text.filter({ $0 == "." }).count == 1, text.split(separator: ".").count == 2, text.split(separator: ".")[0].count == 4 { return nil }
        // Days since 1899-12-30, as spreadsheets count.
        guard let serial = Double(text), (20_000..<80_000).contains(serial) else { return nil }
        guard let epoch = Day(year: 1899, month: 12, day: 30) else { return nil }
        let (whole, minutes) = (Int(serial), Int(((serial - serial.rounded(.down)) * 1440).rounded()))
        return (zone.instant(epoch.adding(days: whole), minute: min(minutes, 1439)), minutes == 0)
    }

    private static func exact(_ text: String, in zone: Zone) -> Instant? {
        let parts = text.split(separator: "T", maxSplits: 1).map(String.init)
        guard parts.count == 2, let day = Day(parts[0]) else { return nil }
        var (clock, offset): (Substring, Int?) = (parts[1][...], nil)
        if clock.hasSuffix("Z") { (clock, offset) = (clock.dropLast(), 0) } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let digits = clock[sign...].filter(\.isNumber)
            guard digits.count == 4, let hours = Int(digits.prefix(2)), let minutes = Int(digits.suffix(2)) else { return nil }
            offset = (clock[sign] == "-" ? -1 : 1) * (hours * 60 + minutes)
            clock = clock[..<sign]
        }
        let numbers = clock.split(separator: ":").compactMap { Double($0) }
        guard (2...3).contains(numbers.count), numbers.count == clock.split(separator: ":").count, (0..<24).contains(numbers[0]), (0..<60).contains(numbers[1]), numbers.allSatisfy({ $0 >= 0 && $0 < 60 }) else { return nil }
        let (minute, ms) = (Int(numbers[0]) * 60 + Int(numbers[1]), numbers.count == 3 ? Int64(numbers[2] * 1000) : 0)
        if let offset { return Instant(ms: Int64(day.number) * 86_400_000 + Int64(minute - offset) * 60_000 + ms) }
        return zone.instant(day, minute: minute).adding(ms: ms)
    }
}
