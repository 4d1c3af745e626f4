import Testing
import WorkCalendar

@testable import Regulation

@Suite struct CoverageTests {
    private func status(
        _ rules: [Rule], events: [EventKind] = [], forms: [Form] = [], gates: [Gate] = [],
        can: Coverage.Capabilities = Coverage.Capabilities(events: []), ended: Set<String> = []
    ) -> Coverage.ClauseStatus {
        let pack = Sample.pack(rules, events: events, forms: forms, clauses: [Sample.clause("1-1")], gates: gates)
        return Coverage.status(pack, can, ended: ended)[0]
    }

    private func gate(_ requirement: Gate.Requirement) -> Gate {
        Gate(
            id: "g", clauses: ["1-1"], title: Text("g", "g"), requirement: requirement, binding: Binding(), roles: [],
            rules: [])
    }

    @Test func `a clause runs once a simulation has ended a duty of it`() {
        let rule = Sample.rule(.every(.day))
        #expect(status([rule], ended: ["r"]).status == .runs)
        let waiting = status([rule])
        #expect(waiting.status == .waiting)
        #expect(waiting.waitingFor == ["simulation:r"])
    }

    @Test func `a definition neither runs nor waits`() {
        let pack = Sample.pack([], clauses: [Sample.clause("1-1", isDefinition: true)])
        #expect(Coverage.status(pack, Coverage.Capabilities(events: []), ended: []).map(\.status) == [.definition])
    }

    @Test func `a clause without rule or gate waits`() {
        #expect(status([]).status == .waiting)
    }

    @Test func `a reported event is recordable and an unknown one is named`() {
        let rule = Sample.rule(.when("rain.reported"))
        #expect(status([rule], events: [Sample.event("rain.reported", may: ["guard"])], ended: ["r"]).status == .runs)
        let none = status([rule], events: [Sample.event("rain.reported")], ended: ["r"])
        #expect(none.status == .waiting)
        #expect(none.waitingFor == ["event:rain.reported"])
    }

    @Test func `an event of an act needs its capability, whoever may report it`() {
        let rule = Sample.rule(.every(.day)) { ($0.form, $0.endsOn) = (nil, "complaint.contacted") }
        let event = Sample.event("complaint.contacted", may: ["guard"], act: "complaints")
        let lacking = status([rule], events: [event], ended: ["r"])
        #expect(lacking.waitingFor == ["event:complaint.contacted", "act:complaints"])
        let can = Coverage.Capabilities(events: [], acts: ["complaints"])
        #expect(status([rule], events: [event], can: can, ended: ["r"]).status == .runs)
    }

    @Test func `an event of the program needs no reporter`() {
        let rule = Sample.rule(.when("finding.recorded"))
        let can = Coverage.Capabilities(events: ["finding.recorded"])
        #expect(status([rule], can: can, ended: ["r"]).status == .runs)
    }

    @Test func `an event a form reports is recordable when some rule has the form filled`() {
        let form = Sample.form([], emits: [Emission(event: "slips.found")])
        let answer = Sample.rule(.when("slips.found")) { $0.form = "other" }
        let source = Sample.rule(.every(.day), id: "source") { $0.clauses = [] }
        let event = Sample.event("slips.found")
        #expect(status([answer, source], events: [event], forms: [form], ended: ["r"]).status == .runs)
        #expect(status([answer], events: [event], forms: [form], ended: ["r"]).waitingFor == ["event:slips.found"])
        let idle = Sample.rule(.when("never.heard"), id: "source") { $0.clauses = [] }
        #expect(status([answer, idle], events: [event], forms: [form], ended: ["r"]).status == .waiting)
    }

    @Test func `a duty after another needs the other to come to be`() {
        let after = Sample.rule(.afterDuty("x", outcomes: []))
        #expect(status([after], ended: ["r"]).waitingFor == ["rule:x"])
        let other = Sample.rule(.every(.day), id: "x") { $0.clauses = [] }
        #expect(status([after, other], ended: ["r"]).status == .runs)
    }

    @Test func `what runs out is known for the kinds the program keeps`() {
        let rule = Sample.rule(.expires("extinguisher", before: Period(30, .day)))
        #expect(status([rule], ended: ["r"]).waitingFor == ["items:extinguisher"])
        let can = Coverage.Capabilities(events: [], expiries: ["extinguisher"])
        #expect(status([rule], can: can, ended: ["r"]).status == .runs)
    }

    @Test func `a gate kept makes a clause without rules run`() {
        let kept = Coverage.Capabilities(events: [], gates: ["role-filled"])
        #expect(status([], gates: [gate(.roleFilled("cleaner"))], can: kept).status == .runs)
        #expect(status([], gates: [gate(.trained("pos"))], can: kept).waitingFor == ["gate:trained"])
        #expect(status([], gates: [gate(.act("complaints"))], can: kept).waitingFor == ["act:complaints"])
        let act = Coverage.Capabilities(events: [], gates: ["act:complaints"])
        #expect(status([], gates: [gate(.act("complaints"))], can: act).status == .runs)
    }

    @Test func `a clause of which one part cannot come to be waits, whatever else of it is done`() {
        let runs = Sample.rule(.every(.day))
        let waits = Sample.rule(.when("rain.reported"), id: "w")
        let found = status([runs, waits], ended: ["r"])
        #expect(found.status == .waiting)
        #expect(found.rules == ["r", "w"])
        #expect(found.waitingFor == ["event:rain.reported"])
        let can = Coverage.Capabilities(events: ["rain.reported"])
        #expect(status([runs, waits], can: can, ended: ["r"]).status == .runs)
        #expect(status([runs, waits], can: can, ended: ["r"]).waitingFor == ["simulation:w"])
    }

    @Test func `a gate that is not kept makes its clause wait although a rule of it is done`() {
        let found = status([Sample.rule(.every(.day))], gates: [gate(.act("cash"))], ended: ["r"])
        #expect(found.status == .waiting)
        #expect(found.waitingFor == ["act:cash"])
    }

    @Test func `a clause cited by a point of a round is served by the round's rule`() {
        let form = Sample.form([Sample.field("p", .point) { $0.clause = "1-1" }], isRound: true)
        let rule = Sample.rule(.every(.opening)) { $0.clauses = [] }
        #expect(status([rule], forms: [form], ended: ["r"]).status == .runs)
    }
}
