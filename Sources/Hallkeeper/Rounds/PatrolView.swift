import Regulation
import Store
import WorkCalendar

/// Turns a finished patrol into its page: the score with its formula, groups, zones, vetoes, and every point with the
/// hall's own tick beside it.
struct PatrolView: Sendable {
    let desk: Desk
    let patrol: Patrol
    private var w: Words { desk.w }

    func result() async throws -> PatrolResultPage {
        let (place, id, hash) = (patrol.place, patrol.id, patrol.pack)
        let until = patrol.ended ?? patrol.began
        let (pack, points, all) = try await desk.hall.store.read { [hall = desk.hall] tx in
            (
                try hall.packs.pack(hash, tx).pack,
                try tx.rows("select * from patrol_point where place = \(place) and patrol = \(id) order by number").map(PatrolPoint.init(row:)),
                // What was open at the point already was joined, not found anew.
                try tx.rows(
                    """
                    select * from finding where place = \(place) and at <= \(until) and exists (select 1 from patrol_point p where p.place = finding.place
                    and p.patrol = \(id) and p.form = finding.form and p.point = finding.point and p.answer in ('minor', 'serious', 'danger')) order by at, id
                    """
                ).map(Finding.init(row:))
            )
        }
        let roles = try await PatrolReach(desk).roles(of: [patrol.inspector])
        let latest = Dictionary(all.map { ("\($0.form)/\($0.point)", $0) }, uniquingKeysWith: { _, last in last })
        let findings = points.compactMap { $0.answer.isWanting ? latest["\($0.form)/\($0.point)"] : nil }
        let scores = pack.company.scores
        let score = scores.score(points.map(\.scored))
        func title(_ form: String, _ point: String) -> String { pack.form(form)?.field(point).map { w($0.title) } ?? point }
        let counts = ScoredPoint.Answer.allCases.compactMap { answer in score.counts[answer].map { (w("point.short-" + answer.rawValue), $0) } }
        let what = patrol.form.isEmpty
            ? w("patrol.drawn", ["count": "\(patrol.points.count)", "seed": patrol.seed]) : pack.form(patrol.form).map { w($0.title) } ?? patrol.form
        return PatrolResultPage(
            title: desk.tree[place].map { w($0.name) } ?? "", what: what, when: desk.times.moment(patrol.began) + " – " + (patrol.ended.map(desk.times.clock) ?? ""),
            who: roles[patrol.inspector] ?? "", score: ScoreFigure.text(patrol.score), grade: patrol.grade,
            style: ScoreFigure.style(patrol.score, scores), formula: Self.formula(score, scores, w),
            vetoes: points.filter { $0.isVeto && $0.answer.isWanting }.map { title($0.form, $0.point) }, counts: counts,
            groups: score.groups.map { Self.part($0, w($0.name)) }, zones: score.zones.map { Self.part($0, w($0.name)) },
            points: points.map { point in
                PatrolResultPage.Point(
                    clause: point.clause, title: title(point.form, point.point), weight: point.weight, isVeto: point.isVeto,
                    seen: w("point.short-" + point.answer.rawValue), style: point.answer.isWanting ? "late" : point.answer == .ok ? "done" : "",
                    own: point.own.map { w("point.short-" + $0.answer.rawValue) + " · " + desk.times.clock($0.at) } ?? "",
                    verdict: point.verdict.map { w("difference." + $0.rawValue) } ?? "", isGlossed: point.verdict == .glossed)
            },
            findings: findings.map { finding in
                (title(finding.form, finding.point), w("finding." + finding.state.rawValue), Site.finding.link(place, finding.id))
            },
            duty: patrol.duty.isEmpty ? "" : Site.duty.link(place, patrol.duty),
            differences: "\(Site.differenceRows.link())?place=\(place)&patrol=\(patrol.id)")
    }

    private static func part(_ part: Score.Part, _ name: String) -> PatrolResultPage.Part {
        PatrolResultPage.Part(
            name: name, weight: part.weight, got: hundredths(part.got), possible: hundredths(part.possible), score: ScoreFigure.text(part.hundredths))
    }

    /// `5`, `4.5`: points got, without a tail of noughts.
    private static func hundredths(_ value: Int) -> String {
        value % 100 == 0 ? "\(value / 100)" : value % 10 == 0 ? "\(value / 100).\(value % 100 / 10)" : ScoreFigure.text(value)
    }

    /// `(83.33 × 15 + 100.00 × 10) ÷ 25 = 90.00`, and what the veto made of it.
    static func formula(_ score: Score, _ scores: Scores, _ w: Words) -> [String] {
        guard let uncapped = score.uncapped else { return [w("score.none")] }
        var lines: [String] = []
        if score.groups.count == 1, let only = score.groups.first {
            lines.append("100 × \(hundredths(only.got)) ÷ \(hundredths(only.possible)) = \(ScoreFigure.text(uncapped))")
        } else {
            let weight = score.groups.reduce(0) { $0 + $1.weight }
            let sum = score.groups.map { "\(ScoreFigure.text($0.hundredths)) × \($0.weight)" }.joined(separator: " + ")
            lines.append("(\(sum)) ÷ \(weight) = \(ScoreFigure.text(uncapped))")
        }
        if !score.vetoes.isEmpty {
            lines.append(w("score.capped", ["cap": "\(scores.vetoCap)", "score": ScoreFigure.text(score.hundredths)]))
        }
        return lines
    }
}
