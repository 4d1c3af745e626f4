import Regulation
import Store
import WorkCalendar

/// What the hall ticked beside what the inspector saw, by hall and month; each number opens its rows.
struct DifferenceRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.differences, .signedIn, map), Entry("GET", Site.differenceRows, .signedIn, rows)] }

    /// Points compared, and what came of it.
    struct Count: Sendable, Equatable {
        var compared = 0, glossed = 0, mended = 0, agreed = 0
        /// Of those compared, the ones the hall had said were in order.
        var saidInOrder = 0

        static func + (a: Count, b: Count) -> Count {
            Count(
                compared: a.compared + b.compared, glossed: a.glossed + b.glossed, mended: a.mended + b.mended, agreed: a.agreed + b.agreed,
                saidInOrder: a.saidInOrder + b.saidInOrder)
        }
    }
    /// Below this many, a rate is shown as a count.
    static let fewest = 20

    /// One grouped statement over all halls and months.
    func counts(_ halls: [Place.ID], from: Day, to: Day) async throws -> [Place.ID: [String: Count]] {
        let rows = try await hall.store.read { tx in
            try tx.rows(
                """
                select place, substr(day, 1, 7) as month, verdict, own_answer, count(*) as n from patrol_point
                where day >= \(from) and day <= \(to) and place in \(list: halls) and verdict <> ''
                group by place, substr(day, 1, 7), verdict, own_answer
                """
            ).map { (try $0.text("place"), try $0.text("month"), Difference.Verdict(rawValue: try $0.text("verdict")), try $0.text("own_answer"), Int(try $0.int("n"))) }
        }
        var found: [Place.ID: [String: Count]] = [:]
        for (place, month, verdict, own, n) in rows {
            guard let verdict else { continue }
            var count = found[place]?[month] ?? Count()
            count.compared += n
            if own == ScoredPoint.Answer.ok.rawValue { count.saidInOrder += n }
            switch verdict {
            case .agree: count.agreed += n
            case .glossed: count.glossed += n
            case .mended: count.mended += n
            }
            found[place, default: [:]][month] = count
        }
        return found
    }

    private func map(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let reach = try PatrolReach(desk)
        let (w, month) = (desk.w, reach.month)
        let months = (-12...0).map { month.adding($0) }
        let reached = try reach.halls()
        let counts = try await counts(reached.map(\.id), from: months[0].first, to: month.last)
        func line(_ name: String, _ count: Count, _ query: String) -> DifferencePage.Line {
            DifferencePage.Line(name: name, compared: count.compared, glossed: count.glossed, mended: count.mended, agreed: count.agreed, rate: rate(count, w), query: query)
        }
        let halls = reached.filter { $0.ended == nil || counts[$0.id]?[month.text] != nil }
        let total = counts.values.reduce(Count()) { $0 + ($1[month.text] ?? Count()) }
        return try await desk.page(
            DifferencePage(
                title: w("difference.title"), month: month, total: line(w("difference.all"), total, "?month=\(month.text)"),
                halls: halls.map { line(w($0.name), counts[$0.id]?[month.text] ?? Count(), "?place=\($0.id)&month=\(month.text)") },
                months: months.reversed().compactMap { month in
                    let sum = counts.values.reduce(Count()) { $0 + ($1[month.text] ?? Count()) }
                    return sum.compared == 0 ? nil : line(month.name(w), sum, "?month=\(month.text)")
                }))
    }

    private func rate(_ count: Count, _ w: Words) -> String {
        if count.saidInOrder == 0 { return "–" }
        let few = w("difference.of", ["n": "\(count.glossed)", "of": "\(count.saidInOrder)"])
        let tenths = Score.tenths(count.glossed, of: count.saidInOrder)
        return count.saidInOrder < Self.fewest ? few : "\(tenths / 10).\(tenths % 10) %"
    }

    /// The rows behind a number, the newest first: what each side said, when, by which role, with its photos.
    private func rows(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let reach = try PatrolReach(desk)
        let (w, query) = (desk.w, visit.request.query)
        let (places, month, patrol) = (try reach.asked().map(\.id), reach.month, query["patrol"] ?? "")
        let wanted = Difference.Verdict(rawValue: query["verdict"] ?? "")
        let verdicts = (wanted.map { [$0] } ?? Difference.Verdict.allCases).map(\.rawValue)
        let (first, last) = (month.first, month.last)
        let filter: SQL = patrol.isEmpty ? "day >= \(first) and day <= \(last)" : "patrol = \(patrol)"
        let (points, count) = try await hall.store.read { tx in
            (
                try tx.rows(
                    """
                    select * from patrol_point where place in \(list: places) and verdict in \(list: verdicts) and \(sql: filter)
                    order by day desc, patrol desc, number limit 200
                    """
                ).map(PatrolPoint.init(row:)),
                Int(try tx.one("select count(*) as n from patrol_point where place in \(list: places) and verdict in \(list: verdicts) and \(sql: filter)")?.int("n") ?? 0)
            )
        }
        let patrols = Array(Set(points.map(\.patrol))).sorted()
        let marks = points.flatMap { [$0.note, $0.own?.note ?? ""] }.filter { $0.hasPrefix("personal:") }.map { String($0.dropFirst("personal:".count)) }
        let (inspectors, notes, packs) = try await hall.store.read { [hall] tx -> ([String: String], [String: String], [String: Pack]) in
            var people: [String: String] = [:]
            var packs: [String: Pack] = [:]
            for row in try tx.rows("select id, inspector, pack from patrol where id in \(list: patrols)") {
                people[try row.text("id")] = try row.text("inspector")
                packs[try row.text("id")] = try hall.packs.pack(try row.text("pack"), tx).pack
            }
            let texts = try tx.rows("select id, text from personal where id in \(list: marks)").map { ("personal:" + (try $0.text("id")), try $0.text("text")) }
            return (people, Dictionary(texts, uniquingKeysWith: { first, _ in first }), packs)
        }
        let roles = try await reach.roles(of: Set(inspectors.values))
        let list = points.compactMap { point -> DifferenceRowsPage.Row? in
            guard let own = point.own, let verdict = point.verdict else { return nil }
            let title = packs[point.patrol]?.form(point.form)?.field(point.point).map { w($0.title) } ?? point.point
            func photos(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
            return DifferenceRowsPage.Row(
                clause: point.clause, title: title, place: (desk.tree[point.place].map { w($0.name) } ?? "") + (point.zone.zh.isEmpty ? "" : " · " + w(point.zone)),
                link: Site.patrol.link(point.place, point.patrol), verdict: verdict.rawValue, matched: w("difference.by-" + own.matched.rawValue),
                hall: DifferenceRowsPage.Side(
                    answer: w("point.short-" + own.answer.rawValue), when: desk.times.moment(own.at) + " · " + w(own.at <= point.at ? "difference.before" : "difference.after"),
                    who: desk.roleName(own.role), note: notes[own.note] ?? "", photos: photos(own.photos)),
                inspector: DifferenceRowsPage.Side(
                    answer: w("point.short-" + point.answer.rawValue), when: desk.times.moment(point.at), who: roles[inspectors[point.patrol] ?? ""] ?? "",
                    note: notes[point.note] ?? "", photos: photos(point.photos)))
        }
        let name = places.count == 1 ? desk.tree[places[0]].map { w($0.name) } ?? "" : w("difference.all")
        return try await desk.page(
            DifferenceRowsPage(
                title: wanted.map { w("difference." + $0.rawValue) } ?? w("difference.compared"), sub: patrol.isEmpty ? name + " · " + month.name(w) : name,
                count: count, rows: list))
    }
}

extension Score {
    /// A share in tenths of a percent, half up.
    static func tenths(_ part: Int, of whole: Int) -> Int { whole == 0 ? 0 : (2000 * part + whole) / (2 * whole) }
}
