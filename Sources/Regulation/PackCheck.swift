import WorkCalendar

/// What can be wrong with a pack although every file reads: names nobody has, loops, demands nobody serves.
struct PackCheck {
    let pack: Pack
    let reading: PackReading

    func check() {
        for rule in pack.rules { check(rule) }
        for form in pack.forms { check(form) }
        for gate in pack.gates { check(gate) }
        for event in pack.events {
            for role in event.may { known(role, pack.roles.map(\.id), at: "event:\(event.id)/may", "岗位", "role") }
        }
        for (kind, role) in pack.company.lastStandIn {
            known(role, pack.roles.map(\.id), at: "company.yaml/last-stand-in/\(kind)", "岗位", "role")
        }
        tell(pack.company.steps, at: "company.yaml/steps")
        clausesWithoutRule()
        loops()
        pointsAskedTwice()
    }

    private func known(_ word: String, _ valid: [String], at path: String, _ zh: String, _ en: String) {
        guard !valid.contains(word) else { return }
        reading.tell(at: path, "没有这个\(zh)“\(word)”", "unknown \(en) “\(word)”", hint: NearestWord.of(word, among: valid))
    }

    private func check(_ rule: Rule) {
        let path = "rule:\(rule.id)"
        let roles = pack.roles.map(\.id)
        for clause in rule.clauses { known(clause, pack.clauses.map(\.id), at: "\(path)/clause", "条款", "clause") }
        if let form = rule.form { known(form, pack.forms.map(\.id), at: "\(path)/do", "表单", "form") }
        if let event = rule.endsOn { known(event, pack.events.map(\.id), at: "\(path)/ends-on", "事件", "event") }
        if let topic = rule.requiresTopic { known(topic, pack.topics.map(\.id), at: "\(path)/requires", "培训", "topic") }
        if let other = rule.notByDoerOf { known(other, pack.rules.map(\.id), at: "\(path)/not-by", "规则", "rule") }
        if let season = rule.season { known(season, Array(pack.company.seasons.keys), at: "\(path)/during", "季节", "season") }
        for role in rule.standIns { known(role, roles, at: "\(path)/stand-in", "岗位", "role") }
        for role in rule.signedBy?.roles ?? [] { known(role, roles, at: "\(path)/signed-by", "岗位", "role") }
        check(rule.binding, at: "\(path)/at")
        tell(rule.steps ?? [], at: "\(path)/steps")
        if let role = rule.role {
            known(role, roles, at: "\(path)/who", "岗位", "role")
            if pack.role(role)?.isOptional == true, rule.standIns.isEmpty, rule.dutyClass == nil {
                reading.tell(
                    at: "\(path)/who", "岗位“\(role)”可以没人，又没有顶岗的人", "role “\(role)” may be unfilled and nobody stands in",
                    severity: .warning)
            }
        }
        switch rule.occasion {
        case .when(let kind):
            known(kind, pack.events.map(\.id), at: "\(path)/when", "事件", "event")
            if let event = pack.event(kind) {
                check(rule.conditions, on: event.fields, at: "\(path)/where", free: event.isProgram)
                for moment in [rule.due, rule.lapses].compactMap({ $0 }) {
                    if case .field(let field) = moment { known(field, event.fields.map(\.id), at: "\(path)/due", "字段", "field") }
                }
            }
        case .afterDuty(let other, _): known(other, pack.rules.map(\.id), at: "\(path)/after-duty", "规则", "rule")
        case .every, .expires:
            if !rule.conditions.isEmpty {
                reading.tell(at: "\(path)/where", "where 只用于 when", "where belongs to when")
            }
        }
        if rule.each == .role, let form = rule.form.flatMap(pack.form) {
            for point in form.fields where point.role == nil {
                reading.tell(
                    at: "form:\(form.id)/fields:\(point.id)", "规则“\(rule.id)”按岗位分，这一点没写 role",
                    "rule “\(rule.id)” shares by role, and this point names none")
            }
        }
        if case .anchor(let a, let due) = rule.due, case .anchor(let b, let lapses)? = rule.lapses, a == b, lapses < due {
            reading.tell(at: "\(path)/lapses", "lapses 早于 due", "it lapses before it is due")
        }
    }

    private func tell(_ steps: [Step], at path: String) {
        let valid = pack.roles.map(\.id) + ["who"]
        for step in steps { for role in step.tell { known(role, valid, at: path, "岗位", "role") } }
        let minutes = steps.compactMap { step -> Int? in
            let scale: [PeriodUnit: Int] = [.minute: 1, .hour: 60, .day: 1440, .workingDay: 1440, .serviceMinute: 1, .serviceHour: 60]
            return scale[step.offset.unit].map { (step.isBefore ? -1 : 1) * $0 * step.offset.quantity }
        }
        if minutes != minutes.sorted() {
            reading.tell(at: path, "步骤没按先后排", "steps are not in the order of time")
        }
    }

    private func check(_ binding: Binding, at path: String) {
        let kinds = ["hall", "call-centre", "company", "unit", "contractor", "department"]
        if !kinds.contains(binding.kind), !binding.kind.hasPrefix("department:") {
            reading.tell(
                at: path, "没有“\(binding.kind)”这种场所", "unknown kind of place “\(binding.kind)”",
                hint: NearestWord.of(binding.kind, among: kinds))
        }
        for trait in [binding.trait, binding.conditions, binding.notInstalled].compactMap({ $0 }) {
            known(trait, pack.traits.map(\.id), at: path, "条件", "trait")
        }
    }

    private func check(_ conditions: [Condition], on fields: [Field], at path: String, free: Bool = false) {
        for condition in conditions {
            guard let field = fields.first(where: { $0.id == condition.field }) else {
                known(condition.field, fields.map(\.id), at: "\(path)/\(condition.field)", "字段", "field")
                continue
            }
            if free { continue }
            let options = field.options.map(\.id)
            switch condition.test {
            case .above, .below, .atLeast, .atMost:
                if field.kind != .number, field.kind != .count {
                    reading.tell(
                        at: "\(path)/\(condition.field)", "“\(field.id)”不是数，不能比大小", "“\(field.id)” is no number and cannot be compared")
                }
            case .equals(let value), .not(let value):
                if field.kind == .choice { known(value, options, at: "\(path)/\(condition.field)", "选项", "option") }
            case .anyOf(let values):
                if field.kind == .choice {
                    for value in values { known(value, options, at: "\(path)/\(condition.field)", "选项", "option") }
                }
            }
        }
    }

    private func check(_ form: Form) {
        for field in form.fields {
            let path = "form:\(form.id)/fields:\(field.id)"
            if let clause = field.clause { known(clause, pack.clauses.map(\.id), at: "\(path)/clause", "条款", "clause") }
            if let role = field.role { known(role, pack.roles.map(\.id), at: "\(path)/role", "岗位", "role") }
            if let season = field.season { known(season, Array(pack.company.seasons.keys), at: "\(path)/season", "季节", "season") }
            for trait in [field.binding.trait, field.binding.conditions].compactMap({ $0 }) {
                known(trait, pack.traits.map(\.id), at: "\(path)/trait", "条件", "trait")
            }
            check(field.showIf, on: form.fields, at: "\(path)/show-if")
            for emission in field.emits { check(emission, form, at: "\(path)/emits") }
        }
        for emission in form.emits { check(emission, form, at: "form:\(form.id)/emits") }
    }

    private func check(_ emission: Emission, _ form: Form, at path: String) {
        known(emission.event, pack.events.map(\.id), at: path, "事件", "event")
        guard let event = pack.event(emission.event) else { return }
        for target in Array(emission.fields.keys) + Array(emission.with.keys) {
            known(target, event.fields.map(\.id), at: path, "字段", "field")
        }
        for source in emission.fields.values { known(source, form.fields.map(\.id), at: path, "字段", "field") }
        check(emission.when, on: form.fields, at: path)
    }

    private func check(_ gate: Gate) {
        let path = "gate:\(gate.id)"
        for clause in gate.clauses { known(clause, pack.clauses.map(\.id), at: "\(path)/clause", "条款", "clause") }
        for role in gate.roles { known(role, pack.roles.map(\.id), at: "\(path)/roles", "岗位", "role") }
        for rule in gate.rules { known(rule, pack.rules.map(\.id), at: "\(path)/rules", "规则", "rule") }
        switch gate.requirement {
        case .roleFilled(let role): known(role, pack.roles.map(\.id), at: "\(path)/requires", "岗位", "role")
        case .trained(let topic): known(topic, pack.topics.map(\.id), at: "\(path)/requires", "培训", "topic")
        case .signedBy, .act: break
        }
        check(gate.binding, at: "\(path)/at")
    }

    private func clausesWithoutRule() {
        var served = Set(pack.gates.flatMap(\.clauses))
        for rule in pack.rules { served.formUnion(pack.clauses(of: rule)) }
        for clause in pack.clauses where !served.contains(clause.id) && !clause.isDefinition {
            reading.tell(
                at: "clause:\(clause.id)", "条款“\(clause.id)”没有规则、检查点或关卡", "clause “\(clause.id)” has no rule, point or gate")
        }
    }

    /// event → rule → its form's events; the end of a duty → rules that wait for it. A loop would never end.
    private func loops() {
        var next: [String: Set<String>] = [:]
        for rule in pack.rules {
            let node = "rule \(rule.id)"
            if case .when(let kind) = rule.occasion { next["event \(kind)", default: []].insert(node) }
            if case .afterDuty(let other, _) = rule.occasion { next["rule \(other)", default: []].insert(node) }
            // What a duty's form reports happens when somebody fills it in; it loops only where nobody decides otherwise.
            if let form = rule.form.flatMap(pack.form) {
                for emission in form.emits + form.fields.flatMap(\.emits) where emission.when.isEmpty {
                    next[node, default: []].insert("event \(emission.event)")
                }
            }
        }
        var state: [String: Int] = [:]
        func visit(_ node: String, _ path: [String]) -> [String]? {
            if state[node] == 2 { return nil }
            if state[node] == 1 { return Array(path[(path.firstIndex(of: node) ?? 0)...]) + [node] }
            state[node] = 1
            for other in (next[node] ?? []).sorted() {
                if let loop = visit(other, path + [node]) { return loop }
            }
            state[node] = 2
            return nil
        }
        for rule in pack.rules {
            guard let loop = visit("rule \(rule.id)", []) else { continue }
            reading.tell(
                at: "rule:\(rule.id)", "事件绕成了圈：\(loop.joined(separator: " → "))", "events go round in a loop: \(loop.joined(separator: " → "))")
            return
        }
    }

    /// The same point (clause and words) in two rounds of one cadence would ask two people the same on one day.
    private func pointsAskedTwice() {
        var asked: [String: String] = [:]
        for rule in pack.rulesPlanned {
            guard case .every(let cadence) = rule.occasion, let form = rule.form.flatMap(pack.form), form.isRound else { continue }
            for point in form.fields {
                let key = "\(cadence)|\(rule.binding.kind)|\(point.clause ?? "")|\(point.title.zh)"
                if let other = asked[key], other != form.id {
                    reading.tell(
                        at: "form:\(form.id)/fields:\(point.id)", "“\(other)”同一周期已经问了这一点", "round “\(other)” asks the same at the same cadence")
                }
                asked[key] = form.id
            }
        }
    }
}
