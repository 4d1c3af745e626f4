import Foundation
import Synchronization

/// A time zone by its IANA name, with its changes of the clocks.
///
/// Only at this edge do instants and civil days meet; what lies between is exact time or whole days.
package struct Zone: Hashable, Sendable {
    /// The IANA name, `Asia/Shanghai`.
    package let id: String
    private let offsets: ZoneOffsets

    /// A zone by its IANA name; nil when there is none of that name.
    package init?(_ iana: String) {
        guard let offsets = ZoneOffsets.of(iana) else { return nil }
        id = iana
        self.offsets = offsets
    }

    /// China's one civil time: +08:00 all year since 1991.
    package static let shanghai = Zone("Asia/Shanghai") ?? Zone(fixed: 8 * 3600, id: "Asia/Shanghai")

    // When the system has lost its zone data, a fixed offset is still right for China.
    private init(fixed seconds: Int, id: String) {
        self.id = id
        offsets = ZoneOffsets(fixed: seconds)
    }

    /// The civil day at that instant.
    package func day(of instant: Instant) -> Day {
        Day(number: Int(floorDivide(local(instant), 86_400_000)))
    }

    /// The minute of the civil day at that instant, 0…1439, as a clock on the wall shows it.
    package func minuteOfDay(_ instant: Instant) -> Int {
        let ms = local(instant)
        return Int((ms - floorDivide(ms, 86_400_000) * 86_400_000) / 60_000)
    }

    /// The instant at which clocks show that minute of that day; the minute may be negative or 1440 and more.
    ///
    /// A time the clocks skip is the instant they skip it; a time they show twice is the first of the two.
    package func instant(_ day: Day, minute: Int) -> Instant {
        instant(localMs: Int64(day.number) * 86_400_000 + Int64(minute) * 60_000)
    }

    /// Milliseconds by which clocks are ahead of UTC at that instant.
    package func offset(at instant: Instant) -> Int64 {
        offsets.offset(at: instant.ms)
    }

    /// The stretches of exact time in which clocks show a minute of that range of that day.
    ///
    /// Usually one; a change of the clocks within may cut, shorten, lengthen or double it.
    package func stretches(_ day: Day, minutes: Range<Int>) -> [Range<Instant>] {
        let from = Int64(day.number) * 86_400_000 + Int64(minutes.lowerBound) * 60_000
        let to = Int64(day.number) * 86_400_000 + Int64(minutes.upperBound) * 60_000
        var found: [Range<Instant>] = []
        for segment in offsets.segments(around: from, to) {
            let lower = max(from - segment.offset, segment.from)
            let upper = min(to - segment.offset, segment.to)
            guard lower < upper else { continue }
            if let last = found.last, last.upperBound.ms == lower {
                found[found.count - 1] = last.lowerBound..<Instant(ms: upper)
            } else {
                found.append(Instant(ms: lower)..<Instant(ms: upper))
            }
        }
        return found
    }

    package static func == (a: Zone, b: Zone) -> Bool { a.id == b.id }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(id)
    }

    private func local(_ instant: Instant) -> Int64 {
        instant.ms.addingReportingOverflow(offsets.offset(at: instant.ms)).partialValue
    }

    func instant(localMs: Int64) -> Instant {
        for segment in offsets.segments(around: localMs, localMs) {
            let candidate = localMs - segment.offset
            if candidate < segment.to {
                // Before the segment's beginning means that the clocks skipped this time.
                return Instant(ms: max(candidate, segment.from))
            }
        }
        return Instant(ms: localMs - offsets.offset(at: localMs))
    }
}

/// The offsets of one zone over time: asked of the system once, then answered from a table.
final class ZoneOffsets: Sendable {
    /// A stretch of exact time with one offset, all in milliseconds.
    struct Segment {
        var from: Int64
        var to: Int64
        var offset: Int64
    }

    private let changes: [Int64]
    private let values: [Int64]

    private static let known = Mutex<[String: ZoneOffsets]>([:])

    static func of(_ id: String) -> ZoneOffsets? {
        if let found = known.withLock({ $0[id] }) { return found }
        guard !id.isEmpty, let zone = TimeZone(identifier: id) else { return nil }
        let offsets = ZoneOffsets(zone)
        known.withLock { $0[id] = offsets }
        return offsets
    }

    init(fixed seconds: Int) {
        changes = []
        values = [Int64(seconds) * 1000]
    }

    /// Looks at each week from 1970 to 2100 and searches the exact second of each change between two of them.
    /// Before and after, the nearest offset holds.
    private init(_ zone: TimeZone) {
        func seconds(_ at: Int64) -> Int {
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(at)))
        }
        var changes: [Int64] = []
        var values = [Int64(seconds(0)) * 1000]
        var before: Int64 = 0
        var offset = seconds(0)
        let week: Int64 = 7 * 86_400
        while before < 4_102_444_800 {
            let after = before + week
            let next = seconds(after)
            if next != offset {
                var low = before
                var high = after
                while high - low > 1 {
                    let middle = (low + high) / 2
                    if seconds(middle) == offset { low = middle } else { high = middle }
                }
                changes.append(high * 1000)
                values.append(Int64(next) * 1000)
                offset = next
            }
            before = after
        }
        self.changes = changes
        self.values = values
    }

    func offset(at ms: Int64) -> Int64 {
        values[index(at: ms)]
    }

    /// The segments that can hold local times from…to, in order of time.
    func segments(around from: Int64, _ to: Int64) -> [Segment] {
        // No zone is further from UTC than 15 hours; 16 leave room.
        let reach: Int64 = 16 * 3_600_000
        let first = index(at: from - reach)
        let last = index(at: to + reach)
        return (first...last).map { at in
            Segment(
                from: at == 0 ? .min : changes[at - 1],
                to: at == changes.count ? .max : changes[at],
                offset: values[at])
        }
    }

    /// How many changes lie at or before that instant.
    private func index(at ms: Int64) -> Int {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= ms { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Division that rounds down, also below zero.
func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    let quotient = a / b
    return a % b < 0 ? quotient - 1 : quotient
}
