import WorkCalendar

/// Patrols of a month: what runs, what was finished.
struct PatrolsPage: Page {
    var title: String
    var month: Month
    var path: String
    var mayBegin: Bool
    var open: [DutyLine]
    var done: [DutyLine]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>\(PatrolReach.tabs("patrols", w))
        \(mayBegin ? "<p class=\"actions\"><a class=\"button primary\" href=\"\(Site.patrolNew.link())\">\(w("patrol.new"))</a></p>" as HTML : nil)
        \(open.isEmpty ? nil : "<section><h2>\(w("patrol.running"))<span class=\"right\">\(open.count)</span></h2><ol class=\"lines\">\(open, DutyLine.row)</ol></section>" as HTML)
        \(PatrolReach.months(month, path, w))
        \(done.isEmpty ? "<p class=\"empty\">\(w("patrol.empty"))</p>" as HTML : "<section><h2>\(w("patrol.done"))<span class=\"right\">\(done.count)</span></h2><ol class=\"lines\">\(done, DutyLine.row)</ol></section>" as HTML)
        """
    }

    static func samples(_ w: Words) -> [PatrolsPage] {
        let line = DutyLine(
            state: "soon", when: "92.50", note: "B", title: "城南营业厅 · 10:05", clauses: [],
            why: w("patrol.drawn", ["count": "12", "seed": "20261123"]) + " · " + w("difference.n-glossed", n: 2), go: "", link: "#")
        let month = Month("2026-11") ?? Month(of: Day(number: 20_000))
        return [
            PatrolsPage(title: w("nav.patrols"), month: month, path: "?", mayBegin: true, open: [], done: [line]),
            PatrolsPage(title: w("nav.patrols"), month: month, path: "?", mayBegin: false, open: [], done: []),
        ]
    }
}

/// First the hall, then what is walked there.
struct PatrolNewPage: Page {
    var title: String
    var place: String
    var placeName: String
    var halls: [FormView.Option]
    var rounds: [FormView.Option]
    var points: Int
    var what: String
    var form: String
    var count: String
    var seed: String
    var hidden: HTML
    var problem: String

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.patrols.link())">‹ \(w("nav.patrols"))</a></p><h1>\(title)</h1><p class="sub">\(w("patrol.unannounced"))</p>
        \(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        \(place.isEmpty ? choice(w) : walk(w))
        """
    }

    private func choice(_ w: Words) -> HTML {
        """
        <section><h2>\(w("patrol.which-hall"))</h2><div class="tiles wide">\(halls, { "<a class=\"tile\" href=\"\(Site.patrolNew.link())?place=\($0.id)\"><b>\($0.name)</b></a>" })</div></section>
        \(halls.isEmpty ? "<p class=\"empty\">\(w("patrol.no-hall"))</p>" as HTML : nil)
        """
    }

    private func walk(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.patrolNew.link())">\(hidden)<input type="hidden" name="place" value="\(place)">
        <p><b>\(placeName)</b> · <a href="\(Site.patrolNew.link())">\(w("patrol.other-hall"))</a></p>
        <section class="card"><h3><label class="check"><input type="radio" name="what" value="draw" \(when: what != "round", "checked")>\(w("patrol.draw"))</label></h3>
        <p class="note">\(w("patrol.draw-note", n: points))</p>
        <div class="cols"><div class="field"><label for="count">\(w("patrol.count"))</label><input id="count" name="count" inputmode="numeric" value="\(count)"></div>
        <div class="field"><label for="seed">\(w("patrol.seed"))</label><input id="seed" name="seed" inputmode="numeric" autocomplete="off" value="\(seed)"></div></div></section>
        <section class="card"><h3><label class="check"><input type="radio" name="what" value="round" \(when: what == "round", "checked")>\(w("patrol.round"))</label></h3>
        <div class="field"><label for="form">\(w("patrol.which-round"))</label><select id="form" name="form">\(rounds, { "<option value=\"\($0.id)\" \(when: $0.id == form, "selected")>\($0.name)</option>" })</select></div></section>
        <div class="actions"><button class="primary">\(w("patrol.begin"))</button></div></form>
        """
    }

    static func samples(_ w: Words) -> [PatrolNewPage] {
        let halls = [FormView.Option(id: "x", name: "城南营业厅"), FormView.Option(id: "y", name: "城北营业厅")]
        let page = PatrolNewPage(
            title: w("patrol.new"), place: "", placeName: "", halls: halls, rounds: [], points: 0, what: "draw", form: "", count: "12", seed: "1", hidden: "",
            problem: "")
        var second = page
        (second.place, second.placeName, second.points, second.seed) = ("x", "城南营业厅", 96, "3405691582")
        second.rounds = [FormView.Option(id: "opening-round", name: "开门巡检")]
        return [page, second]
    }
}

/// Walking: the points as any round shows them.
struct PatrolPage: Page {
    var title: String
    var what: String
    var began: String
    var ends: String
    /// Only for whoever walks it; to other inspectors it is just under way.
    var form: FormView?

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.patrols.link())">‹ \(w("nav.patrols"))</a></p><h1>\(title)</h1>
        <p class="sub">\(what) · \(began)</p><p class="note">\(form == nil ? w("patrol.by-other") : w("patrol.hidden")) \(ends)</p>\(form?.html(w))
        """
    }

    static func samples(_ w: Words) -> [PatrolPage] {
        let input = FormView.Input(
            id: "opening-round/exits-clear", kind: "point", title: "消防通道畅通", good: "无堆物", clause: "5.3-3", zone: "通道", unit: "", value: "", note: "",
            photos: [], options: [], isOptional: false, hint: "", problem: "", last: "", mayNotApply: false)
        return [
            PatrolPage(
                title: "城南营业厅", what: w("patrol.drawn", ["count": "12", "seed": "7"]), began: "10:05", ends: "",
                form: FormView(action: "#", hidden: "", inputs: [input], people: [], signer: nil, problem: "", button: w("patrol.finish"), isRound: true))
        ]
    }
}

/// What a patrol came to: the score and how it was reckoned, and beside each point what the hall had ticked.
struct PatrolResultPage: Page {
    struct Part: Sendable {
        var name: String
        var weight: Int
        var got: String
        var possible: String
        var score: String
    }
    struct Point: Sendable {
        var clause: String
        var title: String
        var weight: Int
        var isVeto: Bool
        var seen: String
        var style: String
        var own: String
        var verdict: String
        var isGlossed: Bool
    }
    var title: String
    var what: String
    var when: String
    var who: String
    var score: String
    var grade: String
    var style: String
    var formula: [String]
    var vetoes: [String]
    var counts: [(name: String, count: Int)]
    var groups: [Part]
    var zones: [Part]
    var points: [Point]
    var findings: [(title: String, state: String, link: String)]
    var duty: String
    var differences: String

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.patrols.link())">‹ \(w("nav.patrols"))</a></p><h1>\(title)</h1><p class="sub">\(what) · \(when) · \(who)</p>
        <div class="tiles"><div class="tile \(style == "g-ok" ? "good" : style == "g-miss" ? "bad" : "soon")"><small>\(w("score.score"))</small><b>\(score)</b></div><div class="tile"><small>\(w("score.grade"))</small><b>\(grade)</b></div>\(counts, { "<div class=\"tile\"><small>\($0.name)</small><b>\($0.count)</b></div>" })</div>
        \(vetoes.isEmpty ? nil : "<p class=\"flash bad\">\(w("score.vetoes")) \(w.list(vetoes))</p>" as HTML)
        <section><h2>\(w("score.formula"))</h2><p class="mono">\(formula, { "\($0)<br>" })</p><p class="note">\(w("score.formula-note"))</p></section>
        <div class="columns even"><section><h2>\(w("score.groups"))</h2>\(table(groups, isWeighted: true, w))</section><section><h2>\(w("score.zones"))</h2>\(table(zones, isWeighted: false, w))</section></div>
        <section><h2>\(w("patrol.points"))<span class="right"><a href="\(differences)">\(w("patrol.tab-differences"))</a></span></h2>
        <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">\(w("fact.clause"))</th><th scope="col">\(w("score.weight"))</th><th scope="col">\(w("difference.inspector"))</th><th scope="col">\(w("difference.hall"))</th><th scope="col"></th></tr></thead><tbody>\(points, { row($0, w) })</tbody></table></div></section>
        \(findings.isEmpty ? nil : "<section><h2>\(w("coverage.wanting"))</h2><ul class=\"plain\">\(findings, { "<li><a href=\"\($0.link)\">\($0.title)</a> · \($0.state)</li>" })</ul></section>" as HTML)
        \(duty.isEmpty ? nil : "<p><a href=\"\(duty)\">\(w("patrol.ended-duty"))</a></p>" as HTML)
        """
    }

    private func table(_ parts: [Part], isWeighted: Bool, _ w: Words) -> HTML {
        """
        <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">\(w("score.part"))</th>\(isWeighted ? "<th scope=\"col\">\(w("score.weight"))</th>" as HTML : nil)<th scope="col">\(w("score.got"))</th><th scope="col">\(w("score.score"))</th></tr></thead><tbody>\(parts, { "<tr><td>\($0.name.isEmpty ? w("score.all") : $0.name)</td>\(isWeighted ? "<td>\($0.weight)</td>" as HTML : nil)<td class=\"nowrap\">\($0.got) / \($0.possible)</td><td>\($0.score)</td></tr>" })</tbody></table></div>
        """
    }

    private func row(_ point: Point, _ w: Words) -> HTML {
        """
        <tr><td><a class="chip" href="\(Site.clause.link(point.clause))">\(point.clause)</a> \(point.title)</td><td class="nowrap">\(point.weight)\(point.isVeto ? " · \(w("score.veto"))" as HTML : nil)</td><td><span class="state \(point.style)">\(point.seen)</span></td><td>\(point.own.isEmpty ? "–" : point.own)</td><td><span class="\(when: point.isGlossed, "late-text")">\(point.verdict)</span></td></tr>
        """
    }

    static func samples(_ w: Words) -> [PatrolResultPage] {
        let part = Part(name: "消防、用电与防盗", weight: 10, got: "4.5", possible: "9", score: "50.00")
        return [
            PatrolResultPage(
                title: "城南营业厅", what: w("patrol.drawn", ["count": "12", "seed": "7"]), when: "10:05 – 10:40", who: "抽查人员", score: "59.00", grade: "D", style: "g-miss",
                formula: ["(100.00 × 10 + 50.00 × 10) ÷ 20 = 75.00", w("score.capped", ["cap": "59", "score": "59.00"])], vetoes: ["消防通道畅通"],
                counts: [(w("point.short-ok"), 10), (w("point.short-danger"), 1)], groups: [part], zones: [part],
                points: [
                    Point(
                        clause: "5.3-3", title: "消防通道畅通", weight: 5, isVeto: true, seen: w("point.short-danger"), style: "late",
                        own: w("point.short-ok") + " · 8:20", verdict: w("difference.glossed"), isGlossed: true)
                ],
                findings: [("消防通道畅通", w("finding.open"), "#")], duty: "", differences: "#")
        ]
    }
}
