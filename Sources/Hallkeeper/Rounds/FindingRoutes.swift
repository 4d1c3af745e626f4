import Store
import WorkCalendar

/// A finding: what was wrong, putting it right, looking again.
struct FindingRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.findings, .signedIn, list), Entry("GET", Site.finding, .signedIn, show), Entry("GET", Site.notice, .signedIn, notice),
            Entry("POST", Site.closingOff, .signedIn, closeOff),
            Entry("POST", Site.rectification, .signedIn, bodyLimit: 40 << 20, rectify),
            Entry("POST", Site.recheck, .signedIn, recheck),
            Entry("GET", Site.photo, .signedIn, photo), Entry("GET", Site.smallPhoto, .signedIn, smallPhoto),
        ]
    }

    private func find(_ desk: Desk) async throws -> Finding {
        let (place, id) = (desk.visit[0], desk.visit[1])
        let own = desk.viewer.roles.map(\.place) + [desk.viewer.person.place]
        let isNear = own.contains(place) || desk.viewer.may("all-halls", at: place, in: desk.tree)
        let (found, isOwed) = try await hall.store.read { tx in
            (
                try tx.one("select * from finding where place = \(place) and id = \(id)").map(Finding.init(row:)),
                // Whoever has to put it right may see it: a contractor works for halls that are not theirs.
                try isNear || tx.one("select 1 as one from duty where place = \(place) and subject <> '' and subject = \("finding:" + id) and seat in \(list: own) limit 1") != nil
            )
        }
        guard let found, isOwed else { throw Refusal.notFound }
        return found
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try await find(desk), problem: ""))
    }

    private func page(_ desk: Desk, _ finding: Finding, problem: String, typed: String = "") async throws -> FindingPage {
        let (w, place, id) = (desk.w, finding.place, finding.id)
        let subject = "finding:" + id
        let (texts, names, owed, point, thing) = try await hall.store.read { [hall] tx in
            (
                try [finding.note, finding.rectifyNote, finding.recheckNote].map { id in
                    id.isEmpty ? "" : try tx.one("select text from personal where id = \(id)")?.text("text") ?? ""
                },
                try [finding.by, finding.rectifiedBy, finding.recheckedBy, finding.closedOffBy].map { person in
                    try Person.name(person, tx) ?? ""
                },
                try Duty.open(about: subject, at: place, tx).map { try DutyLister.found($0, hall, tx, desk.today) },
                try PointNames(at: [place], desk.pack, hall, tx).field(finding.point, of: finding.form, at: place),
                try Item.named([finding.subject], at: [place], tx)[finding.subject]
            )
        }
        let lister = DutyLister(desk: desk)
        func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
        var steps = [
            FindingPage.Step(name: w("finding.step-found"), what: desk.times.moment(finding.at) + " · " + (names[0].isEmpty ? w("who.clock") : names[0]), note: texts[0])
        ]
        if finding.times > 1 { steps.append(FindingPage.Step(name: w("finding.times", n: finding.times), what: desk.times.moment(finding.lastAt), note: "")) }
        if let at = finding.closedOffAt { steps.append(FindingPage.Step(name: w("finding.closed-off"), what: desk.times.moment(at) + " · " + names[3], note: "")) }
        if let at = finding.rectifiedAt { steps.append(FindingPage.Step(name: w("finding.step-rectified"), what: desk.times.moment(at) + " · " + names[1], note: texts[1])) }
        if let at = finding.recheckedAt {
            let word = w(finding.state == .rechecked ? "finding.step-rechecked" : "finding.step-reopened")
            steps.append(FindingPage.Step(name: word, what: desk.times.moment(at) + " · " + names[2], note: texts[2]))
        }
        return FindingPage(
            title: (point.map { w($0.title) } ?? finding.point) + (thing.map { w.aside(w($0.title(desk.pack.pack))) } ?? ""), thing: thing.map { Site.item.link(place, $0.id) } ?? "", clause: finding.clause, severity: finding.severity, state: finding.state.rawValue,
            good: point?.good.map { w($0) } ?? "", steps: steps, owed: owed.map { lister.title($0) + " · " + desk.times.by($0.duty.due) },
            relapse: finding.relapseOf.isEmpty ? "" : Site.finding.link(place, finding.relapseOf), before: list(finding.photos),
            after: list(finding.rectifyPhotos), placeName: desk.tree[place].map { w($0.name) } ?? "", place: place, id: id,
            number: Self.number(finding, desk), mayCloseOff: finding.severity == "danger" && finding.state != .rechecked && finding.closedOffAt == nil,
            isOwn: finding.rectifiedBy == desk.viewer.person.id, typed: typed, hidden: desk.hidden, problem: problem)
    }

    /// The number on the notice: the day and the end of its id, the same for ever.
    static func number(_ finding: Finding, _ desk: Desk) -> String {
        let day = desk.hall.zone.day(of: finding.at).description.filter { $0 != "-" }
        // Ids of one moment end alike; their hashes do not.
        return "ZG-\(day)-\(Hash.sha256(hex: finding.id).prefix(6).uppercased())"
    }

    /// Findings not closed, of every place one may see; danger first, then what has waited longest.
    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        let own = desk.viewer.roles.map(\.place) + [desk.viewer.person.place]
        let places = Array(desk.viewer.places("all-halls", in: desk.tree).union(own)).sorted()
        let state = ["open", "rectified"].contains(visit.request.query["state"] ?? "") ? visit.request.query["state"] ?? "" : ""
        let states = state.isEmpty ? ["open", "rectified"] : [state]
        let (found, names) = try await hall.store.read { [hall] tx in
            let found = try tx.rows(
                """
                select * from finding where place in \(list: places) and state in \(list: states)
                order by case severity when 'danger' then 0 when 'serious' then 1 else 2 end, at limit 300
                """
            ).map(Finding.init(row:))
            return (found, try PointNames(at: places, desk.pack, hall, tx, things: found.map(\.subject)))
        }
        let lines = found.map { Self.line($0, names, desk) }
        return try await desk.page(FindingsPage(title: w("nav.findings"), state: state, lines: lines))
    }

    /// A finding as one line of a list, wherever it is listed.
    static func line(_ finding: Finding, _ names: PointNames, _ desk: Desk) -> DutyLine {
        let w = desk.w
        let state = switch finding.state {
        case .open: finding.severity == "minor" ? "soon" : "late"
        case .rectified: "waiting"
        case .rechecked: "done"
        }
        return DutyLine(
            state: state, when: desk.times.moment(finding.at), note: w("finding." + finding.state.rawValue),
            title: (names.field(finding.point, of: finding.form, at: finding.place).map { w($0.title) } ?? finding.point) + (names.thing(finding.subject).map { w.aside(w($0)) } ?? ""),
            clauses: [finding.clause].filter { !$0.isEmpty },
            why: ([desk.tree[finding.place].map { w($0.name) } ?? "", w("point." + finding.severity)]
                + (finding.times > 1 ? [w("finding.times", n: finding.times)] : []) + (finding.relapseOf.isEmpty ? [] : [w("finding.relapse")])
                + (finding.closedOffAt == nil ? [] : [w("finding.closed-off")])).joined(separator: " · "),
            go: "", link: Site.finding.link(finding.place, finding.id))
    }

    /// 整改通知单 on A4.
    private func notice(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit).onPaper
        let finding = try await find(desk)
        let page = try await page(desk, finding, problem: "")
        let w = desk.w
        let day = desk.times.day(desk.today)
        return try await desk.page(
            NoticePage(
                title: w("notice.title"), company: w(desk.pack.pack.company.company), number: page.number, hall: page.placeName,
                clause: finding.clause + " " + (desk.pack.pack.clause(finding.clause).map { w($0.title) } ?? ""), point: page.title, good: page.good,
                severity: w("point." + finding.severity), steps: page.steps, due: page.owed.joined(separator: "；"), before: page.before, after: page.after, day: day))
    }

    private func closeOff(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let finding = try await find(desk)
        let me = desk.viewer.person.id
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.finding.link(finding.place, finding.id)
            try FindingActs(act: act).closeOff(finding.id, at: finding.place, by: me)
            act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(finding.place)") }
        }
        return desk.done(Site.finding.link(finding.place, finding.id), desk.w("finding.closed-off"))
    }

    private func rectify(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let finding = try await find(desk)
        var photos: [String] = []
        for file in visit.form.files { photos.append(try await hall.blobs.keep(try await hall.darkroom.shrink(file.bytes), media: "image/jpeg", at: visit.now)) }
        let (note, hashes, me) = (visit.form["note"], photos, desk.viewer.person.id)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.finding.link(finding.place, finding.id)
                try FindingActs(act: act).rectify(finding.id, at: finding.place, note: note, photos: hashes, by: me)
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(finding.place)") }
            }
            return desk.done(Site.finding.link(finding.place, finding.id), desk.w("finding.saved"))
        } catch let problems as FormProblems {
            let problem = problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")
            return try await desk.page(try await page(desk, finding, problem: problem, typed: note), status: 422)
        }
    }

    private func recheck(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let finding = try await find(desk)
        let (isRight, note, me) = (visit.form["right"] == "yes", visit.form["note"], desk.viewer.person.id)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.finding.link(finding.place, finding.id)
                try FindingActs(act: act).recheck(finding.id, at: finding.place, note: note, isRight: isRight, by: me)
            }
        } catch let problems as FormProblems {
            let problem = problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")
            return try await desk.page(try await page(desk, finding, problem: problem, typed: note), status: 422)
        }
        return desk.done(Site.finding.link(finding.place, finding.id), desk.w(isRight ? "finding.rechecked" : "finding.sent-back"))
    }

    private func smallPhoto(_ visit: Visit) async throws -> Reply {
        guard PhotoPass.isGood(visit.request.query["pass"] ?? "", for: visit[0]), let bytes = try await hall.blobs.small(visit[0], in: hall.darkroom, at: visit.now) else { throw Refusal.notFound }
        var reply = Reply.file(bytes, media: "image/jpeg")
        reply.set("cache-control", "private, max-age=31536000, immutable")
        return reply
    }

    private func photo(_ visit: Visit) async throws -> Reply {
        guard PhotoPass.isGood(visit.request.query["pass"] ?? "", for: visit[0]), let (media, bytes) = try await hall.blobs.find(visit[0]) else { throw Refusal.notFound }
        var reply = Reply.file(bytes, media: media)
        reply.set("cache-control", "private, max-age=31536000, immutable")
        return reply
    }
}
