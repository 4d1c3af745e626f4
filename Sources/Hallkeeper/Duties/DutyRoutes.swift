import Regulation
import Store
import WorkCalendar

/// One duty: its story, doing it, handing it on, waiving it, correcting its record.
struct DutyRoutes: Sendable {
    let hall: Hallkeeper
    private static let photoLimit = 40 << 20

    var entries: [Entry] {
        [
            Entry("GET", Site.duty, .signedIn, show),
            Entry("POST", Site.duty, .signedIn, bodyLimit: Self.photoLimit, fill),
            Entry("POST", Site.dutyHandover, .signedIn, handOver),
            Entry("POST", Site.dutyWaiver, .may("waive"), waive),
            Entry("GET", Site.correction, .signedIn, showCorrection),
            Entry("POST", Site.correction, .signedIn, bodyLimit: Self.photoLimit, correct),
        ]
    }

    /// A duty through whoever asks: theirs to do, at a place they work at, or one a permission reaches; else not there.
    func find(_ desk: Desk) async throws -> DutyLister.Found {
        let (place, id, day, me) = (desk.visit[0], desk.visit[1], desk.today, desk.viewer.person.id)
        let found = try await hall.store.read { [hall] tx -> DutyLister.Found? in
            guard let row = try tx.one("select * from duty where place = \(place) and id = \(id) and \(sql: DutyLister.notAbout(me, tx))") else { return nil }
            return try DutyLister.found(try Duty(row: row), hall, tx, day)
        }
        guard let found else { throw Refusal.notFound }
        let own = desk.viewer.roles.map(\.place) + [desk.viewer.person.place]
        let mine = own.contains(found.duty.place) || own.contains(found.duty.seat)
        let reached = ["all-halls", "coverage", "evening-sheet"].contains { desk.viewer.may($0, at: place, in: desk.tree) }
        guard mine || reached || found.owing.people.contains(desk.viewer.person.id) else { throw Refusal.notFound }
        return found
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let found = try await find(desk)
        // What is owed about a case is done in the case.
        let parts = found.duty.subject.split(separator: ":", maxSplits: 1).map(String.init)
        if found.duty.isOpen, parts.count == 2, ["complaint", "misconduct"].contains(parts[0]) {
            let (id, sight) = (parts[1], ComplaintSight(desk.viewer, desk.tree))
            if try await hall.store.read({ [hall] tx in try ComplaintReader(tx: tx, hall: hall).find(id, sight) }) != nil { return .redirect(Site.complaint.link(id)) }
        }
        return try await desk.page(try await DutyView(desk: desk, found: found).page(typed: nil, problems: []))
    }

    /// Photos first: shrunk and durable before the row that names them.
    private func keepPhotos(_ visit: Visit) async throws -> [String: String] {
        var answers = PhotoPass.admitted(visit.form.answers)
        for file in visit.form.files {
            let hash = try await hall.blobs.keep(try await hall.darkroom.shrink(file.bytes), media: "image/jpeg", at: visit.now)
            answers[file.field] = [answers[file.field] ?? "", hash].filter { !$0.isEmpty }.joined(separator: ",")
        }
        return answers
    }

    private func fill(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let found = try await find(desk)
        var answers = PhotoPass.admitted(visit.form.answers)
        do {
            answers = try await keepPhotos(visit)
            if visit.form["all"] == "ok", let form = try await hall.store.read({ tx in try PlaceForms(tx: tx).asked(by: found.duty, in: found.pack.pack) }), form.isAllWell {
                for field in form.fields where field.kind == .point && (answers[field.id] ?? "").isEmpty { answers[field.id] = "ok" }
            }
            var signers: [Person.ID] = []
            if let needed = found.rule?.signedBy {
                // PINs are asked of whoever works there: of others they could be tried out here.
                let (seats, day) = ([found.duty.place, found.duty.seat], desk.today)
                let colleagues = Set(try await hall.store.read { tx in try Roster(tx: tx).colleagues(at: seats, on: day).map(\.id) })
                for number in 1...needed.count {
                    let person = visit.form["signer\(number)"]
                    guard !person.isEmpty else { continue }
                    guard colleagues.contains(person), try await Sessions(hall: hall).isPIN(visit.form["pin\(number)"], of: person, at: visit.now) else {
                        throw FormProblems(fields: [("signers", Text("第 \(number) 个 PIN 不对。", "PIN \(number) is not right."))])
                    }
                    signers.append(person)
                }
            }
            let filled = Filled(answers: answers, at: try claimed(visit), signers: signers)
            let (place, id, person, link) = (visit[0], visit[1], desk.viewer.person.id, Site.today.link())
            let ticket = try await Ticket(hall: hall).read(visit.form["ticket"], for: id, of: person, at: visit.now)
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                let record = try Filling(act: act).fill(id, at: place, filled, by: person)
                if let ticket { try Walking(act: act).walkedOnPage(record, began: ticket) }
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(place)") }
            }
            return desk.done(link, desk.w("duty.saved", ["title": found.rule.map { desk.w($0.title) } ?? ""]))
        } catch let problems as FormProblems {
            return try await desk.page(try await DutyView(desk: desk, found: found).page(typed: answers, problems: problems.fields), status: 422)
        } catch let refusal as Refusal {
            let page = try await DutyView(desk: desk, found: found).page(typed: answers, problems: [("", refusal.sentence)])
            return try await desk.page(page, status: refusal.status)
        }
    }

    /// When it was done, where the form asks (late proof): local time of the hall, as browsers write it.
    private func claimed(_ visit: Visit) throws -> Instant? {
        let text = visit.form["done-at"]
        guard !text.isEmpty else { return nil }
        let parts = text.split(separator: "T").map(String.init)
        let clock = (parts.last ?? "").split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, let day = Day(parts[0]), clock.count >= 2, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]) else {
            throw FormProblems(fields: [("done-at", Text("请写做完的日期和时间。", "Say the day and time it was done."))])
        }
        return hall.zone.instant(day, minute: clock[0] * 60 + clock[1])
    }

    private func handOver(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        _ = try await find(desk)
        let (place, id, to, me) = (visit[0], visit[1], visit.form["person"], desk.viewer.person.id)
        let may = desk.viewer.may("hand-over", at: place, in: desk.tree)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.duty.link(place, id)
            try DutyActs(act: act).hand(id, at: place, to: to, by: me, mayHandOver: may)
        }
        return desk.done(Site.duty.link(place, id), desk.w("duty.handed"))
    }

    private func waive(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, reason, me) = (visit[1], visit.form["reason"], desk.viewer.person.id)
        let place = try desk.place(visit[0], "waive").id
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.duty.link(place, id)
            try DutyActs(act: act).waive(id, at: place, reason: reason, by: me)
        }
        return desk.done(Site.duty.link(place, id), desk.w("duty.waived"))
    }

    private func record(_ desk: Desk) async throws -> (Record, DutyLister.Found) {
        let (place, id, day) = (desk.visit[0], desk.visit[1], desk.today)
        let pair = try await hall.store.read { [hall] tx -> (Record, DutyLister.Found)? in
            guard let row = try tx.one("select * from record where place = \(place) and id = \(id)") else { return nil }
            let record = try Record(row: row)
            guard let duty = try tx.one("select * from duty where place = \(place) and id = \(record.duty)") else { return nil }
            return (record, try DutyLister.found(try Duty(row: duty), hall, tx, day))
        }
        guard let (record, found) = pair, record.by == desk.viewer.person.id || desk.viewer.may("correct", at: place, in: desk.tree) else {
            throw Refusal.notFound
        }
        return (record, found)
    }

    private func showCorrection(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (record, found) = try await record(desk)
        return try await desk.page(try await DutyView(desk: desk, found: found).correction(of: record, typed: nil, problems: []))
    }

    private func correct(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (record, found) = try await record(desk)
        let answers = try await keepPhotos(visit)
        let (place, why, me) = (record.place, visit.form["why"], desk.viewer.person.id)
        let may = desk.viewer.may("correct", at: place, in: desk.tree)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.duty.link(place, record.duty)
                _ = try Correcting(act: act).correct(record.id, at: place, answers: answers, why: why, by: me, mayCorrect: may)
            }
            return desk.done(Site.duty.link(place, record.duty), desk.w("duty.corrected"))
        } catch let problems as FormProblems {
            return try await desk.page(
                try await DutyView(desk: desk, found: found).correction(of: record, typed: answers, problems: problems.fields), status: 422)
        }
    }
}
