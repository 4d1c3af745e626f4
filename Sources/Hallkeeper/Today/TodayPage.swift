import Store
import WorkCalendar

/// One line of a list of duties, as it is read.
struct DutyLine: Sendable {
    /// `late`, `soon`, `open`, `waiting`, `done`, `missed`, `quiet`.
    var state: String
    var when: String
    var note: String
    var title: String
    var clauses: [String]
    var why: String
    var go: String
    var link: String

    /// A round that the phone holds ready for where there is no network.
    var isHeld = false

    static func row(_ line: DutyLine) -> HTML {
        """
        <li class="line \(line.state)"><time class="when">\(line.when)<small>\(line.note)</small></time>
        <div class="what"><a href="\(line.link)">\(line.title)</a>
        <p>\(line.clauses, { "<span class=\"chip\">\($0)</span> " })<span class="why">\(line.why)</span></p></div>
        \(line.go.isEmpty ? nil : "<a class=\"go\" href=\"\(line.link)\" \(when: line.isHeld, "data-hold") aria-label=\"\(line.go): \(line.title)\">\(line.go)</a>" as HTML)</li>
        """
    }
}

/// Mine, by what is due next.
struct TodayPage: Page {
    struct Section: Sendable {
        var heading: String
        var right: String
        var lines: [DutyLine]
    }
    struct Step: Sendable {
        var words: String
        var link: String
    }
    var title: String
    var place: String
    var day: String
    /// What a new company's administrator does first; empty afterwards.
    var first: [Step] = []
    var sections: [Section]
    var empty: String?
    /// Whether there is a hall whose rounds may be walked without being owed.
    var mayWalk = false

    func body(_ w: Words) -> HTML {
        """
        <p class="sub">\(place)</p><h1>\(title)</h1><p class="sub">\(day)</p>
        \(first.isEmpty ? nil : "<section class=\"card\"><h2>\(w("first.title"))</h2><ol>\(first, { "<li><a href=\"\($0.link)\">\($0.words)</a></li>" })</ol><p class=\"note\">\(w("first.tables"))</p></section>" as HTML)
        \(empty.map { "<p class=\"empty\">\($0)</p>" as HTML })
        \(sections, section)\(mayWalk ? "<p class=\"actions\"><a class=\"button quiet\" href=\"\(Site.voluntary.link())\">\(w("today.voluntary"))</a></p>" as HTML : nil)
        """
    }

    private func section(_ section: Section) -> HTML {
        """
        <section><h2>\(section.heading)<span class="right">\(section.right)</span></h2><ol class="lines">\(section.lines, DutyLine.row)</ol></section>
        """
    }

    static func samples(_ w: Words) -> [TodayPage] {
        let late = DutyLine(
            state: "late", when: "8:45", note: "晚 12 分", title: "雨天：铺防滑垫、立“小心地滑”牌", clauses: ["1.2-16"], why: "因“雨”，8:30 报告", go: w("today.go"), link: "#")
        return [
            TodayPage(
                title: w("today.left", n: 1), place: "城南营业厅 · 引导员", day: "11月23日 周一",
                sections: [Section(heading: w("today.late", n: 1), right: "", lines: [late])], empty: nil),
            TodayPage(title: w("today.none"), place: "城南营业厅 · 引导员", day: "11月23日 周一", sections: [], empty: nil),
            TodayPage(
                title: w("today.nothing"), place: "广安水务 · 系统管理员", day: "11月23日 周一", first: [Step(words: w("first.people"), link: "#")], sections: [],
                empty: w("today.empty")),
        ]
    }
}
