import Regulation
import Store
import WorkCalendar

/// Turns what is waiting in the outbox into messages in people's inboxes, when the send window has opened: it asks who is
/// responsible *then*, and whether it still matters.
struct Sending {
    let hall: Hallkeeper

    /// What may go now; `unclaimed`: and nobody else has taken up.
    func due(at now: Instant, limit: Int = 200, unclaimed: Bool = false) async throws -> [(place: Place.ID, duty: Duty.ID, step: Int)] {
        let isShared = unclaimed && hall.store.engine == .postgres
        return try await hall.store.read { tx in
            if isShared {
                return try tx.rows(
                    """
                    select place, duty, step from outbox where state = 'waiting' and opens <= \(now)
                    and not exists (select 1 from claim where claim.what = 'send:' || outbox.duty || ':' || outbox.step and claim.until >= \(now))
                    order by opens, duty, step limit \(limit)
                    """
                ).map { (try $0.text("place"), try $0.text("duty"), Int(try $0.int("step"))) }
            }
            return try tx.rows(
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
            let subject = try subject(of: outgoing, act)
            outgoing.state = subject.matters ? .sent : .moot
            try act.enter(
                Event(
                    kind: subject.matters ? "message.sent" : "message.moot", about: subject.about, at: now,
                    fields: ["step": String(step)]),
                at: place)
            try act.act.keep(outgoing)
            let receivers = try receivers(of: outgoing, subject, on: hall.zone.day(of: now), act)
            guard subject.matters else {
                if now > outgoing.opens.adding(minutes: Self.outage) { try summarise(for: receivers.map(\.0), at: place, act) }
                return []
            }
            // What nobody fills where misconduct is handled is said to no group and no program.
            let isSealed = try ViewerFinder(tx: act.act, hall: hall).sealed(on: hall.zone.day(of: now)).contains(place)
            var told: [Person.ID] = []
            for (person, why) in receivers {
                let message = Message(place: place, duty: dutyID, step: step, person: person, why: why, at: now)
                if try act.act.addIfNew(message) { told.append(person) }
            }
            if let duty = subject.duty {
                try Outlet.tell(of: duty, step: step, isUrgent: outgoing.immediate, to: told, act)
            } else if !isSealed {
                try Outlet.tell(ofRole: outgoing.duty, at: place, isUrgent: outgoing.immediate, to: told, act)
            }
            let people = told
            act.act.afterCommit { [hall] in for person in people { hall.hub.publish("inbox:\(person)") } }
            return told
        }
    }

    /// A message that should have gone out this long ago (minutes) was held up by an outage.
    static let outage = 10

    /// What a message is about: a duty, or a role nobody fills.
    private struct Subject {
        var about: String
        var matters: Bool
        var duty: Duty?
        var inForce: PackInForce
    }

    private func subject(of outgoing: Outgoing, _ act: HallAct) throws -> Subject {
        let today = hall.zone.day(of: act.now)
        if let (role, day) = Unfilled.parse(outgoing.duty) {
            guard let inForce = try hall.packs.inForce(on: day, act.act) else { throw Fault(.other, "no pack in force on \(day)") }
            let place = try act.place(outgoing.place)
            let seat = try FactFinder(tx: act.act, hall: hall).seat(of: role, for: place, pack: inForce.pack)
            let isFilled = try !Roster(tx: act.act, standing: hall.standing).people(role, at: seat.id, on: day).isEmpty
            return Subject(about: "role:\(role)", matters: !isFilled && day >= today, duty: nil, inForce: inForce)
        }
        let duty = try act.duty(outgoing.duty, at: outgoing.place)
        return Subject(
            about: "duty:\(duty.id)", matters: duty.isOpen || duty.state == .missed, duty: duty,
            inForce: try hall.packs.pack(duty.pack, act.act))
    }

    /// After an outage: what has become moot is not sent; one line a person and day says how many there were.
    private func summarise(for people: [Person.ID], at place: Place.ID, _ act: HallAct) throws {
        let mark = "summary/\(hall.zone.day(of: act.now))"
        for person in people {
            let row = try act.act.one(
                "select * from inbox where place = \(place) and duty = \(mark) and step = 0 and person = \(person)")
            let count = try row.map { Int(try Message(row: $0).why.dropFirst("moot:".count)) ?? 0 } ?? 0
            try act.act.keep(Message(place: place, duty: mark, step: 0, person: person, why: "moot:\(count + 1)", at: act.now))
        }
    }

    /// Who fills the told roles today: at the duty's place, at its seat, or where the pack says the role sits; each once. Never
    /// whom the case is about: what would have gone to them alone goes to the next on the ladder.
    private func receivers(of outgoing: Outgoing, _ subject: Subject, on day: Day, _ act: HallAct) throws -> [(Person.ID, String)] {
        let roster = Roster(tx: act.act, standing: hall.standing)
        let place = try act.place(outgoing.place)
        var seen: Set<Person.ID> = []
        var list: [(Person.ID, String)] = []
        let party = try subject.duty.map { try roster.party(to: $0.subject) } ?? ""
        var roles = outgoing.tell.split(separator: ",").map(String.init)
        var above = subject.duty.flatMap { subject.inForce.pack.rule($0.rule) }?.ladder.filter { !roles.contains($0) } ?? []
        while !roles.isEmpty {
            let role = roles.removeFirst()
            var people: [Person.ID] = []
            if role == "who" {
                if let duty = subject.duty, let rule = subject.inForce.pack.rule(duty.rule) {
                    people = try roster.responsible(for: duty, rule: rule, pack: subject.inForce.pack, on: day).people
                }
            } else {
                let home = try FactFinder(tx: act.act, hall: act.hall).seat(of: role, for: place, pack: subject.inForce.pack)
                for seat in [subject.duty?.seat ?? place.id, home.id, place.parent] where people.isEmpty && !seat.isEmpty {
                    people = try roster.people(role, at: seat, on: day)
                }
            }
            if !party.isEmpty, people.contains(party) {
                people.removeAll { $0 == party }
                if people.isEmpty, !above.isEmpty { roles.append(above.removeFirst()) }
            }
            for person in people where seen.insert(person).inserted {
                list.append((person, role == "who" ? "owes" : "role:\(role)"))
            }
        }
        return list
    }
}
