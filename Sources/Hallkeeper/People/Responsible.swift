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
}

/// Today's roster: the standing roles, less who is away, plus who fills in.
struct Roster {
    let tx: any Reading
    /// Where many duties are looked at in one reading: who fills a role is asked once. Never in an act, which may change it.
    var memory: RosterMemory?

    /// People who fill a role at a place on a day, in a stable order.
    func people(_ role: String, at place: Place.ID, on day: Day) throws -> [Person.ID] {
        guard let memory else { return try read(role, at: place, on: day) }
        let key = RosterMemory.Key(role: role, place: place, day: day)
        if let known = memory.known[key] { return known }
        let people = try read(role, at: place, on: day)
        memory.known[key] = people
        return people
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
    func responsible(for duty: Duty, rule: Rule, pack: Pack, on day: Day) throws -> Responsible {
        if !duty.holder.isEmpty { return Responsible(people: [duty.holder], how: .handed) }
        if duty.subject.hasPrefix("person:") && rule.isEachPerson {
            return Responsible(people: [String(duty.subject.dropFirst("person:".count))], how: .named)
        }
        let first = try people(duty.role, at: duty.seat, on: day)
        if !first.isEmpty { return Responsible(people: first, how: .owes) }
        var asked = rule.standIns
        if let kind = rule.dutyClass, let last = pack.company.lastStandIn[kind] { asked.append(last) }
        for role in asked {
            // A stand-in sits at the duty's own place or where the duty's role sits.
            for place in duty.place == duty.seat ? [duty.place] : [duty.seat, duty.place] {
                let found = try people(role, at: place, on: day)
                if !found.isEmpty { return Responsible(people: found, how: .standsIn(role: role)) }
            }
        }
        return Responsible(people: [], how: .unfilled)
    }
}
