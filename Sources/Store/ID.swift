import Synchronization
import WorkCalendar

/// A time-ordered id: a ULID, 26 characters of Crockford's base 32; 48 bits of milliseconds, 80 bits of chance, counted up
/// within the same millisecond so that ids of one process are in the order they were drawn.
package struct ID: Hashable, Comparable, Sendable, CustomStringConvertible, Bindable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    package var description: String {
        var text = [UInt8](repeating: 0, count: 26)
        var (high, low) = (high, low)
        for position in stride(from: 25, through: 0, by: -1) {
            text[position] = Self.alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: text, as: UTF8.self)
    }

    package var bound: Value { .text(description) }
    package static func < (a: ID, b: ID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// The next id in the same millisecond.
    package var successor: ID { low == .max ? ID(high: high &+ 1, low: 0) : ID(high: high, low: low + 1) }
}

/// The source of ids: chance and order are injected, so that a simulation draws the same ids again.
package final class IDs: Sendable {
    private let last: Mutex<(ms: Int64, id: ID)>
    private let chance: @Sendable () -> UInt64

    /// `chance` gives 64 random bits; a seeded one makes a world that can be lived again.
    package init(chance: @escaping @Sendable () -> UInt64) {
        self.chance = chance
        last = Mutex((0, ID(high: 0, low: 0)))
    }

    /// A block of ids beginning at the given one belongs to the caller: each act draws one and counts on from it.
    /// A clock that steps back never makes an id smaller than an earlier one.
    package func block(at now: Instant) -> ID {
        last.withLock { last in
            let ms = max(now.ms, last.ms)
            if ms == last.ms {
                // The next block of the same millisecond: 2^32 ids further.
                let (low, carry) = last.id.low.addingReportingOverflow(1 << 32)
                last.id = ID(high: carry ? last.id.high &+ 1 : last.id.high, low: low & ~0xFFFF_FFFF)
            } else {
                let bits = chance()
                last.id = ID(high: UInt64(bitPattern: ms) << 16 | bits >> 48 & 0x7FFF, low: bits << 16 & ~0xFFFF_FFFF)
                last.ms = ms
            }
            return last.id
        }
    }
}
