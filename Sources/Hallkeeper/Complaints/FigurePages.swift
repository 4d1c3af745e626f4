import WorkCalendar

/// The figures of a month, each with what it is made of and one click to the cases behind it; the trend of one over thirteen months.
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
        /// Of a thousand, of all and together with those above it.
        var share: Int
        var together: Int
    }
    var title: String
    var month: String
    var months: [Selection]
    var filters: [(id: String, label: String, choices: [Selection], chosen: String)]
    var total: Int
    var totalLink: String
    var lines: [Line]
    var spans: [(name: String, value: String)]
    var trendName: String
    var figure: String
    var chart: ScoreChart
    var trend: [(month: String, share: String, part: Int, whole: Int, link: String)]
    var causes: [Bar]
    var improvements: [(name: String, n: Int, link: String)]
    var export: String

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1>
        <form method="get" class="fields"><input type="hidden" name="figure" value="\(figure)">\(select("month", w("figure.month"), months, month, nil))\(filters, { select($0.id, $0.label, $0.choices, $0.chosen, w("figure.all")) })<div class="field"><span class="label">&nbsp;</span><button>\(w("case.look"))</button></div></form>
        <p>\(w("figure.taken")) <a href="\(totalLink)"><b>\(total)</b></a> · <a href="\(export)">\(w("figure.export"))</a></p>
        <div class="scroll"><table class="wide-table"><thead><tr><th>\(w("figure.name"))</th><th class="number">\(w("figure.share"))</th><th class="number">\(w("figure.part"))</th><th class="number">\(w("figure.rest"))</th><th class="number">\(w("figure.whole"))</th><th>\(w("figure.formula"))</th></tr></thead>
        <tbody>\(lines, line)</tbody></table></div>
        \(spans.isEmpty ? nil : "<section><h2>\(w("figure.K10"))</h2><dl class=\"facts\">\(spans, { "<dt>\($0.name)</dt><dd>\($0.value)</dd>" })</dl></section>" as HTML)
        <section><h2>\(w("figure.trend")) · \(trendName)</h2><div class="columns even"><div>\(chart.svg(w))</div><div class="scroll"><table><thead><tr><th>\(w("figure.month"))</th><th class="number">\(w("figure.share"))</th><th class="number">\(w("figure.counts"))</th></tr></thead><tbody>\(trend, { "<tr><th scope=\"row\">\($0.month)</th><td class=\"number\">\($0.share)</td><td class=\"number\"><a href=\"\($0.link)\">\($0.part)/\($0.whole)</a></td></tr>" })</tbody></table></div></div></section>
        <div class="columns even"><section><h2>\(w("figure.causes"))</h2>\(causes.isEmpty ? "<p class=\"empty\">\(w("figure.no-causes"))</p>" as HTML : bars(w))</section>
        <section><h2>\(w("figure.improvements"))</h2><ul class="plain">\(improvements, { "<li><a href=\"\($0.link)\">\($0.name)</a> <b>\($0.n)</b></li>" })</ul></section></div>
        <p class="note">\(w("figure.note"))</p>
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
            <table><thead><tr><th>\(w("figure.cause"))</th><th></th><th class="number">\(w("figure.count"))</th><th class="number">\(w("figure.together"))</th></tr></thead><tbody>\(causes, { "<tr><th scope=\"row\">\($0.name)</th><td><svg class=\"bar-svg\" viewBox=\"0 0 100 10\" width=\"100\" height=\"10\" aria-hidden=\"true\"><rect width=\"\($0.n * 100 / most)\" height=\"10\" fill=\"#0b6e6e\"/></svg></td><td class=\"number\">\($0.n)</td><td class=\"number\">\($0.together / 10) %</td></tr>" })</tbody></table>
            """
    }

    private func select(_ id: String, _ label: String, _ choices: [Selection], _ chosen: String, _ empty: String?) -> HTML {
        "<div class=\"field\"><label for=\"f-\(id)\">\(label)</label><select id=\"f-\(id)\" name=\"\(id)\">\(Selection.options(choices, chosen: chosen, empty: empty))</select></div>"
    }

    static func samples(_ w: Words) -> [FiguresPage] {
        [
            FiguresPage(
                title: w("figure.title"), month: "202611", months: [Selection(id: "202611", name: "2026-11")], filters: [("unit", w("case.field.unit"), [Selection(id: "u", name: "营业部")], "")], total: 40, totalLink: "#",
                lines: [Line(id: "K1", name: w("figure.K1"), formula: w("figure.K1.formula"), share: "97.5 %", part: 39, whole: 40, partLink: "#", restLink: "#", wholeLink: "#", trendLink: "#", isCurrent: true)],
                spans: [(w("figure.mean"), "2 天")], trendName: "K1", figure: "K1", chart: ScoreChart(values: [nil, 9750], labels: ["2026-10", "2026-11"], lines: []), trend: [("2026-11", "97.5 %", 39, 40, "#")],
                causes: [Bar(name: "流程不畅", n: 9, share: 450, together: 450)], improvements: [(w("figure.open"), 3, "#")], export: "#")
        ]
    }
}

/// The cases behind a number.
struct FigureRowsPage: Page {
    var title: String
    var sub: String
    var back: String
    var lines: [DutyLine]
    var next: String
    var export: String

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(back)">‹ \(w("figure.title"))</a></p><h1>\(title)</h1><p class="sub">\(sub) · <a href="\(export)">\(w("figure.export"))</a></p>
        <ol class="lines">\(lines, DutyLine.row)</ol>\(lines.isEmpty ? "<p class=\"empty\">\(w("case.none-found"))</p>" as HTML : nil)\(next.isEmpty ? nil : "<p class=\"actions\"><a class=\"button\" rel=\"next\" href=\"\(next)\">\(w("case.next"))</a></p>" as HTML)
        """
    }

    static func samples(_ w: Words) -> [FigureRowsPage] { [FigureRowsPage(title: "K1", sub: "2026-11 · 39", back: "#", lines: [], next: "#", export: "#")] }
}
