import WorkCalendar

/// The regulation's answer to an event: which duties it opens, which it ends.
package enum Answer {
    package static func opened(
        by happening: Happening, _ pack: Pack, at place: PlaceFacts, people: (String) -> [String]
    ) -> [PlannedDuty] {
        var rules = pack.rulesWaiting[happening.kind] ?? []
        if happening.kind == "duty.done" || happening.kind == "duty.missed", let ended = happening.fields["rule"] {
            let outcome = happening.kind == "duty.missed" ? "missed" : happening.fields["outcome"] ?? "done"
            rules += (pack.rulesAfter[ended] ?? []).filter { rule in
                guard case .afterDuty(_, let outcomes) = rule.occasion else { return false }
                return outcomes.isEmpty || outcomes.contains(outcome)
            }
        }
        return rules.flatMap { open($0, happening, pack, place, people) }
    }

    private static func open(
        _ rule: Rule, _ happening: Happening, _ pack: Pack, _ place: PlaceFacts, _ people: (String) -> [String]
    ) -> [PlannedDuty] {
        let day = place.unit.zone.day(of: happening.at)
        guard rule.binding.holds(kind: place.kind, traits: place.traits),
            rule.season.flatMap({ pack.company.seasons[$0] })?.contains(day) ?? true,
            rule.conditions.allSatisfy({ $0.holds(happening.fields[$0.field]) }), let times = deadline(of: rule, at: happening.at, fields: happening.fields, place: place, company: pack.company)
        else { return [] }
        var seat: String?
        if case .event(let field, _) = rule.who { seat = happening.fields[field].flatMap { $0.isEmpty ? nil : $0 } }
        let moments = Moments(place: place, company: pack.company)
        let opens = rule.opens.flatMap { moments.of($0, event: happening.at, fields: happening.fields)?.at } ?? happening.at
        func duty(_ subject: String, _ role: String) -> PlannedDuty {
            PlannedDuty(
                rule: rule.id, subject: subject, occasion: "event:\(happening.id)", day: day, opens: min(opens, times.due),
                due: times.due, lapses: times.lapses, role: role, seat: seat, form: rule.form, endsOn: rule.endsOn,
                provisional: times.provisional, reasons: times.reasons)
        }
        if rule.each == .role {
            guard let form = rule.form.flatMap(pack.form) else { return [] }
            var roles: [String] = []
            for role in form.fields(for: nil, traits: place.traits, on: day, seasons: pack.company.seasons).compactMap(\.role)
            where !roles.contains(role) { roles.append(role) }
            return roles.map { duty("role:\($0)", $0) }
        }
        guard let role = rule.role else { return [] }
        return rule.each == .person ? people(role).map { duty("person:\($0)", role) } : [duty(happening.subject, role)]
    }

    /// When a duty that an event opened is due and lapses; used again when the calendar changed. Nil where the event does
    /// not carry what the rule needs.
    package static func deadline(
        of rule: Rule, at event: Instant, fields: [String: String], place: PlaceFacts, company: Company
    ) -> (due: Instant, lapses: Instant?, provisional: Bool, reasons: [Text])? {
        let moments = Moments(place: place, company: company)
        guard let due = moments.of(rule.due, event: event, fields: fields) else { return nil }
        let lapses = rule.lapses.flatMap { moments.of($0, event: event, fields: fields)?.at }
        var reasons = due.reasons
        if rule.isOurReading { reasons.append(Text("规范没写明，按我们的理解", "our reading: the text gives no time")) }
        return (max(due.at, event), lapses.map { max($0, due.at) }, due.provisional, reasons)
    }

    /// Rules whose open duties about the event's subject end with it.
    package static func endedRules(by happening: Happening, _ pack: Pack) -> [Rule] { pack.rulesEnding[happening.kind] ?? [] }
}
