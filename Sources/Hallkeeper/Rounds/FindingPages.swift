import WorkCalendar

/// A finding with its whole life: what was wrong, what is owed, before and after side by side.
struct FindingPage: Page {
    struct Step: Sendable {
        var name: String
        var what: String
        var note: String
    }
    var title: String
    /// The thing it is about, as a link, or "".
    var thing = ""
    var clause: String
    var severity: String
    var state: String
    var good: String
    var steps: [Step]
    /// What is owed about it now, with its deadline.
    var owed: [String]
    /// The finding it is a relapse of, as a link, or "".
    var relapse: String
    var before: [String]
    var after: [String]
    var placeName: String
    var place: String
    var id: String
    var number: String
    var mayCloseOff: Bool
    /// Whether whoever looks at it put it right: they do not re-check it.
    var isOwn: Bool
    var typed: String
    var hidden: HTML
    var problem: String

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.findings.link())">‹ \(w("nav.findings"))</a></p><h1>\(title)</h1>
        <p><a class="chip" href="\(Site.clause.link(clause))">\(clause)</a> <span class="state \(severity == "minor" ? "soon" : "late")">\(w("point." + severity))</span> <span class="state \(state == "rechecked" ? "done" : "")">\(w("finding." + state))</span></p>
        <p class="sub">\(placeName) · \(number) · <a href="\(Site.notice.link(place, id))">\(w("notice.title"))</a>\(thing.isEmpty ? nil : " · <a href=\"\(thing)\">\(w("item.page"))</a>" as HTML)</p>
        \(relapse.isEmpty ? nil : "<p class=\"flash warn\">\(w("finding.relapse")) <a href=\"\(relapse)\">\(w("finding.earlier"))</a></p>" as HTML)
        \(good.isEmpty ? nil : "<p class=\"note\">\(w("finding.good")) \(good)</p>" as HTML)
        <ol class="rail">\(steps, { "<li class=\"done\"><b>\($0.name)</b><small>\($0.what)</small>\($0.note)</li>" })\(owed, { "<li class=\"now\"><b>\($0)</b></li>" })</ol>
        \(before.isEmpty && after.isEmpty ? nil : pictures(w))
        \(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        \(state == "open" ? rectifying(w) : state == "rectified" ? rechecking(w) : nil)
        \(mayCloseOff ? closing(w) : nil)
        """
    }

    private func pictures(_ w: Words) -> HTML {
        """
        <div class="columns even"><section><h2>\(w("finding.before"))</h2><div class="photos">\(before, { picture($0, w("finding.before")) })</div></section>
        <section><h2>\(w("finding.after"))</h2><div class="photos">\(after, { picture($0, w("finding.after")) })</div>\(after.isEmpty ? "<p class=\"empty\">\(w("finding.no-photo"))</p>" as HTML : nil)</section></div>
        """
    }

    private func picture(_ hash: String, _ label: String) -> HTML {
        "<figure><a href=\"\(PhotoPass.link(hash))\"><img src=\"\(PhotoPass.link(hash))\" alt=\"\(label)\" loading=\"lazy\"></a></figure>"
    }

    private func rectifying(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.rectification.link(place, id))" enctype="multipart/form-data" class="card">\(hidden)<h2>\(w("finding.rectify"))</h2>
        <div class="field"><label for="note">\(w("finding.how"))</label><input id="note" name="note" value="\(typed)"></div>
        <div class="field"><label for="photo">\(w("finding.photo"))</label><input id="photo" type="file" name="photo" accept="\(Photo.accepted)" capture="environment" data-photo></div>
        <div class="actions"><button class="primary">\(w("finding.rectify"))</button></div></form>
        """
    }

    private func rechecking(_ w: Words) -> HTML {
        if isOwn { return "<p class=\"note\">\(w("finding.not-you"))</p>" }
        return """
            <form method="post" action="\(Site.recheck.link(place, id))" class="card">\(hidden)<h2>\(w("finding.recheck"))</h2>
            <div class="field"><label for="note">\(w("point.note"))</label><input id="note" name="note" value="\(typed)"></div>
            <div class="actions"><button class="primary" name="right" value="yes">\(w("finding.right"))</button><button class="danger" name="right" value="no">\(w("finding.not-right"))</button></div></form>
            """
    }

    private func closing(_ w: Words) -> HTML {
        "<form method=\"post\" action=\"\(Site.closingOff.link(place, id))\">\(hidden)<div class=\"actions\"><button class=\"danger\">\(w("finding.close-off"))</button></div></form>"
    }

    static func samples(_ w: Words) -> [FindingPage] {
        let steps = [Step(name: w("finding.step-found"), what: "8:30 · 王敏", note: "堆放纸箱"), Step(name: w("finding.step-rectified"), what: "9:10 · 李伟", note: "已清走")]
        let page = FindingPage(
            title: "消防通道畅通", clause: "5.3-3", severity: "danger", state: "open", good: "门能开，通道无杂物", steps: Array(steps.prefix(1)),
            owed: ["立即消除危险 · 9:00 前"], relapse: "#", before: [], after: [], placeName: "城南营业厅", place: "x", id: "y", number: "ZG-20261123-AB12C",
            mayCloseOff: true, isOwn: false, typed: "", hidden: "", problem: "")
        var rectified = page
        (rectified.state, rectified.steps, rectified.relapse) = ("rectified", steps, "")
        return [page, rectified]
    }
}

/// Findings that are not closed.
struct FindingsPage: Page {
    var title: String
    var state: String
    var lines: [DutyLine]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><nav class="tabs" aria-label="\(title)">\(["", "open", "rectified"], { "<a href=\"\(Site.findings.link())\($0.isEmpty ? "" : "?state=" + $0)\" \(when: $0 == state, "aria-current=\"page\"")>\(w($0.isEmpty ? "finding.all" : "finding." + $0))</a>" })</nav>
        <ol class="lines">\(lines, DutyLine.row)</ol>\(lines.isEmpty ? "<p class=\"empty\">\(w("finding.none"))</p>" as HTML : nil)
        """
    }

    static func samples(_ w: Words) -> [FindingsPage] { [FindingsPage(title: w("nav.findings"), state: "", lines: [])] }
}

/// 整改通知单: the finding on one sheet of A4, with room for signatures.
struct NoticePage: Page {
    var title: String
    var company: String
    var number: String
    var hall: String
    var clause: String
    var point: String
    var good: String
    var severity: String
    var steps: [FindingPage.Step]
    var due: String
    var before: [String]
    var after: [String]
    var day: String

    func body(_ w: Words) -> HTML {
        """
        <div class="paper"><p>\(company)</p><h1>\(title)</h1>
        <table><tbody><tr><th>\(w("notice.number"))</th><td>\(number)</td><th>\(w("fact.place"))</th><td>\(hall)</td></tr>
        <tr><th>\(w("fact.clause"))</th><td>\(clause)</td><th>\(w("point.severity"))</th><td>\(severity)</td></tr>
        <tr><th>\(w("notice.fact"))</th><td colspan="3">\(point)\(steps, { "<br>\($0.name) \($0.what) \($0.note)" })</td></tr>
        <tr><th>\(w("notice.demand"))</th><td colspan="3">\(good.isEmpty ? w("notice.demand-clause", ["clause": clause, "point": point]) : good)</td></tr>
        <tr><th>\(w("notice.due"))</th><td colspan="3">\(due)</td></tr></tbody></table>
        <div class="photos">\(before, { "<figure><img src=\"\(PhotoPass.link($0))\" alt=\"\(w("finding.before"))\"><figcaption>\(w("finding.before"))</figcaption></figure>" })\(after, { "<figure><img src=\"\(PhotoPass.link($0))\" alt=\"\(w("finding.after"))\"><figcaption>\(w("finding.after"))</figcaption></figure>" })</div>
        <div class="signatures"><span>\(w("notice.issued"))</span><span>\(w("notice.received"))</span><span>\(w("notice.verified"))</span></div>
        <p class="note">\(w("notice.printed", ["day": day]))</p></div>
        """
    }

    static func samples(_ w: Words) -> [NoticePage] {
        [
            NoticePage(
                title: w("notice.title"), company: "公司", number: "ZG-20261123-AB12C", hall: "城南营业厅", clause: "5.3-3 消防通道畅通", point: "消防通道畅通",
                good: "门能开，通道无杂物", severity: w("point.danger"), steps: [FindingPage.Step(name: w("finding.step-found"), what: "8:30", note: "堆放纸箱")],
                due: "9:00", before: [], after: [], day: "11月23日")
        ]
    }
}
