import Foundation
import HummingbirdCore
import Synchronization

/// How long and how much one connection may keep the server. The library below sets none of these by itself.
struct Limits: Sendable {
    /// Connections at once; more wait unaccepted. As many live boards beside them. Never more than the open files allow.
    var connections = 4096
    /// Until the first byte of the first request.
    var first: Duration = .seconds(15)
    /// Between two requests. Longer than nginx keeps a connection (60 s), so that it is always nginx who closes.
    var keepAlive: Duration = .seconds(75)
    /// From a request's first byte to its last, head and body together …
    var request: Duration = .seconds(30)
    /// … and one second more for each of this many bytes that have come: a photo over a slow line arrives, a drip does not …
    var bytesPerSecond = 16 << 10
    /// … and never longer than this.
    var longestRequest: Duration = .seconds(300)
    /// Whoever takes less than `slowestReader` bytes a second for this long is not reading.
    var stall: Duration = .seconds(30)
    var slowestReader = 512
    /// What `first` and `keepAlive` become while over four fifths of the connections are taken.
    var crowded: Duration = .seconds(2)
    /// What bodies that are still coming in may take of the memory, all together.
    var bodies = 256 << 20
    /// How often a connection is looked at.
    var look: Duration = .seconds(1)

    /// Files the program itself needs open: databases with their readers, the log, photos on their way.
    static let ownFiles = 96

    /// Raises the number of open files to what the system allows, and gives it.
    static func raiseOpenFiles() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let wanted = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
        var raised = wanted
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) != 0 { raised = limit }
        return Int(clamping: raised.rlim_cur)
    }

    /// The same limits with no more connections than there are files for.
    func within(openFiles: Int) -> Limits {
        var own = self
        own.connections = max(8, min(connections, (openFiles - Self.ownFiles) / 2))
        return own
    }
}

/// How many connections are open, for the cap and for whoever has to be quick when it is crowded.
final class Crowd: Sendable {
    private let count = Atomic<Int>(0)
    let most: Int

    init(most: Int) { self.most = most }

    var connections: Int { count.load(ordering: .relaxed) }
    var isDense: Bool { connections * 5 >= most * 4 }
    func came() { count.add(1, ordering: .relaxed) }
    func left() { count.subtract(1, ordering: .relaxed) }
}

/// How many live boards may listen at once: they are let go of by the server, so it does not count them.
final class LineRoom: Sendable {
    private let taken = Mutex(0)
    private let most: Int

    init(most: Int) { self.most = most }

    /// Whether there is room for one more; then it is taken.
    func come() -> Bool {
        taken.withLock { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
    }

    func go() { taken.withLock { $0 -= 1 } }
}

/// The memory for bodies on their way. Small ones always find room; of the large, whoever finds none is asked to come again:
/// a thousand photos that nobody has signed for must not fill the memory.
final class BodyRoom: Sendable {
    private let taken = Mutex(0)
    private let most: Int
    private static let small = 64 << 10

    init(most: Int) { self.most = most }

    func takes(_ bytes: Int) -> Bool {
        guard bytes > Self.small else { return true }
        return taken.withLock { taken in
            guard taken + bytes <= most else { return false }
            taken += bytes
            return true
        }
    }

    func leaves(_ bytes: Int) {
        if bytes > Self.small { taken.withLock { $0 -= bytes } }
    }
}

/// Stops accepting at the cap: who comes later waits in the system's queue until somebody leaves.
struct ConnectionCap: AvailableConnectionsDelegate {
    let crowd: Crowd

    mutating func connectionOpened() { crowd.came() }
    mutating func connectionClosed() { crowd.left() }
    func isAcceptingNewConnections() -> Bool { crowd.connections < crowd.most }
}
