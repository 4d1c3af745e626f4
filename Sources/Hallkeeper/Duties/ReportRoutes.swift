import Regulation
import Store
import WorkCalendar

/// Anyone reports in two taps: what happened, and the little that must be said about it.
struct ReportRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.reports, .may("report"), list), Entry("GET", Site.report, .may("report"), show),
            Entry("POST", Site.report, .may("report"), report),
        ]
    }

    /// Kinds of event the roles of whoever asks may report.
    private func kinds(_ desk: Desk) -> [EventKind] { desk.pack.pack.events.filter { isOpen($0, to: desk.viewer) } }

    private func isOpen(_ kind: EventKind, to viewer: Viewer) -> Bool {
        !kind.isProgram && kind.act == nil && viewer.roles.contains { kind.may.contains($0.role) }
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let lines = kinds(desk).map { kind in
            ReportsPage.Line(title: desk.w(kind.name), link: Site.report.link(kind.id), note: kind.isCompanyWide ? desk.w("report.company") : "")
        }
        return try await desk.page(ReportsPage(title: desk.w("nav.report"), lines: lines))
    }

    private func kind(_ desk: Desk) throws -> EventKind {
        guard let kind = desk.pack.pack.event(desk.visit[0]), isOpen(kind, to: desk.viewer) else { throw Refusal.notFound }
        return kind
    }

    /// Where it may have happened: the places of the roles that may report it.
    private func places(_ desk: Desk, _ kind: EventKind) -> [Place] {
        let own = desk.viewer.roles.filter { kind.may.contains($0.role) }.compactMap { desk.tree[$0.place] }
        var seen: Set<Place.ID> = []
        let first = own.filter { seen.insert($0.id).inserted }
        return first.contains { $0.kind != "hall" } ? first + desk.tree.halls.filter { !seen.contains($0.id) } : first
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(page(desk, try kind(desk), typed: [:], problems: []))
    }

    private func page(_ desk: Desk, _ kind: EventKind, typed: [String: String], problems: [(field: String, sentence: Text)]) -> ReportPage {
        let inputs = kind.fields.map { FieldInput(words: desk.w).input($0, typed: typed, problems: problems) }
        let people = desk.tree.places.map { FormView.Option(id: $0.id, name: desk.w($0.name)) }
        let form = FormView(
            action: Site.report.link(kind.id), hidden: desk.hidden, inputs: inputs, people: people, signer: nil,
            problem: problems.isEmpty ? "" : desk.w("form.left", n: problems.count), button: desk.w("report.send"), isRound: false)
        let places = kind.isCompanyWide ? [] : places(desk, kind).map { FormView.Option(id: $0.id, name: desk.w($0.name)) }
        return ReportPage(title: desk.w(kind.name), places: places, place: typed["at-place"] ?? desk.home?.id ?? "", form: form)
    }

    private func report(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let kind = try kind(desk)
        var typed = visit.form.answers
        let allowed = places(desk, kind)
        guard let place = allowed.first(where: { $0.id == visit.form["at-place"] }) ?? (kind.isCompanyWide ? desk.home ?? allowed.first : allowed.count == 1 ? allowed.first : nil)
        else { throw Refusal.invalid(field: "at-place", Text("请选在哪里。", "Please choose where.")) }
        let (fields, me) = (typed.filter { pair in kind.fields.contains { $0.id == pair.key } }, desk.viewer.person.id)
        typed["at-place"] = place.id
        do {
            let opened = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act -> Int in
                act.act.answer = Site.today.link()
                return try Reporting(act).report(kind.id, fields: fields, at: place.id, by: me, at: visit.now)
            }
            return desk.done(Site.today.link(), kind.isCompanyWide ? desk.w("report.spreading") : desk.w("report.saved", n: opened))
        } catch let problems as FormProblems {
            return try await desk.page(page(desk, kind, typed: typed, problems: problems.fields), status: 422)
        }
    }
}

struct ReportsPage: Page {
    struct Line: Sendable {
        var title: String
        var link: String
        var note: String
    }
    var title: String
    var lines: [Line]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>\(lines.isEmpty ? "<p class=\"empty\">\(w("report.none"))</p>" as HTML : nil)
        <div class="tiles wide">\(lines, { "<a class=\"tile\" href=\"\($0.link)\"><b>\($0.title)</b><small>\($0.note)</small></a>" })</div>
        """
    }

    static func samples(_ w: Words) -> [ReportsPage] { [ReportsPage(title: w("nav.report"), lines: [Line(title: "天气变坏", link: "#", note: "")])] }
}

struct ReportPage: Page {
    var title: String
    var places: [FormView.Option]
    var place: String
    var form: FormView

    func body(_ w: Words) -> HTML {
        var form = form
        if places.count > 1 {
            form.hidden = form.hidden + """
                <div class="field"><label for="at-place">\(w("report.where"))</label><select id="at-place" name="at-place">\(places, { "<option value=\"\($0.id)\" \(when: $0.id == place, "selected")>\($0.name)</option>" })</select></div>
                """
        }
        return """
            <p class="sub"><a href="\(Site.reports.link())">‹ \(w("nav.report"))</a></p><h1>\(title)</h1>\(form.html(w))
            """
    }

    static func samples(_ w: Words) -> [ReportPage] {
        [ReportPage(title: "天气变坏", places: [], place: "", form: FormView(action: "#", hidden: "", inputs: [], people: [], signer: nil, problem: "", button: w("report.send"), isRound: false))]
    }
}
