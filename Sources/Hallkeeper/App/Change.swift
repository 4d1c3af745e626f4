import Regulation
import Store
import WorkCalendar

/// What a life gives back: the new value and the event that led to it.
struct Change<Value: Sendable>: Sendable {
    var value: Value
    var event: Event

    init(_ value: Value, _ event: Event) {
        self.value = value
        self.event = event
    }
}

/// Something that happened, in the past tense; what rules wait for.
struct Event: Sendable {
    /// `weather.reported`, `duty.done` …
    var kind: String
    /// What it is about: `finding:<id>`, `person:<id>`, or "".
    var about: String
    /// When it happened (effective); when it is recorded is the act's business.
    var at: Instant
    /// What it carries, by the pack's field ids. No personal text: ids of it.
    var fields: [String: String]

    init(kind: String, about: String = "", at: Instant, fields: [String: String] = [:]) {
        self.kind = kind
        self.about = about
        self.at = at
        self.fields = fields
    }

    var json: JSON { .object(fields.mapValues { .string($0) }) }
}
