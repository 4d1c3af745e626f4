import Regulation
import Store
import WorkCalendar

/// Finds what a hall itself ticked on the day of a patrol (docs/rules/scores.md).
struct Comparing {
    let act: HallAct

    /// Points with the hall's own answers beside them, where there are any; what was found before stays.
    func compared(_ points: [PatrolPoint], at place: Place) throws -> [PatrolPoint] {
        guard let day = points.first?.day, points.contains(where: { $0.own == nil }) else { return points }
        let (answers, records) = try own(place, on: day)
        guard !answers.isEmpty else { return points }
        let pack = try pack(of: points[0])
        return points.map { point in
            guard point.own == nil else { return point }
            let title = pack?.form(point.form)?.field(point.point)?.title.zh ?? ""
            guard
                let (answer, match) = Difference.match(
                    form: point.form, point: point.point, clause: point.clause, zone: point.zone.zh, title: title, at: point.at, in: answers),
                let (record, role) = records[answer.record]
            else { return point }
            var next = point
            next.own = PatrolPoint.Own(
                matched: match, answer: answer.answer, record: record.id, photos: record.answers[answer.point + ".photo"]?.string ?? "",
                note: record.answers[answer.point + ".note"]?.string ?? "", by: record.by, role: role, at: record.at)
            return next
        }
    }

    private func pack(of point: PatrolPoint) throws -> Pack? {
        guard let hash = try act.act.one("select pack from patrol where place = \(point.place) and id = \(point.patrol)")?.text("pack") else { return nil }
        return try act.hall.packs.pack(hash, act.act).pack
    }

    /// Answers of records of that day whose duties were the hall's own; a correction stands for what it corrects.
    private func own(_ place: Place, on day: Day) throws -> ([OwnAnswer], [Record.ID: (record: Record, role: String)]) {
        let zone = Zone(place.zone) ?? act.hall.zone
        let (start, end) = (zone.instant(day, minute: 0), zone.instant(day.adding(days: 1), minute: 0))
        let id = place.id
        let rows = try act.act.rows(
            """
            select record.*, duty.role as role from record join duty on duty.place = record.place and duty.id = record.duty
            where record.place = \(id) and record.at >= \(start) and record.at < \(end) and duty.seat = record.place
            and duty.rule not like 'voluntary:%' order by record.id
            """)
        let all = try rows.map { (record: try Record(row: $0), role: try $0.text("role")) }
        let corrected = Set(all.map(\.record.corrects))
        var answers: [OwnAnswer] = []
        var records: [Record.ID: (record: Record, role: String)] = [:]
        for (record, role) in all where !corrected.contains(record.id) {
            guard let form = try act.hall.packs.pack(record.pack, act.act).pack.form(record.form), form.isRound else { continue }
            records[record.id] = (record, role)
            for field in form.fields {
                guard var answer = record.answers[field.id]?.string.flatMap(field.scored) else { continue }
                // Put right on the spot: the hall says that it was in order when it went on.
                if record.answers[field.id + ".fixed"]?.string == "yes" { answer = .ok }
                answers.append(
                    OwnAnswer(
                        form: form.id, point: field.id, clause: field.clause ?? "", zone: field.zone?.name.zh ?? "", title: field.title.zh,
                        answer: answer, at: record.at, record: record.id))
            }
        }
        return (answers, records)
    }

    /// The day being over, what the hall ticked after the inspector had gone is looked at once, and for good.
    static func settle(_ hall: Hallkeeper, at now: Instant) async throws {
        let today = hall.zone.day(of: now)
        let open = try await hall.store.read { tx in
            try tx.rows("select * from patrol where compared is null and ended is not null and day < \(today) order by day, id limit 200").map(Patrol.init(row:))
        }
        for patrol in open {
            try await hall.act(by: .clock, at: now) { act in
                let (place, id) = (patrol.place, patrol.id)
                guard let row = try act.act.one("select * from patrol where place = \(place) and id = \(id) and compared is null") else { return }
                var next = try Patrol(row: row)
                next.compared = act.now
                let over = act.hall.zone.instant(next.day.adding(days: 1), minute: 0)
                try act.enter(Event(kind: "patrol.compared", about: "patrol:\(id)", at: over), at: place)
                try act.act.keep(next)
                let points = try act.act.rows("select * from patrol_point where place = \(place) and patrol = \(id) order by number").map(PatrolPoint.init(row:))
                let compared = try Comparing(act: act).compared(points, at: act.place(place))
                for (old, new) in zip(points, compared) where old.own != new.own { try act.act.keep(new) }
            }
        }
    }
}
