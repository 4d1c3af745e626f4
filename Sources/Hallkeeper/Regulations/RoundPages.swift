import Regulation

/// A round in the making: its points in order, how often it is walked, what the change costs which halls, and publishing it.
struct RoundPage: Page {
    struct Point: Sendable {
        var id: String
        var title: String
        var good: String
        var zone: String
        var clause: String
        var role: String
        var weight: Int
        var isVeto: Bool
        var severity: String
        var trait: String
        var isNew: Bool
    }
    struct Schedule: Sendable {
        var rule: String
        var title: String
        var words: String
        var isByCalendar: Bool
        var every: String
        var opens: String
        var due: String
        var lapses: String
    }
    struct Cost: Sendable {
        var places: String
        var count: Int
        var points: String
        var walks: String
        var minutes: String
        var more: String
        var note: String
    }
    var id: String
    var title: String
    var zh: String
    var en: String
    var isAllWell: Bool
    var isDraft: Bool
    var isNew: Bool
    var version: String
    var points: [Point]
    var rules: [Schedule]
    var costs: [Cost]
    var pace: String
    var changes: [[String]]
    var mistakes: [String]
    var isOvertaken: Bool
    var from: String
    var earliest: String
    var csv: String
    var problems: [(field: String, sentence: String)]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.rounds.link())">‹ \(w("nav.rounds"))</a></p><h1>\(title)\(isDraft ? " <span class=\"chip\">\(w("rounds.draft"))</span>" as HTML : nil)</h1>
        <p class="note">\(w(isNew ? "rounds.edit-note-new" : "rounds.edit-note", ["version": version]))</p>\(problem(""))\(problem("title"))
        <section><h2>\(w("rounds.the-points")) <span class="right">\(points.count)</span></h2>\(points.isEmpty ? "<p class=\"empty\">\(w("rounds.no-points"))</p>" as HTML : table(w))
        <p class="actions"><a class="button" href="\(Site.roundPoint.link(id, "new"))">\(w("rounds.point-new"))</a> <a class="button quiet" href="\(Site.roundTable.link(id))">\(w("rounds.table"))</a></p></section>
        \(settings(w))\(tableImport(w))
        <section><h2>\(w("rounds.when"))</h2>\(problem("schedule"))\(rules, { schedule($0, w) })</section>
        <section><h2>\(w("rounds.cost"))</h2><p class="note">\(w("rounds.cost-note", ["days": String(RoundCosts.days)])) \(pace)</p>\(cost(w))</section>
        \(isDraft ? ending(w) : nil)
        """
    }

    private func table(_ w: Words) -> HTML {
        """
        <div class="scroll" tabindex="0"><table class="list points wide-table"><thead><tr><th>№</th><th>\(w("rounds.point-zone"))</th><th>\(w("rounds.point-title"))</th><th>\(w("rounds.point-clause"))</th><th>\(w("rounds.point-role"))</th><th class="number">\(w("rounds.point-weight"))</th><th><span class="off">\(w("rounds.order"))</span></th></tr></thead>
        <tbody>\(points.enumerated().map { index, point in row(index, point, w) })</tbody></table></div>
        """
    }

    private func row(_ index: Int, _ point: Point, _ w: Words) -> HTML {
        let marks = [point.trait, point.severity, point.isVeto ? w("rounds.veto") : ""].filter { !$0.isEmpty }.joined(separator: " · ")
        func button(_ way: String, _ sign: String, _ isOff: Bool) -> HTML {
            "<button class=\"quiet\" name=\"to\" value=\"\(way)\" aria-label=\"\(w("rounds.move-" + way)): \(point.title)\" \(when: isOff, "disabled")>\(sign)</button>"
        }
        return """
            <tr id="p-\(point.id)" \(when: point.isNew, "class=\"new\"")><td class="number">\(index + 1)</td><td>\(point.zone)</td><td><a href="\(Site.roundPoint.link(id, point.id))">\(point.title)</a><p class="sub">\(point.good)\(marks.isEmpty ? "" : " · " + marks)</p></td><td>\(point.clause)</td><td>\(point.role)</td><td class="number">\(point.weight)</td>
            <td class="order"><form method="post" action="\(Site.roundPointMove.link(id, point.id))">\(hidden)\(button("up", "↑", index == 0))\(button("down", "↓", index == points.count - 1))</form></td></tr>
            """
    }

    private func settings(_ w: Words) -> HTML {
        """
        <details class="card"><summary>\(w("rounds.settings"))</summary><form method="post" action="\(Site.round.link(id))">\(hidden)
        <div class="field"><label for="r-title">\(w("rounds.name"))</label><input id="r-title" name="title" value="\(zh)" required></div><div class="field"><label for="r-title-en">\(w("rounds.name-en"))</label><input id="r-title-en" name="title-en" value="\(en)"></div>
        <div class="check"><input type="checkbox" id="r-all" name="all-well" value="yes" \(when: isAllWell, "checked")><label for="r-all">\(w("rounds.all-well"))</label></div>
        <div class="actions"><button>\(w("me.save"))</button></div></form></details>
        """
    }

    private func tableImport(_ w: Words) -> HTML {
        let wrong = problems.filter { $0.field == "csv" }
        return """
            <details class="card" \(when: !wrong.isEmpty, "open")><summary>\(w("rounds.import"))</summary><form method="post" enctype="multipart/form-data" action="\(Site.roundImport.link(id))">\(hidden)<p class="note">\(w("rounds.import-note"))</p>
            \(wrong.isEmpty ? nil : "<div class=\"problem flash\" role=\"alert\"><ul>\(Array(wrong.prefix(20)), { "<li>\($0.sentence)</li>" })</ul></div>" as HTML)
            <div class="field"><label for="i-file">\(w("rounds.import-file"))</label><input id="i-file" type="file" name="file" accept=".csv,text/csv"></div><div class="field"><label for="i-csv">\(w("rounds.import-text"))</label><textarea id="i-csv" name="csv" rows="4">\(csv)</textarea></div>
            <div class="actions"><button name="what" value="some">\(w("rounds.import-some"))</button> <button class="quiet" name="what" value="whole">\(w("rounds.import-whole"))</button></div></form></details>
            """
    }

    private func schedule(_ rule: Schedule, _ w: Words) -> HTML {
        guard rule.isByCalendar else { return "<p class=\"card\"><b>\(rule.title)</b> · \(rule.words)</p>" }
        let choices = RoundCadence.choices.contains(rule.every) ? RoundCadence.choices : [rule.every] + RoundCadence.choices
        func moment(_ name: String, _ value: String) -> HTML {
            "<div class=\"field\"><label for=\"\(name)-\(rule.rule)\">\(w("rounds." + name))</label><input id=\"\(name)-\(rule.rule)\" name=\"\(name)\" value=\"\(value)\" list=\"moments\"></div>"
        }
        return """
            <details class="card"><summary>\(rule.title) · \(rule.words)</summary><form method="post" action="\(Site.roundSchedule.link(id))">\(hidden)<input type="hidden" name="rule" value="\(rule.rule)"><p class="note">\(w("rounds.when-note"))</p>
            <div class="field"><label for="e-\(rule.rule)">\(w("rounds.every"))</label><select id="e-\(rule.rule)" name="every">\(choices, { "<option value=\"\($0)\" \(when: $0 == rule.every, "selected")>\(w.keys.contains("cadence." + $0) ? w("cadence." + $0) : rule.words)</option>" })</select></div>
            \(moment("opens", rule.opens))\(moment("due", rule.due))\(moment("lapses", rule.lapses))
            <datalist id="moments">\(["opening - 30 min", "opening", "closing", "closing + 30 min", "end of half-day", "end of day", "end of week", "end of month", "12:30"], { "<option value=\"\($0)\">" })</datalist>
            <div class="actions"><button>\(w("me.save"))</button></div></form></details>
            """
    }

    private func cost(_ w: Words) -> HTML {
        costs.isEmpty
            ? "<p class=\"empty\">\(w("rounds.cost-none"))</p>"
            : """
            <div class="scroll" tabindex="0"><table class="list wide-table"><thead><tr><th>\(w("rounds.halls"))</th><th class="number">\(w("rounds.cost-halls"))</th><th class="number">\(w("rounds.cost-points"))</th><th class="number">\(w("rounds.cost-walks"))</th><th class="number">\(w("rounds.cost-minutes"))</th><th class="number">\(w("rounds.cost-more"))</th></tr></thead>
            <tbody>\(costs, { "<tr><td>\($0.places)\($0.note.isEmpty ? nil : " <span class=\"sub\">\($0.note)</span>" as HTML)</td><td class=\"number\">\($0.count)</td><td class=\"number\">\($0.points)</td><td class=\"number\">\($0.walks)</td><td class=\"number\">\($0.minutes)</td><td class=\"number\"><b>\($0.more)</b></td></tr>" })</tbody></table></div>
            """
    }

    private func ending(_ w: Words) -> HTML {
        """
        \(PlainTable.section(w("rounds.changes"), changes, w))
        <section><h2>\(w("rounds.publish"))</h2>\(mistakes.isEmpty ? nil : "<div class=\"problem flash\" role=\"alert\"><p>\(w("rounds.mistakes", n: mistakes.count))</p><ul>\(mistakes, { "<li>\($0)</li>" })</ul></div>" as HTML)\(problem("publish"))
        <form method="post" action="\(Site.roundPublish.link(id))" class="card">\(hidden)<p class="note">\(w("rounds.publish-note"))</p>
        <div class="field"><label for="pub-from">\(w("rounds.publish-from"))</label>\(problem("from"))<input id="pub-from" type="date" name="from" value="\(from)" min="\(earliest)" required></div>
        \(isOvertaken ? "<div class=\"check\"><input type=\"checkbox\" id=\"pub-over\" name=\"over\" value=\"yes\"><label for=\"pub-over\">\(w("rounds.publish-over"))</label></div>" as HTML : nil)
        <div class="actions"><button class="primary" \(when: !mistakes.isEmpty, "disabled")>\(w("rounds.publish"))</button></div></form>
        <form method="post" action="\(Site.roundDiscard.link(id))">\(hidden)<button class="quiet">\(w("rounds.discard"))</button></form></section>
        """
    }

    private func problem(_ field: String) -> HTML? {
        let own = problems.filter { $0.field == field }
        return own.isEmpty ? nil : "<div class=\"problem flash\" role=\"alert\">\(own, { "<p>\($0.sentence)</p>" })</div>"
    }

    static func samples(_ w: Words) -> [RoundPage] {
        let point = Point(id: "door-sign", title: "门楣标识", good: "完好、亮", zone: "门外", clause: "1.1-2", role: "保安", weight: 2, isVeto: true, severity: "", trait: "", isNew: true)
        let rule = Schedule(rule: "opening-round", title: "开门巡检", words: w("cadence.opening"), isByCalendar: true, every: "opening", opens: "opening - 60 min", due: "opening - 5 min", lapses: "")
        let cost = Cost(places: "城南营业厅、城北营业厅", count: 2, points: "24 → 25", walks: "56 → 56", minutes: "2 → 2.1", more: "+0.1", note: "")
        return [
            RoundPage(
                id: "opening-round", title: "开门巡检", zh: "开门巡检", en: "Opening round", isAllWell: false, isDraft: true, isNew: false, version: "guangan 2026.1", points: [point], rules: [rule],
                costs: [cost], pace: w("rounds.pace-usual", ["seconds": "5"]), changes: [[w("packs.change.added"), w("packs.noun.point"), "opening-round/door-sign", ""]], mistakes: [],
                isOvertaken: true, from: "2026-03-03", earliest: "2026-03-02", csv: "", problems: [], hidden: "")
        ]
    }
}

/// One point of a round: words, place, weight.
struct PointPage: Page {
    struct Choices: Sendable {
        var zones: [FormView.Option]
        var clauses: [FormView.Option]
        var roles: [FormView.Option]
        var traits: [FormView.Option]
        var severities: [FormView.Option]
    }
    var title: String
    var round: String
    var form: String
    var point: String
    var isNew: Bool
    var typed: RoundMaking.Typed
    /// An answer or a reading: other kinds stay what they are.
    var isPlain: Bool
    var choices: Choices
    var problems: [(field: String, sentence: String)]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.round.link(form))">‹ \(round)</a></p><h1>\(title)</h1>\(problem(""))
        <form method="post" action="\(Site.roundPoint.link(form, point))" class="card">\(hidden)
        \(text("title", typed.title.zh, w("rounds.point-title"), isNeeded: true))\(text("good", typed.good.zh, w("rounds.point-good")))
        <div class="cols">\(choice("zone", typed.zone, choices.zones, w("rounds.point-zone")))\(choice("clause", typed.clause, choices.clauses, w("rounds.point-clause")))</div>
        <div class="cols">\(choice("role", typed.role, choices.roles, w("rounds.point-role-each")))\(choice("trait", typed.trait, choices.traits, w("rounds.point-trait")))</div>
        <div class="cols">\(choice("severity", typed.severity, choices.severities, w("rounds.point-severity")))\(text("weight", typed.weight, w("rounds.point-weight"), mode: "numeric"))</div>
        <div class="check"><input type="checkbox" id="pt-photo" name="photo" value="yes" \(when: typed.photo, "checked")><label for="pt-photo">\(w("rounds.point-photo"))</label></div>
        <div class="check"><input type="checkbox" id="pt-veto" name="veto" value="yes" \(when: typed.isVeto, "checked")><label for="pt-veto">\(w("rounds.point-veto"))</label></div>
        \(isPlain ? reading(w) : nil)
        <div class="cols">\(text("title-en", typed.title.en, w("rounds.point-title-en")))\(text("good-en", typed.good.en, w("rounds.point-good-en")))</div>
        \(isNew ? text("id", typed.id, w("rounds.point-id")) : "<p class=\"note\">\(w("rounds.point-id-is")) <code>\(point)</code></p>")
        <div class="actions"><button class="primary">\(w("me.save"))</button></div></form>
        \(isNew ? nil : "<form method=\"post\" action=\"\(Site.roundPointRemove.link(form, point))\">\(hidden)<button class=\"quiet\">\(w("rounds.point-remove"))</button></form>" as HTML)
        """
    }

    private func reading(_ w: Words) -> HTML {
        """
        <details \(when: typed.isNumber || problems.contains { $0.field.hasPrefix("band") }, "open")><summary>\(w("rounds.reading"))</summary>
        <div class="check"><input type="checkbox" id="pt-kind" name="kind" value="number" \(when: typed.isNumber, "checked")><label for="pt-kind">\(w("rounds.reading-is"))</label></div>
        <div class="cols">\(text("unit", typed.unit, w("rounds.reading-unit")))\(text("band-from", typed.bandFrom, w("rounds.reading-from"), mode: "decimal"))\(text("band-to", typed.bandTo, w("rounds.reading-to"), mode: "decimal"))</div></details>
        """
    }

    private func problem(_ field: String) -> HTML? {
        problems.first { $0.field == field }.map { "<p class=\"problem\" role=\"alert\">\($0.sentence)</p>" }
    }

    private func text(_ name: String, _ value: String, _ label: String, isNeeded: Bool = false, mode: String = "text") -> HTML {
        "<div class=\"field\"><label for=\"pt-\(name)\">\(label)</label>\(problem(name))<input id=\"pt-\(name)\" name=\"\(name)\" value=\"\(value)\" inputmode=\"\(mode)\" \(when: isNeeded, "required")></div>"
    }

    private func choice(_ name: String, _ value: String, _ options: [FormView.Option], _ label: String) -> HTML {
        Choice.field(name, value, options, label, problem(name))
    }

    static func samples(_ w: Words) -> [PointPage] {
        [
            PointPage(
                title: w("rounds.point-new"), round: "开门巡检", form: "opening-round", point: "new", isNew: true, typed: .init(), isPlain: true,
                choices: Choices(zones: [FormView.Option(id: "outside", name: "门外")], clauses: [], roles: [], traits: [], severities: []), problems: [("title", "写要看什么。")], hidden: "")
        ]
    }
}

/// A select with its label, and an empty choice first.
enum Choice {
    static func field(_ name: String, _ value: String, _ options: [FormView.Option], _ label: String, _ problem: HTML?) -> HTML {
        """
        <div class="field"><label for="pt-\(name)">\(label)</label>\(problem)<select id="pt-\(name)" name="\(name)"><option value=""></option>\(options, { "<option value=\"\($0.id)\" \(when: $0.id == value, "selected")>\($0.name)</option>" })</select></div>
        """
    }
}

/// A round nobody has yet: what it is called, which clause it serves, who walks it how often.
struct NewRoundPage: Page {
    var title: String
    var typed: [String: String]
    var choices: PointPage.Choices
    var problems: [(field: String, sentence: String)]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.rounds.link())">‹ \(w("nav.rounds"))</a></p><h1>\(title)</h1>
        <form method="post" action="\(Site.roundNew.link())" class="card">\(hidden)
        \(text("title", w("rounds.name"), isNeeded: true))\(text("title-en", w("rounds.name-en")))\(text("id", w("rounds.id"), isNeeded: true))
        \(choice("clause", choices.clauses, w("rounds.serves")))<div class="cols">\(choice("role", choices.roles, w("rounds.who")))\(choice("every", RoundCadence.choices.map { FormView.Option(id: $0, name: w("cadence." + $0)) }, w("rounds.every")))</div>
        \(choice("trait", choices.traits, w("rounds.only-where")))
        <div class="actions"><button class="primary">\(w("rounds.new-next"))</button></div></form>
        """
    }

    private func problem(_ field: String) -> HTML? {
        problems.first { $0.field == field }.map { "<p class=\"problem\" role=\"alert\">\($0.sentence)</p>" }
    }

    private func text(_ name: String, _ label: String, isNeeded: Bool = false) -> HTML {
        "<div class=\"field\"><label for=\"pt-\(name)\">\(label)</label>\(problem(name))<input id=\"pt-\(name)\" name=\"\(name)\" value=\"\(typed[name] ?? "")\" \(when: isNeeded, "required")></div>"
    }

    private func choice(_ name: String, _ options: [FormView.Option], _ label: String) -> HTML {
        Choice.field(name, typed[name] ?? "", options, label, problem(name))
    }

    static func samples(_ w: Words) -> [NewRoundPage] {
        let none = PointPage.Choices(zones: [], clauses: [], roles: [], traits: [], severities: [])
        return [NewRoundPage(title: w("rounds.new"), typed: [:], choices: none, problems: [], hidden: "")]
    }
}
