import WorkCalendar

/// The figures of a month or a year, each with what it is made of and one click to the cases behind it; the trend of one over
/// thirteen months; the same figure by unit, kind, channel …; causes and improvements.
struct FiguresPage: Page {
    struct Line: Sendable {
        var id: String
        var name: String
        var formula: String
        var share: String
        var part: Int
        var whole: Int
        var partLink: String
        var restLink: String
        var wholeLink: String
        var trendLink: String
        var isCurrent: Bool
    }
    struct Bar: Sendable {
        var name: String
        var n: Int
        var link: String
        /// Of a thousand, together with those above it.
        var together: Int
    }
    /// A row of a table: its name, where it leads, and its numbers.
    struct Cells: Sendable {
        var name: String
        var link: String
        var cells: [String]
    }
    struct Filter: Sendable {
        var id: String
        var label: String
        var choices: [Selection]
        var chosen: String
    }
    var title: String
    var period: String
    var periods: [Selection]
    var filters: [Filter]
    var by: String
    var total: Int
    var totalLink: String
    var imported: Int
    var importedLink: String
    /// Where old cases are taken in, for whoever may.
    var importLink = ""
    var lines: [Line]
    /// K9: a service a row; empty where something is chosen that has no customers of its own.
    var perCustomers: [Cells]
    /// K10: calendar time and working hours.
    var spans: [Cells]
    var spansLink: String
    var trendName: String
    var figure: String
    var chart: FigureChart
    var trend: [Cells]
    var trendHead: [String]
    var dims: [(name: String, link: String, isCurrent: Bool)]
    var dimHead: [String]
    var dimRows: [Cells]
    var causes: [Bar]
    var improvements: [(name: String, n: Int, link: String)]
    var exports: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1>
        <form method="get" class="fields pairs"><input type="hidden" name="figure" value="\(figure)"><input type="hidden" name="by" value="\(by)">\(select("month", w("figure.month"), periods, period, nil))\(filters, { select($0.id, $0.label, $0.choices, $0.chosen, w("figure.all")) })<div class="field"><span class="label">&nbsp;</span><button>\(w("case.look"))</button></div></form>
        \(importLink.isEmpty ? nil : "<p class=\"actions\"><a class=\"button\" href=\"\(importLink)\">\(w("import.title"))</a></p>" as HTML)<p>\(w("figure.taken")) <a href="\(totalLink)"><b>\(total)</b></a>\(imported > 0 ? " · <a href=\"\(importedLink)\">\(w("figure.imported", n: imported))</a>" as HTML : nil)</p>\(exports)
        <div class="scroll" tabindex="0"><table class="wide-table"><thead><tr><th>\(w("figure.name"))</th><th class="number">\(w("figure.share"))</th><th class="number">\(w("figure.part"))</th><th class="number">\(w("figure.rest"))</th><th class="number">\(w("figure.whole"))</th><th>\(w("figure.formula"))</th></tr></thead>
        <tbody>\(lines, line)</tbody></table></div>
        \(perCustomers.isEmpty ? nil : section("K9", w("figure.K9"), [w("figure.dim.service"), w("figure.complaints"), w("figure.customers"), w("figure.per-million"), w("figure.per-thousand"), w("figure.rolling")], perCustomers, "<p class=\"note\">\(w("figure.K9.formula")) · <a href=\"\(Site.served.link())\">\(w("served.title"))</a></p>"))
        \(spans.isEmpty ? nil : section("K10", w("figure.K10"), ["", w("figure.mean"), w("figure.median"), "P90"], spans, "<p class=\"note\">\(w("figure.K10.formula")) · <a href=\"\(spansLink)\">\(w("figure.trend"))</a></p>"))
        <section><h2>\(w("figure.trend")) · \(trendName)</h2><div class="columns even"><div>\(chart.svg(w))</div><div class="scroll" tabindex="0">\(table(trendHead, trend))</div></div></section>
        <section><h2>\(w("figure.by")) · \(trendName)</h2><nav class="tabs" aria-label="\(w("figure.by"))">\(dims, { "<a href=\"\($0.link)\" \(when: $0.isCurrent, "aria-current=\"page\"")>\($0.name)</a>" })</nav><div class="scroll" tabindex="0">\(table(dimHead, dimRows))</div></section>
        <div class="columns even"><section><h2>\(w("figure.causes"))</h2>\(causes.isEmpty ? "<p class=\"empty\">\(w("figure.no-causes"))</p>" as HTML : bars(w))</section>
        <section><h2>\(w("figure.improvements"))</h2><ul class="plain">\(improvements, { "<li><a href=\"\($0.link)\">\($0.name)</a> <b>\($0.n)</b></li>" })</ul></section></div>
        <p class="note">\(w("figure.note"))</p>
        """
    }

    private func section(_ id: String, _ name: String, _ head: [String], _ rows: [Cells], _ note: HTML) -> HTML {
        "<section id=\"\(id)\"><h2>\(id) \(name)</h2><div class=\"scroll\" tabindex=\"0\">\(table(head, rows))</div>\(note)</section>"
    }

    private func table(_ head: [String], _ rows: [Cells]) -> HTML {
        """
        <table><thead><tr>\(Array(head.enumerated()), { $0.offset == 0 ? "<th>\($0.element)</th>" : "<th class=\"number\">\($0.element)</th>" })</tr></thead><tbody>\(rows, { row in "<tr><th scope=\"row\">\(row.link.isEmpty ? "\(row.name)" as HTML : "<a href=\"\(row.link)\">\(row.name)</a>")</th>\(row.cells, { "<td class=\"number\">\($0)</td>" })</tr>" })</tbody></table>
        """
    }

    private func line(_ line: Line) -> HTML {
        """
        <tr><th scope="row"><a href="\(line.trendLink)" \(when: line.isCurrent, "aria-current=\"true\"")>\(line.id) \(line.name)</a></th><td class="number"><b>\(line.share)</b></td><td class="number"><a href="\(line.partLink)">\(line.part)</a></td><td class="number"><a href="\(line.restLink)">\(line.whole - line.part)</a></td><td class="number"><a href="\(line.wholeLink)">\(line.whole)</a></td><td><small>\(line.formula)</small></td></tr>
        """
    }

    private func bars(_ w: Words) -> HTML {
        let most = max(1, causes.first?.n ?? 1)
        return """
            <div class="scroll" tabindex="0"><table><thead><tr><th>\(w("figure.cause"))</th><th></th><th class="number">\(w("figure.count"))</th><th class="number">\(w("figure.together"))</th></tr></thead><tbody>\(causes, { "<tr><th scope=\"row\">\($0.name)</th><td><svg class=\"bar-svg\" viewBox=\"0 0 100 10\" width=\"100\" height=\"10\" aria-hidden=\"true\"><rect width=\"\($0.n * 100 / most)\" height=\"10\" fill=\"#0b6e6e\"/></svg></td><td class=\"number\"><a href=\"\($0.link)\">\($0.n)</a></td><td class=\"number\">\($0.together < 0 ? "–" : "\($0.together / 10) %")</td></tr>" })</tbody></table></div>
            """
    }

    private func select(_ id: String, _ label: String, _ choices: [Selection], _ chosen: String, _ empty: String?) -> HTML {
        "<div class=\"field\"><label for=\"f-\(id)\">\(label)</label><select id=\"f-\(id)\" name=\"\(id)\">\(Selection.options(choices, chosen: chosen, empty: empty))</select></div>"
    }

    static func samples(_ w: Words) -> [FiguresPage] {
        [
            FiguresPage(
                title: w("figure.title"), period: "202611", periods: [Selection(id: "202611", name: "2026-11")], filters: [Filter(id: "unit", label: w("figure.dim.unit"), choices: [Selection(id: "u", name: "营业部")], chosen: "")], by: "unit",
                total: 40, totalLink: "#", imported: 3, importedLink: "#",
                lines: [Line(id: "K1", name: w("figure.K1"), formula: w("figure.K1.formula"), share: "97.5 %", part: 39, whole: 40, partLink: "#", restLink: "#", wholeLink: "#", trendLink: "#", isCurrent: true)],
                perCustomers: [Cells(name: "水", link: "", cells: ["12", "182000", "65.93", "0.06593", "702.10"])], spans: [Cells(name: w("figure.calendar"), link: "", cells: ["2 天", "1 天", "4 天"])], spansLink: "#",
                trendName: "K1", figure: "K1", chart: FigureChart(values: [nil, 9750], labels: ["2026-10", "2026-11"], top: 10_000, unit: "%"), trend: [Cells(name: "2026-11", link: "#", cells: ["97.5 %", "39/40"])],
                trendHead: [w("figure.month"), w("figure.share"), w("figure.counts")], dims: [(w("figure.dim.unit"), "#", true)], dimHead: ["", w("figure.share"), w("figure.counts")],
                dimRows: [Cells(name: "营业部", link: "#", cells: ["97.5 %", "39/40"])], causes: [Bar(name: "流程不畅", n: 9, link: "#", together: 450)], improvements: [(w("figure.open"), 3, "#")],
                exports: ExportLinks.html("#", mayPersonal: true, w))
        ]
    }
}

/// Months from left to right, the highest value at the top; a month that says nothing leaves a gap.
struct FigureChart: Sendable {
    /// Hundredths.
    var values: [Int?]
    var labels: [String]
    /// What stands at the top, in hundredths.
    var top: Int
    var unit: String
    private static let (width, height, left, bottom) = (560, 220, 64, 30)

    private func x(_ index: Int) -> Int { Self.left + 12 + index * (Self.width - Self.left - 24) / max(1, values.count - 1) }
    private func y(_ hundredths: Int) -> Int { 10 + (max(1, top) - hundredths) * (Self.height - Self.bottom - 10) / max(1, top) }
    private func written(_ hundredths: Int) -> String { hundredths % 100 == 0 ? "\(hundredths / 100)" : PerCustomers.written(hundredths) }

    /// A round number not below any of them.
    static func top(_ values: [Int?]) -> Int {
        let most = max(1, values.compactMap { $0 }.max() ?? 1)
        var step = 1
        while step * 10 < most { step *= 10 }
        return (most + step - 1) / step * step
    }

    func svg(_ w: Words) -> HTML {
        let known = values.enumerated().compactMap { index, value in value.map { (index, $0) } }
        let said = known.map { "\(labels[$0.0]) \(written($0.1)) \(unit)" }.joined(separator: ", ")
        return """
            <svg class="chart" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(w("figure.trend")): \(said)">
            \([0, top / 2, top], { "<line class=\"axis\" x1=\"\(Self.left)\" x2=\"\(Self.width)\" y1=\"\(y($0))\" y2=\"\(y($0))\"/><text x=\"\(Self.left - 6)\" y=\"\(y($0) + 4)\" text-anchor=\"end\">\(written($0))</text>" })
            \(runs, { "<polyline points=\"\($0.map { "\(x($0.0)),\(y($0.1))" }.joined(separator: " "))\"/>" })
            \(known, { "<circle cx=\"\(x($0.0))\" cy=\"\(y($0.1))\" r=\"5\"/>" })
            <text x="\(x(0))" y="\(Self.height - 6)" text-anchor="start">\(labels.first ?? "")</text><text x="\(Self.width)" y="\(Self.height - 6)" text-anchor="end">\(labels.last ?? "")</text>
            </svg>
            """
    }

    /// Months in a row that say something.
    private var runs: [[(Int, Int)]] {
        var runs: [[(Int, Int)]] = []
        var isOpen = false
        for (index, value) in values.enumerated() {
            guard let value else {
                isOpen = false
                continue
            }
            if isOpen { runs[runs.count - 1].append((index, value)) } else { runs.append([(index, value)]) }
            isOpen = true
        }
        return runs.filter { $0.count > 1 }
    }
}

/// The cases behind a number.
struct FigureRowsPage: Page {
    var title: String
    var sub: String
    var back: String
    var lines: [DutyLine]
    var next: String
    var exports: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(back)">‹ \(w("figure.title"))</a></p><h1>\(title)</h1><p class="sub">\(sub)</p>\(exports)
        <ol class="lines">\(lines, DutyLine.row)</ol>\(lines.isEmpty ? "<p class=\"empty\">\(w("case.none-found"))</p>" as HTML : nil)\(next.isEmpty ? nil : "<p class=\"actions\"><a class=\"button\" rel=\"next\" href=\"\(next)\">\(w("case.next"))</a></p>" as HTML)
        """
    }

    static func samples(_ w: Words) -> [FigureRowsPage] { [FigureRowsPage(title: "K1", sub: "2026-11 · 39", back: "#", lines: [], next: "#", exports: ExportLinks.html("#", mayPersonal: false, w))] }
}

/// What one can take with one: the rows as CSV or as a workbook; with names, phones and words only for whom the rulebook lets.
enum ExportLinks {
    static func html(_ link: String, mayPersonal: Bool, _ w: Words) -> HTML {
        let more = link.contains("?") ? "&" : "?"
        return """
            <p class="exports">\(w("figure.export")) <a href="\(link + more)as=csv" download>CSV</a> · <a href="\(link + more)as=xlsx" download>Excel</a>\(mayPersonal ? " · \(w("figure.export-personal")) <a href=\"\(link + more)as=csv&personal=yes\" download>CSV</a> · <a href=\"\(link + more)as=xlsx&personal=yes\" download>Excel</a>" as HTML : nil)</p>
            """
    }
}
