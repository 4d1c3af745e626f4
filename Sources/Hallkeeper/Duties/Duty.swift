import Regulation
import Store
import WorkCalendar

/// What somebody owes at a place by a time, because of a rule. Identity: rule × place × subject × occasion.
struct Duty: Hashable, Sendable {
    typealias ID = String

    enum State: String, Sendable, CaseIterable {
        case open, done, late, missed, waived
        case notRequired = "not-required"
    }

    var place: Place.ID
    var id: ID
    var rule: String
    var subject: String
    var occasion: String
    /// The pack version it was opened under; it keeps it to its end.
    var pack: String
    var day: Day
    var opens: Instant
    /// The last instant that is on time (民法典 1259: 以内 includes it).
    var due: Instant
    /// The deadline it began with; extensions and new calendars move `due` only.
    var firstDue: Instant
    /// After this it is missed for good; nil: never.
    var lapses: Instant?
    var role: String
    /// The place whose roster says who fills the role.
    var seat: Place.ID
    /// The form that ends it, or "".
    var form: String
    /// The event that ends it, or "".
    var endsOn: String
    var state: State
    /// Handed to this person; "" is whoever fills the role.
    var holder: Person.ID
    /// The event or duty it came of, or "" for the plan of the day.
    var cause: String
    var doneBy: Person.ID
    /// When it was done, as claimed; `receivedAt` is when the program learned of it.
    var doneAt: Instant?
    var receivedAt: Instant?
    var record: String
    /// Why it was waived or is not required: the id of a personal text, or a JSON text of the program's own.
    var note: String
    /// When the clock has to look at it next: the next step of the ladder, or the lapse. Nil once it has ended.
    var nextAt: Instant?
    var nextStep: Int
    var provisional: Bool
    /// Why the deadline is what it is, line by line; as kept, since most who read a duty never look at it.
    private var reasonsText: String
    var reasons: [Text] {
        get { [Text](json: (try? JSON(parsing: Array(reasonsText.utf8))) ?? .null) }
        set { reasonsText = newValue.json.text }
    }

    var isOpen: Bool { state == .open }
    /// The thing on a register it is about (`item:<id>`), or "": what is found wanting there is found of that thing.
    var thing: String { subject.hasPrefix(Item.prefix) ? subject : "" }
}

extension Duty: Kept {
    static let table = Table(
        name: "duty", key: ["place", "id"],
        columns: [
            "place", "id", "rule", "subject", "occasion", "pack", "day", "opens", "due", "first_due", "lapses", "role",
            "seat", "form", "ends_on", "state", "holder", "cause", "done_by", "done_at", "received_at", "record", "note",
            "next_at", "next_step", "provisional", "reasons",
        ])

    var values: [Value] {
        [
            .text(place), .text(id), .text(rule), .text(subject), .text(occasion), .text(pack), day.bound, opens.bound,
            due.bound, firstDue.bound, lapses.bound, .text(role), .text(seat), .text(form), .text(endsOn),
            .text(state.rawValue), .text(holder), .text(cause), .text(doneBy), doneAt.bound, receivedAt.bound,
            .text(record), .text(note), nextAt.bound, nextStep.bound, provisional.bound,
            .text(reasonsText),
        ]
    }

    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), rule: try row.text("rule"),
            subject: try row.text("subject"), occasion: try row.text("occasion"), pack: try row.text("pack"),
            day: try row.day("day"), opens: try row.instant("opens"), due: try row.instant("due"),
            firstDue: try row.instant("first_due"), lapses: try row.optionalInstant("lapses"),
            role: try row.text("role"), seat: try row.text("seat"), form: try row.text("form"),
            endsOn: try row.text("ends_on"), state: State(rawValue: try row.text("state")) ?? .open,
            holder: try row.text("holder"), cause: try row.text("cause"), doneBy: try row.text("done_by"),
            doneAt: try row.optionalInstant("done_at"), receivedAt: try row.optionalInstant("received_at"),
            record: try row.text("record"), note: try row.text("note"), nextAt: try row.optionalInstant("next_at"),
            nextStep: Int(try row.int("next_step")), provisional: try row.int("provisional") != 0,
            reasonsText: try row.text("reasons"))
    }
}

extension Duty {
    /// What is open about a subject, the nearest deadline first, at a place or anywhere; nothing is owed about "". Asked by the
    /// subject alone: a place may owe thousands of others.
    static func open(about subject: String, at place: Place.ID? = nil, _ tx: any Reading) throws -> [Duty] {
        guard !subject.isEmpty else { return [] }
        return try tx.rows("select * from duty where subject <> '' and subject = \(subject) and state = 'open' order by due, id").map(Duty.init(row:))
            .filter { place == nil || $0.place == place }
    }
}

extension Duty {
    init(
        place: Place.ID, id: ID, rule: String, subject: String, occasion: String, pack: String, day: Day, opens: Instant, due: Instant,
        firstDue: Instant, lapses: Instant?, role: String, seat: Place.ID, form: String, endsOn: String, state: State, holder: Person.ID,
        cause: String, doneBy: Person.ID, doneAt: Instant?, receivedAt: Instant?, record: String, note: String, nextAt: Instant?,
        nextStep: Int, provisional: Bool, reasons: [Text]
    ) {
        self.init(
            place: place, id: id, rule: rule, subject: subject, occasion: occasion, pack: pack, day: day, opens: opens, due: due,
            firstDue: firstDue, lapses: lapses, role: role, seat: seat, form: form, endsOn: endsOn, state: state, holder: holder,
            cause: cause, doneBy: doneBy, doneAt: doneAt, receivedAt: receivedAt, record: record, note: note, nextAt: nextAt,
            nextStep: nextStep, provisional: provisional, reasonsText: reasons.json.text)
    }
}

extension [Text] {
    /// As kept: `[["zh","en"],…]`.
    var json: JSON { .array(map { .array([.string($0.zh), .string($0.en)]) }) }

    init(json: JSON) {
        guard case .array(let lines) = json else {
            self = []
            return
        }
        self = lines.compactMap {
            guard case .array(let pair) = $0, pair.count == 2, case .string(let zh) = pair[0],
                case .string(let en) = pair[1]
            else { return nil }
            return Text(zh, en)
        }
    }
}

extension JSON {
    /// The canonical bytes as a string, the shape in which JSON stands in a column.
    var text: String { String(decoding: canonical, as: UTF8.self) }
}
