import Regulation
import Store
import WorkCalendar

/// Who owes a duty on a day, and why: the one table that says who may do it (docs/rules/access.md).
struct Responsible: Sendable, Equatable {
    enum How: Sendable, Equatable {
        /// They fill the role.
        case owes
        /// Nobody fills the role; this role stands in.
        case standsIn(role: String)
        /// It was handed to them.
        case handed
        /// It is about them (`each: person`).
        case named
        /// Nobody fills the role nor stands in.
        case unfilled
    }
    var people: [Person.ID]
    var how: How
}

/// What one reading has already asked of the roster.
final class RosterMemory {
    struct Key: Hashable {
        var role: String
        var place: Place.ID
        var day: Day
    }
    var known: [Key: [Person.ID]] = [:]
    /// Whom open cases are about, by the subject of their duties.
    var parties: [String: Person.ID]?
}

/// Today's roster: the standing roles, less who is away, plus who fills in.
struct Roster {
    let tx: any Reading
    /// Where many duties are looked at in one reading: who fills a role is asked once. Never in an act, which may change it.
    var memory: RosterMemory?
    /// Where it is known as long as nobody changed it, also in acts.
    var standing: StandingShelf?

    /// Whoever may handle cases at some units on a day, each once, in the order of units and roles.
    func handling(at units: some Sequence<Place.ID>, _ pack: Pack, on day: Day) throws -> [Person.ID] {
        let roles = pack.roles.filter { $0.may.contains("handle") }.map(\.id)
        var seen: Set<Person.ID> = []
        return try units.flatMap { unit in try roles.flatMap { try people($0, at: unit, on: day) } }.filter { seen.insert($0).inserted }
    }

    /// People who fill a role at a place on a day, in a stable order.
    func people(_ role: String, at place: Place.ID, on day: Day) throws -> [Person.ID] {
        guard let memory else {
            guard let standing else { return try read(role, at: place, on: day) }
            return try standing.keep(.people(role: role, place, day), tx) { try read(role, at: place, on: day) }
        }
        let key = RosterMemory.Key(role: role, place: place, day: day)
        if let known = memory.known[key] { return known }
        let people = try standing?.keep(.people(role: role, place, day), tx) { try read(role, at: place, on: day) } ?? read(role, at: place, on: day)
        memory.known[key] = people
        return people
    }

    /// Who works at some places on a day, by a standing role or filling in; active, in the order of their names.
    func colleagues(at places: [Place.ID], on day: Day) throws -> [FormView.Option] {
        guard !places.isEmpty else { return [] }
        return try tx.rows(
            """
            select person.person as id, personal.text as name from person join personal on personal.id = person.name
            where person.active = 1 and person.person in (
                select person from role_holder where place in \(list: places) and from_day <= \(day) and until_day >= \(day)
                union select person from roster where place in \(list: places) and day = \(day) and present = 1
            ) order by name, id
            """
        ).map { FormView.Option(id: try $0.text("id"), name: try $0.text("name")) }
    }

    private func read(_ role: String, at place: Place.ID, on day: Day) throws -> [Person.ID] {
        let rows = try tx.rows(
            """
            select person from role_holder
            where place = \(place) and role = \(role) and from_day <= \(day) and until_day >= \(day)
              and not exists (select 1 from roster where roster.place = role_holder.place and roster.day = \(day)
                              and roster.role = role_holder.role and roster.person = role_holder.person and roster.present = 0)
            union
            select person from roster where place = \(place) and day = \(day) and role = \(role) and present = 1
            union
            select person from deputy where place = \(place) and role = \(role) and ended is null and from_day <= \(day) and until_day >= \(day)
            order by person
            """)
        return try rows.map { try $0.text("person") }
    }

    /// Who owes this duty on a day: who it names, who it was handed to, who fills the role, who stands in.
    /// The last stand-in for safety is the hall's director (5.6-1), by the pack's own word.
    /// Whoever the case is about is none of them, also as the head or on hand-over; where nobody else is left it goes up its ladder.
    func responsible(for duty: Duty, rule: Rule, pack: Pack, on day: Day) throws -> Responsible {
        let party = try party(to: duty.subject)
        if !duty.holder.isEmpty, duty.holder != party { return Responsible(people: [duty.holder], how: .handed) }
        if duty.subject.hasPrefix("person:") && rule.isEachPerson {
            return Responsible(people: [String(duty.subject.dropFirst("person:".count))], how: .named)
        }
        func free(_ role: String, at place: Place.ID) throws -> [Person.ID] {
            let all = try people(role, at: place, on: day)
            return party.isEmpty ? all : all.filter { $0 != party }
        }
        let first = try free(duty.role, at: duty.seat)
        if !first.isEmpty { return Responsible(people: first, how: .owes) }
        var asked = rule.standIns
        if let kind = rule.dutyClass, let last = pack.company.lastStandIn[kind] { asked.append(last) }
        for role in asked {
            // A stand-in sits at the duty's own place or where the duty's role sits.
            for place in duty.place == duty.seat ? [duty.place] : [duty.seat, duty.place] {
                let found = try free(role, at: place)
                if !found.isEmpty { return Responsible(people: found, how: .standsIn(role: role)) }
            }
        }
        if !party.isEmpty {
            for role in rule.ladder {
                for seat in try seats(of: role, near: duty, pack) {
                    let found = try free(role, at: seat)
                    if !found.isEmpty { return Responsible(people: found, how: .standsIn(role: role)) }
                }
            }
        }
        return Responsible(people: [], how: .unfilled)
    }

    /// Whom the case of a subject is about, or "": never assignee, approver, caller or told of it (7.2-5).
    func party(to subject: String) throws -> Person.ID {
        guard let id = Complaint.id(of: subject) else { return "" }
        guard let memory else { return try tx.one("select respondent from complaint where id = \(id)")?.text("respondent") ?? "" }
        if memory.parties == nil {
            let rows = try tx.rows("select id, confidential, respondent from complaint where respondent <> '' and ended is null")
            memory.parties = Dictionary(
                try rows.map { ((try $0.int("confidential") != 0 ? "misconduct:" : "complaint:") + (try $0.text("id")), try $0.text("respondent")) },
                uniquingKeysWith: { first, _ in first })
        }
        return memory.parties?[subject] ?? ""
    }

    /// Where a role of the ladder sits, seen from a duty: there, or where the rulebook says it sits. A confidential matter
    /// stays where it is.
    private func seats(of role: String, near duty: Duty, _ pack: Pack) throws -> [Place.ID] {
        guard !duty.subject.hasPrefix("misconduct:"), let sits = pack.role(role)?.sits else { return [duty.seat] }
        let parts = sits.split(separator: ":", maxSplits: 1).map(String.init)
        let kind = parts.first ?? sits
        let far = parts.count == 2
            ? try tx.one("select place from place where kind = \(kind) and code = \(parts[1]) and ended is null order by place limit 1")
            : kind == "hall" || kind == "unit" ? nil : try tx.one("select place from place where kind = \(kind) and ended is null order by place limit 1")
        return [duty.seat, try far?.text("place")].compactMap { $0 }
    }
}

extension Rule {
    /// Whom the steps tell, lowest first, each once; whoever owes it is not above themselves.
    var ladder: [String] {
        var seen: Set<String> = ["who"]
        return (steps ?? []).flatMap(\.tell).filter { seen.insert($0).inserted }
    }
}
