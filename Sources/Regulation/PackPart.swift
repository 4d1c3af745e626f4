import WorkCalendar

/// One part of what a clause, rule, form … says, in a form that can be compared and shown: `due` → `15 min`.
struct PackPart: Hashable {
    /// The key of the pack file it comes from.
    var key: String
    var value: Text

    init(_ key: String, _ value: String) { (self.key, self.value) = (key, Text(value, value)) }
    init(_ key: String, _ value: Text?) { (self.key, self.value) = (key, value ?? Text("", "")) }

    /// What is different between two sets of parts, `due: 15 min → 30 min`; nil when nothing is.
    static func difference(_ old: [PackPart], _ new: [PackPart]) -> Text? {
        let before = Dictionary(old.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let keys = new.map(\.key) + old.map(\.key).filter { after[$0] == nil }
        let none = Text("", "")
        let lines = keys.compactMap { key -> (zh: String, en: String)? in
            let (was, now) = (before[key] ?? none, after[key] ?? none)
            guard was != now else { return nil }
            func side(_ text: String) -> String { text.isEmpty ? "–" : text }
            return ("\(key): \(side(was.zh)) → \(side(now.zh))", "\(key): \(side(was.en)) → \(side(now.en))")
        }
        guard !lines.isEmpty else { return nil }
        return Text(lines.map(\.zh).joined(separator: "；"), lines.map(\.en).joined(separator: "; "))
    }

    /// What a thing is called.
    static func title(_ parts: [PackPart]) -> Text {
        parts.first { $0.key == "title" || $0.key == "name" }?.value ?? Text("", "")
    }

    static func parts(of clause: Clause) -> [PackPart] {
        [
            PackPart("title", clause.title), PackPart("text", clause.text), PackPart("note", clause.note),
            PackPart("binds", clause.binds.joined(separator: ", ")), PackPart("definition", flag(clause.isDefinition)),
        ]
    }

    static func parts(of rule: Rule) -> [PackPart] {
        var parts = [
            PackPart("title", rule.title), PackPart("clause", rule.clauses.joined(separator: ", ")),
            PackPart("at", written(rule.binding)), PackPart("where", written(rule.conditions)),
            PackPart("during", rule.season ?? ""), PackPart("once", rule.once?.rawValue ?? ""),
            PackPart("opens", rule.opens.map(written) ?? ""), PackPart("due", written(rule.due)),
            PackPart("lapses", rule.lapses.map(written) ?? ""), PackPart("each", [rule.each?.rawValue, rule.item].compactMap { $0 }.joined(separator: " ")),
            PackPart("stand-in", rule.standIns.joined(separator: ", ")), PackPart("requires", rule.requiresTopic ?? ""),
            PackPart("not-by", rule.notByDoerOf ?? ""), PackPart("do", rule.form ?? ""),
            PackPart("ends-on", rule.endsOn ?? ""), PackPart("duty-class", rule.dutyClass ?? ""),
            PackPart("reading", rule.isOurReading ? "our" : ""), PackPart("log", rule.log ?? ""), PackPart("hours", rule.keepsContactWindow ? "contact-window" : ""),
        ]
        switch rule.occasion {
        case .every(let cadence): parts.append(PackPart("every", written(cadence)))
        case .when(let event): parts.append(PackPart("when", event))
        case .expires(let kind, let before): parts.append(PackPart("expires", "\(kind), \(written(before)) before"))
        case .afterDuty(let rule, let outcomes):
            parts.append(PackPart("after-duty", ([rule] + outcomes).joined(separator: ", ")))
        }
        switch rule.who {
        case .role(let role): parts.append(PackPart("who", role))
        case .event(let field, let role): parts.append(PackPart("who", "\(role) @ \(field)"))
        case .points: parts.append(PackPart("who", ""))
        }
        if let signed = rule.signedBy {
            parts.append(PackPart("signed-by", ([String(signed.count)] + signed.roles).joined(separator: ", ")))
        }
        // No ladder of its own and an empty ladder are two things.
        if let steps = rule.steps {
            parts.append(PackPart("steps", "[" + steps.map(written).joined(separator: "; ") + "]"))
        }
        return parts
    }

    /// A round's points are compared one by one; the fields of any other form are part of it.
    static func parts(of form: Form) -> [PackPart] {
        let own = [
            PackPart("title", form.title), PackPart("annex", form.annex ?? ""),
            PackPart("emits", form.emits.map(written).joined(separator: "; ")), PackPart("round", flag(form.isRound)), PackPart("all-well", flag(form.isAllWell)),
        ]
        guard !form.isRound else { return own }
        let fields = form.fields.flatMap { field in
            parts(of: field).filter { !$0.value.zh.isEmpty }.map { PackPart("\(field.id)/\($0.key)", $0.value) }
        }
        return own + fields + [PackPart("fields", form.fields.map(\.id).joined(separator: ", "))]
    }

    static func parts(of field: Field) -> [PackPart] {
        [
            PackPart("title", field.title), PackPart("good", field.good), PackPart("type", field.kind.rawValue),
            PackPart("optional", flag(field.isOptional)), PackPart("long", flag(field.isLong)),
            PackPart("unit", field.unit ?? ""), PackPart("from", number(field.from)), PackPart("to", number(field.to)),
            PackPart("band", range(field.bandFrom, field.bandTo)), PackPart("options", options(field.options)),
            PackPart("count", field.count == 1 ? "" : String(field.count)), PackPart("clause", field.clause ?? ""),
            PackPart("role", field.role ?? ""), PackPart("zone", field.zone?.id ?? ""),
            PackPart("at", field.binding == Binding() ? "" : written(field.binding)),
            PackPart("season", field.season ?? ""),
            PackPart("severity", field.severity ?? ""), PackPart("photo", flag(field.photo)),
            PackPart("weight", field.weight == 1 ? "" : String(field.weight)), PackPart("veto", flag(field.isVeto)),
            PackPart("show-if", written(field.showIf)),
            PackPart("emits", field.emits.map(written).joined(separator: "; ")),
        ]
    }

    static func parts(of event: EventKind) -> [PackPart] {
        let own = [
            PackPart("name", event.name), PackPart("may", event.may.joined(separator: ", ")),
            PackPart("scope", event.isCompanyWide ? "company" : ""), PackPart("immediate", flag(event.isImmediate)),
            PackPart("act", event.act ?? ""),
        ]
        let fields = event.fields.flatMap { field in
            parts(of: field).filter { !$0.value.zh.isEmpty }.map { PackPart("\(field.id)/\($0.key)", $0.value) }
        }
        return own + fields
    }

    static func parts(of role: Role) -> [PackPart] {
        [
            PackPart("name", role.name), PackPart("sits", role.sits), PackPart("may", role.may.joined(separator: ", ")),
            PackPart("optional", flag(role.isOptional)),
        ]
    }

    static func parts(of trait: Trait) -> [PackPart] {
        [PackPart("name", trait.name), PackPart("answers", trait.hasTwoAnswers ? "two" : "")]
    }

    static func parts(of kind: ItemKind) -> [PackPart] {
        let types = kind.types.map { type in
            "\(type.id): " + [type.firstService, type.thenEvery, type.scrap].map { $0.map(written) ?? "–" }.joined(separator: " / ")
        }
        return [PackPart("name", kind.name), PackPart("clause", kind.clauses.joined(separator: ", ")), PackPart("register", flag(kind.isKept)), PackPart("types", types.joined(separator: "; "))]
    }

    static func parts(of zone: HallZone) -> [PackPart] { [PackPart("name", zone.name)] }

    static func parts(of topic: Topic) -> [PackPart] {
        [PackPart("name", topic.name), PackPart("valid", topic.valid.map(written) ?? "")]
    }

    static func parts(of gate: Gate) -> [PackPart] {
        let requirement =
            switch gate.requirement {
            case .roleFilled(let role): "role-filled: \(role)"
            case .trained(let topic): "trained: \(topic)"
            case .signedBy(let count): "signed-by: \(count)"
            case .act(let act): "act: \(act)"
            }
        return [
            PackPart("title", gate.title), PackPart("clause", gate.clauses.joined(separator: ", ")),
            PackPart("requires", requirement), PackPart("at", written(gate.binding)),
            PackPart("roles", gate.roles.joined(separator: ", ")), PackPart("rules", gate.rules.joined(separator: ", ")),
        ]
    }

    /// The edition is left out: it is another one by nature.
    static func parts(of company: Company) -> [PackPart] {
        let seasons = company.seasons.sorted { $0.key < $1.key }.map {
            "\($0.key): \($0.value.fromMonth)-\($0.value.fromDay)…\($0.value.toMonth)-\($0.value.toDay)"
        }
        return [
            PackPart("title", company.title), PackPart("company", company.company), PackPart("zone", company.zone),
            PackPart("half-day-ends", clock(company.halfDayEnds)), PackPart("seasons", seasons.joined(separator: "; ")),
            PackPart("send-window", company.sendWindow.map { "\(clock($0.lowerBound))-\(clock($0.upperBound))" } ?? ""),
            PackPart("steps", company.steps.map(written).joined(separator: "; ")), PackPart("running", company.running.rawValue),
            PackPart("last-stand-in", company.lastStandIn.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")),
            PackPart("facts", company.facts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")),
            PackPart("contact-window", company.contactWindow.map { "\(clock($0.lowerBound))-\(clock($0.upperBound))" } ?? ""),
            PackPart("calling-hours", company.callingHours.map { "\(clock($0.lowerBound))-\(clock($0.upperBound))" }.joined(separator: " ")),
            PackPart("language", company.language.rawValue), PackPart("scores", written(company.scores)),
        ]
    }
}
