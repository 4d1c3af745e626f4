import Regulation
import Store
import WorkCalendar

/// The zones and points of a hall, and where on the plan each stands.
struct PlanSpots: Sendable {
    /// A zone or point that can be put on the plan.
    struct Target: Sendable, Hashable {
        var kind: PlanMark.Kind
        var id: String
        var name: Text
        /// One word for a form: `zone/lobby`, `point/hall-round/keys`.
        var key: String { kind.rawValue + "/" + id }
    }
    /// Zones first, then the points in the order of the rounds.
    let targets: [Target]
    let marks: [PlanMark]
    private let zones: [String: String]

    init(_ hall: HallPoints, marks: [PlanMark]) {
        let points = hall.points.map { form, point in
            Target(
                kind: .point, id: form.id + "/" + point.id,
                name: Text("\(form.title.zh)：\(point.title.zh)", "\(form.title.en): \(point.title.en)"))
        }
        zones = Dictionary(
            hall.points.compactMap { form, point in point.zone.map { (form.id + "/" + point.id, $0.id) } }, uniquingKeysWith: { first, _ in first })
        targets = hall.zones.map { Target(kind: .zone, id: $0.id, name: $0.name) } + points
        self.marks = marks
    }

    func target(_ key: String) -> Target? { targets.first { $0.key == key } }
    func mark(_ target: Target) -> PlanMark? { marks.first { $0.kind == target.kind && $0.target == target.id } }

    /// Where a finding at a point is shown: at the point itself, else in its zone; nil when neither is on the plan.
    func mark(form: String, point: String) -> PlanMark? {
        let key = form + "/" + point
        return marks.first { $0.kind == .point && $0.target == key } ?? zones[key].flatMap { zone in marks.first { $0.kind == .zone && $0.target == zone } }
    }

    /// What a finding is counted under: its point where that is on the plan, else its zone, else its point.
    func key(form: String, point: String) -> Target {
        let id = form + "/" + point
        let own = targets.first { $0.kind == .point && $0.id == id } ?? Target(kind: .point, id: id, name: Text(id, id))
        if marks.contains(where: { $0.kind == .point && $0.target == id }) { return own }
        return zones[id].flatMap { zone in targets.first { $0.kind == .zone && $0.id == zone } } ?? own
    }
}
