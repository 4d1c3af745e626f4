import WorkCalendar

/// An answer as it is kept; personal ones stand in the table of personal texts.
package struct FieldValue: Hashable, Sendable {
    /// The answer itself.
    package var text: String
    /// Free words, which may name people.
    package var isPersonal: Bool
    /// An answer and where it is kept.
    package init(text: String, isPersonal: Bool) { (self.text, self.isPersonal) = (text, isPersonal) }
}

/// A point found wanting, or a number outside what it should be.
package struct Wanting: Hashable, Sendable {
    /// The field that asked.
    package var point: String
    /// The clause it cites; empty when it cites none.
    package var clause: String
    /// `minor`, `serious` or `danger`.
    package var severity: String
    /// What is wrong, in the words of whoever looked.
    package var note: String
    /// Hashes of the photos, parted by commas.
    package var photos: String
    /// Whether whoever found it put it right on the spot.
    package var isFixed: Bool
    /// A point found wanting.
    package init(point: String, clause: String, severity: String, note: String, photos: String, isFixed: Bool = false) {
        (self.point, self.clause, self.severity) = (point, clause, severity)
        (self.note, self.photos, self.isFixed) = (note, photos, isFixed)
    }
}

/// What is wrong with one field, in a sentence that says what to do.
package struct FieldProblem: Hashable, Sendable {
    /// The field.
    package var field: String
    /// What to do.
    package var sentence: Text
}

/// An event the answers report.
package struct Emitted: Hashable, Sendable {
    /// Its kind.
    package var event: String
    /// What it carries.
    package var fields: [String: String]
}

/// What a filled form comes to.
package struct Checked: Sendable {
    /// The answers as they are kept.
    package var clean: [String: FieldValue] = [:]
    /// What becomes a finding.
    package var wanting: [Wanting] = []
    /// What keeps the form from being accepted; none: it is.
    package var problems: [FieldProblem] = []
    /// What the answers report.
    package var emits: [Emitted] = []
}

/// Checks filled forms: required fields, bounds, bands, photos; finds what is wanting and what is reported.
package enum Answers {
    /// `answers` are by field id; a point's word and photos stand under `<id>.note` and `<id>.photo` (hashes, commas).
    package static func check(
        _ form: Form, answers: [String: String], role: String?, place: PlaceFacts, on day: Day,
        seasons: [String: Season]
    ) -> Checked {
        let asked = form.fields(for: role, traits: place.traits, on: day, seasons: seasons)
        var check = AnswerCheck(answers)
        check.check(asked)
        for field in asked where check.checked.clean[field.id] != nil {
            for emission in field.emits { check.emit(emission) }
        }
        for emission in form.emits { check.emit(emission) }
        return check.checked
    }

    /// The fields of a reported event.
    package static func check(_ event: EventKind, fields: [String: String]) -> Checked {
        var check = AnswerCheck(fields)
        check.check(event.fields)
        return check.checked
    }
}
