import Regulation
import Store
import WorkCalendar

/// Works what concerns many places (an event of the whole company, a new pack, a new calendar) in chunks that may be
/// repeated: each place is an act of its own, the row says how far it is.
struct Spreading {
    let hall: Hallkeeper
    static let chunk = 200

    /// Works one chunk of the oldest unfinished row; gives whether there was anything to do.
    func work(at now: Instant) async throws -> Bool {
        let found = try await hall.store.read { tx in
            try tx.one("select * from fanout where state = 'running' order by id limit 1").map(Fanout.init(row:))
        }
        guard var fanout = found else { return false }
        if fanout.kind == "import" {
            try await Importing(hall: hall).work(fanout, at: now)
            return true
        }
        let cursor = fanout.cursor
        let places = try await hall.store.read { tx in
            try tx.rows(
                "select place from place where place > \(cursor) and ended is null order by place limit \(Self.chunk)"
            ).map { try $0.text("place") }
        }
        for place in places { try await reach(place, fanout, at: now) }
        fanout.cursor = places.last ?? cursor
        fanout.done += places.count
        fanout.state = places.count < Self.chunk ? .done : .running
        let next = fanout
        try await hall.act(by: .clock, at: now) { act in
            // Who was stopped meanwhile must not set back what another process has brought further.
            guard let row = try act.act.one("select * from fanout where place = \(next.place) and id = \(next.id)"), try Fanout(row: row).isStill(at: cursor) else { return }
            try act.enter(
                Event(kind: "fanout.advanced", about: "fanout:\(next.id)", at: now, fields: ["done": String(next.done)]),
                at: next.place)
            try act.act.keep(next)
        }
        return true
    }

    private func reach(_ place: Place.ID, _ fanout: Fanout, at now: Instant) async throws {
        switch fanout.kind {
        case "event":
            try await hall.act(by: .clock, at: now) { act in
                guard
                    let row = try act.act.one(
                        "select * from event where place = \(fanout.place) and id = \(fanout.event)")
                else { return }
                let origin = try EventRow(row: row)
                let event = Event(kind: origin.kind, at: origin.at, fields: origin.carried)
                try act.enter(
                    Event(kind: "event.received", about: "event:\(origin.id)", at: origin.at, fields: ["kind": origin.kind]),
                    at: place)
                try Regulator(act).answer(event, at: place, id: origin.id)
            }
        case "pack":
            try await hall.act(by: .clock, at: now) { act in try renew(place, fanout.event, act) }
        default:
            try await hall.act(by: .clock, at: now) { act in try Recomputing(act: act).recompute(place, cause: fanout.event) }
        }
    }

    /// A new pack at one place: open duties of withdrawn rules end, occasions not opened yet are planned anew.
    private func renew(_ id: Place.ID, _ event: String, _ act: HallAct) throws {
        guard let day = Day(String(event.prefix(10))) else { return }
        let inForce = try act.hall.packs.pack(String(event.dropFirst(11)), act.act)
        let place = try act.place(id)
        // A version that was followed by another before its turn came ends and plans nothing any more.
        guard try act.hall.packs.inForce(on: act.hall.zone.day(of: act.now), act.act)?.hash == inForce.hash else { return }
        for row in try act.act.rows("select * from duty where place = \(id) and state = 'open' order by id") {
            let duty = try Duty(row: row)
            guard inForce.pack.rule(duty.rule) == nil else { continue }
            try act.keep(
                duty.notRequired(
                    because: Text("规则已于 \(day) 撤销", "rule withdrawn on \(day)"), at: act.now), at: id)
        }
        if inForce.pack.company.running == .switch { try Recomputing(act: act).switch(id, to: inForce) }
        guard place.starts <= day, place.planned >= day else { return }
        try act.enter(
            Event(kind: "day.planned", at: act.now, fields: ["day": place.planned.description, "pack": inForce.hash]), at: id)
        _ = try Planning(hall: act.hall).planOccasions(of: place, on: place.planned, inForce, act, cause: "")
    }
}

extension EventRow {
    /// field → value.
    var carried: [String: String] {
        guard case .object(let fields) = (try? JSON(parsing: Array(fields.utf8))) ?? .null else { return [:] }
        return fields.compactMapValues { if case .string(let text) = $0 { text } else { nil } }
    }
}
