import Foundation
import Regulation
import Store
import WorkCalendar

/// The figures of cases (K1–K12), each with its numerator and denominator as conditions on `complaint`: what is counted and
/// the rows behind it are asked with the same words. The period is the month in which a case was taken in. Misconduct is in
/// none of them: it has a series of its own, and this asks for the other.
struct ComplaintFigure: Sendable {
    var id: String
    /// What counts.
    var part: @Sendable (Instant) -> SQL
    /// Of what.
    var whole: @Sendable (Instant) -> SQL
    /// Whether more is better.
    var isGood = true

    static let all: [ComplaintFigure] = [
        ComplaintFigure(
            id: "K1", part: { _ in "complaint.first_contact <= complaint.contact_due" },
            whole: { now in "complaint.contact_due is not null and (complaint.first_contact is not null or complaint.contact_due < \(now))" }),
        ComplaintFigure(
            id: "K1a", part: { _ in "complaint.first_contact <= complaint.contact_due and complaint.reached = 1" },
            whole: { now in "complaint.contact_due is not null and (complaint.first_contact is not null or complaint.contact_due < \(now))" }),
        ComplaintFigure(
            id: "K2", part: { now in "not exists (select 1 as one from complaint_unit u where u.complaint = complaint.id and u.agreed is not null and (u.visited > u.agreed or (u.visited is null and u.agreed < \(now))))" },
            whole: { now in "exists (select 1 as one from complaint_unit u where u.complaint = complaint.id and u.agreed is not null and (u.visited is not null or u.agreed < \(now)))" }),
        ComplaintFigure(
            id: "K3", part: { _ in "complaint.replied <= complaint.first_due" },
            whole: { now in "complaint.first_due is not null and (complaint.replied is not null or (complaint.first_due < \(now) and complaint.ended is null))" }),
        ComplaintFigure(id: "K4", part: { _ in "complaint.called_back is not null" }, whole: { _ in "complaint.replied is not null and complaint.door in ('complaint', 'report')" }),
        ComplaintFigure(id: "K4b", part: { _ in "complaint.call_back = 'reached'" }, whole: { _ in "complaint.called_back is not null" }),
        ComplaintFigure(id: "K5", part: { _ in "complaint.satisfaction in ('5', '4', '3')" }, whole: { _ in "complaint.satisfaction in ('5', '4', '3', '2', '1')" }),
        ComplaintFigure(id: "K5b", part: { _ in "complaint.satisfaction in ('5', '4', '3', '2', '1')" }, whole: { _ in "complaint.called_back is not null" }),
        ComplaintFigure(id: "K6", part: { _ in "complaint.solved = 'yes'" }, whole: { _ in "complaint.solved in ('yes', 'no')" }),
        ComplaintFigure(id: "K7", part: { _ in "complaint.repeat_of <> ''" }, whole: { _ in "1 = 1" }, isGood: false),
        ComplaintFigure(id: "K8", part: { _ in "complaint.finding in ('founded', 'partly')" }, whole: { _ in "complaint.finding <> ''" }, isGood: false),
        ComplaintFigure(id: "K11a", part: { _ in "complaint.sent_back > 0" }, whole: { _ in "complaint.first_dispatched is not null" }, isGood: false),
        ComplaintFigure(id: "K11b", part: { _ in "complaint.extended > 0" }, whole: { _ in "complaint.first_dispatched is not null" }, isGood: false),
        ComplaintFigure(
            id: "K11c", part: { now in "(complaint.replied > complaint.first_due or (complaint.replied is null and complaint.ended is null and complaint.first_due < \(now)))" },
            whole: { _ in "complaint.first_dispatched is not null and complaint.first_due is not null" }, isGood: false),
        ComplaintFigure(id: "K11e", part: { _ in "complaint.reopened > 0" }, whole: { _ in "complaint.first_dispatched is not null" }, isGood: false),
        ComplaintFigure(
            id: "K12", part: { _ in "complaint.improvement = 'verified'" }, whole: { now in "(complaint.improvement = 'verified' or (complaint.improvement = 'set' and complaint.improvement_until < \(now)))" }),
    ]

    /// Which cases: of months, of one unit, kind, channel or hall, as far as whoever asks may see.
    struct Scope: Sendable {
        var sight: ComplaintSight
        /// First and last month, `202611`.
        var from: String
        var to: String
        /// `unit`, `kind`, `channel`, `hall` → chosen.
        var chosen: [String: [String]] = [:]

        var condition: SQL {
            var all: SQL = "complaint.series = 'TS' and complaint.day >= \(from + "00") and complaint.day <= \(to + "99") and \(sql: sight.condition)"
            for (key, values) in chosen.sorted(by: { $0.key < $1.key }) where !values.isEmpty {
                switch key {
                case "unit": all = "\(sql: all) and complaint.unit in \(list: values)"
                case "kind": all = "\(sql: all) and complaint.kind in \(list: values)"
                case "channel": all = "\(sql: all) and complaint.channel in \(list: values)"
                default: all = "\(sql: all) and complaint.hall in \(list: values)"
                }
            }
            return all
        }
    }

    struct Count: Sendable, Equatable {
        var part = 0
        var whole = 0
        /// Hundredths of a percent; nil for fewer than five, which say nothing as a share.
        var share: Int? { whole >= 5 ? (part * 10_000 + whole / 2) / whole : nil }
    }

    /// Every figure of every month in a scope, in one reading.
    static func counts(_ scope: Scope, at now: Instant, _ tx: any Reading) throws -> [String: [String: Count]] {
        var columns: SQL = "count(*) as n"
        for figure in all {
            let name = figure.id.lowercased()
            columns = "\(sql: columns), sum(case when \(sql: figure.whole(now)) then 1 else 0 end) as \(sql: SQL(text: name + "_d", values: [])), sum(case when \(sql: figure.whole(now)) and \(sql: figure.part(now)) then 1 else 0 end) as \(sql: SQL(text: name + "_n", values: []))"
        }
        var months: [String: [String: Count]] = [:]
        for row in try tx.rows("select substr(complaint.day, 1, 6) as month, \(sql: columns) from complaint where \(sql: scope.condition) group by substr(complaint.day, 1, 6)") {
            var counts: [String: Count] = ["n": Count(part: Int(try row.int("n")), whole: Int(try row.int("n")))]
            for figure in all {
                let name = figure.id.lowercased()
                counts[figure.id] = Count(part: Int(try row.optionalInt(name + "_n") ?? 0), whole: Int(try row.optionalInt(name + "_d") ?? 0))
            }
            months[try row.text("month")] = counts
        }
        return months
    }

    /// How many of each value of a column: causes, kinds, units; most first.
    static func tally(_ column: SQL, _ scope: Scope, _ tx: any Reading) throws -> [(id: String, n: Int)] {
        try tx.rows("select \(sql: column) as id, count(*) as n from complaint where \(sql: scope.condition) and \(sql: column) <> '' group by \(sql: column) order by count(*) desc, \(sql: column)").map { (try $0.text("id"), Int(try $0.int("n"))) }
    }

    /// K10: minutes from taken in to replied: mean, median, the ninetieth of a hundred.
    static func spans(_ scope: Scope, _ tx: any Reading) throws -> (mean: Int64, median: Int64, p90: Int64, n: Int)? {
        let all: SQL = "\(sql: scope.condition) and complaint.replied is not null"
        guard let row = try tx.one("select count(*) as n, sum(complaint.replied - complaint.recorded) as total from complaint where \(sql: all)") else { return nil }
        let n = Int(try row.int("n"))
        guard n > 0 else { return nil }
        func at(_ index: Int) throws -> Int64 { try tx.one("select complaint.replied - complaint.recorded as span from complaint where \(sql: all) order by 1 limit 1 offset \(index)")?.int("span") ?? 0 }
        return ((try row.int("total")) / Int64(n), try at((n - 1) / 2), try at((n * 9 + 9) / 10 - 1), n)
    }
}
