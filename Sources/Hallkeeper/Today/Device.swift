import Store
import WorkCalendar

/// A wall screen: one hall, read only, by a token whose hash is kept.
struct Device: Sendable, Kept {
    var place: Place.ID
    var id: String
    var name: String
    var token: String
    var by: String
    var at: Instant
    var revoked: Instant?
    static let table = Table(
        name: "device", key: ["place", "id"], columns: ["place", "id", "name", "token", "by_person", "at", "revoked"])
    var values: [Value] { [.text(place), .text(id), .text(name), .text(token), .text(by), at.bound, revoked.bound] }
}

extension Device {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), name: try row.text("name"),
            token: try row.text("token"), by: try row.text("by_person"), at: try row.instant("at"),
            revoked: try row.optionalInstant("revoked"))
    }
}
