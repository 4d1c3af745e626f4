/// Reads OpenStreetMap's notation for opening hours.
struct HoursParser {
    let text: [Character]
    var at = 0

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

    mutating func rule() throws(OpeningHoursMistake) -> HoursRule {
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
        if let word = keyword() {
            rule.isOff = word != "open"
        } else if rule.times.isEmpty {
            // In OSM days alone mean "open all day"; here they are more likely a slip.
            throw mistake(at == start || !rest.isEmpty ? .unexpected(rest) : .noTimes)
        }
        return rule
    }

    // MARK: Weekdays

    mutating func weekdays(into rule: inout HoursRule) throws(OpeningHoursMistake) {
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
                let after = at
                skipSpace()
                if peek != "-" {
                    at = after
                } else {
                    at += 1
                    skipSpace()
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

    mutating func times() throws(OpeningHoursMistake) -> [Range<Int>] {
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

    mutating func clock() throws(OpeningHoursMistake) -> Int {
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
}
