import Regulation
import Store
import WorkCalendar

/// Takes in what a phone sends of a round: kept bit by bit, handed in once, closed by the end of the shift
/// (docs/rules/rounds.md).
struct Walking {
    let act: HallAct

    /// What became of what was sent.
    enum Outcome: Sendable, Equatable {
        /// Kept; the round goes on.
        case kept
        /// The duty is done.
        case done
        /// Somebody else had done it: kept beside theirs.
        case beside
        /// The duty had lapsed before: kept, the duty stays missed.
        case late
        /// Kept, but not handed in: these points need another look.
        case problems([FieldProblem])
    }

    /// Refuses whose round it is not. `photos`: the phone's hash of a photo → the hash under which it is kept.
    func receive(
        _ envelope: Envelope, photos: [String: String], ticket: Instant?, of id: Duty.ID, at place: Place.ID, by person: Person.ID
    ) throws -> (outcome: Outcome, ignored: [String]) {
        let duty = try act.duty(id, at: place)
        let inForce = try act.hall.packs.pack(duty.pack, act.act)
        guard let rule = inForce.pack.rule(duty.rule), let form = try PlaceForms(tx: act.act).asked(by: duty, in: inForce.pack), form.isRound else {
            throw Refusal.tooLate(Text("这条规则已取消，不用再做。", "This rule was withdrawn; nothing is owed."))
        }
        let facts = try FactFinder(tx: act.act, hall: act.hall).facts(of: act.place(place))
        let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
        let fields = form.fields(for: role, traits: facts.traits, on: duty.day, seasons: inForce.pack.company.seasons)
        let asked = Set(fields.map(\.id))
        let earlier = try walks(duty).filter { $0.person == person }
        // Whoever has begun it goes on, though the roster changed meanwhile.
        if earlier.isEmpty { try Filling(act: act).mayDo(duty, rule, inForce.pack, person, on: duty.day) }

        // What a phone answers after it has handed its round in is a round of its own beside it; what is only sent again is not.
        let own = earlier.filter { $0.device == envelope.device || $0.device.hasPrefix(envelope.device + "/") }
        func holdsAll(_ walk: Walk) -> Bool {
            envelope.points.allSatisfy { point in !asked.contains(point.id) || walk.answers[point.id].map { $0.at >= point.at } ?? false }
        }
        var walk =
            own.first(where: holdsAll) ?? own.first { $0.state == .open || $0.state == .incomplete }
            ?? Walk(
                place: place, duty: id, person: person, device: own.isEmpty ? envelope.device : "\(envelope.device)/\(own.count + 1)", form: form.id, pack: duty.pack, answers: [:], began: envelope.began,
                ended: nil, ticket: ticket, sent: envelope.sent, received: act.now, state: .open, record: "", missing: "")
        let ignored = envelope.points.map(\.id).filter { !asked.contains($0) }
        // Sent again after it was handed in: nothing changes, the answer is the same.
        guard walk.state == .open || walk.state == .incomplete else { return (outcome(of: walk), ignored) }
        try act.enter(
            Event(kind: "round.answered", about: "duty:\(id)", at: act.now, fields: ["device": envelope.device, "points": String(envelope.points.count)]), at: place)
        try take(envelope, photos, asked, &walk)
        let merged = Walk.merged(earlier.filter { $0.device != walk.device } + [walk])
        var outcome = Outcome.kept
        if envelope.isDone {
            outcome = try handIn(&walk, merged, duty, form, role, facts, inForce)
        }
        try act.act.keep(walk)
        if !envelope.isDone { try raiseDanger(merged, duty, form, fields, by: person) }
        return (outcome, ignored)
    }

    private func outcome(of walk: Walk) -> Outcome {
        switch walk.state {
        case .open, .incomplete: .kept
        case .done: .done
        case .beside: .beside
        case .late: .late
        }
    }

    /// A round filled in on the page itself: begun when the page was handed out, ended now; no times at the points.
    func walkedOnPage(_ record: Record, began: Instant) throws {
        guard case .object(let members) = record.answers else { return }
        let answers = members.filter { !$0.key.contains(".") }.compactMapValues { value in
            value.string.map { Walk.Answer(value: $0, at: act.now) }
        }
        try act.enter(Event(kind: "round.handed-in", about: "duty:\(record.duty)", at: record.at), at: record.place)
        try act.act.keep(
            Walk(
                place: record.place, duty: record.duty, person: record.by, device: "form", form: record.form, pack: record.pack, answers: answers,
                began: began, ended: act.now, ticket: began, sent: act.now, received: act.now, state: .done, record: record.id, missing: ""))
    }

    /// Every walk of a duty.
    func walks(_ duty: Duty) throws -> [Walk] {
        try act.act.rows("select * from walk where place = \(duty.place) and duty = \(duty.id) order by person, device").map(Walk.init(row:))
    }

    private func take(_ envelope: Envelope, _ photos: [String: String], _ asked: Set<String>, _ walk: inout Walk) throws {
        (walk.sent, walk.received) = (envelope.sent, act.now)
        walk.began = min(walk.began, envelope.began)
        if let ended = envelope.ended { walk.ended = ended }
        for point in envelope.points where asked.contains(point.id) {
            if let known = walk.answers[point.id], known.at >= point.at { continue }
            var note = ""
            if !point.note.isEmpty { note = try act.act.personal(point.note, place: walk.place).description }
            var hashes: [String] = []
            for picture in point.pictures {
                guard let hash = photos[picture.sha], !hashes.contains(hash) else { continue }
                hashes.append(hash)
                try act.act.keep(
                    TakenPhoto(
                        place: walk.place, hash: hash, duty: walk.duty, point: point.id, by: walk.person, taken: picture.taken, isLive: picture.isLive,
                        isDrawn: picture.isDrawn, at: act.now))
            }
            let value = point.value == "wanting" && Field.severities.contains(point.severity) ? point.severity : point.value
            walk.answers[point.id] = Walk.Answer(value: value, note: note, photos: hashes.joined(separator: ","), isFixed: point.isFixed, at: point.at)
        }
    }

    /// Answers as a form has them.
    private func typed(_ answers: [String: Walk.Answer]) throws -> [String: String] {
        var typed: [String: String] = [:]
        for (point, answer) in answers {
            typed[point] = answer.value
            if !answer.note.isEmpty { typed[point + ".note"] = try act.act.one("select text from personal where id = \(answer.note)")?.text("text") ?? "" }
            if !answer.photos.isEmpty { typed[point + ".photo"] = answer.photos }
            if answer.isFixed { typed[point + ".fixed"] = "yes" }
        }
        return typed
    }

    private func handIn(
        _ walk: inout Walk, _ merged: [String: Walk.Answer], _ duty: Duty, _ form: Form, _ role: String?, _ facts: PlaceFacts, _ inForce: PackInForce
    ) throws -> Outcome {
        let typed = try typed(merged)
        let checked = Answers.check(form, answers: typed, role: role, place: facts, on: duty.day, seasons: inForce.pack.company.seasons)
        guard checked.problems.isEmpty else { return .problems(checked.problems) }
        let claimed = claimed(walk, duty)
        walk.missing = ""
        switch duty.state {
        case .open: break
        case .missed where duty.lapses.map({ claimed <= $0 }) ?? false: break
        case .missed:
            walk.state = .late
            try raise(merged, duty, form, by: walk.person)
            return .late
        case .done, .late, .waived, .notRequired:
            walk.state = .beside
            try raise(merged, duty, form, by: walk.person)
            return .beside
        }
        let raised = try raisedPoints(duty, walk.form, by: walk.person)
        let record = try Filling(act: act).fill(duty.id, at: duty.place, Filled(answers: typed, at: claimed, raised: raised), by: walk.person)
        walk.state = .done
        walk.record = record.id
        // The filling began entries of its own; this one holds the walk.
        try act.enter(Event(kind: "round.handed-in", about: "duty:\(duty.id)", at: claimed), at: duty.place)
        return .done
    }

    /// When it was done in our time: as long before its arrival as it ended before its sending, not before the page was
    /// handed out or the duty opened, not after now.
    private func claimed(_ walk: Walk, _ duty: Duty) -> Instant {
        let ended = walk.ours(walk.ended ?? walk.sent)
        return min(max(ended, walk.ticket ?? duty.opens, duty.opens), act.now)
    }

    // MARK: findings before the end

    /// Points of this duty whose finding has been recorded already.
    private func raisedPoints(_ duty: Duty, _ form: String, by person: Person.ID) throws -> Set<String> {
        Set(
            try act.act.rows("select point from finding where place = \(duty.place) and form = \(form) and record = \("walk:" + duty.id) and by_person = \(person)")
                .map { try $0.text("point") })
    }

    /// Danger does not wait until the round is handed in.
    private func raiseDanger(_ merged: [String: Walk.Answer], _ duty: Duty, _ form: Form, _ fields: [Field], by person: Person.ID) throws {
        try raise(merged.filter { $0.value.value == "danger" }, duty, form, by: person)
    }

    /// Findings of a walk that ended no duty: what was seen is not lost.
    private func raise(_ merged: [String: Walk.Answer], _ duty: Duty, _ form: Form, by person: Person.ID) throws {
        let raised = try raisedPoints(duty, form.id, by: person)
        let typed = try typed(merged)
        for (point, answer) in merged.sorted(by: { $0.key < $1.key }) where Field.severities.contains(answer.value) && !raised.contains(point) {
            guard let field = form.field(point) else { continue }
            let wanting = Wanting(
                point: point, clause: field.clause ?? "", severity: answer.value, note: typed[point + ".note"] ?? "", photos: answer.photos,
                isFixed: answer.isFixed)
            try FindingActs(act: act).record(wanting, "walk:\(duty.id)", form: form.id, about: duty.thing, at: duty.place, by: person, at: act.now)
        }
    }

    /// The shift is over: rounds begun and not handed in close as incomplete, the points nobody looked at are named, what
    /// was found wanting becomes a finding.
    func close(_ duty: Duty, _ pack: Pack, at moment: Instant) throws {
        let begun = try walks(duty).filter { $0.state == .open }
        guard !begun.isEmpty, let form = try PlaceForms(tx: act.act).asked(by: duty, in: pack) else { return }
        let facts = try FactFinder(tx: act.act, hall: act.hall).facts(of: act.place(duty.place))
        let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst("role:".count)) : nil
        let asked = form.fields(for: role, traits: facts.traits, on: duty.day, seasons: pack.company.seasons).map(\.id)
        let seen = Set(begun.flatMap(\.answers.keys))
        let missing = asked.filter { !seen.contains($0) }
        try act.enter(
            Event(
                kind: "round.closed-incomplete", about: "duty:\(duty.id)", at: moment,
                fields: ["answered": String(asked.count - missing.count), "asked": String(asked.count), "missing": missing.joined(separator: ",")]),
            at: duty.place)
        for var walk in begun {
            walk.state = .incomplete
            walk.missing = missing.joined(separator: ",")
            try act.act.keep(walk)
        }
        for (person, walks) in Dictionary(grouping: begun, by: \.person).sorted(by: { $0.key < $1.key }) {
            try raise(Walk.merged(walks), duty, form, by: person)
        }
    }
}
