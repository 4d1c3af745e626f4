/// One day a layer decides: off, or worked.
package struct CalendarDay: Hashable, Codable, Sendable {
    /// The day.
    package var day: Day
    /// True: a day off. False: a working day, whatever its weekday.
    package var off: Bool
    /// Why: the holiday's name, or the reason of the order.
    package var name: String

    /// A day, whether it is off, and why.
    package init(day: Day, off: Bool, name: String) {
        self.day = day
        self.off = off
        self.name = name
    }
}

/// What somebody with the right to do so has decided about days: a State Council notice, a region's own
/// holidays, an order of the company. Layers lie upon each other; where two name the same day, the later wins.
package struct CalendarLayer: Hashable, Codable, Sendable {
    /// Whose decision it is, in the order in which they lie upon each other.
    package enum Level: String, Hashable, Codable, Sendable, CaseIterable {
        case national, regional, company

        var rank: Int {
            switch self {
            case .national: 0
            case .regional: 1
            case .company: 2
            }
        }
    }

    /// What the layer is called.
    package var name: String
    /// Whose decision it is.
    package var level: Level
    /// The year in the title of the notice, not of its days: the notice for 2019 also decides 2018-12-29.
    package var year: Int?
    /// Who entered it.
    package var author: String
    /// Why, for instance the address of the notice.
    package var reason: String
    /// When it was entered; nil for what ships with the program.
    package var addedAt: Instant?
    /// The days it decides.
    package var days: [CalendarDay]
    /// False: known not to be announced; then the year stays provisional.
    package var announced: Bool

    /// A layer from its parts.
    package init(
        name: String, level: Level = .national, year: Int? = nil, author: String = "", reason: String = "",
        addedAt: Instant? = nil, days: [CalendarDay], announced: Bool = true
    ) {
        self.name = name
        self.level = level
        self.year = year
        self.author = author
        self.reason = reason
        self.addedAt = addedAt
        self.days = days
        self.announced = announced
    }
}
