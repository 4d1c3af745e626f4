/// A civil day of the Gregorian calendar, without a zone: what stands on a wall calendar.
package struct Day: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01; negative before.
    package var number: Int

    /// A day from its distance to 1970-01-01.
    package init(number: Int) {
        self.number = number
    }

    /// A day from its parts; nil when there is no such day (30 February) or the year is not 0…9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Day.length(ofMonth: month, year: year)
        else { return nil }
        self = Day(unchecked: year, month, day)
    }

    /// A day from `YYYY-MM-DD`; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Day.digits(bytes[0..<4]), let month = Day.digits(bytes[5..<7]),
            let day = Day.digits(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The year, 2026.
    package var year: Int { parts.year }
    /// The month, 1…12.
    package var month: Int { parts.month }
    /// The day of the month, 1…31.
    package var day: Int { parts.day }

    /// The day of the week, 1 = Monday … 7 = Sunday.
    package var weekday: Int {
        let shifted = (number + 3) % 7
        return (shifted < 0 ? shifted + 7 : shifted) + 1
    }

    /// Saturday or Sunday.
    package var isWeekend: Bool { weekday >= 6 }

    /// The day that many days later (earlier when negative).
    package func adding(days: Int) -> Day {
        Day(number: number + days)
    }

    /// The corresponding day that many months later, else the last day of that month (民法典 202).
    package func adding(months: Int) -> Day {
        let now = parts
        let count = now.year * 12 + now.month - 1 + months
        let year = count >= 0 ? count / 12 : (count - 11) / 12
        let month = count - year * 12 + 1
        return Day(unchecked: year, month, min(now.day, Day.length(ofMonth: month, year: year)))
    }

    /// The number of days in a month (1…12).
    package static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    package static func < (a: Day, b: Day) -> Bool { a.number < b.number }

    /// Year, month and day at once: reading all three this way divides only once.
    package var parts: (year: Int, month: Int, day: Int) {
        // Eras of 400 years, each beginning on 1 March, so that the leap day is the last day of a year.
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// A day from parts already known to be right.
    init(unchecked year: Int, _ month: Int, _ day: Int) {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in bytes {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }
}

extension Day: CustomStringConvertible {
    /// `2026-11-23`.
    package var description: String {
        let (year, month, day) = parts
        guard (0...9999).contains(year) else { return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
        // Asked for at nearly every statement.
        func digit(_ number: Int) -> UInt8 { UInt8(0x30 + number % 10) }
        return String(unsafeUninitializedCapacity: 10) { out in
            (out[0], out[1], out[2], out[3]) = (digit(year / 1000), digit(year / 100), digit(year / 10), digit(year))
            (out[4], out[5], out[6]) = (0x2D, digit(month / 10), digit(month))
            (out[7], out[8], out[9]) = (0x2D, digit(day / 10), digit(day))
            return 10
        }
    }
}

extension Day: Codable {
    /// Reads `"2026-11-23"`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let day = Day(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a day: \(text)")
        }
        self = day
    }

    /// Writes `"2026-11-23"`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Day {
    /// The day in words, with its weekday: `2月14日 周六`, `Sat 14 Feb`. Without the year: the reader knows it.
    package var words: Text {
        let (_, month, day) = parts
        return Text("\(month)月\(day)日 \(weekdayWords.zh)", "\(weekdayWords.en) \(day) \(Day.monthNames[month - 1])")
    }

    /// The day of the week in words: `周六`, `Sat`.
    package var weekdayWords: Text {
        Text(
            ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][weekday - 1],
            ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][weekday - 1])
    }

    static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

/// A number with leading zeros.
func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(abs(value))
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (value < 0 ? "-" : "") + zeros + digits
}
