import WorkCalendar

/// The log on a customer's phone: when it was last done and by which role, with one button to say that it is not as it should be.
struct PublicLogPage: Page {
    struct Line: Sendable {
        var when: String
        var role: String
        var state: String
        var stateWord: String
        var found: String
    }
    var title: String
    var place: String
    var company: String
    var lines: [Line]
    /// Said when somebody is on their way already.
    var told: String
    var next: String
    var button: String
    var action: String
    var canReport: Bool
    var isOpen: Bool
    var hours: [(String, String)]
    /// Name, link, code of each language.
    var languages: [(String, String, String)]

    func body(_ w: Words) -> HTML {
        """
        <div class="public-log"><p class="sub">\(company) · \(place)</p><h1>\(title)</h1>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("log.empty"))</p>" as HTML : "<p class=\"due\"><b>\(lines[0].when)</b> <span class=\"state \(lines[0].state)\">\(lines[0].stateWord)</span></p>" as HTML)
        \(next.isEmpty ? nil : "<p class=\"note\">\(next)</p>" as HTML)
        \(told.isEmpty ? nil : "<p class=\"flash\" role=\"status\">\(told)</p>" as HTML)
        \(canReport ? "<form method=\"post\" action=\"\(action)\"><div class=\"actions\"><button class=\"danger wide\">\(button)</button></div><p class=\"note\">\(w("log.report-note"))</p></form>" as HTML : nil)
        \(isOpen ? nil : "<p class=\"note\">\(w("log.closed-now"))</p>" as HTML)
        \(lines.isEmpty ? nil : list(w))
        <section><h2>\(w("log.hours"))</h2><dl class="facts">\(hours, { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" })</dl></section>
        <p class="note">\(w("log.note"))</p>
        <p class="actions">\(languages, { "<a class=\"button quiet\" href=\"\($0.1)\" lang=\"\($0.2)\" hreflang=\"\($0.2)\">\($0.0)</a>" })</p></div>
        """
    }

    private func list(_ w: Words) -> HTML {
        """
        <section><h2>\(w("log.lately"))</h2><table class="list"><thead><tr><th>\(w("log.when"))</th><th>\(w("log.who"))</th><th>\(w("log.what"))</th></tr></thead>
        <tbody>\(lines, { "<tr><th scope=\"row\">\($0.when)</th><td>\($0.role)</td><td><span class=\"state \($0.state)\">\($0.stateWord)</span> \($0.found)</td></tr>" })</tbody></table></section>
        """
    }

    static func samples(_ w: Words) -> [PublicLogPage] {
        let lines = [
            Line(when: "9:40", role: "保洁员", state: "done", stateWord: w("log.done"), found: w("log.in-order")),
            Line(when: "11月22日 15:20", role: "保安", state: "late", stateWord: w("log.late"), found: w("log.wanting", ["rectified": "1"], n: 2)),
        ]
        func sample(_ lines: [Line], told: String, canReport: Bool, isOpen: Bool) -> PublicLogPage {
            PublicLogPage(
                title: "卫生间清洗", place: "城南营业厅", company: "示例公司", lines: lines, told: told, next: w("log.next", ["when": "12:30"]),
                button: "卫生间不干净", action: "#", canReport: canReport, isOpen: isOpen, hours: [(w("log.today"), "8:30–17:30")],
                languages: [("English", "#", "en")])
        }
        return [
            sample(lines, told: "", canReport: true, isOpen: true),
            sample(lines, told: w("log.told", ["since": "10:05", "due": "10:20"]), canReport: false, isOpen: true),
            sample([], told: "", canReport: false, isOpen: false),
        ]
    }
}
