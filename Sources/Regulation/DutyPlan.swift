import WorkCalendar

/// What is owed by the calendar: the occasions that cover a day. Pure; identity and content do not depend on which day
/// of the occasion it is asked, so planning each minute or once after a week's outage gives the same.
package enum DutyPlan {
    /// `people` gives who fills a role, for rules that say `each: person`.
    package static func duties(
        _ pack: Pack, at place: PlaceFacts, on day: Day, people: (String) -> [String]
    ) -> [PlannedDuty] {
        let occasions = Occasions(place: place, company: pack.company)
        var list: [PlannedDuty] = []
        for rule in pack.rulesPlanned where rule.binding.holds(kind: place.kind, traits: place.traits) {
            switch rule.occasion {
            case .every(let cadence):
                for occasion in occasions.of(cadence, rule, covering: day) {
                    list += duties(rule, occasion, pack, place, people)
                }
            case .expires(let kind, let before):
                for expiry in place.expiries where expiry.kind == kind {
                    if let duty = expiring(expiry, before, rule, day, place, occasions.moments) { list.append(duty) }
                }
            case .when, .afterDuty: break
            }
        }
        return list
    }

    /// Who owes a rule's duty and about what: one, one for each role that has points here, one for each person or thing.
    static func owers(
        _ rule: Rule, subject: String, _ pack: Pack, _ place: PlaceFacts, on day: Day, people: (String) -> [String]
    ) -> [(subject: String, role: String)] {
        if rule.each == .role {
            guard let form = rule.form.flatMap(pack.form) else { return [] }
            var roles: [String] = []
            for field in form.fields(for: nil, traits: place.traits, on: day, seasons: pack.company.seasons) {
                if let role = field.role, !roles.contains(role) { roles.append(role) }
            }
            return roles.map { ("role:\($0)", $0) }
        }
        guard let role = rule.role else { return [] }
        switch rule.each {
        case .person: return people(role).map { ("person:\($0)", role) }
        case .item: return place.things.filter { $0.kind == rule.item }.map { ($0.subject, role) }
        case .role, nil: return [(subject, role)]
        }
    }

    /// The reason added where the number is our reading of an unclear text.
    static let ourReading = Text("规范没写明，按我们的理解", "our reading: the text gives no time")

    private static func duties(
        _ rule: Rule, _ occasion: Occasions.Named, _ pack: Pack, _ place: PlaceFacts, _ people: (String) -> [String]
    ) -> [PlannedDuty] {
        let (span, moments) = (occasion.span, occasion.moments)
        let opens = rule.opens.flatMap { moments.of($0, span, startingAt: occasion.start)?.at } ?? occasion.start
        guard let due = moments.of(rule.due, span, startingAt: opens, ending: true) else { return [] }
        let lapses = rule.lapses.flatMap { moments.of($0, span, startingAt: opens, ending: true)?.at }
        return owers(rule, subject: "", pack, place, on: span.first, people: people).map { subject, role in
            PlannedDuty(
                rule: rule.id, subject: subject, occasion: occasion.name, day: span.first, opens: min(opens, due.at),
                due: due.at, lapses: lapses.map { max($0, due.at) }, role: role, seat: nil, form: rule.form,
                endsOn: rule.endsOn, provisional: due.provisional,
                reasons: due.reasons + (rule.isOurReading ? [ourReading] : []), notRequired: occasion.closed)
        }
    }

    /// Something runs out: owed from so long before, due as the place closes on its last day or as the rule says of
    /// that day; a period runs from the day it is owed.
    private static func expiring(
        _ expiry: Expiry, _ before: Period, _ rule: Rule, _ day: Day, _ place: PlaceFacts, _ moments: Moments
    ) -> PlannedDuty? {
        guard let role = rule.role else { return nil }
        let begins = max(Occasions.before(expiry.day, before), place.starts ?? Day(number: .min))
        guard begins <= day else { return nil }
        let owed = Moments.Span(first: begins, last: begins)
        let last = Moments.Span(first: expiry.day, last: expiry.day)
        let opening = moments.opening(begins)
        let opens = rule.opens.flatMap { moments.of($0, owed, startingAt: opening)?.at } ?? opening
        let (words, ahead) = (expiry.day.words, before.words)
        let reason = Text(
            "\(expiry.day.year)年\(words.zh)到期，提前 \(ahead.zh)",
            "runs out \(words.en) \(expiry.day.year); \(ahead.en) ahead")
        let said = moments.of(rule.due, last, startingAt: opens)
        let due = max(said?.at ?? moments.closing(expiry.day), opens)
        let lapses = rule.lapses.flatMap { moments.of($0, last, startingAt: opens)?.at }
        return PlannedDuty(
            rule: rule.id, subject: expiry.subject, occasion: "expiry:\(expiry.day)", day: begins, opens: opens,
            due: due, lapses: lapses.map { max($0, due) }, role: role, seat: nil, form: rule.form,
            endsOn: rule.endsOn, provisional: said?.provisional ?? false,
            reasons: [reason] + (said?.reasons ?? []) + (rule.isOurReading ? [ourReading] : []))
    }
}
