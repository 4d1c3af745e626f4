import Synchronization

/// An answer within a time. A task group would wait for the slow one to end; whoever asked must not.
enum Hurry {
    /// What the body gives, or `Refusal.busy` once the time has passed. The body is then told to stop, not waited for.
    static func answer(
        within time: Duration, _ body: @escaping @Sendable () async throws -> Reply
    ) async throws -> Reply {
        let waiting = Waiting()
        let work = Task {
            do { waiting.end(.success(try await body())) } catch { waiting.end(.failure(error)) }
        }
        let clock = Task {
            try await Task.sleep(for: time)
            waiting.end(.failure(Refusal.busy))
            work.cancel()
        }
        defer { clock.cancel() }
        return try await waiting.result()
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
