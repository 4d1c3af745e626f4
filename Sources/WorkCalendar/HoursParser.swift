/// Reads OpenStreetMap's notation for opening hours.
struct HoursParser {
    private let text: [Character]
    private var at = 0

    init(_ text: String) {
        self.text = Array(text)
    }

    mutating func rules() throws(OpeningHoursMistake) -> [HoursRule] {
        var rules: [HoursRule] = []
        var adds = false
        skipSpace()
        while at < text.count {
            var rule = try self.rule()
            rule.adds = adds
            rules.append(rule)
            skipSpace()
            if at == text.count { break }
            if text[at] == "|" { throw mistake(.fallback) }
            guard text[at] == ";" || text[at] == "," else { throw mistake(.unexpected(rest)) }
            adds = text[at] == ","
            at += 1
            skipSpace()
        }
        guard !rules.isEmpty else { throw mistake(.empty) }
        return rules
    }

    private mutating func rule() throws(OpeningHoursMistake) -> HoursRule {
        var rule = HoursRule()
        if take("24/7") {
            rule.isAlways = true
            rule.times = [0..<1440]
            skipSpace()
            if let word = keyword() {
                if word != "open" {
                    rule.isAlways = false
                    rule.times = []
                    rule.isOff = true
                }
            }
            return rule
        }
        let start = at
        rule.dates = try dates()
        skipSpace()
        // OSM allows a colon between a season and what follows.
        if !rule.dates.isEmpty, peek == ":" { at += 1 }
        skipSpace()
        try weekdays(into: &rule)
        skipSpace()
        if peek == ":", !rule.weekdays.isEmpty || rule.holidays { at += 1 }
        skipSpace()
        if isTime { rule.times = try times() }
        skipSpace()
        if let word = keyword() { rule.isOff = word != "open" }
        guard at > start else { throw mistake(.unexpected(rest)) }
        return rule
    }

    // MARK: Dates

    private mutating func dates() throws(OpeningHoursMistake) -> [HoursDates] {
        var found: [HoursDates] = []
        var last: HoursDates.Edge?
        while true {
            skipSpace()
            if let edge = last, edge.day != nil, isBareDay {
                // `Feb 16,18`: a day of the month named before.
                found.append(try range(from: try dayEdge(edge)))
            } else if let year = yearHere {
                at += 4
                skipSpace()
                if month != nil {
                    found.append(try range(from: try edge(year: year)))
                } else {
                    found.append(HoursDates(years: try years(from: year)))
                }
            } else if month != nil {
                found.append(try range(from: try edge(year: nil)))
            } else {
                return found
            }
            last = found.last?.to
            let comma = at
            skipSpace()
            guard peek == "," else {
                at = comma
                return found
            }
            at += 1
            skipSpace()
            guard month != nil || yearHere != nil || (last?.day != nil && isBareDay) else {
                at = comma
                return found
            }
        }
    }

    private mutating func years(from year: Int) throws(OpeningHoursMistake) -> ClosedRange<Int> {
        if peek == "+" { throw mistake(.openEnd) }
        guard peek == "-" else { return year...year }
        at += 1
        guard let last = yearHere else { throw mistake(.year) }
        guard last >= year else { throw mistake(.backwards) }
        at += 4
        return year...last
    }

    private mutating func range(from: HoursDates.Edge) throws(OpeningHoursMistake) -> HoursDates {
        let before = at
        skipSpace()
        guard peek == "-" else {
            at = before
            return HoursDates(from: from, to: from)
        }
        at += 1
        skipSpace()
        var to: HoursDates.Edge
        if from.day != nil, isBareDay {
            to = try dayEdge(HoursDates.Edge(year: nil, month: from.month, day: nil))
            guard (to.day ?? 0) >= (from.day ?? 0) else { throw mistake(.backwards) }
            to.year = from.year
        } else {
            let year = yearHere
            if year != nil {
                at += 4
                skipSpace()
            }
            guard month != nil else { throw mistake(.month(rest)) }
            to = try edge(year: year)
            if (from.day == nil) != (to.day == nil) { throw mistake(.halfDate) }
            if let first = from.year, let last = to.year,
                (first, from.month, from.day ?? 0) > (last, to.month, to.day ?? 0)
            {
                throw mistake(.backwards)
            }
            if to.year != nil, from.year == nil { throw mistake(.halfDate) }
        }
        return HoursDates(from: from, to: to)
    }

    private mutating func edge(year: Int?) throws(OpeningHoursMistake) -> HoursDates.Edge {
        let number = month ?? 1
        at += 3
        let before = at
        skipSpace()
        guard isBareDay else {
            at = before
            return HoursDates.Edge(year: year, month: number, day: nil)
        }
        return try dayEdge(HoursDates.Edge(year: year, month: number, day: nil))
    }

    private mutating func dayEdge(_ edge: HoursDates.Edge) throws(OpeningHoursMistake) -> HoursDates.Edge {
        let start = at
        let day = number(digits: 2) ?? 0
        // Without a year, 29 February is a date: it matches in leap years only.
        guard day >= 1, day <= Day.length(ofMonth: edge.month, year: edge.year ?? 2024) else {
            at = start
            throw mistake(.day(edge.month))
        }
        return HoursDates.Edge(year: edge.year, month: edge.month, day: day)
    }

    // MARK: Weekdays

    private mutating func weekdays(into rule: inout HoursRule) throws(OpeningHoursMistake) {
        while true {
            if word("PH") {
                at += 2
                rule.holidays = true
            } else if word("SH") {
                throw mistake(.schoolHolidays)
            } else if let first = weekday {
                at += 2
                if peek == "[" { throw mistake(.nth) }
                var last = first
                if peek == "-" {
                    at += 1
                    guard let end = weekday else { throw mistake(.weekday(rest)) }
                    at += 2
                    last = end
                }
                var day = first
                rule.weekdays.insert(day)
                while day != last {
                    day = day % 7 + 1
                    rule.weekdays.insert(day)
                }
            } else {
                return
            }
            let comma = at
            skipSpace()
            guard peek == "," else {
                at = comma
                return
            }
            at += 1
            skipSpace()
            guard weekday != nil || word("PH") || word("SH") else {
                throw mistake(.weekday(rest))
            }
        }
    }

    // MARK: Times

    private mutating func times() throws(OpeningHoursMistake) -> [Range<Int>] {
        var found: [Range<Int>] = []
        while true {
            let start = at
            let from = try clock()
            skipSpace()
            if peek == "+" { throw mistake(.openEnd) }
            guard peek == "-" || peek == "–" else { throw mistake(.timeEnd) }
            at += 1
            skipSpace()
            guard isTime else { throw mistake(.timeEnd) }
            var to = try clock()
            if peek == "+" { throw mistake(.openEnd) }
            guard from < 1440 else {
                at = start
                throw mistake(.lateOpening)
            }
            guard to != from else {
                at = start
                throw mistake(.sameTime)
            }
            if to < from { to += 1440 }
            guard to - from <= 1440 else {
                at = start
                throw mistake(.tooLong)
            }
            found.append(from..<to)
            let comma = at
            skipSpace()
            guard peek == "," else {
                at = comma
                return found
            }
            at += 1
            skipSpace()
            guard isTime else {
                // The comma begins an additional rule.
                at = comma
                return found
            }
        }
    }

    private mutating func clock() throws(OpeningHoursMistake) -> Int {
        let start = at
        guard let hour = number(digits: 2), peek == ":" else {
            at = start
            throw mistake(.time)
        }
        at += 1
        let minuteStart = at
        guard let minute = number(digits: 2), at - minuteStart == 2, minute < 60, hour * 60 + minute <= 2880 else {
            at = start
            throw mistake(.time)
        }
        return hour * 60 + minute
    }

    // MARK: Looking ahead

    private var peek: Character? { at < text.count ? text[at] : nil }

    private var rest: String {
        String(text[min(at, text.count)...].prefix { !" ;,".contains($0) }.prefix(12))
    }

    private func digit(_ offset: Int) -> Bool {
        guard at + offset < text.count else { return false }
        return text[at + offset].isASCII && text[at + offset].isNumber
    }

    private var isTime: Bool {
        guard digit(0) else { return false }
        let colon = digit(1) ? at + 2 : at + 1
        return colon < text.count && text[colon] == ":"
    }

    /// A number of one or two digits that is no time and no year.
    private var isBareDay: Bool {
        guard digit(0), !isTime else { return false }
        return !(digit(1) && digit(2))
    }

    private var yearHere: Int? {
        guard digit(0), digit(1), digit(2), digit(3), !digit(4) else { return nil }
        return Int(String(text[at..<at + 4]))
    }

    private var month: Int? {
        guard at + 3 <= text.count, at + 3 == text.count || !text[at + 3].isLetter else { return nil }
        let name = String(text[at..<at + 3]).lowercased()
        return Day.monthNames.firstIndex { $0.lowercased() == name }.map { $0 + 1 }
    }

    private var weekday: Int? {
        guard at + 2 <= text.count, at + 2 == text.count || !text[at + 2].isLetter else { return nil }
        let name = String(text[at..<at + 2]).lowercased()
        return HoursRule.weekdayNames.firstIndex { $0.lowercased() == name }.map { $0 + 1 }
    }

    private func word(_ name: String) -> Bool {
        let end = at + name.count
        guard end <= text.count, String(text[at..<end]) == name else { return false }
        return end == text.count || !text[end].isLetter
    }

    private mutating func keyword() -> String? {
        for name in ["off", "closed", "open"] where word(name) {
            at += name.count
            return name
        }
        return nil
    }

    private mutating func take(_ name: String) -> Bool {
        let end = at + name.count
        guard end <= text.count, String(text[at..<end]) == name else { return false }
        at = end
        return true
    }

    private mutating func number(digits: Int) -> Int? {
        let start = at
        while at - start < digits, digit(0) { at += 1 }
        return Int(String(text[start..<at]))
    }

    private mutating func skipSpace() {
        while at < text.count, text[at].isWhitespace { at += 1 }
    }

    private func mistake(_ reason: HoursMistakeReason) -> OpeningHoursMistake {
        OpeningHoursMistake(offset: at, sentence: reason.sentence)
    }
}
