import WorkCalendar

/// Turns the times a pack writes into instants, each with its reasons.
struct Moments {
    let place: PlaceFacts
    let company: Company
    private var zone: Zone { place.unit.zone }
    /// The hours as if nothing were closed by order.
    let open: WorkUnit

    init(place: PlaceFacts, company: Company) {
        (self.place, self.company) = (place, company)
        var unit = place.unit
        unit.closures = [:]
        open = unit
    }

    struct Found {
        var at: Instant
        var provisional: Bool = false
        var reasons: [Text] = []
    }

    /// A stretch of days an occasion covers, and the part of its first day.
    struct Span {
        var first: Day
        var last: Day
        /// Minutes at which the occasion begins and ends on its own day, for half days.
        var half: Range<Int>?
    }

    func opening(_ day: Day) -> Instant { open.opening(day) ?? zone.instant(day, minute: 0) }
    func closing(_ day: Day) -> Instant { open.closing(day) ?? zone.instant(day, minute: 1440) }

    /// The last open day of a span; the last day where none is open.
    func lastOpen(_ span: Span) -> Day {
        var day = span.last
        while day > span.first, !open.isOpenDay(day) { day = day.adding(days: -1) }
        return open.isOpenDay(day) ? day : span.last
    }

    func firstOpen(_ span: Span) -> Day {
        var day = span.first
        while day < span.last, !open.isOpenDay(day) { day = day.adding(days: 1) }
        return open.isOpenDay(day) ? day : span.first
    }

    private func clock(_ instant: Instant) -> String {
        let minute = zone.minuteOfDay(instant)
        let pad = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(pad(minute / 60)):\(pad(minute % 60))"
    }

    /// An anchor on an occasion.
    private func anchor(_ anchor: Moment.Anchor, _ span: Span) -> Found {
        let day = span.first
        func found(_ at: Instant, _ zh: String, _ en: String) -> Found {
            Found(at: at, reasons: [Text("\(zh) \(clock(at))", "\(en) \(clock(at))")])
        }
        switch anchor {
        case .opening: return found(opening(day), "开门", "opening")
        case .closing: return found(closing(lastOpen(span)), "关门", "closing")
        case .startOfDay: return found(zone.instant(day, minute: 0), "当日零点", "start of the day")
        case .endOfDay: return found(zone.instant(span.last, minute: 1440), "当日 24 点", "end of the day")
        case .endOfHalfDay:
            if let half = span.half { return found(zone.instant(day, minute: half.upperBound), "半天结束", "end of the half day") }
            return found(closing(day), "关门", "closing")
        case .endOfWeek, .endOfMonth, .endOfQuarter, .endOfYear:
            let last = lastOpen(span)
            let at = closing(last)
            let part: (String, String) = switch anchor {
            case .endOfWeek: ("本周", "of the week")
            case .endOfMonth: ("本月", "of the month")
            case .endOfQuarter: ("本季", "of the quarter")
            default: ("本年", "of the year")
            }
            return Found(
                at: at,
                reasons: [
                    Text("\(part.0)最后一个营业日 \(last)，\(clock(at)) 关门", "last open day \(part.1) is \(last), closing \(clock(at))")
                ])
        }
    }

    /// A moment of an occasion that hangs on days.
    func of(_ moment: Moment, _ span: Span, startingAt start: Instant) -> Found? {
        switch moment {
        case .anchor(let name, let minutes):
            var found = anchor(name, span)
            guard minutes != 0 else { return found }
            found.at = found.at.adding(minutes: minutes)
            let size = abs(minutes)
            found.reasons.append(
                minutes < 0
                    ? Text("再早 \(size) 分钟：\(clock(found.at))", "\(size) min earlier: \(clock(found.at))")
                    : Text("再过 \(size) 分钟：\(clock(found.at))", "\(size) min later: \(clock(found.at))"))
            return found
        case .clock(let minute):
            let at = zone.instant(span.first, minute: minute)
            return Found(at: at, reasons: [Text("规定时刻 \(clock(at))", "at \(clock(at))")])
        case .period(let period): return self.period(period, from: start)
        case .sameDay: return sameDay(start)
        case .field: return nil
        }
    }

    func period(_ period: Period, from start: Instant) -> Found? {
        guard let deadline = try? Deadline.after(start, period, unit: place.unit) else { return nil }
        return Found(at: deadline.due, provisional: deadline.provisional, reasons: deadline.reasons)
    }

    /// Until the place closes that day; 24:00 when it happens after closing.
    func sameDay(_ start: Instant) -> Found {
        let day = zone.day(of: start)
        if let closing = open.closing(day), closing > start {
            return Found(at: closing, reasons: [Text("当日关门 \(clock(closing))", "closing that day, \(clock(closing))")])
        }
        return Found(
            at: zone.instant(day, minute: 1440), reasons: [Text("关门之后发生，到当日 24:00", "it happened after closing: until 24:00")])
    }

    /// A moment counted from an event.
    func of(_ moment: Moment, event: Instant, fields: [String: String]) -> Found? {
        switch moment {
        case .period, .sameDay:
            let day = zone.day(of: event)
            return of(moment, Span(first: day, last: day), startingAt: event)
        case .field(let name): return field(fields[name] ?? "", event)
        case .anchor(let name, _):
            // On the event's day, or where that has passed on the next open day.
            var day = zone.day(of: event)
            for _ in 0..<400 {
                if open.isOpenDay(day), let found = of(moment, span(around: day, name), startingAt: event), found.at >= event { return found }
                day = day.adding(days: 1)
            }
            return nil
        case .clock:
            let day = zone.day(of: event)
            for next in [day, day.adding(days: 1)] {
                if let found = of(moment, Span(first: next, last: next), startingAt: event), found.at >= event { return found }
            }
            return nil
        }
    }

    private func span(around day: Day, _ anchor: Moment.Anchor) -> Span {
        switch anchor {
        case .endOfWeek: Occasions.week(day)
        case .endOfMonth: Occasions.month(day)
        case .endOfQuarter: Occasions.quarter(day)
        case .endOfYear: Occasions.year(day)
        default: Span(first: day, last: day)
        }
    }

    private func field(_ text: String, _ event: Instant) -> Found? {
        if let day = Day(text) {
            let at = closing(day)
            return Found(at: at, reasons: [Text("约定 \(day)，到关门 \(clock(at))", "agreed for \(day), until closing \(clock(at))")])
        }
        if let minute = PackNode.minute(text) {
            let at = zone.instant(zone.day(of: event), minute: minute)
            return Found(at: max(at, event), reasons: [Text("约定 \(text)", "agreed for \(text)")])
        }
        if let at = zone.parse(text) { return Found(at: at, reasons: [Text("约定 \(zone.text(at))", "agreed for \(zone.text(at))")]) }
        return nil
    }
}
