/// The last instant that is still on time (民法典 1259: “以内” includes the number itself), and why it is that one.
package struct Deadline: Hashable, Sendable {
    /// The last instant that is still on time.
    package let due: Instant
    /// The calendar of a year it hangs on is not announced: it is computed again when the notice is loaded.
    package let provisional: Bool
    /// Why, one line a step.
    package let reasons: [Text]

    /// When a period that begins with an event ends (民法典 200–203).
    ///
    /// Minutes and hours run by the clock from the instant itself; service time runs while the unit is open; days,
    /// months and years do not count the starting day and end when the unit stops business, at 24:00 where it has no
    /// hours that day. Throws when there is none within ten years, or while a pause lasts.
    package static func after(
        _ start: Instant, _ period: Period, unit: WorkUnit, pauses: [Pause] = []
    ) throws(DeadlineMistake) -> Deadline {
        var walk = DeadlineWalk(start, unit: unit)
        let received = try walk.received(at: start, cutoff: period.options.contains(.cutoff), period: period)
        let stops = Pause.merged(pauses, from: received)
        let due =
            if period.isDayBased {
                try walk.days(period, after: received, pauses: stops)
            } else if period.isService {
                try walk.service(period, from: received, pauses: stops)
            } else {
                try walk.clock(period, from: received, pauses: stops)
            }
        walk.closeProvisional()
        return Deadline(due: due, provisional: walk.isProvisional, reasons: walk.reasons)
    }

    /// The instant a period before a deadline, in working time: while the unit is open, or as it closes.
    ///
    /// Service time is counted back through open hours; minutes, hours and days by the clock and the calendar, and what
    /// falls outside working time goes back to the last closing before. Working days keep the time of day.
    /// Throws when there is none within ten years.
    package static func before(
        _ due: Instant, _ period: Period, unit: WorkUnit
    ) throws(DeadlineMistake) -> Deadline {
        var walk = DeadlineWalk(due, unit: unit)
        let instant = try walk.back(period, from: due)
        walk.closeProvisional()
        return Deadline(due: instant, provisional: walk.isProvisional, reasons: walk.reasons)
    }

    /// The whole minutes the unit is open between two instants; 0 when the second is not later.
    package static func between(_ a: Instant, _ b: Instant, unit: WorkUnit) -> Int {
        Int(unit.openMilliseconds(from: a, to: b) / 60_000)
    }
}
