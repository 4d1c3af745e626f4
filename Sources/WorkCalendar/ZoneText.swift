extension Zone {
    /// The instant as clocks show it, with the offset: `2026-03-04T17:30+08:00`; seconds only when not zero.
    package func text(_ instant: Instant) -> String {
        let ahead = offset(at: instant)
        let local = instant.ms + ahead
        let day = Day(number: Int(floorDivide(local, 86_400_000)))
        let seconds = Int(floorDivide(local, 1000) - Int64(day.number) * 86_400)
        let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2))"
        let rest = seconds % 60 == 0 ? "" : ":\(padded(seconds % 60, 2))"
        let minutes = Int(abs(ahead) / 60_000)
        let offset = "\(ahead < 0 ? "-" : "+")\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
        return "\(day)T\(clock)\(rest)\(offset)"
    }

    /// The clock time of an instant, `17:30`.
    package func clock(_ instant: Instant) -> String {
        let minute = minuteOfDay(instant)
        return "\(padded(minute / 60, 2)):\(padded(minute % 60, 2))"
    }

    /// The instant written as `2026-03-04T17:30`, with seconds or without, with an offset (`+08:00`, `Z`) or,
    /// without one, in this zone; `24:00` is the end of the day. Nil for anything else.
    package func parse(_ text: String) -> Instant? {
        guard let read = WrittenInstant(text) else { return nil }
        if let offset = read.offsetMinutes {
            return Instant(ms: read.localMs - Int64(offset) * 60_000)
        }
        return instant(localMs: read.localMs)
    }
}

/// An instant as it was written: what the clock showed, and the offset if one was given.
struct WrittenInstant {
    var localMs: Int64
    var offsetMinutes: Int?

    init?(_ text: String) {
        var rest = Substring(text)
        guard let day = Day(String(rest.prefix(10))) else { return nil }
        rest = rest.dropFirst(10)
        guard let separator = rest.first, "Tt ".contains(separator) else { return nil }
        rest = rest.dropFirst()
        guard let hour = WrittenInstant.two(&rest), WrittenInstant.take(":", &rest),
            let minute = WrittenInstant.two(&rest), minute < 60
        else { return nil }
        var second = 0
        var ms = 0
        if WrittenInstant.take(":", &rest) {
            guard let read = WrittenInstant.two(&rest), read < 60 else { return nil }
            second = read
            if WrittenInstant.take(".", &rest) {
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                guard !digits.isEmpty, digits.count <= 9 else { return nil }
                ms = Int(String((digits + "00").prefix(3))) ?? 0
                rest = rest.dropFirst(digits.count)
            }
        }
        guard hour < 24 || (hour == 24 && minute == 0 && second == 0 && ms == 0) else { return nil }
        localMs = Int64(day.number) * 86_400_000 + Int64(((hour * 60 + minute) * 60 + second) * 1000 + ms)
        if rest.isEmpty { return }
        if rest == "Z" || rest == "z" {
            offsetMinutes = 0
            return
        }
        let negative = rest.first == "-"
        guard WrittenInstant.take("+", &rest) || WrittenInstant.take("-", &rest),
            let hours = WrittenInstant.two(&rest), hours < 24
        else { return nil }
        _ = WrittenInstant.take(":", &rest)
        guard let minutes = WrittenInstant.two(&rest), minutes < 60, rest.isEmpty else { return nil }
        offsetMinutes = (negative ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func two(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        rest = rest.dropFirst(2)
        return Int(digits)
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }
}
