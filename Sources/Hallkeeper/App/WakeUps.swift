import Store
import Synchronization

/// Carries wake-ups between the processes on one database: said at most each twentieth of a second, however many acts there
/// were. Only makes boards quicker: they look for themselves each minute.
final class WakeUps: Sendable {
    private let hall: Hallkeeper
    /// What this process says comes back to it, too; it has woken its own already.
    private let own: String
    private let state = Mutex<(waiting: Set<String>, isSaying: Bool)>(([], false))
    static let every: Duration = .milliseconds(50)

    init(_ hall: Hallkeeper) {
        self.hall = hall
        own = hall.mark
    }

    func begin() {
        hall.store.listen { [hub = hall.hub, own] who, channel in if who != own || who.isEmpty { hub.wake(channel) } }
        hall.hub.carry { [self] channel in
            let isFirst = state.withLock { state -> Bool in
                state.waiting.insert(channel)
                defer { state.isSaying = true }
                return !state.isSaying
            }
            if isFirst { Task { await say() } }
        }
    }

    private func say() async {
        while true {
            let channels = state.withLock { state -> [String] in
                defer { state.waiting = [] }
                if state.waiting.isEmpty { state.isSaying = false }
                return state.waiting.sorted()
            }
            if channels.isEmpty { return }
            for channel in channels { await hall.store.notify(own, channel) }
            try? await Task.sleep(for: Self.every)
        }
    }
}
