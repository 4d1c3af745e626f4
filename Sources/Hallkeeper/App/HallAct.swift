import Regulation
import Store
import WorkCalendar

/// One act of the product: what `Ledger` hands to the closure, with the words of the domain around it.
/// It may run more than once and touches nothing but itself.
struct HallAct {
    let act: Act
    let hall: Hallkeeper
    var now: Instant { act.now }
    /// The id of the person who acts, or `clock`.
    var by: String {
        if case .person(let id) = act.actor { return id }
        return act.actor.text
    }

    /// A place, ended or not. Throws `notFound`.
    func place(_ id: Place.ID) throws -> Place {
        guard let row = try act.one("select * from place where place = \(id)") else { throw Refusal.notFound }
        return try Place(row: row)
    }

    /// The company: the root of the tree. Throws `notFound` before set-up.
    func company() throws -> Place {
        guard let row = try act.one("select * from place where kind = \("company") order by place limit 1") else {
            throw Refusal.notFound
        }
        return try Place(row: row)
    }

    func duty(_ id: Duty.ID, at place: Place.ID) throws -> Duty {
        guard let row = try act.one("select * from duty where place = \(place) and id = \(id)") else {
            throw Refusal.notFound
        }
        return try Duty(row: row)
    }

    /// Begins an entry without a change of its own: rows kept after it belong to it.
    func enter(_ event: Event, at place: Place.ID) throws {
        try act.enter(
            chain: place, place: place, kind: event.kind, about: event.about, effective: event.at, event: event.json)
    }

    /// Keeps the outcome: the entry, the row, and the regulation's answer to the event.
    func keep<Value: Kept>(_ change: Change<Value>, at place: Place.ID) throws {
        try enter(change.event, at: place)
        try act.keep(change.value)
        try Regulator(self).answer(change.event, at: place)
    }
}
