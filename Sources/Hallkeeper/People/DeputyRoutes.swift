import Regulation
import Store
import WorkCalendar

/// Who approves in whose stead: named by the holder, or for everybody by whoever keeps people; seen by all who approve.
struct DeputyRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [Entry("GET", Site.deputies, .may("approve"), list), Entry("POST", Site.deputies, .may("approve"), name), Entry("POST", Site.deputyEnd, .may("approve"), end)]
    }

    /// Roles somebody holds that approve, with where.
    private func held(_ desk: Desk) -> [(role: String, place: Place.ID)] { desk.viewer.roles.filter { desk.pack.pack.role($0.role)?.may.contains("approve") == true } }

    private func page(_ desk: Desk, typed: [String: String] = [:], problems: [String: String] = [:]) async throws -> DeputiesPage {
        let (today, me, own) = (desk.today, desk.viewer.person.id, held(desk))
        let (rows, people) = try await hall.store.read { tx -> ([(Deputy, String, String)], [Selection]) in
            let people = try tx.rows("select person.person as id, personal.text as name, person.login as login from person join personal on personal.id = person.name where person.active = 1 order by person.login limit 2000")
                .map { (id: try $0.text("id"), name: try $0.text("name"), login: try $0.text("login")) }
            let names = Dictionary(people.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
            let rows = try tx.rows("select * from deputy where until_day >= \(today) and ended is null order by from_day, id limit 200").map(Deputy.init(row:))
            return (rows.map { ($0, names[$0.holder] ?? "", names[$0.person] ?? "") }, people.filter { $0.id != me }.map { Selection(id: $0.id, name: $0.name + " · " + $0.login) })
        }
        return DeputiesPage(
            title: desk.w("deputy.title"),
            lines: rows.map { .init(id: $0.0.id, text: desk.w("deputy.line", ["holder": $0.1, "role": desk.roleName($0.0.role), "person": $0.2]), days: $0.0.from + " – " + $0.0.until, isMine: $0.0.holder == me) },
            roles: own.map { Selection(id: $0.role + "@" + $0.place, name: desk.roleName($0.role) + " · " + (desk.tree[$0.place].map { desk.w($0.name) } ?? "")) }, people: people, typed: typed, problems: problems, hidden: desk.hidden)
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk))
    }

    private func name(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (form, me) = (visit.form, desk.viewer.person.id)
        let role = form["role"].split(separator: "@", maxSplits: 1).map(String.init)
        let (person, from, until) = (form["person"], Day(form["from"]), Day(form["until"]))
        guard role.count == 2, held(desk).contains(where: { $0.role == role[0] && $0.place == role[1] }) else { throw Refusal.notFound }
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.deputies.link()
                _ = try Deputy.name(person, inSteadOf: me, role: role[0], at: role[1], from: from, until: until, act)
            }
            return desk.done(Site.deputies.link(), desk.w("deputy.named"))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, typed: form.answers, problems: Dictionary(problems.fields.map { ($0.field, desk.w($0.sentence)) }, uniquingKeysWith: { first, _ in first })), status: 422)
        }
    }

    private func end(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, me, places) = (visit[0], desk.viewer.person.id, held(desk).map(\.place))
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.deputies.link()
            try Deputy.end(id, by: me, at: places, act)
        }
        return desk.done(Site.deputies.link(), desk.w("deputy.ended"))
    }
}

/// Who approves in whose stead, and naming somebody.
struct DeputiesPage: Page {
    struct Line: Sendable {
        var id: String
        var text: String
        var days: String
        var isMine: Bool
    }
    var title: String
    var lines: [Line]
    var roles: [Selection]
    var people: [Selection]
    var typed: [String: String]
    var problems: [String: String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(w("deputy.note"))</p><ul class="list boxed">\(lines, { line($0, w) })</ul>\(lines.isEmpty ? "<p class=\"empty\">\(w("deputy.none"))</p>" as HTML : nil)
        \(roles.isEmpty ? nil : naming(w))
        """
    }

    private func line(_ line: Line, _ w: Words) -> HTML {
        "<li><b>\(line.text)</b><br><small>\(line.days)</small>\(line.isMine ? "<form method=\"post\" action=\"\(Site.deputyEnd.link(line.id))\">\(hidden)<button class=\"quiet\">\(w("deputy.end"))</button></form>" as HTML : nil)</li>"
    }

    private func naming(_ w: Words) -> HTML {
        """
        <section class="card"><h2>\(w("deputy.name"))</h2><form method="post" action="\(Site.deputies.link())">\(hidden)<div class="fields">
        <div class="field"><label for="role">\(w("deputy.role"))</label><select id="role" name="role">\(Selection.options(roles, chosen: typed["role"] ?? "", empty: nil))</select>\(problem("role"))</div>
        <div class="field"><label for="person">\(w("deputy.person"))</label><select id="person" name="person">\(Selection.options(people, chosen: typed["person"] ?? "", empty: w("case.choose")))</select>\(problem("person"))</div>
        <div class="field"><label for="from">\(w("deputy.from"))</label><input id="from" type="date" name="from" value="\(typed["from"] ?? "")">\(problem("from"))</div>
        <div class="field"><label for="until">\(w("act.field.until"))</label><input id="until" type="date" name="until" value="\(typed["until"] ?? "")">\(problem("until"))</div></div><div class="actions"><button class="primary">\(w("deputy.name"))</button></div></form></section>
        """
    }

    private func problem(_ id: String) -> HTML? { problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML } }

    static func samples(_ w: Words) -> [DeputiesPage] {
        [DeputiesPage(title: w("deputy.title"), lines: [Line(id: "x", text: "周总 → 陈部长", days: "2026-03-03 – 2026-03-06", isMine: true)], roles: [Selection(id: "leader@c", name: "分管领导")], people: [Selection(id: "p", name: "陈明")], typed: [:], problems: ["until": "这一天已经过去。"], hidden: "")]
    }
}
