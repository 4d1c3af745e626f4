import WorkCalendar

/// A case: the loop as a rail with every clock, the one thing that has to happen now and why then, the customer's words,
/// what was done, and what else may be done.
struct ComplaintPage: Page {
    struct Stage: Sendable {
        var name: String
        /// `done`, `now`, `late` or "".
        var state: String
        var note: String
        /// Why its deadline is what it is.
        var why: [String] = []
    }
    struct Step: Sendable {
        var head: String
        var when: String
        var lines: [String]
        var photos: [String]
        /// Only for us: the customer never sees it.
        var isInternal: Bool
    }
    struct Field: Sendable {
        var id: String
        var label: String
        var kind: ActField.Kind
        var isOptional: Bool
        var choices: [Selection]
        var typed: String
        var problem: String
    }
    struct Act: Sendable {
        var id: String
        var name: String
        var fields: [Field]
        var takesPhotos: Bool
        var isOpen: Bool
        var isGrave: Bool
        /// Whether what stands in it was written before and not sent.
        var hasDraft = false
    }
    var title: String
    var crumb: String
    var id: String
    var number: String
    var version: Int
    var stages: [Stage]
    /// What is due next, in words, its state, and why then.
    var due: String
    var dueState: String
    var why: [String]
    /// Ours and an outer one, where there are both, and which holds.
    var deadlines: [String] = []
    var text: String
    var facts: [(name: String, value: String)]
    /// Whether name, phone and address are shown whole.
    var isShown: Bool
    var phone: String
    var steps: [Step]
    /// What one does next, first; the rest behind a click.
    var primary: [Act]
    var others: [Act]
    /// What is missing before it can be closed; empty where that is not the question.
    var missing: [String]
    var beside: [BesideView.Earlier]
    var marks: [String]
    var problem: String
    var papers: [(name: String, link: String)]
    var isConfidential: Bool
    var hidden: HTML
    /// What it hangs together with: how, number, link.
    var links: [(how: String, number: String, link: String)] = []
    var canned: [(id: String, title: String, words: String)] = []
    /// Who else is here.
    var present: HTML = ""
    /// What somebody wrote for a step that another has done meanwhile, by field.
    var leftover: [(name: String, words: String)] = []
    /// What to tell the customer in an emergency that is not over.
    var alarm: CaseAlarm?

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a> · \(crumb)</p>
        <div class="head"><div><h1>\(number) \(title)</h1><p>\(marks, { "<span class=\"chip\">\($0)</span>" })</p></div><div class="actions">\(papers, { "<a class=\"button\" href=\"\($0.link)\">\($0.name)</a>" })</div></div>
        \(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        \(leftover.isEmpty ? nil : left(w))\(alarm.map { $0.html(w) })<p class="present" aria-live="polite" data-presence="\(Site.complaintPresence.link(id))">\(present)</p>
        <div class="columns three case"><aside class="card"><ol class="rail">\(stages, { "<li class=\"\($0.state)\"><b>\($0.name)</b><small>\($0.note)</small>\($0.why.isEmpty ? nil : "<details class=\"explain\"><summary>\(w("case.explain"))</summary><ul class=\"why\">\($0.why, { "<li>\($0)</li>" })</ul></details>" as HTML)</li>" })</ol></aside>
        <div>\(due.isEmpty ? nil : now(w))
        \(primary, { form($0, w) })
        \(missing.isEmpty ? nil : "<section class=\"card\"><h2>\(w("case.missing"))</h2><ul>\(missing, { "<li>\($0)</li>" })</ul></section>" as HTML)
        <section><h2>\(w("case.said"))</h2><p class="quote">\(text)</p></section>
        <ol class="list boxed">\(steps, { step($0, w) })</ol>
        \(others.isEmpty ? nil : "<section><h2>\(w("case.more"))</h2>\(others, { form($0, w) })</section>" as HTML)</div>
        <aside><section class="card"><dl class="facts">\(facts, { "<dt>\($0.name)</dt><dd>\($0.value)</dd>" })</dl>\(contact(w))</section>
        \(links.isEmpty ? nil : "<section class=\"card\"><h2>\(w("case.links"))</h2><ul>\(links, { "<li>\($0.how) <a href=\"\($0.link)\">\($0.number)</a></li>" })</ul></section>" as HTML)\(beside.isEmpty ? nil : "<section class=\"card\"><h2>\(w("case.similar"))</h2><ul>\(beside, BesideView.item)</ul></section>" as HTML)</aside></div>\(DeskHelp(conditions: [], keys: DeskHelp.file).html(w, w("case.keys-case")))<script src="\(Assets.link("complaints.js"))" defer></script>
        """
    }

    /// Nothing anybody wrote is lost: it can be copied, or kept as a note.
    private func left(_ w: Words) -> HTML {
        """
        <section class="card"><h2>\(w("case.left"))</h2>\(leftover, { "<p class=\"note\">\($0.name)</p><p class=\"quote\">\($0.words)</p>" })<form method="post" action="\(Site.complaintAct.link(id, "note"))">\(hidden)<input type="hidden" name="note" value="\(leftover.map { $0.name + w("case.colon") + $0.words }.joined(separator: "\n"))"><button class="quiet">\(w("case.left-note"))</button></form></section>
        """
    }

    private func now(_ w: Words) -> HTML {
        """
        <section class="card now \(dueState)"><p><b class="state \(dueState)">\(due)</b></p>\(deadlines, { "<p class=\"note\">\($0)</p>" })\(why.isEmpty ? nil : "<details><summary>\(w("case.why"))</summary><ul class=\"why\">\(why, { "<li>\($0)</li>" })</ul></details>" as HTML)</section>
        """
    }

    private func contact(_ w: Words) -> HTML {
        if isShown { return phone.isEmpty ? "" : "<p><a class=\"button\" href=\"tel:\(phone)\">\(w("case.call"))</a></p>" }
        return "<form method=\"post\" action=\"\(Site.complaintContact.link(id))\">\(hidden)<button class=\"quiet\">\(w("case.show"))</button><p class=\"note\">\(w("case.show-note"))</p></form>"
    }

    private func step(_ step: Step, _ w: Words) -> HTML {
        """
        <li class="\(step.isInternal ? "internal" : "")"><p class="pair"><small>\(step.head)\(step.isInternal ? " · \(w("case.internal"))" as HTML : nil)</small><small>\(step.when)</small></p>\(step.lines, { "<p>\($0)</p>" })\(step.photos, { "<a href=\"\(PhotoPass.link($0))\"><img class=\"thumb\" src=\"\(PhotoPass.small($0))\" alt=\"\(w("case.photo"))\" loading=\"lazy\"></a>" })</li>
        """
    }

    private func form(_ act: Act, _ w: Words) -> HTML {
        """
        <details class="card" \(when: act.isOpen, "open") id="act-\(act.id)"><summary>\(act.name)</summary>\(act.hasDraft ? "<p class=\"note\">\(w("case.has-draft"))</p>" as HTML : nil)<form method="post" action="\(Site.complaintAct.link(id, act.id))" data-draft="\(Site.complaintDraft.link(id, act.id))" data-act="\(act.id)" \(when: act.takesPhotos, "enctype=\"multipart/form-data\"")>\(hidden)<input type="hidden" name="version" value="\(version)">
        \(Self.replies.contains(act.id) && !canned.isEmpty ? "<details class=\"canned\"><summary>\(w("case.replies"))</summary><ul>\(canned, { "<li><a href=\"\(Site.complaint.link(id))?canned=\($0.id)&amp;act=\(act.id)#act-\(act.id)\" data-canned=\"\($0.words)\">\($0.title)</a></li>" })</ul></details>" as HTML : nil)\(act.fields, { field($0, act.id, w) })\(act.takesPhotos ? "<div class=\"field\"><label for=\"\(act.id)-photo\">\(w("case.photos"))</label><input id=\"\(act.id)-photo\" type=\"file\" name=\"photo\" accept=\"\(Photo.accepted)\" multiple data-photo></div>" as HTML : nil)
        <div class="actions"><button class="\(act.isGrave ? "danger" : "primary")">\(act.name)</button></div></form></details>
        """
    }

    /// Where words for replies are offered.
    private static let replies: Set<String> = ["reply", "interim", "contact", "promise", "tell", "call-back"]

    private func field(_ field: Field, _ act: String, _ w: Words) -> HTML {
        let id = "\(act)-\(field.id)"
        let wrong = !field.problem.isEmpty
        let inner: HTML
        switch field.kind {
        case .words: inner = "<textarea id=\"\(id)\" name=\"\(field.id)\" rows=\"3\" \(when: wrong, "aria-invalid=\"true\"")>\(field.typed)</textarea>"
        case .text where !field.choices.isEmpty: inner = "<select id=\"\(id)\" name=\"\(field.id)\">\(Selection.options(field.choices, chosen: field.typed, empty: w("case.choose")))</select>"
        case .text: inner = "<input id=\"\(id)\" name=\"\(field.id)\" value=\"\(field.typed)\" \(when: wrong, "aria-invalid=\"true\"")>"
        case .moment: inner = "<input id=\"\(id)\" type=\"datetime-local\" name=\"\(field.id)\" value=\"\(field.typed)\" \(when: wrong, "aria-invalid=\"true\"")>"
        case .day: inner = "<input id=\"\(id)\" type=\"date\" name=\"\(field.id)\" value=\"\(field.typed)\" \(when: wrong, "aria-invalid=\"true\"")>"
        case .units:
            let chosen = Set(field.typed.split(separator: ",").map(String.init))
            return """
                <fieldset class="field\(wrong ? " wrong" as HTML : nil)"><legend>\(field.label)</legend>\(field.choices, { "<div class=\"tick\"><input type=\"checkbox\" id=\"\(id)-\($0.id)\" name=\"\(field.id)\" value=\"\($0.id)\" \(when: chosen.contains($0.id), "checked")><label for=\"\(id)-\($0.id)\">\($0.name)</label></div>" })\(wrong ? "<span class=\"problem\">\(field.problem)</span>" as HTML : nil)</fieldset>
                """
        case .unit, .kind, .choice, .yesNo: inner = "<select id=\"\(id)\" name=\"\(field.id)\" \(when: wrong, "aria-invalid=\"true\"")>\(Selection.options(field.choices, chosen: field.typed, empty: w("case.choose")))</select>"
        }
        return """
            <div class="field\(wrong ? " wrong" as HTML : nil)"><label for="\(id)">\(field.label)\(field.isOptional ? " <span class=\"note\">\(w("form.optional"))</span>" as HTML : nil)</label>\(inner)\(wrong ? "<span class=\"problem\">\(field.problem)</span>" as HTML : nil)</div>
            """
    }

    static func samples(_ w: Words) -> [ComplaintPage] {
        let page = ComplaintPage(
            title: "中桥片区停水", crumb: "投诉 · 恢复超时 · 较大", id: "x", number: "TS20261124-0007", version: 2,
            stages: [Stage(name: "登记", state: "done", note: "10:02"), Stage(name: "联系客户", state: "late", note: "10:49 前 · 剩 6 分"), Stage(name: "办结", state: "", note: "")], due: "还有 6 分必须联系到客户",
            dueState: "soon", why: ["10:04 + 45 分 = 10:49"], text: "从昨晚一点停到现在。", facts: [("客户", "李**")], isShown: false, phone: "",
            steps: [Step(head: "坐席", when: "10:06", lines: ["同片区已有 3 件。"], photos: [], isInternal: true)],
            primary: [
                Act(
                    id: "contact", name: "联系客户",
                    fields: [
                        Field(id: "reached", label: "结果", kind: .choice("call-back"), isOptional: false, choices: [Selection(id: "reached", name: "已接通")], typed: "", problem: "选一项。"),
                        Field(id: "said", label: "客户说", kind: .words, isOptional: true, choices: [], typed: "", problem: ""),
                        Field(id: "unit", label: "单位", kind: .units, isOptional: false, choices: [Selection(id: "u", name: "供水所")], typed: "u", problem: ""),
                        Field(id: "into", label: "编号", kind: .text, isOptional: false, choices: [], typed: "", problem: ""),
                        Field(id: "at", label: "时间", kind: .moment, isOptional: true, choices: [], typed: "", problem: ""), Field(id: "until", label: "到", kind: .day, isOptional: true, choices: [], typed: "", problem: ""),
                    ], takesPhotos: true, isOpen: true, isGrave: false)
            ], others: [Act(id: "withdraw", name: "撤诉", fields: [], takesPhotos: false, isOpen: false, isGrave: true)], missing: ["还没有回访，不能办结。"],
            beside: [.init(title: "TS20261124-0006", link: "#", note: "")], marks: ["督办"], problem: "刚才有别人动过。", papers: [("处理单", "#")], isConfidential: false, hidden: "")
        var shown = page
        (shown.isShown, shown.phone) = (true, "13800138000")
        return [page, shown]
    }
}
