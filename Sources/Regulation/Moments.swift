import WorkCalendar

/// Turns the times a pack writes into instants, each with its reasons.
struct Moments {
    let company: Company
    /// The place's hours; days closed by order are closed, unless they are to be overlooked.
    let unit: WorkUnit
    private let zone: Zone
    private let hangsOnCalendar: Bool

    /// `overlooking` closures gives the times there would be if nothing were closed by order.
    init(place: PlaceFacts, company: Company, overlooking: Bool = false) {
        var unit = place.unit
        unit.closures = overlooking ? [:] : unit.closures.merging(place.closures) { own, _ in own }
        (self.company, self.unit, zone) = (company, unit, unit.zone)
        hangsOnCalendar = unit.keepsWorkingDays || unit.hours.namesHolidays
    }

    /// An instant found, and why it is that one.
    struct Found {
        var at: Instant
        var provisional = false
        var reasons: [Text] = []
    }

    /// A stretch of days an occasion covers.
    struct Span {
        var first: Day
        var last: Day
        /// Minutes of its day at which a half day begins and ends.
        var half: Range<Int>?
    }

    func opening(_ day: Day) -> Instant { unit.opening(day) ?? zone.instant(day, minute: 0) }
    func closing(_ day: Day) -> Instant { unit.closing(day) ?? zone.instant(day, minute: 1440) }

    /// The last open day of a span; nil where none is open.
    func lastOpen(_ span: Span) -> Day? {
        var day = span.last
        while day >= span.first {
            if unit.isOpenDay(day) { return day }
            day = day.adding(days: -1)
        }
        return nil
    }

    /// The first open day of a span; nil where none is open.
    func firstOpen(_ span: Span) -> Day? {
        var day = span.first
        while day <= span.last {
            if unit.isOpenDay(day) { return day }
            day = day.adding(days: 1)
        }
        return nil
    }

    /// A moment of an occasion that hangs on days. A clock time `ending` an occasion of many days is on its last open
    /// day, one that begins it on its first.
    func of(_ moment: Moment, _ span: Span, startingAt start: Instant, ending: Bool = false) -> Found? {
        switch moment {
        case .anchor(let name, let minutes):
            var found = anchor(name, span, start)
            guard minutes != 0 else { return found }
            found.at = found.at.adding(minutes: minutes)
            let (size, clock) = (abs(minutes), zone.clock(found.at))
            found.reasons.append(
                minutes < 0
                    ? Text("再早 \(size) 分钟：\(clock)", "\(size) min earlier: \(clock)")
                    : Text("再过 \(size) 分钟：\(clock)", "\(size) min later: \(clock)"))
            return found
        case .clock(let minute):
            let day = ending ? lastOpen(span) ?? span.last : span.first
            let clock = minute == 1440 ? "24:00" : zone.clock(zone.instant(day, minute: minute))
            return Found(
                at: zone.instant(day, minute: minute), reasons: [Text("规定时刻 \(clock)", "at \(clock)")]
            ).hanging(on: openYear(day...day))
        case .period(let period):
            // None within ten years: nothing can be owed.
            guard let deadline = try? Deadline.after(start, period, unit: unit) else { return nil }
            return Found(at: deadline.due, provisional: deadline.provisional, reasons: deadline.reasons)
        case .sameDay: return sameDay(start)
        case .field: return nil
        }
    }

    private func anchor(_ anchor: Moment.Anchor, _ span: Span, _ start: Instant) -> Found {
        let day = span.first
        func found(_ at: Instant, _ zh: String, _ en: String, _ days: ClosedRange<Day>) -> Found {
            let clock = zone.clock(at)
            return Found(at: at, reasons: [Text("\(zh) \(clock)", "\(en) \(clock)")]).hanging(on: openYear(days))
        }
        switch anchor {
        case .opening: return found(opening(day), "开门", "opening", day...day)
        case .closing:
            let last = lastOpen(span) ?? span.last
            return found(closing(last), "关门", "closing", last...span.last)
        case .startOfDay:
            return Found(at: zone.instant(day, minute: 0), reasons: [Text("当日零点", "start of the day, 00:00")])
        case .endOfDay:
            let midnight = zone.instant(span.last, minute: 1440)
            return Found(at: midnight, reasons: [Text("当日 24:00", "end of the day, 24:00")])
        case .endOfHalfDay: return found(halfEnd(span, start), "半天结束", "end of the half day", day...day)
        case .endOfWeek: return end(of: Occasions.week(day), Text("本周", "of the week"))
        case .endOfMonth: return end(of: Occasions.month(day), Text("本月", "of the month"))
        case .endOfQuarter: return end(of: Occasions.quarter(day), Text("本季", "of the quarter"))
        case .endOfYear: return end(of: Occasions.year(day), Text("本年", "of the year"))
        }
    }

    /// The end of the half day an occasion is, or of the half in which it begins.
    private func halfEnd(_ span: Span, _ start: Instant) -> Instant {
        if let half = span.half { return zone.instant(span.first, minute: half.upperBound) }
        let noon = zone.instant(span.first, minute: company.halfDayEnds)
        let end = closing(span.first)
        return start < noon && opening(span.first) < noon ? min(noon, end) : end
    }

    private func end(of span: Span, _ part: Text) -> Found {
        let last = lastOpen(span) ?? span.last
        let at = closing(last)
        let (words, clock) = (last.words, at == zone.instant(last, minute: 1440) ? "24:00" : zone.clock(at))
        return Found(
            at: at,
            reasons: [
                Text(
                    "\(part.zh)最后一个营业日 \(words.zh)，\(clock) 关门",
                    "last open day \(part.en): \(words.en), closing \(clock)")
            ]
        ).hanging(on: openYear(last...span.last))
    }

    /// The year whose calendar, not announced yet, the hours of these days hang on.
    private func openYear(_ days: ClosedRange<Day>) -> Int? {
        guard hangsOnCalendar else { return nil }
        return (days.lowerBound.number...days.upperBound.number).first { unit.calendar.isProvisional(Day(number: $0)) }
            .map { Day(number: $0).year }
    }

    /// Until the place closes that day; 24:00 when it happens after closing or on a day it is closed.
    private func sameDay(_ start: Instant) -> Found {
        let day = zone.day(of: start)
        let midnight = zone.instant(day, minute: 1440)
        guard let closing = unit.closing(day) else {
            return Found(at: midnight, reasons: [Text("当天不营业，到当日 24:00", "closed that day: until 24:00")])
        }
        if closing > start {
            let clock = zone.clock(closing)
            return Found(at: closing, reasons: [Text("当日关门 \(clock)", "closing that day, \(clock)")])
        }
        return Found(
            at: midnight, reasons: [Text("关门之后发生，到当日 24:00", "it happened after closing: until 24:00")])
    }
}

extension Moments {
    /// A moment counted from an event; nil where the event does not carry what it needs.
    func of(_ moment: Moment, event: Instant, fields: [String: String]) -> Found? {
        let zone = unit.zone
        let day = zone.day(of: event)
        switch moment {
        case .period, .sameDay: return of(moment, Span(first: day, last: day), startingAt: event)
        case .field(let name): return field(fields[name] ?? "", event)
        case .anchor, .clock:
            // On the event's day, or where that has passed on the next open day that still has it ahead.
            var next = day
            for ahead in 0..<800 {
                defer { next = next.adding(days: 1) }
                guard unit.isOpenDay(next) || (ahead == 0 && !moment.needsOpenDay) else { continue }
                let found = of(moment, Span(first: next, last: next), startingAt: event)
                if let found, found.at >= event { return found }
            }
            return nil
        }
    }

    /// What a field of the event says: a day (until the place closes), a time of the event's day, or an instant.
    private func field(_ text: String, _ event: Instant) -> Found? {
        let zone = unit.zone
        if let day = Day(text) {
            let (at, words) = (closing(day), day.words)
            let clock = at == zone.instant(day, minute: 1440) ? "24:00" : zone.clock(at)
            return Found(at: at, reasons: [Text("约定 \(words.zh)，到 \(clock)", "agreed for \(words.en), until \(clock)")])
        }
        if let minute = PackNode.minute(text) {
            let at = zone.instant(zone.day(of: event), minute: minute)
            return Found(at: at, reasons: [Text("约定当日 \(text)", "agreed for \(text) that day")])
        }
        guard let at = zone.parse(text) else { return nil }
        let (words, clock) = (zone.day(of: at).words, zone.clock(at))
        return Found(at: at, reasons: [Text("约定 \(words.zh) \(clock)", "agreed for \(words.en) \(clock)")])
    }
}

extension Moments.Found {
    /// Provisional when it hangs on a year whose notice is not announced, with that as a reason.
    fileprivate func hanging(on year: Int?) -> Moments.Found {
        guard let year else { return self }
        var found = self
        found.provisional = true
        found.reasons.append(
            Text(
                "\(year) 年放假安排尚未公布，暂按周末和法定节假日计算",
                "the notice for \(year) is not announced: computed with weekends and statutory holidays for now"))
        return found
    }
}

extension Moment {
    /// Whether it exists only on days the place opens.
    fileprivate var needsOpenDay: Bool {
        switch self {
        case .anchor(let name, _): name == .opening || name == .closing || name == .endOfHalfDay
        case .clock, .period, .sameDay, .field: false
        }
    }
}
