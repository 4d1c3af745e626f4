import Synchronization

/// Who wants to know when something changed: live boards, inboxes. Only wake-ups, never facts.
final class Hub: Sendable {
    private struct Listener {
        var channels: Set<String>
        var continuation: AsyncStream<String>.Continuation
    }
    private let state = Mutex<(next: Int, listeners: [Int: Listener])>((0, [:]))

    private let outward = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Who carries wake-ups to the other processes.
    func carry(by carrier: @escaping @Sendable (String) -> Void) { outward.withLock { $0 = carrier } }

    /// Something changed here: whoever waits here is woken, and in the other processes.
    func publish(_ channel: String) {
        wake(channel)
        outward.withLock { $0 }?(channel)
    }

    /// Wakes whoever waits here; for "", everybody: something may have been said that nobody heard.
    func wake(_ channel: String) {
        if channel.isEmpty {
            for listener in state.withLock({ Array($0.listeners.values) }) { for own in listener.channels { listener.continuation.yield(own) } }
            return
        }
        let waiting = state.withLock { $0.listeners.values.filter { $0.channels.contains(channel) }.map(\.continuation) }
        for continuation in waiting { continuation.yield(channel) }
    }

    /// The channels' names as they are published, until the stream is dropped. Only the newest are kept for a slow reader.
    func subscribe(_ channels: Set<String>) -> AsyncStream<String> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            let id = state.withLock { state in
                state.next += 1
                state.listeners[state.next] = Listener(channels: channels, continuation: continuation)
                return state.next
            }
            continuation.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) } }
        }
    }

    /// Server-sent events: a line when something changed, a heartbeat each 15 s so that proxies keep the line open.
    func events(_ channels: Set<String>) -> Reply {
        let source = subscribe(channels)
        // A reader who does not read must not fill the memory: the newest wake-up is as good as all of them.
        let stream = AsyncStream<[UInt8]>(bufferingPolicy: .bufferingNewest(16)) { continuation in
            let task = Task {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { for await channel in source { continuation.yield(Array("data: \(channel)\n\n".utf8)) } }
                    group.addTask {
                        while !Task.isCancelled {
                            continuation.yield(Array(": here\n\n".utf8))
                            try? await Task.sleep(for: .seconds(15))
                        }
                    }
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
        return Reply(
            headers: [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")],
            body: .stream(stream))
    }
}
