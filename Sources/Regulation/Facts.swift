import WorkCalendar

/// What the regulation has to know of a place; found by the program, handed in.
package struct PlaceFacts: Sendable {
    /// The place.
    package var id: String
    /// `hall`, `call-centre`, `company`, `unit`, `contractor`, `department:<code>`.
    package var kind: String
    /// trait → what the place answered about it.
    package var traits: [String: TraitAnswer]
    /// Its hours, time zone and calendar.
    package var unit: WorkUnit
    /// Days closed by order, with why.
    package var closures: [Day: Text]
    /// rule → the day it was last done; only for rules counted from then.
    package var lastDone: [String: Day]
    /// What it keeps that runs out.
    package var expiries: [Expiry]
    /// What it keeps, for rules that say `each: item`.
    package var things: [KeptThing] = []
    /// The first day it owes anything; nil: it always did.
    package var starts: Day?
    /// role → the hours of the unit it sits in, where that is another place: a deadline ends when the unit that owes it
    /// stops business (民法典 203), not the place it is about.
    package var owners: [String: WorkUnit] = [:]

    /// What is not named is empty: no closures, nothing done, nothing that runs out.
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
    /// Kind of thing: `qualification`, `extinguisher` …
    package var kind: String
    /// Which one: `person:<id>`, `item:<id>`.
    package var subject: String
    /// Its last valid day.
    package var day: Day
    /// A thing that is valid to the end of that day.
    package init(kind: String, subject: String, day: Day) { (self.kind, self.subject, self.day) = (kind, subject, day) }
}

/// Something that happened, as the regulation sees it.
package struct Happening: Sendable {
    /// The id of its entry in the ledger.
    package var id: String
    /// Kind of event: `weather.reported`.
    package var kind: String
    /// field → value, as text.
    package var fields: [String: String]
    /// Where it happened.
    package var place: String
    /// What it is about: `""`, `finding:<id>`, `complaint:<id>` …
    package var subject: String
    /// When it happened, not when it was recorded.
    package var at: Instant
    /// An event as it was recorded.
    package init(id: String, kind: String, fields: [String: String], place: String, subject: String, at: Instant) {
        (self.id, self.kind, self.fields, self.place, self.subject, self.at) = (id, kind, fields, place, subject, at)
    }
}

/// A duty as the regulation asks for it. Identity: rule × place × subject × occasion.
package struct PlannedDuty: Sendable, Hashable {
    /// The rule that asks for it.
    package var rule: String
    /// "", `role:guide`, `person:<id>`, `finding:<id>` …
    package var subject: String
    /// `2026-11-23/opening`, `2026-11-23/am`, `2026-W48/week`, `2026-11/month`, `event:<id>` …
    package var occasion: String
    /// The local day it belongs to: the first of its occasion, or the day of the event.
    package var day: Day
    /// From when it can be done; never after it is due.
    package var opens: Instant
    /// Late after this.
    package var due: Instant
    /// Missed for good after this; nil: it never lapses.
    package var lapses: Instant?
    /// The role that owes it, by the rule.
    package var role: String
    /// The place named by the event, when it names one; else nil.
    package var seat: String?
    /// The form or round that ends it …
    package var form: String?
    /// … or the event, about the same subject.
    package var endsOn: String?
    /// Whether it hangs on a calendar not announced yet.
    package var provisional: Bool
    /// Why the deadline is what it is.
    package var reasons: [Text]
    /// Why nothing is required after all (closed by order).
    package var notRequired: Text?
    /// A duty with its times; nothing is checked.
    package init(
        rule: String, subject: String, occasion: String, day: Day, opens: Instant, due: Instant, lapses: Instant?,
        role: String, seat: String?, form: String?, endsOn: String?, provisional: Bool, reasons: [Text],
        notRequired: Text? = nil
    ) {
        (self.rule, self.subject, self.occasion, self.day) = (rule, subject, occasion, day)
        (self.opens, self.due) = (opens, due)
        (self.lapses, self.role, self.seat, self.form, self.endsOn) = (lapses, role, seat, form, endsOn)
        (self.provisional, self.reasons, self.notRequired) = (provisional, reasons, notRequired)
    }
}

/// A step of a ladder at its moment.
package struct TimedStep: Sendable, Hashable {
    /// Its place in the ladder, from 0.
    package var index: Int
    /// When it is taken.
    package var at: Instant
    /// Roles that are told; `who` is whoever owes it.
    package var tell: [String]
    /// The finding the lateness is put on record as.
    package var finding: String?
    /// Whether its message ignores the send window.
    package var immediate: Bool
    /// A step at its moment.
    package init(index: Int, at: Instant, tell: [String], finding: String?, immediate: Bool) {
        (self.index, self.at, self.tell, self.finding, self.immediate) = (index, at, tell, finding, immediate)
    }
}

/// A mistake in a pack: where it stands, what is wrong, the nearest valid word.
package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether it hinders publishing: an error does, a warning does not.
    package enum Severity: String, Sendable { case error, warning }
    /// The file, named from the folder of the pack.
    package var file: String
    /// From 1.
    package var line: Int
    /// From 1.
    package var column: Int
    /// What is wrong.
    package var sentence: Text
    /// The nearest valid word, where one is near.
    package var hint: String?
    /// Whether it hinders publishing.
    package var severity: Severity
    /// A mistake at a place of a file.
    package init(
        file: String, line: Int, column: Int, sentence: Text, hint: String? = nil, severity: Severity = .error
    ) {
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
    /// `rules/complaints.yaml`.
    package var name: String
    /// What stands in it.
    package var text: String
    /// A file as read.
    package init(name: String, text: String) { (self.name, self.text) = (name, text) }
}
