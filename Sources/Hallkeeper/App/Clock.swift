import Foundation
import Store
import Synchronization
import WorkCalendar

/// Where the time comes from. The only place in the program that asks the system for it.
protocol Clock: Sendable {
    var now: Instant { get }
    /// Whether the time is made up (demo, simulation): pages say so, demo sign-ins exist only there.
    var isMadeUp: Bool { get }
    /// Moves a made-up clock forward; a real one refuses (gives false).
    func move(to moment: Instant) -> Bool
    /// What passes however the wall clock is set: what a jump is seen against.
    var monotonic: ContinuousClock.Instant { get }
}

extension Clock {
    var monotonic: ContinuousClock.Instant { .now }
}

/// The system's clock.
struct SystemClock: Clock {
    var now: Instant { Instant(ms: Int64(Date().timeIntervalSince1970 * 1000)) }
    var isMadeUp: Bool { false }
    func move(to moment: Instant) -> Bool { false }
}

/// The database's clock, for processes that share one: it is asked now and then and counted on in between, so that two
/// machines whose own clocks differ still agree on what is due.
final class DatabaseClock: Clock {
    private let state: Mutex<(base: Instant, since: ContinuousClock.Instant)>
    private let store: any Store

    /// Asks the database at once.
    init(_ store: any Store) async throws {
        self.store = store
        state = Mutex(try await Self.ask(store))
    }

    var now: Instant {
        state.withLock { state in
            let passed = state.since.duration(to: .now).components
            return state.base.adding(ms: passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000)
        }
    }
    var isMadeUp: Bool { false }
    func move(to moment: Instant) -> Bool { false }

    /// Asks again.
    func refresh() async throws {
        let (base, since) = try await Self.ask(store)
        state.withLock { $0 = (base, since) }
    }

    /// The time there, and when that was here: the middle of question and answer. A slow answer is asked for again.
    private static func ask(_ store: any Store) async throws -> (base: Instant, since: ContinuousClock.Instant) {
        var best: (base: Instant, since: ContinuousClock.Instant, took: Duration)?
        for _ in 0..<5 {
            let began = ContinuousClock.now
            let told = try await store.read { tx in try tx.one("select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now")?.instant("now") }
            let took = began.duration(to: .now)
            if let told, took < best?.took ?? .seconds(1 << 30) { best = (told, began + took / 2, took) }
            if let best, best.took < .milliseconds(50) { break }
        }
        guard let best else { throw Fault(.connection, "the database does not tell the time") }
        return (best.base, best.since)
    }
}

/// A clock that stands still until it is moved: tests and simulations.
final class StandingClock: Clock {
    private let moment: Mutex<Instant>
    init(_ start: Instant) { moment = Mutex(start) }
    var now: Instant { moment.withLock { $0 } }
    var isMadeUp: Bool { true }
    func move(to moment: Instant) -> Bool {
        self.moment.withLock { $0 = max($0, moment) }
        return true
    }
}

/// A demo's clock: it runs on from where the demo stood, whatever the wall clock says, and can be moved forward.
final class DemoClock: Clock {
    private let state: Mutex<(base: Instant, since: ContinuousClock.Instant)>

    init(resuming base: Instant) { state = Mutex((base, ContinuousClock.now)) }

    var now: Instant {
        state.withLock { state in
            let passed = state.since.duration(to: ContinuousClock.now).components
            return state.base.adding(ms: passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000)
        }
    }
    var isMadeUp: Bool { true }
    func move(to moment: Instant) -> Bool {
        guard moment > now else { return true }
        state.withLock { $0 = (moment, ContinuousClock.now) }
        return true
    }
}

/// Watches the wall clock against the monotonic one: a difference of over five minutes is a jump, during which
/// escalation and lapsing wait until somebody confirms the time (architecture §2).
final class ClockWatch: Sendable {
    static let tolerance: Int64 = 5 * 60 * 1000
    private let last: Mutex<(wall: Instant, since: ContinuousClock.Instant)?> = Mutex(nil)

    /// Gives by how many milliseconds the wall clock has jumped since the last look; 0 when it has not.
    func jump(wall: Instant, monotonic: ContinuousClock.Instant = .now) -> Int64 {
        last.withLock { last in
            defer { last = (wall, monotonic) }
            guard let last else { return 0 }
            let passed = last.since.duration(to: monotonic).components
            let expected = last.wall.adding(ms: passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000)
            let difference = wall.ms - expected.ms
            return abs(difference) > Self.tolerance ? difference : 0
        }
    }
}
