import Regulation
import Store
import WorkCalendar

/// What the regulation has to know of a place, found in the act.
struct FactFinder {
    let tx: any Reading
    let hall: Hallkeeper
    /// Hours of a place that has none of its own: office hours on the statutory calendar.
    static let officeHours = "Mo-Fr 08:30-12:00,14:00-17:30"

    func unit(of place: Place) throws -> WorkUnit {
        try hall.standing.keep(.unit(place.standing), tx) {
            let calendar = try hall.calendars.calendar(tx)
            let zone = Zone(place.zone) ?? .shanghai
            let text = place.hours.isEmpty ? Self.officeHours : place.hours
            guard let hours = hall.calendars.hours(text) else {
                throw Fault(.other, "opening hours of place \(place.id) do not read: \(text)")
            }
            return WorkUnit(
                name: place.name.zh, hours: hours, zone: zone, calendar: calendar, keepsWorkingDays: place.hours.isEmpty,
                closures: try closures(place.id))
        }
    }

    func closures(_ place: Place.ID) throws -> [Day: Text] {
        var days: [Day: Text] = [:]
        for row in try tx.rows("select day, reason from closure where place = \(place) and ended is null") {
            let reason = try row.text("reason")
            days[try row.day("day")] = Text(reason, reason)
        }
        return days
    }

    /// A place as rules look at it: not one that is kept again, since how far it is planned is not of this moment.
    func place(_ id: Place.ID) throws -> Place {
        try hall.standing.keep(.place(id), tx) {
            guard let row = try tx.one("select * from place where place = \(id)") else { throw Refusal.notFound }
            return try Place(row: row)
        }
    }

    /// What is known of a place without looking at what was done or is kept there.
    func facts(of place: Place) throws -> PlaceFacts {
        try hall.standing.keep(.facts(place.standing), tx) {
            var traits: [String: TraitAnswer] = [:]
            for row in try tx.rows("select * from trait_answer where place = \(place.id)") {
                let trait = try TraitRow(row: row)
                traits[trait.trait] = trait.answer
            }
            let expiries = try tx.rows(
                "select person, topic, max(until_day) as until_day from qualification where place = \(place.id) group by person, topic"
            ).map {
                Expiry(
                    kind: "qualification", subject: "person:\(try $0.text("person"))/\(try $0.text("topic"))",
                    day: try $0.day("until_day"))
            }
            let unit = try unit(of: place)
            return PlaceFacts(
                id: place.id, kind: place.boundKind, traits: traits, unit: unit, closures: unit.closures, expiries: expiries, starts: place.starts)
        }
    }

    /// The same with what the calendar hangs on besides: when things were last done, what runs out, what is kept.
    func planned(of place: Place, pack: PackInForce) throws -> PlaceFacts {
        var facts = try facts(of: place)
        if !pack.countedFromLast.isEmpty {
            let rows = try tx.rows(
                """
                select rule, max(done_at) as last from duty
                where place = \(place.id) and rule in \(list: pack.countedFromLast) and state in ('done', 'late') group by rule
                """)
            for row in rows { facts.lastDone[try row.text("rule")] = hall.zone.day(of: try row.instant("last")) }
        }
        guard !pack.kindsOfThing.isEmpty else { return facts }
        for item in try Item.all(at: place.id, tx) {
            if item.isLookedAt { facts.things.append(KeptThing(kind: item.kind, subject: item.subject)) }
            if let day = item.expiry(pack.pack, hall.zone) { facts.expiries.append(Expiry(kind: item.kind, subject: item.subject, day: day)) }
        }
        return facts
    }

    /// Where a role sits for a place: the place itself, or the company's place of the kind the pack names.
    func seat(of role: String, for place: Place, pack: Pack) throws -> Place {
        guard let sits = pack.sits(role), !place.seats(sits) else { return place }
        return try hall.standing.keep(.seat(role: role, place.standing, sits: sits), tx) { try seat(sits, place) }
    }

    private func seat(_ sits: String, _ place: Place) throws -> Place {
        let parts = sits.split(separator: ":", maxSplits: 1).map(String.init)
        let kind = parts.first ?? sits
        let found: Row?
        if parts.count == 2 {
            found = try tx.one(
                "select * from place where kind = \(kind) and code = \(parts[1]) and ended is null order by place limit 1")
        } else {
            found = try tx.one("select * from place where kind = \(kind) and ended is null order by place limit 1")
        }
        return try found.map(Place.init(row:)) ?? place
    }
}
