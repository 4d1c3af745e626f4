import WorkCalendar

/// A rulebook as read: everything in the order of its files, with look-ups by id. It knows nothing of any place.
package struct Pack: Sendable {
    /// Whose rulebook it is.
    package let company: Company
    /// In the order of the rulebook.
    package let clauses: [Clause]
    /// What people can be at a place.
    package let roles: [Role]
    /// What they can be trained in.
    package let topics: [Topic]
    /// What a hall can have.
    package let traits: [Trait]
    /// The pack's own events, then those the program records by itself.
    package let events: [EventKind]
    /// Where in a hall one stands to see a point, in the order one walks.
    package let zones: [HallZone]
    /// What must hold before something may be done.
    package let gates: [Gate]
    /// In the order of the files.
    package let rules: [Rule]
    /// Forms and rounds.
    package let forms: [Form]
    /// Kinds of things.
    package let items: [ItemKind]
    /// Kinds of cases, declared.
    package let cases: [Declared]
    /// The lists cases draw on.
    package let caseBook: CaseBook

    private let clauseIndex: [String: Int]
    private let roleIndex: [String: Int]
    private let eventIndex: [String: Int]
    private let ruleIndex: [String: Int]
    private let formIndex: [String: Int]
    /// Rules by the event they wait for, by the event that ends them, by the rule whose end they wait for.
    package let rulesWaiting: [String: [Rule]]
    /// event → the rules whose duties it ends.
    package let rulesEnding: [String: [Rule]]
    /// rule → the rules that wait for the end of its duty.
    package let rulesAfter: [String: [Rule]]
    /// The rules that hang on the calendar: `every` and `expires`.
    package let rulesPlanned: [Rule]

    /// Looks everything up once; of two with the same id the first is found.
    package init(
        company: Company, clauses: [Clause], roles: [Role], topics: [Topic], traits: [Trait], events: [EventKind],
        gates: [Gate], rules: [Rule], forms: [Form], zones: [HallZone] = [], items: [ItemKind] = [],
        cases: [Declared] = [], caseBook: CaseBook = CaseBook()
    ) {
        func index<T>(_ list: [T], _ id: (T) -> String) -> [String: Int] {
            Dictionary(list.enumerated().map { (id($1), $0) }, uniquingKeysWith: { first, _ in first })
        }
        (self.company, self.clauses, self.roles, self.topics, self.traits) = (company, clauses, roles, topics, traits)
        (self.events, self.gates, self.rules, self.forms) = (events, gates, rules, forms)
        (self.zones, self.items, self.cases, self.caseBook) = (zones, items, cases, caseBook)
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

    /// The clause of that number.
    package func clause(_ id: String) -> Clause? { clauseIndex[id].map { clauses[$0] } }
    /// The kind of thing of that id.
    package func item(_ id: String) -> ItemKind? { items.first { $0.id == id } }
    /// The role of that id.
    package func role(_ id: String) -> Role? { roleIndex[id].map { roles[$0] } }
    /// The kind of place in which a role sits.
    package func sits(_ role: String) -> String? { roleIndex[role].map { roles[$0].sits } }
    /// The kind of event of that id, also the program's own.
    package func event(_ id: String) -> EventKind? { eventIndex[id].map { events[$0] } }
    /// The rule of that id, also that of a voluntary round of one of its forms.
    package func rule(_ id: String) -> Rule? {
        if let index = ruleIndex[id] { return rules[index] }
        guard id.hasPrefix(Rule.voluntaryPrefix) else { return nil }
        return form(String(id.dropFirst(Rule.voluntaryPrefix.count))).map(Rule.voluntary)
    }
    /// The form or round of that id.
    package func form(_ id: String) -> Form? { formIndex[id].map { forms[$0] } }
    /// The trait of that id.
    package func trait(_ id: String) -> Trait? { traits.first { $0.id == id } }
    /// The zone of that id.
    package func zone(_ id: String) -> HallZone? { zones.first { $0.id == id } }
    /// The topic of training of that id.
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

    /// Topics somebody must be trained in before doing a rule's duty: its own, and the gates' for its role (5.5-4).
    package func topicsNeeded(for rule: Rule) -> [String] {
        var list: [String] = rule.requiresTopic.map { [$0] } ?? []
        for gate in gates {
            guard case .trained(let topic) = gate.requirement, !list.contains(topic) else { continue }
            if gate.rules.contains(rule.id) || (rule.role.map(gate.roles.contains) ?? false) { list.append(topic) }
        }
        return list
    }
}

/// One numbered demand of the rulebook.
package struct Clause: Sendable {
    /// As the rulebook numbers it: `1.3-7`.
    package var id: String
    /// What it is called in lists.
    package var title: Text
    /// What it asks, in our own words.
    package var text: Text
    /// Kinds of place it binds: `hall`, `call-centre`, `department:<code>`, `unit`, `company`, `contractor`.
    package var binds: [String]
    /// Whether it only defines words: no rule serves it.
    package var isDefinition: Bool
    /// How an unclear text was read.
    package var note: Text?
    /// Everything before the last `-`.
    package var group: String { id.lastIndex(of: "-").map { String(id[..<$0]) } ?? id }
}

/// What somebody can be at a place.
package struct Role: Sendable {
    /// Kebab-case: `guide`.
    package var id: String
    /// What people call it.
    package var name: Text
    /// The kind of place whose roster fills it.
    package var sits: String
    /// Its permissions, of `permissions`.
    package var may: [String]
    /// Whether a place may have nobody in it.
    package var isOptional: Bool
    /// What `company` does not bring: whoever looks after the program is no part of a case's life and sees no misconduct.
    package static let neverByOffice: Set = ["take-in", "handle", "propose", "approve", "call-back", "close-cases", "misconduct", "export-personal"]
    /// Every permission there is.
    package static let permissions = [
        "today", "report", "board", "all-halls", "coverage", "evening-sheet", "roster", "hand-over", "waive", "correct",
        "people", "places", "pack", "calendar", "ledger", "devices", "rectify", "patrol", "points", "items", "take-in", "handle", "propose", "approve",
        "call-back", "close-cases", "all-cases", "case-figures", "export-personal", "import-cases", "misconduct", "company",
    ]
}

/// What one can be trained in, and how long that holds.
package struct Topic: Sendable {
    /// Kebab-case: `pos`.
    package var id: String
    /// What it is called.
    package var name: Text
    /// How long a training holds; nil: for good.
    package var valid: Period?
    /// The last day a training of that day holds; nil: for good.
    package func lastDay(trainedOn day: Day) -> Day? { valid.map { Occasions.after(day, $0).adding(days: -1) } }
}

/// What a hall can have.
package struct Trait: Sendable {
    /// Kebab-case: `restroom`.
    package var id: String
    /// What it is called.
    package var name: Text
    /// 有条件的: conditions exist, and is it installed.
    package var hasTwoAnswers: Bool
}

/// What can happen, what it carries, and who may say so.
package struct EventKind: Sendable {
    /// `noun.past-tense`: `key.lost`.
    package var id: String
    /// What it is called.
    package var name: Text
    /// What it carries.
    package var fields: [Field]
    /// Roles that may report it by hand.
    package var may: [String]
    /// Whether every place is told, not only that of whoever reports it.
    package var isCompanyWide: Bool
    /// Whether messages that come of it ignore the send window.
    package var isImmediate: Bool
    /// The capability of the program that records it, when people cannot report it.
    package var act: String?
    /// The program records it by itself (`duty.done`, `finding.recorded` …); such kinds stand in no pack file.
    package var isProgram: Bool
}

/// Something that must hold before something may be done.
package struct Gate: Sendable {
    /// The one thing it requires.
    package enum Requirement: Hashable, Sendable {
        case roleFilled(String)
        case trained(String)
        case signedBy(Int)
        case act(String)
    }
    /// Kebab-case: `pos-trained`.
    package var id: String
    /// The clauses it serves.
    package var clauses: [String]
    /// What it is called.
    package var title: Text
    /// What must hold.
    package var requirement: Requirement
    /// Which places it binds.
    package var binding: Binding
    /// Roles whose duties it guards.
    package var roles: [String]
    /// Rules whose duties it guards.
    package var rules: [String]
}

/// Where in a hall one stands to see a point.
package struct HallZone: Hashable, Sendable {
    /// Kebab-case: `rest-area`. Labels at the wall and marks on floor plans hold it, so that the words can change.
    package var id: String
    /// What people call it.
    package var name: Text
    /// A part of a hall.
    package init(id: String, name: Text) { (self.id, self.name) = (id, name) }
}

/// A kind of case, declared.
package struct Declared: Sendable {
    /// Kebab-case: `complaint`.
    package var id: String
    /// What it is called.
    package var name: Text
    /// The capability of the program that keeps it.
    package var capability: String?
}
