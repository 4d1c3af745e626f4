import Testing
import WorkCalendar

@testable import Regulation

@Suite struct EscalationTests {
    private func ladder(
        _ steps: [Step]?, _ occasion: Occasion = .every(.day), events: [EventKind] = [],
        due: String = "2026-11-23T17:30", opened: String = "2026-11-02T08:30"
    ) throws -> [TimedStep] {
        let rule = Sample.rule(occasion) { $0.steps = steps }
        return Escalation.steps(
            of: rule, Sample.pack([rule], events: events), due: try Sample.at(due), opened: try Sample.at(opened),
            unit: try Sample.place().unit)
    }

    private func step(_ quantity: Int, _ unit: PeriodUnit, before: Bool = false, immediate: Bool = false) -> Step {
        Step(offset: Period(quantity, unit), isBefore: before, tell: ["director"], isImmediate: immediate)
    }

    @Test func `steps stand in the order of time and keep their place in the ladder`() throws {
        let found = try ladder([
            step(1, .workingDay), step(0, .minute), step(30, .minute, before: true), step(2, .hour),
        ])
        #expect(found.map(\.index) == [2, 1, 3, 0])
        #expect(
            found.map { Sample.text($0.at) } == [
                "2026-11-23T17:00", "2026-11-23T17:30", "2026-11-23T19:30", "2026-11-24T17:30",
            ])
    }

    @Test func `steps at the same moment keep the order of the ladder`() throws {
        #expect(try ladder([step(0, .minute), step(0, .hour), step(0, .workingDay)]).map(\.index) == [0, 1, 2])
    }

    @Test func `days before are counted by the calendar`() throws {
        // 23 November is a Monday: one working day before is the Friday.
        let found = try ladder([step(1, .workingDay, before: true), step(7, .day, before: true)])
        #expect(found.map { Sample.text($0.at) } == ["2026-11-16T17:30", "2026-11-20T17:30"])
    }

    @Test func `a step planned for before the duty opened is taken as it opens`() throws {
        let found = try ladder([step(1, .hour, before: true)], opened: "2026-11-23T17:10")
        #expect(found.map { Sample.text($0.at) } == ["2026-11-23T17:10"])
    }

    @Test func `a rule without steps has the company's and an empty ladder tells nobody`() throws {
        #expect(try ladder(nil).map(\.tell) == [["director"]])
        #expect(try ladder([]).isEmpty)
    }

    @Test func `a step is immediate by itself or by its event`() throws {
        #expect(try ladder([step(0, .minute), step(1, .hour, immediate: true)]).map(\.immediate) == [false, true])
        let event = Sample.event("fire.reported", immediate: true)
        #expect(try ladder([step(0, .minute)], .when("fire.reported"), events: [event]).map(\.immediate) == [true])
    }

    @Test func `a step may put the lateness on record as a finding`() throws {
        let late = Step(offset: Period(75, .minute), isBefore: false, tell: [], finding: "late-first-contact")
        #expect(try ladder([late]).first?.finding == "late-first-contact")
    }
}
