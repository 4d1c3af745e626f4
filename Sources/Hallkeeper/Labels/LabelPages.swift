import WorkCalendar

/// A hall's labels: a list to choose from, a sheet to print them on, and what still has none.
struct LabelsPage: Page {
    struct Line: Sendable {
        var code: String
        var printed: String
        var link: String
        var kind: String
        var name: String
        var since: String
    }
    var place: String
    var placeName: String
    var lines: [Line]
    /// Names of what has no label yet.
    var missing: [String]
    var zones: [FormView.Option]
    var address: String
    var hasLog: Bool
    var hidden: HTML
    var problem: String
    var typed: String
    var title: String { placeName }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.place.link(place))">‹ \(placeName)</a></p><h1>\(w("label.title"))</h1><p class="note">\(w("label.note"))</p>
        \(missing.isEmpty ? nil : lacking(w))
        \(lines.isEmpty ? "<p class=\"empty\">\(w("label.empty"))</p>" as HTML : printing(w))
        \(lines.isEmpty ? nil : list(w))
        <section class="card"><h2>\(w("label.thing"))</h2><p class="note">\(w("label.thing-note"))</p>
        \(problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(problem)</p>" as HTML)
        <form method="post" action="\(Site.labels.link(place))">\(hidden)<input type="hidden" name="what" value="thing">
        <div class="field"><label for="name">\(w("label.name"))</label><input id="name" name="name" maxlength="40" value="\(typed)" required></div>
        <div class="field"><label for="zone">\(w("label.zone"))</label><select id="zone" name="zone"><option value="">\(w("label.no-zone"))</option>\(zones, { "<option value=\"\($0.id)\">\($0.name)</option>" })</select></div>
        <div class="actions"><button>\(w("label.make-one"))</button></div></form></section>
        """
    }

    private func lacking(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.labels.link(place))" class="card">\(hidden)<input type="hidden" name="what" value="all">
        <p><b>\(w("label.missing", n: missing.count))</b> <span class="note">\(w.list(Array(missing.prefix(12))))\(missing.count > 12 ? " …" : "")</span></p>
        <div class="actions"><button class="primary">\(w("label.make-all"))</button></div></form>
        """
    }

    private func printing(_ w: Words) -> HTML {
        """
        <form method="get" action="\(Site.labelSheet.link(place))" id="print" class="card"><h2>\(w("label.print"))</h2><p class="note">\(w("label.print-note"))</p>
        <div class="cols"><div class="field"><label for="sheet">\(w("label.sheet"))</label><select id="sheet" name="sheet">\(LabelSheet.all, { "<option value=\"\($0.id)\">\(w("label.sheet-" + $0.id))</option>" })</select></div>
        <div class="field"><label for="start">\(w("label.start"))</label><input id="start" name="start" value="1" inputmode="numeric"></div></div>
        <div class="cols"><div class="field"><label for="address">\(w("label.address"))</label><input id="address" name="address" value="\(address)"></div>
        \(hasLog ? "<div class=\"field\"><label for=\"public\">\(w("label.public-address"))</label><input id=\"public\" name=\"public\" value=\"\(address)\"></div>" as HTML : nil)</div>
        <div class="actions"><button class="primary">\(w("label.pdf"))</button></div></form>
        """
    }

    private func list(_ w: Words) -> HTML {
        """
        <section><h2>\(w("label.list"))<span class="right">\(lines.count)</span></h2><div class="scroll" tabindex="0"><table class="list"><thead><tr><th>\(w("label.choose"))</th><th>\(w("label.kind"))</th><th>\(w("label.name"))</th><th>\(w("label.code"))</th><th>\(w("label.since"))</th><th><span class="sr">\(w("label.revoke"))</span></th></tr></thead>
        <tbody>\(lines, line(w))</tbody></table></div></section>
        """
    }

    private func line(_ w: Words) -> (Line) -> HTML {
        { line in
            """
            <tr><td><input type="checkbox" form="print" name="c.\(line.code)" value="1" aria-label="\(line.kind) \(line.name)"></td><td>\(line.kind)</td><th scope="row">\(line.name)</th><td><a class="mono nowrap" href="\(line.link)">\(line.printed)</a></td><td class="nowrap">\(line.since)</td>
            <td><form method="post" action="\(Site.labelRevocation.link(place, line.code))">\(hidden)<button class="quiet">\(w("label.revoke"))</button></form></td></tr>
            """
        }
    }

    static func samples(_ w: Words) -> [LabelsPage] {
        [
            LabelsPage(
                place: "x", placeName: "城南营业厅",
                lines: [Line(code: "0123456789", printed: "01234-56789", link: "#", kind: w("label.kind-zone"), name: "大厅", since: "8:30")],
                missing: ["门外"], zones: [], address: "https://hall.example.com", hasLog: true, hidden: "", problem: "", typed: "")
        ]
    }
}

/// What a scanned code says when nothing can be filled in right now: who is on it, what is next and when, what was last.
struct ScanPage: Page {
    struct Line: Sendable {
        var when: String
        var title: String
        var who: String
        var link: String
    }
    var title: String
    var place: String
    var kind: String
    /// Open now, and others' to do.
    var others: [Line]
    var next: Line?
    var last: Line?

    func body(_ w: Words) -> HTML {
        """
        <p class="sub">\(place) · \(kind)</p><h1>\(title)</h1>
        <p class="flash" role="status">\(w("scan.nothing"))</p>
        \(others.isEmpty ? nil : section(w("scan.others"), others))
        \(next.map { section(w("scan.next"), [$0]) } ?? "<p class=\"note\">\(w("scan.no-next"))</p>")
        \(last.map { section(w("scan.last"), [$0]) })
        <p class="actions"><a class="button primary" href="\(Site.today.link())">\(w("nav.today"))</a><a class="button quiet" href="\(Site.reports.link())">\(w("nav.report"))</a></p>
        """
    }

    private func section(_ heading: String, _ lines: [Line]) -> HTML {
        """
        <section><h2>\(heading)</h2><table class="list"><tbody>\(lines, { "<tr><th scope=\"row\">\($0.when)</th><td>\($0.link.isEmpty ? "\($0.title)" as HTML : "<a href=\"\($0.link)\">\($0.title)</a>" as HTML)</td><td>\($0.who)</td></tr>" })</tbody></table></section>
        """
    }

    static func samples(_ w: Words) -> [ScanPage] {
        let line = Line(when: "11月24日 8:10", title: "开门巡检", who: "引导员", link: "")
        return [ScanPage(title: "资料架", place: "城南营业厅", kind: w("label.kind-zone"), others: [], next: line, last: line)]
    }
}
