import Regulation
import Store
import WorkCalendar

/// Turns what is waiting in the outbox into messages in people's inboxes, when the send window has opened: it asks who is
/// responsible *then*, and whether it still matters.
struct Sending {
    let hall: Hallkeeper

    func due(at now: Instant, limit: Int = 200) async throws -> [(place: Place.ID, duty: Duty.ID, step: Int)] {
        try await hall.store.read { tx in
            try tx.rows(
                """
                select place, duty, step from outbox where state = 'waiting' and opens <= \(now)
                order by opens, duty, step limit \(limit)
                """
            ).map { (try $0.text("place"), try $0.text("duty"), Int(try $0.int("step"))) }
        }
    }

    /// Sends one, or drops it when the duty has been done meanwhile. Gives the people who got it.
    @discardableResult
    func send(_ place: Place.ID, _ dutyID: Duty.ID, _ step: Int, at now: Instant) async throws -> [Person.ID] {
        try await hall.act(by: .clock, at: now) { act in
            guard
                let row = try act.act.one(
                    "select * from outbox where place = \(place) and duty = \(dutyID) and step = \(step)")
            else { return [] }
            var outgoing = try Outgoing(row: row)
            guard outgoing.state == .waiting, outgoing.opens <= now else { return [] }
            let duty = try act.duty(dutyID, at: place)
            let matters = duty.isOpen || duty.state == .missed
            outgoing.state = matters ? .sent : .moot
            try act.enter(
                Event(
                    kind: matters ? "message.sent" : "message.moot", about: "duty:\(dutyID)", at: now,
                    fields: ["step": String(step)]),
                at: place)
            try act.act.keep(outgoing)
            guard matters else { return [] }
            var told: [Person.ID] = []
            for (person, why) in try receivers(of: outgoing, duty, on: hall.zone.day(of: now), act) {
                let message = Message(place: place, duty: dutyID, step: step, person: person, why: why, at: now)
                if try act.act.addIfNew(message) { told.append(person) }
            }
            let receivers = told
            act.act.afterCommit { [hall] in for person in receivers { hall.hub.publish("inbox:\(person)") } }
            return told
        }
    }

    /// Who fills the told roles today: at the duty's place, at its seat, or where the pack says the role sits; each once.
    private func receivers(
        of outgoing: Outgoing, _ duty: Duty, on day: Day, _ act: HallAct
    ) throws -> [(Person.ID, String)] {
        let inForce = try act.hall.packs.pack(duty.pack, act.act)
        let roster = Roster(tx: act.act)
        let place = try act.place(duty.place)
        var seen: Set<Person.ID> = []
        var list: [(Person.ID, String)] = []
        for role in outgoing.tell.split(separator: ",").map(String.init) {
            var people: [Person.ID] = []
            if role == "who", let rule = inForce.pack.rule(duty.rule) {
                people = try roster.responsible(for: duty, rule: rule, pack: inForce.pack, on: day).people
            } else {
                let home = try FactFinder(tx: act.act, hall: act.hall).seat(of: role, for: place, pack: inForce.pack)
                for seat in [duty.seat, home.id, place.parent] where people.isEmpty && !seat.isEmpty {
                    people = try roster.people(role, at: seat, on: day)
                }
            }
            for person in people where seen.insert(person).inserted {
                list.append((person, role == "who" ? "owes" : "role:\(role)"))
            }
        }
        return list
    }
}
