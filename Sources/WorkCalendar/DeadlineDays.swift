extension DeadlineWalk {
    /// The end of a period of days, months or years: the starting day is not counted (民法典 201), a last day on a
    /// day off moves to the next working day (203), and it ends when business stops.
    mutating func days(
        _ period: Period, after received: Instant, pauses: [Range<Instant>]
    ) throws(DeadlineMistake) -> Instant {
        let first = unit.zone.day(of: received)
        let here = words(received)
        say("\(here.zh) 起算，当天不算", "from \(here.en); that day is not counted")
        var last = try lastDay(period, after: first)
        var due = end(of: last, period)
        for pause in pauses where pause.lowerBound < due {
            guard pause.upperBound.ms < .max else { throw .paused(since: pause.lowerBound) }
            var moved = workingDaysAfterFirst(pause)
            last = try step(moved, workingDaysFrom: last)
            due = end(of: last, period)
            // Nothing falls due while its clock stands still.
            while due < pause.upperBound {
                moved += 1
                last = try step(1, workingDaysFrom: last)
                due = end(of: last, period)
            }
            guard moved > 0 else { continue }
            let from = words(pause.lowerBound)
            let to = words(pause.upperBound)
            say(
                "\(from.zh) 至 \(to.zh) 暂停，顺延 \(moved) 个工作日，到 \(words(last).zh)",
                "paused \(from.en) to \(to.en): \(moved) working day\(moved == 1 ? "" : "s") later, \(words(last).en)")
        }
        sayEnd(of: last, due, period)
        return due
    }

    private mutating func lastDay(_ period: Period, after first: Day) throws(DeadlineMistake) -> Day {
        if period.unit == .workingDay {
            guard period.quantity > 0 else { return try countedDay(from: first) }
            return try countWorkingDays(period.quantity, after: first)
        }
        let day =
            switch period.unit {
            case .month: first.adding(months: period.quantity)
            case .year: first.adding(months: period.quantity * 12)
            default: first.adding(days: period.quantity)
            }
        let length = period.words
        say("\(length.zh)后为 \(words(day).zh)", "\(length.en) on: \(words(day).en)")
        if period.options.contains(.noRoll) { return day }
        let moved = try countedDay(from: day)
        if moved != day {
            let why = unit.words(of: day)
            let then = unit.words(of: moved)
            say(
                "\(words(day).zh) \(why.zh)，顺延到 \(words(moved).zh)，\(then.zh)",
                "\(words(day).en) is off (\(why.en)): moves to \(words(moved).en), \(then.en)")
        }
        return moved
    }

    /// Counts working days after a day, one line each, days off between them in one line.
    private mutating func countWorkingDays(_ quantity: Int, after first: Day) throws(DeadlineMistake) -> Day {
        var day = first
        var count = 0
        var off: [Day] = []
        for _ in 0..<OpenStream.bound {
            day = day.adding(days: 1)
            guard counts(day) else {
                off.append(day)
                continue
            }
            count += 1
            // A long count shows its beginning and its end.
            if quantity <= 10 || count <= 3 || count == quantity {
                sayOff(off)
                let kind = unit.words(of: day)
                say(
                    "第 \(count) 天 = \(words(day).zh)，\(kind.zh)",
                    "day \(count) = \(words(day).en), \(kind.en)")
            } else if count == 4 {
                say("……", "…")
            }
            off = []
            if count == quantity { return day }
        }
        throw .notWithinTenYears
    }

    private mutating func sayOff(_ days: [Day]) {
        guard let first = days.first, let last = days.last else { return }
        var names: [Text] = []
        for day in days {
            let kind = unit.words(of: day)
            if !names.contains(kind) { names.append(kind) }
        }
        let zh = names.map(\.zh).joined(separator: "、")
        let en = names.map(\.en).joined(separator: ", ")
        if first == last {
            say("\(words(first).zh) 不计：\(zh)", "\(words(first).en) is not counted: \(en)")
        } else {
            say(
                "\(words(first).zh) 至 \(words(last).zh) 不计：\(zh)",
                "\(words(first).en) to \(words(last).en) are not counted: \(en)")
        }
    }

    /// The working days a pause touches after the first of them: a pause within one day moves nothing.
    private mutating func workingDaysAfterFirst(_ pause: Range<Instant>) -> Int {
        var day = unit.zone.day(of: pause.lowerBound)
        // A pause that ends as a day begins does not touch that day.
        let last = unit.zone.day(of: pause.upperBound.adding(ms: -1))
        var touched = 0
        for _ in 0...OpenStream.bound {
            guard day <= last else { break }
            if counts(day) { touched += 1 }
            day = day.adding(days: 1)
        }
        return max(0, touched - 1)
    }

    private mutating func step(_ quantity: Int, workingDaysFrom day: Day) throws(DeadlineMistake) -> Day {
        var day = day
        for _ in 0..<quantity { day = try countedDay(from: day.adding(days: 1)) }
        return day
    }

    private mutating func end(of day: Day, _ period: Period) -> Instant {
        let midnight = unit.zone.instant(day.adding(days: 1), minute: 0)
        if period.options.contains(.midnight) { return midnight }
        noteHours(day)
        return unit.closing(day) ?? midnight
    }

    private mutating func sayEnd(of day: Day, _ due: Instant, _ period: Period) {
        let here = words(day)
        if due == unit.zone.instant(day.adding(days: 1), minute: 0) {
            let closed = !period.options.contains(.midnight) && !unit.isOpenDay(day)
            say(
                "到 \(here.zh) 24:00 为止\(closed ? "（当天没有营业时间）" : "")",
                "ends \(here.en) 24:00\(closed ? " (no opening hours that day)" : "")")
        } else {
            let then = words(due)
            say("到 \(then.zh) 停止营业为止", "ends when business stops, \(then.en)")
        }
    }
}
