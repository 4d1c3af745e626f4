import WorkCalendar

/// The most useful page of the product: where ticks and facts part.
struct DifferencePage: Page {
    struct Line: Sendable {
        var name: String
        var compared: Int
        var glossed: Int
        var mended: Int
        var agreed: Int
        var rate: String
        var query: String
    }
    var title: String
    var month: Month
    var total: Line
    var halls: [Line]
    var months: [Line]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>\(PatrolReach.tabs("differences", w))<p class="sub">\(w("difference.sub"))</p>\(PatrolReach.months(month, Site.differences.link() + "?", w))
        \(total.compared == 0 ? "<p class=\"empty\">\(w("difference.empty"))</p>" as HTML : tiles(w))
        <section><h2>\(w("difference.by-hall"))</h2>\(table(halls, w))</section>
        \(months.isEmpty ? nil : "<section><h2>\(w("difference.by-month"))</h2>\(table(months, w))</section>" as HTML)
        <p class="note">\(w("difference.note"))</p>
        """
    }

    private func tiles(_ w: Words) -> HTML {
        """
        <div class="tiles">\(tile(w("difference.compared"), total.compared, "", "")) \(tile(w("difference.glossed"), total.glossed, "glossed", total.glossed > 0 ? "bad" : "")) \(tile(w("difference.mended"), total.mended, "mended", "")) \(tile(w("difference.agree"), total.agreed, "agree", ""))<div class="tile"><small>\(w("difference.rate"))</small><b>\(total.rate)</b></div></div>
        """
    }

    private func tile(_ name: String, _ number: Int, _ verdict: String, _ style: String) -> HTML {
        "<a class=\"tile \(style)\" href=\"\(Site.differenceRows.link())\(total.query)&verdict=\(verdict)\"><small>\(name)</small><b>\(number)</b></a>"
    }

    private func table(_ lines: [Line], _ w: Words) -> HTML {
        """
        <div class="scroll" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">\(w("difference.compared"))</th><th scope="col">\(w("difference.glossed"))</th><th scope="col">\(w("difference.mended"))</th><th scope="col">\(w("difference.agree"))</th><th scope="col">\(w("difference.rate"))</th></tr></thead><tbody>\(lines, row)</tbody></table></div>
        """
    }

    private func row(_ line: Line) -> HTML {
        """
        <tr><th scope="row">\(line.name)</th><td>\(number(line.compared, "", line))</td><td class="\(when: line.glossed > 0, "late-text")">\(number(line.glossed, "glossed", line))</td><td>\(number(line.mended, "mended", line))</td><td>\(number(line.agreed, "agree", line))</td><td class="nowrap">\(line.rate)</td></tr>
        """
    }

    private func number(_ number: Int, _ verdict: String, _ line: Line) -> HTML {
        number == 0 ? "0" : "<a href=\"\(Site.differenceRows.link())\(line.query)&verdict=\(verdict)\">\(number)</a>"
    }

    static func samples(_ w: Words) -> [DifferencePage] {
        let line = Line(name: "城南营业厅", compared: 31, glossed: 4, mended: 1, agreed: 26, rate: "13.8 %", query: "?x")
        let month = Month("2026-11") ?? Month(of: Day(number: 20_000))
        let none = Line(name: "", compared: 0, glossed: 0, mended: 0, agreed: 0, rate: "–", query: "?x")
        return [
            DifferencePage(title: w("difference.title"), month: month, total: line, halls: [line], months: [line]),
            DifferencePage(title: w("difference.title"), month: month, total: none, halls: [none], months: []),
        ]
    }
}

/// Row by row: the hall on one side, the inspector on the other.
struct DifferenceRowsPage: Page {
    struct Side: Sendable {
        var answer: String
        var when: String
        var who: String
        var note: String
        var photos: [String]
    }
    struct Row: Sendable {
        var clause: String
        var title: String
        var place: String
        var link: String
        var verdict: String
        var matched: String
        var hall: Side
        var inspector: Side
    }
    var title: String
    var sub: String
    var count: Int
    var rows: [Row]

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.differences.link())">‹ \(w("difference.title"))</a></p><h1>\(title)</h1><p class="sub">\(sub)</p>
        <section><h2>\(w("difference.rows"))<span class="right">\(count)</span></h2>\(rows.isEmpty ? "<p class=\"empty\">\(w("difference.none"))</p>" as HTML : nil)\(count > rows.count && !rows.isEmpty ? "<p class=\"note\">\(w("coverage.newest", ["count": "\(rows.count)"]))</p>" as HTML : nil)\(rows, { row($0, w) })</section>
        """
    }

    private func row(_ row: Row, _ w: Words) -> HTML {
        """
        <article class="card"><p><a class="chip" href="\(Site.clause.link(row.clause))">\(row.clause)</a> <b>\(row.title)</b> <span class="state \(row.verdict == "glossed" ? "late" : row.verdict == "mended" ? "soon" : "done")">\(w("difference." + row.verdict))</span></p>
        <p class="note">\(row.place) · \(row.matched) · <a href="\(row.link)">\(w("patrol.this"))</a></p>
        <div class="cols">\(side(w("difference.hall"), row.hall, w))\(side(w("difference.inspector"), row.inspector, w))</div></article>
        """
    }

    private func side(_ name: String, _ side: Side, _ w: Words) -> HTML {
        """
        <div><h3>\(name): \(side.answer)</h3><p class="note">\(side.when) · \(side.who)</p>\(side.note.isEmpty ? nil : "<p>\(side.note)</p>" as HTML)\(side.photos, { "<a href=\"\(PhotoPass.link($0))\"><img class=\"thumb\" src=\"\(PhotoPass.small($0))\" alt=\"\(name)\"></a>" })</div>
        """
    }

    static func samples(_ w: Words) -> [DifferenceRowsPage] {
        [
            DifferenceRowsPage(
                title: w("difference.glossed"), sub: "城南营业厅 · 2026年11月", count: 1,
                rows: [
                    Row(
                        clause: "5.3-3", title: "消防通道畅通", place: "城南营业厅 · 通道", link: "#", verdict: "glossed", matched: w("difference.by-zone"),
                        hall: Side(answer: w("point.short-ok"), when: "8:20 · " + w("difference.before"), who: "保安", note: "", photos: []),
                        inspector: Side(answer: w("point.short-danger"), when: "10:05", who: "抽查人员", note: "纸箱堵住后门", photos: []))
                ])
        ]
    }
}
