import Regulation
import Store
import WorkCalendar

/// Plans duties: each place, each day, once. Whether it runs each minute or once after a week's outage, it makes the same
/// duties, because what is planned depends on the day alone and a duty's identity refuses a second one.
struct Planning {
    let hall: Hallkeeper
    /// A place that was forgotten for longer than this begins anew: nobody is helped by a year of missed rounds.
    static let longestCatchUp = 400

    /// Places whose days up to today are not planned yet, by id, at most `limit`.
    func behind(at now: Instant, limit: Int = 200) async throws -> [Place.ID] {
        let today = hall.zone.day(of: now)
        return try await hall.store.read { tx in
            try hall.standing.open(tx)
            return try tx.rows(
                """
                select place from place where planned < \(today) and starts <= \(today) and ended is null
                order by planned, place limit \(limit)
                """
            ).map { try $0.text("place") }
        }
    }

    /// Plans at every place that is behind, however many they are: ten thousand halls must not wait for turns of this job.
    func planAll(at now: Instant) async throws {
        var before: [Place.ID] = []
        while !Task.isCancelled {
            let places = try await behind(at: now)
            // A place that is still behind after its turn would be asked for ever.
            guard !places.isEmpty, places != before else { return }
            for place in places where !Task.isCancelled { _ = try await plan(place, at: now) }
            before = places
        }
    }

    /// Plans every day a place is behind, one act a day, up to and with today. Gives the number of duties opened.
    func plan(_ id: Place.ID, at now: Instant) async throws -> Int {
        var opened = 0
        for _ in 0...Self.longestCatchUp {
            let made = try await hall.act(by: .clock, at: now) { act -> (opened: Int, isLast: Bool)? in
                let place = try act.place(id)
                let today = act.hall.zone.day(of: now)
                var day = max(place.planned.adding(days: 1), place.starts)
                if day.number < today.number - Self.longestCatchUp { day = today }
                guard day <= today, place.ended == nil else { return nil }
                return (try planDay(day, of: place, act), day == today)
            }
            guard let made else { return opened }
            opened += made.opened
            if made.isLast { return opened }
        }
        return opened
    }

    /// One day of one place. The entry `day.planned` holds all its duties.
    private func planDay(_ day: Day, of place: Place, _ act: HallAct) throws -> Int {
        var place = place
        place.planned = day
        let start = act.hall.zone.instant(day, minute: 0)
        guard let inForce = try act.hall.packs.inForce(on: day, act.act) else {
            try act.enter(Event(kind: "day.planned", at: start, fields: ["day": day.description]), at: place.id)
            try act.act.keep(place)
            return 0
        }
        try act.enter(
            Event(kind: "day.planned", at: start, fields: ["day": day.description, "pack": inForce.hash]), at: place.id)
        try act.act.keep(place)
        return try planOccasions(of: place, on: day, inForce, act, cause: "")
    }

    /// The duties of all occasions that cover a day, written where they are not there yet; belongs to the entry begun.
    func planOccasions(of place: Place, on day: Day, _ inForce: PackInForce, _ act: HallAct, cause: String) throws -> Int {
        let finder = FactFinder(tx: act.act, hall: act.hall)
        let facts = try finder.planned(of: place, pack: inForce)
        let plans = DutyPlan.duties(inForce.pack, at: facts, on: day) { role in
            guard let seat = try? finder.seat(of: role, for: place, pack: inForce.pack) else { return [] }
            return (try? Roster(tx: act.act, standing: act.hall.standing).people(role, at: seat.id, on: day)) ?? []
        }
        let regulator = Regulator(act)
        let opened = try plans.compactMap { try regulator.open($0, at: place, inForce, facts, cause: cause) }
        try Unfilled(act: act).look(opened, at: place, inForce)
        return opened.count
    }
}
