import Foundation
import Store
import Synchronization

/// One thread with one connection: what it runs, it runs to its end; its connection is nobody else's.
final class PostgresLane {
    private let url: String
    private let watch: StoreWatch
    private var kept: PostgresConnection?

    init(url: String, watch: StoreWatch) { (self.url, self.watch) = (url, watch) }

    /// The connection, made anew when the last one broke. Throws `Fault(.connection)` while the server cannot be reached.
    func connection() throws -> PostgresConnection {
        if let kept, kept.isUsable { return kept }
        let fresh = try PostgresConnection(url: url, watch: watch)
        kept = fresh
        return fresh
    }

    /// Lets go of a connection nothing good can be expected of.
    func drop() { kept = nil }
}

/// A few threads of our own that take turns at what is waiting: waiting for the network never blocks a page, and a server
/// that is away makes no crowd of threads. What waits is bounded: who comes when it is full is told so at once.
final class PostgresPool: Sendable {
    typealias Work = @Sendable (PostgresLane) -> Void

    private struct State {
        var waiting: [Work] = []
        var first = 0
        var isClosed = false
        var lanes = 0
        var count: Int { waiting.count - first }
    }

    static let mostWaiting = 1000
    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let lanes: Int

    init(lanes: Int, url: String, watch: StoreWatch) {
        self.lanes = lanes
        for number in 0..<lanes {
            let thread = Thread { [self] in serve(PostgresLane(url: url, watch: watch)) }
            thread.name = "postgres-\(number)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    private func serve(_ lane: PostgresLane) {
        while true {
            signal.wait()
            let (work, isOver) = state.withLock { state -> (Work?, Bool) in
                guard state.count > 0 else { return (nil, state.isClosed) }
                let work = state.waiting[state.first]
                state.first += 1
                if state.first > 64, state.first * 2 > state.waiting.count {
                    state.waiting.removeFirst(state.first)
                    state.first = 0
                }
                return (work, false)
            }
            if isOver { break }
            work?(lane)
        }
        lane.drop()
        ended.signal()
    }

    /// Takes its turn; false when too many wait, or when the pool is closed.
    func add(_ work: @escaping Work) -> Bool {
        let isTaken = state.withLock { state -> Bool in
            guard !state.isClosed, state.count < Self.mostWaiting else { return false }
            state.waiting.append(work)
            return true
        }
        if isTaken { signal.signal() }
        return isTaken
    }

    /// What waits is still done; then the threads end and their connections with them.
    func close() {
        let isFirst = state.withLock { state -> Bool in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        for _ in 0..<lanes { signal.signal() }
        for _ in 0..<lanes { ended.wait() }
    }
}
