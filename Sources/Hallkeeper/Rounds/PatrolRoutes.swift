import Regulation
import Store
import WorkCalendar

/// Patrols: the list, beginning one, walking it, what it came to.
struct PatrolRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.patrols, .signedIn, list),
            Entry("GET", Site.patrolNew, .may("patrol"), choose),
            Entry("POST", Site.patrolNew, .may("patrol"), begin),
            Entry("GET", Site.patrol, .signedIn, show),
            Entry("POST", Site.patrol, .may("patrol"), bodyLimit: 40 << 20, finish),
            Entry("POST", Site.patrolWalk, .may("patrol"), receive),
        ]
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let reach = try PatrolReach(desk)
        let (w, month, halls) = (desk.w, reach.month, try reach.asked())
        let (ids, first, last) = (halls.map(\.id), month.first, month.last)
        let mayWalk = desk.viewer.places("patrol", in: desk.tree)
        let (patrols, glossed) = try await hall.store.read { tx in
            (
                try tx.rows("select * from patrol where day >= \(first) and day <= \(last) and place in \(list: ids) order by began desc, id desc limit 500").map(Patrol.init(row:)),
                try tx.rows(
                    "select patrol, count(*) as n from patrol_point where day >= \(first) and day <= \(last) and place in \(list: ids) and verdict = 'glossed' group by patrol"
                ).map { (try $0.text("patrol"), Int(try $0.int("n"))) }
            )
        }
        let counts = Dictionary(glossed, uniquingKeysWith: { first, _ in first })
        let roles = try await reach.roles(of: Set(patrols.map(\.inspector)))
        func line(_ patrol: Patrol) -> DutyLine {
            var notes = [what(patrol, desk), roles[patrol.inspector] ?? ""]
            if patrol.vetoes > 0 { notes.append(w("patrol.n-vetoes", n: patrol.vetoes)) }
            if let n = counts[patrol.id] { notes.append(w("difference.n-glossed", n: n)) }
            let scores = desk.pack.pack.company.scores
            let style = ["g-ok": "done", "g-late": "soon", "g-miss": "late"][ScoreFigure.style(patrol.score, scores)] ?? "quiet"
            return DutyLine(
                state: patrol.ended == nil ? "now" : style, when: patrol.ended == nil ? "–" : ScoreFigure.text(patrol.score),
                note: patrol.ended == nil ? w("patrol.open") : patrol.grade, title: (desk.tree[patrol.place].map { w($0.name) } ?? "") + " · " + desk.times.moment(patrol.began),
                clauses: [], why: notes.filter { !$0.isEmpty }.joined(separator: " · "),
                go: patrol.ended == nil && patrol.inspector == desk.viewer.person.id ? w("patrol.go-on") : "", link: Site.patrol.link(patrol.place, patrol.id))
        }
        // What is not finished is seen by those who walk themselves, never by the hall.
        let open = patrols.filter { $0.ended == nil && mayWalk.contains($0.place) && !belongs(desk, $0.place) }
        return try await desk.page(
            PatrolsPage(
                title: w("nav.patrols"), month: month, path: Site.patrols.link() + "?" + (halls.count == 1 ? "place=\(ids[0])&" : ""),
                mayBegin: desk.viewer.may("patrol"), open: open.map(line), done: patrols.filter { $0.ended != nil }.map(line)))
    }

    private func belongs(_ desk: Desk, _ place: Place.ID) -> Bool {
        desk.viewer.person.place == place || desk.viewer.roles.contains { $0.place == place }
    }

    private func what(_ patrol: Patrol, _ desk: Desk) -> String {
        patrol.form.isEmpty
            ? desk.w("patrol.drawn", ["count": "\(patrol.points.count)", "seed": patrol.seed])
            : desk.pack.pack.form(patrol.form).map { desk.w($0.title) } ?? patrol.form
    }

    // MARK: beginning

    private func choose(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await choice(desk, place: visit.request.query["place"] ?? "", typed: visit.request.query.filter { ["what", "form"].contains($0.key) }, problem: ""))
    }

    private func choice(_ desk: Desk, place id: Place.ID, typed: [String: String], problem: String) async throws -> PatrolNewPage {
        let (w, pack) = (desk.w, desk.pack)
        let reach = desk.viewer.places("patrol", in: desk.tree)
        let halls = desk.tree.halls.filter { reach.contains($0.id) && !belongs(desk, $0.id) }
        var rounds: [FormView.Option] = []
        var points = 0
        if !id.isEmpty {
            guard let place = halls.first(where: { $0.id == id }) else { throw Refusal.notFound }
            let today = desk.today
            let plan = try await hall.store.read { [hall] tx in
                PatrolPlan(pack: pack.pack, facts: try FactFinder(tx: tx, hall: hall).facts(of: place), day: today)
            }
            rounds = plan.rounds.map { FormView.Option(id: $0.id, name: w($0.title) + " · " + w("patrol.n-points", n: plan.fields(of: $0).count)) }
            points = plan.points.count
        }
        let seed = typed["seed"] ?? String(hall.chance(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        return PatrolNewPage(
            title: w("patrol.new"), place: id, placeName: desk.tree[id].map { w($0.name) } ?? "",
            halls: halls.map { FormView.Option(id: $0.id, name: w($0.name)) }, rounds: rounds, points: points, what: typed["what"] ?? "draw",
            form: typed["form"] ?? "", count: typed["count"] ?? "\(min(12, max(1, points)))", seed: seed, hidden: desk.hidden, problem: problem)
    }

    private func begin(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, me, typed) = (visit.form["place"], desk.viewer.person.id, visit.form.answers)
        guard desk.tree[place] != nil, desk.viewer.may("patrol", at: place, in: desk.tree) else { throw Refusal.notFound }
        let choice: Patrolling.Choice = visit.form["what"] == "round"
            ? .round(visit.form["form"]) : .draw(count: Int(visit.form["count"]) ?? 0, seed: visit.form["seed"])
        do {
            let link = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                let patrol = try Patrolling(act: act).begin(at: place, choice, by: me)
                let link = Site.patrol.link(place, patrol.id)
                act.act.answer = link
                return link
            }
            return .redirect(link)
        } catch Refusal.invalid(_, let sentence) {
            return try await desk.page(try await self.choice(desk, place: place, typed: typed, problem: desk.w(sentence)), status: 422)
        }
    }

    // MARK: walking

    /// A patrol through whoever asks: running, those who walk patrols and do not belong to the hall; finished, all who reach it.
    private func find(_ desk: Desk) async throws -> Patrol {
        let (place, id) = (desk.visit[0], desk.visit[1])
        let found = try await hall.store.read { tx in
            try tx.one("select * from patrol where place = \(place) and id = \(id)").map(Patrol.init(row:))
        }
        guard let found else { throw Refusal.notFound }
        if found.ended == nil {
            guard desk.viewer.may("patrol", at: place, in: desk.tree), !belongs(desk, place) else { throw Refusal.notFound }
        } else {
            _ = try PatrolReach(desk).hall(place)
        }
        return found
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let patrol = try await find(desk)
        if patrol.ended == nil, patrol.inspector != desk.viewer.person.id {
            let who = try await PatrolReach(desk).roles(of: [patrol.inspector])[patrol.inspector] ?? ""
            return try await desk.page(
                PatrolPage(
                    title: desk.tree[patrol.place].map { desk.w($0.name) } ?? "", what: what(patrol, desk),
                    began: desk.times.moment(patrol.began) + " · " + who, ends: "", form: nil))
        }
        if patrol.ended == nil { return try await desk.page(try await walk(desk, patrol, typed: [:], problems: [])) }
        return try await desk.page(try await PatrolView(desk: desk, patrol: patrol).result())
    }

    private func walk(_ desk: Desk, _ patrol: Patrol, typed: [String: String], problems: [(field: String, sentence: Text)]) async throws -> PatrolPage {
        let w = desk.w
        let (place, duty, pack) = (patrol.place, patrol.duty, patrol.pack)
        let (inForce, isOwed) = try await hall.store.read { [hall] tx in
            (
                try hall.packs.pack(pack, tx),
                duty.isEmpty ? false : try tx.one("select 1 as one from duty where place = \(place) and id = \(duty) and state = 'open'") != nil
            )
        }
        let form = PatrolPlan.form(of: patrol, in: inForce.pack, isOwed: isOwed)
        let kept = try await hall.store.read { [hall] tx -> PlaceFacts in
            guard let row = try tx.one("select * from place where place = \(place)") else { throw Refusal.notFound }
            return try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row))
        }
        let fields = form.fields(for: nil, traits: kept.traits, on: patrol.day, seasons: inForce.pack.company.seasons)
        let inputs = fields.map { FieldInput(words: w).input($0, typed: typed, problems: problems) }
        let general = problems.first { $0.field.isEmpty }.map { w($0.sentence) } ?? (problems.isEmpty ? "" : w("form.left", n: problems.count))
        return PatrolPage(
            title: desk.tree[place].map { w($0.name) } ?? "", what: what(patrol, desk), began: desk.times.moment(patrol.began),
            ends: isOwed ? w("patrol.ends-duty") : "",
            form: FormView(
                action: Site.patrol.link(place, patrol.id), hidden: desk.hidden, inputs: inputs, people: [], signer: nil, problem: general,
                button: w("patrol.finish"), isRound: true,
                round: FormView.Round(
                    place: place, duty: "patrol:" + patrol.id, title: (desk.tree[place].map { w($0.name) } ?? "") + " · " + what(patrol, desk), ticket: "",
                    isAllWell: false, to: Site.patrolWalk.link(place, patrol.id))))
    }

    /// The same as a phone hands it in, from where there was no network: photos before it, the answers once.
    private func receive(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let patrol = try await find(desk)
        let me = desk.viewer.person.id
        guard patrol.inspector == me else { throw Refusal.notFound }
        let sent = try await HandedIn(visit, by: me, hall)
        guard sent.missing.isEmpty else { return sent.photosFirst }
        let done = JSON.object(["state": .string("done"), "ignored": .array([])]).text
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: sent.key) { act in
                act.act.answer = done
                try Patrolling(act: act).receive(sent, of: patrol.id, at: patrol.place, by: me)
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(patrol.place)") }
            }
            return HandedIn.said(done)
        } catch let replayed as Replayed {
            return HandedIn.said(replayed.answer)
        } catch let problems as FormProblems {
            let list = problems.fields.map { JSON.object(["point": .string($0.field), "sentence": .string(desk.w($0.sentence))]) }
            return HandedIn.said(JSON.object(["state": .string("problems"), "ignored": .array([]), "problems": .array(list)]).text)
        }
    }

    private func finish(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let patrol = try await find(desk)
        guard patrol.inspector == desk.viewer.person.id else { throw Refusal.notFound }
        var answers = visit.form.answers
        do {
            // Photos first: shrunk and durable before the row that names them.
            for file in visit.form.files {
                let hash = try await hall.blobs.keep(try await hall.darkroom.shrink(file.bytes), media: "image/jpeg", at: visit.now)
                answers[file.field] = [answers[file.field] ?? "", hash].filter { !$0.isEmpty }.joined(separator: ",")
            }
            let (place, id, me, filled, link) = (patrol.place, patrol.id, desk.viewer.person.id, answers, Site.patrol.link(patrol.place, patrol.id))
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                _ = try Patrolling(act: act).finish(id, at: place, answers: filled, by: me)
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(place)") }
            }
            return desk.done(link, desk.w("patrol.saved"))
        } catch let problems as FormProblems {
            return try await desk.page(try await walk(desk, patrol, typed: answers, problems: problems.fields), status: 422)
        }
    }
}
