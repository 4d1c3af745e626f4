import Synchronization
import WorkCalendar

/// So many a minute for one key (an address, a sign-in name); memory is bounded.
final class RateLimit: Sendable {
    private struct State {
        var keys: [String: (count: Int, since: Instant)] = [:]
        var swept = Instant(ms: .min)
    }
    private let state = Mutex(State())
    private static let mostKeys = 50_000

    /// False when the key has been used up for this minute.
    func allows(_ key: String, perMinute most: Int, at now: Instant) -> Bool {
        state.withLock { state in
            // Once a minute is enough; a flood of new keys must not make each of them pay for all.
            if now < state.swept || now >= state.swept.adding(minutes: 1) || state.keys.count >= Self.mostKeys {
                state.keys = state.keys.filter { now >= $0.value.since && now < $0.value.since.adding(minutes: 1) }
                state.swept = now
                if state.keys.count >= Self.mostKeys { state.keys.removeAll() }
            }
            var entry = state.keys[key] ?? (0, now)
            if now < entry.since || now >= entry.since.adding(minutes: 1) { entry = (0, now) }
            entry.count += 1
            state.keys[key] = entry
            return entry.count <= most
        }
    }
}
