import Regulation
import Store
import WorkCalendar

/// All places somebody keeps, and new ones.
struct PlaceListRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.places, .may("places"), list), Entry("POST", Site.places, .may("places"), add)] }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk))
    }

    private func page(_ desk: Desk, problems: [(field: String, sentence: Text)] = []) async throws -> PlacesPage {
        let (w, reach, asked) = (desk.w, desk.viewer.places("places", in: desk.tree), desk.visit.request.query["q"] ?? "")
        let kept = desk.tree.places.filter { reach.contains($0.id) && $0.ended == nil }
        let found = kept.filter { asked.isEmpty || $0.name.zh.contains(asked) || $0.name.en.localizedCaseInsensitiveContains(asked) || $0.code.contains(asked) }
        let order = Dictionary(Place.kinds.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        let shown = found.sorted { (order[$0.kind] ?? 9, $0.code) < (order[$1.kind] ?? 9, $1.code) }.prefix(PlacesPage.most)
        let halls = shown.filter { $0.kind == "hall" }.map(\.id)
        let answered = try await hall.store.read { tx in
            Dictionary(try tx.rows("select place, count(*) as n from trait_answer where place in \(list: halls) group by place").map { (try $0.text("place"), Int(try $0.int("n"))) }) { $1 }
        }
        let traits = desk.pack.pack.traits.count
        return PlacesPage(
            title: w("nav.places"),
            lines: shown.map { place in
                let open = place.kind == "hall" ? traits - (answered[place.id] ?? 0) : 0
                return PlacesPage.Line(name: w(place.name), link: Site.place.link(place.id), kind: w("places.kind-" + place.kind), code: place.code, hours: place.hours, open: max(0, open))
            },
            left: found.count - shown.count, isLong: kept.count > 30, asked: asked, kinds: kinds(desk).map { FormView.Option(id: $0.kind, name: $0.name) },
            parents: kept.filter { ["company", "department"].contains($0.kind) }.map { FormView.Option(id: $0.id, name: w($0.name)) }, hidden: desk.hidden,
            typed: desk.visit.form.answers, problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }))
    }

    /// What can be added: halls, units and contractors as many as there are; one call centre; each department the rulebook names
    /// that is not there yet, called as its first role is.
    private func kinds(_ desk: Desk) -> [(kind: String, name: String)] {
        let (w, there) = (desk.w, Set(desk.tree.places.filter { $0.ended == nil }.map(\.boundKind)))
        var kinds = [("hall", w("places.kind-hall")), ("unit", w("places.kind-unit"))]
        if !there.contains("call-centre") { kinds.append(("call-centre", w("places.kind-call-centre"))) }
        for role in desk.pack.pack.roles where role.sits.hasPrefix("department:") && !there.contains(role.sits) && !kinds.contains(where: { $0.0 == role.sits }) {
            kinds.append((role.sits, w("places.kind-department") + w("places.as") + w(role.name)))
        }
        return kinds + [("contractor", w("places.kind-contractor"))]
    }

    private func add(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (form, today) = (visit.form, desk.today)
        do {
            guard let asked = kinds(desk).first(where: { $0.kind == form["kind"] })?.kind else {
                throw FormProblems(fields: [("kind", Text("请选是什么场所。", "Choose what kind of place it is."))])
            }
            let parent = try desk.place(form["parent"], "places").id
            let parts = asked.split(separator: ":", maxSplits: 1).map(String.init)
            let (kind, name, hours) = (parts[0], Text(form["name"], form["name-en"]), form["hours"])
            let code = parts.count == 2 ? parts[1] : form["code"].isEmpty ? Self.next(kind, desk.tree) : form["code"]
            let link = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                let place = try PlaceActs(act: act).found(kind: kind, parent: parent, code: code, name: name, hours: hours, starts: today)
                // Of a hall it is asked at once what it has.
                let link = kind == "hall" ? Site.place.link(place.id) : Site.places.link()
                act.act.answer = link
                return link
            }
            return desk.done(link, desk.w("places.added", ["name": form["name"]]))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, problems: problems.fields), status: 422)
        }
    }

    /// A code nobody has: `hall-2`.
    private static func next(_ kind: String, _ tree: PlaceTree) -> String {
        let taken = Set(tree.places.filter { $0.kind == kind }.map(\.code))
        return (1...taken.count + 1).lazy.map { "\(kind)-\($0)" }.first { !taken.contains($0) } ?? kind
    }
}

struct PlacesPage: Page {
    struct Line: Sendable {
        var name: String
        var link: String
        var kind: String
        var code: String
        var hours: String
        /// Questions on what it has that are not answered.
        var open: Int
    }
    /// More are found by name.
    static let most = 300
    var title: String
    var lines: [Line]
    var left = 0
    var isLong = false
    var asked = ""
    var kinds: [FormView.Option]
    var parents: [FormView.Option]
    var hidden: HTML
    var typed: [String: String] = [:]
    var problems: [String: String] = [:]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>
        <details class="card" \(when: !problems.isEmpty, "open")><summary>\(w("places.add"))</summary><form method="post" action="\(Site.places.link())">\(hidden)
        \(choice("kind", w("places.kind"), kinds))\(field("name", w("places.name"), isNeeded: true))\(field("name-en", w("places.name-en")))
        \(choice("parent", w("places.parent"), parents))\(field("hours", w("set-up.hours"), note: w("places.hours-note")))\(field("code", w("places.code"), note: w("places.code-note")))
        <div class="actions"><button class="primary">\(w("places.add"))</button></div></form></details>
        \(isLong || !asked.isEmpty ? "<form method=\"get\" action=\"\(Site.places.link())\" class=\"field\"><label for=\"q\">\(w("places.find"))</label><input id=\"q\" type=\"search\" name=\"q\" value=\"\(asked)\"></form>" as HTML : nil)
        <div class="scroll" tabindex="0"><table class="list"><tbody>\(lines, { line in "<tr><td><a href=\"\(line.link)\">\(line.name)</a><div class=\"sub\">\(line.kind) · \(line.code)</div></td><td>\(line.hours)</td><td class=\"right\">\(line.open == 0 ? nil : "<span class=\"chip\">\(w("place.open", n: line.open))</span>" as HTML)</td></tr>" as HTML })</tbody></table></div>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("places.none"))</p>" as HTML : nil)\(left > 0 ? "<p class=\"note\">\(w("places.left", ["count": String(left)]))</p>" as HTML : nil)
        """
    }

    private func problem(_ name: String) -> HTML? { problems[name].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" } }

    private func choice(_ name: String, _ label: String, _ options: [FormView.Option]) -> HTML {
        "<div class=\"field\"><label for=\"\(name)\">\(label)</label>\(problem(name))<select id=\"\(name)\" name=\"\(name)\">\(options, { "<option value=\"\($0.id)\" \(when: $0.id == typed[name], "selected")>\($0.name)</option>" })</select></div>"
    }

    private func field(_ name: String, _ label: String, note: String = "", isNeeded: Bool = false) -> HTML {
        "<div class=\"field\"><label for=\"\(name)\">\(label)</label>\(note.isEmpty ? nil : "<p class=\"note\">\(note)</p>" as HTML)\(problem(name))<input id=\"\(name)\" name=\"\(name)\" value=\"\(typed[name] ?? "")\" autocomplete=\"off\" \(when: isNeeded, "required")></div>"
    }

    static func samples(_ w: Words) -> [PlacesPage] {
        [
            PlacesPage(
                title: w("nav.places"), lines: [Line(name: "城南营业厅", link: "#", kind: w("places.kind-hall"), code: "chengnan", hours: "Mo-Fr 08:30-17:30", open: 3)], left: 12, isLong: true,
                kinds: [FormView.Option(id: "hall", name: w("places.kind-hall"))], parents: [FormView.Option(id: "c", name: "广安水务")], hidden: "", problems: ["name": "请写名称。"])
        ]
    }
}
