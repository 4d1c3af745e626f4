import Regulation
import Store
import WorkCalendar

/// The versions of the rulebook, and what each changes against the one before it.
struct PackRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.packs, .may("pack"), packs), Entry("GET", Site.packPreview, .may("pack"), preview)] }

    private func packs(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, today) = (desk.w, desk.today)
        let (versions, spreading, calendar) = try await hall.store.read { [hall] tx in
            (
                try tx.rows(
                    """
                    select f.from_day, f.hash, v.pack, v.edition from pack_force f
                    join pack_version v on v.hash = f.hash and v.place = f.place order by f.from_day desc limit 50
                    """
                ).map { (from: try $0.day("from_day"), hash: try $0.text("hash"), name: try $0.text("pack") + " " + $0.text("edition")) },
                try tx.rows("select kind, done, total, state from fanout order by id desc limit 10").map {
                    (kind: try $0.text("kind"), done: try $0.int("done"), total: try $0.int("total"), state: try $0.text("state"))
                },
                try hall.calendars.calendar(tx)
            )
        }
        let current = versions.first { $0.from <= today }?.from
        return try await desk.page(
            PacksPage(
                title: w("nav.packs"),
                versions: versions.map { version in
                    PacksPage.Version(
                        from: desk.times.day(version.from), name: version.name, hash: String(version.hash.prefix(12)),
                        state: w(version.from > today ? "packs.coming" : version.from == current ? "packs.in-force" : "packs.past"),
                        link: Site.packPreview.link("\(version.from)"))
                },
                spreading: spreading.map { [w("packs.kind." + $0.kind), "\($0.done) / \($0.total)", w("packs.state." + $0.state)] },
                years: [today.year, today.year + 1].map { [String($0), w(calendar.isAnnounced(year: $0) ? "calendar.announced" : "calendar.provisional")] }))
    }

    /// What the version of that day changes, in which places; the places are those there are now.
    private func preview(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        guard let day = Day(visit[0]) else { throw Refusal.notFound }
        let (new, old, preview) = try await hall.store.read { [hall] tx in
            guard let hash = try tx.one("select hash from pack_force where from_day = \(day)")?.text("hash") else { throw Refusal.notFound }
            let new = try hall.packs.pack(hash, tx)
            let before = try tx.one("select hash from pack_force where from_day < \(day) order by from_day desc limit 1")?.text("hash")
            let old = try before.map { try hall.packs.pack($0, tx) }
            return (new, old, try PackPreview(from: old?.pack, to: new, on: day, hall: hall, tx))
        }
        let changes = old.map { PackDiff.diff($0.pack, new.pack).filter { $0.kind != .unchanged } } ?? []
        return try await desk.page(
            PackPreviewPage(
                title: new.pack.company.pack + " " + new.pack.company.edition,
                sub: w("packs.from", ["day": desk.times.day(day)]) + (old.map { " · " + w("packs.against", ["edition": $0.pack.company.edition]) } ?? ""),
                note: old == nil ? w("packs.first") : "", left: preview.left,
                groups: preview.groups.map { group in
                    PackPreviewPage.Group(
                        places: group.places.map { w($0.name) }, more: group.effect.more,
                        lines: group.effect.lines.map { line in
                            [w("packs.effect." + line.kind.rawValue), w(line.title), line.count > 0 ? w("packs.times", ["count": String(line.count)]) : "", w(line.detail)]
                        },
                        lacking: group.lacking.map { lack in
                            w("packs.lacking", ["role": new.pack.role(lack.role).map { w($0.name) } ?? lack.role, "places": lack.places.map { w($0.name) }.joined(separator: w("list.comma"))])
                        })
                },
                changes: changes.map { [w("packs.change." + $0.kind.rawValue), w("packs.noun." + $0.noun.rawValue), $0.id, w($0.detail)] }))
    }
}

struct PacksPage: Page {
    struct Version {
        var from: String
        var name: String
        var hash: String
        var state: String
        var link: String
    }
    var title: String
    var versions: [Version]
    var spreading: [[String]]
    var years: [[String]]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(w("packs.note"))</p>
        <section><h2>\(w("packs.versions"))</h2><div class="scroll" tabindex="0"><table class="list"><tbody>\(versions, { "<tr><td>\($0.from)</td><td>\($0.name)</td><td><span class=\"chip\">\($0.state)</span></td><td><a href=\"\($0.link)\">\(w("packs.what-changes"))</a></td><td class=\"sub\">\($0.hash)</td></tr>" })</tbody></table></div></section>
        \(PlainTable.section(w("packs.spreading"), spreading, w))\(PlainTable.section(w("packs.calendar"), years, w))
        """
    }

    static func samples(_ w: Words) -> [PacksPage] {
        [PacksPage(title: w("nav.packs"), versions: [Version(from: "2026-01-01", name: "guangan 2026.1", hash: "0a1b", state: w("packs.in-force"), link: "#")], spreading: [], years: [["2026", "✓"]])]
    }
}

struct PackPreviewPage: Page {
    struct Group {
        var places: [String]
        var more: Int
        var lines: [[String]]
        var lacking: [String]
    }
    var title: String
    var sub: String
    var note: String
    var left: Int
    var groups: [Group]
    var changes: [[String]]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(sub)</p>\(note.isEmpty ? nil : "<p class=\"note\">\(note)</p>" as HTML)
        <h2>\(w("packs.duties"))</h2><p class="note">\(w("packs.duties-note", ["days": String(PackPreview.days)]))</p>\(groups, { group($0, w) })\(groups.isEmpty ? "<p class=\"empty\">\(w("packs.nothing"))</p>" as HTML : nil)
        \(left > 0 ? "<p class=\"note\">\(w("packs.left", ["count": String(left)]))</p>" as HTML : nil)
        \(PlainTable.section(w("packs.text"), changes, w))
        """
    }

    private func group(_ group: Group, _ w: Words) -> HTML {
        let names = group.places.prefix(6).joined(separator: w("list.comma")) + (group.places.count > 6 ? " …" : "")
        let more = w(group.more < 0 ? "packs.fewer" : "packs.more", ["count": String(abs(group.more))])
        return """
            <section class="card"><h3>\(names) <span class="sub">\(group.places.count > 1 ? w("packs.places", ["count": String(group.places.count)]) : "") \(group.more == 0 ? "" : more)</span></h3>
            \(group.lacking, { "<p class=\"warning\">\($0)</p>" })\(group.lines.isEmpty ? nil : PlainTable.table(group.lines))</section>
            """
    }

    static func samples(_ w: Words) -> [PackPreviewPage] {
        let line = [w("packs.effect.appears"), "铺防滑垫", w("packs.times", ["count": "12"]), "07:30"]
        return [
            PackPreviewPage(
                title: "guangan 2026.2", sub: "2026-03-02", note: "", left: 0,
                groups: [Group(places: ["城南厅", "城北厅"], more: 12, lines: [line], lacking: [w("packs.lacking", ["role": "引导员", "places": "城北厅"])])],
                changes: [[w("packs.change.changed"), w("packs.noun.rule"), "mat", "due: 15 min → 10 min"]])
        ]
    }
}

/// A table of finished strings.
enum PlainTable {
    static func table(_ rows: [[String]]) -> HTML {
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"list\"><tbody>\(rows, { row in "<tr>\(row, { "<td>\($0)</td>" as HTML })</tr>" as HTML })</tbody></table></div>"
    }

    /// With its heading, and a word where there is nothing.
    static func section(_ title: String, _ rows: [[String]], _ w: Words) -> HTML {
        "<section><h2>\(title)</h2>\(table(rows))\(rows.isEmpty ? "<p class=\"empty\">\(w("table.empty"))</p>" as HTML : nil)</section>"
    }
}
