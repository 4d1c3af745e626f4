import WorkCalendar

/// What is owed by the calendar: the occasions that cover a day. Pure; identity and content do not depend on which day of
/// the occasion it is asked, so planning each minute or once after a week's outage gives the same.
package enum DutyPlan {
    /// `people` gives who fills a role that day, for rules that say `each: person`.
    package static func duties(
        _ pack: Pack, at place: PlaceFacts, on day: Day, people: (String) -> [String]
    ) -> [PlannedDuty] {
        let moments = Moments(place: place, company: pack.company)
        var list: [PlannedDuty] = []
        for rule in pack.rulesPlanned where rule.binding.holds(kind: place.kind, traits: place.traits) {
            switch rule.occasion {
            case .every(let cadence):
                for occasion in occasions(cadence, rule, day, place, moments, pack.company) {
                    list += duties(rule, occasion, pack, place, day, moments, people)
                }
            case .expires(let kind, let before):
                list += expiring(kind, before, rule, pack, place, day, moments)
            case .when, .afterDuty: break
            }
        }
        return list
    }

    private struct Named {
        var name: String
        var span: Moments.Span
        var isDaily: Bool
    }

    private static func occasions(
        _ cadence: Cadence, _ rule: Rule, _ day: Day, _ place: PlaceFacts, _ moments: Moments, _ company: Company
    ) -> [Named] {
        let isOpen = moments.open.isOpenDay(day)
        func daily(_ part: String, half: Range<Int>? = nil) -> [Named] {
            guard isOpen, inSeason(rule, day, company) else { return [] }
            return [Named(name: "\(day)/\(part)", span: Moments.Span(first: day, last: day, half: half), isDaily: true)]
        }
        func period(_ name: String, _ span: Moments.Span) -> [Named] {
            inSeason(rule, span.last, company) ? [Named(name: name, span: span, isDaily: false)] : []
        }
        switch cadence {
        case .opening: return daily("opening")
        case .closing: return daily("closing")
        case .day: return daily("day")
        case .halfDay:
            guard let opening = moments.open.opening(day), let closing = moments.open.closing(day) else { return [] }
            let zone = place.unit.zone
            let start = zone.minuteOfDay(opening)
            let end = start + Int((closing.ms - opening.ms) / 60_000)
            let noon = company.halfDayEnds
            var list: [Named] = []
            if start < noon { list += daily("am", half: start..<max(start + 1, min(noon, end))) }
            if end > noon { list += daily("pm", half: max(start, noon)..<end) }
            return list
        case .week: return period("\(Occasions.weekName(day))/week", Occasions.week(day))
        case .month: return period("\(Occasions.monthName(day))/month", Occasions.month(day))
        case .quarter: return period("\(Occasions.quarterName(day))/quarter", Occasions.quarter(day))
        case .year: return period("\(day.year)/year", Occasions.year(day))
        case .lastOpenDay:
            let last = moments.lastOpen(Occasions.month(day))
            return [Named(name: "\(Occasions.monthName(day))/last-open-day", span: Moments.Span(first: last, last: last), isDaily: false)]
        case .interval(let every, let fromLast): return interval(every, fromLast, rule, day, place)
        }
    }

    private static func interval(_ every: Period, _ fromLast: Bool, _ rule: Rule, _ day: Day, _ place: PlaceFacts) -> [Named] {
        func after(_ day: Day) -> Day {
            every.unit == .month ? day.adding(months: every.quantity) : day.adding(days: every.quantity)
        }
        var start: Day
        if fromLast {
            guard let last = place.lastDone[rule.id].map(after) ?? place.starts, last <= day else { return [] }
            return [Named(name: "\(last)/interval", span: Moments.Span(first: last, last: last.adding(days: 6)), isDaily: false)]
        }
        start = Occasions.year(day).first
        for _ in 0..<366 {
            let next = after(start)
            if next > day { break }
            start = next
        }
        return [Named(name: "\(start)/interval", span: Moments.Span(first: start, last: after(start).adding(days: -1)), isDaily: false)]
    }

    private static func inSeason(_ rule: Rule, _ day: Day, _ company: Company) -> Bool {
        rule.season.flatMap { company.seasons[$0] }?.contains(day) ?? true
    }

    private static func duties(
        _ rule: Rule, _ occasion: Named, _ pack: Pack, _ place: PlaceFacts, _ day: Day, _ moments: Moments,
        _ people: (String) -> [String]
    ) -> [PlannedDuty] {
        var span = occasion.span
        if let starts = place.starts {
            if span.last < starts { return [] }
            span.first = max(span.first, starts)
        }
        let first = occasion.isDaily ? span.first : moments.firstOpen(span)
        let standard = span.half.map { place.unit.zone.instant(first, minute: $0.lowerBound) }
            ?? (occasion.isDaily ? place.unit.zone.instant(first, minute: 0) : moments.opening(first))
        let opens = rule.opens.flatMap { moments.of($0, span, startingAt: standard)?.at } ?? standard
        guard let due = moments.of(rule.due, span, startingAt: opens) else { return [] }
        let lapses = rule.lapses.flatMap { moments.of($0, span, startingAt: opens)?.at }
        var reasons = due.reasons
        if rule.isOurReading { reasons.append(Text("规范没写明，按我们的理解", "our reading: the text gives no time")) }
        let closed = occasion.isDaily ? place.closures[span.first] : nil
        func duty(_ subject: String, _ role: String) -> PlannedDuty {
            PlannedDuty(
                rule: rule.id, subject: subject, occasion: occasion.name, day: first, opens: min(opens, due.at), due: due.at,
                lapses: lapses.map { max($0, due.at) }, role: role, seat: nil, form: rule.form, endsOn: rule.endsOn,
                provisional: due.provisional, reasons: reasons,
                notRequired: closed.map { Text("按令关闭：\($0.zh)", "closed by order: \($0.en)") })
        }
        if rule.each == .role {
            guard let form = rule.form.flatMap(pack.form) else { return [] }
            let applicable = form.fields(for: nil, traits: place.traits, on: first, seasons: pack.company.seasons)
            var roles: [String] = []
            for role in applicable.compactMap(\.role) where !roles.contains(role) { roles.append(role) }
            return roles.map { duty("role:\($0)", $0) }
        }
        guard let owner = rule.role else { return [] }
        return rule.each == .person ? people(owner).map { duty("person:\($0)", owner) } : [duty("", owner)]
    }

    private static func expiring(
        _ kind: String, _ before: Period, _ rule: Rule, _ pack: Pack, _ place: PlaceFacts, _ day: Day, _ moments: Moments
    ) -> [PlannedDuty] {
        guard let role = rule.role else { return [] }
        return place.expiries.filter { $0.kind == kind }.compactMap { expiry in
            let opensOn = before.unit == .month
                ? expiry.day.adding(months: -before.quantity) : expiry.day.adding(days: -before.quantity)
            guard opensOn <= day else { return nil }
            let opens = moments.opening(opensOn)
            let due = moments.closing(expiry.day)
            return PlannedDuty(
                rule: rule.id, subject: expiry.subject, occasion: "expiry:\(expiry.day)", day: opensOn, opens: opens,
                due: max(due, opens), lapses: nil, role: role, seat: nil, form: rule.form, endsOn: rule.endsOn,
                provisional: false,
                reasons: [Text("\(expiry.day) 到期，提前 \(before.words.zh)", "runs out on \(expiry.day); \(before.words.en) ahead")])
        }
    }
}
