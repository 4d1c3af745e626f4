import Regulation
import WorkCalendar

/// What can be labelled at a hall: the zones of its rounds' points, the rounds, the public logs, all from the pack in force; and the things on its register.
struct LabelTargets: Sendable {
    struct Target: Sendable, Hashable {
        var kind: Label.Kind
        var id: String
        var name: Text
    }
    let zones: [Target]
    let rounds: [Target]
    let logs: [Target]
    let items: [Target]
    var all: [Target] { rounds + zones + logs + items }

    init(_ hall: HallPoints, things: [Item] = [], in pack: Pack? = nil) {
        items = things.map { thing in Target(kind: .item, id: thing.id, name: pack.map(thing.title) ?? Text(thing.name, thing.name)) }
        rounds = hall.rounds.map { Target(kind: .round, id: $0.id, name: $0.title) }
        zones = hall.zones.map { Target(kind: .zone, id: $0.id, name: $0.name) }
        logs = hall.rules.filter { $0.rule.log != nil }.map { Target(kind: .log, id: $0.rule.id, name: $0.form.title) }
    }

    func target(_ kind: Label.Kind, _ id: String) -> Target? { all.first { $0.kind == kind && $0.id == id } }

    /// Labels as they are listed and printed: rounds, zones in the order one walks, public logs, then things by their names.
    func inOrder(_ labels: [Label]) -> [Label] {
        let known = Dictionary(all.enumerated().map { ($1.kind.rawValue + "/" + $1.id, $0) }, uniquingKeysWith: { first, _ in first })
        func rank(_ label: Label) -> (Int, String, String) { (known[label.kind.rawValue + "/" + label.target] ?? all.count, label.name, label.code) }
        return labels.sorted { rank($0) < rank($1) }
    }

    /// What a label is called: a thing by its own name, the rest by the pack's; what the pack no longer has by its id.
    func name(_ label: Label, _ w: Words) -> String {
        label.kind == .thing ? label.name : target(label.kind, label.target).map { w($0.name) } ?? label.target
    }
}
