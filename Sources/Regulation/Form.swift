import WorkCalendar

/// A list of fields to be filled in; a round is one whose fields are points to be walked.
package struct Form: Sendable {
    package var id: String
    package var title: Text
    package var annex: String?
    package var isRound: Bool
    package var fields: [Field]
    package var emits: [Emission]

    package func field(_ id: String) -> Field? { fields.first { $0.id == id } }

    /// The fields asked of a role at a place with these traits on a day: role, traits and season respected.
    package func fields(for role: String?, traits: [String: TraitAnswer], on day: Day, seasons: [String: Season]) -> [Field] {
        fields.filter { field in
            if let role, let asked = field.role, asked != role { return false }
            if !field.binding.holds(traits: traits) { return false }
            if let season = field.season, seasons[season]?.contains(day) == false { return false }
            return true
        }
    }
}

package struct Field: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case tick, choice, number, count, text, photo, signature, day, time, person, place, item, point
        case yesNo = "yes-no"
    }
    package struct Option: Sendable {
        package var id: String
        package var name: Text
        package init(id: String, name: Text) { (self.id, self.name) = (id, name) }
    }
    package var id: String
    package var title: Text
    package var good: Text?
    package var kind: Kind
    package var isOptional: Bool = false
    package var isLong: Bool = false
    package var unit: String?
    /// Hard bounds: outside them it is a slip of the pen.
    package var from: Double?
    package var to: Double?
    /// What it should be: outside it is a finding.
    package var bandFrom: Double?
    package var bandTo: Double?
    package var options: [Option] = []
    /// Photos wanted.
    package var count: Int = 1
    package var clause: String?
    package var role: String?
    package var zone: Text?
    package var binding: Binding = Binding()
    package var season: String?
    /// How bad it is when found wanting and not said otherwise.
    package var severity: String?
    /// Whether a photo is asked for when wanting.
    package var photo: Bool = false
    package var showIf: [Condition] = []
    package var emits: [Emission] = []

    package init(id: String, title: Text, kind: Kind) { (self.id, self.title, self.kind) = (id, title, kind) }
}

/// What the answers report: an event, when conditions on the answers hold, with fields taken from answers or fixed.
package struct Emission: Sendable {
    package var event: String
    package var when: [Condition]
    /// event field → answer field.
    package var fields: [String: String]
    /// event field → fixed value.
    package var with: [String: String]
    package init(event: String, when: [Condition] = [], fields: [String: String] = [:], with: [String: String] = [:]) {
        (self.event, self.when, self.fields, self.with) = (event, when, fields, with)
    }
}
