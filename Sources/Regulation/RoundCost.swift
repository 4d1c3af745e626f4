import WorkCalendar

/// What a round costs a place: how often it is walked, how many points are asked, how long that takes (docs/rules/rounds.md).
/// Pure; how long a point takes is handed in.
package struct RoundCost: Hashable, Sendable {
    /// Times it is owed in the days looked at, each role's part apart.
    package var walks: Int
    /// Points asked in all of them together.
    package var points: Int
    /// Points asked the first time it is owed, all roles' parts together.
    package var pointsOnce: Int
    /// Whether some of its rules wait for an event: how often those come nobody knows.
    package var isAlsoOnEvent: Bool
    /// Over so many days.
    package var days: Int

    /// Nothing, over some days.
    package static func none(days: Int) -> RoundCost { RoundCost(walks: 0, points: 0, pointsOnce: 0, isAlsoOnEvent: false, days: days) }

    /// Seconds a day, on average over the days looked at.
    package func secondsADay(atSecondsAPoint seconds: Double) -> Double { days > 0 ? Double(points) * seconds / Double(days) : 0 }

    /// What one round of a pack costs a place over `days` days from `first`. `people` gives who fills a role.
    package static func of(
        _ form: String, in pack: Pack, at place: PlaceFacts, first: Day, days: Int, people: (String) -> [String]
    ) -> RoundCost {
        var cost = none(days: days)
        guard let round = pack.form(form) else { return cost }
        let rules = pack.rules.filter { $0.form == form && $0.binding.holds(kind: place.kind, traits: place.traits) }
        cost.isAlsoOnEvent = rules.contains(where: \.waitsForSomething)
        // A small pack of these rules alone: planning reads every rule it is given, each day.
        let small = Pack(
            company: pack.company, clauses: [], roles: pack.roles, topics: [], traits: pack.traits, events: pack.events, gates: [], rules: rules, forms: [round],
            zones: pack.zones)
        var seen: Set<String> = []
        var once: String?
        for number in 0..<max(days, 0) {
            for plan in DutyPlan.duties(small, at: place, on: first.adding(days: number), people: people)
            where plan.notRequired == nil && seen.insert("\(plan.rule)|\(plan.occasion)|\(plan.subject)").inserted {
                let role = plan.subject.hasPrefix("role:") ? String(plan.subject.dropFirst("role:".count)) : nil
                let asked = round.fields(for: role, traits: place.traits, on: plan.day, seasons: pack.company.seasons).count
                cost.walks += 1
                cost.points += asked
                if once == nil || once == plan.occasion {
                    once = plan.occasion
                    cost.pointsOnce += asked
                }
            }
        }
        return cost
    }
}
