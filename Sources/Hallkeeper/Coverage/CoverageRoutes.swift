import Regulation
import Store
import WorkCalendar

/// Clause × place bound, over a period: required, done, late, missed, found wanting, rectified; each cell opens its records.
struct CoverageRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.coverage, .may("coverage"), map), Entry("GET", Site.coverageCell, .may("coverage"), cell), Entry("GET", Site.coverageList, .may("coverage"), list)] }

    struct Count: Sendable {
        var required = 0, done = 0, late = 0, missed = 0, open = 0, wanting = 0, rectified = 0

        mutating func add(_ state: Duty.State, _ number: Int) {
            if state != .notRequired && state != .waived { required += number }
            switch state {
            case .done: done += number
            case .late: late += number
            case .missed: missed += number
            case .open: open += number
            case .waived, .notRequired: break
            }
        }
    }

    private func period(_ desk: Desk) -> (Day, Day) {
        let query = desk.visit.request.query
        let to = query["to"].flatMap { Day($0) } ?? desk.today
        return (query["from"].flatMap { Day($0) } ?? to.adding(days: 1 - to.day), to)
    }

    /// One grouped statement over duties, one over findings; clauses come from the pack in memory.
    private func counts(_ desk: Desk, _ places: [Place.ID], _ from: Day, _ to: Day) async throws -> (cells: [Place.ID: [String: Count]], total: Count) {
        let pack = desk.pack.pack
        let (start, end) = (hall.zone.instant(from, minute: 0), hall.zone.instant(to, minute: 1440))
        // What halls owe is about themselves; departments also owe what is about others.
        let seats = places.filter { desk.tree[$0]?.kind != "hall" }
        let (duties, findings) = try await hall.store.read { tx in
            (
                try tx.rows(
                    """
                    select place, seat, rule, case when subject like 'role:%' then subject else '' end as part, state, count(*) as n from duty
                    where (place in \(list: places) or seat in \(list: seats)) and day >= \(from) and day <= \(to)
                    and rule not like 'voluntary:%' group by place, seat, rule, part, state
                    """),
                try tx.rows(
                    """
                    select place, clause, state, count(*) as n from finding
                    where place in \(list: places) and at >= \(start) and at < \(end) group by place, clause, state
                    """)
            )
        }
        var counts: [Place.ID: [String: Count]] = [:]
        // The total counts each duty once, though it may serve several clauses.
        var total = Count()
        for row in duties {
            guard let rule = pack.rule(try row.text("rule")), let state = Duty.State(rawValue: try row.text("state")) else { continue }
            total.add(state, Int(try row.int("n")))
            let (about, seat, number) = (try row.text("place"), try row.text("seat"), Int(try row.int("n")))
            for clause in pack.clauses(of: rule, subject: try row.text("part")) {
                let place = Self.column(about: about, seat: seat, pack.clause(clause), desk.tree)
                guard places.contains(place) else { continue }
                var count = counts[place]?[clause] ?? Count()
                count.add(state, number)
                counts[place, default: [:]][clause] = count
            }
        }
        for row in findings {
            let (place, clause, number) = (try row.text("place"), try row.text("clause"), Int(try row.int("n")))
            let isRectified = try row.text("state") != "open"
            counts[place, default: [:]][clause, default: Count()].wanting += number
            total.wanting += number
            if isRectified {
                counts[place, default: [:]][clause, default: Count()].rectified += number
                total.rectified += number
            }
        }
        return (counts, total)
    }

    /// Under which place a duty counts for a clause: the department or unit that owes it where the clause binds that one,
    /// else the place it is about.
    private static func column(about: Place.ID, seat: Place.ID, _ clause: Clause?, _ tree: PlaceTree) -> Place.ID {
        guard seat != about, let owing = tree[seat], let clause else { return about }
        return clause.binds.contains { $0 == owing.boundKind || $0 == owing.kind } ? seat : about
    }

    private func map(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, pack) = (desk.w, desk.pack.pack)
        let (from, to) = period(desk)
        let reach = desk.viewer.places("coverage", in: desk.tree)
        let places = desk.tree.places.filter { reach.contains($0.id) && $0.ended == nil }
        let (counts, total) = try await counts(desk, places.map(\.id), from, to)
        let bound = places.filter { $0.kind == "hall" || counts[$0.id] != nil }
        let shown = bound.filter { $0.kind == "hall" } + bound.filter { $0.kind != "hall" }
        let query = "?from=\(from)&to=\(to)"
        let rows = pack.clauses.map { clause -> CoveragePage.Row in
            CoveragePage.Row(
                id: w.clause(clause.id), title: w(clause.title), link: Site.clause.link(clause.id),
                cells: shown.map { place in
                    let isBound = clause.binds.contains { $0 == place.boundKind || $0 == place.kind }
                    guard let count = counts[place.id]?[clause.id] else {
                        return CoveragePage.Cell(style: "", figure: isBound ? "–" : "", word: clause.isDefinition ? w("coverage.definition") : isBound ? w("coverage.nothing") : "", link: "")
                    }
                    return cell(count, Site.coverageCell.link(place.id, clause.id) + query, w)
                })
        }
        let ended = max(1, total.done + total.late + total.missed)
        return try await desk.page(
            CoveragePage(
                title: w("nav.coverage"), sub: desk.times.day(from) + " – " + desk.times.day(to) + " · " + w("coverage.sub", ["clauses": "\(pack.clauses.count)", "places": "\(shown.count)"]),
                tiles: [
                    ("on-time", w("coverage.on-time"), "\(total.done * 1000 / ended / 10).\(total.done * 1000 / ended % 10) %"), ("required", w("coverage.required"), "\(total.required)"),
                    ("late", w("state.late"), "\(total.late)"), ("missed", w("state.missed"), "\(total.missed)"), ("wanting", w("coverage.wanting"), "\(total.wanting)"),
                    ("rectified", w("coverage.rectified"), "\(total.rectified)"),
                ].map { CoveragePage.Tile(name: $0.1, figure: $0.2, link: Site.coverageList.link($0.0) + query) }, places: shown.map { w($0.name) }, rows: rows))
    }

    private func cell(_ count: Count, _ link: String, _ w: Words) -> CoveragePage.Cell {
        let ended = count.done + count.late + count.missed
        var words: [String] = []
        if count.missed > 0 { words.append(w("coverage.n-missed", n: count.missed)) }
        if count.late > 0 { words.append(w("coverage.n-late", n: count.late)) }
        if count.wanting > 0 { words.append(w("coverage.n-wanting", n: count.wanting)) }
        let style = count.missed > 0 ? "g-miss" : count.late > 0 || count.wanting > count.rectified ? "g-late" : ended > 0 ? "g-ok" : ""
        // Few are shown as they are: 1 of 2, not 50 %.
        let figure = ended == 0 ? w("coverage.n-open", n: count.open) : ended < 5 ? "\(count.done)/\(ended)" : "\(count.done * 100 / ended)"
        return CoveragePage.Cell(style: style, figure: figure, word: words.prefix(2).joined(separator: " "), link: link)
    }

    private func cell(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "coverage")
        let clause = visit[1]
        let (from, to) = period(desk)
        let pack = desk.pack.pack
        let rules = pack.rules.filter { pack.clauses(of: $0).contains(clause) }.map(\.id)
        guard pack.clause(clause) != nil else { throw Refusal.notFound }
        let (id, day) = (place.id, desk.today)
        let (start, end) = (hall.zone.instant(from, minute: 0), hall.zone.instant(to, minute: 1440))
        let found = try await hall.store.read { [hall] tx in
            let rows = try tx.rows(
                """
                select * from duty where (place = \(id) or seat = \(id)) and day >= \(from) and day <= \(to) and rule in \(list: rules)
                order by day desc, due desc limit 500
                """
            )
            return try DutyLister.found(try rows.map(Duty.init(row:)), hall, tx, day)
        }.filter {
            $0.pack.pack.clauses(of: $0.rule ?? .withdrawn($0.duty.rule), subject: $0.duty.subject).contains(clause)
                && Self.column(about: $0.duty.place, seat: $0.duty.seat, pack.clause(clause), desk.tree) == id
        }
        let (findings, names) = try await hall.store.read { [hall] tx in
            (
                try tx.rows("select * from finding where place = \(id) and clause = \(clause) and at >= \(start) and at < \(end) order by at desc limit 200").map(Finding.init(row:)),
                try PointNames(at: [id], desk.pack, hall, tx)
            )
        }
        let lister = DutyLister(desk: desk)
        return try await desk.page(
            CellPage(
                title: desk.w.clause(clause) + " " + (pack.clause(clause).map { desk.w($0.title) } ?? ""), sub: desk.w(place.name) + " · " + desk.times.day(from) + " – " + desk.times.day(to),
                lines: found.map { lister.line($0, go: false) },
                findings: findings.map { FindingRoutes.line($0, names, desk) }))
    }
}

extension CoverageRoutes {
    /// States behind each number of the page's head.
    private static let states: [String: [Duty.State]] = [
        "on-time": [.done], "required": [.open, .done, .late, .missed], "late": [.late], "missed": [.missed],
    ]
    private static let mostRows = 500

    /// The rows behind a number of the head: the newest first, over every place the permission reaches.
    fileprivate func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, what, day) = (desk.w, visit[0], desk.today)
        let (from, to) = period(desk)
        let places = desk.viewer.places("coverage", in: desk.tree).sorted()
        let seats = places.filter { desk.tree[$0]?.kind != "hall" }
        let sub = desk.times.day(from) + " – " + desk.times.day(to)
        if ["wanting", "rectified"].contains(what) {
            let (start, end) = (hall.zone.instant(from, minute: 0), hall.zone.instant(to, minute: 1440))
            let (seen, names) = try await hall.store.read { [hall] tx in
                (
                    try tx.rows(
                        "select * from finding where place in \(list: places) and at >= \(start) and at < \(end) order by at desc limit \(Self.mostRows + 1)"
                    ).map(Finding.init(row:)),
                    try PointNames(at: places, desk.pack, hall, tx)
                )
            }
            let found = seen.filter { what == "wanting" || $0.state != .open }
            return try await desk.page(CellPage(title: w("coverage." + what), sub: sub, lines: [], findings: found.map { FindingRoutes.line($0, names, desk) }))
        }
        guard let states = Self.states[what]?.map(\.rawValue) else { throw Refusal.notFound }
        let (found, number) = try await hall.store.read { [hall] tx in
            let rows = try tx.rows(
                """
                select * from duty where (place in \(list: places) or seat in \(list: seats)) and day >= \(from) and day <= \(to)
                and rule not like 'voluntary:%' and state in \(list: states) order by day desc, due desc limit \(Self.mostRows)
                """)
            let count = try tx.one(
                """
                select count(*) as n from duty where (place in \(list: places) or seat in \(list: seats)) and day >= \(from) and day <= \(to)
                and rule not like 'voluntary:%' and state in \(list: states)
                """)
            return (try DutyLister.found(try rows.map(Duty.init(row:)), hall, tx, day), try count?.int("n") ?? 0)
        }
        let lister = DutyLister(desk: desk)
        let title = what == "required" || what == "on-time" ? w("coverage." + what) : w("state." + what)
        var page = CellPage(title: title, sub: sub, lines: found.map { lister.line($0, go: false) }, findings: [])
        page.count = Int(number)
        return try await desk.page(page)
    }
}

struct CoveragePage: Page {
    struct Cell: Sendable {
        var style: String
        var figure: String
        var word: String
        var link: String
    }
    struct Row: Sendable {
        var id: String
        var title: String
        var link: String
        var cells: [Cell]
    }
    var title: String
    var sub: String
    struct Tile: Sendable {
        var name: String
        var figure: String
        var link: String
    }
    var tiles: [Tile]
    var places: [String]
    var rows: [Row]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(sub)</p>
        <div class="tiles">\(tiles, { "<a class=\"tile\" href=\"\($0.link)\"><small>\($0.name)</small><b>\($0.figure)</b></a>" })</div>
        <div class="scroll" tabindex="0"><table class="grid"><thead><tr><th>\(w("fact.clause"))</th>\(places, { "<th scope=\"col\">\($0)</th>" })</tr></thead><tbody>\(rows, row)</tbody></table></div>
        <p class="note">\(w("coverage.note"))</p>
        """
    }

    private func row(_ row: Row) -> HTML {
        """
        <tr><th scope="row"><a class="chip" href="\(row.link)">\(row.id)</a> \(row.title)</th>\(row.cells, cell)</tr>
        """
    }

    private func cell(_ cell: Cell) -> HTML {
        cell.link.isEmpty
            ? "<td class=\"none\">\(cell.figure)<small>\(cell.word)</small></td>"
            : "<td class=\"\(cell.style)\"><a href=\"\(cell.link)\">\(cell.figure)<small>\(cell.word)</small></a></td>"
    }

    static func samples(_ w: Words) -> [CoveragePage] {
        [
            CoveragePage(
                title: w("nav.coverage"), sub: "11月", tiles: [Tile(name: w("coverage.on-time"), figure: "96.8 %", link: "#")], places: ["城南"],
                rows: [Row(id: "1.3-7", title: "卫生间", link: "#", cells: [Cell(style: "g-miss", figure: "72", word: w("coverage.n-missed", n: 7), link: "#")])])
        ]
    }
}

/// The rows behind one number.
struct CellPage: Page {
    var title: String
    var sub: String
    var lines: [DutyLine]
    var findings: [DutyLine]
    /// How many there are, where not all are shown.
    var count: Int?

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.coverage.link())">‹ \(w("nav.coverage"))</a></p><h1>\(title)</h1><p class="sub">\(sub)</p>
        \(findings.isEmpty ? nil : "<section><h2>\(w("coverage.wanting"))<span class=\"right\">\(findings.count)</span></h2><ol class=\"lines\">\(findings, DutyLine.row)</ol></section>" as HTML)
        <section><h2>\(w("coverage.duties"))<span class="right">\(count ?? lines.count)</span></h2>\((count ?? 0) > lines.count ? "<p class=\"note\">\(w("coverage.newest", ["count": String(lines.count)]))</p>" as HTML : nil)<ol class="lines">\(lines, DutyLine.row)</ol></section>
        \(lines.isEmpty ? "<p class=\"empty\">\(w("coverage.empty"))</p>" as HTML : nil)
        """
    }

    static func samples(_ w: Words) -> [CellPage] { [CellPage(title: "1.3-7", sub: "城南", lines: [], findings: [])] }
}
