import Store
import Synchronization
import WorkCalendar

/// Lists of duties as they were read, held until something at one of their places changes. People look at their list far more
/// often than it changes, and a wake-up has everybody at a hall ask for the same one. Where several processes share the
/// database (PostgreSQL) nothing is held: what another has changed is not known here.
///
/// What a list shows comes of rows at the places of its duties, at the seats that owe them, at the places of their causes and
/// of the cases they are about, and of what seldom changes (`Standing`). Acts say which places they touched before they are answered.
final class DutyShelf: Sendable {
    /// What was asked.
    struct Asked: Hashable, Sendable {
        var places: [Place.ID]
        var kind: String
        var until: Instant?
        var day: Day
        /// Subjects left out for whoever looks.
        var without: [String] = []
        var person: Person.ID = ""
    }

    private struct Held {
        var list: [DutyLister.Found]
        var places: Set<Place.ID>
        /// As of this many touches.
        var mark: UInt64
        var standing: Int64
    }

    private struct State {
        var count: UInt64 = 0
        var touched: [Place.ID: UInt64] = [:]
        var lists: [Asked: Held] = [:]
        var size = 0
    }

    private let state = Mutex(State())
    /// No other process writes to the database.
    private let isAlone: Bool

    init(isAlone: Bool) { self.isAlone = isAlone }

    /// So many duties are held at most; the shelf then begins anew.
    private static let most = 20_000

    /// To be taken before the reading begins: what is touched after it is not in what was read, as far as anybody knows.
    func mark() -> UInt64 { state.withLock { $0.count } }

    /// An act has changed rows at these places. Called before it is answered.
    func touch(_ places: Set<Place.ID>) {
        guard isAlone, !places.isEmpty else { return }
        state.withLock { state in
            state.count += 1
            for place in places { state.touched[place] = state.count }
        }
    }

    /// The list, from the shelf while it is what a reading would give; else read and held.
    func list(_ asked: Asked, since mark: UInt64, _ tx: any Reading, _ read: () throws -> [DutyLister.Found]) throws -> [DutyLister.Found] {
        guard isAlone, !tx.mayWrite, let standing = try tx.numbers()?.standing else { return try read() }
        let known = state.withLock { state -> [DutyLister.Found]? in
            guard let held = state.lists[asked], held.standing == standing, Self.isFresh(held, state) else { return nil }
            return held.list
        }
        if let known { return known }
        let list = try read()
        var places = Set(asked.places)
        for found in list {
            places.insert(found.duty.place)
            places.insert(found.duty.seat)
            if let cause = found.cause { places.insert(cause.place) }
            if let thing = found.thing { places.insert(thing.place) }
        }
        // Who owes something about a case depends on whom it is about, which stands where the case was taken in.
        let cases = Set(list.compactMap { Complaint.id(of: $0.duty.subject) }).sorted()
        if !cases.isEmpty { for row in try tx.rows("select distinct place from complaint where id in \(list: cases)") { places.insert(try row.text("place")) } }
        let held = Held(list: list, places: places, mark: mark, standing: standing)
        state.withLock { state in
            guard Self.isFresh(held, state) else { return }
            if state.size + list.count > Self.most { (state.lists, state.size) = ([:], 0) }
            state.size += list.count - (state.lists[asked]?.list.count ?? 0)
            state.lists[asked] = held
        }
        return list
    }

    private static func isFresh(_ held: Held, _ state: State) -> Bool {
        held.places.allSatisfy { (state.touched[$0] ?? 0) <= held.mark }
    }
}
