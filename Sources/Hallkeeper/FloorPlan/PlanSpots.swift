import Regulation
import Store
import WorkCalendar

/// The zones, points and things of a hall, and where on the plan each stands.
struct PlanSpots: Sendable {
    /// A zone, a point or a thing that can be put on the plan.
    struct Target: Sendable, Hashable {
        var kind: PlanMark.Kind
        var id: String
        var name: Text
        /// One word for a form: `zone/lobby`, `point/hall-round/keys`, `thing/<id>`.
        var key: String { kind.rawValue + "/" + id }
    }
    /// Zones first, then the points in the order of the rounds, then the things of the register.
    let targets: [Target]
    let marks: [PlanMark]
    private let zones: [String: String]

    /// A thing that was retired is none any more: its mark is shown no longer.
    init(_ hall: HallPoints, things: [Item] = [], in pack: Pack, marks: [PlanMark]) {
        let points = hall.points.map { form, point in
            Target(
                kind: .point, id: form.id + "/" + point.id,
                name: Text("\(form.title.zh)：\(point.title.zh)", "\(form.title.en): \(point.title.en)"))
        }
        zones = Dictionary(
            hall.points.compactMap { form, point in point.zone.map { (form.id + "/" + point.id, $0.id) } }, uniquingKeysWith: { first, _ in first })
        targets = hall.zones.map { Target(kind: .zone, id: $0.id, name: $0.name) } + points + things.map { Target(kind: .thing, id: $0.id, name: $0.title(pack)) }
        self.marks = marks
    }

    func target(_ key: String) -> Target? { targets.first { $0.key == key } }
    func mark(_ target: Target) -> PlanMark? { marks.first { $0.kind == target.kind && $0.target == target.id } }

    /// Where a finding is shown: at the thing it is about, else at its point, else in its zone; nil when none of them is on the plan.
    func mark(form: String, point: String, about subject: String = "") -> PlanMark? {
        if let thing = thing(in: subject), let own = mark(thing) { return own }
        let key = form + "/" + point
        return marks.first { $0.kind == .point && $0.target == key } ?? zones[key].flatMap { zone in marks.first { $0.kind == .zone && $0.target == zone } }
    }

    private func thing(in subject: String) -> Target? { Item.id(in: subject).flatMap { id in targets.first { $0.kind == .thing && $0.id == id } } }

    /// What a finding is counted under: its thing or its point where that is on the plan, else its zone, else its point.
    func key(form: String, point: String, about subject: String = "") -> Target {
        if let thing = thing(in: subject), mark(thing) != nil { return thing }
        let id = form + "/" + point
        let own = targets.first { $0.kind == .point && $0.id == id } ?? Target(kind: .point, id: id, name: Text(id, id))
        if marks.contains(where: { $0.kind == .point && $0.target == id }) { return own }
        return zones[id].flatMap { zone in targets.first { $0.kind == .zone && $0.id == zone } } ?? own
    }
}
