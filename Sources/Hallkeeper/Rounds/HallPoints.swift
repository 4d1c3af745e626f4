import Regulation
import Store

/// The points of a hall's rounds and the zones they stand in: what labels and floor plans can name.
struct HallPoints: Sendable {
    /// Rules that do a round here, in the order of the pack.
    let rules: [(rule: Rule, form: Regulation.Form)]
    /// Their rounds, each once.
    let rounds: [Regulation.Form]
    /// Every point asked here in any season, also those of forms that are no rounds: they too can be found wanting.
    let points: [(form: Regulation.Form, field: Field)]
    /// The zones of these points, in the order one walks.
    let zones: [HallZone]

    /// As the hall has them now, with the points it added of its own.
    init(_ pack: Pack, at place: PlaceFacts, _ tx: any Reading) throws {
        let forms = PlaceForms(tx: tx)
        try self.init(pack, at: place) { try forms.standing($0, in: pack, at: place.id) }
    }

    /// `form` gives a form as the hall has it.
    init(_ pack: Pack, at place: PlaceFacts, form: (String) throws -> Regulation.Form?) rethrows {
        var known: [String: Regulation.Form] = [:]
        let bound = try pack.rules.filter { $0.binding.holds(kind: place.kind, traits: place.traits) }.compactMap { rule -> (rule: Rule, form: Regulation.Form)? in
            guard let id = rule.form, let found = try known[id] ?? form(id) else { return nil }
            known[id] = found
            return (rule, found)
        }
        var seen: Set<String> = []
        let forms = bound.map(\.form).filter { seen.insert($0.id).inserted }
        let points = forms.flatMap { form in
            form.fields.filter { (form.isRound || $0.kind == .point) && $0.binding.holds(traits: place.traits) }.map { (form: form, field: $0) }
        }
        let met = Set(points.compactMap { $0.field.zone?.id })
        (rules, rounds, self.points) = (bound.filter(\.form.isRound), forms.filter(\.isRound), points)
        zones = pack.zones.filter { met.contains($0.id) }
    }
}
