/// A walk along the calendar from an event to its deadline, writing down each step and each calendar asked.
struct DeadlineWalk {
    let unit: WorkUnit
    private(set) var reasons: [Text] = []
    private var openYears: Set<Int> = []
    private let startYear: Int

    init(_ start: Instant, unit: WorkUnit) {
        self.unit = unit
        startYear = unit.zone.day(of: start).year
    }

    var isProvisional: Bool { !openYears.isEmpty }

    mutating func say(_ zh: String, _ en: String) {
        reasons.append(Text(zh, en))
    }

    /// Names the years whose notices are not loaded, as the last line.
    mutating func closeProvisional() {
        for year in openYears.sorted() {
            say(
                "\(year) 年放假安排尚未公布，暂按周末和法定节假日计算",
                "the notice for \(year) is not announced: computed with weekends and statutory holidays for now")
        }
    }

    /// Whether the unit counts a day, noting when the answer may still change.
    mutating func counts(_ day: Day) -> Bool {
        if unit.isProvisional(day) { openYears.insert(day.year) }
        return unit.counts(day)
    }

    /// Notes that the hours of a day may still change.
    mutating func noteHours(_ day: Day) {
        if unit.hoursAreProvisional(day) { openYears.insert(day.year) }
    }

    mutating func noteProvisional(year: Int) {
        openYears.insert(year)
    }

    /// A day in words, with its year where that is not the year of the event.
    func words(_ day: Day) -> Text {
        let year = day.year
        guard year != startYear else { return day.words }
        return Text("\(year)年\(day.words.zh)", "\(day.words.en) \(year)")
    }

    /// An instant in words: `3月4日 周三 17:30`.
    func words(_ instant: Instant) -> Text {
        let day = words(unit.zone.day(of: instant))
        let clock = unit.zone.clock(instant)
        return Text("\(day.zh) \(clock)", "\(day.en) \(clock)")
    }

    /// The first day from one on that the unit counts; throws when there is none within ten years.
    mutating func countedDay(from day: Day) throws(DeadlineMistake) -> Day {
        var day = day
        for _ in 0...OpenStream.bound {
            if counts(day) { return day }
            day = day.adding(days: 1)
        }
        throw .notWithinTenYears
    }

    /// When the event counts as received: with `cutoff`, what comes after closing or on a non-working day counts
    /// as received when the next working day begins.
    mutating func received(
        at start: Instant, cutoff: Bool, period: Period
    ) throws(DeadlineMistake) -> Instant {
        guard cutoff else { return start }
        let day = unit.zone.day(of: start)
        noteHours(day)
        let late = unit.closing(day).map { start > $0 } ?? false
        if counts(day) && !late { return start }
        let next = try countedDay(from: day.adding(days: 1))
        noteHours(next)
        let here = words(start)
        let then = words(next)
        say(
            "\(here.zh) 收到，\(late ? "已停止营业" : "非工作日")，按 \(then.zh) 收到计",
            "received \(here.en), \(late ? "after closing" : "no working day"): counts as received \(then.en)")
        return unit.opening(next) ?? unit.zone.instant(next, minute: 0)
    }
}
