import WorkCalendar
import Yams

/// Scalars typed by where they stand.
extension PackNode {
    /// `{zh: …, en: …}`, both there and neither empty.
    var words: Text? {
        guard !isScalar else {
            wrong("应写成{zh: …, en: …}两种语言", "words must be in two languages: {zh: …, en: …}")
            return nil
        }
        guard let map = map(["zh", "en"]) else { return nil }
        let languages = ["zh", "en"].map { language -> String? in
            guard let node = map[language] else {
                wrong(
                    language == "zh" ? "缺少中文（zh）" : "缺少英文（en）",
                    language == "zh" ? "the Chinese words (zh) are missing" : "the English words (en) are missing")
                return nil
            }
            return node.text
        }
        guard let zh = languages[0], let en = languages[1] else { return nil }
        return Text(zh, en)
    }

    /// One of the valid words; otherwise a mistake that names the nearest.
    func word(_ valid: [String], _ noun: Text) -> String? {
        guard let text else { return nil }
        if valid.contains(text) { return text }
        let hint = NearestWord.of(text, among: valid) ?? (valid.count <= 12 ? valid.joined(separator: ", ") : nil)
        wrong("不认识的\(noun.zh)“\(text)”", "unknown \(noun.en) “\(text)”", hint: hint)
        return nil
    }

    /// `yes` or `no`.
    var flag: Bool {
        guard let text else { return false }
        switch text.lowercased() {
        case "yes", "true": return true
        case "no", "false": return false
        default:
            wrong("“\(text)”不是yes或no", "“\(text)” is neither yes nor no", hint: "yes, no")
            return false
        }
    }

    /// A number, with or without decimals.
    var number: Double? {
        guard let text else { return nil }
        if text.count <= 30, text.allSatisfy({ "+-.0123456789".contains($0) }), let number = Double(text),
            number.isFinite
        {
            return number
        }
        wrong("“\(text)”不是数", "“\(text)” is not a number")
        return nil
    }

    /// A whole number within bounds.
    func whole(_ bounds: ClosedRange<Int>) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text) else {
            wrong("“\(text)”不是整数", "“\(text)” is not a whole number")
            return nil
        }
        if bounds.contains(number) { return number }
        wrong(
            "\(number)不在\(bounds.lowerBound)到\(bounds.upperBound)之间",
            "\(number) is not between \(bounds.lowerBound) and \(bounds.upperBound)")
        return nil
    }

    /// A kebab-case id; with a dot for events: `noun.past-tense`.
    func id(dotted: Bool = false) -> String? {
        guard let text else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let good =
            parts.count == (dotted ? 2 : 1)
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix("-") && !part.hasSuffix("-")
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
        if good { return text }
        dotted
            ? wrong("“\(text)”应写成noun.past-tense", "“\(text)” is no event id: write noun.past-tense")
            : wrong("“\(text)”只能用字母、数字和连字符", "“\(text)” is no id: write letters, digits and hyphens")
        return nil
    }

    /// Minutes of the day: `08:30`; `24:00` where a day may end.
    var clock: Int? {
        guard let text else { return nil }
        if let minute = PackNode.minute(text) { return minute }
        wrong("“\(text)”不是时刻（如08:30）", "“\(text)” is not a time of day such as 08:30")
        return nil
    }

    /// The minute of `8:30` or `08:30`, 0…1440.
    static func minute(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), minute < 60, hour < 24 || (hour == 24 && minute == 0)
        else { return nil }
        return hour * 60 + minute
    }

    /// `08:00-21:00`.
    var clockRange: Range<Int>? {
        guard let text else { return nil }
        let parts = text.split(separator: "-")
        if parts.count == 2, let from = PackNode.minute(parts[0]), let to = PackNode.minute(parts[1]), from < to {
            return from..<to
        }
        wrong("“\(text)”不是时段（如08:00-21:00）", "“\(text)” is not a span of the day such as 08:00-21:00")
        return nil
    }

    /// `08:00-12:00 14:00-21:00`: spans of one day, in order, none touching the next.
    var clockRanges: [Range<Int>]? {
        guard let text else { return nil }
        var ranges: [Range<Int>] = []
        for part in text.split(separator: " ") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let from = PackNode.minute(ends[0]), let to = PackNode.minute(ends[1]), from < to, ranges.last.map({ $0.upperBound < from }) ?? true else {
                wrong("“\(text)”不是按先后排的时段（如08:00-12:00 14:00-21:00）", "“\(text)” is not a list of spans in order, such as 08:00-12:00 14:00-21:00")
                return nil
            }
            ranges.append(from..<to)
        }
        return ranges
    }

    /// `05-01..09-30`.
    var season: Season? {
        guard let text else { return nil }
        func monthDay(_ text: Substring) -> (Int, Int)? {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let month = Int(parts[0]),
                let day = Int(parts[1]),
                // 2024 is a leap year: a season may begin on 29 February.
                Day(year: 2024, month: month, day: day) != nil
            else { return nil }
            return (month, day)
        }
        if let dots = text.firstRange(of: ".."), let from = monthDay(text[..<dots.lowerBound]),
            let to = monthDay(text[dots.upperBound...])
        {
            return Season(fromMonth: from.0, fromDay: from.1, toMonth: to.0, toDay: to.1)
        }
        wrong("“\(text)”不是季节（如05-01..09-30）", "“\(text)” is not a season such as 05-01..09-30")
        return nil
    }

    /// `45 min`, `1 working-day`, `2 years`.
    func period(_ options: PeriodOptions = []) -> Period? {
        guard let text else { return nil }
        if let period = Period(parsing: text, options: options) { return period }
        wrong(
            "“\(text)”不是时长（如45 min）", "“\(text)” is not a length of time such as 45 min",
            hint: PackNode.nearestPeriod(text))
        return nil
    }

    /// `15 minuts` → `15 minutes`: the same number of the unit that may have been meant.
    static func nearestPeriod(_ text: String) -> String? {
        let words = text.split(separator: " ")
        let units = ["min", "minutes", "hour", "service-min", "service-hour", "working-day", "day", "month", "year"]
        guard words.count == 2, words[0].allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return NearestWord.of(String(words[1]), among: units).map { "\(words[0]) \($0)" }
    }
}
