import Store
import WorkCalendar

/// One version of a hall's floor plan; the newest is shown, the older ones stay.
struct FloorPlan: Sendable, Kept {
    typealias ID = String
    var place: Place.ID
    var id: ID
    /// The picture, by the hash of its bytes.
    var blob: String
    var media: String
    /// In pixels, or in the units of the drawing.
    var width: Int
    var height: Int
    var by: String
    var at: Instant

    static let table = Table(
        name: "floor_plan", key: ["place", "id"], columns: ["place", "id", "blob", "media", "width", "height", "by_person", "at"])
    var values: [Value] {
        [.text(place), .text(id), .text(blob), .text(media), width.bound, height.bound, .text(by), at.bound]
    }
}

extension FloorPlan {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), blob: try row.text("blob"), media: try row.text("media"),
            width: Int(try row.int("width")), height: Int(try row.int("height")), by: try row.text("by_person"),
            at: try row.instant("at"))
    }

    /// The one in use; nil before the first.
    static func current(at place: Place.ID, _ tx: any Reading) throws -> FloorPlan? {
        try tx.one("select * from floor_plan where place = \(place) order by id desc limit 1").map(FloorPlan.init(row:))
    }
}

/// Where a zone, a point or a thing of the register stands on the plan. It outlives the picture: a new drawing of the same hall keeps its marks.
struct PlanMark: Sendable, Kept {
    enum Kind: String, Sendable { case zone, point, thing }
    var place: Place.ID
    var kind: Kind
    /// A zone by its id in the pack, a point as `form/point`, a thing by its id.
    var target: String
    /// Thousandths of the width and of the height, from the upper left corner.
    var x: Int
    var y: Int
    var by: String
    var at: Instant
    var removed: Instant?

    static let table = Table(
        name: "plan_mark", key: ["place", "kind", "target"],
        columns: ["place", "kind", "target", "x", "y", "by_person", "at", "removed"])
    var values: [Value] {
        [.text(place), .text(kind.rawValue), .text(target), x.bound, y.bound, .text(by), at.bound, removed.bound]
    }
}

extension PlanMark {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), kind: Kind(rawValue: try row.text("kind")) ?? .zone, target: try row.text("target"),
            x: Int(try row.int("x")), y: Int(try row.int("y")), by: try row.text("by_person"), at: try row.instant("at"),
            removed: try row.optionalInstant("removed"))
    }

    /// Those that stand on the plan, in a stable order.
    static func all(at place: Place.ID, _ tx: any Reading) throws -> [PlanMark] {
        try tx.rows("select * from plan_mark where place = \(place) and removed is null order by kind desc, target").map(PlanMark.init(row:))
    }
}
