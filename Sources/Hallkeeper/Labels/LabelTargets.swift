import Regulation
import WorkCalendar

/// What can be labelled at a hall: the zones of its rounds' points, the rounds, the public logs; all from the pack in force.
struct LabelTargets: Sendable {
    struct Target: Sendable, Hashable {
        var kind: Label.Kind
        var id: String
        var name: Text
    }
    let zones: [Target]
    let rounds: [Target]
    let logs: [Target]
    var all: [Target] { rounds + zones + logs }

    init(_ pack: Pack, at place: PlaceFacts) {
        var (zones, rounds, logs): ([Target], [Target], [Target]) = ([], [], [])
        for rule in pack.rules where rule.binding.holds(kind: place.kind, traits: place.traits) {
            guard let form = rule.form.flatMap(pack.form), form.isRound else { continue }
            if !rounds.contains(where: { $0.id == form.id }) { rounds.append(Target(kind: .round, id: form.id, name: form.title)) }
            if rule.log != nil { logs.append(Target(kind: .log, id: rule.id, name: form.title)) }
            for point in form.fields where point.binding.holds(traits: place.traits) {
                guard let zone = point.zone, !zones.contains(where: { $0.id == zone.zh }) else { continue }
                zones.append(Target(kind: .zone, id: zone.zh, name: zone))
            }
        }
        (self.zones, self.rounds, self.logs) = (zones, rounds, logs)
    }

    func target(_ kind: Label.Kind, _ id: String) -> Target? { all.first { $0.kind == kind && $0.id == id } }

    /// What a label is called: a thing by its own name, the rest by the pack's; what the pack no longer has by its id.
    func name(_ label: Label, _ w: Words) -> String {
        label.kind == .thing ? label.name : target(label.kind, label.target).map { w($0.name) } ?? label.target
    }
}
