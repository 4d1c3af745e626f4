import WorkCalendar

/// What a cadence asks for around a day: the occasions that cover it, each with its name and its days.
struct Occasions {
    let place: PlaceFacts
    let company: Company
    /// The place's hours, and the hours it would have if nothing were closed by order.
    let moments: Moments
    let regular: Moments

    /// One occasion, cut to the time the place exists, with the clock its times are read from.
    struct Named {
        var name: String
        var span: Moments.Span
        var moments: Moments
        /// When it can be done unless the rule says otherwise.
        var start: Instant
        var closed: Text?
    }

    init(place: PlaceFacts, company: Company) {
        (self.place, self.company) = (place, company)
        moments = Moments(place: place, company: company)
        regular = Moments(place: place, company: company, overlooking: true)
    }

    func of(_ cadence: Cadence, _ rule: Rule, covering day: Day) -> [Named] {
        switch cadence {
        case .opening:
            return daily("opening", rule, day) { span in
                // A round due before the doors open cannot begin with them.
                let (opening, midnight) = (regular.opening(day), place.unit.zone.instant(day, minute: 0))
                let due = regular.of(rule.due, span, startingAt: opening)?.at ?? opening
                return due > opening ? opening : midnight
            }
        case .closing: return daily("closing", rule, day)
        case .day: return daily("day", rule, day)
        case .halfDay: return halves(rule, day)
        case .week: return period("\(Occasions.weekName(day))/week", rule, Occasions.week(day))
        case .month: return period("\(Occasions.monthName(day))/month", rule, Occasions.month(day))
        case .quarter: return period("\(Occasions.quarterName(day))/quarter", rule, Occasions.quarter(day))
        case .year: return period("\(day.year)/year", rule, Occasions.year(day))
        case .lastOpenDay:
            return period("\(Occasions.monthName(day))/last-open-day", rule, Occasions.month(day), lastDayOnly: true)
        case .interval(let every, let fromLast):
            return fromLast ? fromLastDone(every, rule, day) : fixed(every, rule, day)
        }
    }

    private func inSeason(_ rule: Rule, _ span: Moments.Span) -> Bool {
        guard let season = rule.season.flatMap({ company.seasons[$0] }) else { return true }
        return (span.first.number...span.last.number).contains { season.contains(Day(number: $0)) }
    }

    private func daily(
        _ part: String, _ rule: Rule, _ day: Day, half: Range<Int>? = nil, start: ((Moments.Span) -> Instant)? = nil
    ) -> [Named] {
        let span = Moments.Span(first: day, last: day, half: half)
        guard regular.unit.isOpenDay(day), inSeason(rule, span), day >= place.starts ?? day else { return [] }
        return [
            Named(
                name: "\(day)/\(part)", span: span, moments: regular,
                start: start?(span) ?? place.unit.zone.instant(day, minute: half?.lowerBound ?? 0),
                closed: closure(day))
        ]
    }

    private func closure(_ day: Day) -> Text? {
        (place.closures[day] ?? place.unit.closures[day]).map { Text("按令关闭：\($0.zh)", "closed by order: \($0.en)") }
    }

    private func halves(_ rule: Rule, _ day: Day) -> [Named] {
        let open = regular.unit.minutes(on: day)
        guard let start = open.first?.lowerBound, let end = open.last?.upperBound else { return [] }
        let noon = company.halfDayEnds
        var list: [Named] = []
        if start < min(noon, end) { list += daily("am", rule, day, half: start..<min(noon, end)) }
        if max(start, noon) < end { list += daily("pm", rule, day, half: max(start, noon)..<end) }
        return list
    }

    /// An occasion of many days runs from the first open day to the last; where the place never opens in it there is
    /// none, and where order keeps it closed throughout nothing is required.
    private func period(_ name: String, _ rule: Rule, _ whole: Moments.Span, lastDayOnly: Bool = false) -> [Named] {
        var span = whole
        span.first = max(span.first, place.starts ?? span.first)
        guard span.first <= span.last else { return [] }
        let hours: Moments
        var closed: Text?
        if moments.firstOpen(span) != nil {
            hours = moments
        } else {
            guard let last = regular.lastOpen(span) else { return [] }
            (hours, closed) = (regular, closure(last))
        }
        guard let first = lastDayOnly ? hours.lastOpen(span) : hours.firstOpen(span) else { return [] }
        span = Moments.Span(first: first, last: lastDayOnly ? first : span.last)
        guard inSeason(rule, span) else { return [] }
        return [Named(name: name, span: span, moments: hours, start: hours.opening(first), closed: closed)]
    }

    /// Every so many days or months from the start of the year. What is left of the year joins the last one when it is
    /// less than half as long.
    private func fixed(_ every: Period, _ rule: Rule, _ day: Day) -> [Named] {
        let year = Occasions.year(day)
        var start = year.first
        var next = Occasions.after(start, every)
        guard next > start else { return [] }
        while true {
            let length = Occasions.after(next, every).number - next.number
            if (year.last.number - next.number + 1) * 2 < length { next = year.last.adding(days: 1) }
            if next > day { break }
            start = next
            next = Occasions.after(start, every)
        }
        let last = min(next.adding(days: -1), year.last)
        return period("\(start)/interval", rule, Moments.Span(first: start, last: last))
    }

    /// Counted from the last time: it waits from that day on, or the next open one of its season, until it is done.
    private func fromLastDone(_ every: Period, _ rule: Rule, _ day: Day) -> [Named] {
        guard let falls = place.lastDone[rule.id].map({ Occasions.after($0, every) }) ?? place.starts, falls <= day
        else { return [] }
        var first = max(falls, place.starts ?? falls)
        for _ in 0..<400 {
            let span = Moments.Span(first: first, last: first)
            if moments.unit.isOpenDay(first), inSeason(rule, span) { return period("\(falls)/interval", rule, span) }
            first = first.adding(days: 1)
        }
        return []
    }
}

extension Occasions {
    /// The day a period later.
    static func after(_ day: Day, _ every: Period) -> Day {
        switch every.unit {
        case .month: day.adding(months: every.quantity)
        case .year: day.adding(months: every.quantity * 12)
        default: day.adding(days: every.quantity)
        }
    }

    /// The day a period earlier.
    static func before(_ day: Day, _ period: Period) -> Day {
        switch period.unit {
        case .month: day.adding(months: -period.quantity)
        case .year: day.adding(months: -period.quantity * 12)
        default: day.adding(days: -period.quantity)
        }
    }

    /// Monday to Sunday.
    static func week(_ day: Day) -> Moments.Span {
        let monday = day.adding(days: 1 - day.weekday)
        return Moments.Span(first: monday, last: monday.adding(days: 6))
    }

    static func month(_ day: Day) -> Moments.Span {
        let first = day.adding(days: 1 - day.day)
        return Moments.Span(first: first, last: first.adding(months: 1).adding(days: -1))
    }

    static func quarter(_ day: Day) -> Moments.Span {
        let first = month(day).first.adding(months: -((day.month - 1) % 3))
        return Moments.Span(first: first, last: first.adding(months: 3).adding(days: -1))
    }

    static func year(_ day: Day) -> Moments.Span {
        let first = month(day).first.adding(months: 1 - day.month)
        return Moments.Span(first: first, last: first.adding(months: 12).adding(days: -1))
    }

    /// `2026-W48`: the ISO week a day belongs to.
    static func weekName(_ day: Day) -> String {
        let thursday = day.adding(days: 4 - day.weekday)
        let number = (thursday.number - year(thursday).first.number) / 7 + 1
        return "\(thursday.year)-W\(number < 10 ? "0" : "")\(number)"
    }

    static func monthName(_ day: Day) -> String { String(day.description.prefix(7)) }
    static func quarterName(_ day: Day) -> String { "\(day.year)-Q\((day.month - 1) / 3 + 1)" }
}
