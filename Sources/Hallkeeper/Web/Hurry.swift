import Synchronization

/// An answer within a time. A task group would wait for the slow one to end; whoever asked must not. One watch looks at all
/// that wait, so that a request does not pay for a clock of its own.
final class Hurry: Sendable {
    private struct Asked: Sendable {
        let until: ContinuousClock.Instant
        let waiting: Waiting
        let work: Task<Void, Never>
    }
    private struct State {
        var next = 0
        var asked: [Int: Asked] = [:]
        var isWatched = false
    }
    private let state = Mutex(State())

    /// What the body gives, or `Refusal.busy` once the time has passed. The body is then told to stop, not waited for.
    func answer(
        within time: Duration, _ body: @escaping @Sendable () async throws -> Reply
    ) async throws -> Reply {
        let waiting = Waiting()
        let work = Task {
            do { waiting.end(.success(try await body())) } catch { waiting.end(.failure(error)) }
        }
        let until = ContinuousClock.now + time
        let (id, isFirst) = state.withLock { state in
            state.next += 1
            state.asked[state.next] = Asked(until: until, waiting: waiting, work: work)
            defer { state.isWatched = true }
            return (state.next, !state.isWatched)
        }
        if isFirst { watch(every: min(.milliseconds(250), time / 5)) }
        defer { state.withLock { _ = $0.asked.removeValue(forKey: id) } }
        return try await waiting.result()
    }

    /// Looks until nobody waits any more.
    private func watch(every pause: Duration) {
        Task { [self] in
            while true {
                try? await Task.sleep(for: pause)
                let now = ContinuousClock.now
                let (late, isOver) = state.withLock { state -> ([Asked], Bool) in
                    let isOver = state.asked.isEmpty
                    if isOver { state.isWatched = false }
                    return (state.asked.values.filter { $0.until <= now }, isOver)
                }
                for one in late {
                    one.waiting.end(.failure(Refusal.busy))
                    one.work.cancel()
                }
                if isOver { return }
            }
        }
    }

    /// Whoever waits for the first of two ends; the second finds nobody.
    private final class Waiting: Sendable {
        private enum State {
            case open
            case waiting(CheckedContinuation<Reply, any Error>)
            case ended(Result<Reply, any Error>)
        }
        private let state = Mutex(State.open)

        func end(_ result: Result<Reply, any Error>) {
            let waiter = state.withLock { state -> CheckedContinuation<Reply, any Error>? in
                switch state {
                case .ended: return nil
                case .open:
                    state = .ended(result)
                    return nil
                case .waiting(let waiter):
                    state = .ended(result)
                    return waiter
                }
            }
            waiter?.resume(with: result)
        }

        func result() async throws -> Reply {
            try await withCheckedThrowingContinuation { continuation in
                let early = state.withLock { state -> Result<Reply, any Error>? in
                    if case .ended(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let early { continuation.resume(with: early) }
            }
        }
    }
}
