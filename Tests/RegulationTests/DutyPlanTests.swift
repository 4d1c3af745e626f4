import Testing
import WorkCalendar

@testable import Regulation

@Suite struct DutyPlanTests {
    // 23 November 2026 is a Monday.
    @Test func `an opening occasion is due as the doors open and can be done before`() throws {
        let rule = Sample.rule(.every(.opening), due: .anchor(.opening, minutes: -5)) {
            $0.opens = .anchor(.opening, minutes: -60)
            $0.lapses = .anchor(.endOfHalfDay, minutes: 0)
        }
        let duty = try only(rule, at: Sample.place(), on: "2026-11-23")
        #expect(duty.line == "2026-11-23/opening 2026-11-23T07:30 2026-11-23T08:25")
        #expect(Sample.text(duty.lapses) == "2026-11-23T12:30")
        #expect(duty.reasons.count == 2)
    }

    @Test func `an opening occasion begins with the opening unless it is due by then`() throws {
        let late = Sample.rule(.every(.opening), due: .anchor(.opening, minutes: 30))
        #expect(try only(late, at: Sample.place(), on: "2026-11-23").line.contains("T08:30 2026-11-23T09:00"))
        let early = Sample.rule(.every(.opening), due: .anchor(.opening, minutes: 0))
        #expect(try only(early, at: Sample.place(), on: "2026-11-23").line.contains("T00:00 2026-11-23T08:30"))
    }

    @Test func `a closing occasion is due after the doors close`() throws {
        let rule = Sample.rule(.every(.closing), due: .anchor(.closing, minutes: 30)) {
            $0.opens = .anchor(.closing, minutes: -15)
            $0.lapses = .clock(1320)
        }
        let duty = try only(rule, at: Sample.place(), on: "2026-11-23")
        #expect(duty.line == "2026-11-23/closing 2026-11-23T17:15 2026-11-23T18:00")
        #expect(Sample.text(duty.lapses) == "2026-11-23T22:00")
    }

    @Test func `a day has two halves and each ends where the company says`() throws {
        let rule = Sample.rule(.every(.halfDay), due: .anchor(.endOfHalfDay, minutes: 0))
        let lines = try plan(rule, at: Sample.place(), on: "2026-11-23").map(\.line)
        #expect(
            lines == [
                "2026-11-23/am 2026-11-23T08:30 2026-11-23T12:30", "2026-11-23/pm 2026-11-23T12:30 2026-11-23T17:30",
            ])
    }

    @Test func `a place open in one half of the day has only that half`() throws {
        let rule = Sample.rule(.every(.halfDay), due: .anchor(.endOfHalfDay, minutes: 0))
        let morning = try plan(rule, at: Sample.place("Mo-Su 08:00-12:00"), on: "2026-11-23").map(\.line)
        #expect(morning == ["2026-11-23/am 2026-11-23T08:00 2026-11-23T12:00"])
        let afternoon = try plan(rule, at: Sample.place("Mo-Su 13:00-17:00"), on: "2026-11-23").map(\.line)
        #expect(afternoon == ["2026-11-23/pm 2026-11-23T13:00 2026-11-23T17:00"])
    }

    @Test func `occasions of a day exist on open days only`() throws {
        let rule = Sample.rule(.every(.day))
        let hall = try Sample.place("Tu-Su 09:00-17:00")
        #expect(try plan(rule, at: hall, on: "2026-11-23").isEmpty)
        #expect(try only(rule, at: hall, on: "2026-11-24").line == "2026-11-24/day 2026-11-24T00:00 2026-11-24T17:00")
    }

    @Test func `an office keeps working days and works on a make-up Saturday`() throws {
        let rule = Sample.rule(.every(.day))
        let office = try Sample.place("Mo-Fr 08:30-17:30", office: true)
        #expect(try only(rule, at: office, on: "2026-11-28").line.hasSuffix("2026-11-28T17:30"))
        #expect(try plan(rule, at: office, on: "2026-11-21").isEmpty)
    }

    @Test func `on a day closed by order nothing is required and the times are those of the hours`() throws {
        let rule = Sample.rule(.every(.day))
        let day = try Sample.day("2026-11-23")
        let hall = try Sample.place { $0.closures = [day: Text("台风", "typhoon")] }
        let duty = try only(rule, at: hall, on: "2026-11-23")
        #expect(duty.notRequired == Text("按令关闭：台风", "closed by order: typhoon"))
        #expect(Sample.text(duty.due) == "2026-11-23T17:30")
    }

    @Test func `a closure on a day the place is closed anyway makes no duty`() throws {
        let day = try Sample.day("2026-11-23")
        let hall = try Sample.place("Tu-Su 09:00-17:00") { $0.closures = [day: Text("台风", "typhoon")] }
        #expect(try plan(Sample.rule(.every(.day)), at: hall, on: "2026-11-23").isEmpty)
    }

    @Test func `a week runs from its first opening to its last closing`() throws {
        let rule = Sample.rule(.every(.week), due: .anchor(.endOfWeek, minutes: 0))
        let hall = try Sample.place("Tu-Sa 09:00-17:00")
        let duty = try only(rule, at: hall, on: "2026-11-29")
        #expect(duty.line == "2026-W48/week 2026-11-24T09:00 2026-11-28T17:00")
        #expect(try duty.day == Sample.day("2026-11-24"))
    }

    @Test func `a week belongs to the year of its Thursday`() throws {
        let rule = Sample.rule(.every(.week), due: .anchor(.endOfWeek, minutes: 0))
        #expect(try only(rule, at: Sample.place(), on: "2027-01-03").occasion == "2026-W53/week")
    }

    @Test func `months, quarters and years end with the closing of their last open day`() throws {
        let hall = try Sample.place("Mo-Fr 09:00-17:00")
        func line(_ cadence: Cadence, _ anchor: Moment.Anchor) throws -> String {
            try only(Sample.rule(.every(cadence), due: .anchor(anchor, minutes: 0)), at: hall, on: "2026-10-15").line
        }
        #expect(try line(.month, .endOfMonth) == "2026-10/month 2026-10-01T09:00 2026-10-30T17:00")
        #expect(try line(.quarter, .endOfQuarter) == "2026-Q4/quarter 2026-10-01T09:00 2026-12-31T17:00")
        #expect(try line(.year, .endOfYear) == "2026/year 2026-01-01T09:00 2026-12-31T17:00")
    }

    @Test func `the last open day of a month is the one before a closure by order`() throws {
        let rule = Sample.rule(.every(.lastOpenDay))
        let hall = try Sample.place("Mo-Fr 09:00-17:00")
        let expected = "2026-10/last-open-day 2026-10-30T09:00 2026-10-30T17:00"
        #expect(try only(rule, at: hall, on: "2026-10-02").line == expected)
        let day = try Sample.day("2026-10-30")
        let closed = try Sample.place("Mo-Fr 09:00-17:00") { $0.closures = [day: Text("台风", "typhoon")] }
        #expect(try only(rule, at: closed, on: "2026-10-02").line.hasSuffix("2026-10-29T17:00"))
    }

    @Test func `a week closed by order throughout asks nothing and a week never open has no occasion`() throws {
        let rule = Sample.rule(.every(.week), due: .anchor(.endOfWeek, minutes: 0))
        let monday = try Sample.day("2026-11-23")
        let closures = Dictionary(uniqueKeysWithValues: (0..<7).map { (monday.adding(days: $0), Text("修", "works")) })
        let closed = try Sample.place { $0.closures = closures }
        #expect(try only(rule, at: closed, on: "2026-11-25").notRequired?.en == "closed by order: works")
        #expect(try plan(rule, at: Sample.place("Jun Mo-Su 09:00-17:00"), on: "2026-11-25").isEmpty)
    }

    @Test func `fixed intervals begin with the year and a short rest joins the last one`() throws {
        let days = Sample.rule(.every(.interval(Period(30, .day), fromLast: false)))
        #expect(try only(days, at: Sample.place(), on: "2026-01-30").line.hasPrefix("2026-01-01/interval"))
        #expect(try only(days, at: Sample.place(), on: "2026-01-31").line.hasPrefix("2026-01-31/interval"))
        // The 13th would begin on 27 December.
        let last = try only(days, at: Sample.place(), on: "2026-12-30")
        #expect(last.line == "2026-11-27/interval 2026-11-27T08:30 2026-12-31T17:30")
        let months = Sample.rule(.every(.interval(Period(6, .month), fromLast: false)), due: .period(Period(1, .month)))
        let half = try only(months, at: Sample.place(), on: "2026-12-31")
        #expect(half.line == "2026-07-01/interval 2026-07-01T08:30 2026-08-03T17:30")
    }

    @Test func `an interval from the last time waits from its day until it is done`() throws {
        let rule = Sample.rule(.every(.interval(Period(30, .day), fromLast: true)))
        let last = try Sample.day("2026-10-09")
        let hall = try Sample.place("Mo-Fr 09:00-17:00") { $0.lastDone = ["r": last] }
        #expect(try plan(rule, at: hall, on: "2026-11-07").isEmpty)
        // 8 November is a Sunday: it can be done on Monday.
        let duty = try only(rule, at: hall, on: "2026-11-08")
        #expect(duty.line == "2026-11-08/interval 2026-11-09T09:00 2026-11-09T17:00")
        #expect(try only(rule, at: hall, on: "2027-03-01") == duty)
    }

    @Test func `an interval that falls outside its season waits for the season`() throws {
        let rule = Sample.rule(.every(.interval(Period(30, .day), fromLast: true))) { $0.season = "summer" }
        let last = try Sample.day("2026-09-20")
        let hall = try Sample.place { $0.lastDone = ["r": last] }
        #expect(try only(rule, at: hall, on: "2026-11-23").line.hasPrefix("2026-10-20/interval 2027-05-01T08:30"))
    }

    @Test func `planning a hall's day takes less than a millisecond, ten when not optimized`() throws {
        let cadences: [Cadence] = [.opening, .closing, .halfDay, .day, .week, .month, .quarter, .year]
        let pack = Sample.pack((0..<120).map { Sample.rule(.every(cadences[$0 % 8]), id: "r\($0)") })
        let (hall, day) = (try Sample.place(), try Sample.day("2026-11-23"))
        let clock = ContinuousClock()
        // The fastest of several: a busy machine may be slow by chance, never fast.
        let fastest = (0..<20).map { ahead in
            clock.measure { _ = DutyPlan.duties(pack, at: hall, on: day.adding(days: ahead)) { _ in [] } }
        }.min()
        #if DEBUG
            let most = Duration.milliseconds(10)
        #else
            let most = Duration.milliseconds(1)
        #endif
        #expect(try #require(fastest) < most)
    }

    @Test func `what was never done is owed from the day the place began`() throws {
        let rule = Sample.rule(.every(.interval(Period(30, .day), fromLast: true)))
        let starts = try Sample.day("2026-11-02")
        let hall = try Sample.place { $0.starts = starts }
        #expect(try only(rule, at: hall, on: "2026-11-23").occasion == "2026-11-02/interval")
    }

    @Test func `a place owes nothing from before it began`() throws {
        let starts = try Sample.day("2026-11-25")
        let hall = try Sample.place { $0.starts = starts }
        #expect(try plan(Sample.rule(.every(.day)), at: hall, on: "2026-11-24").isEmpty)
        let week = Sample.rule(.every(.week), due: .anchor(.endOfWeek, minutes: 0))
        #expect(try only(week, at: hall, on: "2026-11-23").line.hasPrefix("2026-W48/week 2026-11-25T08:30"))
        #expect(try plan(week, at: hall, on: "2026-11-22").isEmpty)
    }

    @Test func `outside its season nothing is owed, also over the new year`() throws {
        let summer = Sample.rule(.every(.day)) { $0.season = "summer" }
        #expect(try plan(summer, at: Sample.place(), on: "2026-09-30").count == 1)
        #expect(try plan(summer, at: Sample.place(), on: "2026-10-01").isEmpty)
        let winter = Sample.rule(.every(.day)) { $0.season = "winter" }
        #expect(try plan(winter, at: Sample.place(), on: "2027-01-15").count == 1)
        // A year that holds a summer owes its summer duty.
        let yearly = Sample.rule(.every(.year)) { $0.season = "summer" }
        #expect(try plan(yearly, at: Sample.place(), on: "2026-11-23").count == 1)
    }

    @Test func `a rule binds the kinds of place and the traits it names`() throws {
        let restroom = Sample.rule(.every(.day)) { $0.binding = Binding(trait: "restroom") }
        #expect(try plan(restroom, at: Sample.place(), on: "2026-11-23").isEmpty)
        let hall = try Sample.place { $0.traits = ["restroom": TraitAnswer(conditions: nil, installed: true)] }
        #expect(try plan(restroom, at: hall, on: "2026-11-23").count == 1)
        let centre = Sample.rule(.every(.day)) { $0.binding = Binding(kind: "call-centre") }
        #expect(try plan(centre, at: hall, on: "2026-11-23").isEmpty)
    }

    @Test func `a round is shared out to the roles that have points here`() throws {
        let form = Sample.form(
            [
                Sample.field("sign", .point) { $0.role = "guard" },
                Sample.field("floor", .point) { $0.role = "guide" },
                Sample.field("door", .point) { $0.role = "guard" },
                Sample.field("ramp", .point) { ($0.role, $0.binding) = ("porter", Binding(trait: "ramp")) },
                Sample.field("fan", .point) { ($0.role, $0.season) = ("clerk", "summer") },
            ], isRound: true)
        let rule = Sample.rule(.every(.opening), who: .points) { $0.each = .role }
        let duties = try plan(rule, at: Sample.place(), on: "2026-11-23", form: form)
        #expect(duties.map(\.subject) == ["role:guard", "role:guide"])
        #expect(duties.map(\.role) == ["guard", "guide"])
        #expect(try plan(rule, at: Sample.place(), on: "2026-07-01", form: form).map(\.role).last == "clerk")
    }

    @Test func `each person who fills the role owes it`() throws {
        let rule = Sample.rule(.every(.opening), who: .role("clerk")) { $0.each = .person }
        let duties = try plan(rule, at: Sample.place(), on: "2026-11-23")
        #expect(duties.map(\.subject) == ["person:clerk-1", "person:clerk-2"])
    }

    @Test func `what runs out is owed ahead of its day`() throws {
        let rule = Sample.rule(.expires("qualification", before: Period(30, .day)))
        let expiry = Expiry(kind: "qualification", subject: "person:p", day: try Sample.day("2026-12-20"))
        let other = Expiry(kind: "extinguisher", subject: "item:i", day: try Sample.day("2026-12-20"))
        let hall = try Sample.place { $0.expiries = [expiry, other] }
        #expect(try plan(rule, at: hall, on: "2026-11-19").isEmpty)
        let duty = try only(rule, at: hall, on: "2026-11-20")
        #expect(duty.line == "expiry:2026-12-20 2026-11-20T08:30 2026-12-20T17:30")
        #expect(duty.subject == "person:p")
        #expect(try only(rule, at: hall, on: "2027-06-01") == duty)
    }

    @Test func `what runs out may be due before its day ends, or so long after it is owed`() throws {
        let expiry = Expiry(kind: "qualification", subject: "person:p", day: try Sample.day("2026-12-20"))
        let hall = try Sample.place { $0.expiries = [expiry] }
        func line(_ due: Moment, _ change: (inout Rule) -> Void = { _ in }) throws -> PlannedDuty {
            let rule = Sample.rule(.expires("qualification", before: Period(30, .day)), due: due, change)
            return try only(rule, at: hall, on: "2026-11-23")
        }
        #expect(try line(.field("expiry")).line == "expiry:2026-12-20 2026-11-20T08:30 2026-12-20T17:30")
        #expect(try line(.clock(720)).line == "expiry:2026-12-20 2026-11-20T08:30 2026-12-20T12:00")
        #expect(try line(.period(Period(48, .hour))).line == "expiry:2026-12-20 2026-11-20T08:30 2026-11-22T08:30")
        let held = try line(.anchor(.opening, minutes: 0)) {
            $0.opens = .clock(600)
            $0.lapses = .anchor(.endOfDay, minutes: 0)
        }
        #expect(held.line == "expiry:2026-12-20 2026-11-20T10:00 2026-12-20T08:30")
        #expect(Sample.text(held.lapses) == "2026-12-21T00:00")
        #expect(held.reasons.count == 2)
    }

    @Test func `asking once a week finds every long occasion that asking daily finds`() throws {
        let cadences: [Cadence] = [
            .week, .month, .quarter, .year, .interval(Period(9, .day), fromLast: false),
            .interval(Period(7, .day), fromLast: true),
        ]
        let pack = Sample.pack(cadences.enumerated().map { Sample.rule(.every($1), id: "r\($0)") })
        let starts = try Sample.day("2026-11-11")
        let hall = try Sample.place("Mo-Fr 08:30-17:30; PH off") { $0.starts = starts }
        func asked(_ days: [Int]) -> Set<PlannedDuty> {
            Set(days.flatMap { DutyPlan.duties(pack, at: hall, on: starts.adding(days: $0), people: { _ in [] }) })
        }
        let daily = asked(Array(0..<40))
        #expect(asked([0, 7, 14, 21, 28, 35, 39]) == daily)
        #expect(Set(daily.map(\.rule)).count == cadences.count)
    }

    @Test func `what hangs on a calendar not announced is provisional and says so`() throws {
        let rule = Sample.rule(.every(.month), due: .anchor(.endOfMonth, minutes: 0))
        let office = try Sample.place("Mo-Fr 08:30-17:30", office: true, calendar: StatutoryCalendar(layers: []))
        let duty = try only(rule, at: office, on: "2026-11-23")
        #expect(duty.provisional)
        #expect(duty.reasons.last?.en.contains("2026 is not announced") == true)
        let announced = try only(rule, at: Sample.place("Mo-Fr 08:30-17:30", office: true), on: "2026-11-23")
        #expect(!announced.provisional)
    }

    @Test func `planning day by day gives the same duties on whichever day it is asked`() throws {
        let cadences: [Cadence] = [
            .opening, .closing, .halfDay, .day, .week, .month, .quarter, .year, .lastOpenDay,
            .interval(Period(9, .day), fromLast: false), .interval(Period(7, .day), fromLast: true),
        ]
        let rules = cadences.enumerated().map { index, cadence in
            Sample.rule(.every(cadence), id: "r\(index)") { $0.season = index % 2 == 0 ? nil : "winter" }
        }
        let pack = Sample.pack(rules)
        let (closed, starts) = (try Sample.day("2026-12-02"), try Sample.day("2026-11-11"))
        let hall = try Sample.place("Mo-Fr 08:30-12:00,14:00-17:30; PH off") {
            ($0.closures, $0.starts) = ([closed: Text("台风", "typhoon")], starts)
        }
        var found: [String: PlannedDuty] = [:]
        var first: [String: Day] = [:]
        for ahead in 0..<40 {
            let day = starts.adding(days: ahead)
            for duty in DutyPlan.duties(pack, at: hall, on: day, people: { _ in [] }) {
                let id = "\(duty.rule) \(duty.subject) \(duty.occasion)"
                #expect(found[id, default: duty] == duty)
                found[id] = duty
                first[id] = first[id] ?? day
                // Asked again on the day the duty names, it is the same.
                #expect(DutyPlan.duties(pack, at: hall, on: duty.day, people: { _ in [] }).contains(duty))
                #expect(duty.opens <= duty.due)
            }
        }
        #expect(found.count > 100)
        #expect(Set(found.values.map(\.rule)).count == cadences.count)
    }
}
