import Regulation
import Store
import WorkCalendar

/// Duties with who owes them, read in one go, narrowed by place in the statement itself.
struct DutyLister: Sendable {
    let desk: Desk

    /// Passed from list to list on its way to a page, so held in one place.
    final class Found: Sendable {
        let duty: Duty
        let known: RuleInForce?
        let pack: PackInForce
        let owing: Responsible
        let told: Bool
        let cause: EventRow?
        /// The thing on a register it is about.
        let thing: Item?
        var rule: Rule? { known?.rule }

        init(duty: Duty, known: RuleInForce?, pack: PackInForce, owing: Responsible, told: Bool, cause: EventRow?, thing: Item?) {
            (self.duty, self.known, self.pack, self.owing, self.told, self.cause, self.thing) = (duty, known, pack, owing, told, cause, thing)
        }
    }

    /// Open duties of some seats or places that are due before a moment, with who owes them today; at most `limit`.
    func open(seats: [Place.ID], until: Instant, limit: Int = 400) async throws -> [Found] {
        let (hall, day, me) = (desk.hall, desk.today, desk.viewer.person.id)
        let mark = hall.duties.mark()
        return try await hall.store.read { tx in try Self.open(seats: seats, until: until, limit: limit, about: Complaint.subjects(about: me, tx), since: mark, hall, tx, day) }
    }

    /// The same inside a reading that began after `mark`; what is owed about the subjects `about` is left out.
    static func open(seats: [Place.ID], until: Instant, limit: Int = 400, about: [String], since mark: UInt64, _ hall: Hallkeeper, _ tx: any Reading, _ day: Day) throws -> [Found] {
        try hall.duties.list(DutyShelf.Asked(places: seats, kind: "open \(limit)", until: until, day: day, without: about), since: mark, tx) {
            let rows = try tx.rows(
                """
                select * from duty where seat in \(list: seats) and state = 'open' and opens <= \(until) and \(sql: without(about))
                order by due, id limit \(limit)
                """)
            return try found(try rows.map(Duty.init(row:)), hall, tx, day)
        }
    }

    /// What somebody has done on a day at some seats, the latest first.
    static func done(by person: Person.ID, seats: [Place.ID], since mark: UInt64, _ hall: Hallkeeper, _ tx: any Reading, _ day: Day) throws -> [Found] {
        try hall.duties.list(DutyShelf.Asked(places: seats, kind: "done", day: day, person: person), since: mark, tx) {
            let rows = try tx.rows(
                """
                select * from duty where seat in \(list: seats) and done_by = \(person) and day = \(day) and state in ('done', 'late')
                order by done_at desc limit 50
                """)
            return try found(try rows.map(Duty.init(row:)), hall, tx, day)
        }
    }

    /// What is owed at a place on a day, or was before and still is; what one walks unasked is left out.
    static func board(_ place: Place.ID, until: Instant, since mark: UInt64, _ hall: Hallkeeper, _ tx: any Reading, _ day: Day) throws -> [Found] {
        try hall.duties.list(DutyShelf.Asked(places: [place], kind: "board", until: until, day: day), since: mark, tx) {
            let rows = try tx.rows(
                """
                select * from duty where place = \(place) and (day = \(day) or (state = 'open' and due < \(until)))
                and rule not like 'voluntary:%'
                order by due, id limit 500
                """)
            return try found(try rows.map(Duty.init(row:)), hall, tx, day)
        }
    }

    /// Duties about one place on a day, whatever became of them.
    func day(_ day: Day, at place: Place.ID) async throws -> [Found] {
        let (hall, today, me) = (desk.hall, desk.today, desk.viewer.person.id)
        return try await hall.store.read { tx in
            let rows = try tx.rows("select * from duty where place = \(place) and day = \(day) and \(sql: Self.notAbout(me, tx)) order by due, id limit 500")
            return try Self.found(try rows.map(Duty.init(row:)), hall, tx, today)
        }
    }

    /// The condition that leaves out what is owed about a case whoever looks is complained of in.
    static func notAbout(_ person: Person.ID, _ tx: any Reading) throws -> SQL { without(try Complaint.subjects(about: person, tx)) }

    private static func without(_ subjects: [String]) -> SQL { subjects.isEmpty ? "1 = 1" : "duty.subject not in \(list: subjects)" }

    static func found(_ duty: Duty, _ hall: Hallkeeper, _ tx: any Reading, _ day: Day) throws -> Found {
        try found([duty], hall, tx, day)[0]
    }

    /// What is known of some duties, in their order: one statement for the steps of all, one for their causes, one for each
    /// role asked for – not some for each duty.
    static func found(_ duties: [Duty], _ hall: Hallkeeper, _ tx: any Reading, _ day: Day) throws -> [Found] {
        guard !duties.isEmpty else { return [] }
        let roster = Roster(tx: tx, memory: RosterMemory(), standing: hall.standing)
        var last: [String: Instant] = [:]
        // Whoever has not been late yet has told nobody of it.
        for (place, own) in Dictionary(grouping: duties.filter { $0.nextStep > 0 }, by: \.place) {
            let rows = try tx.rows("select duty, max(at) as at from step where place = \(place) and duty in \(list: own.map(\.id)) group by duty")
            for row in rows { last[place + "/" + (try row.text("duty"))] = try row.instant("at") }
        }
        let causes = Set(duties.map(\.cause).filter { $0.hasPrefix("event:") }.map { String($0.dropFirst("event:".count)) }).sorted()
        var events: [String: EventRow] = [:]
        if !causes.isEmpty {
            for row in try tx.rows("select * from event where id in \(list: causes)") {
                let event = try EventRow(row: row)
                events["event:" + event.id] = event
            }
        }
        let things = try Item.named(duties.map(\.subject), at: duties.map(\.place), tx)
        var version: PackInForce?
        return try duties.map { duty in
            let pack = try version.flatMap { $0.hash == duty.pack ? $0 : nil } ?? hall.packs.pack(duty.pack, tx)
            version = pack
            let known = pack.rule(duty.rule)
            let owing = try known.map { try roster.responsible(for: duty, rule: $0.rule, pack: pack.pack, on: day) } ?? Responsible(people: [], how: .unfilled)
            let told = duty.nextStep > 0 && last[duty.place + "/" + duty.id].map { $0 >= duty.due } ?? false
            return Found(duty: duty, known: known, pack: pack, owing: owing, told: told, cause: duty.cause.isEmpty ? nil : events[duty.cause], thing: things[duty.subject])
        }
    }

    /// The title people see: the rule's, and for a shared round whose part it is.
    func title(_ found: Found) -> String {
        let w = desk.w
        let title = found.known.map { w($0.rule.title) } ?? found.duty.rule
        if let thing = found.thing { return title + w.aside(w(thing.title(found.pack.pack))) }
        guard found.duty.subject.hasPrefix("role:") else { return title }
        return title + w.aside(desk.roleName(String(found.duty.subject.dropFirst("role:".count))))
    }

    /// Clause chips: the rule's own, at most three.
    func clauses(_ found: Found) -> [String] {
        guard let known = found.known else { return [] }
        guard found.duty.subject.hasPrefix("role:") else { return known.clauses }
        return Array(found.pack.pack.clauses(of: known.rule, subject: found.duty.subject).prefix(3))
    }

    /// Why it is owed: the event with its words and time, or who is stood in for.
    func why(_ found: Found) -> String {
        let w = desk.w
        var parts: [String] = []
        if let cause = found.cause, let kind = found.pack.pack.event(cause.kind) {
            let words = kind.fields.compactMap { field -> String? in
                guard let value = cause.carried[field.id], !value.isEmpty, !value.hasPrefix("personal:") else { return nil }
                let name = field.options.first { $0.id == value }.map { w($0.name) } ?? value
                return name + (field.unit.map { " \($0)" } ?? "")
            }
            parts.append(w("why.event", ["event": ([w(kind.name)] + words.prefix(2)).joined(separator: " · "), "time": desk.times.moment(cause.at)]))
        }
        if case .standsIn = found.owing.how { parts.append(w("why.stand-in", ["role": desk.roleName(found.duty.role)])) }
        if case .handed = found.owing.how, !found.duty.isVoluntary { parts.append(w("why.handed")) }
        return parts.joined(separator: " · ")
    }

    func line(_ found: Found, go: Bool = true) -> DutyLine {
        let (w, times, duty) = (desk.w, desk.times, found.duty)
        let state: String
        let note: String
        switch duty.state {
        case .open where duty.opens > desk.visit.now:
            state = "waiting"
            note = times.clock(duty.opens) + " " + w("today.opens")
        case .open:
            state = duty.due < desk.visit.now ? "late" : duty.due.ms - desk.visit.now.ms < 30 * 60_000 ? "soon" : "open"
            note = times.left(duty.due)
        default:
            state = ["done": "done", "late": "done", "missed": "missed"][duty.state.rawValue] ?? "quiet"
            note = w("state." + duty.state.rawValue)
        }
        let isMine = found.owing.people.contains(desk.viewer.person.id) && duty.isOpen && duty.opens <= desk.visit.now
        return DutyLine(
            state: state, when: duty.isOpen ? times.due(duty.due) : duty.doneAt.map(times.moment) ?? times.due(duty.due), note: note,
            title: title(found), clauses: clauses(found).map(w.clause), why: why(found), go: go && isMine ? w("today.go") : "",
            link: Site.duty.link(duty.place, duty.id), isHeld: isMine && found.known?.rule.signedBy == nil && found.pack.pack.form(duty.form)?.isRound == true)
    }
}
