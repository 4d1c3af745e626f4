import Regulation
import Store
import WorkCalendar

/// Somebody says what happened: the event, its row, and the regulation's answer, in one act. What concerns the whole
/// company is one entry and a fan-out row that is worked in chunks.
struct Reporting {
    let act: HallAct

    init(_ act: HallAct) { self.act = act }

    /// A report by a person. Refuses events the pack does not let their roles report, and fields that do not fit. Gives
    /// how many duties it opened.
    @discardableResult
    func report(
        _ kind: String, fields: [String: String], at place: Place.ID, by person: Person.ID, at moment: Instant
    ) throws -> Int {
        if moment > act.now {
            throw Refusal.invalid(field: "at", Text("发生时间不能晚于现在。", "It cannot have happened after now."))
        }
        let day = act.hall.zone.day(of: moment)
        guard let inForce = try act.hall.packs.inForce(on: day, act.act), let event = inForce.pack.event(kind) else {
            throw Refusal.notFound
        }
        guard event.act == nil, try mayReport(event, at: place, by: person, on: day) else {
            throw Refusal.notAllowed(Text("你的岗位不能报这件事。", "Your role does not report this."))
        }
        let checked = Answers.check(event, fields: fields)
        guard checked.problems.isEmpty else {
            throw FormProblems(fields: checked.problems.map { ($0.field, $0.sentence) })
        }
        let about = event.isCompanyWide ? try act.company().id : place
        return try happened(
            Event(kind: kind, at: moment, fields: checked.clean.mapValues(\.text)), at: about, by: person,
            personal: Set(checked.clean.filter(\.value.isPersonal).keys), companyWide: event.isCompanyWide)
    }

    func mayReport(_ event: EventKind, at place: Place.ID, by person: Person.ID, on day: Day) throws -> Bool {
        let roster = Roster(tx: act.act, standing: act.hall.standing)
        return try event.may.contains { role in
            try roster.people(role, at: place, on: day).contains(person)
                || act.hall.standing.keep(.reports(role: role, person, place, day), act.act) {
                    try act.act.one(
                        """
                        select 1 as one from role_holder where role = \(role) and person = \(person)
                        and from_day <= \(day) and until_day >= \(day)
                        and (place = \(place) or exists (select 1 from place where place.place = role_holder.place and place.kind <> 'hall'))
                        limit 1
                        """) != nil
                }
        }
    }

    /// The event's row and its answer; used by reports and by forms whose answers report something. Gives how many duties
    /// it opened here.
    @discardableResult
    func happened(
        _ event: Event, at place: Place.ID, by person: String, personal: Set<String> = [], companyWide: Bool = false
    ) throws -> Int {
        let id = act.act.id().description
        var kept = event
        var entered = event.withoutFields(personal)
        if entered.about.isEmpty { entered.about = "event:\(id)" }
        try act.enter(entered, at: place)
        for field in personal.sorted() {
            guard let text = event.fields[field], !text.isEmpty else { continue }
            kept.fields[field] = "personal:\(try act.act.personal(text, place: place))"
        }
        let row = EventRow(
            place: place, id: id, kind: event.kind, subject: event.about, fields: kept.json.text, by: person,
            at: event.at, recorded: act.now, scope: companyWide ? "company" : "hall")
        try act.act.keep(row)
        var opened = 0
        if companyWide {
            let total = try act.act.one("select count(*) as n from place where ended is null")?.int("n") ?? 0
            try act.act.keep(
                Fanout(
                    place: place, id: id, kind: "event", event: id, cursor: "", done: 0, total: Int(total),
                    state: .running))
        } else {
            opened = try Regulator(act).answer(kept, at: place, id: id)
        }
        let places = place
        act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(places)") }
        return opened
    }
}

extension Event {
    /// Without the fields that hold personal text: those stand in the row as ids.
    func withoutFields(_ names: Set<String>) -> Event {
        var copy = self
        for name in names { copy.fields[name] = nil }
        return copy
    }
}
