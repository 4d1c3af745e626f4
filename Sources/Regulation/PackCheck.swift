import WorkCalendar

/// What can be wrong with a pack although every file reads: names nobody has, loops, demands nobody serves.
struct PackCheck {
    let pack: Pack
    let reading: PackReading
    /// Clauses cited where the pack's model keeps none: kinds of things and of cases.
    var citations: [(path: String, clause: String)] = []

    /// Every check. The checks of the pack as a whole wait until each part reads: a rule that does not read would make
    /// its clause look unserved.
    func check() {
        let isWhole = !reading.mistakes.contains { $0.severity == .error }
        for clause in pack.clauses { check(clause) }
        for event in pack.events where !event.isProgram { check(event) }
        for rule in pack.rules { check(rule) }
        for form in pack.forms { check(form) }
        for gate in pack.gates { check(gate) }
        for (path, clause) in citations { known(clause, clauses, at: path, "条款", "clause") }
        for (kind, role) in pack.company.lastStandIn.sorted(by: { $0.key < $1.key }) {
            known(role, roles, at: "company.yaml/last-stand-in/\(kind)", "岗位", "role")
        }
        tell(pack.company.steps, at: "company.yaml/steps")
        checkScores()
        guard isWhole else { return }
        clausesWithoutRule()
        formsWithoutRule()
        loops()
        pointsAskedTwice()
    }

    var roles: [String] { pack.roles.map(\.id) }
    var clauses: [String] { pack.clauses.map(\.id) }
    var traits: [String] { pack.traits.map(\.id) }
    var events: [String] { pack.events.map(\.id) }
    var seasons: [String] { pack.company.seasons.keys.sorted() }

    /// Tells a word nobody knows, with the nearest. A name that stands in the files but did not read is no second one.
    func known(_ word: String, _ valid: [String], at path: String, _ zh: String, _ en: String) {
        guard !valid.contains(word), !reading.isNamed(en, word) else { return }
        let hint = NearestWord.of(word, among: valid)
        reading.tell(at: path, "没有这个\(zh)“\(word)”", "unknown \(en) “\(word)”", hint: hint)
    }

    /// The same for each word of a list, which stands at the word itself.
    func known(_ words: [String], _ valid: [String], at path: String, _ zh: String, _ en: String) {
        for (index, word) in words.enumerated() { known(word, valid, at: "\(path)/\(index)", zh, en) }
    }

    private func check(_ clause: Clause) {
        for (index, kind) in clause.binds.enumerated() { kindOfPlace(kind, at: "clause:\(clause.id)/binds/\(index)") }
    }

    private func check(_ event: EventKind) {
        let path = "event:\(event.id)"
        known(event.may, roles, at: "\(path)/may", "岗位", "role")
        if event.act != nil, !event.may.isEmpty {
            reading.tell(
                at: "\(path)/may", "有 act 的事件由程序记录，不能有 may",
                "an event with act is recorded by the program: nobody may report it")
        }
    }

    private func check(_ gate: Gate) {
        let path = "gate:\(gate.id)"
        known(gate.clauses, clauses, at: "\(path)/clause", "条款", "clause")
        known(gate.roles, roles, at: "\(path)/roles", "岗位", "role")
        known(gate.rules, pack.rules.map(\.id), at: "\(path)/rules", "规则", "rule")
        switch gate.requirement {
        case .roleFilled(let role): known(role, roles, at: "\(path)/requires/role-filled", "岗位", "role")
        case .trained(let topic): known(topic, pack.topics.map(\.id), at: "\(path)/requires/trained", "培训", "topic")
        case .signedBy, .act: break
        }
        check(gate.binding, at: "\(path)/at")
    }

    /// A ladder: whom it tells, and whether its rungs stand in the order of time.
    func tell(_ steps: [Step], at path: String) {
        var last: (minutes: Int, index: Int)?
        for (index, step) in steps.enumerated() {
            known(step.tell, roles + ["who"], at: "\(path)/\(index)/tell", "岗位", "role")
            let minutes = (step.isBefore ? -1 : 1) * PackCheck.minutes(step.offset)
            if let last, minutes < last.minutes {
                reading.tell(
                    at: "\(path)/\(index)", "这一步早于上一步", "this step comes before the step above it")
            }
            last = (minutes, index)
        }
    }

    /// About how long a period is, to put two in order: a working day counts as a day.
    static func minutes(_ period: Period) -> Int {
        switch period.unit {
        case .minute, .serviceMinute: period.quantity
        case .hour, .serviceHour: period.quantity * 60
        case .day, .workingDay: period.quantity * 1_440
        case .month: period.quantity * 43_200
        case .year: period.quantity * 525_600
        }
    }

    func check(_ binding: Binding, at path: String) {
        kindOfPlace(binding.kind, at: "\(path)/kind")
        if let trait = binding.trait { known(trait, traits, at: "\(path)/trait", "条件", "trait") }
        for (key, trait) in [("conditions", binding.conditions), ("not-installed", binding.notInstalled)] {
            guard let trait else { continue }
            known(trait, traits, at: "\(path)/\(key)", "条件", "trait")
            if pack.trait(trait)?.hasTwoAnswers == false {
                reading.tell(
                    at: "\(path)/\(key)", "“\(trait)”只问有没有装，没问有没有条件",
                    "“\(trait)” asks only whether it is installed, not whether conditions exist")
            }
        }
    }

    /// Kinds of place there are; a department has a code after a colon.
    static let kinds = ["hall", "call-centre", "company", "unit", "contractor", "department"]

    private func kindOfPlace(_ kind: String, at path: String) {
        guard !PackCheck.kinds.contains(kind), !(kind.hasPrefix("department:") && kind.count > 11) else { return }
        reading.tell(
            at: path, "没有“\(kind)”这种场所", "unknown kind of place “\(kind)”",
            hint: NearestWord.of(kind, among: PackCheck.kinds))
    }
}
