import Regulation
import Store
import WorkCalendar

/// Scores by hall and month, with their trend; by round, clause group and zone; each opens its patrols.
struct ScoreRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.scores, .signedIn, map), Entry("GET", Site.scoresOfHall, .signedIn, one)] }

    typealias Cell = ScoreShelf.Cell
    static let months = 13

    /// By round: the mean of its patrols. By group and zone: got ÷ possible of all their points.
    private func parts(_ sums: ScoreShelf.Sums, _ desk: Desk) -> (rounds: [ScoresPage.Part], groups: [ScoresPage.Part], zones: [ScoresPage.Part]) {
        let (w, pack) = (desk.w, desk.pack.pack)
        let rounds = sums.rounds.sorted { $0.key < $1.key }.map { form, cell in
            let name = form.isEmpty ? w("patrol.draw") : pack.form(form).map { w($0.title) } ?? form
            return ScoresPage.Part(name: name, figure: ScoreFigure.text(cell.mean), note: w("score.n-patrols", n: cell.count))
        }
        func part(_ sum: ScoreShelf.Sum, _ name: String) -> ScoresPage.Part {
            ScoresPage.Part(
                name: name, figure: ScoreFigure.text(sum.possible > 0 ? Score.divide(10_000 * sum.got, sum.possible) : nil), note: w("patrol.n-points", n: sum.n))
        }
        let groups = sums.groups.map { id, sum -> (Int, String, ScoresPage.Part) in
            let index = pack.company.scores.groups.firstIndex { $0.id == id }
            return (index ?? .max, id, part(sum, index.map { w(pack.company.scores.groups[$0].name) } ?? (id.isEmpty ? w("score.all") : id)))
        }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        let zones = sums.zones.sorted { ($0.key.zh, $0.key.en) < ($1.key.zh, $1.key.en) }.map { zone, sum in part(sum, zone.zh.isEmpty ? w("score.no-zone") : w(zone)) }
        return (rounds, groups, zones)
    }

    private func map(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let reach = try PatrolReach(desk)
        return try await page(desk, reach, try reach.halls(), title: desk.w("score.title"), isWhole: true)
    }

    private func one(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let reach = try PatrolReach(desk)
        let place = try reach.hall(visit[0])
        return try await page(desk, reach, [place], title: desk.w(place.name), isWhole: false)
    }

    private func page(_ desk: Desk, _ reach: PatrolReach, _ halls: [Place], title: String, isWhole: Bool) async throws -> Reply {
        let month = reach.month
        let sheet = ScoreShelf.Sheet(
            halls: halls.map(\.id), from: month.adding(1 - Self.months), to: month, isWhole: isWhole, language: desk.w.language, tree: desk.tree, pack: desk.pack)
        let now = desk.visit.now
        let page = try await hall.store.read { [shelf = hall.scores] tx in
            try shelf.page(sheet, at: now, tx) { DrawnPage(self.page($0, desk, month, halls, title: title, isWhole: isWhole), desk.w) }
        }
        return try await desk.page(page)
    }

    private func page(_ gathered: ScoreShelf.Gathered, _ desk: Desk, _ month: Month, _ halls: [Place], title: String, isWhole: Bool) -> ScoresPage {
        let (w, scores, cells) = (desk.w, desk.pack.pack.company.scores, gathered.cells)
        let months = (1 - Self.months...0).map { month.adding($0) }
        let all = months.map { month in cells.values.reduce(Cell()) { $0 + ($1[month.text] ?? Cell()) } }
        let parts = parts(gathered.whole, desk)
        func shown(_ cell: Cell?, _ place: Place.ID?, _ month: Month) -> ScoresPage.Cell {
            guard let cell, let mean = cell.mean else { return ScoresPage.Cell(figure: "–", note: "", style: "", link: "") }
            var notes = [scores.grade(mean), w("score.n-patrols", n: cell.count)]
            if cell.vetoed > 0 { notes.append(w("patrol.n-vetoes", n: cell.vetoed)) }
            return ScoresPage.Cell(
                figure: ScoreFigure.text(mean), note: notes.joined(separator: " · "), style: ScoreFigure.style(mean, scores),
                link: "\(Site.patrols.link())?\(place.map { "place=\($0)&" } ?? "")month=\(month.text)")
        }
        // The newest month first: on a phone it is the one that is seen.
        let shownMonths = Array(months.enumerated().filter { all[$0.offset].count > 0 || $0.offset == months.count - 1 }.reversed())
        return ScoresPage(
            title: title, isWhole: isWhole, sub: months[0].name(w) + " – " + month.name(w), months: shownMonths.map { $0.element.name(w) },
            rows: halls.filter { $0.ended == nil || cells[$0.id] != nil }.map { place in
                ScoresPage.Row(
                    name: w(place.name), link: Site.scoresOfHall.link(place.id),
                    cells: shownMonths.map { shown(cells[place.id]?[$0.element.text], place.id, $0.element) })
            },
            trend: zip(months, all).map { month, cell in
                ScoresPage.Trend(month: month.name(w), value: cell.mean, cell: shown(cell, isWhole ? nil : halls.first?.id, month))
            },
            lines: scores.grades.map { (name: $0.name, from: $0.from) }, rounds: parts.rounds, groups: parts.groups, zones: parts.zones,
            formula: [
                w("score.share", ["minor": "\(scores.minor)"]), w(scores.groups.isEmpty ? "score.formula-plain" : "score.formula-groups"),
                w("score.formula-veto", ["cap": "\(scores.vetoCap)"]),
                w("score.formula-grades", ["grades": scores.grades.map { "\($0.name) ≥ \($0.from)" }.joined(separator: ", "), "below": scores.below]),
                w("score.formula-month"),
            ],
            weights: scores.groups.map { (w($0.name), $0.weight) })
    }
}
