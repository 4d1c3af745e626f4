import Foundation
import Regulation
import Store
import WorkCalendar

/// Figures of cases, the rows behind each, exactly those rows as a table, and the customers they are set beside.
struct FigureRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.figures, .may("case-figures"), show), Entry("GET", Site.figureRows, .may("case-figures"), rows), Entry("GET", Site.figureTable, .may("case-figures"), table),
            Entry("GET", Site.served, .may("case-figures")) { try await served($0, [:], [:]) }, Entry("POST", Site.served, .may("case-figures"), serve),
        ]
    }
    static let filters: [ComplaintFigure.Dim] = [.unit, .kind, .channel, .hall, .severity, .service]
    static let trendMonths = 13
    private static let sides = ["part", "rest", "whole", "all", "open", "overdue", "answered", "imported"]

    /// What the address asks for; what is none of it is left out.
    struct Asked {
        /// `202611`, or a year.
        var period: String
        /// One of `ComplaintFigure.shares`, `K9` or `K10`.
        var figure: String
        var side: String
        var by: ComplaintFigure.Dim
        var chosen: [ComplaintFigure.Dim: String]

        var first: String { period.count == 4 ? period + "01" : period }
        var last: String { period.count == 4 ? period + "12" : period }
        var written: String { FigureRoutes.written(period) }

        func link(_ route: Route, period: String? = nil, figure: String? = nil, side: String = "", by: ComplaintFigure.Dim? = nil, choosing more: [ComplaintFigure.Dim: String] = [:], after: String = "") -> String {
            let parts = [("month", period ?? self.period), ("figure", figure ?? self.figure), ("side", side), ("by", (by ?? self.by).rawValue), ("after", after)]
                + chosen.merging(more) { _, new in new }.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, $0.value) }
            return route.link() + "?" + parts.filter { !$0.1.isEmpty }.map { "\($0.0)=\(Submitted.encode($0.1))" }.joined(separator: "&")
        }
    }

    static func month(_ day: Day) -> String { String(day.description.prefix(7).filter { $0 != "-" }) }
    static func written(_ month: String) -> String { month.count == 4 ? month : month.prefix(4) + "-" + month.suffix(2) }

    /// The months up to this one, latest first.
    static func months(to last: String, _ count: Int) -> [String] {
        var (year, month) = (Int(last.prefix(4)) ?? 2000, min(12, max(1, Int(last.suffix(2)) ?? 1)))
        return (0..<count).map { _ in
            defer { (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1) }
            return "\(year)" + (month < 10 ? "0\(month)" : "\(month)")
        }
    }

    func asked(_ desk: Desk) -> Asked {
        let query = desk.visit.request.query
        let digits = (query["month"] ?? "").filter { $0.isASCII && $0.isNumber }
        let isMonth = digits.count == 6 && (1...12).contains(Int(digits.suffix(2)) ?? 0)
        var chosen: [ComplaintFigure.Dim: String] = [:]
        for dim in ComplaintFigure.Dim.allCases { if let value = query[dim.rawValue], !value.isEmpty { chosen[dim] = String(value.prefix(60)) } }
        return Asked(
            period: isMonth || digits.count == 4 ? digits : Self.month(desk.today), figure: (ComplaintFigure.all.map(\.id) + ["K10"]).first { $0 == query["figure"] } ?? "K1",
            side: Self.sides.first { $0 == query["side"] } ?? "all", by: ComplaintFigure.Dim(rawValue: query["by"] ?? "") ?? .unit, chosen: chosen)
    }

    func scope(_ asked: Asked, _ desk: Desk, from: String? = nil, to: String? = nil) -> ComplaintFigure.Scope {
        var scope = ComplaintFigure.Scope(sight: ComplaintSight(desk.viewer, desk.tree), from: from ?? asked.first, to: to ?? asked.last)
        for (dim, value) in asked.chosen {
            // A class means all that is part of it; a dash those of which nothing is said.
            scope.chosen[dim] = value == "-" ? [""] : dim == .kind ? [value] + desk.pack.pack.caseBook.kinds.filter { $0.under == value }.map(\.id) : [value]
        }
        return scope
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (asked, now) = (asked(desk), visit.now)
        let today = Self.month(desk.today)
        let span = Self.months(to: min(asked.last, max(today, asked.first)), Self.trendMonths)
        let first = min(asked.first, span.last ?? asked.first)
        let (own, wide) = (scope(asked, desk), scope(asked, desk, from: first))
        let perService = asked.chosen.keys.allSatisfy { $0 == .service }
        let year = Self.months(to: asked.last, 12)
        let read = try await hall.store.read { [hall] tx -> FigureView.Read in
            let sums = FigureSums(tx: tx, hall: hall)
            var read = FigureView.Read()
            for (slot, tally) in try sums.tallies(wide, at: now) { read.months[slot.month] = tally }
            for (slot, tally) in try sums.tallies(own, by: asked.by, at: now) { read.values[slot.value, default: Tally()].add(tally) }
            for (slot, tally) in try asked.by == .cause ? [:] : sums.tallies(own, by: .cause, at: now) { read.causes[slot.value, default: 0] += tally.n }
            if asked.by == .cause { read.causes = read.values.mapValues(\.n) }
            if perService {
                var twelve = own
                (twelve.from, twelve.to) = (year.last ?? own.from, asked.last)
                read.services = try sums.tallies(twelve, by: .service, at: now).mapValues { $0[ComplaintFigure.complaints.id].part }
                read.served = try CustomersServed.all(from: Self.months(to: first, 12).last ?? first, to: asked.last, tx)
            }
            if let row = try tx.one("select count(*) as n, sum(case when complaint.improvement_until < \(now) then 1 else 0 end) as late from complaint where complaint.ended is null and complaint.series = 'TS' and \(sql: own.choice) and complaint.improvement in ('set', 'carried-out')") {
                read.improvements = (Int(try row.int("n")), Int(try row.optionalInt("late") ?? 0))
            }
            let (from, to) = (asked.first + "00", asked.last + "99")
            read.imported = Int(try tx.one("select count(*) as n from complaint where complaint.series = 'LS' and complaint.day >= \(from) and complaint.day <= \(to) and \(sql: own.choice)")?.int("n") ?? 0)
            return read
        }
        return try await desk.page(FigureView(desk: desk, asked: asked, read: read, span: span, year: year, perService: perService).page())
    }

    /// The same conditions that were counted.
    private func condition(_ asked: Asked, _ desk: Desk) -> SQL {
        let (scope, now) = (scope(asked, desk), desk.visit.now)
        let base = scope.condition
        let figure = ComplaintFigure.all[ComplaintFigure.position(asked.figure)]
        let (whole, part) = (figure.whole(now), figure.part(now))
        switch asked.side {
        case "part": return "\(sql: base) and \(sql: whole) and \(sql: part)"
        // What is unknown (not replied yet) is not part of it either.
        case "rest": return "\(sql: base) and \(sql: whole) and case when \(sql: part) then 0 else 1 end = 1"
        case "whole": return "\(sql: base) and \(sql: whole)"
        case "answered": return "\(sql: base) and complaint.replied is not null"
        // What is open is owed, of whatever month.
        case "open": return "complaint.ended is null and complaint.series = 'TS' and \(sql: scope.choice) and complaint.improvement in ('set', 'carried-out')"
        case "overdue": return "complaint.ended is null and complaint.series = 'TS' and \(sql: scope.choice) and complaint.improvement in ('set', 'carried-out') and complaint.improvement_until < \(now)"
        case "imported":
            let (from, to) = (asked.first + "00", asked.last + "99")
            return "complaint.series = 'LS' and complaint.day >= \(from) and complaint.day <= \(to) and \(sql: scope.choice)"
        default: return base
        }
    }

    private static let pageLength = 100

    private func rows(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (asked, w) = (asked(desk), desk.w)
        let own = condition(asked, desk)
        var all = own
        let after = (visit.request.query["after"] ?? "").split(separator: ".").map(String.init)
        if after.count == 2, let seq = Int64(after[1]) { all = "\(sql: all) and (complaint.day, complaint.seq) > (\(after[0]), \(seq))" }
        let final = all
        let (found, texts, count) = try await hall.store.read { [hall] tx -> ([Complaint], [String: String], Int) in
            let rows = try tx.rows("select complaint.* from complaint where \(sql: final) order by complaint.day, complaint.seq limit \(Self.pageLength + 1)").map(Complaint.init(row:))
            return (rows, try ComplaintReader(tx: tx, hall: hall).texts(rows.map(\.text)), Int(try tx.one("select count(*) as n from complaint where \(sql: own)")?.int("n") ?? 0))
        }
        let shown = found.prefix(Self.pageLength)
        let isCounted = ["part", "rest", "whole"].contains(asked.side)
        let name = isCounted ? asked.figure + " " + w("figure." + asked.figure) + " · " + w("figure." + asked.side) : asked.side == "all" ? w("figure.taken") : w("figure.side." + asked.side)
        let isOfMonth = !["open", "overdue"].contains(asked.side)
        return try await desk.page(
            FigureRowsPage(
                title: name, sub: (isOfMonth ? asked.written + " · " : "") + w("figure.n", n: count), back: asked.link(Site.figures),
                lines: shown.map { QueueRoutes.line($0, texts[$0.text] ?? "", desk) },
                next: found.count > Self.pageLength ? shown.last.map { asked.link(Site.figureRows, side: asked.side, after: $0.day + "." + String($0.seq)) } ?? "" : "",
                exports: ExportLinks.html(asked.link(Site.figureTable, side: asked.side), mayPersonal: CaseExport.mayPersonal(desk), w)))
    }

    private func table(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let asked = asked(desk)
        let chosen = Dictionary(asked.chosen.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
        return try await CaseExport(desk).reply(
            where: condition(asked, desk), order: "complaint.day, complaint.seq", name: "cases-\(asked.period)-\(asked.figure)-\(asked.side)", about: "figure:" + asked.figure, asked: "",
            fields: chosen.merging(["month": asked.period, "side": asked.side]) { own, _ in own })
    }

    // MARK: - Customers served

    private func services(_ desk: Desk) -> [CaseBook.Item] { desk.pack.pack.caseBook.lists["service"] ?? [] }

    private func served(_ visit: Visit, _ typed: [String: String], _ problems: [String: String]) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        let months = Self.months(to: Self.month(desk.today), 25)
        let month = months.first { $0 == (typed["month"] ?? visit.request.query["month"]) } ?? months[0]
        let known = try await hall.store.read { tx in try CustomersServed.all(from: months.last ?? month, to: months[0], tx) }
        func number(_ service: String, _ month: String) -> String { known.first { $0.service == service && $0.month == month }.map { String($0.customers) } ?? "" }
        let services = services(desk)
        let entered = Set(known.map(\.month))
        return try await desk.page(
            CustomersPage(
                title: w("served.title"), month: month, months: months.map { Selection(id: $0, name: Self.written($0)) },
                lines: services.map { .init(service: $0.id, name: w($0.name), typed: typed["n-" + $0.id] ?? number($0.id, month), problem: problems[$0.id] ?? "") }, services: services.map { w($0.name) },
                known: months.filter(entered.contains).map { one in (Self.written(one), services.map { number($0.id, one) }, Site.served.link() + "?month=" + one) }, hidden: desk.hidden),
            status: problems.isEmpty ? 200 : 422)
    }

    private func serve(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let month = visit.form["month"]
        guard Self.months(to: Self.month(desk.today), 25).contains(month) else { throw Refusal.invalid(field: "month", Text("选最近两年里的一个月。", "Choose a month of the last two years.")) }
        var (numbers, problems): ([String: Int], [String: String]) = ([:], [:])
        for service in services(desk) {
            let text = visit.form["n-" + service.id]
            if text.isEmpty { continue }
            if let number = CustomersServed.read(text) { numbers[service.id] = number } else { problems[service.id] = desk.w("served.number") }
        }
        guard problems.isEmpty else { return try await served(visit, visit.form.answers, problems) }
        let (company, me, final) = (desk.tree.company?.id ?? "", desk.viewer.person.id, numbers)
        let link = Site.served.link() + "?month=" + month
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = link
            try act.enter(Event(kind: "figures.customers-entered", about: "month:" + month, at: act.now, fields: final.mapValues(String.init)), at: company)
            for (service, number) in final.sorted(by: { $0.key < $1.key }) {
                try act.act.keep(CustomersServed(place: company, service: service, month: month, customers: number, by: me, at: act.now))
            }
        }
        return desk.done(link, desk.w("served.saved", ["month": Self.written(month)]))
    }
}
