import Foundation

/// The notice of one year as a file says it: which days are off and which weekend days are worked.
///
/// Read from the program's own YAML form or from the JSON of holiday-cn, so that an administrator can load either.
package struct CalendarNotice: Hashable, Sendable {
    /// The year in the title of the notice; its days may lie in December of the year before.
    package let year: Int
    /// Where the notice was published.
    package let papers: [String]
    /// The days it decides, sorted.
    package let days: [CalendarDay]

    /// Reads a file of either form; throws the line and what is wrong with it.
    package init(parsing text: String) throws(CalendarNoticeMistake) {
        let trimmed = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if trimmed.first == "{" {
            try self.init(json: String(trimmed))
        } else {
            var reader = NoticeReader(text)
            try reader.read()
            try self.init(year: reader.year, papers: reader.papers, days: reader.days)
        }
    }

    /// The notice as a layer of the calendar. One without days is not announced: its year stays unknown.
    package func layer(
        author: String, reason: String? = nil, addedAt: Instant? = nil, level: CalendarLayer.Level = .national
    ) -> CalendarLayer {
        CalendarLayer(
            name: "\(year)", level: level, year: year, author: author,
            reason: reason ?? papers.joined(separator: " "), addedAt: addedAt, days: days, announced: !days.isEmpty)
    }

    private init(year: Int?, papers: [String], days: [(line: Int, day: CalendarDay)]) throws(CalendarNoticeMistake) {
        guard let year else {
            throw CalendarNoticeMistake(line: 1, Text("缺少 year。", "The year is missing: `year: 2027`."))
        }
        guard (1949...2200).contains(year) else {
            throw CalendarNoticeMistake(line: 1, Text("年份不对：\(year)。", "This is no year of a notice: \(year)."))
        }
        var seen: Set<Day> = []
        for (line, entry) in days {
            guard seen.insert(entry.day).inserted else {
                throw CalendarNoticeMistake(
                    line: line, Text("\(entry.day) 出现了两次。", "\(entry.day) is listed twice."))
            }
            guard entry.day.year == year || (entry.day.year == year - 1 && entry.day.month == 12) else {
                throw CalendarNoticeMistake(
                    line: line,
                    Text(
                        "\(entry.day) 不属于 \(year) 年的通知（只能是当年或上年 12 月）。",
                        "\(entry.day) is not of the notice for \(year): only that year and the December before."))
            }
        }
        self.year = year
        self.papers = papers
        self.days = days.map(\.day).sorted { $0.day < $1.day }
    }

    private struct Form: Decodable {
        struct Entry: Decodable {
            var name: String
            var date: Day
            var isOffDay: Bool
        }
        var year: Int
        var papers: [String]?
        var days: [Entry]
    }

    private init(json: String) throws(CalendarNoticeMistake) {
        let form: Form
        do {
            form = try JSONDecoder().decode(Form.self, from: Data(json.utf8))
        } catch {
            throw CalendarNoticeMistake(
                line: 1,
                Text(
                    "不是 holiday-cn 格式的 JSON（year、papers、days[]{name, date, isOffDay}）。",
                    "This is not the JSON of holiday-cn (year, papers, days[]{name, date, isOffDay})."))
        }
        let days = form.days.map { (line: 1, day: CalendarDay(day: $0.date, off: $0.isOffDay, name: $0.name)) }
        try self.init(year: form.year, papers: form.papers ?? [], days: days)
    }
}

/// What is wrong with a notice's file, and in which line.
package struct CalendarNoticeMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    package let line: Int
    /// What is wrong, in a sentence.
    package let sentence: Text

    init(line: Int, _ sentence: Text) {
        self.line = line
        self.sentence = sentence
    }

    /// The English sentence with its line.
    package var description: String { "line \(line): \(sentence.en)" }
}
