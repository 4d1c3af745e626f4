import Regulation
import Store
import WorkCalendar

/// What a change to a round costs which halls: places that are alike are worked out once (docs/rules/rounds.md).
struct RoundCosts: Sendable {
    struct Line: Sendable {
        var places: [Place]
        var before: RoundCost
        var after: RoundCost
    }
    static let days = 28
    /// Where nobody has walked it enough: about what a look and a tap take.
    static let usualSeconds = 5.0
    private static let leastWalks = 5

    var lines: [Line] = []
    /// Seconds one point takes.
    var seconds: Double
    /// Whether that was measured in the last walks.
    var isMeasured: Bool

    init(of form: String, from old: Pack, to new: Pack, on day: Day, _ hall: Hallkeeper, _ tx: any Reading) throws {
        (seconds, isMeasured) = try Self.pace(of: form, hall, tx)
        let finder = FactFinder(tx: tx, hall: hall)
        let inForce = PackInForce(hash: "", pack: new)
        for members in try PackPreview.alike(tx).prefix(PackPreview.most) {
            guard let first = members.first else { continue }
            var facts = try finder.planned(of: first, pack: inForce)
            facts.closures = [:]
            let people = { (_: String) in ["anybody"] }
            let before = RoundCost.of(form, in: old, at: facts, first: day, days: Self.days, people: people)
            let after = RoundCost.of(form, in: new, at: facts, first: day, days: Self.days, people: people)
            if before.walks + after.walks > 0 || before.isAlsoOnEvent || after.isAlsoOnEvent { lines.append(Line(places: members, before: before, after: after)) }
        }
    }

    /// The middle of how many seconds a point took in the last two hundred walks with a phone; the usual where there are few.
    private static func pace(of form: String, _ hall: Hallkeeper, _ tx: any Reading) throws -> (Double, Bool) {
        let walks = try tx.rows("select * from walk where form = \(form) order by received desc limit 200").map(Walk.init(row:))
        let paces = walks.filter { $0.device != "form" && !$0.answers.isEmpty }
            .compactMap { walk in walk.seconds.map { Double($0) / Double(walk.answers.count) } }.sorted()
        guard paces.count >= leastWalks else { return (usualSeconds, false) }
        return ((paces[paces.count / 2] * 10).rounded() / 10, true)
    }
}

/// How often a round is walked, in words.
enum RoundCadence {
    /// What can be chosen in the browser, as a pack writes it.
    static let choices = ["opening", "closing", "half-day", "day", "week", "month", "quarter", "year", "last-open-day"]

    static func words(of form: String, in pack: Pack, _ w: Words) -> String {
        let list = pack.rules.filter { $0.form == form }.map { words(of: $0, w) }
        return list.isEmpty ? w("cadence.none") : list.reduce(into: []) { all, one in if !all.contains(one) { all.append(one) } }.joined(separator: w("list.comma"))
    }

    static func words(of rule: Rule, _ w: Words) -> String {
        switch rule.occasion {
        case .every(.interval(let period, _)): w("cadence.interval", ["period": w(period.words)])
        case .every(let cadence): w("cadence." + RoundWriter.cadence(cadence))
        case .when, .afterDuty, .expires: w("cadence.event")
        }
    }
}
