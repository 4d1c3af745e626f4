import Regulation
import Store
import WorkCalendar

/// A form filled in: by whom, when, under which version of the pack. Never changed; a correction stands beside it.
struct Record: Sendable, Kept {
    typealias ID = String
    var place: Place.ID
    var id: ID
    var duty: Duty.ID
    var form: String
    var pack: String
    /// field id → what was answered; long texts are ids of personal texts, written `personal:<id>`.
    var answers: JSON
    var by: Person.ID
    /// When it was done, as claimed.
    var at: Instant
    /// When the program received it.
    var receivedAt: Instant
    /// The record this one corrects, or "".
    var corrects: ID
    /// Why it was corrected: the id of a personal text, or "".
    var note: String

    static let table = Table(
        name: "record", key: ["place", "id"],
        columns: ["place", "id", "duty", "form", "pack", "answers", "by_person", "at", "received_at", "corrects", "note"])
    var values: [Value] {
        [
            .text(place), .text(id), .text(duty), .text(form), .text(pack), .text(answers.text), .text(by), at.bound,
            receivedAt.bound, .text(corrects), .text(note),
        ]
    }
}

extension Record {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), duty: try row.text("duty"),
            form: try row.text("form"), pack: try row.text("pack"),
            answers: try JSON(parsing: Array(try row.text("answers").utf8)), by: try row.text("by_person"),
            at: try row.instant("at"), receivedAt: try row.instant("received_at"),
            corrects: try row.text("corrects"), note: try row.text("note"))
    }
}

/// Somebody put their name to a record with their PIN.
struct Signature: Sendable, Kept {
    var place: Place.ID
    var record: Record.ID
    var person: Person.ID
    var at: Instant

    static let table = Table(
        name: "signature", key: ["place", "record", "person"], columns: ["place", "record", "person", "at"])
    var values: [Value] { [.text(place), .text(record), .text(person), at.bound] }
}

extension Signature {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), record: try row.text("record"), person: try row.text("person"),
            at: try row.instant("at"))
    }
}
