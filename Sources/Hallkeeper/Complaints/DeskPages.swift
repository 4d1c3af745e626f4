/// How an act upon many cases goes: each with how it went, and taking it back.
struct BulkPage: Page {
    struct Line: Sendable {
        var number: String
        var link: String
        var state: String
        var words: String
        var why: String
    }
    var title: String
    var id: String
    var sum: String
    var done: Int
    var total: Int
    var lines: [Line]
    var isOver: Bool
    var mayUndo: Bool
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1><p role="status">\(sum)</p><progress max="\(total)" value="\(done)">\(sum)</progress>
        <p class="actions">\(isOver ? nil : "<a class=\"button\" href=\"\(Site.bulk.link(id))\" data-again>\(w("bulk.again"))</a>" as HTML)</p>\(mayUndo ? "<form method=\"post\" action=\"\(Site.bulkUndo.link(id))\">\(hidden)<button class=\"danger\">\(w("bulk.undo"))</button></form>" as HTML : nil)
        <table class="list"><thead><tr><th>\(w("case.paper.number"))</th><th>\(w("bulk.result"))</th></tr></thead><tbody>\(lines, row)</tbody></table><script src="\(Assets.link("complaints.js"))" defer></script>
        """
    }

    private func row(_ line: Line) -> HTML {
        "<tr><td>\(line.link.isEmpty ? "\(line.number)" : "<a href=\"\(line.link)\">\(line.number)</a>" as HTML)</td><td class=\"\(line.state == "refused" ? "problem" : "")\">\(line.words)\(line.why.isEmpty ? nil : ": \(line.why)" as HTML)</td></tr>"
    }

    static func samples(_ w: Words) -> [BulkPage] {
        [BulkPage(title: w("bulk.title", ["act": w("act.supervise")]), id: "x", sum: w("bulk.sum", ["done": "1", "refused": "1", "waiting": "1", "total": "3"]), done: 2, total: 3, lines: [Line(number: "TS20261124-0007", link: "#", state: "done", words: w("bulk.state.done"), why: ""), Line(number: "TS20261124-0008", link: "#", state: "refused", words: w("bulk.state.refused"), why: "这件工单已经结束。")], isOver: false, mayUndo: true, hidden: "")]
    }
}

/// Words for replies: the rulebook's and the unit's own.
struct RepliesPage: Page {
    var title: String
    var shipped: [(title: String, words: String)]
    var own: [(id: String, title: String, words: String, unit: String)]
    var units: [Selection]
    var typed: [String: String]
    var problems: [String: String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1><p class="note">\(w("case.replies-note", ["fields": CannedReply.names(w.language)]))</p>
        <ul class="list boxed">\(shipped, { "<li><b>\($0.title)</b> <small>\(w("case.replies-shipped"))</small><p class=\"pre\">\($0.words)</p></li>" })\(own, { mine($0, w) })</ul>
        <section class="card"><h2>\(w("case.replies-add"))</h2><form method="post" action="\(Site.replies.link())">\(hidden)
        <div class="field"><label for="title">\(w("case.reply-title"))</label><input id="title" name="title" maxlength="40" value="\(typed["title"] ?? "")">\(problem("title"))</div>
        <div class="field"><label for="words">\(w("case.reply-words"))</label><textarea id="words" name="words" rows="4">\(typed["words"] ?? "")</textarea>\(problem("words"))</div>
        \(units.count > 1 ? "<div class=\"field\"><label for=\"unit\">\(w("act.field.unit"))</label><select id=\"unit\" name=\"unit\">\(Selection.options(units, chosen: typed["unit"] ?? "", empty: nil))</select></div>" as HTML : nil)<div class="actions"><button class="primary">\(w("customer.save"))</button></div></form></section>
        """
    }

    private func mine(_ one: (id: String, title: String, words: String, unit: String), _ w: Words) -> HTML {
        "<li><b>\(one.title)</b> <small>\(one.unit)</small><p class=\"pre\">\(one.words)</p><form method=\"post\" action=\"\(Site.replyEnd.link(one.id))\">\(hidden)<button class=\"quiet\">\(w("case.reply-end"))</button></form></li>"
    }

    private func problem(_ id: String) -> HTML? { problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML } }

    static func samples(_ w: Words) -> [RepliesPage] {
        [RepliesPage(title: w("case.replies"), shipped: [("已收到", "{客户姓名}您好，您反映的问题（{编号}）已收到。")], own: [("x", "退补", "已退补。", "营业部")], units: [Selection(id: "u", name: "营业部"), Selection(id: "v", name: "供水所")], typed: [:], problems: ["title": "起个名字。"], hidden: "")]
    }
}
