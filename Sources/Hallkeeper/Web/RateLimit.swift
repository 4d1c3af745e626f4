import Store
import Synchronization
import WorkCalendar

/// So many a minute for one key (an address, a sign-in name); memory is bounded, and no key is kept, only its hash.
/// Several processes on one database count together: each tells the others what it has counted (`WakeUps`), so that who goes
/// from one to the next is stopped as if there were one; what is counted within a twentieth of a second may pass meanwhile.
final class RateLimit: Sendable {
    /// A key and the length of its window: the first half of SHA-256, so that who counts does not learn whose it is.
    struct Key: Hashable, Sendable {
        var hash: UInt64
        var minutes: Int

        init(_ key: String, _ minutes: Int) {
            hash = Hash.sha256(Array(key.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            self.minutes = minutes
        }
        init(hash: UInt64, minutes: Int) { (self.hash, self.minutes) = (hash, minutes) }
    }

    private struct State {
        var keys: [Key: (count: Int, since: Instant, until: Instant)] = [:]
        var swept = Instant(ms: .min)
        var untold: [Key: Int] = [:]
        var tell: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())
    private static let mostKeys = 50_000

    /// Whether the key is not used up yet; nothing is counted.
    func isFree(_ key: String, perMinute most: Int, minutes: Int = 1, at now: Instant) -> Bool {
        state.withLock { state in
            guard let entry = state.keys[Key(key, minutes)], now >= entry.since, now < entry.until else { return true }
            return entry.count < most
        }
    }

    /// False when the key has been used up for this minute, or for so many.
    func allows(_ key: String, perMinute most: Int, minutes: Int = 1, at now: Instant) -> Bool {
        let key = Key(key, minutes)
        let (isAllowed, tell) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            let count = Self.add(1, key, &state, now)
            // Who is stopped here already is not told of each time.
            guard count <= most, state.tell != nil else { return (count <= most, nil) }
            let isFirst = state.untold.isEmpty
            state.untold[key, default: 0] += 1
            return (true, isFirst ? state.tell : nil)
        }
        tell?()
        return isAllowed
    }

    private static func add(_ more: Int, _ key: Key, _ state: inout State, _ now: Instant) -> Int {
        // Once a minute is enough; a flood of new keys must not make each of them pay for all.
        if now < state.swept || now >= state.swept.adding(minutes: 1) || state.keys.count >= mostKeys {
            state.keys = state.keys.filter { now >= $0.value.since && now < $0.value.until }
            state.swept = now
            if state.keys.count >= mostKeys { state.keys.removeAll() }
        }
        var entry = state.keys[key] ?? (0, now, now.adding(minutes: key.minutes))
        if now < entry.since || now >= entry.until { entry = (0, now, now.adding(minutes: key.minutes)) }
        entry.count += more
        state.keys[key] = entry
        return entry.count
    }

    // MARK: - Between processes

    /// From now on what is counted waits to be told; `tell` is called when something begins to wait.
    func carry(_ tell: @escaping @Sendable () -> Void) { state.withLock { $0.tell = tell } }

    /// What waits, as others hear it: `hash:minutes:count` each, parted by commas, some hundred a message.
    func untold() -> [String] {
        let waiting = state.withLock { state in
            defer { state.untold = [:] }
            return state.untold
        }
        let items = waiting.map { "\(String($0.key.hash, radix: 16)):\($0.key.minutes):\($0.value)" }.sorted()
        return stride(from: 0, to: items.count, by: Self.mostAMessage).map { items[$0..<min(items.count, $0 + Self.mostAMessage)].joined(separator: ",") }
    }
    /// PostgreSQL carries 8,000 bytes at once.
    private static let mostAMessage = 200

    /// What another process has counted.
    func hear(_ message: String, at now: Instant) {
        state.withLock { state in
            for item in message.split(separator: ",") {
                let parts = item.split(separator: ":")
                guard parts.count == 3, let hash = UInt64(parts[0], radix: 16), let minutes = Int(parts[1]), let count = Int(parts[2]), (1...1440).contains(minutes), (1...1_000_000).contains(count) else { continue }
                _ = Self.add(count, Key(hash: hash, minutes: minutes), &state, now)
            }
        }
    }
}

/// The counts of one program, each by its own name.
struct RateLimits: Sendable {
    let signIn = RateLimit()
    let portal = RateLimit()
    let log = RateLimit()
    let api = RateLimit()
    var all: [(name: String, limit: RateLimit)] { [("sign-in", signIn), ("portal", portal), ("log", log), ("api", api)] }
}
