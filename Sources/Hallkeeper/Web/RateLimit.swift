import Synchronization
import WorkCalendar

/// So many a minute for one key (an address, a sign-in name); memory is bounded.
final class RateLimit: Sendable {
    private struct State {
        var keys: [String: (count: Int, since: Instant, until: Instant)] = [:]
        var swept = Instant(ms: .min)
    }
    private let state = Mutex(State())
    private static let mostKeys = 50_000

    /// Whether the key is not used up yet; nothing is counted.
    func isFree(_ key: String, perMinute most: Int, minutes: Int = 1, at now: Instant) -> Bool {
        state.withLock { state in
            guard let entry = state.keys[Self.name(key, minutes)], now >= entry.since, now < entry.until else { return true }
            return entry.count < most
        }
    }

    private static func name(_ key: String, _ minutes: Int) -> String { minutes == 1 ? key : "\(minutes)/" + key }

    /// False when the key has been used up for this minute, or for so many.
    func allows(_ key: String, perMinute most: Int, minutes: Int = 1, at now: Instant) -> Bool {
        let key = Self.name(key, minutes)
        return state.withLock { state in
            // Once a minute is enough; a flood of new keys must not make each of them pay for all.
            if now < state.swept || now >= state.swept.adding(minutes: 1) || state.keys.count >= Self.mostKeys {
                state.keys = state.keys.filter { now >= $0.value.since && now < $0.value.until }
                state.swept = now
                if state.keys.count >= Self.mostKeys { state.keys.removeAll() }
            }
            var entry = state.keys[key] ?? (0, now, now.adding(minutes: minutes))
            if now < entry.since || now >= entry.until { entry = (0, now, now.adding(minutes: minutes)) }
            entry.count += 1
            state.keys[key] = entry
            return entry.count <= most
        }
    }
}
