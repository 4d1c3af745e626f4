/// When a place is open, in OpenStreetMap's notation: `Mo-Fr 08:30-12:00,14:00-17:30; Sa 09:00-12:00; PH off`.
///
/// What is read: lists and ranges of weekdays (also `Sa-Mo`), several ranges of time, times over midnight
/// (`22:00-06:00`, `22:00-30:00`), `24/7`, `off`, `closed`, `open`, `PH`, months, dates and years
/// (`May-Sep`, `Oct 01-Apr 30`, `2026 Feb 16-22`). A rule after `;` replaces what earlier rules say of the days it
/// matches, one after `,` adds to it. Not read, and refused: sunrise, weeks, school holidays, open ends, comments.
package struct OpeningHours: Hashable, Sendable {
    /// The rules in the order written.
    let rules: [HoursRule]

    /// Reads the notation; throws where and why it cannot be read.
    package init(parsing text: String) throws(OpeningHoursMistake) {
        var parser = HoursParser(text)
        rules = try parser.rules()
    }

    /// The open stretches that begin on a day, in minutes from its local midnight, sorted and joined.
    ///
    /// A stretch over midnight belongs to the day it begins on and ends past 1440. Empty: closed.
    /// `isHoliday` says whether `PH` applies to the day.
    package func intervals(on day: Day, isHoliday: Bool = false) -> [Range<Int>] {
        var open: [Range<Int>] = []
        for rule in rules where rule.matches(day, isHoliday: isHoliday) {
            switch (rule.isOff, rule.times.isEmpty) {
            case (true, true): open = []
            case (true, false): open = HoursRule.subtract(rule.times, from: open)
            case (false, true): open = [0..<1440]
            case (false, false): open = rule.adds ? open + rule.times : rule.times
            }
        }
        return HoursRule.joined(open)
    }

    /// Whether it never closes: `24/7` without exceptions.
    package var isAlways: Bool {
        rules.allSatisfy { $0.isAlways }
    }

    /// Whether it says anything of public holidays.
    package var namesHolidays: Bool {
        rules.contains { $0.holidays }
    }
}

extension OpeningHours: CustomStringConvertible {
    /// The notation again, tidied up; reading it gives the same opening hours.
    package var description: String {
        var text = ""
        for (index, rule) in rules.enumerated() {
            if index > 0 { text += rule.adds ? ", " : "; " }
            text += rule.description
        }
        return text
    }
}

extension OpeningHours: Codable {
    /// Reads the notation.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: try container.decode(String.self))
        } catch let mistake as OpeningHoursMistake {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: mistake.sentence.en)
        }
    }

    /// Writes the notation.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What is wrong with opening hours, and where.
package struct OpeningHoursMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// Characters before the mistake, from the start of what was written.
    package let offset: Int
    /// What is wrong, in a sentence for whoever wrote it.
    package let sentence: Text

    /// The English sentence with its place.
    package var description: String { "at \(offset): \(sentence.en)" }
}
