/// Seasons, dates and years: `May-Sep`, `Oct 01-Apr 30`, `2026 Feb 16-22,Mar 01`, `2026-2028`.
extension HoursParser {
    mutating func dates() throws(OpeningHoursMistake) -> [HoursDates] {
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
                // A year once written holds to the end of the list: `2026 Feb 16,Mar 01`.
                found.append(try range(from: try edge(year: last?.year)))
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
        let start = at
        if from.day != nil, isBareDay {
            to = try dayEdge(HoursDates.Edge(year: nil, month: from.month, day: nil))
            guard (to.day ?? 0) >= (from.day ?? 0) else {
                at = start
                throw mistake(.backwards)
            }
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
                at = start
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
}
