/// Which days are working days by law and notice, in layers: national, regional, company; the later wins.
///
/// A listed day decides. Otherwise Monday to Friday are working days; in a year whose notice is not loaded
/// the statutory holidays are computed, and the answer is provisional.
package struct StatutoryCalendar: Hashable, Sendable {
    /// The layers in the order in which they lie upon each other.
    package let layers: [CalendarLayer]
    private let decided: [Int: Decision]
    private let announcedYears: Set<Int>

    private struct Decision: Hashable, Sendable {
        var off: Bool
        var name: String
        var level: CalendarLayer.Level
    }

    /// A calendar of layers. Sorted by level, then by when they were added, then as given.
    package init(layers: [CalendarLayer]) {
        let sorted = layers.enumerated().sorted { a, b in
            let left = (a.element.level.rank, a.element.addedAt?.ms ?? .min, a.offset)
            let right = (b.element.level.rank, b.element.addedAt?.ms ?? .min, b.offset)
            return left < right
        }.map(\.element)
        var decided: [Int: Decision] = [:]
        var years: Set<Int> = []
        for layer in sorted {
            for entry in layer.days {
                decided[entry.day.number] = Decision(off: entry.off, name: entry.name, level: layer.level)
            }
            // An empty year is an unknown one, never one without holidays.
            if layer.level == .national, layer.announced, !layer.days.isEmpty, let year = layer.year {
                years.insert(year)
            }
        }
        self.layers = sorted
        self.decided = decided
        announcedYears = years
    }

    /// What the day is.
    package func kind(of day: Day) -> DayKind {
        if let decision = decided[day.number] {
            if decision.off {
                return decision.level == .company
                    ? .closed(reason: decision.name) : .holiday(name: decision.name)
            }
            return day.isWeekend ? .makeUp(name: decision.name) : .working
        }
        let year = day.year
        if !announcedYears.contains(year), let name = StatutoryYear.of(year).names[day.number] {
            return .holiday(name: name)
        }
        return day.isWeekend ? .weekend : .working
    }

    /// Whether the day counts as a working day.
    package func isWorkingDay(_ day: Day) -> Bool {
        kind(of: day).isWorking
    }

    /// Whether the day may change: its year is not announced and no layer decides it.
    package func isProvisional(_ day: Day) -> Bool {
        decided[day.number] == nil && !announcedYears.contains(day.year)
    }

    /// Whether the notice of a year is loaded.
    package func isAnnounced(year: Int) -> Bool {
        announcedYears.contains(year)
    }

    /// The same calendar with one layer more.
    package func adding(_ layer: CalendarLayer) -> StatutoryCalendar {
        StatutoryCalendar(layers: layers + [layer])
    }

    /// The statutory holidays of a year as a layer that is not announced: what is fixed by law alone.
    package static func computedYear(_ year: Int) -> CalendarLayer {
        let days = StatutoryYear.of(year).names.sorted { $0.key < $1.key }
        return CalendarLayer(
            name: "\(year)", year: year, reason: "全国年节及纪念日放假办法",
            days: days.map { CalendarDay(day: Day(number: $0.key), off: true, name: $0.value) }, announced: false)
    }

    package static func == (a: StatutoryCalendar, b: StatutoryCalendar) -> Bool { a.layers == b.layers }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(layers)
    }
}
