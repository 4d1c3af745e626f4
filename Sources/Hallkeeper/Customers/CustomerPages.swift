/// The register of customers: looked up by what one has, read in from a list.
struct CustomerRegisterPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var note: String
    }
    var title: String
    var asked: String
    var lines: [Line]
    var mayKeep: Bool
    var typed: [String: String]
    var problems: [String: String]
    var said: [String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><form method="get" action="\(Site.customers.link())" role="search" class="search"><label class="sr" for="q">\(w("customer.search"))</label><input id="q" type="search" name="q" value="\(asked)" placeholder="\(w("customer.search"))" maxlength="60"> <button>\(w("case.look"))</button></form>
        \(said.isEmpty ? nil : "<div class=\"card\" role=\"status\">\(said, { "<p>\($0)</p>" })</div>" as HTML)
        <ol class="list boxed">\(lines, { "<li><a href=\"\($0.link)\">\($0.name)</a><br><small>\($0.note)</small></li>" })</ol>
        \(!asked.isEmpty && lines.isEmpty ? "<p class=\"empty\">\(w("customer.none"))</p>" as HTML : nil)\(asked.isEmpty && said.isEmpty ? "<p class=\"empty\">\(w("customer.empty"))</p>" as HTML : nil)
        \(mayKeep ? keeping(w) : nil)
        """
    }

    private func keeping(_ w: Words) -> HTML {
        """
        <details class="card" \(when: !problems.isEmpty && problems["file"] == nil, "open")><summary>\(w("customer.add"))</summary><form method="post" action="\(Site.customers.link())">\(hidden)<div class="fields">\(CustomerActs.columns, { input($0, w) })</div><div class="actions"><button class="primary">\(w("customer.save"))</button></div></form></details>
        <details class="card" \(when: problems["file"] != nil, "open")><summary>\(w("customer.import"))</summary><form method="post" action="\(Site.customerImport.link())" enctype="multipart/form-data">\(hidden)<p class="note">\(w("customer.import-note"))</p>
        <div class="field"><label for="file">CSV</label><input id="file" type="file" name="file" accept=".csv,text/csv">\(problems["file"].map { "<span class=\"problem\">\($0)</span>" as HTML })</div><div class="actions"><button class="primary">\(w("customer.import"))</button></div></form></details>
        """
    }

    private func input(_ id: String, _ w: Words) -> HTML {
        """
        <div class="field\(problems[id] == nil ? nil : " wrong" as HTML)"><label for="\(id)">\(w("customer.field." + id))</label><input id="\(id)" name="\(id)" value="\(typed[id] ?? "")" autocomplete="off">\(problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML })</div>
        """
    }

    static func samples(_ w: Words) -> [CustomerRegisterPage] {
        [
            CustomerRegisterPage(title: w("nav.customers"), asked: "13800138000", lines: [Line(name: "王敏", link: "#", note: "C1001 · 0417229031 中桥街 12 号")], mayKeep: true, typed: [:], problems: ["name": "缺姓名。"], said: ["存了 3 位。"], hidden: ""),
            CustomerRegisterPage(title: w("nav.customers"), asked: "", lines: [], mayKeep: false, typed: [:], problems: [:], said: [], hidden: ""),
        ]
    }
}

/// One customer: how to reach them, what they are supplied with, their cases; a word of warning; erased as the law demands.
struct CustomerPage: Page {
    var title: String
    var id: String
    var number: String
    var phones: [String]
    var accounts: [(account: String, service: String, address: String, meter: String)]
    var cases: [DutyLine]
    var warning: String
    var until: String
    var mayKeep: Bool
    var problems: [String: String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.customers.link())">‹ \(w("nav.customers"))</a> · \(number)</p><h1>\(title)</h1>
        \(warning.isEmpty ? nil : "<p class=\"flash problem\" role=\"note\"><b>\(w("customer.flag"))</b> \(warning) · \(until)</p>" as HTML)
        <section class="card"><dl class="facts"><dt>\(w("customer.field.phone"))</dt><dd>\(phones, { "<a href=\"tel:\($0)\">\($0)</a> " })</dd>\(accounts, { account($0, w) })</dl></section>
        <h2>\(w("case.earlier"))</h2><ol class="lines">\(cases, DutyLine.row)</ol>\(cases.isEmpty ? "<p class=\"empty\">\(w("customer.no-cases"))</p>" as HTML : nil)
        \(mayKeep ? keeping(w) : nil)
        """
    }

    private func account(_ one: (account: String, service: String, address: String, meter: String), _ w: Words) -> HTML {
        "<dt>\(w("customer.field.account"))</dt><dd>\(one.account) \(one.address) \(one.meter.isEmpty ? nil : "· \(w("customer.field.meter")) \(one.meter)" as HTML)</dd>"
    }

    private func keeping(_ w: Words) -> HTML {
        """
        <details class="card" \(when: problems["until"] != nil || problems["reason"] != nil, "open")><summary>\(w("customer.flag-set"))</summary><form method="post" action="\(Site.customerFlag.link(id))">\(hidden)<p class="note">\(w("customer.flag-note"))</p>
        <div class="field"><label for="reason">\(w("customer.flag"))</label><textarea id="reason" name="reason" rows="2">\(warning)</textarea>\(problem("reason"))</div><div class="field"><label for="until">\(w("act.field.until"))</label><input id="until" type="date" name="until" value="\(until)">\(problem("until"))</div><div class="actions"><button>\(w("customer.save"))</button></div></form></details>
        <details class="card" \(when: problems["sure"] != nil, "open")><summary>\(w("customer.erase"))</summary><form method="post" action="\(Site.customerErasure.link(id))">\(hidden)<p class="note">\(w("customer.erase-note"))</p>
        <div class="tick"><input type="checkbox" id="words" name="words" value="yes"><label for="words">\(w("customer.erase-words"))</label></div><div class="tick"><input type="checkbox" id="sure" name="sure" value="yes"><label for="sure">\(w("customer.sure"))</label></div>\(problem("sure"))<div class="actions"><button class="danger">\(w("customer.erase"))</button></div></form></details>
        """
    }

    private func problem(_ id: String) -> HTML? { problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML } }

    static func samples(_ w: Words) -> [CustomerPage] {
        [
            CustomerPage(
                title: "王敏", id: "x", number: "C1001", phones: ["13800138000"], accounts: [("0417229031", "water", "中桥街 12 号", "M-77")],
                cases: [DutyLine(state: "soon", when: "10:49", note: "剩 6 分", title: "TS20261124-0007", clauses: [], why: "较大", go: "", link: "#")], warning: "多次辱骂坐席", until: "2026-12-31", mayKeep: true,
                problems: ["sure": "请勾选确认。"], hidden: "")
        ]
    }
}
