import Store
import Synchronization
import WorkCalendar

/// One clock for all processes on one PostgreSQL: the database's. A process whose machine is ten minutes fast would else
/// remind and report ten minutes early. Looked at each second; between looks time passes as the monotonic clock says, so
/// that nothing done to this machine's wall clock matters.
final class DatabaseClock: Clock {
    private let looked = Mutex<(moment: Instant, at: ContinuousClock.Instant)?>(nil)
    /// A difference below this is the way there and back, not another time.
    static let tolerance: Int64 = 500

    var now: Instant { looked.withLock { $0 }.map { Self.passed($0) } ?? SystemClock().now }
    var isMadeUp: Bool { false }
    func move(to moment: Instant) -> Bool { false }

    private static func passed(_ looked: (moment: Instant, at: ContinuousClock.Instant)) -> Instant {
        looked.moment.adding(ms: looked.at.duration(to: .now).inMilliseconds)
    }

    /// Asks the database; an answer that took long says too little and is not taken, unless it is the only one.
    func look(_ store: any Store) async throws {
        let began = ContinuousClock.now
        let told = try await store.read { tx in try tx.one("select (extract(epoch from clock_timestamp()) * 1000)::bigint as now")?.int("now") ?? 0 }
        take(Instant(ms: told), way: began.duration(to: .now))
    }

    /// What the database said, and how long it took to be told.
    func take(_ told: Instant, way: Duration) {
        looked.withLock { looked in
            let half = way.inMilliseconds / 2
            guard let last = looked else { return looked = (told.adding(ms: half), .now) }
            guard way.inMilliseconds < Self.tolerance, abs(Self.passed(last).ms - told.ms - half) > Self.tolerance else { return }
            looked = (told.adding(ms: half), .now)
        }
    }
}
