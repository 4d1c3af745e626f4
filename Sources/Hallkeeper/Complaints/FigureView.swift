import Regulation
import WorkCalendar

/// Turns what was counted into the page: finished strings and links.
struct FigureView {
    /// What was read in one state of the database.
    struct Read: Sendable {
        var months: [String: Tally] = [:]
        /// By what the page tells them apart by.
        var values: [String: Tally] = [:]
        var causes: [String: Int] = [:]
        /// Complaints proper by service and month, of twelve.
        var services: [FigureSums.Slot: Int] = [:]
        var served: [CustomersServed] = []
        var improvements = (open: 0, late: 0)
        var imported = 0
    }
    let desk: Desk
    let asked: FigureRoutes.Asked
    let read: Read
    /// Thirteen months, latest first.
    let span: [String]
    /// The twelve up to the end of the period, latest first.
    let year: [String]
    let perService: Bool
    private var w: Words { desk.w }
    private var book: CaseBook { desk.pack.pack.caseBook }

    static func percent(_ count: ComplaintFigure.Count) -> String { count.share.map { "\($0 / 100).\($0 % 100 / 10) %" } ?? "–" }

    private var total: Tally {
        var all = Tally()
        for (month, tally) in read.months where month >= asked.first && month <= asked.last { all.add(tally) }
        return all
    }

    func page() -> FiguresPage {
        let total = total
        let lines = ComplaintFigure.shares.map { figure in
            let count = total[figure.id]
            func rows(_ side: String) -> String { asked.link(Site.figureRows, figure: figure.id, side: side) }
            return FiguresPage.Line(
                id: figure.id, name: w("figure." + figure.id), formula: w("figure." + figure.id + ".formula"), share: Self.percent(count), part: count.part, whole: count.whole, partLink: rows("part"),
                restLink: rows("rest"), wholeLink: rows("whole"), trendLink: asked.link(Site.figures, figure: figure.id), isCurrent: figure.id == asked.figure)
        }
        let years = Set(FigureRoutes.months(to: FigureRoutes.month(desk.today), 37).map { String($0.prefix(4)) }).sorted(by: >)
        return FiguresPage(
            title: w("figure.title"), period: asked.period,
            periods: FigureRoutes.months(to: FigureRoutes.month(desk.today), 37).map { Selection(id: $0, name: FigureRoutes.written($0)) } + years.map { Selection(id: $0, name: w("figure.year", ["year": $0])) },
            filters: FigureRoutes.filters.map { .init(id: $0.rawValue, label: w("figure.dim." + $0.rawValue), choices: choices($0), chosen: asked.chosen[$0] ?? "") }, by: asked.by.rawValue, total: total.n,
            totalLink: asked.link(Site.figureRows, side: "all"), imported: read.imported, importedLink: asked.link(Site.figureRows, side: "imported"), importLink: desk.viewer.may("import-cases") ? Site.imports.link() : "", lines: lines, perCustomers: perService ? perCustomers : [],
            spans: spans(total), spansLink: asked.link(Site.figures, figure: "K10"), trendName: asked.figure + " " + w("figure." + asked.figure), figure: asked.figure, chart: chart, trend: span.map(trendRow),
            trendHead: head(w("figure.month")), dims: ComplaintFigure.Dim.allCases.map { (w("figure.dim." + $0.rawValue), asked.link(Site.figures, by: $0), $0 == asked.by) }, dimHead: head(w("figure.dim." + asked.by.rawValue)),
            dimRows: dimRows, causes: bars,
            improvements: [(w("figure.open"), read.improvements.open, asked.link(Site.figureRows, side: "open")), (w("figure.overdue"), read.improvements.late, asked.link(Site.figureRows, side: "overdue"))],
            exports: ExportLinks.html(asked.link(Site.figureTable, side: "all"), mayPersonal: CaseExport.mayPersonal(desk), w))
    }

    // MARK: - One figure over months, and by what it can be told apart by

    private func head(_ first: String) -> [String] {
        switch asked.figure {
        case "K9": [first, w("figure.per-million"), w("figure.complaints")]
        case "K10": [first, w("figure.mean"), w("figure.median"), "P90", w("figure.replied")]
        default: [first, w("figure.share"), w("figure.counts")]
        }
    }

    private func cells(_ tally: Tally, perMillion: Int?) -> [String] {
        switch asked.figure {
        case "K9": return [PerCustomers.written(perMillion), String(tally["K9"].part)]
        case "K10":
            guard let times = tally.times(\.working) else { return ["–", "–", "–", "0"] }
            return [times.mean, times.median, times.p90].map(hours) + [String(tally.spans.count)]
        default: return [Self.percent(tally[asked.figure]), "\(tally[asked.figure].part)/\(tally[asked.figure].whole)"]
        }
    }

    private func trendRow(_ month: String) -> FiguresPage.Cells {
        let tally = read.months[month] ?? Tally()
        let side = asked.figure == "K10" ? "answered" : asked.figure == "K9" ? "part" : "whole"
        return .init(name: FigureRoutes.written(month), link: asked.link(Site.figureRows, period: month, side: side), cells: cells(tally, perMillion: PerCustomers.perMillion(tally["K9"].part, customers(month))))
    }

    private var chart: FigureChart {
        let ascending = Array(span.reversed())
        let labels = ascending.map(FigureRoutes.written)
        switch asked.figure {
        case "K9":
            let values = ascending.map { month in PerCustomers.perMillion((read.months[month] ?? Tally())["K9"].part, customers(month)) }
            return FigureChart(values: values, labels: labels, top: FigureChart.top(values), unit: w("figure.per-million"))
        case "K10":
            let values = ascending.map { month in read.months[month]?.times(\.working).map { $0.median * 100 / 60 } }
            return FigureChart(values: values, labels: labels, top: FigureChart.top(values), unit: w("figure.hours"))
        default: return FigureChart(values: ascending.map { (read.months[$0] ?? Tally())[asked.figure].share }, labels: labels, top: 10_000, unit: "%")
        }
    }

    private var dimRows: [FiguresPage.Cells] {
        read.values.sorted { ($1.value.n, $0.key) < ($0.value.n, $1.key) }.filter { $0.value.n > 0 }.map { value, tally in
            let customers = asked.by == .service && asked.period.count == 6 ? read.served.first { $0.service == value && $0.month == asked.period }?.customers : nil
            return .init(
                name: name(asked.by, value), link: asked.link(Site.figures, choosing: [asked.by: value.isEmpty ? "-" : value]), cells: cells(tally, perMillion: PerCustomers.perMillion(tally["K9"].part, customers)))
        }
    }

    // MARK: - K9, K10

    /// All customers of a month, of the services chosen.
    private func customers(_ month: String) -> Int? {
        let found = read.served.filter { $0.month == month && (asked.chosen[.service] == nil || asked.chosen[.service] == $0.service) }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.customers }
    }

    private func perCustomers(_ service: String?) -> PerCustomers {
        func complaints(_ months: some Sequence<String>) -> Int {
            let months = Set(months)
            return read.services.reduce(0) { $0 + (months.contains($1.key.month) && (service == nil || service == $1.key.value) ? $1.value : 0) }
        }
        func customers(_ month: String) -> Int? { service == nil ? self.customers(month) : read.served.first { $0.month == month && $0.service == service }?.customers }
        let entered = year.compactMap(customers)
        let mean = entered.isEmpty ? nil : (entered.reduce(0, +) + entered.count / 2) / entered.count
        if asked.period.count == 4 { return PerCustomers(complaints: complaints(year), customers: mean, year: complaints(year), yearCustomers: mean) }
        return PerCustomers(complaints: complaints([asked.period]), customers: customers(asked.period), year: complaints(year), yearCustomers: mean)
    }

    private var perCustomers: [FiguresPage.Cells] {
        func row(_ name: String, _ one: PerCustomers) -> FiguresPage.Cells {
            .init(
                name: name, link: "",
                cells: [
                    String(one.complaints), one.customers.map(String.init) ?? w("served.missing"), PerCustomers.written(one.perMillion), PerCustomers.perThousand(one.perMillion),
                    "\(PerCustomers.written(one.yearPerMillion)) (\(one.year))",
                ])
        }
        let services = (book.lists["service"] ?? []).filter { asked.chosen[.service] == nil || asked.chosen[.service] == $0.id }
        let unsaid = perCustomers("")
        return services.map { row(w($0.name), perCustomers($0.id)) } + (unsaid.year > 0 && asked.chosen.isEmpty ? [row(w("figure.unsaid"), unsaid)] : []) + [row(w("figure.together-all"), perCustomers(nil))]
    }

    private func hours(_ minutes: Int) -> String { w("figure.span", ["h": String(minutes / 60), "m": String(minutes % 60)]) }

    private func spans(_ total: Tally) -> [FiguresPage.Cells] {
        guard let calendar = total.times(\.calendar), let working = total.times(\.working) else { return [] }
        return [
            .init(name: w("figure.working"), link: "", cells: [working.mean, working.median, working.p90].map(hours)),
            .init(name: w("figure.calendar"), link: "", cells: [calendar.mean, calendar.median, calendar.p90].map { desk.times.span(Int64($0) * 60_000) }),
            .init(name: w("figure.replied"), link: asked.link(Site.figureRows, side: "answered"), cells: [String(total.spans.count), "", ""]),
        ]
    }

    // MARK: - Names

    private var bars: [FiguresPage.Bar] {
        let causes = read.causes.filter { !$0.key.isEmpty && $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let total = causes.reduce(0) { $0 + $1.value }
        var sum = 0
        return causes.map { cause, n in
            sum += n
            return .init(name: name(.cause, cause), n: n, link: asked.link(Site.figureRows, side: "all", choosing: [.cause: cause]), together: total < 5 ? -1 : sum * 1000 / total)
        }
    }

    private func name(_ dim: ComplaintFigure.Dim, _ id: String) -> String {
        if id.isEmpty { return w("figure.unsaid") }
        switch dim {
        case .unit, .hall: return desk.tree[id].map { w($0.name) } ?? id
        case .kind: return book.kind(id).map { w($0.name) } ?? id
        case .channel: return book.channel(id).map { w($0.name) } ?? id
        case .severity: return book.severity(id).map { w($0.name) } ?? id
        case .door: return book.door(id).map { w($0.name) } ?? id
        case .service, .cause: return book.item(dim.rawValue, id).map { w($0.name) } ?? id
        }
    }

    private func choices(_ dim: ComplaintFigure.Dim) -> [Selection] {
        switch dim {
        case .unit: return QueueRoutes.units(desk)
        case .hall: return desk.tree.halls.map { Selection(id: $0.id, name: w($0.name)) }
        case .channel: return book.channels.map { Selection(id: $0.id, name: w($0.name)) }
        case .severity: return book.severities.map { Selection(id: $0.id, name: w($0.name)) }
        case .service, .cause: return (book.lists[dim.rawValue] ?? []).map { Selection(id: $0.id, name: w($0.name)) }
        case .door: return book.doors.map { Selection(id: $0.id, name: w($0.name)) }
        case .kind:
            return book.choices.flatMap { group, kinds in
                (group.isConfidential ? [] : [Selection(id: group.id, name: w(group.name), group: w(group.name))])
                    + kinds.filter { !$0.isConfidential && $0.id != group.id }.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) }
            }
        }
    }
}
