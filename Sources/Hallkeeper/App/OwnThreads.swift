import NIOPosix
import Synchronization

/// Threads for work that blocks, begun when there is some and ended with whoever has them: a program that never signs anybody in
/// or sends anything needs none, and a simulation has thousands of programs.
final class OwnThreads: Sendable {
    private struct State {
        var pool: NIOThreadPool?
        var hasStopped = false
    }
    private let state = Mutex(State())
    private let count: Int

    init(_ count: Int) { self.count = count }
    deinit { stop() }

    /// Runs it on one of the threads. Throws when they have been stopped.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let pool = try state.withLock { state in
            if state.hasStopped { throw CancellationError() }
            if let pool = state.pool { return pool }
            let pool = NIOThreadPool(numberOfThreads: count)
            pool.start()
            state.pool = pool
            return pool
        }
        return try await pool.runIfActive(body)
    }

    /// Ends the threads; what is on its way is waited for by them.
    func stop() {
        let pool = state.withLock { state in
            defer { (state.pool, state.hasStopped) = (nil, true) }
            return state.pool
        }
        pool?.shutdownGracefully { _ in }
    }
}
