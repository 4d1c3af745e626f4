/// The open stretches of a unit in order of time, from an instant on, without overlaps.
///
/// Looks at most ten years ahead, so that a unit that never opens ends the walk instead of keeping it going.
struct OpenStream {
    /// The days walked at most.
    static let bound = 3653

    private let unit: WorkUnit
    private var day: Day
    private let last: Day
    private var waiting: [Range<Instant>] = []
    private var covered: Instant
    /// Whether an hour taken or skipped hangs on a calendar that may still change.
    private(set) var provisional = false

    /// The open stretches from an instant on; `days` is how far to look at most.
    init(_ unit: WorkUnit, from: Instant, days: Int = OpenStream.bound) {
        self.unit = unit
        covered = from
        // A stretch that began the day before may reach over midnight into this one, even through it.
        day = unit.zone.day(of: from).adding(days: -2)
        last = day.adding(days: days + 2)
    }

    /// The next stretch that begins before an instant; nil when there is none within ten years.
    mutating func next(before end: Instant = Instant(ms: .max)) -> Range<Instant>? {
        while true {
            while let open = waiting.first {
                guard open.lowerBound < end else { return nil }
                waiting.removeFirst()
                let from = max(open.lowerBound, covered)
                guard from < open.upperBound else { continue }
                covered = open.upperBound
                return from..<open.upperBound
            }
            guard day <= last, unit.zone.instant(day, minute: 0) < end else { return nil }
            if day >= unit.zone.day(of: covered), unit.hoursAreProvisional(day) { provisional = true }
            waiting = unit.openIntervals(on: day)
            day = day.adding(days: 1)
        }
    }
}
