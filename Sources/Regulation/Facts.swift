import WorkCalendar

/// What the regulation has to know of a place; found by the program, handed in.
package struct PlaceFacts: Sendable {
    package var id: String
    /// `hall`, `call-centre`, `company`, `unit`, `contractor`, `department:<code>`.
    package var kind: String
    package var traits: [String: TraitAnswer]
    package var unit: WorkUnit
    /// Days closed by order, with why.
    package var closures: [Day: Text]
    /// rule → the day it was last done; only for rules counted from then.
    package var lastDone: [String: Day]
    package var expiries: [Expiry]
    package var starts: Day?
    /// role → the hours of the unit it sits in, where that is another place: a deadline ends when the unit that owes it
    /// stops business (民法典 203), not the place it is about.
    package var owners: [String: WorkUnit] = [:]

    package init(
        id: String, kind: String, traits: [String: TraitAnswer], unit: WorkUnit, closures: [Day: Text] = [:],
        lastDone: [String: Day] = [:], expiries: [Expiry] = [], starts: Day? = nil
    ) {
        (self.id, self.kind, self.traits, self.unit, self.closures) = (id, kind, traits, unit, closures)
        (self.lastDone, self.expiries, self.starts) = (lastDone, expiries, starts)
    }
}

/// Something that runs out on a day: `subject` says what.
package struct Expiry: Hashable, Sendable {
    package var kind: String
    package var subject: String
    package var day: Day
    package init(kind: String, subject: String, day: Day) { (self.kind, self.subject, self.day) = (kind, subject, day) }
}

/// Something that happened, as the regulation sees it.
package struct Happening: Sendable {
    package var id: String
    package var kind: String
    package var fields: [String: String]
    package var place: String
    package var subject: String
    package var at: Instant
    package init(id: String, kind: String, fields: [String: String], place: String, subject: String, at: Instant) {
        (self.id, self.kind, self.fields, self.place, self.subject, self.at) = (id, kind, fields, place, subject, at)
    }
}

/// A duty as the regulation asks for it. Identity: rule × place × subject × occasion.
package struct PlannedDuty: Sendable, Hashable {
    package var rule: String
    /// "", `role:guide`, `person:<id>`, `finding:<id>` …
    package var subject: String
    /// `2026-11-23/opening`, `2026-11-23/am`, `2026-W48/week`, `2026-11/month`, `event:<id>` …
    package var occasion: String
    package var day: Day
    package var opens: Instant
    package var due: Instant
    package var lapses: Instant?
    package var role: String
    /// The place named by the event, when it names one; else nil.
    package var seat: String?
    package var form: String?
    package var endsOn: String?
    package var provisional: Bool
    /// Why the deadline is what it is.
    package var reasons: [Text]
    /// Why nothing is required after all (closed by order).
    package var notRequired: Text?
    package init(
        rule: String, subject: String, occasion: String, day: Day, opens: Instant, due: Instant, lapses: Instant?,
        role: String, seat: String?, form: String?, endsOn: String?, provisional: Bool, reasons: [Text],
        notRequired: Text? = nil
    ) {
        (self.rule, self.subject, self.occasion, self.day, self.opens, self.due) = (rule, subject, occasion, day, opens, due)
        (self.lapses, self.role, self.seat, self.form, self.endsOn) = (lapses, role, seat, form, endsOn)
        (self.provisional, self.reasons, self.notRequired) = (provisional, reasons, notRequired)
    }
}

/// A step of a ladder at its moment.
package struct TimedStep: Sendable, Hashable {
    package var index: Int
    package var at: Instant
    package var tell: [String]
    package var finding: String?
    package var immediate: Bool
    package init(index: Int, at: Instant, tell: [String], finding: String?, immediate: Bool) {
        (self.index, self.at, self.tell, self.finding, self.immediate) = (index, at, tell, finding, immediate)
    }
}

/// A mistake in a pack: where it stands, what is wrong, the nearest valid word.
package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable { case error, warning }
    package var file: String
    package var line: Int
    package var column: Int
    package var sentence: Text
    package var hint: String?
    package var severity: Severity
    package init(file: String, line: Int, column: Int, sentence: Text, hint: String? = nil, severity: Severity = .error) {
        (self.file, self.line, self.column) = (file, line, column)
        (self.sentence, self.hint, self.severity) = (sentence, hint, severity)
    }
    /// `rules/fire.yaml:12:7: unknown role “guid” (did you mean “guide”?)`
    package var description: String {
        "\(file):\(line):\(column): \(sentence.en)" + (hint.map { " (did you mean “\($0)”?)" } ?? "")
    }
}

/// One file of a pack: its name inside the folder, its text.
package struct PackFile: Hashable, Sendable {
    package var name: String
    package var text: String
    package init(name: String, text: String) { (self.name, self.text) = (name, text) }
}
