import Foundation
import Regulation
import Store
import WorkCalendar

/// Figures of cases, the rows behind each, and exactly those rows as a table.
struct FigureRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.figures, .may("case-figures"), show), Entry("GET", Site.figureRows, .may("case-figures"), rows), Entry("GET", Site.figureTable, .may("case-figures"), table),
        ]
    }
    private static let filters = ["unit", "kind", "channel", "hall"]
    private static let trendMonths = 13

    /// What the address asks for; what is none of it is left out.
    private struct Asked {
        var month: String
        var figure: ComplaintFigure
        var side: String
        var chosen: [String: String]

        func link(_ route: Route, month: String? = nil, figure: String? = nil, side: String? = nil, after: String = "") -> String {
            let parts = [("month", month ?? self.month), ("figure", figure ?? self.figure.id), ("side", side ?? ""), ("after", after)] + chosen.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            return route.link() + "?" + parts.filter { !$0.1.isEmpty }.map { "\($0.0)=\(Submitted.encode($0.1))" }.joined(separator: "&")
        }
    }

    private static func month(_ day: Day) -> String { String(day.description.prefix(7).filter { $0 != "-" }) }
    private static func written(_ month: String) -> String { month.prefix(4) + "-" + month.suffix(2) }

    /// The months up to this one, latest first.
    private func months(_ today: Day, _ count: Int) -> [String] {
        var (year, month) = (today.year, today.month)
        return (0..<count).map { _ in
            defer { (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1) }
            return "\(year)" + (month < 10 ? "0\(month)" : "\(month)")
        }
    }

    private func asked(_ desk: Desk) -> Asked {
        let query = desk.visit.request.query
        let month = (query["month"] ?? "").filter(\.isNumber)
        var chosen: [String: String] = [:]
        for key in Self.filters { if let value = query[key], !value.isEmpty { chosen[key] = String(value.prefix(60)) } }
        return Asked(
            month: month.count == 6 ? month : Self.month(desk.today), figure: ComplaintFigure.all.first { $0.id == query["figure"] } ?? ComplaintFigure.all[0],
            side: ["part", "rest", "whole", "all", "open", "overdue"].first { $0 == query["side"] } ?? "all", chosen: chosen)
    }

    private func scope(_ asked: Asked, _ desk: Desk, from: String? = nil, to: String? = nil) -> ComplaintFigure.Scope {
        var scope = ComplaintFigure.Scope(sight: ComplaintSight(desk.viewer, desk.tree), from: from ?? asked.month, to: to ?? asked.month)
        for (key, value) in asked.chosen {
            // A class means all that is part of it.
            scope.chosen[key] = key == "kind" ? [value] + desk.pack.pack.caseBook.kinds.filter { $0.under == value }.map(\.id) : [value]
        }
        return scope
    }

    private static func percent(_ count: ComplaintFigure.Count?) -> String {
        guard let share = count?.share else { return "–" }
        return "\(share / 100).\(share % 100 / 10) %"
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, now, book) = (desk.w, visit.now, desk.pack.pack.caseBook)
        let asked = asked(desk)
        let span = months(Day("\(Self.written(asked.month))-01") ?? desk.today, Self.trendMonths)
        let own = scope(asked, desk)
        let wide = scope(asked, desk, from: span.last, to: asked.month)
        let (counts, causes, spans, improving) = try await hall.store.read { tx in
            (
                try ComplaintFigure.counts(wide, at: now, tx), try ComplaintFigure.tally("complaint.cause", own, tx), try ComplaintFigure.spans(own, tx),
                try tx.one("select count(*) as n, sum(case when complaint.improvement_until < \(now) then 1 else 0 end) as late from complaint where \(sql: own.condition) and complaint.improvement = 'set'")
            )
        }
        let month = counts[asked.month] ?? [:]
        let lines = ComplaintFigure.all.map { figure in
            let count = month[figure.id] ?? .init()
            func rows(_ side: String) -> String { asked.link(Site.figureRows, figure: figure.id, side: side) }
            return FiguresPage.Line(
                id: figure.id, name: w("figure." + figure.id), formula: w("figure." + figure.id + ".formula"), share: Self.percent(count), part: count.part, whole: count.whole,
                partLink: rows("part"), restLink: rows("rest"), wholeLink: rows("whole"), trendLink: asked.link(Site.figures, figure: figure.id), isCurrent: figure.id == asked.figure.id)
        }
        let total = causes.reduce(0) { $0 + $1.n }
        var sum = 0
        let bars = causes.map { cause -> FiguresPage.Bar in
            sum += cause.n
            return .init(name: book.item("cause", cause.id).map { w($0.name) } ?? cause.id, n: cause.n, share: cause.n * 1000 / max(1, total), together: sum * 1000 / max(1, total))
        }
        let choices: [String: [Selection]] = [
            "unit": ComplaintRoutes.units(desk), "channel": book.channels.map { Selection(id: $0.id, name: w($0.name)) }, "hall": desk.tree.halls.map { Selection(id: $0.id, name: w($0.name)) },
            "kind": book.choices.flatMap { group, kinds in
                [Selection(id: group.id, name: w(group.name), group: w(group.name))].filter { !book.kinds.filter { $0.isConfidential }.map(\.id).contains($0.id) }
                    + kinds.filter { !$0.isConfidential && $0.id != group.id }.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) }
            },
        ]
        let ascending = Array(span.reversed())
        let page = FiguresPage(
            title: w("figure.title"), month: asked.month, months: months(desk.today, 24).map { Selection(id: $0, name: Self.written($0)) },
            filters: Self.filters.map { ($0, w("case.field." + $0), choices[$0] ?? [], asked.chosen[$0] ?? "") }, total: month["n"]?.whole ?? 0, totalLink: asked.link(Site.figureRows, side: "all"), lines: lines,
            spans: spans.map { [(w("figure.mean"), desk.times.span($0.mean)), (w("figure.median"), desk.times.span($0.median)), ("P90", desk.times.span($0.p90)), (w("figure.replied"), "\($0.n)")] } ?? [],
            trendName: asked.figure.id + " " + w("figure." + asked.figure.id), figure: asked.figure.id,
            chart: ScoreChart(values: ascending.map { counts[$0]?[asked.figure.id]?.share }, labels: ascending.map(Self.written), lines: []),
            trend: span.map { one in
                let count = counts[one]?[asked.figure.id] ?? .init()
                return (Self.written(one), Self.percent(count), count.part, count.whole, asked.link(Site.figureRows, month: one, side: "whole"))
            }, causes: bars,
            improvements: [
                (w("figure.open"), Int(try improving?.int("n") ?? 0), asked.link(Site.figureRows, side: "open")), (w("figure.overdue"), Int(try improving?.optionalInt("late") ?? 0), asked.link(Site.figureRows, side: "overdue")),
            ], export: asked.link(Site.figureTable, side: "all"))
        return try await desk.page(page)
    }

    /// The same conditions that were counted.
    private func condition(_ asked: Asked, _ desk: Desk) -> SQL {
        let (base, now) = (scope(asked, desk).condition, desk.visit.now)
        let (whole, part) = (asked.figure.whole(now), asked.figure.part(now))
        switch asked.side {
        case "part": return "\(sql: base) and \(sql: whole) and \(sql: part)"
        // What is unknown (not replied yet) is not part of it either.
        case "rest": return "\(sql: base) and \(sql: whole) and case when \(sql: part) then 0 else 1 end = 1"
        case "whole": return "\(sql: base) and \(sql: whole)"
        case "open": return "\(sql: base) and complaint.improvement = 'set'"
        case "overdue": return "\(sql: base) and complaint.improvement = 'set' and complaint.improvement_until < \(now)"
        default: return base
        }
    }

    private static let pageLength = 100

    private func rows(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (asked, w) = (asked(desk), desk.w)
        var all = condition(asked, desk)
        let after = String((visit.request.query["after"] ?? "").prefix(40))
        if !after.isEmpty { all = "\(sql: all) and complaint.number > \(after)" }
        let final = all
        let (found, texts) = try await hall.store.read { [hall] tx -> ([Complaint], [String: String]) in
            let rows = try tx.rows("select complaint.* from complaint where \(sql: final) order by complaint.day, complaint.seq limit \(Self.pageLength + 1)").map(Complaint.init(row:))
            return (rows, try ComplaintReader(tx: tx, hall: hall).texts(rows.map(\.text)))
        }
        let shown = found.prefix(Self.pageLength)
        let isCounted = ["part", "rest", "whole"].contains(asked.side)
        let name = isCounted ? asked.figure.id + " " + w("figure." + asked.figure.id) + " · " + w("figure." + asked.side) : asked.side == "all" ? w("figure.taken") : w("figure." + asked.side)
        return try await desk.page(
            FigureRowsPage(
                title: name, sub: Self.written(asked.month) + " · " + w("figure.n", n: shown.count) + (found.count > Self.pageLength ? "+" : ""), back: asked.link(Site.figures),
                lines: shown.map { ComplaintRoutes.line($0, texts[$0.text] ?? "", desk) },
                next: found.count > Self.pageLength ? shown.last.map { asked.link(Site.figureRows, side: asked.side, after: $0.number) } ?? "" : "", export: asked.link(Site.figureTable, side: asked.side)))
    }

    /// As a table: no name, phone or words. Who took how many rows is an entry; fewer or more than were counted is a fault.
    private func table(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (asked, w, book) = (asked(desk), desk.w, desk.pack.pack.caseBook)
        let all = condition(asked, desk)
        let (found, counted) = try await hall.store.read { tx in
            (
                try tx.rows("select complaint.* from complaint where \(sql: all) order by complaint.day, complaint.seq").map(Complaint.init(row:)),
                Int(try tx.one("select count(*) as n from complaint where \(sql: all)")?.int("n") ?? 0)
            )
        }
        guard found.count == counted else { throw Refusal.busy }
        let columns = ["number", "recorded", "door", "kind", "severity", "channel", "outer", "hall", "unit", "stage", "contacted", "due", "replied", "calledBack", "satisfaction", "solved", "finding", "responsibility", "cause", "improvement", "closed"]
        func moment(_ at: Instant?) -> String { at.map { hall.zone.day(of: $0).description + " " + desk.times.clock($0) } ?? "" }
        func place(_ id: String) -> String { desk.tree[id].map { w($0.name) } ?? "" }
        func item(_ list: String, _ id: String) -> String { book.item(list, id).map { w($0.name) } ?? id }
        var lines = [columns.map { w("figure.column." + $0) }]
        for c in found {
            lines.append([
                c.number, moment(c.recorded), book.door(c.door).map { w($0.name) } ?? c.door, book.kind(c.kind).map { w($0.name) } ?? c.kind, book.severity(c.severity).map { w($0.name) } ?? c.severity,
                book.channel(c.channel).map { w($0.name) } ?? c.channel, c.outerNumber, place(c.hall), place(c.unit), w("case.stage." + c.stage.rawValue), moment(c.firstContact), moment(c.firstDue),
                moment(c.replied), moment(c.calledBack), c.satisfaction.isEmpty ? "" : item("satisfaction", c.satisfaction), c.solved.isEmpty ? "" : w("case." + c.solved), c.finding.isEmpty ? "" : item("finding", c.finding),
                c.responsibility.isEmpty ? "" : item("responsibility", c.responsibility), c.cause.isEmpty ? "" : item("cause", c.cause), c.improvement == .none ? "" : w("case.improvement." + c.improvement.rawValue), moment(c.ended),
            ])
        }
        let (company, count) = (desk.tree.company?.id ?? "", found.count)
        try await hall.act(by: desk.actor, at: visit.now) { act in
            try act.enter(Event(kind: "complaint.exported", about: "figure:" + asked.figure.id, at: act.now, fields: ["rows": String(count), "month": asked.month, "side": asked.side]), at: company)
        }
        var reply = Reply.file(Array(CSVText.write(lines).utf8), media: "text/csv; charset=utf-8")
        reply.set("content-disposition", "attachment; filename=\"cases-\(asked.month)-\(asked.figure.id)-\(asked.side).csv\"")
        reply.set("cache-control", "no-store")
        return reply
    }
}
