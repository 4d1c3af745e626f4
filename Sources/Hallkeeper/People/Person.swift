import Store
import WorkCalendar

/// Somebody who works here. People are never deleted, only made inactive; the name stands among the personal texts.
struct Person: Hashable, Sendable, Kept {
    typealias ID = String
    /// The place they belong to (for a hall's people the hall).
    var place: Place.ID
    var id: ID
    var login: String
    /// The id of the personal text that holds the name.
    var nameID: String
    var language: Language
    /// `auto`, `light` or `dark`.
    var theme: String
    var active: Bool

    static let table = Table(
        name: "person", key: ["place", "person"],
        columns: ["place", "person", "login", "name", "language", "theme", "active"])
    var values: [Value] {
        [.text(place), .text(id), .text(login), .text(nameID), .text(language.rawValue), .text(theme), active.bound]
    }
}

extension Person {
    /// What somebody is called; nil for whoever is not among the people (the clock, a customer).
    static func name(_ person: ID, _ tx: any Reading) throws -> String? {
        try tx.one("select personal.text as name from person join personal on personal.id = person.name where person.person = \(person)")?.text("name")
    }

    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("person"), login: try row.text("login"),
            nameID: try row.text("name"), language: Language(rawValue: try row.text("language")) ?? .zh,
            theme: try row.text("theme"), active: try row.int("active") != 0)
    }
}

/// A person fills a role at a place from a day until a day (`9999-12-31`: until further notice).
struct RoleHolder: Hashable, Sendable, Kept {
    static let openEnd = Day("9999-12-31") ?? Day(number: 2_932_896)
    var place: Place.ID
    var role: String
    var person: Person.ID
    var from: Day
    var until: Day
    var by: String
    var at: Instant

    static let table = Table(
        name: "role_holder", key: ["place", "role", "person", "from_day"],
        columns: ["place", "role", "person", "from_day", "until_day", "by_person", "at"])
    var values: [Value] { [.text(place), .text(role), .text(person), from.bound, until.bound, .text(by), at.bound] }
}

extension RoleHolder {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), role: try row.text("role"), person: try row.text("person"),
            from: try row.day("from_day"), until: try row.day("until_day"), by: try row.text("by_person"),
            at: try row.instant("at"))
    }
}

/// One line of a day's roster that differs from the standing roles: somebody away, or somebody filling in.
struct RosterLine: Hashable, Sendable, Kept {
    var place: Place.ID
    var day: Day
    var role: String
    var person: Person.ID
    var present: Bool
    var reason: String
    var by: String
    var at: Instant

    static let table = Table(
        name: "roster", key: ["place", "day", "role", "person"],
        columns: ["place", "day", "role", "person", "present", "reason", "by_person", "at"])
    var values: [Value] {
        [.text(place), day.bound, .text(role), .text(person), present.bound, .text(reason), .text(by), at.bound]
    }
}

extension RosterLine {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), day: try row.day("day"), role: try row.text("role"),
            person: try row.text("person"), present: try row.int("present") != 0, reason: try row.text("reason"),
            by: try row.text("by_person"), at: try row.instant("at"))
    }
}

/// Somebody was trained in a topic, until a day (5.5-4).
struct Qualification: Hashable, Sendable, Kept {
    var place: Place.ID
    var person: Person.ID
    var topic: String
    var granted: Day
    var until: Day
    var by: String
    var at: Instant

    static let table = Table(
        name: "qualification", key: ["place", "person", "topic", "granted"],
        columns: ["place", "person", "topic", "granted", "until_day", "by_person", "at"])
    var values: [Value] {
        [.text(place), .text(person), .text(topic), granted.bound, until.bound, .text(by), at.bound]
    }
}

extension Qualification {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), person: try row.text("person"), topic: try row.text("topic"),
            granted: try row.day("granted"), until: try row.day("until_day"), by: try row.text("by_person"),
            at: try row.instant("at"))
    }
}
