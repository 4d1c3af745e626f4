import Store
import WorkCalendar

/// A version of a pack, known by the hash of its content; immutable.
struct PackVersion: Sendable, Kept {
    var place: Place.ID
    var hash: String
    var pack: String
    var edition: String
    var by: String
    var at: Instant
    static let table = Table(
        name: "pack_version", key: ["place", "hash"], columns: ["place", "hash", "pack", "edition", "by_person", "at"])
    var values: [Value] { [.text(place), .text(hash), .text(pack), .text(edition), .text(by), at.bound] }
}

extension PackVersion {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), hash: try row.text("hash"), pack: try row.text("pack"),
            edition: try row.text("edition"), by: try row.text("by_person"), at: try row.instant("at"))
    }
}

/// One file of a version, as it was published.
struct PackText: Sendable, Kept {
    var place: Place.ID
    var hash: String
    var name: String
    var body: String
    static let table = Table(
        name: "pack_file", key: ["place", "hash", "name"], columns: ["place", "hash", "name", "body"])
    var values: [Value] { [.text(place), .text(hash), .text(name), .text(body)] }
}

extension PackText {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), hash: try row.text("hash"), name: try row.text("name"),
            body: try row.text("body"))
    }
}

/// From this day the version is in force.
struct PackForce: Sendable, Kept {
    var place: Place.ID
    var from: Day
    var hash: String
    var by: String
    var at: Instant
    static let table = Table(
        name: "pack_force", key: ["place", "from_day"], columns: ["place", "from_day", "hash", "by_person", "at"])
    var values: [Value] { [.text(place), from.bound, .text(hash), .text(by), at.bound] }
}

extension PackForce {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), from: try row.day("from_day"), hash: try row.text("hash"),
            by: try row.text("by_person"), at: try row.instant("at"))
    }
}

/// A loaded notice of days off and make-up days; `body` is the notice as it was read.
struct CalendarNoticeRow: Sendable, Kept {
    var place: Place.ID
    /// `national`, `regional`, `company`.
    var level: String
    var year: Int
    var body: String
    var reason: String
    var by: String
    var at: Instant
    static let table = Table(
        name: "calendar_notice", key: ["place", "level", "year"],
        columns: ["place", "level", "year", "body", "reason", "by_person", "at"])
    var values: [Value] {
        [.text(place), .text(level), year.bound, .text(body), .text(reason), .text(by), at.bound]
    }
}

extension CalendarNoticeRow {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), level: try row.text("level"), year: Int(try row.int("year")),
            body: try row.text("body"), reason: try row.text("reason"), by: try row.text("by_person"),
            at: try row.instant("at"))
    }
}

/// Something that happened and was reported, with what it carried.
struct EventRow: Sendable, Kept {
    var place: Place.ID
    var id: String
    var kind: String
    var subject: String
    /// field → value, as canonical JSON; texts are ids of personal texts, written `personal:<id>`.
    var fields: String
    var by: String
    var at: Instant
    var recorded: Instant
    /// `hall` or `company`.
    var scope: String
    static let table = Table(
        name: "event", key: ["place", "id"],
        columns: ["place", "id", "kind", "subject", "fields", "by_person", "at", "recorded", "scope"])
    var values: [Value] {
        [
            .text(place), .text(id), .text(kind), .text(subject), .text(fields), .text(by), at.bound, recorded.bound,
            .text(scope),
        ]
    }
}

extension EventRow {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), kind: try row.text("kind"),
            subject: try row.text("subject"), fields: try row.text("fields"), by: try row.text("by_person"),
            at: try row.instant("at"), recorded: try row.instant("recorded"), scope: try row.text("scope"))
    }
}

/// What concerns many places, worked in chunks: the cursor is the last place done.
struct Fanout: Sendable, Kept {
    enum State: String, Sendable { case running, done }
    var place: Place.ID
    var id: String
    /// `event`, `pack`, `calendar`.
    var kind: String
    /// The event's id, the pack's hash and day, or the notice's year.
    var event: String
    var cursor: Place.ID
    var done: Int
    var total: Int
    var state: State

    /// Whether nobody has worked it further than that.
    func isStill(at cursor: Place.ID) -> Bool { state == .running && self.cursor == cursor }

    static let table = Table(
        name: "fanout", key: ["place", "id"],
        columns: ["place", "id", "kind", "event", "at_place", "done", "total", "state"])
    var values: [Value] {
        [
            .text(place), .text(id), .text(kind), .text(event), .text(cursor), done.bound, total.bound,
            .text(state.rawValue),
        ]
    }
}

extension Fanout {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), kind: try row.text("kind"),
            event: try row.text("event"), cursor: try row.text("at_place"), done: Int(try row.int("done")),
            total: Int(try row.int("total")), state: State(rawValue: try row.text("state")) ?? .running)
    }
}
