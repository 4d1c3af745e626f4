import WorkCalendar

/// What makes a clause happen: where, who, when or on which event, by when, doing what, otherwise what.
package struct Rule: Sendable {
    package var id: String
    package var clauses: [String]
    package var title: Text
    package var binding: Binding
    package var occasion: Occasion
    package var conditions: [Condition]
    /// A season of the company outside which nothing is owed (`during`, `season`).
    package var season: String?
    package var once: Once?
    package var opens: Moment?
    package var due: Moment
    package var lapses: Moment?
    package var who: Who
    package var each: Each?
    package var standIns: [String]
    package var requiresTopic: String?
    package var signedBy: SignedBy?
    /// The rule whose doer may not do this one.
    package var notByDoerOf: String?
    /// The form or round that ends it …
    package var form: String?
    /// … or the event, about the same subject.
    package var endsOn: String?
    /// Nil: the company's ladder.
    package var steps: [Step]?
    package var dutyClass: String?
    package var isOurReading: Bool

    package enum Once: String, Sendable { case whileOpen = "while-open", day }
    package enum Each: String, Sendable { case role, person, item, counter }

    /// The event it waits for, if any; `duty.ended` kinds are not named here but in `rulesAfter`.
    package var waitsFor: String? { if case .when(let kind) = occasion { kind } else { nil } }
    package var isEachPerson: Bool { each == .person }
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
    package var trait: String?
    package var conditions: String?
    package var notInstalled: String?
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
            guard traits[notInstalled]?.conditions == true, traits[notInstalled]?.installed != true else { return false }
        }
        return true
    }
}

/// What a hall answered about a trait.
package struct TraitAnswer: Codable, Hashable, Sendable {
    package var conditions: Bool?
    package var installed: Bool?
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

package enum Cadence: Hashable, Sendable {
    case opening, closing, halfDay, day, week, month, quarter, year, lastOpenDay
    /// Every so many days or months, from the start of the year, or from the last time it was done.
    case interval(Period, fromLast: Bool)
}

/// A field of the event and what must hold of it.
package struct Condition: Hashable, Sendable {
    package enum Test: Hashable, Sendable {
        case equals(String), anyOf([String]), not(String), above(Int), below(Int), atLeast(Int), atMost(Int)
    }
    package var field: String
    package var test: Test
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
    package enum Anchor: String, Sendable {
        case opening, closing
        case startOfDay = "start of day", endOfDay = "end of day", endOfHalfDay = "end of half-day"
        case endOfWeek = "end of week", endOfMonth = "end of month", endOfQuarter = "end of quarter", endOfYear = "end of year"
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

package enum Who: Hashable, Sendable {
    case role(String)
    /// The place named in that field of the event; its role.
    case event(field: String, role: String)
    /// Whoever each point of the round names (`each: role`).
    case points
}

/// So many different people sign; each must fill one of the roles, when any are named.
package struct SignedBy: Hashable, Sendable {
    package var count: Int
    package var roles: [String]
    package init(count: Int, roles: [String] = []) { (self.count, self.roles) = (count, roles) }
}

/// One step of a ladder: so long before or after it is due, these are told.
package struct Step: Hashable, Sendable {
    package var offset: Period
    package var isBefore: Bool
    package var tell: [String]
    package var finding: String?
    package var isImmediate: Bool
    package init(offset: Period, isBefore: Bool, tell: [String], finding: String? = nil, isImmediate: Bool = false) {
        (self.offset, self.isBefore, self.tell, self.finding, self.isImmediate) = (offset, isBefore, tell, finding, isImmediate)
    }
}

extension Rule {
    /// Stands for a rule the pack no longer has: it serves no clause and asks nothing.
    package static func withdrawn(_ id: String) -> Rule {
        Rule(
            id: id, clauses: [], title: Text(id, id), binding: Binding(), occasion: .every(.day), conditions: [], season: nil,
            once: nil, opens: nil, due: .sameDay, lapses: nil, who: .points, each: nil, standIns: [], requiresTopic: nil,
            signedBy: nil, notByDoerOf: nil, form: nil, endsOn: nil, steps: nil, dutyClass: nil, isOurReading: false)
    }
}
