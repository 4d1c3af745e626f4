import WorkCalendar

/// The registers of several halls: how many things, how many have run out, how many soon will.
struct RegistersPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var count: Int
        var late: Int
        var soon: Int
    }
    var title: String
    var lines: [Line]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(w("item.note"))</p>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("item.no-halls"))</p>" as HTML : table(w))
        """
    }

    private func table(_ w: Words) -> HTML {
        """
        <table class="list"><thead><tr><th>\(w("fact.place"))</th><th>\(w("item.count"))</th><th>\(w("item.late"))</th><th>\(w("item.soon"))</th></tr></thead>
        <tbody>\(lines, { "<tr><th scope=\"row\"><a href=\"\($0.link)\">\($0.name)</a></th><td>\($0.count)</td><td>\($0.late == 0 ? "–" : "<span class=\"state late\">\($0.late)</span>" as HTML)</td><td>\($0.soon == 0 ? "–" : "<span class=\"state soon\">\($0.soon)</span>" as HTML)</td></tr>" })</tbody></table>
        """
    }

    static func samples(_ w: Words) -> [RegistersPage] {
        [RegistersPage(title: w("item.title"), lines: [Line(name: "城南营业厅", link: "#", count: 4, late: 1, soon: 1), Line(name: "城北营业厅", link: "#", count: 3, late: 0, soon: 0)])]
    }
}

/// One hall's register, what has run out first.
struct RegisterPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var type: String
        var spot: String
        var keeper: String
        var state: String
        /// Faulty or away: not to be counted on.
        var isOff: Bool
        var urgency: ItemView.Urgency
    }
    var title: String
    var place: String
    var placeID: String
    var lines: [Line]
    /// For who keeps the register.
    var form: ItemForm?
    var csv: String
    var problems: [String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(place) · <a href="\(Site.itemTable.link(placeID))">\(w("item.table"))</a></p><p class="note">\(w("item.note"))</p>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("item.empty"))</p>" as HTML : "<ul class=\"cards\">\(lines, row)</ul>")
        \(form.map { form in adding(form, w) })
        """
    }

    private func row(_ line: Line) -> HTML {
        """
        <li class="card"><b><a href="\(line.link)">\(line.name)</a></b> <span class="sub">\(line.type)</span>\(line.isOff ? " <span class=\"chip\">\(line.state)</span>" as HTML : nil)
        <p><span class="state \(line.urgency.state)">\(line.urgency.words)</span></p><p class="sub">\([line.spot, line.keeper].filter { !$0.isEmpty }.joined(separator: " · "))</p></li>
        """
    }

    private func adding(_ form: ItemForm, _ w: Words) -> HTML {
        """
        <details class="card" \(when: form.problems.contains { $0.field != "csv" }, "open")><summary>\(w("item.add"))</summary>\(form.html(w))</details>
        <details class="card" \(when: !problems.isEmpty, "open")><summary>\(w("item.import"))</summary><form method="post" enctype="multipart/form-data" action="\(Site.itemImport.link(placeID))">\(hidden)<p class="note">\(w("item.import-note"))</p>
        \(problems.isEmpty ? nil : "<ul class=\"problem flash\" role=\"alert\">\(problems, { "<li>\($0)</li>" })</ul>" as HTML)
        <div class="field"><label for="i-file">\(w("rounds.import-file"))</label><input id="i-file" type="file" name="file" accept=".csv,text/csv"></div><div class="field"><label for="i-csv">\(w("rounds.import-text"))</label><textarea id="i-csv" name="csv" rows="4">\(csv)</textarea></div>
        <div class="actions"><button>\(w("item.import"))</button></div></form></details>
        """
    }

    static func samples(_ w: Words) -> [RegisterPage] {
        func line(_ name: String, _ state: String, _ words: String) -> Line {
            Line(name: name, link: "#", type: "干粉", spot: "大厅 · 导办台旁", keeper: "王丽", state: w("item.state-faulty"), isOff: state == "late", urgency: .init(state: state, words: words))
        }
        return [
            RegisterPage(
                title: w("item.title"), place: "城南营业厅", placeID: "x",
                lines: [line("灭火器 1 号", "late", w("item.past-service", n: 12)), line("灭火器 2 号", "soon", w("item.end-on", ["day": "2026-12-10"])), line("灭火器 3 号", "done", w("item.service-by", ["day": "2028-05-01"]))],
                form: .sample(w), csv: "", problems: [], hidden: ""),
            RegisterPage(title: w("item.title"), place: "城南营业厅", placeID: "x", lines: [], form: nil, csv: "", problems: [], hidden: ""),
        ]
    }
}

/// A thing as it is entered or written anew.
struct ItemForm: Sendable {
    var action: String
    var hidden: HTML
    var kinds: [FormView.Option]
    var types: [FormView.Option]
    var zones: [FormView.Option]
    var people: [FormView.Option]
    var typed: ItemActs.Draft
    var problems: [(field: String, sentence: String)]
    var button: String

    func html(_ w: Words) -> HTML {
        """
        <form method="post" action="\(action)">\(hidden)\(problem(""))
        \(choice("kind", typed.kind, kinds, w("item.kind"), isNeeded: true))\(text("name", typed.name, w("item.number"), isNeeded: true))\(choice("type", typed.type, types, w("item.type")))
        \(choice("zone", typed.zone, zones, w("item.zone")))\(text("spot", typed.spot, w("item.spot-exact")))\(choice("custodian", typed.custodian, people, w("item.custodian"), none: w("item.director")))
        \(choice("state", typed.state.rawValue, [Item.State.inUse, .spare, .faulty, .away].map { FormView.Option(id: $0.rawValue, name: w("item.state-" + $0.rawValue)) }, w("item.state"), isNeeded: true))
        \(text("made", typed.made, w("item.made"), hint: w("item.made-hint")))\(text("serviced", typed.serviced, w("item.serviced-on"), hint: w("item.serviced-hint")))
        <div class="actions"><button class="primary">\(button)</button></div></form>
        """
    }

    private func problem(_ field: String) -> HTML? { problems.first { $0.field == field }.map { "<p class=\"problem flash\" role=\"alert\">\($0.sentence)</p>" } }

    private func text(_ name: String, _ value: String, _ label: String, isNeeded: Bool = false, hint: String = "") -> HTML {
        "<div class=\"field\"><label for=\"it-\(name)\">\(label)</label>\(problem(name))<input id=\"it-\(name)\" name=\"\(name)\" value=\"\(value)\" \(when: isNeeded, "required")>\(hint.isEmpty ? nil : "<p class=\"note\">\(hint)</p>" as HTML)</div>"
    }

    private func choice(_ name: String, _ value: String, _ options: [FormView.Option], _ label: String, isNeeded: Bool = false, none: String = "") -> HTML {
        "<div class=\"field\"><label for=\"it-\(name)\">\(label)</label>\(problem(name))<select id=\"it-\(name)\" name=\"\(name)\">\(isNeeded ? nil : "<option value=\"\">\(none)</option>" as HTML)\(options, { "<option value=\"\($0.id)\" \(when: $0.id == value, "selected")>\($0.name)</option>" })</select></div>"
    }

    static func sample(_ w: Words) -> ItemForm {
        ItemForm(
            action: "#", hidden: "", kinds: [FormView.Option(id: "extinguisher", name: "灭火器")], types: [FormView.Option(id: "co2", name: "二氧化碳")], zones: [], people: [], typed: .init(),
            problems: [("name", "写编号。")], button: w("item.add"))
    }
}

/// One thing: when it runs out and why, what is owed and was found about it, renewing, writing anew, retiring.
struct ItemPage: Page {
    struct Renewal: Sendable {
        var types: [FormView.Option]
        var type: String
        var isServiced: Bool
        /// Past its end: only replacing helps.
        var isEnded: Bool
        var today: String
    }
    var title: String
    var place: String
    var placeID: String
    var id: String
    var urgency: ItemView.Urgency
    var facts: [DutyPage.Fact]
    var photo: String
    var owed: [DutyLine]
    var findings: [DutyLine]
    var story: [(when: String, what: String)]
    var form: ItemForm?
    var renewal: Renewal?
    var problems: [(field: String, sentence: String)]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.itemsOf.link(placeID))">‹ \(w("item.title"))</a></p><h1>\(title)</h1><p class="sub">\(place)</p>
        <p><span class="state \(urgency.state)">\(urgency.words)</span></p>
        <dl class="facts">\(facts, { "<dt>\($0.name)</dt><dd>\($0.value)</dd>" })</dl>
        \(photo.isEmpty ? nil : "<p><a href=\"\(PhotoPass.link(photo))\"><img class=\"thumb\" src=\"\(PhotoPass.small(photo))\" alt=\"\(w("item.label"))\" loading=\"lazy\"></a></p>" as HTML)
        \(owed.isEmpty ? nil : "<section><h2>\(w("item.owed"))</h2><ol class=\"lines\">\(owed, DutyLine.row)</ol></section>" as HTML)
        \(findings.isEmpty ? nil : "<section><h2>\(w("nav.findings"))</h2><ol class=\"lines\">\(findings, DutyLine.row)</ol></section>" as HTML)
        \(renewal.map { renewing($0, w) })
        \(form.map { "<details class=\"card\" \(when: problems.contains { ["kind", "type", "name", "zone", "spot", "custodian", "state", "serviced"].contains($0.field) }, "open")><summary>\(w("item.change"))</summary>\($0.html(w))</details>" as HTML })
        \(form == nil ? nil : retiring(w))
        <section><h2>\(w("duty.story"))</h2><table class="list"><tbody>\(story, { "<tr><th scope=\"row\" class=\"nowrap\">\($0.when)</th><td>\($0.what)</td></tr>" })</tbody></table></section>
        """
    }

    private func problem(_ field: String) -> HTML? { problems.first { $0.field == field }.map { "<p class=\"problem flash\" role=\"alert\">\($0.sentence)</p>" } }

    private func renewing(_ renewal: Renewal, _ w: Words) -> HTML {
        """
        <section class="card" id="renew"><h2>\(w("item.renew"))</h2>\(problem("photo"))
        \(renewal.isServiced && !renewal.isEnded ? servicing(renewal, w) : "<p class=\"note\">\(w("item.only-replace"))</p>")
        <details \(when: renewal.isEnded || !renewal.isServiced || problems.contains { $0.field == "made" }, "open")><summary>\(w("item.replace"))</summary><form method="post" enctype="multipart/form-data" action="\(Site.itemRenewal.link(placeID, id))">\(hidden)<input type="hidden" name="how" value="replaced">
        <div class="field"><label for="r-type">\(w("item.type"))</label><select id="r-type" name="type">\(renewal.types, { "<option value=\"\($0.id)\" \(when: $0.id == renewal.type, "selected")>\($0.name)</option>" })</select></div>
        <div class="field"><label for="r-made">\(w("item.made-new"))</label>\(problem("made"))<input id="r-made" name="made"><p class="note">\(w("item.made-hint"))</p></div>
        \(picture("r-photo", w))<div class="actions"><button class="primary">\(w("item.replace"))</button></div></form></details></section>
        """
    }

    private func servicing(_ renewal: Renewal, _ w: Words) -> HTML {
        """
        <form method="post" enctype="multipart/form-data" action="\(Site.itemRenewal.link(placeID, id))">\(hidden)<input type="hidden" name="how" value="serviced">
        <div class="field"><label for="s-day">\(w("item.serviced-on"))</label>\(problem("day"))<input id="s-day" type="date" name="day" value="\(renewal.today)" max="\(renewal.today)" required></div>
        \(picture("s-photo", w))<div class="actions"><button class="primary">\(w("item.service"))</button></div></form>
        """
    }

    private func picture(_ id: String, _ w: Words) -> HTML {
        "<div class=\"field\"><label for=\"\(id)\">\(w("item.label-photo"))</label><input id=\"\(id)\" type=\"file\" name=\"photo\" accept=\"\(Photo.accepted)\" capture=\"environment\" data-photo></div>"
    }

    private func retiring(_ w: Words) -> HTML {
        """
        <details class="card" \(when: problems.contains { $0.field == "reason" }, "open")><summary>\(w("item.retire"))</summary><form method="post" action="\(Site.itemRetirement.link(placeID, id))">\(hidden)
        <div class="field"><label for="retire-why">\(w("item.retire-why"))</label>\(problem("reason"))<input id="retire-why" name="reason" required></div><div class="actions"><button>\(w("item.retire"))</button></div></form></details>
        """
    }

    static func samples(_ w: Words) -> [ItemPage] {
        [
            ItemPage(
                title: "灭火器 3 号", place: "城南营业厅", placeID: "x", id: "y", urgency: .init(state: "soon", words: w("item.service-by", ["day": "2026-12-10"])),
                facts: [DutyPage.Fact(name: w("item.type"), value: "干粉"), DutyPage.Fact(name: w("item.made"), value: "2021-12-10")], photo: "", owed: [], findings: [],
                story: [(when: "8:30", what: w("story.item.registered"))], form: .sample(w),
                renewal: Renewal(types: [FormView.Option(id: "dry-powder", name: "干粉")], type: "dry-powder", isServiced: true, isEnded: false, today: "2026-11-23"), problems: [], hidden: "")
        ]
    }
}
