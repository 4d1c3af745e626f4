import WorkCalendar

/// Files of old cases: one to choose, and those that were taken in.
struct ImportsPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var note: String
    }
    var title: String
    var problem: String
    var lines: [Line]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.complaints.link())">‹ \(w("nav.complaints"))</a></p><h1>\(title)</h1><p class="sub">\(w("import.note"))</p>
        <form method="post" action="\(Site.imports.link())" enctype="multipart/form-data" class="card">\(hidden)
        <div class="field\(problem.isEmpty ? nil : " wrong" as HTML)"><label for="file">\(w("import.file"))</label><input id="file" type="file" name="file" accept=".csv,.txt,text/csv" required \(when: !problem.isEmpty, "aria-invalid=\"true\" aria-describedby=\"file-problem\"")>\(problem.isEmpty ? nil : "<span class=\"problem\" id=\"file-problem\" role=\"alert\">\(problem)</span>" as HTML)</div>
        <div class="actions"><button class="primary">\(w("import.upload"))</button> <a class="button" href="\(Site.importSample.link())" download>\(w("import.sample"))</a></div></form>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("import.none"))</p>" as HTML : "<ol class=\"list boxed\">\(lines, { "<li><a href=\"\($0.link)\"><b>\($0.name)</b></a><br><small>\($0.note)</small></li>" })</ol>" as HTML)
        """
    }

    static func samples(_ w: Words) -> [ImportsPage] {
        [
            ImportsPage(title: w("import.title"), problem: "", lines: [Line(name: "2024.csv", link: "#", note: "539 · 已导入")], hidden: ""),
            ImportsPage(title: w("import.title"), problem: "文件读不懂。", lines: [], hidden: ""),
        ]
    }
}

/// One file: which column is what, and the first rows as they would be; how far it is; what could not be taken in.
struct ImportPage: Page {
    struct Column: Sendable {
        var field: String
        var label: String
        var isNeeded: Bool
        var heads: [Selection]
        var chosen: String
        /// What holds where nothing is said; empty: that question does not arise.
        var choices: [Selection]
        var fallback: String
    }
    /// A word of the file for a choice that the rulebook does not know.
    struct Value: Sendable {
        var id: String
        var label: String
        var count: Int
        var choices: [Selection]
        var chosen: String
    }
    struct Preview: Sendable {
        var line: Int
        var cells: [String]
        var problems: [String]
    }
    struct Wrong: Sendable {
        var line: Int
        var field: String
        var sentence: String
    }
    var title: String
    var link: String
    var state: String
    var lines: Int
    var summary: String
    var done: Int
    var columns: [Column]
    var values: [Value]
    var previewHead: [String]
    var preview: [Preview]
    var wrong: [Wrong]
    var wrongMore: Int
    var wrongLink: String
    var foundLink: String
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.imports.link())">‹ \(w("import.title"))</a></p><h1>\(title)</h1><p class="sub" role="status">\(summary)</p>
        \(state == "running" ? "<p><progress max=\"\(max(1, lines))\" value=\"\(done)\">\(done)/\(lines)</progress> <b>\(done)/\(lines)</b></p><p class=\"note\">\(w("import.running-note"))</p>" as HTML : nil)
        \(state == "mapping" ? mapping(w) : nil)
        \(state == "done" ? "<p class=\"actions\"><a class=\"button primary\" href=\"\(foundLink)\">\(w("import.look"))</a></p>" as HTML : nil)
        \(wrong.isEmpty ? nil : "<section><h2>\(w("import.wrong"))</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th class=\"number\">\(w("import.line"))</th><th>\(w("import.field"))</th><th>\(w("import.why"))</th></tr></thead><tbody>\(wrong, { "<tr><td class=\"number\">\($0.line)</td><td>\($0.field)</td><td>\($0.sentence)</td></tr>" })</tbody></table></div>\(wrongMore > 0 ? "<p class=\"note\">\(w("import.wrong-more", n: wrongMore))</p>" as HTML : nil)\(wrongLink.isEmpty ? nil : "<p><a href=\"\(wrongLink)\" download>\(w("import.wrong-file"))</a></p>" as HTML)</section>" as HTML)
        """
    }

    private func mapping(_ w: Words) -> HTML {
        """
        <form method="post" action="\(link)">\(hidden)
        <section class="card"><h2>\(w("import.columns"))</h2><div class="fields">\(columns, { column($0, w) })</div></section>
        \(values.isEmpty ? nil : "<section class=\"card\"><h2>\(w("import.values"))</h2><p class=\"note\">\(w("import.values-note"))</p><div class=\"fields\">\(values, { value in "<div class=\"field\"><label for=\"\(value.id)\">\(value.label) <span class=\"note\">×\(value.count)</span></label><select id=\"\(value.id)\" name=\"\(value.id)\">\(Selection.options(value.choices, chosen: value.chosen, empty: w("case.choose")))</select></div>" })</div></section>" as HTML)
        <div class="actions"><button name="what" value="look">\(w("import.preview"))</button> <button class="primary" name="what" value="begin">\(w("import.begin"))</button></div></form>
        <section><h2>\(w("import.first"))</h2><div class="scroll" tabindex="0"><table class="wide-table"><thead><tr><th class="number">\(w("import.line"))</th>\(previewHead, { "<th>\($0)</th>" })</tr></thead><tbody>\(preview, { row in "<tr><td class=\"number\">\(row.line)</td>\(row.cells, { "<td>\($0)</td>" })</tr>\(row.problems, { "<tr><td></td><td colspan=\"\(previewHead.count)\" class=\"problem\">\($0)</td></tr>" })" })</tbody></table></div></section>
        """
    }

    private func column(_ column: Column, _ w: Words) -> HTML {
        """
        <div class="field"><label for="c-\(column.field)">\(column.label)\(column.isNeeded ? nil : " <span class=\"note\">\(w("form.optional"))</span>" as HTML)</label><select id="c-\(column.field)" name="c-\(column.field)">\(Selection.options(column.heads, chosen: column.chosen, empty: w("import.no-column")))</select>\(column.choices.isEmpty ? nil : "<label for=\"d-\(column.field)\"><span class=\"note\">\(w("import.default"))</span></label><select id=\"d-\(column.field)\" name=\"d-\(column.field)\">\(Selection.options(column.choices, chosen: column.fallback, empty: w("case.choose")))</select>" as HTML)</div>
        """
    }

    static func samples(_ w: Words) -> [ImportPage] {
        let choices = [Selection(id: "web", name: "网站")]
        let page = ImportPage(
            title: "2024.csv", link: "#", state: "mapping", lines: 539, summary: "539 行", done: 0,
            columns: [Column(field: "channel", label: w("import.field.channel"), isNeeded: true, heads: [Selection(id: "渠道", name: "渠道")], chosen: "渠道", choices: choices, fallback: "web")],
            values: [Value(id: "v-0", label: "渠道“e福州app”", count: 69, choices: choices, chosen: "")], previewHead: [w("import.field.recorded"), w("import.field.text")],
            preview: [Preview(line: 2, cells: ["2020-09-03", "停水"], problems: ["来源：不认识“qq”。"])], wrong: [Wrong(line: 7, field: "受理时间", sentence: "没有受理时间。")], wrongMore: 3, wrongLink: "#", foundLink: "#", hidden: "")
        var (running, done) = (page, page)
        (running.state, running.done, done.state) = ("running", 200, "done")
        return [page, running, done]
    }
}
