import WorkCalendar

/// What makes a clause happen: where, who, when or on which event, by when, doing what, otherwise what.
package struct Rule: Sendable {
    /// Kebab-case; stable over editions, so that a duty finds its rule again.
    package var id: String
    /// The clauses it serves by itself; its round may serve more.
    package var clauses: [String]
    /// What the duty is called.
    package var title: Text
    /// Which places it binds.
    package var binding: Binding
    /// What brings a duty about.
    package var occasion: Occasion
    /// What must hold of the event.
    package var conditions: [Condition]
    /// A season of the company outside which nothing is owed (`during`, `season`).
    package var season: String?
    /// Whether a second duty may stand beside the first; nil: it may.
    package var once: Once?
    /// From when it can be done; nil: from the start of its occasion.
    package var opens: Moment?
    /// Late after this.
    package var due: Moment
    /// Missed for good after this; nil: it never lapses.
    package var lapses: Moment?
    /// Who owes it.
    package var who: Who
    /// One duty for each; nil: one for all.
    package var each: Each?
    /// Of `each: item`: the kind of thing.
    package var item: String? = nil
    /// Roles asked in this order when nobody fills the role that day.
    package var standIns: [String]
    /// What one must be trained in to do it.
    package var requiresTopic: String?
    /// How many sign, and who; nil: one, whoever does it.
    package var signedBy: SignedBy?
    /// The rule whose doer may not do this one.
    package var notByDoerOf: String?
    /// The form or round that ends it …
    package var form: String?
    /// … or the event, about the same subject.
    package var endsOn: String?
    /// Nil: the company's ladder.
    package var steps: [Step]?
    /// The class whose last stand-in the company names: `safety`.
    package var dutyClass: String?
    /// Whether its numbers are our reading, not the text's.
    package var isOurReading: Bool
    /// The event a customer may report where the log of its duties is open to the public; nil: it is not.
    package var log: String? = nil
    /// Whether its service minutes run in the hours in which customers are called, not in those of whoever owes it.
    package var keepsContactWindow = false

    /// No second duty while one is open, or that day.
    package enum Once: String, Sendable { case whileOpen = "while-open", day }
    /// What multiplies its duties.
    package enum Each: String, Sendable { case role, person, item }

    /// The event it waits for, if any; `duty.ended` kinds are not named here but in `rulesAfter`.
    package var waitsFor: String? { if case .when(let kind) = occasion { kind } else { nil } }
    /// Whether everybody who fills the role owes one.
    package var isEachPerson: Bool { each == .person }
    /// Whether it is counted from the last time it was done.
    package var isCountedFromLast: Bool {
        if case .every(.interval(_, let fromLast)) = occasion { fromLast } else { false }
    }
    /// The role that owes it.
    package var role: String? {
        switch who {
        case .role(let role): role
        case .event(_, let role): role
        case .points: nil
        }
    }
}

/// Which places a rule, point or gate binds.
package struct Binding: Hashable, Sendable {
    /// Kind of place; `hall` when not said.
    package var kind: String
    /// The trait that must be installed.
    package var trait: String?
    /// The trait for which conditions must exist.
    package var conditions: String?
    /// The trait for which conditions exist and which is not installed.
    package var notInstalled: String?
    /// Halls, whatever they have, where nothing else is said.
    package init(kind: String = "hall", trait: String? = nil, conditions: String? = nil, notInstalled: String? = nil) {
        (self.kind, self.trait, self.conditions, self.notInstalled) = (kind, trait, conditions, notInstalled)
    }

    /// Whether it binds a place of this kind with these answers. A place of kind `department:x` also is a `department`.
    package func holds(kind asked: String, traits: [String: TraitAnswer]) -> Bool {
        guard kind == asked || asked.hasPrefix(kind + ":") else { return false }
        return holds(traits: traits)
    }

    /// The traits alone.
    package func holds(traits: [String: TraitAnswer]) -> Bool {
        if let trait, traits[trait]?.installed != true { return false }
        if let conditions, traits[conditions]?.conditions != true { return false }
        if let notInstalled {
            let answer = traits[notInstalled]
            guard answer?.conditions == true, answer?.installed != true else { return false }
        }
        return true
    }
}

/// What a hall answered about a trait.
package struct TraitAnswer: Codable, Hashable, Sendable {
    /// Whether conditions for it exist; nil: not asked.
    package var conditions: Bool?
    /// Whether it is there; nil: not answered.
    package var installed: Bool?
    /// Nil is no answer, which binds nothing.
    package init(conditions: Bool?, installed: Bool?) {
        (self.conditions, self.installed) = (conditions, installed)
    }
}

/// What a rule waits for.
package enum Occasion: Hashable, Sendable {
    case every(Cadence)
    case when(String)
    /// A thing with an expiry date (`qualification`, `extinguisher` …), that long before it.
    case expires(String, before: Period)
    /// The end of another rule's duty; outcomes `done`, `late`, `missed`, any when empty.
    case afterDuty(String, outcomes: [String])
}

/// How often, by the calendar.
package enum Cadence: Hashable, Sendable {
    case opening, closing, halfDay, day, week, month, quarter, year, lastOpenDay
    /// Every so many days or months, from the start of the year, or from the last time it was done.
    case interval(Period, fromLast: Bool)
}

/// A field of the event and what must hold of it.
package struct Condition: Hashable, Sendable {
    /// What must hold of the value.
    package enum Test: Hashable, Sendable {
        case equals(String), anyOf([String]), not(String), above(Int), below(Int), atLeast(Int), atMost(Int)
    }
    /// The field of the event or form.
    package var field: String
    /// What must hold of it.
    package var test: Test
    /// A field and what must hold of it.
    package init(field: String, test: Test) { (self.field, self.test) = (field, test) }

    /// Whether a value passes; numbers may carry decimals ("28.5" is above 28), what is no number passes no comparison.
    package func holds(_ value: String?) -> Bool {
        guard let value, !value.isEmpty else {
            if case .not = test { return true }
            return false
        }
        func number(_ compare: (Double, Double) -> Bool, _ bound: Int) -> Bool {
            guard let number = Double(value), number.isFinite else { return false }
            return compare(number, Double(bound))
        }
        switch test {
        case .equals(let text): return value == text
        case .anyOf(let list): return list.contains(value)
        case .not(let text): return value != text
        case .above(let bound): return number(>, bound)
        case .below(let bound): return number(<, bound)
        case .atLeast(let bound): return number(>=, bound)
        case .atMost(let bound): return number(<=, bound)
        }
    }
}

/// When something opens, is due or lapses.
package enum Moment: Hashable, Sendable {
    /// A point of the occasion or of the day.
    package enum Anchor: String, Sendable {
        case opening, closing
        case startOfDay = "start of day", endOfDay = "end of day", endOfHalfDay = "end of half-day"
        case endOfWeek = "end of week", endOfMonth = "end of month"
        case endOfQuarter = "end of quarter", endOfYear = "end of year"
    }
    /// An anchor of the occasion, so many minutes later (negative: earlier).
    case anchor(Anchor, minutes: Int)
    /// A minute of the day.
    case clock(Int)
    /// A period from the event.
    case period(Period)
    /// Until the place closes that day; 24:00 when it happens after closing.
    case sameDay
    /// A `day` or `time` field of the event.
    case field(String)
}

/// Who owes a duty.
package enum Who: Hashable, Sendable {
    case role(String)
    /// The place named in that field of the event; its role.
    case event(field: String, role: String)
    /// Whoever each point of the round names (`each: role`).
    case points
}

/// So many different people sign; each must fill one of the roles, when any are named.
package struct SignedBy: Hashable, Sendable {
    /// How many different people, from 2.
    package var count: Int
    /// Roles they must fill; empty: any.
    package var roles: [String]
    /// So many people, of any role where none is named.
    package init(count: Int, roles: [String] = []) { (self.count, self.roles) = (count, roles) }
}

/// One step of a ladder: so long before or after it is due, these are told.
package struct Step: Hashable, Sendable {
    /// How long before or after it is due.
    package var offset: Period
    /// Whether before.
    package var isBefore: Bool
    /// Roles that are told; `who` is whoever owes it.
    package var tell: [String]
    /// The finding the lateness is put on record as.
    package var finding: String?
    /// Whether its message ignores the send window.
    package var isImmediate: Bool
    /// One rung of a ladder.
    package init(offset: Period, isBefore: Bool, tell: [String], finding: String? = nil, isImmediate: Bool = false) {
        (self.offset, self.isBefore, self.tell) = (offset, isBefore, tell)
        (self.finding, self.isImmediate) = (finding, isImmediate)
    }
}

extension Rule {
    /// Before the id of a form: the rule of a round that somebody walks although nobody owes it.
    package static let voluntaryPrefix = "voluntary:"

    /// Stands for the rule of a round walked because somebody wants to: it serves no clause, tells nobody and never counts.
    static func voluntary(_ form: Form) -> Rule {
        var rule = withdrawn(voluntaryPrefix + form.id)
        rule.title = Text("自愿：" + form.title.zh, "Voluntary: " + form.title.en)
        rule.steps = []
        return rule
    }

    /// Stands for a rule the pack no longer has: it serves no clause and asks nothing.
    package static func withdrawn(_ id: String) -> Rule {
        Rule(
            id: id, clauses: [], title: Text(id, id), binding: Binding(), occasion: .every(.day), conditions: [],
            season: nil, once: nil, opens: nil, due: .sameDay, lapses: nil, who: .points, each: nil, standIns: [],
            requiresTopic: nil, signedBy: nil, notByDoerOf: nil, form: nil, endsOn: nil, steps: nil, dutyClass: nil,
            isOurReading: false)
    }
}
