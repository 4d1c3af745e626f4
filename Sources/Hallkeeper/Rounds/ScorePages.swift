/// Scores of halls over months: a table, its trend drawn and written, where it goes well and where not, and the formula.
struct ScoresPage: Page {
    struct Cell: Sendable {
        var figure: String
        var note: String
        var style: String
        var link: String
    }
    struct Row: Sendable {
        var name: String
        var link: String
        var cells: [Cell]
    }
    struct Trend: Sendable {
        var month: String
        var value: Int?
        var cell: Cell
    }
    struct Part: Sendable {
        var name: String
        var figure: String
        var note: String
    }
    var title: String
    var isWhole: Bool
    var sub: String
    var months: [String]
    var rows: [Row]
    var trend: [Trend]
    var lines: [(name: String, from: Int)]
    var rounds: [Part]
    var groups: [Part]
    var zones: [Part]
    var formula: [String]
    var weights: [(name: String, weight: Int)]
    private var isEmpty: Bool { trend.allSatisfy { $0.value == nil } }

    func body(_ w: Words) -> HTML {
        """
        \(isWhole ? nil : "<p class=\"sub\"><a href=\"\(Site.scores.link())\">‹ \(w("score.title"))</a></p>" as HTML)<h1>\(title)</h1>\(PatrolReach.tabs("scores", w))<p class="sub">\(sub)</p>
        \(isEmpty ? "<p class=\"empty\">\(w("score.empty"))</p>" as HTML : nil)
        <section><h2>\(w("score.by-hall"))</h2><div class="scroll" tabindex="0"><table class="grid"><thead><tr><th scope="col">\(w("fact.place"))</th>\(months, { "<th scope=\"col\">\($0)</th>" })</tr></thead><tbody>\(rows, row)</tbody></table></div></section>
        \(isEmpty ? nil : results(w))
        <section class="card"><h2>\(w("score.formula"))</h2><ol>\(formula, { "<li>\($0)</li>" })</ol>\(weights.isEmpty ? nil : "<p class=\"note\">\(w("score.weights")) \(weights.map { "\($0.name) \($0.weight)" }.joined(separator: " · "))</p>" as HTML)</section>
        """
    }

    private func results(_ w: Words) -> HTML {
        """
        <section><h2>\(w("score.trend"))</h2><div class="columns even"><div>\(ScoreChart(values: trend.map(\.value), labels: trend.map(\.month), lines: lines).svg(w))</div>
        <div><table><thead><tr><th scope="col">\(w("score.month"))</th><th scope="col">\(w("score.score"))</th><th scope="col"></th></tr></thead><tbody>\(trend.reversed().filter { $0.value != nil }, { "<tr><th scope=\"row\">\($0.month)</th><td><a href=\"\($0.cell.link)\">\($0.cell.figure)</a></td><td>\($0.cell.note)</td></tr>" })</tbody></table></div></div></section>
        <div class="columns even"><section><h2>\(w("score.groups"))</h2>\(table(groups))</section><section><h2>\(w("score.zones"))</h2>\(table(zones))</section></div>
        <section><h2>\(w("score.rounds"))</h2>\(table(rounds))</section>
        """
    }

    private func row(_ row: Row) -> HTML {
        "<tr><th scope=\"row\"><a href=\"\(row.link)\">\(row.name)</a></th>\(row.cells, cell)</tr>"
    }

    private func cell(_ cell: Cell) -> HTML {
        cell.link.isEmpty
            ? "<td class=\"none\">\(cell.figure)</td>" : "<td class=\"\(cell.style)\"><a href=\"\(cell.link)\">\(cell.figure)<small>\(cell.note)</small></a></td>"
    }

    private func table(_ parts: [Part]) -> HTML {
        "<table><tbody>\(parts, { "<tr><th scope=\"row\">\($0.name)</th><td>\($0.figure)</td><td>\($0.note)</td></tr>" })</tbody></table>"
    }

    static func samples(_ w: Words) -> [ScoresPage] {
        let cell = Cell(figure: "92.50", note: "B · " + w("score.n-patrols", n: 2), style: "g-late", link: "#")
        let part = Part(name: "外部环境", figure: "96.00", note: w("patrol.n-points", n: 25))
        let values: [Int?] = [8800, 9100, nil, 7600, 9400, 9250]
        let page = ScoresPage(
            title: w("score.title"), isWhole: true, sub: "2025年11月 – 2026年11月", months: ["2026年11月", "2026年10月"], rows: [Row(name: "城南营业厅", link: "#", cells: [cell, cell])],
            trend: values.enumerated().map { Trend(month: "2026-0\($0 + 1)", value: $1, cell: cell) }, lines: [("A", 95), ("B", 85), ("C", 70)], rounds: [part], groups: [part],
            zones: [part], formula: [w("score.share", ["minor": "50"]), w("score.formula-groups")], weights: [("外部环境", 10)])
        var empty = page
        (empty.trend, empty.rows) = ([], [])
        return [page, empty]
    }
}

/// Months from left to right, a hundred at the top; a month without patrols leaves a gap.
struct ScoreChart: Sendable {
    var values: [Int?]
    var labels: [String]
    var lines: [(name: String, from: Int)]
    private static let (width, height, left, bottom) = (560, 220, 44, 30)

    private func x(_ index: Int) -> Int { Self.left + 12 + index * (Self.width - Self.left - 24) / max(1, values.count - 1) }
    private func y(_ hundredths: Int) -> Int { 10 + (10_000 - hundredths) * (Self.height - Self.bottom - 10) / 10_000 }

    func svg(_ w: Words) -> HTML {
        let known = values.enumerated().compactMap { index, value in value.map { (index, $0) } }
        let said = known.map { "\(labels[$0.0]) \(ScoreFigure.text($0.1))" }.joined(separator: ", ")
        return """
            <svg class="chart" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(w("score.trend")): \(said)">
            \([0, 50, 100], { "<line class=\"axis\" x1=\"\(Self.left)\" x2=\"\(Self.width)\" y1=\"\(y($0 * 100))\" y2=\"\(y($0 * 100))\"/><text x=\"\(Self.left - 6)\" y=\"\(y($0 * 100) + 4)\" text-anchor=\"end\">\($0)</text>" })
            \(lines, { "<line class=\"grade\" x1=\"\(Self.left)\" x2=\"\(Self.width)\" y1=\"\(y($0.from * 100))\" y2=\"\(y($0.from * 100))\"/><text x=\"\(Self.left + 4)\" y=\"\(y($0.from * 100) - 3)\">\($0.name)</text>" })
            \(runs, { "<polyline points=\"\($0.map { "\(x($0.0)),\(y($0.1))" }.joined(separator: " "))\"/>" })
            \(known, { "<circle cx=\"\(x($0.0))\" cy=\"\(y($0.1))\" r=\"5\"/>" })
            <text x="\(x(0))" y="\(Self.height - 6)" text-anchor="start">\(labels.first ?? "")</text><text x="\(Self.width)" y="\(Self.height - 6)" text-anchor="end">\(labels.last ?? "")</text>
            </svg>
            """
    }

    /// Months in a row that have a score.
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
