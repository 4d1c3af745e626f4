import Regulation
import Store
import WorkCalendar

/// A point a hall added to one of the company's rounds. It is asked in the duties that open from then on until it is ended;
/// what was answered before stays readable.
struct OwnPoint: Sendable, Kept, Hashable {
    var place: Place.ID
    var form: String
    /// `own-1`, `own-2` …: no point of a pack begins so.
    var id: String
    var title: Text
    /// What good looks like; may be empty.
    var good: Text
    /// The clause it looks after, or "".
    var clause: String
    /// The zone it stands in, or "".
    var zone: String
    /// Whose point it is where the round is shared out by role, or "".
    var role: String
    var by: Person.ID
    var at: Instant
    var ended: Instant?

    static let prefix = "own-"

    static let table = Table(
        name: "own_point", key: ["place", "form", "id"],
        columns: ["place", "form", "id", "title_zh", "title_en", "good_zh", "good_en", "clause", "zone", "role", "by_person", "at", "ended"])
    var values: [Value] {
        [
            .text(place), .text(form), .text(id), .text(title.zh), .text(title.en), .text(good.zh), .text(good.en), .text(clause), .text(zone),
            .text(role), .text(by), at.bound, ended.bound,
        ]
    }

    /// As a point of the form.
    func field(in pack: Pack) -> Field {
        var field = Field(id: id, title: title, kind: .point)
        field.good = good.zh.isEmpty ? nil : good
        field.clause = clause.isEmpty ? nil : clause
        field.zone = pack.zone(zone)
        field.role = role.isEmpty ? nil : role
        return field
    }
}

extension OwnPoint {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), form: try row.text("form"), id: try row.text("id"),
            title: Text(try row.text("title_zh"), try row.text("title_en")), good: Text(try row.text("good_zh"), try row.text("good_en")),
            clause: try row.text("clause"), zone: try row.text("zone"), role: try row.text("role"), by: try row.text("by_person"),
            at: try row.instant("at"), ended: try row.optionalInstant("ended"))
    }
}

/// How a point looks in this hall when it is good. An empty hash: it was taken away.
struct ReferencePhoto: Sendable, Kept {
    var place: Place.ID
    var form: String
    var point: String
    var hash: String
    var by: Person.ID
    var at: Instant

    static let table = Table(
        name: "reference_photo", key: ["place", "form", "point"], columns: ["place", "form", "point", "hash", "by_person", "at"])
    var values: [Value] { [.text(place), .text(form), .text(point), .text(hash), .text(by), at.bound] }
}

extension ReferencePhoto {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), form: try row.text("form"), point: try row.text("point"), hash: try row.text("hash"),
            by: try row.text("by_person"), at: try row.instant("at"))
    }
}

/// Forms as a place has them: the rulebook's, and in rounds the points the hall added of its own.
struct PlaceForms {
    let tx: any Reading

    /// With every own point there ever was: for the words of what was answered.
    func form(_ id: String, in pack: Pack, at place: Place.ID) throws -> Form? {
        try whole(id, in: pack, at: place) { _ in true }
    }

    /// As a duty asks it: with the own points that stood when it opened, so that a round begun stays as it was.
    func asked(by duty: Duty, in pack: Pack) throws -> Form? {
        try whole(duty.form, in: pack, at: duty.place) { $0.at <= duty.opens && $0.ended.map { $0 > duty.opens } ?? true }
    }

    /// As it stands now.
    func standing(_ id: String, in pack: Pack, at place: Place.ID) throws -> Form? {
        try whole(id, in: pack, at: place) { $0.ended == nil }
    }

    /// Own points of one round at one place, in the order they were added.
    func own(_ form: String, at place: Place.ID) throws -> [OwnPoint] {
        try tx.rows("select * from own_point where place = \(place) and form = \(form) order by at, id").map(OwnPoint.init(row:))
    }

    /// point → hash of the photo of how it looks here when it is good.
    func references(_ form: String, at place: Place.ID) throws -> [String: String] {
        var found: [String: String] = [:]
        for row in try tx.rows("select point, hash from reference_photo where place = \(place) and form = \(form) and hash <> ''") {
            found[try row.text("point")] = try row.text("hash")
        }
        return found
    }

    private func whole(_ id: String, in pack: Pack, at place: Place.ID, where holds: (OwnPoint) -> Bool) throws -> Form? {
        guard var form = pack.form(id), form.isRound else { return pack.form(id) }
        for point in try own(id, at: place) where holds(point) {
            let field = point.field(in: pack)
            // Where one stands anyway: after the last point of the same zone.
            let place = form.fields.lastIndex { $0.zone != nil && $0.zone == field.zone }
            form.fields.insert(field, at: place.map { $0 + 1 } ?? form.fields.count)
        }
        return form
    }
}

/// What points are called, also those that no rulebook in force has any more and those a hall added.
struct PointNames {
    private let packs: [Pack]
    private let own: [String: OwnPoint]
    private let things: [String: Item]

    /// For these places: the rulebook in force first, then those before it, the newest first.
    init(at places: [Place.ID], _ pack: PackInForce, _ hall: Hallkeeper, _ tx: any Reading, things subjects: [String] = []) throws {
        things = try Item.named(subjects, at: places, tx)
        let older = try tx.rows("select hash from pack_force where hash <> \(pack.hash) order by from_day desc limit 20").map { try $0.text("hash") }
        packs = try [pack.pack] + older.map { try hall.packs.pack($0, tx).pack }
        own = Dictionary(
            try tx.rows("select * from own_point where place in \(list: places)").map(OwnPoint.init(row:)).map { ("\($0.place)/\($0.form)/\($0.id)", $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// What the thing is called that a finding is about.
    func thing(_ subject: String) -> Text? { packs.first.flatMap { things[subject]?.title($0) } }

    /// The point as a field; nil for what is none (a late duty put on record as a finding).
    func field(_ point: String, of form: String, at place: Place.ID) -> Field? {
        if let found = own["\(place)/\(form)/\(point)"] { return packs.first.map(found.field(in:)) }
        return packs.lazy.compactMap { $0.form(form)?.field(point) }.first
    }
}
