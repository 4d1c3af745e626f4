import Store
import WorkCalendar

/// What may be done to a floor plan: a new picture, something put on it, moved, taken off.
struct PlanActs {
    let act: HallAct

    /// A new version; the picture is durable already.
    func draw(_ picture: PlanPicture, blob: String, at place: Place.ID) throws {
        let plan = FloorPlan(
            place: place, id: act.act.id().description, blob: blob, media: picture.media, width: picture.width,
            height: picture.height, by: act.by, at: act.now)
        try act.keep(Change(plan, Event(kind: "plan.drawn", about: "plan:\(plan.id)", at: act.now)), at: place)
    }

    /// Puts a zone, a point or a thing where it stands, in thousandths.
    func put(_ kind: PlanMark.Kind, _ target: String, x: Int, y: Int, at place: Place.ID) throws {
        guard (0...1000).contains(x), (0...1000).contains(y) else {
            throw FormProblems(fields: [("x", Text("位置是 0 到 1000 的千分数。", "A position is in thousandths, from 0 to 1000."))])
        }
        let mark = PlanMark(place: place, kind: kind, target: target, x: x, y: y, by: act.by, at: act.now, removed: nil)
        try act.keep(Change(mark, Event(kind: "plan.marked", about: "plan-mark:\(target)", at: act.now, fields: ["x": "\(x)", "y": "\(y)"])), at: place)
    }

    /// What came in the place of another stands where that stood, when that stood on the plan.
    func pass(_ kind: PlanMark.Kind, from old: String, to new: String, at place: Place.ID) throws {
        guard let mark = try find(kind, old, at: place) else { return }
        try take(kind, old, at: place)
        try put(kind, new, x: mark.x, y: mark.y, at: place)
    }

    private func find(_ kind: PlanMark.Kind, _ target: String, at place: Place.ID) throws -> PlanMark? {
        try act.act.one("select * from plan_mark where place = \(place) and kind = \(kind.rawValue) and target = \(target) and removed is null").map(PlanMark.init(row:))
    }

    func take(_ kind: PlanMark.Kind, _ target: String, at place: Place.ID) throws {
        guard var mark = try find(kind, target, at: place) else { throw Refusal.notFound }
        mark.removed = act.now
        try act.keep(Change(mark, Event(kind: "plan.unmarked", about: "plan-mark:\(target)", at: act.now)), at: place)
    }
}
