import WorkCalendar

/// A list of fields to be filled in; a round is one whose fields are points to be walked.
package struct Form: Sendable {
    /// Kebab-case, one of its kind in the pack.
    package var id: String
    /// What stands above it.
    package var title: Text
    /// The annex it is printed as.
    package var annex: String?
    /// Whether its fields are points to be walked.
    package var isRound: Bool
    /// In the order they are asked.
    package var fields: [Field]
    /// What the form as a whole reports.
    package var emits: [Emission]
    /// Whether one tap may say that every point left is in order: short rounds that are walked many times a day.
    package var isAllWell = false

    /// A form of these fields.
    package init(id: String, title: Text, annex: String?, isRound: Bool, fields: [Field], emits: [Emission]) {
        (self.id, self.title, self.annex, self.isRound, self.fields, self.emits) = (id, title, annex, isRound, fields, emits)
    }

    /// The field of that id.
    package func field(_ id: String) -> Field? { fields.first { $0.id == id } }

    /// The fields asked of a role at a place with these traits on a day: role, traits and season respected.
    package func fields(
        for role: String?, traits: [String: TraitAnswer], on day: Day, seasons: [String: Season]
    ) -> [Field] {
        fields.filter { field in
            if let role, let asked = field.role, asked != role { return false }
            if !field.binding.holds(traits: traits) { return false }
            if let season = field.season, seasons[season]?.contains(day) == false { return false }
            return true
        }
    }
}

/// One question of a form, one point of a round, one thing an event carries.
package struct Field: Sendable {
    /// How it is answered.
    package enum Kind: String, Sendable, CaseIterable {
        case tick, choice, number, count, text, photo, signature, day, time, person, place, item, point
        case yesNo = "yes-no"
    }
    /// One of the answers of a choice.
    package struct Option: Sendable {
        /// What is kept.
        package var id: String
        /// What is read.
        package var name: Text
        /// An answer of a choice.
        package init(id: String, name: Text) { (self.id, self.name) = (id, name) }
    }
    /// Kebab-case, once in its form.
    package var id: String
    /// What is asked.
    package var title: Text
    /// What good looks like.
    package var good: Text?
    /// How it is answered.
    package var kind: Kind
    /// Whether it may be left out.
    package var isOptional: Bool = false
    /// Whether a text may have several lines.
    package var isLong: Bool = false
    /// What a number is counted in: `°C`.
    package var unit: String?
    /// Hard bounds: outside them it is a slip of the pen.
    package var from: Double?
    /// The highest that can be.
    package var to: Double?
    /// What it should be: outside it is a finding.
    package var bandFrom: Double?
    /// The highest it should be.
    package var bandTo: Double?
    /// The answers of a choice, in order.
    package var options: [Option] = []
    /// Photos wanted.
    package var count: Int = 1
    /// The clause it looks after.
    package var clause: String?
    /// Whose point it is, where a round is shared out.
    package var role: String?
    /// Where in the hall one stands to answer it.
    package var zone: HallZone?
    /// Which places are asked.
    package var binding: Binding = Binding()
    /// The season outside which it is not asked.
    package var season: String?
    /// How bad it is when found wanting and not said otherwise.
    package var severity: String?
    /// Whether a photo is asked for when wanting.
    package var photo: Bool = false
    /// How many ordinary points it counts for when scored.
    package var weight: Int = 1
    /// Whether a patrol's whole score is capped when it is found wanting.
    package var isVeto: Bool = false
    /// It is asked only when all of these hold of the other answers.
    package var showIf: [Condition] = []
    /// What its answer reports.
    package var emits: [Emission] = []

    /// How bad what is found wanting can be, from the least.
    package static let severities = ["minor", "serious", "danger"]

    /// A field that must be answered, without bounds.
    package init(id: String, title: Text, kind: Kind) { (self.id, self.title, self.kind) = (id, title, kind) }
}

/// What the answers report: an event, when conditions on the answers hold, with fields taken from answers or fixed.
package struct Emission: Sendable {
    /// The kind of event.
    package var event: String
    /// All must hold of the answers; none: it is always reported.
    package var when: [Condition]
    /// event field → answer field.
    package var fields: [String: String]
    /// event field → fixed value.
    package var with: [String: String]
    /// An event the answers report.
    package init(event: String, when: [Condition] = [], fields: [String: String] = [:], with: [String: String] = [:]) {
        (self.event, self.when, self.fields, self.with) = (event, when, fields, with)
    }
}
