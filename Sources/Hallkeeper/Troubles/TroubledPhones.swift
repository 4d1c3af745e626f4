import Regulation
import Store
import WorkCalendar

/// Rounds walked without network, with a clock of the phone's own, sent in parts and again and again in any order.
extension TroubledLife {
    /// What a phone sent and was told had arrived: answers by point with the phone's time.
    struct SentRound: Sendable {
        var duty: Duty.ID
        var place: Place.ID
        var person: Person.ID
        var device: String
        var points: [String: Instant]
    }

    func walkOffline() async throws {
        let now = time.now
        let found = try await store.read { [observer] tx -> [(Duty, Regulation.Form, [Field], Person.ID)] in
            try tx.rows("select * from duty where state = 'open' and form <> '' and opens <= \(now) order by id").map(Duty.init(row:)).compactMap { duty in
                let pack = try observer.packs.pack(duty.pack, tx)
                guard let rule = pack.pack.rule(duty.rule), let form = pack.pack.form(duty.form), form.isRound, !Patrol.isOwed(duty, pack.pack),
                    let row = try tx.one("select * from place where place = \(duty.place)"),
                    let who = try Roster(tx: tx).responsible(for: duty, rule: rule, pack: pack.pack, on: observer.zone.day(of: now)).people.first
                else { return nil }
                let facts = try FactFinder(tx: tx, hall: observer).facts(of: Place(row: row))
                let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
                return (duty, form, form.fields(for: role, traits: facts.traits, on: duty.day, seasons: pack.pack.company.seasons), who)
            }
        }
        guard let (duty, _, fields, who) = chance.pick(found), !fields.isEmpty else { return }
        let day = observer.zone.day(of: now)
        // A clock off by seconds, hours, a year.
        let off = chance.pick([0, 40_000, -7_200_000, 31_536_000_000] as [Int64]) ?? 0
        let device = "phone-\(duty.id.suffix(10))"
        let began = now.adding(minutes: -20).adding(ms: off)
        let middle = fields.count / 2
        // Each sending holds all that has been answered so far.
        let parts = chance.happens(500) && middle > 0 ? [Array(fields[..<middle]), fields] : [fields]
        var moment = now
        for (index, part) in parts.enumerated() {
            let at = now.adding(ms: off + Int64(index * 1000))
            var points: [String: Instant] = [:]
            let answers = part.map { field -> JSON in
                points[field.id] = at
                return .object(["point": .string(field.id), "value": .string(field.kind == .point ? "ok" : simulation.value(field, day)), "at": .int(at.ms)])
            }
            let sent = SentRound(duty: duty.id, place: duty.place, person: who, device: device, points: points)
            for _ in 0...chance.minutes(0...2) {
                moment = now.adding(ms: Int64(chance.minutes(0...5_400_000)))
                let envelope = JSON.object([
                    "v": .int(1), "device": .string(device), "began": .int(began.ms), "ended": .int(at.ms), "ticket": .string(""), "sent": .int(moment.ms + off),
                    "done": .bool(index == parts.count - 1), "points": .array(answers),
                ]).canonical
                later(sent, try Envelope(envelope), at: moment)
            }
        }
    }

    private func later(_ round: SentRound, _ envelope: Envelope, at moment: Instant) {
        sendings.append((moment, round, envelope))
        happen(.phone, at: moment)
    }

    /// Sends what phones hold and whose time has come.
    func sendRounds() async {
        while let index = sendings.firstIndex(where: { $0.at <= time.now }) {
            let (_, round, envelope) = sendings.remove(at: index)
            await errand { [self] in
                _ = try await simulation.act(by: round.person) { act in
                    try Walking(act: act).receive(envelope, photos: [:], ticket: nil, of: round.duty, at: round.place, by: round.person)
                }
                arrived.append(round)
            }
        }
    }
}
