import Regulation
import Store
import WorkCalendar

/// A month as people pick it: `2026-11`.
struct Month: Sendable, Equatable, Hashable {
    let first: Day

    init(of day: Day) { first = day.adding(days: 1 - day.day) }
    init?(_ text: String) {
        guard text.utf8.count == 7, let day = Day(text + "-01") else { return nil }
        first = day
    }

    var last: Day { first.adding(months: 1).adding(days: -1) }
    var text: String { String(first.description.prefix(7)) }
    func adding(_ months: Int) -> Month { Month(of: first.adding(months: months)) }

    /// `2026年11月` / `Nov 2026`
    func name(_ w: Words) -> String {
        w("month.name", ["year": "\(first.year)", "month": w("month.\(first.month)")])
    }
}

/// Whose patrols somebody sees: those who look from above all halls they reach, a hall's director their own.
struct PatrolReach: Sendable {
    let desk: Desk
    static let permissions = ["patrol", "coverage", "evening-sheet"]

    /// Refuses who may see none.
    init(_ desk: Desk) throws {
        self.desk = desk
        guard Self.permissions.contains(where: desk.viewer.may) else { throw Self.none }
    }

    private static let none = Refusal.notAllowed(Text("抽查和评分给上级检查人员和主任看。", "Patrols and scores are for inspectors from above and directors."))

    /// Every hall within reach. Refuses where there is none.
    func halls() throws -> [Place] {
        var reach: Set<Place.ID> = []
        for permission in Self.permissions { reach.formUnion(desk.viewer.places(permission, in: desk.tree)) }
        let halls = desk.tree.places.filter { $0.kind == "hall" && reach.contains($0.id) }
        guard !halls.isEmpty else { throw Self.none }
        return halls
    }

    /// A hall within reach; else it is not there. Costs the same however many halls there are.
    func hall(_ id: Place.ID) throws -> Place {
        guard let place = desk.tree[id], place.kind == "hall", Self.permissions.contains(where: { desk.viewer.may($0, at: id, in: desk.tree) }) else { throw Refusal.notFound }
        return place
    }

    /// The halls asked for: one by `?place=`, else all.
    func asked() throws -> [Place] {
        guard let id = desk.visit.request.query["place"], !id.isEmpty else { return try halls() }
        return [try hall(id)]
    }

    /// By `?month=`, else this one.
    var month: Month { desk.visit.request.query["month"].flatMap { Month($0) } ?? Month(of: desk.today) }

    /// The role each inspector looks with, for pages that name roles, not people.
    func roles(of people: Set<Person.ID>) async throws -> [Person.ID: String] {
        let list = people.sorted()
        let held = try await desk.hall.store.read { tx in
            try tx.rows("select person, role from role_holder where person in \(list: list) order by person, role").map { (try $0.text("person"), try $0.text("role")) }
        }
        var names: [Person.ID: String] = [:]
        for (person, role) in held where names[person] == nil || desk.pack.pack.role(role)?.may.contains("patrol") == true {
            names[person] = desk.roleName(role)
        }
        return names
    }

    /// Patrols, differences, scores: one subject, three pages.
    static func tabs(_ current: String, _ w: Words) -> HTML {
        let list = [("patrols", Site.patrols.link()), ("differences", Site.differences.link()), ("scores", Site.scores.link())]
        return """
            <nav class="tabs" aria-label="\(w("patrol.tabs"))">\(list, { "<a href=\"\($0.1)\" \(when: $0.0 == current, "aria-current=\"page\"")>\(w("patrol.tab-" + $0.0))</a>" })</nav>
            """
    }

    /// Month before, this one, month after.
    static func months(_ month: Month, _ path: String, _ w: Words) -> HTML {
        """
        <p class="actions"><a class="button quiet" href="\(path)month=\(month.adding(-1).text)">‹ \(month.adding(-1).name(w))</a><span class="button quiet" aria-current="date">\(month.name(w))</span><a class="button quiet" href="\(path)month=\(month.adding(1).text)">\(month.adding(1).name(w)) ›</a></p>
        """
    }
}

/// Scores as figures: hundredths with two decimals.
enum ScoreFigure {
    static func text(_ hundredths: Int?) -> String {
        hundredths.map { "\($0 / 100).\($0 % 100 < 10 ? "0" : "")\($0 % 100)" } ?? "–"
    }

    /// The style of a cell or line by its grade: the first good, the last bad.
    static func style(_ hundredths: Int?, _ scores: Scores) -> String {
        guard let hundredths else { return "" }
        let grade = scores.grade(hundredths)
        return grade == scores.grades.first?.name ? "g-ok" : grade == scores.below ? "g-miss" : "g-late"
    }
}
