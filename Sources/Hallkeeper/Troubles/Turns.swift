import Synchronization
import WorkCalendar

/// Lets one strand of work run at a time and picks who is next, so that how strands of several processes interleave is
/// drawn from a seed and nothing else. A strand gives way at every call of the store; code between two calls is never split.
final class Turns: Sendable {
    /// A strand that waits for its turn.
    struct Waiting: Sendable {
        /// The process it runs in; `people` for somebody outside who waits.
        var process: Int
        /// Not before this moment.
        var until: Instant?
        fileprivate var go: CheckedContinuation<Void, Never>
    }
    static let people = -1

    private struct State {
        var running = 0
        var waiting: [Waiting] = []
        var idle: CheckedContinuation<Void, Never>?
        /// Taken when nothing runs any more.
        mutating func ended() -> CheckedContinuation<Void, Never>? {
            running -= 1
            guard running == 0 else { return nil }
            defer { idle = nil }
            return idle
        }
    }
    private let state = Mutex(State())

    /// Begins a strand; it runs when `run` gives it its turn.
    func begin(_ process: Int, _ work: @escaping @Sendable () async -> Void) async {
        state.withLock { $0.running += 1 }
        Task {
            await pass(process)
            await work()
            state.withLock { $0.ended() }?.resume()
        }
        await settled()
    }

    /// Gives way, until its turn comes again.
    func pass(_ process: Int, until moment: Instant? = nil) async {
        await withCheckedContinuation { go in
            let idle = state.withLock { state in
                state.waiting.append(Waiting(process: process, until: moment, go: go))
                return state.ended()
            }
            idle?.resume()
        }
    }

    /// Runs what may run, one strand after another, until none is left that may.
    func run(may: @escaping @Sendable (Waiting) -> Bool, pick: @escaping @Sendable (Int) -> Int) async {
        await settled()
        while true {
            let next = state.withLock { state -> Waiting? in
                let able = state.waiting.indices.filter { may(state.waiting[$0]) }
                guard !able.isEmpty else { return nil }
                state.running += 1
                return state.waiting.remove(at: able[pick(able.count)])
            }
            guard let next else { return }
            next.go.resume()
            await settled()
        }
    }

    /// When the first of those that wait for a moment may go on.
    var soonest: Instant? { state.withLock { $0.waiting.compactMap(\.until).min() } }
    var count: Int { state.withLock { $0.waiting.count } }

    private func settled() async {
        await withCheckedContinuation { idle in
            let isIdle = state.withLock { state in
                if state.running == 0 { return true }
                state.idle = idle
                return false
            }
            if isIdle { idle.resume() }
        }
    }
}
