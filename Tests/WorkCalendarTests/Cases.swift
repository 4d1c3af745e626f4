import Foundation

@testable import WorkCalendar

/// The files beside the tests and the calendars the program ships.
enum Cases {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// The text of a file of cases.
    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: "cases/\(name)"), encoding: .utf8)
    }

    /// The notice of a year as the program ships it.
    static func notice(_ year: Int) throws -> String {
        let root = folder.resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "calendars/cn/\(year).yaml"), encoding: .utf8)
    }

    /// The statutory calendar 2018–2026, as shipped.
    static let calendar: StatutoryCalendar = {
        let layers = (2018...2026).compactMap { year in
            (try? notice(year)).flatMap { try? CalendarNotice(parsing: $0) }?.layer(author: "program")
        }
        return StatutoryCalendar(layers: layers)
    }()
}

extension Cases {
    /// The rows of the first table after a heading of the rules in prose, cells without their back quotes.
    static func table(after heading: String) throws -> [[String]] {
        let root = folder.resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/rules/deadlines.md"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.drop { $0 != "## \(heading)" }.dropFirst()
            .drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        return body.dropFirst(2).map { line in
            line.dropFirst().dropLast().split(separator: "|").map { cell in
                cell.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
        }
    }

    /// The office of the case files: working days, 08:30–12:00 and 14:00–17:30.
    static func office(_ calendar: StatutoryCalendar = calendar) throws -> WorkUnit {
        WorkUnit(
            hours: try OpeningHours(parsing: "Mo-Fr 08:30-12:00,14:00-17:30"), calendar: calendar,
            keepsWorkingDays: true)
    }

    /// A local time in China; the test fails where it cannot be read.
    static func at(_ text: String) throws -> Instant {
        guard let instant = Zone.shanghai.parse(text) else { throw CaseMistake(Text(text, text)) }
        return instant
    }

    /// A day; the test fails where it cannot be read.
    static func day(_ text: String) throws -> Day {
        guard let day = Day(text) else { throw CaseMistake(Text(text, text)) }
        return day
    }
}
