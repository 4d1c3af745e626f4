import Regulation
import WorkCalendar

/// What can be walked at a hall: the rounds its rules ask for, and their scored points.
struct PatrolPlan {
    let pack: Pack
    let facts: PlaceFacts
    let day: Day

    /// Rounds of rules that bind here, in the order of the pack, each once; only those with something to score.
    var rounds: [Regulation.Form] {
        let bound = Set(pack.rules.filter { $0.binding.holds(kind: facts.kind, traits: facts.traits) }.compactMap(\.form))
        return pack.forms.filter { $0.isRound && bound.contains($0.id) && !fields(of: $0).isEmpty }
    }

    /// Scored points of a round that are asked here today.
    func fields(of form: Regulation.Form) -> [Field] {
        form.fields(for: nil, traits: facts.traits, on: day, seasons: pack.company.seasons).filter(\.isScored)
    }

    /// Every scored point there is: `form/point`.
    var points: [String] { rounds.flatMap { form in fields(of: form).map { "\(form.id)/\($0.id)" } } }

    /// The point of that name.
    static func field(_ name: String, in pack: Pack) -> (form: Regulation.Form, field: Field)? {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let form = pack.form(parts[0]), let field = form.field(parts[1]) else { return nil }
        return (form, field)
    }

    /// What an inspector fills in: the round as it is where it ends a duty, else its scored points alone; drawn points under
    /// `form/point`. It reports nothing of itself: what halls report stays theirs.
    static func form(of patrol: Patrol, in pack: Pack, isOwed: Bool) -> Regulation.Form {
        if isOwed, let form = pack.form(patrol.form) { return form }
        let fields = patrol.points.compactMap { name -> Field? in
            guard let (_, found) = field(name, in: pack) else { return nil }
            var field = found
            if patrol.form.isEmpty { field.id = name }
            field.emits = []
            field.showIf = []
            return field
        }
        return Regulation.Form(
            id: patrol.form, title: pack.form(patrol.form)?.title ?? Text("随机抽点", "Points at random"), annex: nil, isRound: true,
            fields: fields, emits: [])
    }
}
