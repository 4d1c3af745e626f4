import WorkCalendar

/// Whose rulebook it is, and what its rules fall back on.
package struct Company: Sendable {
    /// Id of the pack.
    package var pack: String
    /// `2026.1`: for people; a version is known by its hash.
    package var edition: String
    /// What the rulebook is called.
    package var title: Text
    /// What the company is called.
    package var company: Text
    /// What is printed: hotline, paper … name → text.
    package var facts: [String: String]
    /// IANA name of the zone its days are of.
    package var zone: String
    /// Minute of the day at which the first half ends.
    package var halfDayEnds: Int
    /// name → season.
    package var seasons: [String: Season]
    /// Minutes of the day in which messages of the ordinary class arrive; nil: at any time.
    package var sendWindow: Range<Int>?
    /// The ladder of rules that give none.
    package var steps: [Step]
    /// `safety` → the hall's role that is the last stand-in for rules of that class (5.6-1).
    package var lastStandIn: [String: String]
    /// The language of whoever has not chosen one.
    package var language: Language
    /// What becomes of open duties when another version comes into force.
    package var running: Running = .keep

    /// Minutes of the day in which customers are called about what did not come by phone or in person; nil: at any time.
    package var contactWindow: Range<Int>?

    /// Spans of the day, in minutes and in order, in which customers are called back and asked whether they are satisfied; none: at any time.
    package var callingHours: [Range<Int>] = []

    /// Whether customers may be called back at a minute of the day.
    package func mayCall(_ minute: Int) -> Bool { callingHours.isEmpty || callingHours.contains { $0.contains(minute) } }

    /// From which minute on they may be called again, and whether that is only on the next day; nil: now.
    package func callingBegins(after minute: Int) -> (minute: Int, isTomorrow: Bool)? {
        guard !mayCall(minute), let first = callingHours.first else { return nil }
        return callingHours.first { $0.lowerBound > minute }.map { ($0.lowerBound, false) } ?? (first.lowerBound, true)
    }

    /// How patrols are scored.
    package var scores = Scores()

    /// `keep`: a duty is lived to its end under the version that opened it. `switch`: it follows the version in force.
    package enum Running: String, Sendable, CaseIterable { case keep, `switch` }
}

/// From a month-day to a month-day, both included; may pass the new year.
package struct Season: Hashable, Sendable {
    /// 1…12.
    package var fromMonth: Int
    /// 1…31.
    package var fromDay: Int
    /// 1…12.
    package var toMonth: Int
    /// 1…31.
    package var toDay: Int

    /// Whether a day lies in it, of whatever year.
    package func contains(_ day: Day) -> Bool {
        let (start, end, asked) = (fromMonth * 100 + fromDay, toMonth * 100 + toDay, day.month * 100 + day.day)
        return start <= end ? (start...end).contains(asked) : asked >= start || asked <= end
    }
}
