/// The hall's day at a glance, for the wall and the director.
struct BoardPage: Page {
    struct Line: Sendable {
        var state: String
        var when: String
        var title: String
        var clause: String
        var who: String
    }
    struct Post: Sendable {
        var role: String
        var word: String
        var isFilled: Bool
    }
    var place: String
    var sub: String
    var clock: String
    var strip: [String]
    var summary: String
    var lines: [Line]
    var roster: [Post]
    /// The way to the floor plan; a wall screen has none.
    var plan = ""
    var title: String { place }

    func body(_ w: Words) -> HTML {
        """
        <div class="board"><header><div><p class="sub">\(sub)</p><h1>\(place)</h1>\(plan.isEmpty ? nil : "<a class=\"no-print\" href=\"\(plan)\">\(w("plan.title"))</a>" as HTML)</div><time class="clock" data-clock>\(clock)</time></header>
        <div class="strip" role="img" aria-label="\(summary)">\(strip, { "<i class=\"\($0)\"></i>" })</div><p class="note">\(summary)</p>
        <div class="cols"><section><h2>\(w("board.now"))</h2>\(lines.isEmpty ? "<p class=\"empty\">\(w("board.clear"))</p>" as HTML : nil)
        <div class="scroll" tabindex="0"><table class="list"><tbody>\(lines, line)</tbody></table></div></section>
        <section><h2>\(w("board.on-duty"))</h2><table class="list"><tbody>\(roster, { "<tr><td>\($0.role)</td><td class=\"state \($0.isFilled ? "done" : "late")\">\($0.word)</td></tr>" })</tbody></table></section></div></div>
        """
    }

    private func line(_ line: Line) -> HTML {
        """
        <tr class="\(line.state)"><th scope="row">\(line.when)</th><td>\(line.title) <span class="chip">\(line.clause)</span></td><td>\(line.who)</td></tr>
        """
    }

    static func samples(_ w: Words) -> [BoardPage] {
        [
            BoardPage(
                place: "城南营业厅", sub: "11月23日 周一", clock: "8:57", strip: ["done", "late", "soon", "wait"],
                summary: w("board.summary", ["all": "4", "done": "1", "late": "1"]),
                lines: [Line(state: "late", when: "晚 12 分", title: "雨天：铺防滑垫", clause: "1.2-16", who: "引导员")],
                roster: [Post(role: "主任", word: w("board.present"), isFilled: true)])
        ]
    }
}

/// All halls, for managers: numbers with words, each opening its rows.
struct HallsPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var required: Int
        var done: Int
        var late: Int
        var missed: Int
        var overdue: Int
        var open: Int
    }
    var title: String
    var day: String
    var lines: [Line]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(day)</p>
        <div class="scroll" tabindex="0"><table class="list"><thead><tr><th>\(w("fact.place"))</th><th>\(w("coverage.required"))</th><th>\(w("state.done"))</th><th>\(w("state.late"))</th><th>\(w("state.missed"))</th><th>\(w("halls.overdue"))</th><th>\(w("state.open"))</th></tr></thead>
        <tbody>\(lines, line)</tbody></table></div>\(lines.isEmpty ? "<p class=\"empty\">\(w("halls.empty"))</p>" as HTML : nil)
        """
    }

    private func line(_ line: Line) -> HTML {
        """
        <tr><th scope="row"><a href="\(line.link)">\(line.name)</a></th><td>\(line.required)</td><td>\(line.done)</td><td>\(line.late)</td><td>\(line.missed)</td><td class="\(when: line.overdue > 0, "late")">\(line.overdue)</td><td>\(line.open)</td></tr>
        """
    }

    static func samples(_ w: Words) -> [HallsPage] {
        [HallsPage(title: w("nav.halls"), day: "11月23日", lines: [Line(name: "城南营业厅", link: "#", required: 30, done: 20, late: 1, missed: 1, overdue: 1, open: 8)])]
    }
}

/// The director's evening sheet: the day, what was done and what was not, with the seal of the hall's ledger.
struct EveningPage: Page {
    var title: String
    var sub: String
    var tiles: [(String, Int)]
    var lines: [DutyLine]
    var seal: String
    var before: String

    func body(_ w: Words) -> HTML {
        """
        <div class="print-sheet"><h1>\(title)</h1><p class="sub">\(sub) · <a class="no-print" href="\(before)">\(w("evening.before"))</a></p>
        <div class="tiles">\(tiles, { "<div class=\"tile\"><small>\($0.0)</small><b>\($0.1)</b></div>" })</div>
        <ol class="lines">\(lines, DutyLine.row)</ol>\(lines.isEmpty ? "<p class=\"empty\">\(w("evening.empty"))</p>" as HTML : nil)
        <p class="note">\(w("evening.seal")): <code>\(seal)</code></p><p class="signature">\(w("evening.sign"))</p></div>
        """
    }

    static func samples(_ w: Words) -> [EveningPage] {
        [EveningPage(title: w("evening.title"), sub: "城南营业厅", tiles: [(w("state.done"), 20)], lines: [], seal: "x:1:00", before: "#")]
    }
}
