import Store
import Synchronization
import WorkCalendar

/// What the program holds on to of what changes seldom: each thing read once for as long as its number stands
/// (`Standing`). The number is read in the very transaction that asks, so nothing here is ever stale, whoever made the
/// change: another act a moment ago, another process, the command line.
final class StandingShelf: Sendable {
    /// What was asked.
    enum Key: Hashable, Sendable {
        case viewer(Person.ID, Day)
        case people(role: String, Place.ID, Day)
        case reports(role: String, Person.ID, Place.ID, Day)
        case inForce(Day)
        case calendar
        case tree
        case place(Place.ID)
        case unit(Place)
        case facts(Place)
        case seat(role: String, Place, sits: String)
    }

    private final class Held<T: Sendable>: Sendable {
        let value: T
        init(_ value: T) { self.value = value }
    }

    private struct State {
        var number: Int64 = -1
        var things: [Key: any AnyObject & Sendable] = [:]
        var sessionNumber: Int64 = -1
        var sessions: [String: KnownSession] = [:]
    }

    /// A session as it stands in the database.
    struct KnownSession: Sendable {
        var id: String
        var person: Person.ID
        var csrf: String
        var ends: Instant
    }

    private let state = Mutex(State())
    /// More are not held: the shelf begins anew.
    private static let most = 60_000

    /// What a transaction would read, from the shelf where it was read before under the same number.
    func keep<T: Sendable>(_ key: Key, _ tx: any Reading, _ read: () throws -> T) throws -> T {
        guard let number = try tx.numbers()?.standing else { return try read() }
        if let found = state.withLock({ $0.number == number ? $0.things[key] : nil }) as? Held<T> { return found.value }
        let value = try read()
        // A writing transaction may see a number that will never be: it adds to a shelf of a number that was committed,
        // and opens none. Whatever changes the number within the reading takes what was read with it.
        let isWriting = tx.mayWrite
        guard try tx.numbers()?.standing == number else { return value }
        state.withLock { state in
            if state.number < number, !isWriting {
                state.number = number
                state.things.removeAll()
            }
            guard state.number == number else { return }
            if state.things.count >= Self.most { state.things.removeAll() }
            state.things[key] = Held(value)
        }
        return value
    }

    /// A reading opens the shelf of its number, so that acts after it find one: what acts without a session is preceded by none else.
    func open(_ tx: any Reading) throws {
        guard let number = try tx.numbers()?.standing else { return }
        state.withLock { state in
            guard state.number < number else { return }
            state.number = number
            state.things.removeAll()
        }
    }

    /// The session of a token's hash, read once until any session is ended before its time.
    func session(_ token: String, _ tx: any Reading, _ read: () throws -> KnownSession?) throws -> KnownSession? {
        guard let number = try tx.numbers()?.session else { return try read() }
        if let found = state.withLock({ $0.sessionNumber == number ? $0.sessions[token] : nil }) { return found }
        guard let value = try read() else { return nil }
        guard !tx.mayWrite else { return value }
        state.withLock { state in
            if state.sessionNumber < number {
                state.sessionNumber = number
                state.sessions.removeAll()
            }
            guard state.sessionNumber == number else { return }
            if state.sessions.count >= Self.most { state.sessions.removeAll() }
            state.sessions[token] = value
        }
        return value
    }
}
