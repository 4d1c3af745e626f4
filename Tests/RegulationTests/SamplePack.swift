import Testing
import WorkCalendar

@testable import Regulation

/// Packs, places and rules built from their parts, so that each test says only what it is about.
enum Sample {
    static let company = Company(
        pack: "sample", edition: "1", title: Text("样", "Sample"), company: Text("公司", "Company"), facts: [:],
        zone: "Asia/Shanghai", halfDayEnds: 750,
        seasons: [
            "summer": Season(fromMonth: 5, fromDay: 1, toMonth: 9, toDay: 30),
            "winter": Season(fromMonth: 12, fromDay: 1, toMonth: 2, toDay: 28),
        ], sendWindow: nil, steps: [Step(offset: Period(0, .minute), isBefore: false, tell: ["director"])],
        lastStandIn: [:], language: .zh)

    static func pack(
        _ rules: [Rule], events: [EventKind] = [], forms: [Form] = [], clauses: [Clause] = [], gates: [Gate] = []
    ) -> Pack {
        Pack(
            company: company, clauses: clauses, roles: [], topics: [], traits: [], events: events, gates: gates,
            rules: rules, forms: forms)
    }

    static func rule(
        _ occasion: Occasion, id: String = "r", due: Moment = .anchor(.closing, minutes: 0), who: Who = .role("guide"),
        _ change: (inout Rule) -> Void = { _ in }
    ) -> Rule {
        var rule = Rule(
            id: id, clauses: ["1-1"], title: Text(id, id), binding: Binding(), occasion: occasion, conditions: [],
            season: nil, once: nil, opens: nil, due: due, lapses: nil, who: who, each: nil, standIns: [],
            requiresTopic: nil, signedBy: nil, notByDoerOf: nil, form: "done", endsOn: nil, steps: nil, dutyClass: nil,
            isOurReading: false)
        change(&rule)
        return rule
    }

    static func event(
        _ id: String, may: [String] = [], act: String? = nil, immediate: Bool = false, fields: [Field] = []
    ) -> EventKind {
        EventKind(
            id: id, name: Text(id, id), fields: fields, may: may, isCompanyWide: false, isImmediate: immediate, act: act,
            isProgram: false)
    }

    static func form(_ fields: [Field], isRound: Bool = false, emits: [Emission] = []) -> Form {
        Form(id: "done", title: Text("表", "Form"), annex: nil, isRound: isRound, fields: fields, emits: emits)
    }

    static func field(_ id: String, _ kind: Field.Kind = .text, _ change: (inout Field) -> Void = { _ in }) -> Field {
        var field = Field(id: id, title: Text(id, id), kind: kind)
        change(&field)
        return field
    }

    static func clause(_ id: String, isDefinition: Bool = false) -> Clause {
        Clause(
            id: id, title: Text(id, id), text: Text(id, id), binds: ["hall"], isDefinition: isDefinition, note: nil)
    }

    /// A hall open every day from 08:30 to 17:30, where nothing else is said.
    static func place(
        _ hours: String = "Mo-Su 08:30-17:30", office: Bool = false, calendar: StatutoryCalendar? = nil,
        _ change: (inout PlaceFacts) -> Void = { _ in }
    ) throws -> PlaceFacts {
        let unit = WorkUnit(
            hours: try OpeningHours(parsing: hours), calendar: calendar ?? announced, keepsWorkingDays: office)
        var place = PlaceFacts(id: "h", kind: "hall", traits: [:], unit: unit)
        change(&place)
        return place
    }

    /// 2025 to 2027 with no holiday but New Year's Day and a make-up Saturday, so that days off are weekends alone.
    static let announced = StatutoryCalendar(
        layers: (2025...2027).map { year in
            let first = Day(year: year, month: 1, day: 1) ?? Day(number: 0)
            var days = [CalendarDay(day: first, off: true, name: "元旦")]
            if year == 2026, let saturday = Day("2026-11-28") {
                days.append(CalendarDay(day: saturday, off: false, name: "调休"))
            }
            return CalendarLayer(name: "\(year)", year: year, reason: "", days: days, announced: true)
        })

    static func day(_ text: String) throws -> Day { try #require(Day(text)) }
    static func at(_ text: String) throws -> Instant { try #require(Zone.shanghai.parse(text)) }
    static func text(_ instant: Instant?) -> String? {
        instant.map { String(Zone.shanghai.text($0).prefix(16)) }
    }
}

/// The only duty of a rule on a day.
func only(_ rule: Rule, at place: PlaceFacts, on day: String, form: Form? = nil) throws -> PlannedDuty {
    let list = try plan(rule, at: place, on: day, form: form)
    #expect(list.count == 1)
    return try #require(list.first)
}

/// What a rule asks on a day; each role is filled by two people.
func plan(_ rule: Rule, at place: PlaceFacts, on day: String, form: Form? = nil) throws -> [PlannedDuty] {
    let pack = Sample.pack([rule], forms: form.map { [$0] } ?? [])
    return DutyPlan.duties(pack, at: place, on: try Sample.day(day)) { ["\($0)-1", "\($0)-2"] }
}

extension PlannedDuty {
    /// `2026-11-23/day 2026-11-23T00:00 2026-11-23T17:30`
    var line: String { "\(occasion) \(Sample.text(opens) ?? "") \(Sample.text(due) ?? "")" }
}
