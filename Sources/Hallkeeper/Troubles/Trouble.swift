import Synchronization

/// What can go wrong in a simulated world, each a point that a seed arms or not.
enum Trouble: String, Sendable, CaseIterable {
    // A process dies at a call of its store: before it, after the statements and before the commit, after the commit and
    // before the answer, while it reads.
    case diesBefore = "dies before a write", diesUncommitted = "dies before the commit", diesCommitted = "dies after the commit", diesReading = "dies at a read"
    // The line to the database.
    case lineLost = "connection lost before a write", lineLostReading = "connection lost at a read"
    case unknownKept = "commit unknown, kept", unknownLost = "commit unknown, lost"
    case busy = "busy", rerun = "could not be ordered: run again"
    /// A process is stopped between two calls and goes on later with what it saw before.
    case pause = "paused, resurrected later"
    case sentTwice = "request sent twice"
    // Beside the store: once or a few times a day.
    case clockJumps = "wall clock jumps", clockOff = "clocks of processes differ"
    case lateNotice = "the year's notice comes late", amendedNotice = "a notice is amended"
    case newEdition = "a new edition amid cases", closedHall = "a hall closed by order"
    case leaves = "somebody leaves", handsOver = "a duty handed to a colleague", forgets = "people forget"
    case phoneOffline = "a phone offline, its clock wrong, its round sent again and again"
    case customerReturns = "customers withdraw, add, ask again, name a person"
    case caseTurns = "cases raised, lowered, suspended, given more time, supervised"
    case stopsAll = "every process stopped at once"

    /// Whether it fires at calls of the store, thousands a day.
    var isAtStore: Bool {
        switch self {
        case .diesBefore, .diesUncommitted, .diesCommitted, .diesReading, .lineLost, .lineLostReading, .unknownKept, .unknownLost, .busy, .rerun, .pause, .sentTwice: true
        default: false
        }
    }
}

/// Which troubles a seed has armed (a quarter of them), and how often each point was passed and fired (one time in twenty).
final class Troubles: Sendable {
    private struct State {
        var chance: Chance
        var isOn = true
        var passed: [Trouble: Int] = [:]
        var fired: [Trouble: Int] = [:]
    }
    let armed: Set<Trouble>
    private let state: Mutex<State>

    /// `only`: of those the seed arms, these; to shrink what fails.
    init(seed: UInt64, only: Set<Trouble> = Set(Trouble.allCases)) {
        var chance = Chance(seed: seed)
        let drawn = Trouble.allCases.filter { _ in chance.happens(250) }
        armed = Set(drawn).intersection(only)
        state = Mutex(State(chance: chance))
    }

    /// Whether it happens here and now.
    func fires(_ trouble: Trouble) -> Bool {
        guard armed.contains(trouble) else { return false }
        return state.withLock { state in
            guard state.isOn else { return false }
            state.passed[trouble, default: 0] += 1
            guard state.chance.happens(50) else { return false }
            state.fired[trouble, default: 0] += 1
            return true
        }
    }

    /// A trouble of a day: the point is passed once, and fires half of the time.
    func comes(_ trouble: Trouble) -> Bool {
        guard armed.contains(trouble) else { return false }
        return state.withLock { state in
            guard state.isOn else { return false }
            state.passed[trouble, default: 0] += 1
            guard state.chance.happens(500) else { return false }
            state.fired[trouble, default: 0] += 1
            return true
        }
    }

    func draw(_ range: ClosedRange<Int>) -> Int { state.withLock { $0.chance.minutes(range) } }
    /// From now on nothing goes wrong.
    func end() { state.withLock { $0.isOn = false } }
    var passed: [Trouble: Int] { state.withLock { $0.passed } }
    var fired: [Trouble: Int] { state.withLock { $0.fired } }
}
