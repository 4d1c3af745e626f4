import Store
import WorkCalendar

/// A point found wanting: found → rectified → re-checked by somebody else → closed, or open again. Its life is in
/// `FindingLife.swift`, its rules in docs/rules/rounds.md.
struct Finding: Sendable, Kept {
    typealias ID = String
    enum State: String, Sendable { case open, rectified, rechecked }

    var place: Place.ID
    var id: ID
    var record: Record.ID
    var form: String
    var point: String
    var clause: String
    /// `minor`, `serious`, `danger`.
    var severity: String
    var state: State
    /// The id of the personal text that says what was wrong, or "".
    var note: String
    /// Hashes of the photos, separated by commas.
    var photos: String
    var by: Person.ID
    var at: Instant
    var rectifiedBy: Person.ID = ""
    var rectifiedAt: Instant?
    var rectifyNote: String = ""
    var rectifyPhotos: String = ""
    /// How often it was found while it was not closed.
    var times: Int = 1
    /// When it was last found.
    var lastAt: Instant
    /// The finding at the same point that was closed less than thirty days before, or "".
    var relapseOf: ID = ""
    var recheckedBy: Person.ID = ""
    var recheckedAt: Instant?
    var recheckNote: String = ""
    /// How often a re-check sent it back.
    var reopened: Int = 0
    /// Who closed off the place because of it, and when.
    var closedOffBy: Person.ID = ""
    var closedOffAt: Instant?
    /// The thing it is about (`item:<id>`), or "".
    var subject: String = ""

    init(
        place: Place.ID, id: ID, record: Record.ID, form: String, point: String, clause: String, severity: String,
        note: String, photos: String, by: Person.ID, at: Instant, relapseOf: ID = "", subject: String = ""
    ) {
        (self.place, self.id, self.record, self.form, self.point) = (place, id, record, form, point)
        (self.clause, self.severity, self.note, self.photos) = (clause, severity, note, photos)
        (self.by, self.at, self.relapseOf, self.subject) = (by, at, relapseOf, subject)
        state = .open
        lastAt = at
    }

    static let table = Table(
        name: "finding", key: ["place", "id"],
        columns: [
            "place", "id", "record", "form", "point", "clause", "severity", "state", "note", "photos", "by_person", "at",
            "rectified_by", "rectified_at", "rectify_note", "rectify_photos", "times", "last_at", "relapse_of", "rechecked_by",
            "rechecked_at", "recheck_note", "reopened", "closed_off_by", "closed_off_at", "subject",
        ])
    var values: [Value] {
        [
            .text(place), .text(id), .text(record), .text(form), .text(point), .text(clause), .text(severity),
            .text(state.rawValue), .text(note), .text(photos), .text(by), at.bound, .text(rectifiedBy),
            rectifiedAt.bound, .text(rectifyNote), .text(rectifyPhotos), times.bound, lastAt.bound, .text(relapseOf),
            .text(recheckedBy), recheckedAt.bound, .text(recheckNote), reopened.bound, .text(closedOffBy), closedOffAt.bound, .text(subject),
        ]
    }

    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), record: try row.text("record"),
            form: try row.text("form"), point: try row.text("point"), clause: try row.text("clause"),
            severity: try row.text("severity"), note: try row.text("note"), photos: try row.text("photos"),
            by: try row.text("by_person"), at: try row.instant("at"), relapseOf: try row.text("relapse_of"), subject: try row.text("subject"))
        state = State(rawValue: try row.text("state")) ?? .open
        (rectifiedBy, rectifiedAt) = (try row.text("rectified_by"), try row.optionalInstant("rectified_at"))
        (rectifyNote, rectifyPhotos) = (try row.text("rectify_note"), try row.text("rectify_photos"))
        (times, lastAt) = (Int(try row.int("times")), try row.instant("last_at"))
        (recheckedBy, recheckedAt) = (try row.text("rechecked_by"), try row.optionalInstant("rechecked_at"))
        (recheckNote, reopened) = (try row.text("recheck_note"), Int(try row.int("reopened")))
        (closedOffBy, closedOffAt) = (try row.text("closed_off_by"), try row.optionalInstant("closed_off_at"))
    }

    /// What its events carry.
    var facts: [String: String] { ["severity": severity, "point": point, "clause": clause, "form": form] }
}
