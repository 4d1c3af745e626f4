import WorkCalendar

/// One rule by itself.
extension PackCheck {
    func check(_ rule: Rule) {
        let path = "rule:\(rule.id)"
        let rules = pack.rules.map(\.id)
        known(rule.clauses, clauses, at: "\(path)/clause", "条款", "clause")
        if let form = rule.form { known(form, pack.forms.map(\.id), at: "\(path)/do", "表单", "form") }
        if let event = rule.endsOn { known(event, events, at: "\(path)/ends-on", "事件", "event") }
        if let topic = rule.requiresTopic {
            known(topic, pack.topics.map(\.id), at: "\(path)/requires/trained", "培训", "topic")
        }
        if let other = rule.notByDoerOf {
            known(other, rules, at: "\(path)/not-by", "规则", "rule")
            if other == rule.id {
                reading.tell(at: "\(path)/not-by", "不能指规则自己", "a rule cannot name itself here")
            }
        }
        if let season = rule.season {
            let key = ["during", "season", "at/season"].first { reading.spots["\(path)/\($0)"] != nil } ?? "during"
            known(season, seasons, at: "\(path)/\(key)", "季节", "season")
        }
        known(rule.standIns, roles, at: "\(path)/stand-in", "岗位", "role")
        known(rule.signedBy?.roles ?? [], roles, at: "\(path)/signed-by/roles", "岗位", "role")
        check(rule.binding, at: "\(path)/at")
        tell(rule.steps ?? [], at: "\(path)/steps")
        who(rule, path)
        occasion(rule, path)
        shares(rule, path)
        things(rule, path)
        order(rule, path)
        log(rule, path)
    }

    /// A public log: of a round, with an event that customers can report without saying more, and that somebody answers.
    private func log(_ rule: Rule, _ path: String) {
        guard let id = rule.log else { return }
        known(id, events, at: "\(path)/log", "事件", "event")
        if rule.form.flatMap(pack.form)?.isRound != true {
            reading.tell(at: "\(path)/log", "只有巡检（do）才有公示记录", "only a rule that does a round has a public log")
        }
        guard let event = pack.event(id) else { return }
        if event.isProgram || event.act != nil || event.isCompanyWide {
            reading.tell(at: "\(path)/log", "“\(id)”不能由客户报告", "“\(id)” cannot be reported by customers")
        }
        for field in event.fields where !field.isOptional {
            reading.tell(
                at: "\(path)/log", "客户只按一下，不填“\(field.id)”：它应是 optional",
                "customers press once and do not fill in “\(field.id)”: it must be optional")
        }
        if pack.rulesWaiting[id] == nil {
            reading.tell(at: "\(path)/log", "没有规则等待“\(id)”", "no rule waits for “\(id)”")
        }
    }

    private func who(_ rule: Rule, _ path: String) {
        switch rule.who {
        case .role(let role):
            known(role, roles, at: "\(path)/who", "岗位", "role")
            nobodyStandsIn(role, rule, at: "\(path)/who")
        case .event(let field, let role):
            known(role, roles, at: "\(path)/who/role", "岗位", "role")
            guard case .when(let kind) = rule.occasion else {
                reading.tell(
                    at: "\(path)/who", "只有 when 的规则才能从事件里取场所", "only a rule with when can take a place from its event")
                return
            }
            guard let event = pack.event(kind) else { return }
            eventField(field, of: event, at: "\(path)/who/event", kinds: [.place], "场所", "a place")
        case .points: break
        }
    }

    /// A role a place may leave unfilled needs somebody who steps in, or the class of duty that has a last stand-in.
    private func nobodyStandsIn(_ role: String, _ rule: Rule, at path: String) {
        guard pack.role(role)?.isOptional == true, rule.standIns.isEmpty else { return }
        if let kind = rule.dutyClass, pack.company.lastStandIn[kind] != nil { return }
        reading.tell(
            at: path, "岗位“\(role)”可以没人，又没有顶岗的人", "role “\(role)” may be unfilled and nobody stands in",
            severity: .warning)
    }

    /// A field an event must carry, of one of some kinds.
    private func eventField(
        _ id: String, of event: EventKind, at path: String, kinds: [Field.Kind], _ zh: String, _ en: String
    ) {
        guard let field = event.fields.first(where: { $0.id == id }) else {
            known(id, event.fields.map(\.id), at: path, "字段", "field")
            return
        }
        guard !kinds.contains(field.kind) else { return }
        reading.tell(
            at: path, "事件“\(event.id)”的字段“\(id)”不是\(zh)", "field “\(id)” of event “\(event.id)” is not \(en)")
    }

    private func occasion(_ rule: Rule, _ path: String) {
        let moments = [("opens", rule.opens), ("due", rule.due), ("lapses", rule.lapses)]
        switch rule.occasion {
        case .when(let kind):
            known(kind, events, at: "\(path)/when", "事件", "event")
            guard let event = pack.event(kind) else { return }
            check(rule.conditions, on: event.fields, at: "\(path)/where")
            for case (let key, .field(let field)?) in moments {
                eventField(field, of: event, at: "\(path)/\(key)/at", kinds: [.day, .time], "日期或时间", "a day or a time")
            }
            return
        case .afterDuty(let other, _):
            let place = reading.spots["\(path)/after-duty/rule"] == nil ? "after-duty" : "after-duty/rule"
            known(other, pack.rules.map(\.id), at: "\(path)/\(place)", "规则", "rule")
        case .every: break
        case .expires:
            // The thing that runs out is the subject, once a thing and all year round.
            for key in ["each", "item", "during", "season", "at/season"] where reading.spots["\(path)/\(key)"] != nil {
                reading.tell(at: "\(path)/\(key)/key", "\(key) 不用于 expires", "\(key) does not go with expires")
            }
        }
        if !rule.conditions.isEmpty {
            reading.tell(at: "\(path)/where/key", "where 只用于 when", "where belongs to when")
        }
        if rule.once == .whileOpen, case .every = rule.occasion {
            reading.tell(at: "\(path)/once/key", "once 只用于 when", "once belongs to when")
        }
        for case (let key, .field?) in moments where reading.spots["\(path)/\(key)"] != nil {
            reading.tell(
                at: "\(path)/\(key)", "只有 when 的规则才有事件字段", "only a rule with when has fields of an event")
        }
    }

    /// Things a rule multiplies by, or whose end it waits for, stand on the register.
    private func things(_ rule: Rule, _ path: String) {
        if let kind = rule.item { known(kind, pack.items.filter(\.isKept).map(\.id), at: "\(path)/item", "物品种类", "kind of thing") }
        if case .expires(let kind, _) = rule.occasion, let item = pack.item(kind), item.isKept, item.types.isEmpty {
            reading.tell(at: "\(path)/expires", "“\(kind)”没有写多久到期（types）", "nothing says how long “\(kind)” lasts (types)")
        }
        if rule.each == .item, case .every = rule.occasion {} else if rule.each == .item {
            reading.tell(at: "\(path)/each", "each: item 只用于 every", "each: item goes with every")
        }
    }

    /// `each: role`: every point says whose it is.
    private func shares(_ rule: Rule, _ path: String) {
        guard rule.each == .role else { return }
        guard let id = rule.form else {
            reading.tell(at: "\(path)/each", "each: role 要有 do", "each: role needs do")
            return
        }
        guard let form = pack.form(id) else { return }
        for point in form.fields where point.role == nil {
            reading.tell(
                at: "form:\(form.id)/fields:\(point.id)", "规则“\(rule.id)”按岗位分，这一点没写 role",
                "rule “\(rule.id)” shares by role, and this point names none")
        }
        var asked: Set<String> = []
        for point in form.fields {
            guard let role = point.role, asked.insert(role).inserted else { continue }
            nobodyStandsIn(role, rule, at: "form:\(form.id)/fields:\(point.id)/role")
        }
    }

    /// Opens, due, lapses in this order, as far as two of them can be compared: after an event a time of day may be
    /// that of a later day, and an occasion of many days opens on its first and is due on its last.
    private func order(_ rule: Rule, _ path: String) {
        let (isSameDay, opensThatDay): (Bool, Bool) =
            switch rule.occasion {
            case .every(.opening), .every(.closing), .every(.halfDay), .every(.day), .every(.lastOpenDay): (true, true)
            case .every, .expires: (true, false)
            case .when, .afterDuty: (false, false)
            }
        if let lapses = rule.lapses, lapses.isSurelyEarlier(than: rule.due, sameDay: isSameDay) {
            reading.tell(at: "\(path)/lapses", "lapses 早于 due", "it lapses before it is due")
        }
        if let opens = rule.opens, rule.due.isSurelyEarlier(than: opens, sameDay: opensThatDay) {
            reading.tell(at: "\(path)/opens", "opens 晚于 due", "it opens after it is due")
        }
    }
}
