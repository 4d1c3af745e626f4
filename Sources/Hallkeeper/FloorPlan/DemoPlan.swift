import Regulation
import Store
import WorkCalendar

/// A made-up floor plan for demo and tests: a room for each zone of a hall, in the order one walks, the zone's mark in its
/// middle, the things of the register along its lower wall.
struct DemoPlan: Sendable {
    let zones: [HallZone]
    private static let (width, height, columns) = (1200, 720, 4)
    private var rows: Int { max(1, (zones.count + Self.columns - 1) / Self.columns) }

    /// The middle of a zone's room, in thousandths.
    func middle(_ index: Int) -> (x: Int, y: Int) {
        ((2 * (index % Self.columns) + 1) * 1000 / (2 * Self.columns), (2 * (index / Self.columns) + 1) * 1000 / (2 * rows))
    }

    var svg: String {
        let (w, h) = (Self.width / Self.columns, Self.height / rows)
        let rooms = zones.enumerated().map { index, zone in
            let (x, y) = (index % Self.columns * w, index / Self.columns * h)
            return "<rect x=\"\(x + 6)\" y=\"\(y + 6)\" width=\"\(w - 12)\" height=\"\(h - 12)\" fill=\"#f4f4ef\" stroke=\"#8a8f98\" stroke-width=\"3\"/>"
                + "<text x=\"\(x + 20)\" y=\"\(y + 40)\" font-size=\"24\" fill=\"#454b54\">\(zone.name.zh)</text><text x=\"\(x + 20)\" y=\"\(y + 64)\" font-size=\"17\" fill=\"#6a717c\">\(zone.name.en)</text>"
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.width) \(Self.height)\">\(rooms.joined())</svg>"
    }

    /// Draws it at a place and makes the place's labels, as an administrator would.
    static func make(at id: Place.ID, _ hall: Hallkeeper, by actor: Actor, at now: Instant) async throws {
        let found = try await hall.store.read { tx -> (HallPoints, [Item], Pack)? in
            guard let inForce = try hall.packs.inForce(on: hall.zone.day(of: now), tx), let row = try tx.one("select * from place where place = \(id)") else { return nil }
            return (try HallPoints(inForce.pack, at: try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row)), tx), try Item.all(at: id, tx), inForce.pack)
        }
        guard let (points, items, pack) = found else { return }
        let plan = DemoPlan(zones: points.zones)
        let picture = try PlanPicture.read(Array(plan.svg.utf8))
        let blob = try await hall.blobs.keep(picture.bytes, media: picture.media, at: now)
        let targets = LabelTargets(points, things: items, in: pack).all
        let codes = targets.map { _ in Label.code(hall.chance(Label.length)) }
        try await hall.act(by: actor, at: now) { act in
            try PlanActs(act: act).draw(picture, blob: blob, at: id)
            for (index, zone) in plan.zones.enumerated() {
                let middle = plan.middle(index)
                try PlanActs(act: act).put(.zone, zone.id, x: middle.x, y: middle.y, at: id)
            }
            for (index, zone) in plan.zones.enumerated() {
                let (middle, inside) = (plan.middle(index), items.filter { $0.zone == zone.id })
                for (number, item) in inside.enumerated() {
                    let x = middle.x + (2 * number - inside.count + 1) * 22
                    try PlanActs(act: act).put(.thing, item.id, x: min(1000, max(0, x)), y: min(1000, middle.y + 300 / plan.rows), at: id)
                }
            }
            try LabelActs(act: act).make(targets, codes: codes, at: id)
        }
    }
}
