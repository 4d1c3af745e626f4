import Testing
import WorkCalendar

@testable import Regulation

@Suite struct AnswerTests {
    /// What an event at a time opens under one rule.
    private func opened(
        _ rule: Rule, _ kind: String = "rain.reported", at time: String = "2026-11-23T10:00",
        fields: [String: String] = [:], subject: String = "", place: PlaceFacts? = nil, forms: [Form] = []
    ) throws -> [PlannedDuty] {
        let happening = Happening(
            id: "e1", kind: kind, fields: fields, place: "h", subject: subject, at: try Sample.at(time))
        let pack = Sample.pack([rule], forms: forms)
        return Answer.opened(by: happening, pack, at: try place ?? Sample.place()) { ["\($0)-1", "\($0)-2"] }
    }

    private func due(
        _ moment: Moment, at time: String, fields: [String: String] = [:], place: PlaceFacts? = nil
    ) throws -> String? {
        let rule = Sample.rule(.when("rain.reported"), due: moment)
        return Sample.text(try opened(rule, at: time, fields: fields, place: place).first?.due)
    }

    @Test func `an event opens a duty about its subject, due a period later`() throws {
        let rule = Sample.rule(.when("rain.reported"), due: .period(Period(45, .minute))) { $0.isOurReading = true }
        let duty = try #require(try opened(rule, subject: "case:7").first)
        #expect(duty.line == "event:e1 2026-11-23T10:00 2026-11-23T10:45")
        #expect(duty.subject == "case:7")
        #expect(try duty.day == Sample.day("2026-11-23"))
        #expect(duty.reasons.last == DutyPlan.ourReading)
        #expect(try opened(rule, "sun.reported").isEmpty)
    }

    @Test func `all conditions on the event must hold`() throws {
        let rule = Sample.rule(.when("rain.reported")) {
            $0.conditions = [
                Condition(field: "kind", test: .anyOf(["rain", "snow"])), Condition(field: "degrees", test: .below(10)),
            ]
        }
        #expect(try opened(rule, fields: ["kind": "rain", "degrees": "9.5"]).count == 1)
        #expect(try opened(rule, fields: ["kind": "rain", "degrees": "10"]).isEmpty)
        #expect(try opened(rule, fields: ["kind": "fog", "degrees": "9"]).isEmpty)
        #expect(try opened(rule, fields: ["kind": "rain"]).isEmpty)
    }

    @Test func `season, kind of place and traits bind the answer to an event too`() throws {
        let summer = Sample.rule(.when("rain.reported")) { $0.season = "summer" }
        #expect(try opened(summer).isEmpty)
        #expect(try opened(summer, at: "2026-07-01T10:00").count == 1)
        let ramp = Sample.rule(.when("rain.reported")) { $0.binding = Binding(trait: "ramp") }
        #expect(try opened(ramp).isEmpty)
        let centre = Sample.rule(.when("rain.reported")) { $0.binding = Binding(kind: "call-centre") }
        #expect(try opened(centre).isEmpty)
    }

    @Test func `same-day ends at closing, and at midnight after closing or on a closed day`() throws {
        #expect(try due(.sameDay, at: "2026-11-23T17:29") == "2026-11-23T17:30")
        #expect(try due(.sameDay, at: "2026-11-23T17:30") == "2026-11-24T00:00")
        let mondayOff = try Sample.place("Tu-Su 09:00-17:00")
        #expect(try due(.sameDay, at: "2026-11-23T10:00", place: mondayOff) == "2026-11-24T00:00")
        let day = try Sample.day("2026-11-23")
        let closed = try Sample.place { $0.closures = [day: Text("台风", "typhoon")] }
        #expect(try due(.sameDay, at: "2026-11-23T10:00", place: closed) == "2026-11-24T00:00")
    }

    @Test func `service hours run only while the place is open`() throws {
        #expect(try due(.period(Period(2, .serviceHour)), at: "2026-11-23T16:30") == "2026-11-24T09:30")
        #expect(try due(.period(Period(2, .hour)), at: "2026-11-23T16:30") == "2026-11-23T18:30")
    }

    @Test func `working days are the statutory ones even for a hall open at weekends`() throws {
        // The Saturday of that week is a make-up working day.
        #expect(try due(.period(Period(1, .workingDay)), at: "2026-11-27T10:00") == "2026-11-28T17:30")
        #expect(try due(.period(Period(1, .workingDay)), at: "2026-11-20T10:00") == "2026-11-23T17:30")
    }

    @Test func `a field of the event names the day, the time or the instant`() throws {
        let moment = Moment.field("held")
        let at = "2026-11-23T10:00"
        #expect(try due(moment, at: at, fields: ["held": "2026-11-25"]) == "2026-11-25T17:30")
        #expect(try due(moment, at: at, fields: ["held": "15:30"]) == "2026-11-23T15:30")
        #expect(try due(moment, at: at, fields: ["held": "2026-11-24T09:15"]) == "2026-11-24T09:15")
        // What was agreed for a time already past is due at once.
        #expect(try due(moment, at: at, fields: ["held": "09:00"]) == "2026-11-23T10:00")
        #expect(try due(moment, at: at, fields: ["held": "soon"]) == nil)
        #expect(try due(moment, at: at) == nil)
    }

    @Test func `an anchor already past is that of the next open day`() throws {
        let hall = try Sample.place("Mo-Fr 08:30-17:30")
        let closing = Moment.anchor(.closing, minutes: 0)
        #expect(try due(closing, at: "2026-11-20T10:00", place: hall) == "2026-11-20T17:30")
        #expect(try due(closing, at: "2026-11-20T18:00", place: hall) == "2026-11-23T17:30")
        #expect(try due(.anchor(.opening, minutes: -10), at: "2026-11-20T08:25", place: hall) == "2026-11-23T08:20")
        #expect(try due(.clock(930), at: "2026-11-20T16:00", place: hall) == "2026-11-23T15:30")
        #expect(try due(.anchor(.endOfHalfDay, minutes: 0), at: "2026-11-20T09:00", place: hall) == "2026-11-20T12:30")
        #expect(try due(.anchor(.endOfHalfDay, minutes: 0), at: "2026-11-20T13:00", place: hall) == "2026-11-20T17:30")
        #expect(try due(.anchor(.endOfWeek, minutes: 0), at: "2026-11-21T10:00", place: hall) == "2026-11-27T17:30")
        #expect(try due(.anchor(.endOfMonth, minutes: 0), at: "2026-11-21T10:00", place: hall) == "2026-11-30T17:30")
        #expect(try due(.anchor(.endOfDay, minutes: 0), at: "2026-11-21T10:00", place: hall) == "2026-11-22T00:00")
    }

    @Test func `a place never open keeps no anchor and asks nothing`() throws {
        let never = try Sample.place("Mo-Su off")
        #expect(try due(.anchor(.closing, minutes: 0), at: "2026-11-23T10:00", place: never) == nil)
    }

    @Test func `a duty lapses no earlier than it is due`() throws {
        let rule = Sample.rule(.when("rain.reported"), due: .period(Period(2, .hour))) { $0.lapses = .sameDay }
        let duty = try #require(try opened(rule, at: "2026-11-23T16:30").first)
        #expect(Sample.text(duty.lapses) == "2026-11-23T18:30")
        #expect(try opened(Sample.rule(.when("rain.reported"))).first?.lapses == nil)
    }

    @Test func `the place named by the event owes it`() throws {
        let rule = Sample.rule(.when("rain.reported"), who: .event(field: "unit", role: "unit-head"))
        let duty = try #require(try opened(rule, fields: ["unit": "u7"]).first)
        #expect(duty.seat == "u7" && duty.role == "unit-head")
        #expect(try opened(rule).first?.seat == nil)
    }

    @Test func `each role of a round and each person may owe what an event opens`() throws {
        let person = Sample.rule(.when("rain.reported")) { $0.each = .person }
        #expect(try opened(person).map(\.subject) == ["person:guide-1", "person:guide-2"])
        let form = Sample.form(
            [Sample.field("a", .point) { $0.role = "guard" }, Sample.field("b", .point) { $0.role = "clerk" }],
            isRound: true)
        let role = Sample.rule(.when("rain.reported"), who: .points) { $0.each = .role }
        #expect(try opened(role, forms: [form]).map(\.subject) == ["role:guard", "role:clerk"])
    }

    @Test func `the end of another duty opens a duty by its outcome`() throws {
        func count(_ outcomes: [String], _ kind: String, _ fields: [String: String]) throws -> Int {
            let rule = Sample.rule(.afterDuty("x", outcomes: outcomes))
            return try opened(rule, kind, fields: fields).count
        }
        #expect(try count(["missed"], "duty.missed", ["rule": "x"]) == 1)
        #expect(try count(["missed"], "duty.done", ["rule": "x", "outcome": "done"]) == 0)
        #expect(try count(["late"], "duty.done", ["rule": "x", "outcome": "late"]) == 1)
        #expect(try count(["late"], "duty.done", ["rule": "x", "outcome": "done"]) == 0)
        #expect(try count([], "duty.missed", ["rule": "x"]) == 1)
        #expect(try count([], "duty.done", ["rule": "y"]) == 0)
    }

    @Test func `a later opening holds back when it can be done`() throws {
        let rule = Sample.rule(.when("rain.reported"), due: .sameDay) { $0.opens = .clock(900) }
        #expect(try opened(rule).first?.line == "event:e1 2026-11-23T15:00 2026-11-23T17:30")
    }

    @Test func `an event ends the open duties of the rules that wait for it`() throws {
        let rule = Sample.rule(.when("rain.reported")) { ($0.form, $0.endsOn) = (nil, "rain.ended") }
        let pack = Sample.pack([rule])
        func ended(_ kind: String) throws -> [String] {
            let at = try Sample.at("2026-11-23T10:00")
            return Answer.endedRules(
                by: Happening(id: "e", kind: kind, fields: [:], place: "h", subject: "", at: at), pack
            ).map(\.id)
        }
        #expect(try ended("rain.ended") == ["r"])
        #expect(try ended("rain.reported") == [])
    }

    @Test func `a deadline computed again on a new calendar moves and is no longer provisional`() throws {
        let rule = Sample.rule(.when("rain.reported"), due: .period(Period(1, .workingDay)))
        let at = try Sample.at("2026-11-27T10:00")
        func again(_ calendar: StatutoryCalendar) throws -> (String?, Bool) {
            let place = try Sample.place(calendar: calendar)
            let found = try #require(
                Answer.deadline(of: rule, at: at, fields: [:], place: place, company: Sample.company))
            return (Sample.text(found.due), found.provisional)
        }
        #expect(try again(StatutoryCalendar(layers: [])) == ("2026-11-30T17:30", true))
        #expect(try again(Sample.announced) == ("2026-11-28T17:30", false))
    }
}
