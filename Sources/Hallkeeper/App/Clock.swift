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
