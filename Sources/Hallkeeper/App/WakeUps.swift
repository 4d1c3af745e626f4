import Store
import Synchronization

/// Carries wake-ups, and what was counted against limits, between the processes on one database: said at most each twentieth
/// of a second, however many acts there were. Nothing depends on it: boards look for themselves each minute, and a count that
/// was not heard lets somebody try a little longer.
final class WakeUps: Sendable {
    private let hall: Hallkeeper
    /// What this process says comes back to it, too; it has woken its own already.
    private let own: String
    private let state = Mutex<(waiting: Set<String>, isSaying: Bool)>(([], false))
    static let every: Duration = .milliseconds(50)
    /// Before the name of a limit, and its counts after it; no channel begins so.
    private static let limit = "limit="

    init(_ hall: Hallkeeper) {
        self.hall = hall
        own = hall.mark
    }

    func begin() {
        hall.store.listen { [hall, own] who, channel in
            guard who != own || who.isEmpty else { return }
            guard channel.hasPrefix(Self.limit) else { return hall.hub.wake(channel) }
            let parts = channel.dropFirst(Self.limit.count).split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let (_, limit) = hall.limits.all.first(where: { $0.name == parts[0] }) else { return }
            limit.hear(parts[1], at: hall.clock.now)
        }
        hall.hub.carry { [self] channel in wait(for: channel) }
        for (_, limit) in hall.limits.all { limit.carry { [self] in wait(for: nil) } }
    }

    private func wait(for channel: String?) {
        let isFirst = state.withLock { state -> Bool in
            if let channel { state.waiting.insert(channel) }
            defer { state.isSaying = true }
            return !state.isSaying
        }
        if isFirst { Task { await say() } }
    }

    private func say() async {
        while true {
            // Taken together with what waits: who counts after this finds nobody saying, and begins again.
            let words = state.withLock { state -> [String] in
                defer { state.waiting = [] }
                let words = state.waiting.sorted() + hall.limits.all.flatMap { name, limit in limit.untold().map { Self.limit + name + "=" + $0 } }
                if words.isEmpty { state.isSaying = false }
                return words
            }
            if words.isEmpty { return }
            for word in words { await hall.store.notify(own, word) }
            try? await Task.sleep(for: Self.every)
        }
    }
}
