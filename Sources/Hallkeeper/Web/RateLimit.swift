import Synchronization
import WorkCalendar

/// So many a minute for one key (an address, a sign-in name); memory is bounded.
final class RateLimit: Sendable {
    private let seen = Mutex<[String: (count: Int, since: Instant)]>([:])

    /// False when the key has been used up for this minute.
    func allows(_ key: String, perMinute most: Int, at now: Instant) -> Bool {
        seen.withLock { seen in
            if seen.count > 10_000 { seen = seen.filter { now.ms - $0.value.since.ms < 60_000 } }
            if seen.count > 50_000 { seen.removeAll() }
            var entry = seen[key] ?? (0, now)
            if now.ms - entry.since.ms >= 60_000 || now < entry.since { entry = (0, now) }
            entry.count += 1
            seen[key] = entry
            return entry.count <= most
        }
    }
}
