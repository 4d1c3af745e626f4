import Regulation
import Store
import WorkCalendar

/// Inspectors of a simulation: some two patrols a month and hall, who see a little more than halls tick.
extension Simulation {
    /// Now and then somebody from above sets out on a working day.
    func imaginePatrols(_ day: Day) {
        for place in world.halls where day.weekday < 6 {
            let (sets, minute) = (lots.happens(120), lots.minutes(9 * 60 + 30...16 * 60))
            if sets { mean(.patrol(place: place), at: hall.zone.instant(day, minute: minute)) }
        }
    }

    /// Half of them draw points, the others walk one of the two longest rounds that the hall walks every day too.
    func beginPatrol(_ place: Place.ID) async throws {
        let day = hall.zone.day(of: clock.now)
        let who = try await hall.store.read { [hall, world] tx -> [Person.ID] in
            guard let pack = try hall.packs.inForce(on: day, tx)?.pack else { return [] }
            return world.residents.filter { resident in
                pack.role(resident.role)?.may.contains("patrol") == true && pack.role(resident.role)?.may.contains("company") == false && !world.halls.contains(resident.place)
            }.map(\.person)
        }
        guard let inspector = lots.pick(who) else { return }
        let rounds = try await rounds(at: place, on: day)
        let seed = String(lots.next() % 10_000_000_000)
        let round = lots.pick(rounds) ?? ""
        let choice: Patrolling.Choice = lots.happens(500) || round.isEmpty ? .draw(count: 20, seed: seed) : .round(round)
        let patrol = try await act(by: inspector) { act in
            try Patrolling(act: act).begin(at: place, choice, by: inspector)
        }
        guard let patrol else { return }
        mean(.handIn(place: place, patrol: patrol.id), at: clock.now.adding(minutes: lots.minutes(15...45)))
    }

    /// Begun and handed in at once: the monthly patrol that is owed.
    func walk(_ choice: Patrolling.Choice, at place: Place.ID, by inspector: Person.ID) async throws {
        let patrol = try await act(by: inspector) { act in
            try Patrolling(act: act).begin(at: place, choice, by: inspector)
        }
        guard let patrol else { return }
        try await handIn(patrol.id, at: place)
    }

    /// Inspectors come while people work: when a duty's turn comes at night or on a weekend, the next working day.
    func isTimeToInspect(_ place: Place.ID, _ duty: Duty.ID) -> Bool {
        let (day, minute) = (hall.zone.day(of: clock.now), hall.zone.minuteOfDay(clock.now))
        if day.weekday < 6, (9 * 60 + 15...16 * 60 + 30).contains(minute) { return true }
        var next = minute < 9 * 60 ? day : day.adding(days: 1)
        while next.weekday >= 6 { next = next.adding(days: 1) }
        mean(.doDuty(place: place, duty: duty), at: hall.zone.instant(next, minute: lots.minutes(9 * 60 + 30...16 * 60)))
        return false
    }

    private func rounds(at place: Place.ID, on day: Day) async throws -> [String] {
        try await hall.store.read { [hall] tx in
            guard let pack = try hall.packs.inForce(on: day, tx), let row = try tx.one("select * from place where place = \(place)") else { return [] }
            let facts = try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row))
            let daily = Set(pack.pack.rulesPlanned.filter { rule in
                guard case .every(let cadence) = rule.occasion else { return false }
                return [.opening, .closing, .halfDay, .day].contains(cadence)
            }.compactMap(\.form))
            let plan = PatrolPlan(pack: pack.pack, facts: facts, day: day)
            let rounds = plan.rounds.filter { daily.contains($0.id) }.map { (id: $0.id, points: plan.fields(of: $0).count) }
            return rounds.sorted { ($1.points, $0.id) < ($0.points, $1.id) }.prefix(2).map(\.id)
        }
    }

    /// What an inspector sees: some nine points of ten in order.
    func handIn(_ id: Patrol.ID, at place: Place.ID) async throws {
        let found = try await hall.store.read { [hall] tx -> (Patrol, Pack, PlaceFacts)? in
            guard let patrol = try tx.one("select * from patrol where place = \(place) and id = \(id)").map(Patrol.init(row:)), patrol.ended == nil,
                let row = try tx.one("select * from place where place = \(place)")
            else { return nil }
            let pack = try hall.packs.pack(patrol.pack, tx)
            return (patrol, pack.pack, try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row)))
        }
        guard let (patrol, pack, facts) = found else { return }
        let form = PatrolPlan.form(of: patrol, in: pack, isOwed: !patrol.duty.isEmpty)
        // The first hall is kept best, the third worst.
        let inOrder = 910 - 50 * ((world.halls.firstIndex(of: place) ?? 0) % 3)
        var answers: [String: String] = [:]
        for field in form.fields(for: nil, traits: facts.traits, on: patrol.day, seasons: pack.company.seasons) {
            guard field.kind == .point else {
                answers[field.id] = value(field, patrol.day)
                continue
            }
            let fate = lots.minutes(0...999)
            let isTurn = !patrol.form.isEmpty && !patrol.duty.isEmpty && !field.isVeto && lot(of: field, form: patrol.form, at: place) != nil
            if !isTurn, fate < inOrder || (field.isVeto && fate < 990) {
                answers[field.id] = "ok"
            } else if !isTurn, fate < inOrder + 20 {
                answers[field.id] = "not-seen"
            } else {
                let severity = fate < 985 ? "minor" : field.severity ?? "serious"
                answers[field.id] = severity
                answers[field.id + ".note"] = "抽查时未到位"
                if severity != "minor" || field.photo { answers[field.id + ".photo"] = photo }
            }
        }
        let (filled, inspector) = (answers, patrol.inspector)
        try await act(by: inspector) { act in
            _ = try Patrolling(act: act).finish(id, at: place, answers: filled, by: inspector)
        }
    }
}
