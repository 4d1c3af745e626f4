/// What a day is on the statutory calendar.
package enum DayKind: Hashable, Codable, Sendable {
    /// An ordinary working day.
    case working
    /// A Saturday or Sunday off.
    case weekend
    /// A day off by notice or by law, with its name (`春节`).
    case holiday(name: String)
    /// A working day although it falls on a weekend (调休上班), with the holiday it makes up for.
    case makeUp(name: String)
    /// A day off by order of the company.
    case closed(reason: String)

    /// Whether the day counts as a working day.
    package var isWorking: Bool {
        switch self {
        case .working, .makeUp: true
        case .weekend, .holiday, .closed: false
        }
    }

    /// Whether `PH` of opening hours applies: days off by notice or law, not ordinary weekends.
    package var isHoliday: Bool {
        if case .holiday = self { return true }
        return false
    }

    /// The kind in words: `调休上班`, `a make-up working day`.
    package var words: Text {
        switch self {
        case .working: Text("工作日", "a working day")
        case .weekend: Text("周末", "weekend")
        case .holiday(let name): Text(name.isEmpty ? "放假" : name, HolidayNames.english(name) ?? "a day off")
        case .makeUp: Text("调休上班", "a make-up working day")
        case .closed(let reason): Text(reason.isEmpty ? "停业" : reason, reason.isEmpty ? "closed" : reason)
        }
    }
}

/// English names of China's holidays, for explanations; the notices name them in Chinese only.
enum HolidayNames {
    static func english(_ name: String) -> String? {
        guard !name.isEmpty else { return nil }
        let known = name.split(separator: "、").map { part in names[String(part)] ?? String(part) }
        return known.joined(separator: " and ")
    }

    private static let names = [
        "元旦": "New Year", "春节": "Spring Festival", "除夕": "Spring Festival's Eve", "清明节": "Qingming",
        "清明": "Qingming", "劳动节": "Labour Day", "端午节": "Dragon Boat Festival", "端午": "Dragon Boat Festival",
        "中秋节": "Mid-Autumn Festival", "中秋": "Mid-Autumn Festival", "国庆节": "National Day",
        "国庆": "National Day",
    ]
}
