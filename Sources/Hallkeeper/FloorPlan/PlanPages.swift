import WorkCalendar

/// A hall's floor plan with its open findings and the things of its register, and the same as lists.
struct PlanPage: Page {
    struct Line: Sendable {
        var number: Int
        var severity: String
        var title: String
        var since: String
        var state: String
        var link: String
        var isPlaced: Bool
    }
    struct Thing: Sendable {
        var name: String
        /// "" where whoever looks may not open it.
        var link: String
        var state: String
        var words: String
        var isPlaced: Bool
    }
    var place: String
    var placeName: String
    var drawing: PlanDrawing?
    var lines: [Line]
    var things: [Thing] = []
    var mayEdit: Bool
    var title: String { placeName }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.board.link(place))">‹ \(placeName)</a></p><h1>\(w("plan.title"))</h1>
        <p class="actions"><a class="button quiet" href="\(Site.planHeat.link(place))">\(w("plan.heat"))</a>\(mayEdit ? "<a class=\"button quiet\" href=\"\(Site.planEdit.link(place))\">\(w("plan.edit"))</a>" as HTML : nil)</p>
        <div class="plan-sheet"><div>\(drawing?.html(w) ?? "<p class=\"empty\">\(w("plan.none"))</p>")\(drawing == nil ? nil : legend(w))</div>
        <section><h2>\(w("plan.open"))<span class="right">\(lines.count)</span></h2>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("plan.clear"))</p>" as HTML : "<table class=\"list\"><tbody>\(lines, line(w))</tbody></table>")
        \(things.isEmpty ? nil : "<h2>\(w("item.title"))<span class=\"right\">\(things.count)</span></h2><table class=\"list\"><tbody>\(things, thing(w))</tbody></table>" as HTML)</section></div>
        """
    }

    private func thing(_ w: Words) -> (Thing) -> HTML {
        { thing in
            """
            <tr><th scope="row">\(thing.link.isEmpty ? "\(thing.name)" : "<a href=\"\(thing.link)\">\(thing.name)</a>" as HTML)</th><td><span class="state \(thing.state)">\(thing.words)</span>\(thing.isPlaced || drawing == nil || !mayEdit ? nil : " <small>\(w("plan.unplaced"))</small>" as HTML)</td></tr>
            """
        }
    }

    private func line(_ w: Words) -> (Line) -> HTML {
        { line in
            """
            <tr><th scope="row">\(line.number)</th><td><a href="\(line.link)">\(line.title)</a> <span class="state \(line.severity)">\(w("severity." + line.severity))</span> <small>\(line.since) · \(line.state)\(line.isPlaced || drawing == nil ? "" : " · " + w("plan.unplaced"))</small></td></tr>
            """
        }
    }

    private func legend(_ w: Words) -> HTML {
        """
        <p class="note legend" aria-hidden="true"><svg viewBox="0 0 60 60"><g class="mark minor"><circle cx="30" cy="30" r="22"/></g></svg> \(w("severity.minor")) <svg viewBox="0 0 60 60"><g class="mark serious"><path d="M30 4L57 51H3Z"/></g></svg> \(w("severity.serious")) <svg viewBox="0 0 60 60"><g class="mark danger"><path d="M30 2L58 30L30 58L2 30Z"/></g></svg> \(w("severity.danger")) · \(w("plan.dashed"))\(things.contains(where: \.isPlaced) ? " · <svg viewBox=\"0 0 60 60\"><g class=\"thing done\"><rect x=\"10\" y=\"10\" width=\"40\" height=\"40\" rx=\"6\"/></g></svg> \(w("label.kind-item"))" as HTML : nil)</p>
        """
    }

    static func samples(_ w: Words) -> [PlanPage] {
        let flags = [
            PlanDrawing.Flag(number: 1, x: 200, y: 300, severity: "danger", isRectified: false, label: "1 消防通道畅通", link: "#"),
            PlanDrawing.Flag(number: 2, x: 600, y: 500, severity: "minor", isRectified: true, label: "2 花木在定置位置", link: "#"),
        ]
        let sign = PlanDrawing.Sign(x: 800, y: 200, state: "soon", short: "3", label: "灭火器 3 号", link: "#")
        let drawing = PlanDrawing(image: "data:,", width: 800, height: 500, alt: w("plan.title"), flags: flags, things: [sign])
        let line = Line(number: 1, severity: "danger", title: "消防通道畅通", since: "8:30", state: w("finding.open"), link: "#", isPlaced: false)
        return [
            PlanPage(place: "x", placeName: "城南营业厅", drawing: drawing, lines: [line],
                things: [Thing(name: "灭火器 3 号", link: "#", state: "soon", words: w("item.service-by", ["day": "2026-12-10"]), isPlaced: true)], mayEdit: true),
            PlanPage(place: "x", placeName: "城南营业厅", drawing: nil, lines: [], mayEdit: false),
        ]
    }
}

/// Putting zones, points and things on the plan: by clicking where there are scripts, by two numbers where there are none.
struct PlanEditPage: Page {
    struct Spot: Sendable {
        var key: String
        var name: String
        var x: Int
        var y: Int
        var kind: PlanMark.Kind
    }
    var place: String
    var placeName: String
    var drawing: PlanDrawing?
    /// When and by whom the picture was put here.
    var version: String
    var placed: [Spot]
    var zones: [FormView.Option]
    var points: [FormView.Option]
    var things: [FormView.Option] = []
    var typed: (target: String, x: String, y: String)
    var hidden: HTML
    var problem: String
    var title: String { placeName }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.plan.link(place))">‹ \(w("plan.title"))</a></p><h1>\(w("plan.edit")) · \(placeName)</h1>
        \(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        <div class="plan-sheet"><div>\(drawing?.html(w) ?? "<p class=\"empty\">\(w("plan.none-yet"))</p>")</div>
        <div>\(drawing == nil ? nil : placing(w))
        <form method="post" action="\(Site.planPicture.link(place))" enctype="multipart/form-data" class="card">\(hidden)<h2>\(w("plan.picture"))</h2><p class="note">\(version) \(w("plan.picture-note"))</p>
        <div class="field"><label for="picture">\(w("plan.file"))</label><input id="picture" type="file" name="picture" accept=".png,.jpg,.jpeg,.svg,image/png,image/jpeg,image/svg+xml" required></div>
        <div class="actions"><button>\(w("plan.upload"))</button></div></form></div></div>
        \(placed.isEmpty ? nil : list(w))
        <script src="\(Assets.link("plan.js"))" defer></script>
        """
    }

    private func placing(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.planMarks.link(place))" class="card" data-plan-form>\(hidden)<h2>\(w("plan.put"))</h2><p class="note">\(w("plan.put-note"))</p>
        <div class="field"><label for="target">\(w("plan.target"))</label><select id="target" name="target" required><option value=""></option><optgroup label="\(w("label.kind-zone"))">\(zones, option)</optgroup><optgroup label="\(w("plan.points"))">\(points, option)</optgroup>\(things.isEmpty ? nil : "<optgroup label=\"\(w("label.kind-item"))\">\(things, option)</optgroup>" as HTML)</select></div>
        <div class="cols"><div class="field"><label for="x">\(w("plan.x"))</label><input id="x" name="x" inputmode="numeric" value="\(typed.x)" required></div><div class="field"><label for="y">\(w("plan.y"))</label><input id="y" name="y" inputmode="numeric" value="\(typed.y)" required></div></div>
        <div class="actions"><button class="primary">\(w("plan.save"))</button></div></form>
        """
    }

    private func option(_ option: FormView.Option) -> HTML {
        "<option value=\"\(option.id)\" \(when: option.id == typed.target, "selected")>\(option.name)</option>"
    }

    private func list(_ w: Words) -> HTML {
        """
        <section><h2>\(w("plan.placed"))<span class="right">\(placed.count)</span></h2><table class="list"><tbody>\(placed, { spot in
            "<tr><th scope=\"row\">\(spot.name)</th><td>\(spot.x) / \(spot.y)</td><td><form method=\"post\" action=\"\(Site.planMarks.link(place))\">\(hidden)<input type=\"hidden\" name=\"target\" value=\"\(spot.key)\"><button class=\"quiet\" name=\"take\" value=\"yes\">\(w("plan.take"))</button></form></td></tr>"
        })</tbody></table></section>
        """
    }

    static func samples(_ w: Words) -> [PlanEditPage] {
        let pins = [PlanDrawing.Pin(key: "zone/lobby", x: 500, y: 400, label: "大厅", kind: .zone)]
        let drawing = PlanDrawing(image: "data:,", width: 800, height: 500, alt: w("plan.title"), pins: pins, isEdited: true)
        let spot = Spot(key: "zone/lobby", name: "大厅", x: 500, y: 400, kind: .zone)
        return [
            PlanEditPage(
                place: "x", placeName: "城南营业厅", drawing: drawing, version: "11月23日", placed: [spot],
                zones: [FormView.Option(id: "zone/lobby", name: "大厅")], points: [], typed: ("", "", ""), hidden: "", problem: ""),
            PlanEditPage(
                place: "x", placeName: "城南营业厅", drawing: nil, version: "", placed: [], zones: [], points: [], typed: ("", "", ""), hidden: "", problem: ""),
        ]
    }
}

/// A month of findings on the plan and as a table: where it goes wrong again and again.
struct PlanHeatPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var minor: Int
        var serious: Int
        var danger: Int
        var isPlaced: Bool
        var total: Int { minor + serious + danger }
    }
    struct Row: Sendable {
        var when: String
        var title: String
        var severity: String
        var link: String
    }
    var place: String
    var placeName: String
    var month: String
    var before: String
    var after: String?
    var drawing: PlanDrawing?
    var lines: [Line]
    /// What is opened: the findings behind one number.
    var opened: String
    var rows: [Row]
    var title: String { placeName }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.plan.link(place))">‹ \(w("plan.title")) · \(placeName)</a></p><h1>\(w("plan.heat"))</h1>
        <p class="actions"><a class="button quiet" href="\(before)" rel="prev">‹ \(w("plan.before"))</a><b>\(month)</b>\(after.map { "<a class=\"button quiet\" href=\"\($0)\" rel=\"next\">\(w("plan.after")) ›</a>" as HTML })</p>
        <div class="plan-sheet even"><div>\(drawing?.html(w) ?? "<p class=\"empty\">\(w("plan.none"))</p>")</div>
        <section><h2>\(w("plan.by-place"))<span class="right">\(lines.map(\.total).reduce(0, +))</span></h2>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("plan.no-findings"))</p>" as HTML : table(w))</section></div>
        \(rows.isEmpty ? nil : "<section id=\"rows\"><h2>\(opened)<span class=\"right\">\(rows.count)</span></h2><table class=\"list\"><tbody>\(rows, row(w))</tbody></table></section>" as HTML)
        """
    }

    private func table(_ w: Words) -> HTML {
        """
        <div class="scroll" tabindex="0"><table class="list counts"><thead><tr><th>\(w("plan.where"))</th><th>\(w("plan.count"))</th><th>\(w("severity.minor"))</th><th>\(w("severity.serious"))</th><th>\(w("severity.danger"))</th></tr></thead><tbody>\(lines, { line in
            "<tr><th scope=\"row\"><a href=\"\(line.link)\">\(line.name)</a>\(line.isPlaced || drawing == nil ? nil : "<br><small>\(w("plan.unplaced"))</small>" as HTML)</th><td>\(line.total)</td><td>\(line.minor)</td><td>\(line.serious)</td><td>\(line.danger)</td></tr>"
        })</tbody></table></div>
        """
    }

    private func row(_ w: Words) -> (Row) -> HTML {
        { "<tr><th scope=\"row\">\($0.when)</th><td><a href=\"\($0.link)\">\($0.title)</a></td><td><span class=\"state \($0.severity)\">\(w("severity." + $0.severity))</span></td></tr>" }
    }

    static func samples(_ w: Words) -> [PlanHeatPage] {
        let heat = [PlanDrawing.Heat(count: 7, x: 300, y: 300, label: "大厅 7", link: "#"), PlanDrawing.Heat(count: 2, x: 700, y: 600, label: "门外 2", link: "#")]
        return [
            PlanHeatPage(
                place: "x", placeName: "城南营业厅", month: "2026-11", before: "#", after: nil,
                drawing: PlanDrawing(image: "data:,", width: 800, height: 500, alt: w("plan.title"), heat: heat),
                lines: [Line(name: "大厅", link: "#", minor: 5, serious: 2, danger: 0, isPlaced: true)], opened: "大厅",
                rows: [Row(when: "11月3日 9:10", title: "花木在定置位置", severity: "minor", link: "#")])
        ]
    }
}
