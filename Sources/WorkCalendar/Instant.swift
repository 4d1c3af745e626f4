/// A point in time, exact to the millisecond, without a zone.
///
/// Kept and sent as a bare integer, so that a deadline in the database, in the ledger and in JSON is the same number.
package struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00Z.
    package var ms: Int64

    /// An instant from milliseconds since 1970-01-01T00:00Z.
    package init(ms: Int64) {
        self.ms = ms
    }

    /// The instant that many minutes of exact time later (earlier when negative). Saturates instead of overflowing.
    package func adding(minutes: Int) -> Instant {
        let (length, overflow) = Int64(minutes).multipliedReportingOverflow(by: 60_000)
        return adding(ms: overflow ? (minutes < 0 ? .min : .max) : length)
    }

    /// The instant that many milliseconds later (earlier when negative). Saturates instead of overflowing.
    package func adding(ms more: Int64) -> Instant {
        let (sum, overflow) = ms.addingReportingOverflow(more)
        return Instant(ms: overflow ? (more < 0 ? .min : .max) : sum)
    }

    package static func < (a: Instant, b: Instant) -> Bool { a.ms < b.ms }
}

extension Instant: Codable {
    /// Reads the bare integer.
    package init(from decoder: any Decoder) throws {
        ms = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the bare integer.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(ms)
    }
}
