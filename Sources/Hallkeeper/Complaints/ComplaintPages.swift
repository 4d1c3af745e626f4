import Foundation
import WorkCalendar

/// What is open, by the time left: the queue of whoever looks, with the search line, the lists and kept views beside it.
struct ComplaintsPage: Page {
    struct Tab: Sendable {
        var name: String
        var link: String
        var isCurrent: Bool
    }
    struct View: Sendable {
        var title: String
        var link: String
        /// How it is taken away; "" where it is somebody else's.
        var end: String
        var isShared: Bool
    }
    /// A case that waits for whoever looks to approve it: what is proposed, and its version.
    struct Approval: Sendable {
        var act: String
        var name: String
        var opinion: String
        var version: Int
        var waits: String
        /// A key of its own: several may be approved one after the other from one page.
        var hidden: HTML = ""
    }
    struct Line: Sendable {
        var line: DutyLine
        var id: String
        var approval: Approval?
    }
    struct Group: Sendable {
        var heading: String
        var lines: [Line]
    }
    var title: String
    var tabs: [Tab]
    var tab: String
    var asked: String
    var problem: String
    /// Something worth knowing of this list today, or "".
    var note = ""
    var groups: [Group]
    /// The page after this one, or "".
    var next: String
    var mayTakeIn: Bool
    var views: [View] = []
    /// What stands behind the `?` of this list, to be kept or done something about.
    var query = ""
    /// What can be done to many, with the units it may go to; empty: nothing.
    var acts: [Selection] = []
    var units: [Selection] = []
    var people: [Selection] = []
    /// Pages that belong to the desk: words for replies, who stands in.
    var more: [(name: String, link: String)] = []
    /// This list as a table to take along.
    var exports: HTML?
    /// What may stand in the search line, each with an example of this company's.
    var examples: [DeskHelp.Condition] = []
    var hidden: HTML = ""
    private var isEmpty: Bool { groups.allSatisfy(\.lines.isEmpty) }

    func body(_ w: Words) -> HTML {
        """
        <div class="head"><div><h1>\(title)</h1></div>\(mayTakeIn ? "<div class=\"actions\"><a class=\"button primary\" href=\"\(Site.complaintNew.link())\" accesskey=\"n\">\(w("case.new"))</a></div>" as HTML : nil)</div>
        <nav class="tabs" aria-label="\(title)">\(tabs, { "<a href=\"\($0.link)\" \(when: $0.isCurrent, "aria-current=\"page\"")>\($0.name)</a>" })</nav>
        <form method="get" action="\(Site.complaints.link())" role="search" class="search"><input type="hidden" name="tab" value="\(tab)"><label class="sr" for="q">\(w("case.search"))</label><input id="q" type="search" name="q" value="\(asked)" placeholder="\(w("case.search-example"))" maxlength="200" \(when: !problem.isEmpty, "aria-invalid=\"true\" aria-describedby=\"q-problem\"")> <button>\(w("case.look"))</button></form>
        \(problem.isEmpty ? nil : "<p class=\"problem\" id=\"q-problem\" role=\"alert\">\(problem)</p>" as HTML)\(note.isEmpty ? nil : "<p class=\"note\">\(note)</p>" as HTML)
        <div class="views">\(views, { view($0, w) })\(hidden.text.isEmpty ? nil : keeping(w))</div>
        \(groups, { group($0, w) })\(isEmpty && problem.isEmpty ? "<p class=\"empty\">\(w(asked.isEmpty ? "case.none" : "case.none-found"))</p>" as HTML : nil)
        \(next.isEmpty ? nil : "<p class=\"actions\"><a class=\"button\" rel=\"next\" href=\"\(next)\">\(w("case.next"))</a></p>" as HTML)
        \(acts.isEmpty || isEmpty ? nil : many(w))\(exports)
        \(more.isEmpty ? nil : "<p class=\"exports\">\(more, { "<a href=\"\($0.link)\">\($0.name)</a> " })</p>" as HTML)
        \(DeskHelp(conditions: examples, keys: DeskHelp.queue).html(w, w("case.keys")))<script src="\(Assets.link("complaints.js"))" defer></script>
        """
    }

    private func view(_ view: View, _ w: Words) -> HTML {
        "<span class=\"chip\"><a href=\"\(view.link)\">\(view.title)</a>\(view.isShared ? " <small>\(w("case.view-shared"))</small>" as HTML : nil)\(view.end.isEmpty ? nil : "<form method=\"post\" action=\"\(view.end)\">\(hidden)<button class=\"plain\" aria-label=\"\(w("case.view-end")): \(view.title)\">×</button></form>" as HTML)</span>"
    }

    private func keeping(_ w: Words) -> HTML {
        """
        <details><summary>\(w("case.view-keep"))</summary><form method="post" action="\(Site.complaintViews.link())" class="row">\(hidden)<input type="hidden" name="query" value="\(query)"><div class="field"><label for="view-title">\(w("case.view-title"))</label><input id="view-title" name="title" maxlength="40" required></div><div class="tick"><input type="checkbox" id="view-shared" name="shared" value="yes"><label for="view-shared">\(w("case.view-share"))</label></div><button>\(w("customer.save"))</button></form></details>
        """
    }

    private func group(_ group: Group, _ w: Words) -> HTML {
        "\(group.heading.isEmpty ? nil : "<h2>\(group.heading) <small>\(group.lines.count)</small></h2>" as HTML)<ol class=\"lines cases\">\(group.lines, { row($0, w) })</ol>"
    }

    private func row(_ one: Line, _ w: Words) -> HTML {
        let line = one.line
        return """
            <li class="line \(line.state)">\(acts.isEmpty ? nil : "<input type=\"checkbox\" class=\"pick\" name=\"case\" value=\"\(one.id)\" form=\"many\" aria-label=\"\(w("bulk.pick")): \(line.title)\">" as HTML)<time class="when">\(line.when)<small>\(line.note)</small></time>
            <div class="what"><a href="\(line.link)">\(line.title)</a><p><span class="why">\(line.why)</span></p>\(one.approval.map { approval($0, one.id, w) })</div></li>
            """
    }

    /// One tap: what is proposed, and yes. Whoever wants to say more opens the case.
    private func approval(_ approval: Approval, _ id: String, _ w: Words) -> HTML {
        """
        <div class="approval">\(approval.opinion.isEmpty ? nil : "<p class=\"quote\">\(approval.opinion)</p>" as HTML)<p class="note">\(approval.waits)</p>\(approval.act.isEmpty ? nil : "<form method=\"post\" action=\"\(Site.complaintAct.link(id, approval.act))\">\(approval.hidden)<input type=\"hidden\" name=\"version\" value=\"\(approval.version)\"><button class=\"primary\">\(approval.name)</button></form>" as HTML)</div>
        """
    }

    private func many(_ w: Words) -> HTML {
        """
        <details class="card many"><summary>\(w("bulk.head")) <b data-count></b></summary><form method="post" action="\(Site.complaintBulk.link())" id="many">\(hidden)<input type="hidden" name="query" value="\(query)"><p class="note">\(w("bulk.note"))</p>
        <div class="fields"><div class="field"><label for="many-act">\(w("bulk.act"))</label><select id="many-act" name="act">\(Selection.options(acts, chosen: "", empty: nil))</select></div>
        <div class="field"><label for="many-words">\(w("bulk.words"))</label><input id="many-words" name="words" maxlength="2000"></div>
        <div class="field"><label for="many-unit">\(w("bulk.unit"))</label><select id="many-unit" name="unit">\(Selection.options(units, chosen: "", empty: w("case.choose")))</select></div>
        \(people.isEmpty ? nil : "<div class=\"field\"><label for=\"many-assignee\">\(w("act.field.assignee"))</label><select id=\"many-assignee\" name=\"assignee\">\(Selection.options(people, chosen: "", empty: w("case.choose")))</select></div>" as HTML)</div>
        <div class="tick"><input type="checkbox" id="many-all" name="all" value="yes"><label for="many-all">\(w("bulk.all"))</label></div><div class="actions"><button class="primary">\(w("bulk.do"))</button></div></form></details>
        """
    }

    static func samples(_ w: Words) -> [ComplaintsPage] {
        let line = Line(
            line: DutyLine(state: "soon", when: "10:49", note: "剩 6 分", title: "TS20261124-0007 停水 9 小时", clauses: [], why: "较大 · 供水所 · 已派发", go: "", link: "#"), id: "x",
            approval: Approval(act: "approve", name: w("act.approve"), opinion: "建议供水所今天答复", version: 2, waits: "等 陈明 · 2 小时"))
        return [
            ComplaintsPage(
                title: w("nav.complaints"), tabs: [Tab(name: w("case.tab.open"), link: "#", isCurrent: true)], tab: "open", asked: "", problem: "", note: w("case.calling-closed", ["window": "8:00–12:00", "from": "14:00"]), groups: [Group(heading: w("case.stage.dispatched"), lines: [line])], next: "#", mayTakeIn: true,
                views: [View(title: "城北停水", link: "#", end: "#", isShared: true)], query: "q=x", acts: [Selection(id: "supervise", name: w("act.supervise"))], units: [Selection(id: "u", name: "供水所")], people: [Selection(id: "p", name: "王敏")], more: [(w("case.replies"), "#")], exports: ExportLinks.html("#", mayPersonal: true, w), hidden: "<input type=\"hidden\">"),
            ComplaintsPage(title: w("nav.complaints"), tabs: [], tab: "open", asked: "due<x", problem: "日期写成 due<2026-11-24。", groups: [], next: "", mayTakeIn: false),
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
    /// From the register: who, with what warning, and each account to be filled in.
    struct Known: Sendable {
        var name: String
        var link: String
        var warning: String
        var accounts: [(account: String, address: String, meter: String)]
    }
    var known: [Known] = []
    /// An emergency that what was said tells of: its name and where it is taken in; nil: none.
    var alarm: (name: String, link: String)?
    /// By when it has to be answered: ours, the outer one, and which holds.
    var deadlines: [String] = []
    /// Name, address and account as they were last said.
    var name = ""
    var address = ""
    var account = ""
    var own: [Earlier] = []
    var similar: [Earlier] = []

    func html(_ w: Words) -> HTML {
        """
        \(alarm.map { "<section class=\"flash problem\" role=\"alert\"><p>\(w("case.sounds-like", ["what": $0.name]))</p><p><a class=\"button danger\" href=\"\($0.link)\">\(w("case.to-emergency"))</a></p></section>" as HTML })\(deadlines.isEmpty ? nil : "<section class=\"deadlines\"><h2>\(w("case.deadlines"))</h2>\(deadlines, { "<p>\($0)</p>" })</section>" as HTML)\(known, { customer($0, w) })
        \(own.isEmpty && similar.isEmpty && known.isEmpty ? "<p class=\"note\">\(w("case.beside-none"))</p>" as HTML : nil)\(own.isEmpty && !known.isEmpty ? "<p class=\"note\">\(w("case.no-earlier"))</p>" as HTML : nil)
        \(own.isEmpty ? nil : "<section><h2>\(w("case.earlier"))</h2>\(name.isEmpty && address.isEmpty ? nil : "<p>\(name) \(address) \(account) <button type=\"button\" class=\"plain\" data-name=\"\(name)\" data-address=\"\(address)\" data-account=\"\(account)\">\(w("case.use"))</button></p>" as HTML)<ul>\(own, { mine($0, w) })</ul></section>" as HTML)
        \(similar.isEmpty ? nil : "<section><h2>\(w("case.similar"))</h2><ul>\(similar, Self.item)</ul><p class=\"note\">\(w("case.similar-note"))</p></section>" as HTML)
        """
    }

    /// One of the same customer: it may be what they ring about again.
    private func mine(_ earlier: Earlier, _ w: Words) -> HTML {
        let number = earlier.title.split(separator: " ").first.map(String.init) ?? ""
        return "<li><a href=\"\(earlier.link)\" target=\"_blank\" rel=\"noopener\">\(earlier.title)</a><br><small>\(earlier.note)</small> <button type=\"button\" class=\"plain\" data-repeat=\"\(number)\">\(w("case.is-repeat"))</button></li>"
    }

    private func customer(_ one: Known, _ w: Words) -> HTML {
        """
        <section><h2>\(w("case.customer-known"))</h2>\(one.warning.isEmpty ? nil : "<p class=\"flash problem\"><b>\(w("customer.flag"))</b> \(one.warning)</p>" as HTML)<p><a href="\(one.link)" target="_blank" rel="noopener">\(one.name)</a></p>
        <ul>\(one.accounts, { "<li>\($0.account) \($0.address)\($0.meter.isEmpty ? nil : " · \(w("customer.field.meter")) \($0.meter)" as HTML) <button type=\"button\" class=\"plain\" data-name=\"\(one.name)\" data-address=\"\($0.address)\" data-account=\"\($0.account)\">\(w("case.use"))</button></li>" })</ul></section>
        """
    }

    static func item(_ earlier: Earlier) -> HTML { "<li><a href=\"\(earlier.link)\" target=\"_blank\" rel=\"noopener\">\(earlier.title)</a><br><small>\(earlier.note)</small></li>" }
}

/// What an emergency asks first: what the customer is told, one sentence a line to be read out, and who goes there.
struct CaseAlarm: Sendable {
    var say: String
    var goes: String

    /// Sentence by sentence, as one reads it out.
    var sentences: [String] {
        var (list, sentence) = ([String](), "")
        for character in say {
            sentence.append(character)
            if "。.!！".contains(character) {
                list.append(sentence.trimmingCharacters(in: .whitespaces))
                sentence = ""
            }
        }
        if !sentence.trimmingCharacters(in: .whitespaces).isEmpty { list.append(sentence.trimmingCharacters(in: .whitespaces)) }
        return list
    }

    func html(_ w: Words) -> HTML {
        """
        <section class="flash problem alarm" role="alert"><h2>\(w("case.say"))</h2><ol>\(sentences, { "<li>\($0)</li>" })</ol>\(goes.isEmpty ? nil : "<p>\(w("case.emergency-goes", ["unit": goes]))</p>" as HTML)</section>
        """
    }
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
    /// Whom an emergency goes to.
    var goes = ""
    var typed: [String: String]
    var problems: [String: String]
    var beside: BesideView
    var hidden: HTML
    var person: String
    var isEmergency: Bool { !say.isEmpty }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1>
        \(isEmergency ? CaseAlarm(say: say, goes: goes).html(w) : "<p class=\"actions\">\(emergencies, { "<a class=\"button danger\" href=\"\(Site.complaintNew.link())?kind=\($0.id)\">\($0.name)</a>" })</p>" as HTML)
        \(problems.isEmpty ? nil : "<p class=\"problems\" role=\"alert\">\(w("form.left", n: problems.count))</p>" as HTML)
        <div class="columns"><form method="post" action="\(Site.complaints.link())" enctype="multipart/form-data" data-intake="\(Site.complaintBeside.link())" data-person="\(person)" data-emergencies="\(emergencies.map(\.id).joined(separator: " "))">\(hidden)
        \(isEmergency ? emergency(w) : ordinary(w))
        <div class="sticky">\(isEmergency ? "<a href=\"\(Site.complaintNew.link())\">\(w("case.no-emergency"))</a> " as HTML : nil)<button class="\(isEmergency ? "danger" : "primary")">\(w(isEmergency ? "case.take-in-now" : "case.take-in"))</button></div></form>
        <aside id="beside" aria-live="polite">\(beside.html(w))</aside></div><script src="\(Assets.link("complaints.js"))" defer></script>
        """
    }

    private func emergency(_ w: Words) -> HTML {
        """
        <div class="fields">\(input("address", w, isOptional: false, attributes: "autofocus"))\(phone(w))\(input("name", w))\(input("account", w))</div>\(area("text", w, isOptional: true, rows: 2))
        <input type="hidden" name="kind" value="\(typed["kind"] ?? "")"><input type="hidden" name="door" value="complaint"><input type="hidden" name="channel" value="\(typed["channel"] ?? "")">
        """
    }

    private func ordinary(_ w: Words) -> HTML {
        """
        <div class="fields">\(phone(w))\(input("name", w))\(input("account", w))\(input("address", w))</div>
        <div class="tick"><input type="checkbox" id="anonymous" name="anonymous" value="yes" \(when: typed["anonymous"] == "yes", "checked")><label for="anonymous">\(w("case.anonymous"))</label></div>
        \(area("text", w, rows: 3))
        <div class="fields">\(select("kind", kinds, w, empty: w("case.choose")))\(select("door", doors, w))\(select("severity", severities, w))\(select("channel", channels, w))\(select("hall", halls, w, empty: w("case.no-hall")))\(select("unit", units, w, empty: w("case.by-kind")))</div>
        \(area("wish", w, isOptional: true, rows: 2))
        <details class="card" \(when: ["outer", "outerDue", "promised", "repeatOf"].contains { !(typed[$0] ?? "").isEmpty || problems[$0] != nil }, "open")><summary>\(w("case.outer-all"))</summary><div class="fields">\(input("outer", w))\(input("outerDue", w, type: "datetime-local"))\(input("promised", w, type: "datetime-local"))\(input("repeatOf", w))</div></details>
        <div class="field"><label for="photo">\(w("case.photos")) <span class="note">\(w("form.optional"))</span></label><input id="photo" type="file" name="photo" accept="\(Photo.accepted)" multiple data-photo></div>
        """
    }

    private func wrap(_ id: String, _ w: Words, isOptional: Bool, _ inner: HTML) -> HTML {
        """
        <div class="field\(problems[id] == nil ? nil : " wrong" as HTML)"><label for="\(id)">\(w("case.field." + id))\(isOptional ? " <span class=\"note\">\(w("form.optional"))</span>" as HTML : nil)</label>\(inner)\(problems[id].map { "<span class=\"problem\" id=\"\(id)-problem\">\($0)</span>" as HTML })</div>
        """
    }

    private func phone(_ w: Words) -> HTML {
        input("phone", w, isOptional: false, type: "tel", attributes: isEmergency ? "inputmode=\"tel\" autocomplete=\"off\"" : "inputmode=\"tel\" autocomplete=\"off\" autofocus")
    }

    private func input(_ id: String, _ w: Words, isOptional: Bool = true, type: String = "text", attributes: HTML = "") -> HTML {
        wrap(id, w, isOptional: isOptional, "<input id=\"\(id)\" name=\"\(id)\" type=\"\(type)\" value=\"\(typed[id] ?? "")\" \(attributes) \(when: problems[id] != nil, "aria-invalid=\"true\"")>")
    }

    private func area(_ id: String, _ w: Words, isOptional: Bool = false, rows: Int = 4) -> HTML {
        wrap(id, w, isOptional: isOptional, "<textarea id=\"\(id)\" name=\"\(id)\" rows=\"\(rows)\" \(when: problems[id] != nil, "aria-invalid=\"true\"")>\(typed[id] ?? "")</textarea>")
    }

    private func select(_ id: String, _ choices: [Selection], _ w: Words, empty: String? = nil) -> HTML {
        wrap(id, w, isOptional: false, "<select id=\"\(id)\" name=\"\(id)\" \(when: problems[id] != nil, "aria-invalid=\"true\"")>\(Selection.options(choices, chosen: typed[id] ?? "", empty: empty))</select>")
    }

    static func samples(_ w: Words) -> [IntakePage] {
        let beside = BesideView(known: [.init(name: "王敏", link: "#", warning: "多次辱骂坐席", accounts: [("0417229031", "中桥街 12 号", "M-77")])], alarm: ("疑似泄漏", "#"), deadlines: ["答复：11月30日 17:30 前"], name: "王敏", address: "中桥街 12 号", account: "0417229031", own: [.init(title: "TS20260301-0002 水费", link: "#", note: "已办结")], similar: [.init(title: "TS20261124-0006 停水", link: "#", note: "10:02")])
        let page = IntakePage(
            title: w("case.new"), doors: [Selection(id: "complaint", name: "投诉")], kinds: [Selection(id: "BL1", name: "抄表差错", group: "营业收费")], severities: [Selection(id: "S4", name: "一般")],
            channels: [Selection(id: "hotline", name: "热线")], external: [], halls: [], units: [], emergencies: [Selection(id: "QL5", name: "疑似泄漏")], say: "", typed: [:], problems: ["text": "写下客户说了什么。"],
            beside: beside, hidden: "", person: "x")
        var gas = page
        (gas.say, gas.goes, gas.problems, gas.beside) = ("请不要开关任何电器。关上阀门，打开门窗。", "供水所", [:], BesideView())
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
