import Regulation
import Store
import WorkCalendar

/// Begins and finishes patrols. While one runs, it stands in the company's chain and nobody at the hall sees it.
struct Patrolling {
    let act: HallAct

    /// What is to be walked.
    enum Choice: Sendable {
        case round(String)
        case draw(count: Int, seed: String)
    }
    static let mostPoints = 60

    /// Only from above: whoever belongs to the hall, or holds a role there today, does not inspect it.
    func mayPatrol(_ place: Place, _ person: Person.ID) throws {
        let day = act.hall.zone.day(of: act.now)
        guard let viewer = try ViewerFinder(tx: act.act, hall: act.hall).viewer(person, on: day), viewer.may("patrol") else {
            throw Refusal.notAllowed(Text("抽查由上级检查人员做。", "Patrols are walked by inspectors from above."))
        }
        if viewer.person.place == place.id || viewer.roles.contains(where: { $0.place == place.id }) {
            throw Refusal.notAllowed(
                Text("你在这个营业厅有岗位，不能抽查自己的厅，请换一位检查人员。", "You hold a role at this hall; another inspector has to walk it."))
        }
        guard place.kind == "hall", place.ended == nil else { throw Refusal.notFound }
    }

    func begin(at id: Place.ID, _ choice: Choice, by person: Person.ID) throws -> Patrol {
        let place = try act.place(id)
        try mayPatrol(place, person)
        let day = (Zone(place.zone) ?? act.hall.zone).day(of: act.now)
        guard var inForce = try act.hall.packs.inForce(on: day, act.act) else { throw Refusal.notFound }
        var plan = PatrolPlan(pack: inForce.pack, facts: try FactFinder(tx: act.act, hall: act.hall).facts(of: place), day: day)
        var patrol = Patrol(
            place: id, id: act.act.id().description, form: "", pack: inForce.hash, points: [], seed: "", inspector: person, day: day, began: act.now)
        switch choice {
        case .round(let name):
            // A round owed under an earlier version is walked by that one, so that it ends the duty.
            if let owed = try owed(name, at: id, by: person) {
                inForce = try act.hall.packs.pack(owed.pack, act.act)
                plan = PatrolPlan(pack: inForce.pack, facts: plan.facts, day: day)
                (patrol.pack, patrol.duty) = (inForce.hash, owed.id)
            }
            guard let form = plan.rounds.first(where: { $0.id == name }) else {
                throw Refusal.invalid(field: "form", Text("这个厅没有这项巡检，请另选。", "This hall has no such round; please choose another."))
            }
            patrol.form = name
            patrol.points = plan.fields(of: form).map { "\(name)/\($0.id)" }
        case .draw(let count, let seed):
            guard let number = UInt64(seed), seed.utf8.count <= 19 else {
                throw Refusal.invalid(field: "seed", Text("种子写数字。", "Write the seed as a number."))
            }
            guard (1...Self.mostPoints).contains(count) else {
                throw Refusal.invalid(field: "count", Text("点数在 1 到 \(Self.mostPoints) 之间。", "Between 1 and \(Self.mostPoints) points."))
            }
            patrol.seed = String(number)
            patrol.points = Draw.points(count, of: plan.points, seed: number)
        }
        let company = try act.company().id
        try act.act.enter(
            chain: company, place: id, kind: "patrol.began", about: "patrol:\(patrol.id)", effective: act.now,
            event: .object(["form": .string(patrol.form), "seed": .string(patrol.seed)]))
        try act.act.keep(patrol)
        return patrol
    }

    /// The open duty this round would end: owed here by somebody who sits elsewhere, and by this person.
    func owed(_ form: String, at place: Place.ID, by person: Person.ID) throws -> Duty? {
        guard !form.isEmpty else { return nil }
        let rows = try act.act.rows(
            "select * from duty where place = \(place) and form = \(form) and state = 'open' and seat <> place and opens <= \(act.now) order by due, id")
        let day = act.hall.zone.day(of: act.now)
        return try rows.map(Duty.init(row:)).first { duty in
            let inForce = try act.hall.packs.pack(duty.pack, act.act)
            guard let rule = inForce.pack.rule(duty.rule), Patrol.isOwed(duty, inForce.pack) else { return false }
            return (try? Filling(act: act).mayDo(duty, rule, inForce.pack, person, on: day)) != nil
        }
    }

    /// Answers as they came, by the ids of `PatrolPlan.form`. Record, score, findings and their duties, and the hall's own
    /// ticks beside it, in one act.
    func finish(_ id: Patrol.ID, at place: Place.ID, answers: [String: String], by person: Person.ID) throws -> Patrol {
        guard let row = try act.act.one("select * from patrol where place = \(place) and id = \(id)") else { throw Refusal.notFound }
        let patrol = try Patrol(row: row)
        guard patrol.inspector == person else { throw Refusal.notFound }
        guard patrol.ended == nil else { throw Refusal.conflict(Text("这次抽查已经提交过了。", "This patrol has been handed in already.")) }
        let hall = try act.place(place)
        try mayPatrol(hall, person)
        let inForce = try act.hall.packs.pack(patrol.pack, act.act)
        let duty = patrol.duty.isEmpty ? nil : try Optional(act.duty(patrol.duty, at: place)).flatMap { $0.isOpen ? $0 : nil }
        let form = PatrolPlan.form(of: patrol, in: inForce.pack, isOwed: duty != nil)
        var record: Record
        var found: [(form: Regulation.Form, wanting: Wanting)] = []
        if let duty {
            record = try Filling(act: act).fill(duty.id, at: place, Filled(answers: answers), by: person)
        } else {
            let facts = try FactFinder(tx: act.act, hall: act.hall).facts(of: hall)
            let checked = Answers.check(form, answers: answers, role: nil, place: facts, on: patrol.day, seasons: inForce.pack.company.seasons)
            guard checked.problems.isEmpty else { throw FormProblems(fields: checked.problems.map { ($0.field, $0.sentence) }) }
            record = Record(
                place: place, id: act.act.id().description, duty: "", form: patrol.form, pack: patrol.pack, answers: .null, by: person, at: act.now,
                receivedAt: act.now, corrects: "", note: "")
            try act.enter(Event(kind: "patrol.recorded", about: "patrol:\(id)", at: act.now), at: place)
            record.answers = try act.answers(checked, at: place)
            try act.act.keep(record)
            found = checked.wanting.compactMap { wanting in
                let name = patrol.form.isEmpty ? wanting.point : "\(patrol.form)/\(wanting.point)"
                guard let (round, field) = PatrolPlan.field(name, in: inForce.pack) else { return nil }
                var own = wanting
                own.point = field.id
                return (round, own)
            }
        }
        let points = try points(of: patrol, record, inForce.pack)
        let scores = inForce.pack.company.scores
        let score = scores.score(points.map(\.scored))
        let change = try patrol.finished(
            score, grade: score.hundredths.map(scores.grade) ?? "", record: record.id, duty: duty?.id ?? "", at: act.now)
        try act.enter(change.event, at: place)
        try act.act.keep(change.value)
        for point in try Comparing(act: act).compared(points, at: hall) { try act.act.keep(point) }
        for (round, wanting) in found {
            try FindingActs(act: act).record(wanting, record.id, form: round.id, at: place, by: person, at: act.now)
        }
        for point in points where duty == nil && point.answer == .ok {
            try FindingActs(act: act).seenInOrder(point.point, form: point.form, at: place, by: person, at: act.now)
        }
        return change.value
    }

    /// A patrol as a phone hands it in: finished, with the phone's own times at each point and what is known of its photos.
    func receive(_ sent: HandedIn, of id: Patrol.ID, at place: Place.ID, by person: Person.ID) throws {
        let patrol = try finish(id, at: place, answers: sent.typed, by: person)
        let (envelope, about) = (sent.envelope, "patrol:\(id)")
        try act.enter(Event(kind: "round.handed-in", about: about, at: act.now, fields: ["device": envelope.device]), at: place)
        var answers: [String: Walk.Answer] = [:]
        for point in envelope.points {
            var hashes: [String] = []
            for picture in point.pictures {
                guard let hash = sent.photos[picture.sha], !hashes.contains(hash) else { continue }
                hashes.append(hash)
                try act.act.keep(
                    TakenPhoto(
                        place: place, hash: hash, duty: about, point: point.id, by: person, taken: picture.taken, isLive: picture.isLive, isDrawn: picture.isDrawn,
                        at: act.now))
            }
            answers[point.id] = Walk.Answer(value: point.value, photos: hashes.joined(separator: ","), isFixed: point.isFixed, at: point.at)
        }
        try act.act.keep(
            Walk(
                place: place, duty: about, person: person, device: envelope.device, form: patrol.form, pack: patrol.pack, answers: answers, began: envelope.began,
                ended: envelope.ended, ticket: patrol.began, sent: envelope.sent, received: act.now, state: .done, record: patrol.record, missing: ""))
    }

    /// The points as they were seen; what was left out because another answer hid it is none.
    private func points(of patrol: Patrol, _ record: Record, _ pack: Pack) throws -> [PatrolPoint] {
        var points: [PatrolPoint] = []
        for name in patrol.points {
            guard let (form, field) = PatrolPlan.field(name, in: pack) else { continue }
            let key = patrol.form.isEmpty ? name : field.id
            guard let answer = record.answers[key]?.string.flatMap(field.scored) else { continue }
            let clause = field.clause ?? ""
            var point = PatrolPoint(
                place: patrol.place, patrol: patrol.id, number: points.count + 1, form: form.id, point: field.id, clause: clause,
                part: pack.company.scores.group(of: clause)?.id ?? "", zone: field.zone?.name ?? Text("", ""), weight: field.weight, isVeto: field.isVeto,
                answer: answer, got: 0, possible: 0, photos: record.answers[key + ".photo"]?.string ?? "",
                note: record.answers[key + ".note"]?.string ?? "", day: patrol.day, at: patrol.began)
            (point.got, point.possible) = pack.company.scores.share(point.scored)
            points.append(point)
        }
        return points
    }
}
