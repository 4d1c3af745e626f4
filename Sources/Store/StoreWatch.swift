import Foundation

/// Who is told how the store does: how many writes a commit carried, which statements were slow. The text of a
/// statement holds no values, so nothing personal is told.
package struct StoreWatch: Sendable {
    package let slowAfter: Duration
    package let committed: @Sendable (Int) -> Void
    package let wasSlow: @Sendable (String, Duration) -> Void
    private let slowNanoseconds: Int64

    private static var nanoseconds: Int64 {
        var moment = timespec()
        clock_gettime(CLOCK_MONOTONIC, &moment)
        return Int64(moment.tv_sec) &* 1_000_000_000 &+ Int64(moment.tv_nsec)
    }
    /// A write could not be made durable and the store writes no more; told once, with what happened.
    package let stopped: @Sendable (String) -> Void

    package init(
        slowAfter: Duration, committed: @escaping @Sendable (Int) -> Void, wasSlow: @escaping @Sendable (String, Duration) -> Void,
        stopped: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.slowAfter, self.committed, self.wasSlow, self.stopped) = (slowAfter, committed, wasSlow, stopped)
        slowNanoseconds = slowAfter.components.seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + slowAfter.components.attoseconds / 1_000_000_000
    }

    /// Nobody is told.
    package static let none = StoreWatch(slowAfter: .seconds(1 << 32), committed: { _ in }, wasSlow: { _, _ in })

    /// Runs a statement and tells when it was slow.
    package func timing<T>(_ statement: String, _ body: () throws -> T) rethrows -> T {
        let started = Self.nanoseconds
        defer {
            let passed = Self.nanoseconds &- started
            if passed >= slowNanoseconds { wasSlow(statement, .nanoseconds(passed)) }
        }
        return try body()
    }
}

/// The request an act belongs to, carried beside the work it leads to; empty outside of any request.
package enum RequestMark {
    @TaskLocal package static var id = ""
}
