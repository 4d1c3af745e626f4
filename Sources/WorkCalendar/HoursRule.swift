/// One rule of opening hours: the days it matches, and the times on them.
struct HoursRule: Hashable, Sendable {
    /// Years, months and dates; empty: all the year.
    var dates: [HoursDates] = []
    /// Weekdays 1…7; empty and no `holidays`: every day.
    var weekdays: Set<Int> = []
    /// `PH`: matches public holidays too (or only, without weekdays).
    var holidays = false
    /// Minutes from midnight, may pass 1440; empty: the whole day.
    var times: [Range<Int>] = []
    var isOff = false
    /// Written `24/7`.
    var isAlways = false
    /// After a comma: adds to what earlier rules say instead of replacing it.
    var adds = false

    func matches(_ day: Day, isHoliday: Bool) -> Bool {
        if !dates.isEmpty, !dates.contains(where: { $0.contains(day) }) { return false }
        if weekdays.isEmpty && !holidays { return true }
        return weekdays.contains(day.weekday) || (holidays && isHoliday)
    }

    /// Sorted, overlapping and touching ranges made one.
    static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// What is left of ranges when others are taken out.
    static func subtract(_ cuts: [Range<Int>], from ranges: [Range<Int>]) -> [Range<Int>] {
        var left = ranges
        for cut in cuts {
            left = left.flatMap { range -> [Range<Int>] in
                guard range.overlaps(cut) else { return [range] }
                var parts: [Range<Int>] = []
                if range.lowerBound < cut.lowerBound { parts.append(range.lowerBound..<cut.lowerBound) }
                if cut.upperBound < range.upperBound { parts.append(cut.upperBound..<range.upperBound) }
                return parts
            }
        }
        return left
    }
}

extension HoursRule: CustomStringConvertible {
    var description: String {
        if isAlways { return "24/7" }
        var parts: [String] = []
        if !dates.isEmpty { parts.append(dates.map(\.description).joined(separator: ",")) }
        let days = weekdayWords
        if !days.isEmpty { parts.append(days) }
        if !times.isEmpty { parts.append(times.map(HoursRule.written).joined(separator: ",")) }
        if isOff { parts.append("off") }
        if times.isEmpty && !isOff { parts.append("open") }
        return parts.joined(separator: " ")
    }

    private var weekdayWords: String {
        var parts: [String] = []
        var day = 1
        while day <= 7 {
            guard weekdays.contains(day) else {
                day += 1
                continue
            }
            var end = day
            while end < 7, weekdays.contains(end + 1) { end += 1 }
            switch end - day {
            case 0: parts.append(HoursRule.weekdayNames[day - 1])
            case 1: parts += [HoursRule.weekdayNames[day - 1], HoursRule.weekdayNames[end - 1]]
            default: parts.append("\(HoursRule.weekdayNames[day - 1])-\(HoursRule.weekdayNames[end - 1])")
            }
            day = end + 1
        }
        if holidays { parts.append("PH") }
        return parts.joined(separator: ",")
    }

    private static func written(_ range: Range<Int>) -> String {
        func clock(_ minute: Int) -> String { "\(padded(minute / 60, 2)):\(padded(minute % 60, 2))" }
        let end = range.upperBound > 1440 && range.upperBound - range.lowerBound < 1440
            ? range.upperBound - 1440 : range.upperBound
        return "\(clock(range.lowerBound))-\(clock(end))"
    }

    static let weekdayNames = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
}

/// A season or a run of dates, each year or in certain years.
struct HoursDates: Hashable, Sendable {
    /// A month, and a day of it if one was written.
    struct Edge: Hashable, Sendable {
        var year: Int?
        var month: Int
        var day: Int?
    }

    /// Only years written, `2026` or `2026-2028`.
    var years: ClosedRange<Int>?
    var from: Edge?
    var to: Edge?

    func contains(_ day: Day) -> Bool {
        let (year, month, dayOfMonth) = day.parts
        if let years, !years.contains(year) { return false }
        guard let from, let to else { return true }
        let here = month * 100 + dayOfMonth
        let start = from.month * 100 + (from.day ?? 1)
        let end = to.month * 100 + (to.day ?? 31)
        if let startYear = from.year {
            let endYear = to.year ?? (start <= end ? startYear : startYear + 1)
            let now = year * 10_000 + here
            return now >= startYear * 10_000 + start && now <= endYear * 10_000 + end
        }
        // A season may pass the new year: October to April is both ends of a year.
        return start <= end ? here >= start && here <= end : here >= start || here <= end
    }
}

extension HoursDates: CustomStringConvertible {
    var description: String {
        guard let from, let to else {
            guard let years else { return "" }
            return years.count == 1 ? "\(years.lowerBound)" : "\(years.lowerBound)-\(years.upperBound)"
        }
        var text = words(from)
        if from != to {
            let sameMonth = from.month == to.month && (to.year == nil || to.year == from.year) && from.day != nil
            if sameMonth, let first = from.day, let last = to.day, last > first {
                text += "-\(padded(last, 2))"
            } else {
                text += "-\(words(to))"
            }
        }
        return text
    }

    private func words(_ edge: Edge) -> String {
        var parts: [String] = []
        if let year = edge.year { parts.append("\(padded(year, 4))") }
        parts.append(Day.monthNames[edge.month - 1])
        if let day = edge.day { parts.append(padded(day, 2)) }
        return parts.joined(separator: " ")
    }
}
