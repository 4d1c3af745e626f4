import Regulation
import Store
import WorkCalendar

/// A hall's side of its rounds: which there are, points of its own, photos of how it should look here, and walking one
/// because one wants to.
struct HallRoundRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.rounds, .signedIn, list), Entry("GET", Site.hallRound, .may("points"), show),
            Entry("POST", Site.ownPoints, .may("points"), add), Entry("POST", Site.ownPointEnd, .may("points"), end),
            Entry("POST", Site.referencePhoto, .may("points"), bodyLimit: 40 << 20, photo),
            Entry("GET", Site.voluntary, .signedIn, offer), Entry("POST", Site.voluntary, .signedIn, walk),
        ]
    }

    // MARK: the list

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let halls = desk.viewer.places("points", in: desk.tree).compactMap { desk.tree[$0] }.filter { $0.kind == "hall" && $0.ended == nil }.sorted { $0.code < $1.code }
        let makes = desk.viewer.may("pack")
        guard makes || !halls.isEmpty else { throw Refusal.notAllowed(Text("这一页由主任和公司管理员使用。", "This page is for directors and the company's administrators.")) }
        let drafts = makes ? try await hall.store.read { tx in try RoundDraft.open(tx) } : []
        let w = desk.w
        let pack = desk.pack.pack
        let walked = Set(pack.rules.filter { $0.binding.kind == "hall" }.compactMap(\.form))
        let rows = pack.forms.filter { $0.isRound && (makes || walked.contains($0.id)) }.map { form in
            RoundsPage.Round(
                title: w(form.title), points: form.fields.count, cadence: RoundCadence.words(of: form.id, in: pack, w),
                link: makes ? Site.round.link(form.id) : "", note: drafts.contains { $0.form == form.id } ? w("rounds.draft") : "",
                halls: !walked.contains(form.id) ? [] : halls.prefix(12).map { (w($0.name), Site.hallRound.link($0.id, form.id)) })
        }
        let more = drafts.filter { desk.pack.pack.form($0.form) == nil }.map { draft in
            RoundsPage.Round(title: draft.form, points: 0, cadence: "", link: Site.round.link(draft.form), note: w("rounds.draft-new"), halls: [])
        }
        return try await desk.page(RoundsPage(title: w("nav.rounds"), rounds: rows + more, makes: makes, hidden: desk.hidden))
    }

    // MARK: one round at one hall

    private func place(_ desk: Desk) throws -> Place {
        let place = try desk.place(desk.visit[0], "points")
        guard place.kind == "hall", desk.pack.pack.form(desk.visit[1])?.isRound == true else { throw Refusal.notFound }
        return place
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try place(desk)))
    }

    private func page(_ desk: Desk, _ place: Place, typed: OwnPointActs.Draft = .init(), problems: [(field: String, sentence: Text)] = []) async throws -> HallRoundPage {
        let (id, w, pack) = (desk.visit[1], desk.w, desk.pack)
        let (form, facts, photos) = try await hall.store.read { [hall] tx in
            let forms = PlaceForms(tx: tx)
            guard let form = try forms.standing(id, in: pack.pack, at: place.id) else { throw Refusal.notFound }
            return (form, try FactFinder(tx: tx, hall: hall).facts(of: place), try forms.references(id, at: place.id))
        }
        let asked = form.fields(for: nil, traits: facts.traits, on: desk.today, seasons: pack.pack.company.seasons)
        let points = asked.map { field in
            HallRoundPage.Point(
                id: field.id, title: w(field.title), good: field.good.map { w($0) } ?? "", clause: field.clause ?? "", zone: field.zone.map { w($0.name) } ?? "",
                role: field.role.map(desk.roleName) ?? "", photo: photos[field.id] ?? "", isOwn: field.id.hasPrefix(OwnPoint.prefix))
        }
        return HallRoundPage(
            title: w(form.title), place: w(place.name), placeID: place.id, form: id, points: points, hidden: desk.hidden,
            zones: pack.pack.zones.map { FormView.Option(id: $0.id, name: w($0.name)) },
            clauses: pack.pack.clauses.filter { $0.binds.contains("hall") && !$0.isDefinition }.map { FormView.Option(id: $0.id, name: $0.id + " " + w($0.title)) },
            roles: OwnPointActs.roles(of: form).map { FormView.Option(id: $0, name: desk.roleName($0)) }, typed: typed,
            problems: problems.map { ($0.field, w($0.sentence)) })
    }

    private func add(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, form, me) = (try place(desk), visit[1], desk.viewer.person.id)
        let typed = OwnPointActs.Draft(
            title: Text(visit.form["title"], visit.form["title-en"]), good: Text(visit.form["good"], visit.form["good-en"]), clause: visit.form["clause"],
            zone: visit.form["zone"], role: visit.form["role"])
        let link = Site.hallRound.link(place.id, form)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                try OwnPointActs(act: act).add(typed, to: form, at: place.id, by: me)
            }
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, place, typed: typed, problems: problems.fields), status: 422)
        }
        return desk.done(link, desk.w("rounds.own-added"))
    }

    private func end(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, form, point) = (try place(desk), visit[1], visit[2])
        let link = Site.hallRound.link(place.id, form)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = link
            try OwnPointActs(act: act).end(point, of: form, at: place.id)
        }
        return desk.done(link, desk.w("rounds.own-ended"))
    }

    /// The photo first, durable before the row that names it; without one it is taken away.
    private func photo(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, form, point, me) = (try place(desk), visit[1], visit[2], desk.viewer.person.id)
        let link = Site.hallRound.link(place.id, form)
        var hash = ""
        if visit.form["remove"] != "yes" {
            guard let file = visit.form.files.first else {
                return try await desk.page(try await page(desk, place, problems: [("", Text("先选一张照片。", "Choose a photo first."))]), status: 422)
            }
            do { hash = try await hall.blobs.keep(try await hall.darkroom.shrink(file.bytes), media: "image/jpeg", at: visit.now) } catch let refusal as Refusal {
                return try await desk.page(try await page(desk, place, problems: [("", refusal.sentence)]), status: refusal.status)
            }
        }
        let kept = hash
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = link
            try OwnPointActs(act: act).show(kept, at: point, of: form, place: place.id, by: me)
        }
        return desk.done(link, desk.w(hash.isEmpty ? "rounds.photo-removed" : "rounds.photo-kept"))
    }

    // MARK: a round nobody owes

    private func choices(_ desk: Desk) -> [(place: Place, forms: [Form])] {
        let places = Set(desk.viewer.roles.map(\.place)).compactMap { desk.tree[$0] }.filter { $0.kind == "hall" && $0.ended == nil }.sorted { $0.code < $1.code }
        return places.map { place in (place, Voluntary.forms(desk.pack.pack, at: place.boundKind)) }
    }

    private func offer(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        return try await desk.page(
            VoluntaryPage(
                title: w("voluntary.title"),
                places: choices(desk).map { place, forms in (w(place.name), place.id, forms.map { FormView.Option(id: $0.id, name: w($0.title)) }) }, hidden: desk.hidden))
    }

    private func walk(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, form, me) = (visit.form["place"], visit.form["form"], desk.viewer.person.id)
        guard let (place, forms) = choices(desk).first(where: { $0.place.id == id }), forms.contains(where: { $0.id == form }) else { throw Refusal.notFound }
        do {
            let duty = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                let duty = try Voluntary(act: act).open(form, at: place, by: me)
                act.act.answer = Site.duty.link(place.id, duty.id)
                return duty
            }
            return .redirect(Site.duty.link(place.id, duty.id))
        } catch let replayed as Replayed { return .redirect(replayed.answer) }
    }
}
