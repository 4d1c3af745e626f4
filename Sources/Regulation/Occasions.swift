import WorkCalendar

/// The stretches of days that occasions cover.
enum Occasions {
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
