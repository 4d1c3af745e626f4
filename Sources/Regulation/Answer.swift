import WorkCalendar

/// The regulation's answer to an event: which duties it opens, which it ends.
package enum Answer {
    /// The duties an event opens at a place; `people` gives who fills a role, for rules that say `each: person`.
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
        let (at, fields, company) = (happening.at, happening.fields, pack.company)
        let day = place.unit.zone.day(of: at)
        guard rule.binding.holds(kind: place.kind, traits: place.traits),
            rule.season.flatMap({ company.seasons[$0] })?.contains(day) ?? true,
            rule.conditions.allSatisfy({ $0.holds(fields[$0.field]) }),
            let times = deadline(of: rule, at: at, fields: fields, place: place, company: company)
        else { return [] }
        var seat: String?
        if case .event(let field, _) = rule.who, let named = fields[field], !named.isEmpty { seat = named }
        let moments = Moments(place: place, company: company)
        let later = rule.opens.flatMap { moments.of($0, event: at, fields: fields)?.at } ?? at
        let owers = DutyPlan.owers(rule, subject: happening.subject, pack, place, on: day, people: people)
        return owers.map { subject, role in
            PlannedDuty(
                rule: rule.id, subject: subject, occasion: "event:\(happening.id)", day: day,
                opens: min(max(later, at), times.due), due: times.due, lapses: times.lapses, role: role, seat: seat,
                form: rule.form, endsOn: rule.endsOn, provisional: times.provisional, reasons: times.reasons)
        }
    }

    /// When a duty that an event opened is due and lapses; used again when the calendar changed. Nil where the event
    /// does not carry what the rule needs.
    package static func deadline(
        of rule: Rule, at event: Instant, fields: [String: String], place: PlaceFacts, company: Company
    ) -> (due: Instant, lapses: Instant?, provisional: Bool, reasons: [Text])? {
        var place = place
        if let role = rule.role, let unit = place.owners[role] {
            place.unit = unit
            place.closures = [:]
        }
        if rule.keepsContactWindow { place.unit = company.contactHours(of: place.unit) }
        let moments = Moments(place: place, company: company)
        guard let found = moments.of(rule.due, event: event, fields: fields) else { return nil }
        // What was agreed for a time already past is due at once.
        let due = max(found.at, event)
        let lapses = rule.lapses.flatMap { moments.of($0, event: event, fields: fields)?.at }
        let reasons = found.reasons + (rule.isOurReading ? [DutyPlan.ourReading] : [])
        return (due, lapses.map { max($0, due) }, found.provisional, reasons)
    }

    /// Rules whose open duties about the event's subject end with it.
    package static func endedRules(by happening: Happening, _ pack: Pack) -> [Rule] {
        pack.rulesEnding[happening.kind] ?? []
    }
}
