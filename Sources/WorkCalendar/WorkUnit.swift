/// A day that is off each year, or once.
package enum UnitHoliday: Hashable, Codable, Sendable {
    /// One day.
    case date(Day)
    /// The same month and day each year.
    case yearly(month: Int, day: Int)
}

/// Who owes: when it is open, and which days it counts.
///
/// Two calendars, never mixed: minutes of service, opening and closing hang on the unit's own hours; working days are
/// the statutory ones, unless the unit counts its own open days.
package struct WorkUnit: Hashable, Sendable {
    /// What it is called, for explanations.
    package var name: String?
    /// When it is open.
    package var hours: OpeningHours
    /// Where its clocks stand.
    package var zone: Zone
    /// Which days are working days by law, and on which `PH` applies.
    package var calendar: StatutoryCalendar
    /// Counts its own open days as working days instead of the statutory ones.
    package var countsOwnDays: Bool
    /// Open exactly on working days: closed on a holiday, and open on a make-up day with the hours of a weekday.
    package var keepsWorkingDays: Bool
    /// Days off besides: closed all day (unless the hours speak of `PH` or are `24/7`), not counted.
    package var holidays: Set<UnitHoliday>
    /// Working days although weekday or holiday says otherwise.
    package var works: Set<Day>
    /// Days on which it is closed by order, with the reason.
    package var closures: [Day: Text]

    /// A unit from its parts.
    package init(
        name: String? = nil, hours: OpeningHours, zone: Zone = .shanghai, calendar: StatutoryCalendar,
        countsOwnDays: Bool = false, keepsWorkingDays: Bool = false, holidays: Set<UnitHoliday> = [],
        works: Set<Day> = [], closures: [Day: Text] = [:]
    ) {
        self.name = name
        self.hours = hours
        self.zone = zone
        self.calendar = calendar
        self.countsOwnDays = countsOwnDays
        self.keepsWorkingDays = keepsWorkingDays
        self.holidays = holidays
        self.works = works
        self.closures = closures
    }

    /// The open stretches that begin on a day, in minutes from its local midnight.
    package func minutes(on day: Day) -> [Range<Int>] {
        if closures[day] != nil { return [] }
        if works.contains(day) { return workedHours(day) }
        if isOwnHoliday(day) {
            if hours.isAlways { return hours.intervals(on: day) }
            return hours.namesHolidays ? hours.intervals(on: day, isHoliday: true) : []
        }
        if keepsWorkingDays {
            return calendar.isWorkingDay(day) ? workedHours(day) : []
        }
        return hours.intervals(on: day, isHoliday: hours.namesHolidays && calendar.kind(of: day).isHoliday)
    }

    /// The open stretches that begin on a day, as exact time.
    package func openIntervals(on day: Day) -> [Range<Instant>] {
        minutes(on: day).flatMap { zone.stretches(day, minutes: $0) }
    }

    /// Whether it opens at all on a day.
    package func isOpenDay(_ day: Day) -> Bool {
        !minutes(on: day).isEmpty
    }

    /// When it first opens on a day; nil when it does not.
    package func opening(_ day: Day) -> Instant? {
        openIntervals(on: day).first?.lowerBound
    }

    /// When it stops business on a day: the end of the last stretch that begins on it; nil when it does not open.
    package func closing(_ day: Day) -> Instant? {
        openIntervals(on: day).last?.upperBound
    }

    /// The open time between two instants, in milliseconds; 0 when the second is not later.
    package func openMilliseconds(from: Instant, to: Instant) -> Int64 {
        guard from < to else { return 0 }
        if hours.isAlways, closures.isEmpty, !keepsWorkingDays { return to.ms - from.ms }
        var total: Int64 = 0
        // Both ends are known, so this ends by itself; a thousand years are enough for anyone.
        let days = min(zone.day(of: to).number - zone.day(of: from).number + 1, 365_250)
        var stream = OpenStream(self, from: from, days: days)
        while let open = stream.next(before: to) {
            total += min(open.upperBound, to).ms - open.lowerBound.ms
        }
        return total
    }

    /// Whether the unit counts a day as a working day.
    package func counts(_ day: Day) -> Bool {
        if works.contains(day) { return true }
        if isOwnHoliday(day) { return false }
        return countsOwnDays ? isOpenDay(day) : calendar.isWorkingDay(day)
    }

    /// What a counted or skipped day is, in words.
    func words(of day: Day) -> Text {
        if works.contains(day) { return Text("调休上班", "a make-up working day") }
        if isOwnHoliday(day) { return Text("放假", "a day off") }
        guard countsOwnDays else { return calendar.kind(of: day).words }
        if let reason = closures[day] { return reason }
        return isOpenDay(day) ? Text("营业日", "an open day") : Text("不营业", "closed")
    }

    /// Whether the answer for a day hangs on a calendar that may still change.
    func isProvisional(_ day: Day) -> Bool {
        if countsOwnDays || works.contains(day) || isOwnHoliday(day) { return false }
        return calendar.isProvisional(day)
    }

    /// Whether the hours of a day hang on a calendar that may still change.
    func hoursAreProvisional(_ day: Day) -> Bool {
        guard keepsWorkingDays || hours.namesHolidays else { return false }
        if closures[day] != nil || works.contains(day) || isOwnHoliday(day) { return false }
        return calendar.isProvisional(day)
    }

    private func isOwnHoliday(_ day: Day) -> Bool {
        guard !holidays.isEmpty else { return false }
        if holidays.contains(.date(day)) { return true }
        let (_, month, dayOfMonth) = day.parts
        return holidays.contains(.yearly(month: month, day: dayOfMonth))
    }

    /// A day that is worked has the hours of its weekday or, where that has none, of the last weekday before that has.
    private func workedHours(_ day: Day) -> [Range<Int>] {
        for back in 0...6 {
            let found = hours.intervals(on: day.adding(days: -back))
            if !found.isEmpty { return found }
        }
        return []
    }
}
