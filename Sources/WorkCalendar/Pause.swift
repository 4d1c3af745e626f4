/// A stretch in which a clock stands still, because something is awaited from the customer.
package struct Pause: Hashable, Codable, Sendable {
    /// When it began.
    package var from: Instant
    /// When it ended; nil while it lasts.
    package var to: Instant?

    /// A pause from an instant to another, or still lasting.
    package init(from: Instant, to: Instant? = nil) {
        self.from = from
        self.to = to
    }

    /// Pauses as stretches in order of time, overlapping ones made one, from an instant on.
    static func merged(_ pauses: [Pause], from start: Instant) -> [Range<Instant>] {
        var result: [Range<Instant>] = []
        for pause in pauses.sorted(by: { $0.from < $1.from }) {
            let from = max(pause.from, start)
            let to = pause.to ?? Instant(ms: .max)
            guard from < to else { continue }
            if let last = result.last, from <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, to)
            } else {
                result.append(from..<to)
            }
        }
        return result
    }
}
