import Synchronization
import WorkCalendar

/// The time in a simulated world, which no process knows.
final class SimulatedTime: Clock {
    private let moment: Mutex<Instant>
    private let start: Instant
    private let origin = ContinuousClock.Instant.now

    init(_ start: Instant) {
        self.start = start
        moment = Mutex(start)
    }
    var now: Instant { moment.withLock { $0 } }
    var isMadeUp: Bool { true }
    func move(to moment: Instant) -> Bool {
        self.moment.withLock { $0 = max($0, moment) }
        return true
    }
    var monotonic: ContinuousClock.Instant { origin + .milliseconds(now.ms - start.ms) }
}

/// The clock on the wall of one process: off by some seconds, or by a day after a jump. Its monotonic clock is right.
final class WallClock: Clock {
    private let time: SimulatedTime
    private let offset: Mutex<Int64>

    /// Whether its monotonic clock jumps with it (planted).
    private let isBelieved: Bool

    init(_ time: SimulatedTime, off offset: Int64 = 0, isBelieved: Bool = false) {
        (self.time, self.isBelieved) = (time, isBelieved)
        self.offset = Mutex(offset)
    }
    var now: Instant { time.now.adding(ms: offset.withLock { $0 }) }
    var isMadeUp: Bool { false }
    func move(to moment: Instant) -> Bool { false }
    var monotonic: ContinuousClock.Instant { isBelieved ? time.monotonic + .milliseconds(off) : time.monotonic }
    var off: Int64 { offset.withLock { $0 } }
    func set(off: Int64) { offset.withLock { $0 = off } }
}
