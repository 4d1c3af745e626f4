import Regulation
import Store
import WorkCalendar

/// The rulebook to read: each clause with what the program makes of it.
struct ClauseRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.clauses, .signedIn, list), Entry("GET", Site.clause, .signedIn, show)] }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        var groups: [(String, [(String, String, String)])] = []
        for clause in desk.pack.pack.clauses {
            let line = (clause.id, desk.w(clause.title), Site.clause.link(clause.id))
            if groups.last?.0 == clause.group { groups[groups.count - 1].1.append(line) } else { groups.append((clause.group, [line])) }
        }
        return try await desk.page(ClausesPage(title: desk.w("nav.clauses"), sub: desk.w(desk.pack.pack.company.title) + " · " + desk.pack.pack.company.edition, groups: groups))
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, pack) = (desk.w, desk.pack.pack)
        guard let clause = pack.clause(visit[0]) else { throw Refusal.notFound }
        let rules = pack.rules.filter { pack.clauses(of: $0).contains(clause.id) }.map { rule -> ClausePage.Line in
            let who = rule.role.map(desk.roleName) ?? w("clause.shared")
            return ClausePage.Line(title: w(rule.title), who: who, when: w(RuleWords.occasion(rule, pack)), isOurs: rule.isOurReading)
        }
        let gates = pack.gates.filter { $0.clauses.contains(clause.id) }.map { w($0.title) }
        return try await desk.page(
            ClausePage(id: clause.id, heading: w(clause.title), text: w(clause.text), note: clause.note.map { w($0) } ?? "", rules: rules, gates: gates))
    }
}

/// When a rule falls due, in words.
enum RuleWords {
    static func occasion(_ rule: Rule, _ pack: Pack) -> Text {
        switch rule.occasion {
        case .every(let cadence):
            switch cadence {
            case .opening: Text("每个营业日开门", "each open day, at opening")
            case .closing: Text("每个营业日关门", "each open day, at closing")
            case .halfDay: Text("每半天", "each half day")
            case .day: Text("每个营业日", "each open day")
            case .week: Text("每周", "each week")
            case .month: Text("每月", "each month")
            case .quarter: Text("每季", "each quarter")
            case .year: Text("每年", "each year")
            case .lastOpenDay: Text("每月最后一个营业日", "on the last open day of the month")
            case .interval(let period, let fromLast):
                fromLast ? Text("上次做后每隔\(period.words.zh)", "every \(period.words.en) from the last time") : Text("每隔\(period.words.zh)", "every \(period.words.en)")
            }
        case .when(let kind): Text("当“\(pack.event(kind)?.name.zh ?? kind)”时", "when “\(pack.event(kind)?.name.en ?? kind)” happens")
        case .expires(_, let before): Text("到期前\(before.words.zh)", "\(before.words.en) before it runs out")
        case .afterDuty(let other, _): Text("“\(pack.rule(other)?.title.zh ?? other)”之后", "after “\(pack.rule(other)?.title.en ?? other)”")
        }
    }
}

struct ClausesPage: Page {
    var title: String
    var sub: String
    var groups: [(String, [(String, String, String)])]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(sub)</p>\(groups, group)
        """
    }

    private func group(_ group: (String, [(String, String, String)])) -> HTML {
        """
        <section><h2>\(group.0)</h2><ul class="plain">\(group.1, { "<li><a href=\"\($0.2)\"><span class=\"chip\">\($0.0)</span> \($0.1)</a></li>" })</ul></section>
        """
    }

    static func samples(_ w: Words) -> [ClausesPage] { [ClausesPage(title: w("nav.clauses"), sub: "2026.1", groups: [("1.1", [("1.1-1", "门面合 VI", "#")])])] }
}

struct ClausePage: Page {
    struct Line: Sendable {
        var title: String
        var who: String
        var when: String
        var isOurs: Bool
    }
    var id: String
    var heading: String
    var text: String
    var note: String
    var rules: [Line]
    var gates: [String]
    var title: String { id + " " + heading }

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.clauses.link())">‹ \(w("nav.clauses"))</a></p><h1><span class="chip">\(w.clause(id))</span> \(heading)</h1><p>\(text)</p>
        \(note.isEmpty ? nil : "<p class=\"card\"><b>\(w("clause.reading"))</b> \(note)</p>" as HTML)
        <section><h2>\(w("clause.rules"))</h2><div class="scroll" tabindex="0"><table class="list"><tbody>\(rules, { "<tr><th scope=\"row\">\($0.title)</th><td>\($0.who)</td><td>\($0.when)\($0.isOurs ? " · " : "")\($0.isOurs ? w("clause.ours") : "")</td></tr>" })</tbody></table></div></section>
        \(gates.isEmpty ? nil : "<section><h2>\(w("clause.gates"))</h2><ul>\(gates, { "<li>\($0)</li>" })</ul></section>" as HTML)
        """
    }

    static func samples(_ w: Words) -> [ClausePage] {
        [ClausePage(id: "1.3-7", heading: "卫生间", text: "至少半天一次", note: "", rules: [Line(title: "打扫", who: "保洁", when: "每半天", isOurs: true)], gates: [])]
    }
}
