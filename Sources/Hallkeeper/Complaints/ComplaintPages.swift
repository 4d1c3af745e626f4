import WorkCalendar

/// What is open, by the time left: the queue of whoever looks, with the search line and the lists beside it.
struct ComplaintsPage: Page {
    struct Tab: Sendable {
        var name: String
        var link: String
        var isCurrent: Bool
    }
    var title: String
    var tabs: [Tab]
    var tab: String
    var asked: String
    var problem: String
    var lines: [DutyLine]
    /// The page after this one, or "".
    var next: String
    var mayTakeIn: Bool

    func body(_ w: Words) -> HTML {
        """
        <div class="head"><div><h1>\(title)</h1></div>\(mayTakeIn ? "<div class=\"actions\"><a class=\"button primary\" href=\"\(Site.complaintNew.link())\" accesskey=\"n\">\(w("case.new"))</a></div>" as HTML : nil)</div>
        <nav class="tabs" aria-label="\(title)">\(tabs, { "<a href=\"\($0.link)\" \(when: $0.isCurrent, "aria-current=\"page\"")>\($0.name)</a>" })</nav>
        <form method="get" action="\(Site.complaints.link())" role="search" class="search"><input type="hidden" name="tab" value="\(tab)"><label class="sr" for="q">\(w("case.search"))</label><input id="q" type="search" name="q" value="\(asked)" placeholder="\(w("case.search-example"))" maxlength="200" \(when: !problem.isEmpty, "aria-invalid=\"true\" aria-describedby=\"q-problem\"")> <button>\(w("case.look"))</button></form>
        \(problem.isEmpty ? nil : "<p class=\"problem\" id=\"q-problem\" role=\"alert\">\(problem)</p>" as HTML)
        <ol class="lines">\(lines, DutyLine.row)</ol>\(lines.isEmpty && problem.isEmpty ? "<p class=\"empty\">\(w(asked.isEmpty ? "case.none" : "case.none-found"))</p>" as HTML : nil)
        \(next.isEmpty ? nil : "<p class=\"actions\"><a class=\"button\" rel=\"next\" href=\"\(next)\">\(w("case.next"))</a></p>" as HTML)
        <details class="note"><summary>\(w("case.keys"))</summary><p>\(w("case.search-help"))</p></details><script src="\(Assets.link("complaints.js"))" defer></script>
        """
    }

    static func samples(_ w: Words) -> [ComplaintsPage] {
        let line = DutyLine(
            state: "soon", when: "10:49", note: "剩 6 分", title: "TS20261124-0007 停水 9 小时", clauses: ["7.2-3"], why: "较大 · 供水所 · 已派发", go: "", link: "#")
        return [
            ComplaintsPage(title: w("nav.complaints"), tabs: [Tab(name: w("case.tab.open"), link: "#", isCurrent: true)], tab: "open", asked: "", problem: "", lines: [line], next: "#", mayTakeIn: true),
            ComplaintsPage(title: w("nav.complaints"), tabs: [], tab: "open", asked: "due<x", problem: "日期写成 due<2026-11-24。", lines: [], next: "", mayTakeIn: false),
        ]
    }
}

/// A choice among several, with groups where there are some.
struct Selection: Sendable {
    var id: String
    var name: String
    var group = ""

    static func options(_ choices: [Selection], chosen: String, empty: String?) -> HTML {
        var out: HTML = empty.map { "<option value=\"\">\($0)</option>" } ?? ""
        var group = ""
        for choice in choices {
            if choice.group != group {
                out = "\(out)\(group.isEmpty ? nil : "</optgroup>" as HTML)\(choice.group.isEmpty ? nil : "<optgroup label=\"\(choice.group)\">" as HTML)"
                group = choice.group
            }
            out = "\(out)<option value=\"\(choice.id)\" \(when: choice.id == chosen, "selected")>\(choice.name)</option>"
        }
        return "\(out)\(group.isEmpty ? nil : "</optgroup>" as HTML)"
    }
}

/// What is there already of a customer or a matter, shown while one types; joined only by a person.
struct BesideView: Sendable {
    struct Earlier: Sendable {
        var title: String
        var link: String
        var note: String
    }
    /// Name, address and account as they were last said.
    var name = ""
    var address = ""
    var account = ""
    var own: [Earlier] = []
    var similar: [Earlier] = []

    func html(_ w: Words) -> HTML {
        """
        \(own.isEmpty && similar.isEmpty ? "<p class=\"note\">\(w("case.beside-none"))</p>" as HTML : nil)
        \(own.isEmpty ? nil : "<section><h2>\(w("case.earlier"))</h2>\(name.isEmpty && address.isEmpty ? nil : "<p>\(name) \(address) \(account) <button type=\"button\" class=\"plain\" data-name=\"\(name)\" data-address=\"\(address)\" data-account=\"\(account)\">\(w("case.use"))</button></p>" as HTML)<ul>\(own, Self.item)</ul></section>" as HTML)
        \(similar.isEmpty ? nil : "<section><h2>\(w("case.similar"))</h2><ul>\(similar, Self.item)</ul><p class=\"note\">\(w("case.similar-note"))</p></section>" as HTML)
        """
    }

    static func item(_ earlier: Earlier) -> HTML { "<li><a href=\"\(earlier.link)\" target=\"_blank\" rel=\"noopener\">\(earlier.title)</a><br><small>\(earlier.note)</small></li>" }
}

/// Taking a case in: one form, one step that saves, numbers and dispatches.
struct IntakePage: Page {
    var title: String
    var doors: [Selection]
    var kinds: [Selection]
    var severities: [Selection]
    var channels: [Selection]
    var external: [String]
    var halls: [Selection]
    var units: [Selection]
    var emergencies: [Selection]
    /// What is said to the customer at once, or "".
    var say: String
    var typed: [String: String]
    var problems: [String: String]
    var beside: BesideView
    var hidden: HTML
    var person: String
    var isEmergency: Bool { !say.isEmpty }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1>
        \(isEmergency ? "<div class=\"flash problem\" role=\"alert\"><b>\(w("case.say"))</b><p>\(say)</p></div>" as HTML : "<p class=\"actions\">\(emergencies, { "<a class=\"button danger\" href=\"\(Site.complaintNew.link())?kind=\($0.id)\">\($0.name)</a>" })</p>" as HTML)
        \(problems.isEmpty ? nil : "<p class=\"problems\" role=\"alert\">\(w("form.left", n: problems.count))</p>" as HTML)
        <div class="columns"><form method="post" action="\(Site.complaints.link())" enctype="multipart/form-data" data-intake="\(Site.complaintBeside.link())" data-person="\(person)">\(hidden)
        <div class="fields">
        \(input("phone", w, type: "tel", attributes: "inputmode=\"tel\" autocomplete=\"off\" autofocus"))\(input("name", w))\(input("account", w))\(input("address", w))</div>
        <div class="tick"><input type="checkbox" id="anonymous" name="anonymous" value="yes" \(when: typed["anonymous"] == "yes", "checked")><label for="anonymous">\(w("case.anonymous"))</label></div>
        \(area("text", w))
        \(isEmergency ? emergency(w) : ordinary(w))
        <div class="field"><label for="photo">\(w("case.photos")) <span class="note">\(w("form.optional"))</span></label><input id="photo" type="file" name="photo" accept="image/*" multiple data-photo></div>
        <div class="sticky"><button class="primary">\(w("case.take-in"))</button></div></form>
        <aside id="beside" aria-live="polite">\(beside.html(w))</aside></div><script src="\(Assets.link("complaints.js"))" defer></script>
        """
    }

    private func emergency(_ w: Words) -> HTML {
        """
        <input type="hidden" name="kind" value="\(typed["kind"] ?? "")"><input type="hidden" name="door" value="complaint"><input type="hidden" name="channel" value="\(typed["channel"] ?? "")">
        """
    }

    private func ordinary(_ w: Words) -> HTML {
        """
        \(area("wish", w, isOptional: true, rows: 2))
        <div class="fields">\(select("kind", kinds, w, empty: w("case.choose")))\(select("door", doors, w))\(select("severity", severities, w))\(select("channel", channels, w))\(select("hall", halls, w, empty: w("case.no-hall")))\(select("unit", units, w, empty: w("case.by-kind")))</div>
        <details class="card" \(when: ["outer", "outerDue", "promised"].contains { !(typed[$0] ?? "").isEmpty || problems[$0] != nil }, "open")><summary>\(w("case.outer-all"))</summary><div class="fields">\(input("outer", w))\(input("outerDue", w, type: "datetime-local"))\(input("promised", w, type: "datetime-local"))</div></details>
        """
    }

    private func wrap(_ id: String, _ w: Words, isOptional: Bool, _ inner: HTML) -> HTML {
        """
        <div class="field\(problems[id] == nil ? nil : " wrong" as HTML)"><label for="\(id)">\(w("case.field." + id))\(isOptional ? " <span class=\"note\">\(w("form.optional"))</span>" as HTML : nil)</label>\(inner)\(problems[id].map { "<span class=\"problem\" id=\"\(id)-problem\">\($0)</span>" as HTML })</div>
        """
    }

    private func input(_ id: String, _ w: Words, type: String = "text", attributes: HTML = "") -> HTML {
        wrap(id, w, isOptional: id != "phone", "<input id=\"\(id)\" name=\"\(id)\" type=\"\(type)\" value=\"\(typed[id] ?? "")\" \(attributes) \(when: problems[id] != nil, "aria-invalid=\"true\"")>")
    }

    private func area(_ id: String, _ w: Words, isOptional: Bool = false, rows: Int = 4) -> HTML {
        wrap(id, w, isOptional: isOptional, "<textarea id=\"\(id)\" name=\"\(id)\" rows=\"\(rows)\" \(when: problems[id] != nil, "aria-invalid=\"true\"")>\(typed[id] ?? "")</textarea>")
    }

    private func select(_ id: String, _ choices: [Selection], _ w: Words, empty: String? = nil) -> HTML {
        wrap(id, w, isOptional: false, "<select id=\"\(id)\" name=\"\(id)\" \(when: problems[id] != nil, "aria-invalid=\"true\"")>\(Selection.options(choices, chosen: typed[id] ?? "", empty: empty))</select>")
    }

    static func samples(_ w: Words) -> [IntakePage] {
        let beside = BesideView(name: "王敏", address: "中桥街 12 号", account: "0417229031", own: [.init(title: "TS20260301-0002 水费", link: "#", note: "已办结")], similar: [.init(title: "TS20261124-0006 停水", link: "#", note: "10:02")])
        let page = IntakePage(
            title: w("case.new"), doors: [Selection(id: "complaint", name: "投诉")], kinds: [Selection(id: "BL1", name: "抄表差错", group: "营业收费")], severities: [Selection(id: "S4", name: "一般")],
            channels: [Selection(id: "hotline", name: "热线")], external: [], halls: [], units: [], emergencies: [Selection(id: "QL5", name: "疑似泄漏")], say: "", typed: [:], problems: ["text": "写下客户说了什么。"],
            beside: beside, hidden: "", person: "x")
        var gas = page
        (gas.say, gas.problems, gas.beside) = ("请不要开关任何电器。", [:], BesideView())
        return [page, gas]
    }
}

/// After misconduct was taken in: it was handed over, and what the customer needs to go on talking. Nothing else is known here.
struct HandedOverPage: Page {
    var title: String
    var code: String

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p>\(w("case.handed-over"))</p><p class="card"><b class="mono due">\(code)</b></p><p class="note">\(w("case.code-note"))</p>
        <p class="actions"><a class="button primary" href="\(Site.complaintNew.link())">\(w("case.new"))</a> <a class="button" href="\(Site.complaints.link())">\(w("nav.complaints"))</a></p>
        """
    }

    static func samples(_ w: Words) -> [HandedOverPage] { [HandedOverPage(title: w("case.handed-over-title"), code: "ABCD-EFGH-JKMN-PQRS")] }
}
