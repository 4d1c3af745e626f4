import WorkCalendar

extension Moment {
    /// Whether it lies before another at any place; false where that hangs on the place, or on the days the two are of.
    func isSurelyEarlier(than other: Moment, sameDay: Bool) -> Bool {
        switch (self, other) {
        case (.anchor(let one, let first), .anchor(let two, let second)) where sameDay:
            if one == two { return first < second }
            guard let rank = one.rank, let other = two.rank else { return false }
            return rank < other && first <= second
        case (.clock(let first), .clock(let second)) where sameDay: return first < second
        case (.period(let first), .period(let second)):
            if first.unit == second.unit { return first.quantity < second.quantity }
            guard let first = first.clockMinutes, let second = second.clockMinutes else { return false }
            return first < second
        default: return false
        }
    }
}

extension Moment.Anchor {
    /// Its place among the anchors of one day; nil where that hangs on the place: a half day may end with the closing.
    fileprivate var rank: Int? {
        switch self {
        case .startOfDay: 0
        case .opening: 1
        case .closing: 2
        case .endOfDay: 3
        case .endOfHalfDay, .endOfWeek, .endOfMonth, .endOfQuarter, .endOfYear: nil
        }
    }
}

extension Period {
    /// How long it is by the clock; nil where the calendar or the opening hours decide.
    fileprivate var clockMinutes: Int? {
        switch unit {
        case .minute: quantity
        case .hour: quantity * 60
        default: nil
        }
    }
}
