/// What a period is counted in.
package enum PeriodUnit: String, Hashable, Codable, Sendable, CaseIterable {
    case minute, hour, serviceMinute, serviceHour, workingDay, day, month, year

    /// How the pack writes it: `min`, `hour`, `service-min`, `service-hour`, `working-day`, `day`, `month`, `year`.
    var written: String {
        switch self {
        case .minute: "min"
        case .hour: "hour"
        case .serviceMinute: "service-min"
        case .serviceHour: "service-hour"
        case .workingDay: "working-day"
        case .day: "day"
        case .month: "month"
        case .year: "year"
        }
    }
}

/// How a period is counted; all off unless a rule says so.
package struct PeriodOptions: OptionSet, Hashable, Codable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// A day-based deadline ends at 24:00 instead of closing.
    package static let midnight = PeriodOptions(rawValue: 1)
    /// What comes in after closing or on a non-working day counts as received on the next working day.
    package static let cutoff = PeriodOptions(rawValue: 2)
    /// Minutes and hours run only while the unit is open.
    package static let service = PeriodOptions(rawValue: 4)
    /// A last day on a day off does not move: expiry dates.
    package static let noRoll = PeriodOptions(rawValue: 8)

    /// The option of one word of the case files: `midnight`, `cutoff`, `service`, `noroll`.
    init?(word: some StringProtocol) {
        switch word.lowercased() {
        case "midnight": self = .midnight
        case "cutoff": self = .cutoff
        case "service": self = .service
        case "noroll", "no-roll": self = .noRoll
        default: return nil
        }
    }
}

/// How long one has: 45 minutes, 3 working days, 5 years.
package struct Period: Hashable, Codable, Sendable {
    /// How many; 0…10,000,000.
    package let quantity: Int
    /// Of what.
    package let unit: PeriodUnit
    /// Counted how.
    package let options: PeriodOptions

    /// The most one can ask for: far past any deadline, and small enough that no arithmetic overflows.
    package static let most = 10_000_000

    /// A period; a quantity outside 0…10,000,000 is brought to the nearest of the two.
    package init(_ quantity: Int, _ unit: PeriodUnit, options: PeriodOptions = []) {
        self.quantity = max(0, min(Period.most, quantity))
        self.unit = unit
        self.options = options
    }

    /// Reads `45 min`, `24 hour`, `2 service-hour`, `1 working-day`, `7 day`, `1 month`, `1 year`, also in the plural;
    /// nil for anything else.
    package init?(parsing text: String, options: PeriodOptions = []) {
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count == 2, parts[0].allSatisfy({ $0.isASCII && $0.isNumber }), let quantity = Int(parts[0]),
            quantity <= Period.most
        else { return nil }
        var word = parts[1].lowercased()
        if word.hasSuffix("s") { word.removeLast() }
        if word.hasSuffix("minute") { word = word.dropLast(6) + "min" }
        guard let unit = PeriodUnit.allCases.first(where: { $0.written == word }) else { return nil }
        self.init(quantity, unit, options: options)
    }

    /// Counted in days, months or years, and so ending with a day's business.
    package var isDayBased: Bool {
        switch unit {
        case .workingDay, .day, .month, .year: true
        case .minute, .hour, .serviceMinute, .serviceHour: false
        }
    }

    /// Runs only while the unit is open.
    package var isService: Bool {
        switch unit {
        case .serviceMinute, .serviceHour: true
        case .minute, .hour: options.contains(.service)
        case .workingDay, .day, .month, .year: false
        }
    }

    /// The length in milliseconds of what is counted in minutes or hours; 0 for days.
    var milliseconds: Int64 {
        switch unit {
        case .minute, .serviceMinute: Int64(quantity) * 60_000
        case .hour, .serviceHour: Int64(quantity) * 3_600_000
        case .workingDay, .day, .month, .year: 0
        }
    }

    /// The period in words: `3 个工作日`, `3 working days`.
    package var words: Text {
        let names: (String, String) =
            switch unit {
            case .minute: isService ? ("营业分钟", "service minute") : ("分钟", "minute")
            case .hour: isService ? ("营业小时", "service hour") : ("小时", "hour")
            case .serviceMinute: ("营业分钟", "service minute")
            case .serviceHour: ("营业小时", "service hour")
            case .workingDay: ("个工作日", "working day")
            case .day: ("天", "day")
            case .month: ("个月", "month")
            case .year: ("年", "year")
            }
        return Text("\(quantity) \(names.0)", "\(quantity) \(names.1)\(quantity == 1 ? "" : "s")")
    }
}

extension Period: CustomStringConvertible {
    /// As the pack writes it: `45 min`.
    package var description: String { "\(quantity) \(unit.written)" }
}
