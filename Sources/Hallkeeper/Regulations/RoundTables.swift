import Regulation
import Store
import WorkCalendar

/// Rounds as tables: points in and out, what was answered out.
extension RoundRoutes {
    func table(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let made = try await made(desk)
        return Self.csv(CSVText.write(RoundTable.write(made.form)), name: made.form.id)
    }

    private static func csv(_ text: String, name: String) -> Reply {
        var reply = Reply.file(Array(text.utf8), media: "text/csv; charset=utf-8")
        reply.set("content-disposition", "attachment; filename=\"\(name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }).csv\"")
        reply.set("cache-control", "no-store")
        return reply
    }

    func take(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let made = try await made(desk)
        let file = visit.form.files.first.map { String(decoding: $0.bytes, as: UTF8.self) }
        let (csv, isWhole) = (file ?? visit.form["csv"], visit.form["what"] == "whole")
        do {
            let points = try RoundTable.read(csv, over: made.form, in: made.newest.pack)
            let (id, me, link) = (visit[0], desk.viewer.person.id, Site.round.link(visit[0]))
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                try RoundMaking(act: act).change(id, by: me) { form, _ in
                    if isWhole {
                        form.fields = points
                        return
                    }
                    for point in points {
                        if let index = form.fields.firstIndex(where: { $0.id == point.id }) { form.fields[index] = point } else { form.fields.append(point) }
                    }
                }
            }
            return desk.done(link, desk.w("rounds.imported", n: points.count))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, problems: problems.fields.map { ("csv", $0.sentence) }, csv: csv), status: 422)
        }
    }

    /// What was answered, a line an answer: by the point's id and the version of the rulebook it was asked under. Only the
    /// first record of a duty that no later one corrects counts twice nowhere: corrections say what they correct.
    func answers(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit[0]
        let from = visit.request.query["from"].flatMap { Day($0) } ?? desk.today.adding(days: -30)
        let to = visit.request.query["to"].flatMap { Day($0) } ?? desk.today
        guard from <= to, to.number - from.number <= 366 else { throw Refusal.invalid(field: "from", Text("选一年以内的日期。", "Choose days within a year.")) }
        let places = desk.viewer.places("coverage", in: desk.tree).sorted()
        let (start, end) = (hall.zone.instant(from, minute: 0), hall.zone.instant(to.adding(days: 1), minute: 0))
        let (rows, editions) = try await hall.store.read { tx -> ([Record], [String: String]) in
            let rows = try tx.rows(
                "select * from record where form = \(form) and place in \(list: places) and at >= \(start) and at < \(end) order by place, at, id limit \(Self.mostRecords + 1)"
            ).map(Record.init(row:))
            let editions = try tx.rows("select hash, pack, edition from pack_version").map { (try $0.text("hash"), try $0.text("pack") + " " + $0.text("edition")) }
            return (rows, Dictionary(editions, uniquingKeysWith: { first, _ in first }))
        }
        guard rows.count <= Self.mostRecords else {
            throw Refusal.invalid(field: "from", Text("超过 \(Self.mostRecords) 份记录，请选短一些的时间。", "More than \(Self.mostRecords) records; choose fewer days."))
        }
        let corrected = Set(rows.map(\.corrects).filter { !$0.isEmpty })
        var table = [["place", "record", "duty", "form", "version", "pack", "at", "point", "answer", "photos", "corrected"]]
        for record in rows {
            guard let answers = record.answers.object else { continue }
            let place = desk.tree[record.place].map { $0.code } ?? record.place
            for (point, value) in answers.sorted(by: { $0.key < $1.key }) where !point.contains(".") {
                guard let text = value.string, !text.hasPrefix("personal:") else { continue }
                table.append([
                    place, record.id, record.duty, form, editions[record.pack] ?? "", String(record.pack.prefix(12)), hall.zone.text(record.at), point, text,
                    answers[point + ".photo"]?.string ?? "", corrected.contains(record.id) ? "yes" : "",
                ])
            }
        }
        return Self.csv(CSVText.write(table), name: "\(form)-\(from)-\(to)")
    }
    private static let mostRecords = 20_000
}
