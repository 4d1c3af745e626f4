extension DeadlineWalk {
    /// The instant a period before a deadline, brought into working time.
    mutating func back(_ period: Period, from due: Instant) throws(DeadlineMistake) -> Instant {
        let length = period.words
        let end = words(due)
        say("期限 \(end.zh) 之前 \(length.zh)", "\(length.en) before \(end.en)")
        let zone = unit.zone
        let day = zone.day(of: due)
        let wanted: Instant
        if period.isService {
            wanted = try serviceBack(period.milliseconds, from: due)
        } else if period.unit == .workingDay {
            var earlier = day
            for _ in 0..<period.quantity { earlier = try countedDay(before: earlier) }
            wanted = sameTime(as: due, on: earlier)
        } else if period.isDayBased {
            let earlier =
                switch period.unit {
                case .month: day.adding(months: -period.quantity)
                case .year: day.adding(months: -12 * period.quantity)
                default: day.adding(days: -period.quantity)
                }
            wanted = sameTime(as: due, on: earlier)
        } else {
            wanted = due.adding(ms: -period.milliseconds)
        }
        let instant = try lastOpen(atOrBefore: wanted)
        if instant != wanted {
            say(
                "\(words(wanted).zh) 不营业，提前到 \(words(instant).zh)",
                "\(words(wanted).en) is outside working time: back to \(words(instant).en)")
        } else {
            say("即 \(words(instant).zh)", "that is \(words(instant).en)")
        }
        return instant
    }

    private func sameTime(as due: Instant, on day: Day) -> Instant {
        let minute = unit.zone.minuteOfDay(due)
        return unit.zone.instant(day, minute: minute).adding(ms: due.ms - floorDivide(due.ms, 60_000) * 60_000)
    }

    private mutating func countedDay(before day: Day) throws(DeadlineMistake) -> Day {
        var day = day
        for _ in 0...OpenStream.bound {
            day = day.adding(days: -1)
            if counts(day) { return day }
        }
        throw .notWithinTenYears
    }

    /// The latest instant, not after one, at which the unit is open or closes.
    private mutating func lastOpen(atOrBefore wanted: Instant) throws(DeadlineMistake) -> Instant {
        var day = unit.zone.day(of: wanted)
        var found: Instant?
        for back in 0...OpenStream.bound {
            noteHours(day)
            for open in unit.openIntervals(on: day) where open.lowerBound <= wanted {
                found = max(found ?? open.lowerBound, min(open.upperBound, wanted))
            }
            // The day before may reach over midnight further than this one does.
            if let found, back >= 1 || found == wanted { return found }
            day = day.adding(days: -1)
        }
        if let found { return found }
        throw .notWithinTenYears
    }

    private mutating func serviceBack(_ length: Int64, from due: Instant) throws(DeadlineMistake) -> Instant {
        var left = length
        guard left > 0 else { return due }
        var day = unit.zone.day(of: due)
        var end = due
        for _ in 0...OpenStream.bound {
            noteHours(day)
            let begin = unit.zone.instant(day, minute: 0)
            for open in openTime(from: begin, to: end).reversed() {
                let ran = open.upperBound.ms - open.lowerBound.ms
                if ran >= left { return open.upperBound.adding(ms: -left) }
                left -= ran
            }
            end = begin
            day = day.adding(days: -1)
        }
        throw .notWithinTenYears
    }
    /// The open stretches between two instants of one day, in order, also those of a shift begun the day before.
    private func openTime(from begin: Instant, to end: Instant) -> [Range<Instant>] {
        var stream = OpenStream(unit, from: begin)
        var found: [Range<Instant>] = []
        while let open = stream.next(before: end) { found.append(open.lowerBound..<min(open.upperBound, end)) }
        return found
    }
}
