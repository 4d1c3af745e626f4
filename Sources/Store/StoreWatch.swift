/// Who is told how the store does: how many writes a commit carried, which statements were slow. The text of a
/// statement holds no values, so nothing personal is told.
package struct StoreWatch: Sendable {
    package let slowAfter: Duration
    package let committed: @Sendable (Int) -> Void
    package let wasSlow: @Sendable (String, Duration) -> Void
    /// A write could not be made durable and the store writes no more; told once, with what happened.
    package let stopped: @Sendable (String) -> Void

    package init(
        slowAfter: Duration, committed: @escaping @Sendable (Int) -> Void, wasSlow: @escaping @Sendable (String, Duration) -> Void,
        stopped: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.slowAfter, self.committed, self.wasSlow, self.stopped) = (slowAfter, committed, wasSlow, stopped)
    }

    /// Nobody is told.
    package static let none = StoreWatch(slowAfter: .seconds(1 << 30), committed: { _ in }, wasSlow: { _, _ in })

    /// Runs a statement and tells when it was slow.
    package func timing<T>(_ statement: String, _ body: () throws -> T) rethrows -> T {
        let started = ContinuousClock.now
        defer {
            let passed = started.duration(to: .now)
            if passed >= slowAfter { wasSlow(statement, passed) }
        }
        return try body()
    }
}

/// The request an act belongs to, carried beside the work it leads to; empty outside of any request.
package enum RequestMark {
    @TaskLocal package static var id = ""
}
