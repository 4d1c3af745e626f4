import Synchronization

/// Who wants to know when something changed: live boards, inboxes. Only wake-ups, never facts.
final class Hub: Sendable {
    private enum Listener {
        case names(AsyncStream<String>.Continuation)
        case lines(AsyncStream<[UInt8]>.Continuation)
    }
    private struct State {
        var next = 0
        var listeners: [Int: (channels: Set<String>, listener: Listener)] = [:]
        /// Who listens to a channel, so that news of one hall costs nothing for the boards of all others.
        var byChannel: [String: Set<Int>] = [:]
        var isBeating = false

        mutating func add(_ channels: Set<String>, _ listener: Listener) -> Int {
            next += 1
            listeners[next] = (channels, listener)
            for channel in channels { byChannel[channel, default: []].insert(next) }
            return next
        }

        mutating func remove(_ id: Int) {
            guard let gone = listeners.removeValue(forKey: id) else { return }
            for channel in gone.channels {
                byChannel[channel]?.remove(id)
                if byChannel[channel]?.isEmpty == true { byChannel[channel] = nil }
            }
        }
    }
    private let state = Mutex(State())
    private static let heartbeat = Array(": here\n\n".utf8)

    func publish(_ channel: String) {
        let waiting = state.withLock { state in (state.byChannel[channel] ?? []).sorted().compactMap { state.listeners[$0]?.listener } }
        guard !waiting.isEmpty else { return }
        let line = Array("data: \(channel)\n\n".utf8)
        for listener in waiting {
            switch listener {
            case .names(let continuation): continuation.yield(channel)
            case .lines(let continuation): continuation.yield(line)
            }
        }
    }

    /// The channels' names as they are published, until the stream is dropped. Only the newest are kept for a slow reader.
    func subscribe(_ channels: Set<String>) -> AsyncStream<String> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            let id = state.withLock { $0.add(channels, .names(continuation)) }
            continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.remove(id) } }
        }
    }

    /// Server-sent events: a line when something changed, a heartbeat each 15 s so that proxies keep the line open. A board
    /// that waits costs no task of its own.
    func events(_ channels: Set<String>) -> Reply {
        // A reader who does not read must not fill the memory: the newest wake-up is as good as all of them.
        let stream = AsyncStream<[UInt8]>(bufferingPolicy: .bufferingNewest(16)) { continuation in
            let (id, isFirst) = state.withLock { state in
                defer { state.isBeating = true }
                return (state.add(channels, .lines(continuation)), !state.isBeating)
            }
            continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.remove(id) } }
            continuation.yield(Self.heartbeat)
            if isFirst { beat() }
        }
        return Reply(
            headers: [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")],
            body: .stream(stream))
    }

    /// One heart for all, as long as anybody listens.
    private func beat() {
        Task { [weak self] in
            while true {
                try? await Task.sleep(for: .seconds(15))
                guard let self, let lines = lines() else { return }
                for line in lines { line.yield(Self.heartbeat) }
            }
        }
    }

    /// The boards that listen; nil when there is none left, and the heart stops.
    private func lines() -> [AsyncStream<[UInt8]>.Continuation]? {
        state.withLock { state in
            let lines = state.listeners.values.compactMap { if case .lines(let continuation) = $0.listener { continuation } else { nil } }
            if lines.isEmpty { state.isBeating = false }
            return lines.isEmpty ? nil : lines
        }
    }
}
