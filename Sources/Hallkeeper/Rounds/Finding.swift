import Store
import WorkCalendar

/// A point found wanting. It must be rectified; its whole life (re-check, relapse) belongs to rounds.
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

    static let table = Table(
        name: "finding", key: ["place", "id"],
        columns: [
            "place", "id", "record", "form", "point", "clause", "severity", "state", "note", "photos", "by_person", "at",
            "rectified_by", "rectified_at", "rectify_note", "rectify_photos",
        ])
    var values: [Value] {
        [
            .text(place), .text(id), .text(record), .text(form), .text(point), .text(clause), .text(severity),
            .text(state.rawValue), .text(note), .text(photos), .text(by), at.bound, .text(rectifiedBy),
            rectifiedAt.bound, .text(rectifyNote), .text(rectifyPhotos),
        ]
    }
}

extension Finding {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), record: try row.text("record"),
            form: try row.text("form"), point: try row.text("point"), clause: try row.text("clause"),
            severity: try row.text("severity"), state: State(rawValue: try row.text("state")) ?? .open,
            note: try row.text("note"), photos: try row.text("photos"), by: try row.text("by_person"),
            at: try row.instant("at"), rectifiedBy: try row.text("rectified_by"),
            rectifiedAt: try row.optionalInstant("rectified_at"), rectifyNote: try row.text("rectify_note"),
            rectifyPhotos: try row.text("rectify_photos"))
    }

    /// Put right, by somebody, with a word and photos.
    func rectified(by person: Person.ID, note: String, photos: String, at moment: Instant) throws -> Change<Finding> {
        guard state == .open else { throw Refusal.conflict(Text("这个问题已经整改过了。", "This finding has already been put right.")) }
        var next = self
        next.state = .rectified
        next.rectifiedBy = person
        next.rectifiedAt = moment
        next.rectifyNote = note
        next.rectifyPhotos = photos
        return Change(
            next,
            Event(
                kind: "finding.rectified", about: "finding:\(id)", at: moment,
                fields: ["severity": severity, "point": point, "clause": clause, "form": form]))
    }

    /// Re-checked (复查) by somebody else than whoever put it right: closed, or open again.
    func rechecked(by person: Person.ID, isRight: Bool, at moment: Instant) throws -> Change<Finding> {
        guard state == .rectified else {
            throw Refusal.conflict(Text("还没有整改，不能复查。", "It has not been put right yet, so it cannot be re-checked."))
        }
        if person == rectifiedBy {
            throw Refusal.notAllowed(Text("整改的人不能自己复查。", "Whoever put it right does not re-check it."))
        }
        var next = self
        next.state = isRight ? .rechecked : .open
        let fields = ["severity": severity, "point": point, "clause": clause, "form": form]
        return Change(
            next,
            Event(kind: isRight ? "finding.rechecked" : "finding.recorded", about: "finding:\(id)", at: moment, fields: fields))
    }
}
