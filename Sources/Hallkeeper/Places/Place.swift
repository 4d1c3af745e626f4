import Regulation
import Store
import WorkCalendar

/// A node of the tree: company, department, call centre, hall, contractor. `id` is an ID's text; the company's parent is "".
struct Place: Hashable, Sendable, Kept {
    typealias ID = String
    /// Every kind there is, in the order of lists.
    static let kinds = ["company", "department", "call-centre", "unit", "hall", "contractor"]
    var id: ID
    /// `company`, `hall`, `call-centre`, `department`, `unit`, `contractor`.
    var kind: String
    var parent: ID
    /// The short name used in imports and, for departments, in the pack's `department:<code>`.
    var code: String
    var name: Text
    /// OpenStreetMap's notation; "" for a place that keeps the company's office hours.
    var hours: String
    var zone: String
    /// Its first day: nothing is owed before.
    var starts: Day
    /// The last day whose duties have been planned.
    var planned: Day
    var ended: Instant?

    /// The same without how far it is planned, which changes each day.
    var standing: Place {
        var copy = self
        copy.planned = starts
        return copy
    }

    /// The word rules bind by: `hall`, `call-centre`, `company`, `department:<code>` …
    var boundKind: String { kind == "department" ? "department:\(code)" : kind }

    /// Whether a role that sits as the pack says is filled here.
    func seats(_ sits: String) -> Bool { sits == kind || sits == boundKind }

    static let table = Table(
        name: "place", key: ["place"],
        columns: ["place", "kind", "parent", "code", "name_zh", "name_en", "hours", "zone", "starts", "planned", "ended"])

    var values: [Value] {
        [
            .text(id), .text(kind), .text(parent), .text(code), .text(name.zh), .text(name.en), .text(hours),
            .text(zone), .text(starts.description), .text(planned.description), ended.bound,
        ]
    }
}

extension Place {
    init(row: Row) throws {
        self.init(
            id: try row.text("place"), kind: try row.text("kind"), parent: try row.text("parent"),
            code: try row.text("code"), name: Text(try row.text("name_zh"), try row.text("name_en")),
            hours: try row.text("hours"), zone: try row.text("zone"), starts: try row.day("starts"),
            planned: try row.day("planned"), ended: try row.optionalInstant("ended"))
    }
}

/// What a hall answered about a trait: do conditions exist (有条件的), is it installed; with why, by whom and when.
struct TraitRow: Sendable, Kept {
    var place: Place.ID
    var trait: String
    var answer: TraitAnswer
    var reason: String
    var by: String
    var at: Instant

    static let table = Table(
        name: "trait_answer", key: ["place", "trait"],
        columns: ["place", "trait", "conditions", "installed", "reason", "by_person", "at"])
    var values: [Value] {
        [.text(place), .text(trait), answer.conditions.bound, answer.installed.bound, .text(reason), .text(by), at.bound]
    }
    init(place: Place.ID, trait: String, answer: TraitAnswer, reason: String, by: String, at: Instant) {
        (self.place, self.trait, self.answer, self.reason, self.by, self.at) = (place, trait, answer, reason, by, at)
    }
    init(row: Row) throws {
        let flag = { (column: String) in try row.optionalInt(column).map { $0 != 0 } }
        self.init(
            place: try row.text("place"), trait: try row.text("trait"),
            answer: TraitAnswer(conditions: try flag("conditions"), installed: try flag("installed")),
            reason: try row.text("reason"), by: try row.text("by_person"), at: try row.instant("at"))
    }
}

/// A day a place is closed by order (flood, power cut): its rounds are "not required", not "missed" (domain §1.4-6).
struct Closure: Sendable, Kept {
    var place: Place.ID
    var day: Day
    var reason: String
    var by: String
    var at: Instant
    var ended: Instant?

    static let table = Table(
        name: "closure", key: ["place", "day"], columns: ["place", "day", "reason", "by_person", "at", "ended"])
    var values: [Value] { [.text(place), day.bound, .text(reason), .text(by), at.bound, ended.bound] }
    init(place: Place.ID, day: Day, reason: String, by: String, at: Instant, ended: Instant? = nil) {
        (self.place, self.day, self.reason, self.by, self.at, self.ended) = (place, day, reason, by, at, ended)
    }
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), day: try row.day("day"), reason: try row.text("reason"),
            by: try row.text("by_person"), at: try row.instant("at"), ended: try row.optionalInstant("ended"))
    }
}
