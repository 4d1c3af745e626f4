import Testing

@testable import WorkCalendar

/// What must hold on any calendar; each seed is a calendar, a unit and a question of its own.
@Suite struct DeadlinePropertyTests {
    static let seeds = Array(UInt64(1)...300)

    private struct World {
        var dice: Dice
        var layers: [CalendarLayer]
        var unit: WorkUnit
        var start: Instant

        /// `nested`: a night shift may lie around hours of the next day, which then close before it does.
        init(seed: UInt64, nested: Bool = true) throws {
            var dice = Dice(seed: seed)
            let first = try Cases.day("2026-01-01").adding(days: Int.random(in: 0..<900, using: &dice))
            var days: [Int: CalendarDay] = [:]
            for _ in 0..<Int.random(in: 0..<30, using: &dice) {
                let day = first.adding(days: Int.random(in: 0..<50, using: &dice))
                days[day.number] = CalendarDay(day: day, off: Bool.random(using: &dice), name: "x")
            }
            layers = Cases.calendar.layers + [
                CalendarLayer(name: "random", level: .regional, days: Array(days.values))
            ]
            let all = [
                "Mo-Fr 08:30-12:00,14:00-17:30", "Mo-Su 08:30-17:30", "24/7",
                "Sa-Mo 22:00-06:00\(nested ? "; Tu 03:00-04:00" : "")",
                "Tu 09:00-09:07",
                "Mo-Fr 08:00-18:00; Sa 09:00-12:00; PH off",
            ]
            let zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"].compactMap { Zone($0) }
            unit = WorkUnit(
                hours: try OpeningHours(parsing: all.randomElement(using: &dice) ?? "24/7"),
                zone: zones.randomElement(using: &dice) ?? .shanghai,
                calendar: StatutoryCalendar(layers: layers), keepsWorkingDays: Bool.random(using: &dice))
            start = unit.zone.instant(first, minute: Int.random(in: 0..<1440, using: &dice))
            self.dice = dice
        }

        mutating func dayPeriod() -> Period {
            let unit = [PeriodUnit.workingDay, .day, .month].randomElement(using: &dice) ?? .day
            // An expiry date does not move: where a night shift of that day falls away it ends at 24:00 instead of in
            // the morning. All else can only move to a later day.
            let night = self.unit.hours.description.contains("22:00-06:00")
            let options: [PeriodOptions] = [[], .midnight, .cutoff, [.midnight, .cutoff], night ? [] : .noRoll]
            return Period(
                Int.random(in: 1...(unit == .month ? 2 : 20), using: &dice), unit,
                options: options.randomElement(using: &dice) ?? [])
        }

        /// The unit on the same calendar with one day more decided.
        mutating func unit(with off: Bool) -> WorkUnit {
            let day = unit.zone.day(of: start).adding(days: Int.random(in: 1..<40, using: &dice))
            var other = unit
            other.calendar = StatutoryCalendar(layers: layers + [
                CalendarLayer(
                    name: "one more", level: .company, days: [CalendarDay(day: day, off: off, name: "one more")])
            ])
            return other
        }
    }

    @Test(arguments: seeds)
    func `one more rest day never makes a deadline earlier`(seed: UInt64) throws {
        var world = try World(seed: seed, nested: false)
        let period = world.dayPeriod()
        let more = world.unit(with: true)
        let before = try Deadline.after(world.start, period, unit: world.unit).due
        #expect(try Deadline.after(world.start, period, unit: more).due >= before)
        guard world.unit.keepsWorkingDays else { return }
        let service = Period(Int.random(in: 1..<900, using: &world.dice), .serviceMinute)
        let open = try Deadline.after(world.start, service, unit: world.unit).due
        #expect(try Deadline.after(world.start, service, unit: more).due >= open)
    }

    @Test(arguments: seeds)
    func `one more working day never makes a deadline later`(seed: UInt64) throws {
        var world = try World(seed: seed, nested: false)
        let period = world.dayPeriod()
        let more = world.unit(with: false)
        let before = try Deadline.after(world.start, period, unit: world.unit).due
        #expect(try Deadline.after(world.start, period, unit: more).due <= before)
    }

    @Test(arguments: seeds)
    func `a pause moves a service deadline by exactly its open minutes`(seed: UInt64) throws {
        var world = try World(seed: seed)
        let period = Period(Int.random(in: 1..<3000, using: &world.dice), .serviceMinute)
        let due = try Deadline.after(world.start, period, unit: world.unit).due
        let reach = Int((due.ms - world.start.ms) / 60_000)
        let from = world.start.adding(minutes: Int.random(in: 0..<max(1, reach), using: &world.dice))
        let pause = Pause(from: from, to: from.adding(minutes: Int.random(in: 1..<9000, using: &world.dice)))
        let later = try Deadline.after(world.start, period, unit: world.unit, pauses: [pause]).due
        let moved = Deadline.between(due, later, unit: world.unit)
        #expect(moved == Deadline.between(pause.from, try #require(pause.to), unit: world.unit))
    }

    @Test(arguments: seeds)
    func `a pause moves a clock deadline by its length`(seed: UInt64) throws {
        var world = try World(seed: seed)
        let minutes = Int.random(in: 1..<3000, using: &world.dice)
        let from = world.start.adding(minutes: Int.random(in: 0..<minutes, using: &world.dice))
        let length = Int.random(in: 1..<9000, using: &world.dice)
        let later = try Deadline.after(
            world.start, Period(minutes, .minute), unit: world.unit,
            pauses: [Pause(from: from, to: from.adding(minutes: length))])
        #expect(later.due == world.start.adding(minutes: minutes + length))
    }

    @Test(arguments: seeds)
    func `the open minutes until a service deadline are those of its period`(seed: UInt64) throws {
        var world = try World(seed: seed)
        let minutes = Int.random(in: 0..<3000, using: &world.dice)
        let due = try Deadline.after(world.start, Period(minutes, .serviceMinute), unit: world.unit).due
        #expect(Deadline.between(world.start, due, unit: world.unit) == minutes)
    }

    @Test(arguments: seeds)
    func `before due lies in working time and not after the deadline`(seed: UInt64) throws {
        var world = try World(seed: seed)
        let units = PeriodUnit.allCases.filter { $0 != .year }
        let period = Period(
            Int.random(in: 1..<20, using: &world.dice), units.randomElement(using: &world.dice) ?? .minute)
        let before = try Deadline.before(world.start, period, unit: world.unit).due
        #expect(before <= world.start)
        let day = world.unit.zone.day(of: before)
        let open = (-2...0).flatMap { world.unit.openIntervals(on: day.adding(days: $0)) }
        #expect(open.contains { $0.lowerBound <= before && before <= $0.upperBound })
        if period.isService {
            #expect(Deadline.between(before, world.start, unit: world.unit) == period.quantity
                * (period.unit == .serviceHour ? 60 : 1))
        }
    }

    @Test(arguments: seeds)
    func `open minutes agree with asking each single minute`(seed: UInt64) throws {
        let world = try World(seed: seed)
        var open = 0
        for minute in 0..<2000 {
            let instant = world.start.adding(minutes: minute)
            let day = world.unit.zone.day(of: instant)
            let clock = world.unit.zone.minuteOfDay(instant)
            let today = world.unit.minutes(on: day).contains { $0.contains(clock) }
            let night = world.unit.minutes(on: day.adding(days: -1)).contains { $0.contains(clock + 1440) }
            if today || night { open += 1 }
        }
        let end = world.start.adding(minutes: 2000)
        #expect(Deadline.between(world.start, end, unit: world.unit) == open)
    }
}
