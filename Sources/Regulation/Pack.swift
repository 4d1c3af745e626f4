import WorkCalendar

/// A rulebook as read: everything in the order of its files, with look-ups by id. Immutable; holds no dates of any place.
package struct Pack: Sendable {
    package let company: Company
    package let clauses: [Clause]
    package let roles: [Role]
    package let topics: [Topic]
    package let traits: [Trait]
    package let events: [EventKind]
    package let gates: [Gate]
    package let rules: [Rule]
    package let forms: [Form]
    /// Kinds of things and of cases that are declared; their registers and lives are capabilities of the program.
    package let items: [Declared]
    package let cases: [Declared]

    private let clauseIndex: [String: Int]
    private let roleIndex: [String: Int]
    private let eventIndex: [String: Int]
    private let ruleIndex: [String: Int]
    private let formIndex: [String: Int]
    /// Rules by the event they wait for, by the event that ends them, by the rule whose end they wait for.
    package let rulesWaiting: [String: [Rule]]
    package let rulesEnding: [String: [Rule]]
    package let rulesAfter: [String: [Rule]]
    package let rulesPlanned: [Rule]

    package init(
        company: Company, clauses: [Clause], roles: [Role], topics: [Topic], traits: [Trait], events: [EventKind],
        gates: [Gate], rules: [Rule], forms: [Form], items: [Declared] = [], cases: [Declared] = []
    ) {
        func index<T>(_ list: [T], _ id: (T) -> String) -> [String: Int] {
            Dictionary(list.enumerated().map { (id($1), $0) }, uniquingKeysWith: { first, _ in first })
        }
        (self.company, self.clauses, self.roles, self.topics, self.traits) = (company, clauses, roles, topics, traits)
        (self.events, self.gates, self.rules, self.forms, self.items, self.cases) = (events, gates, rules, forms, items, cases)
        clauseIndex = index(clauses, \.id)
        roleIndex = index(roles, \.id)
        eventIndex = index(events, \.id)
        ruleIndex = index(rules, \.id)
        formIndex = index(forms, \.id)
        var waiting: [String: [Rule]] = [:]
        var ending: [String: [Rule]] = [:]
        var after: [String: [Rule]] = [:]
        for rule in rules {
            if let kind = rule.waitsFor { waiting[kind, default: []].append(rule) }
            if let kind = rule.endsOn { ending[kind, default: []].append(rule) }
            if case .afterDuty(let other, _) = rule.occasion { after[other, default: []].append(rule) }
        }
        (rulesWaiting, rulesEnding, rulesAfter) = (waiting, ending, after)
        rulesPlanned = rules.filter { rule in
            switch rule.occasion {
            case .every, .expires: true
            case .when, .afterDuty: false
            }
        }
    }

    package func clause(_ id: String) -> Clause? { clauseIndex[id].map { clauses[$0] } }
    package func role(_ id: String) -> Role? { roleIndex[id].map { roles[$0] } }
    package func event(_ id: String) -> EventKind? { eventIndex[id].map { events[$0] } }
    package func rule(_ id: String) -> Rule? { ruleIndex[id].map { rules[$0] } }
    package func form(_ id: String) -> Form? { formIndex[id].map { forms[$0] } }
    package func trait(_ id: String) -> Trait? { traits.first { $0.id == id } }
    package func topic(_ id: String) -> Topic? { topics.first { $0.id == id } }

    /// Clauses a rule serves: its own, and those its round's points cite (of one role when the subject is `role:x`).
    package func clauses(of rule: Rule, subject: String = "") -> [String] {
        var list = rule.clauses
        guard let form = rule.form.flatMap(form), form.isRound else { return list }
        let role = subject.hasPrefix("role:") ? String(subject.dropFirst(5)) : nil
        for point in form.fields {
            if let role, let asked = point.role, asked != role { continue }
            if let clause = point.clause, !list.contains(clause) { list.append(clause) }
        }
        return list
    }

    /// Topics somebody must be trained in before doing a rule's duty: the rule's own, and the gates' for its role (5.5-4).
    package func topicsNeeded(for rule: Rule) -> [String] {
        var list: [String] = rule.requiresTopic.map { [$0] } ?? []
        for gate in gates {
            guard case .trained(let topic) = gate.requirement, !list.contains(topic) else { continue }
            if gate.rules.contains(rule.id) || (rule.role.map(gate.roles.contains) ?? false) { list.append(topic) }
        }
        return list
    }
}

/// Whose rulebook it is, and what its rules fall back on.
package struct Company: Sendable {
    package var pack: String
    package var edition: String
    package var title: Text
    package var company: Text
    /// What is printed: hotline, paper … name → text.
    package var facts: [String: String]
    package var zone: String
    /// Minute of the day at which the first half ends.
    package var halfDayEnds: Int
    package var seasons: [String: Season]
    /// Minutes of the day in which messages of the ordinary class arrive; nil: at any time.
    package var sendWindow: Range<Int>?
    package var steps: [Step]
    /// `safety` → the hall's role that is the last stand-in for rules of that class (5.6-1).
    package var lastStandIn: [String: String]
    package var language: Language
}

/// From a month-day to a month-day, both included; may pass the new year.
package struct Season: Hashable, Sendable {
    package var fromMonth: Int
    package var fromDay: Int
    package var toMonth: Int
    package var toDay: Int

    package func contains(_ day: Day) -> Bool {
        let (start, end, asked) = (fromMonth * 100 + fromDay, toMonth * 100 + toDay, day.month * 100 + day.day)
        return start <= end ? (start...end).contains(asked) : asked >= start || asked <= end
    }
}

/// One numbered demand of the rulebook.
package struct Clause: Sendable {
    package var id: String
    package var title: Text
    package var text: Text
    /// Kinds of place it binds: `hall`, `call-centre`, `department:<code>`, `unit`, `company`, `contractor`.
    package var binds: [String]
    package var isDefinition: Bool
    package var note: Text?
    /// Everything before the last `-`.
    package var group: String { id.lastIndex(of: "-").map { String(id[..<$0]) } ?? id }
}

/// What somebody can be at a place.
package struct Role: Sendable {
    package var id: String
    package var name: Text
    /// The kind of place whose roster fills it.
    package var sits: String
    package var may: [String]
    package var isOptional: Bool
    /// Every permission there is.
    package static let permissions = [
        "today", "report", "board", "all-halls", "coverage", "evening-sheet", "roster", "hand-over", "waive", "correct",
        "people", "places", "pack", "calendar", "ledger", "devices", "rectify", "company",
    ]
}

/// What one can be trained in, and how long that holds.
package struct Topic: Sendable {
    package var id: String
    package var name: Text
    package var valid: Period?
}

/// What a hall can have.
package struct Trait: Sendable {
    package var id: String
    package var name: Text
    /// 有条件的: conditions exist, and is it installed.
    package var hasTwoAnswers: Bool
}

/// What can happen, what it carries, and who may say so.
package struct EventKind: Sendable {
    package var id: String
    package var name: Text
    package var fields: [Field]
    package var may: [String]
    package var isCompanyWide: Bool
    package var isImmediate: Bool
    /// The capability of the program that records it, when people cannot report it.
    package var act: String?
    /// The program records it by itself (`duty.done`, `finding.recorded` …); such kinds stand in no pack file.
    package var isProgram: Bool
}

/// Something that must hold before something may be done.
package struct Gate: Sendable {
    package enum Requirement: Hashable, Sendable {
        case roleFilled(String)
        case trained(String)
        case signedBy(Int)
        case act(String)
    }
    package var id: String
    package var clauses: [String]
    package var title: Text
    package var requirement: Requirement
    package var binding: Binding
    package var roles: [String]
    package var rules: [String]
}

/// A kind of thing or of case, declared.
package struct Declared: Sendable {
    package var id: String
    package var name: Text
    package var capability: String?
}
