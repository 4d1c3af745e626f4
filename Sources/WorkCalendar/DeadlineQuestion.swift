/// One question to the deadline engine, in the words of the case files and of the command line.
package struct DeadlineQuestion: Sendable {
    private let start: Instant
    private let rule: DeadlineRule
    private let unit: String
    private let zone: Zone
    private let holidays: Set<UnitHoliday>
    private let works: Set<Day>
    private let hours: OpeningHours
    private let isNamed: Bool

    /// Reads a question; throws what is wrong with it.
    ///
    /// `start` is an instant with offset, or local time of `zone` without; `unit` is `office`, `hall`, `h24` or opening
    /// hours in OpenStreetMap's notation; `options` are words parted by space, comma, semicolon or `|`; `holidays` are
    /// dates or `MM-DD`, `works` dates, parted alike.
    package init(
        start: String, rule: String, unit: String = "office", options: String = "", zone: String = "Asia/Shanghai",
        holidays: String = "", works: String = ""
    ) throws(CaseMistake) {
        guard let place = Zone(zone) else {
            throw CaseMistake(Text("没有时区“\(zone)”。", "There is no time zone “\(zone)”."))
        }
        guard let instant = place.parse(start) else { throw DeadlineQuestion.noInstant(start) }
        self.start = instant
        self.rule = try DeadlineRule(parsing: rule, options: try DeadlineQuestion.options(options))
        self.zone = place
        self.unit = unit
        self.holidays = try DeadlineQuestion.holidays(holidays)
        self.works = try DeadlineQuestion.works(works)
        let named = DeadlineQuestion.named[unit]
        isNamed = named != nil
        do {
            hours = try OpeningHours(parsing: named ?? unit)
        } catch {
            throw CaseMistake(
                Text(
                    "营业时间“\(unit)”第 \(error.offset + 1) 个字：\(error.sentence.zh)",
                    "Opening hours “\(unit)”, character \(error.offset + 1): \(error.sentence.en)"))
        }
    }

    /// The answer on a calendar; throws when there is none.
    package func answer(calendar: StatutoryCalendar) throws -> DeadlineAnswer {
        let unit = workUnit(calendar: calendar)
        switch rule {
        case .after(let period):
            let deadline = try Deadline.after(start, period, unit: unit)
            return DeadlineAnswer(result: .due(deadline.due), zone: zone, deadline: deadline)
        case .between(let written):
            guard let end = zone.parse(written) else { throw DeadlineQuestion.noInstant(written) }
            let minutes = Deadline.between(start, end, unit: unit)
            return DeadlineAnswer(result: .minutes(minutes), zone: zone, deadline: unit.openMinutes(start, end))
        }
    }

    /// The unit as the question describes it, on a calendar.
    package func workUnit(calendar: StatutoryCalendar) -> WorkUnit {
        WorkUnit(
            name: isNamed ? unit : nil, hours: hours, zone: zone, calendar: calendar, countsOwnDays: !isNamed,
            keepsWorkingDays: unit == "office", holidays: holidays, works: works)
    }

    /// The named units of the case files: they count statutory working days, whatever days they are open.
    private static let named = [
        "office": "Mo-Fr 08:30-12:00,14:00-17:30", "hall": "Mo-Su 08:30-17:30", "h24": "24/7",
    ]

    private static func words(_ text: String) -> [Substring] {
        text.split { $0.isWhitespace || ",;|+".contains($0) }
    }

    private static func options(_ text: String) throws(CaseMistake) -> PeriodOptions {
        var options: PeriodOptions = []
        for word in words(text) {
            guard let option = PeriodOptions(word: word) else {
                throw CaseMistake(
                    Text(
                        "没有选项“\(word)”：应为 midnight、cutoff、service、noroll。",
                        "There is no option “\(word)”: midnight, cutoff, service, noroll."))
            }
            options.insert(option)
        }
        return options
    }

    private static func holidays(_ text: String) throws(CaseMistake) -> Set<UnitHoliday> {
        var found: Set<UnitHoliday> = []
        for word in words(text) {
            if let day = Day(String(word)) {
                found.insert(.date(day))
            } else if word.count == 5, let day = Day("2024-\(word)") {
                found.insert(.yearly(month: day.month, day: day.day))
            } else {
                throw noDay(word)
            }
        }
        return found
    }

    private static func works(_ text: String) throws(CaseMistake) -> Set<Day> {
        var found: Set<Day> = []
        for word in words(text) {
            guard let day = Day(String(word)) else { throw noDay(word) }
            found.insert(day)
        }
        return found
    }

    private static func noDay(_ word: Substring) -> CaseMistake {
        CaseMistake(Text("“\(word)”不是日期。", "“\(word)” is no date."))
    }

    private static func noInstant(_ text: String) -> CaseMistake {
        CaseMistake(
            Text(
                "“\(text)”不是时间，应写成 2026-03-03T10:12 或 2026-03-03T10:12+08:00。",
                "“\(text)” is no time: write 2026-03-03T10:12 or 2026-03-03T10:12+08:00."))
    }
}

extension WorkUnit {
    /// The open minutes between two instants, as an answer that says why.
    func openMinutes(_ from: Instant, _ to: Instant) -> Deadline {
        let minutes = Deadline.between(from, to, unit: self)
        var walk = DeadlineWalk(from, unit: self)
        let here = walk.words(from)
        let then = walk.words(to)
        walk.say(
            "\(here.zh) 至 \(then.zh) 营业 \(minutes) 分钟",
            "\(minutes) open minute\(minutes == 1 ? "" : "s") from \(here.en) to \(then.en)")
        if from < to, keepsWorkingDays || hours.namesHolidays {
            var day = zone.day(of: from)
            let last = zone.day(of: to.adding(ms: -1))
            while day <= last {
                walk.noteHours(day)
                day = day.adding(days: 1)
            }
        }
        walk.closeProvisional()
        return Deadline(due: to, provisional: walk.isProvisional, reasons: walk.reasons)
    }
}
