import Store
import Synchronization
import WorkCalendar

/// Sums of patrolled points by month, kept once they are made: a year of a hall is hundreds of thousands of points, and
/// those of past months stay as they are. Never stale: points come only with the end of their patrol, so a month whose
/// patrols are as many and score as much as when it was summed is the same month.
final class ScoreShelf: Sendable {
    /// What points got of what was possible.
    struct Sum: Sendable, Equatable {
        var n = 0, got = 0, possible = 0
        static func + (a: Sum, b: Sum) -> Sum { Sum(n: a.n + b.n, got: a.got + b.got, possible: a.possible + b.possible) }
    }
    struct Sums: Sendable, Equatable {
        /// By group of clauses, and by zone.
        var groups: [String: Sum] = [:]
        var zones: [Text: Sum] = [:]
        mutating func add(_ other: Sums) {
            groups.merge(other.groups, uniquingKeysWith: +)
            zones.merge(other.zones, uniquingKeysWith: +)
        }
    }
    private struct Key: Hashable {
        var halls: [Place.ID]
        var month: String
    }
    private let known = Mutex<[Key: (mark: ScoreRoutes.Cell, sums: Sums)]>([:])
    /// A hundred readers' years; then it begins anew.
    private static let most = 1_300

    /// The sums of some halls in a month whose patrols are these, from the shelf or read now.
    func sums(_ halls: [Place.ID], _ month: Month, _ mark: ScoreRoutes.Cell, _ tx: any Reading) throws -> Sums {
        guard mark.count > 0 else { return Sums() }
        let key = Key(halls: halls, month: month.text)
        if let found = known.withLock({ $0[key] }), found.mark == mark { return found.sums }
        var sums = Sums()
        let rows = try tx.rows(
            """
            select part, zone_zh, zone_en, count(*) as n, cast(sum(got) as bigint) as got, cast(sum(possible) as bigint) as possible from patrol_point
            where day >= \(month.first) and day <= \(month.last) and place in \(list: halls) and possible > 0 group by part, zone_zh, zone_en
            """)
        for row in rows {
            let sum = Sum(n: Int(try row.int("n")), got: Int(try row.int("got")), possible: Int(try row.int("possible")))
            sums.groups[try row.text("part"), default: Sum()] = sums.groups[try row.text("part"), default: Sum()] + sum
            let zone = Text(try row.text("zone_zh"), try row.text("zone_en"))
            sums.zones[zone, default: Sum()] = sums.zones[zone, default: Sum()] + sum
        }
        known.withLock { known in
            if known.count >= Self.most { known.removeAll() }
            known[key] = (mark, sums)
        }
        return sums
    }
}
