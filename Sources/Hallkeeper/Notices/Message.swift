import Store
import WorkCalendar

/// A step of a ladder has been taken: written once, whoever wins.
struct TakenStep: Sendable, Kept {
    var place: Place.ID
    var duty: Duty.ID
    var step: Int
    var at: Instant

    static let table = Table(name: "step", key: ["place", "duty", "step"], columns: ["place", "duty", "step", "at"])
    var values: [Value] { [.text(place), .text(duty), step.bound, at.bound] }
}

extension TakenStep {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), duty: try row.text("duty"), step: Int(try row.int("step")),
            at: try row.instant("at"))
    }
}

/// What is to be told, written in the act: who receives it is asked when its send window opens.
struct Outgoing: Sendable, Kept {
    enum State: String, Sendable { case waiting, sent, moot }
    var place: Place.ID
    var duty: Duty.ID
    var step: Int
    /// Roles, separated by commas; `who` is whoever owes the duty.
    var tell: String
    var immediate: Bool
    /// Not before this moment.
    var opens: Instant
    var state: State

    static let table = Table(
        name: "outbox", key: ["place", "duty", "step"],
        columns: ["place", "duty", "step", "tell", "immediate", "opens", "state"])
    var values: [Value] {
        [.text(place), .text(duty), step.bound, .text(tell), immediate.bound, opens.bound, .text(state.rawValue)]
    }
}

extension Outgoing {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), duty: try row.text("duty"), step: Int(try row.int("step")),
            tell: try row.text("tell"), immediate: try row.int("immediate") != 0, opens: try row.instant("opens"),
            state: State(rawValue: try row.text("state")) ?? .waiting)
    }
}

/// A message in one person's inbox, with why they get it: `role:<id>` or `owes`.
struct Message: Sendable, Kept {
    var place: Place.ID
    var duty: Duty.ID
    var step: Int
    var person: Person.ID
    var why: String
    var at: Instant
    var readAt: Instant?

    static let table = Table(
        name: "inbox", key: ["place", "duty", "step", "person"],
        columns: ["place", "duty", "step", "person", "why", "at", "read_at"])
    var values: [Value] {
        [.text(place), .text(duty), step.bound, .text(person), .text(why), at.bound, readAt.bound]
    }
}

extension Message {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), duty: try row.text("duty"), step: Int(try row.int("step")),
            person: try row.text("person"), why: try row.text("why"), at: try row.instant("at"),
            readAt: try row.optionalInstant("read_at"))
    }
}
