import Regulation
import Store
import WorkCalendar

/// A hall's register of things: the list, one thing with all that happened to it, entering, changing, renewing, retiring,
/// and the table in and out.
struct ItemRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.items, .may("items"), halls), Entry("GET", Site.itemsOf, .signedIn, list), Entry("POST", Site.itemsOf, .may("items"), register),
            Entry("GET", Site.itemTable, .signedIn, table), Entry("POST", Site.itemImport, .may("items"), take), Entry("GET", Site.item, .signedIn, show),
            Entry("POST", Site.item, .may("items"), change), Entry("POST", Site.itemRenewal, .signedIn, bodyLimit: 40 << 20, renew),
            Entry("POST", Site.itemRetirement, .may("items"), retire),
        ]
    }

    /// The place, for its own people, for who looks over all halls, and for who keeps registers.
    private func place(_ desk: Desk) throws -> Place {
        guard let place = desk.tree[desk.visit[0]], Self.mayOpen(place, desk) else { throw Refusal.notFound }
        return place
    }

    /// Who may look at the register of a place.
    static func mayOpen(_ place: Place, _ desk: Desk) -> Bool {
        desk.viewer.person.place == place.id || desk.viewer.roles.contains { $0.place == place.id }
            || ["all-halls", "items"].contains { desk.viewer.may($0, at: place.id, in: desk.tree) }
    }

    // MARK: the registers

    /// Every hall one keeps, with what runs out; one hall alone is opened at once.
    private func halls(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let places = desk.viewer.places("items", in: desk.tree).compactMap { desk.tree[$0] }.filter { $0.kind == "hall" && $0.ended == nil }.sorted { $0.code < $1.code }
        if places.count == 1, let only = places.first { return .redirect(Site.itemsOf.link(only.id)) }
        let ids = places.map(\.id)
        let items = try await hall.store.read { tx in
            try tx.rows("select * from item where place in \(list: ids) and ended is null").map(Item.init(row:))
        }
        let view = ItemView(desk)
        let own = Dictionary(grouping: items, by: \.place)
        return try await desk.page(
            RegistersPage(
                title: desk.w("item.title"),
                lines: places.map { place in
                    let states = (own[place.id] ?? []).map { view.urgency($0).state }
                    return RegistersPage.Line(
                        name: desk.w(place.name), link: Site.itemsOf.link(place.id), count: states.count, late: states.count { $0 == "late" }, soon: states.count { $0 == "soon" })
                }))
    }

    private func list(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try place(desk)))
    }

    private func page(_ desk: Desk, _ place: Place, typed: ItemActs.Draft = .init(), csv: String = "", problems: [(field: String, sentence: Text)] = []) async throws -> RegisterPage {
        let (id, view) = (place.id, ItemView(desk))
        let items = try await hall.store.read { tx in try Item.all(at: id, tx) }
        let names = try await colleagues(desk, place)
        return RegisterPage(
            title: desk.w("item.title"), place: desk.w(place.name), placeID: id, lines: view.lines(items, names),
            form: desk.viewer.may("items", at: id, in: desk.tree) ? view.form(typed, names, problems, action: Site.itemsOf.link(id), button: desk.w("item.add")) : nil,
            csv: csv, problems: problems.filter { $0.field == "csv" }.map { desk.w($0.sentence) }, hidden: desk.hidden)
    }

    /// The people of the hall by name.
    private func colleagues(_ desk: Desk, _ place: Place) async throws -> [(id: String, login: String, name: String)] {
        let (id, day) = (place.id, desk.today)
        return try await hall.store.read { tx in
            try tx.rows(
                """
                select distinct person.person as person, person.login as login, personal.text as name from role_holder
                join person on person.person = role_holder.person join personal on personal.id = person.name
                where role_holder.place = \(id) and role_holder.from_day <= \(day) and role_holder.until_day >= \(day) order by person.login
                """
            ).map { (try $0.text("person"), try $0.text("login"), try $0.text("name")) }
        }
    }

    private func register(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, draft) = (try desk.place(visit[0], "items"), ItemView.draft(visit.form))
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.itemsOf.link(place.id)
                try ItemActs(act: act).register(draft, at: place.id)
            }
        } catch let problems as FormProblems { return try await desk.page(try await page(desk, place, typed: draft, problems: problems.fields), status: 422) }
        return desk.done(Site.itemsOf.link(place.id), desk.w("item.added"))
    }

    private func table(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let id = try place(desk).id
        let (items, logins) = try await hall.store.read { tx in
            let items = try Item.all(at: id, tx)
            let people = Set(items.map(\.custodian)).sorted()
            return (items, try tx.rows("select person, login from person where person in \(list: people)").map { (try $0.text("person"), try $0.text("login")) })
        }
        let known = Dictionary(logins, uniquingKeysWith: { first, _ in first })
        var reply = Reply.file(Array(CSVText.write(ItemTable.write(items) { known[$0] ?? "" }).utf8), media: "text/csv; charset=utf-8")
        reply.set("content-disposition", "attachment; filename=\"items.csv\"")
        reply.set("cache-control", "no-store")
        return reply
    }

    private func take(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "items")
        let csv = visit.form.files.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? visit.form["csv"]
        let people = try await colleagues(desk, place)
        let table = ItemTable(pack: desk.pack.pack, colleagues: Dictionary(people.flatMap { [($0.login, $0.id), ($0.name, $0.id)] }, uniquingKeysWith: { first, _ in first }))
        do {
            let taken = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.itemsOf.link(place.id)
                return try ItemActs(act: act).take(csv, table, at: place.id)
            }
            return desk.done(Site.itemsOf.link(place.id), desk.w("item.imported", n: taken))
        } catch let problems as FormProblems { return try await desk.page(try await page(desk, place, csv: csv, problems: problems.fields), status: 422) }
    }

    // MARK: one thing

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await itemPage(desk, try place(desk)))
    }

    private func itemPage(_ desk: Desk, _ place: Place, typed: ItemActs.Draft? = nil, problems: [(field: String, sentence: Text)] = []) async throws -> ItemPage {
        let (w, id, view, today) = (desk.w, place.id, ItemView(desk), desk.today)
        let (item, owed, found, names, story) = try await hall.store.read { [hall] tx in
            let item = try Item.find(desk.visit[1], at: id, tx)
            let owed = Array(try Duty.open(about: item.subject, at: id, tx).prefix(20))
            let found = try tx.rows("select * from finding where place = \(id) and subject = \(item.subject) order by at desc, id desc limit 20").map(Finding.init(row:))
            let story = try tx.rows("select kind, actor, effective, body from entry where place = \(id) and about = \(item.subject) order by id desc limit 50").map { row in
                (try row.text("kind"), try row.text("actor"), try row.instant("effective"), (try? JSON(parsing: Array(try row.text("body").utf8)))?["event"])
            }
            return (item, try DutyLister.found(owed, hall, tx, today), found, try PointNames(at: [id], desk.pack, hall, tx), story)
        }
        let people = try await colleagues(desk, place)
        let lister = DutyLister(desk: desk)
        let keeps = desk.viewer.may("items", at: id, in: desk.tree) && item.ended == nil
        let isOwed = owed.contains { $0.duty.endsOn == "item.renewed" && $0.owing.people.contains(desk.viewer.person.id) }
        let type = desk.pack.pack.item(item.kind)?.type(item.type)
        return ItemPage(
            title: w(item.title(desk.pack.pack)), place: w(place.name), placeID: id, id: item.id, urgency: view.urgency(item), facts: view.facts(item, people),
            photo: item.photo, owed: owed.map { lister.line($0, go: false) }, findings: found.map { FindingRoutes.line($0, names, desk) },
            story: story.map { kind, actor, at, event in
                var what = desk.entryName(kind)
                if let how = event?["how"]?.string { what = w("item." + how) }
                if let state = event?["state"]?.string { what += " · " + w("item.state-" + state) }
                if actor.hasPrefix("person:"), let who = people.first(where: { $0.id == actor.dropFirst("person:".count) })?.name { what += " · " + who }
                return (when: desk.times.moment(at), what: what)
            },
            form: keeps ? view.form(typed ?? ItemActs.Draft(item), people, problems, action: Site.item.link(id, item.id), button: w("me.save")) : nil,
            renewal: (keeps || isOwed) && item.ended == nil && type != nil
                ? ItemPage.Renewal(types: view.types(item.kind), type: item.type, isServiced: type?.firstService != nil, isEnded: view.isPastEnd(item), today: desk.today.description) : nil,
            problems: problems.map { ($0.field, w($0.sentence)) }, hidden: desk.hidden)
    }

    private func change(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, id) = (try desk.place(visit[0], "items"), visit[1])
        let old = try await hall.store.read { tx in try Item.find(id, at: place.id, tx) }
        var draft = ItemView.draft(visit.form)
        // A thing stays what it is; another kind is another thing.
        draft.kind = old.kind
        let typed = draft
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.item.link(place.id, id)
                try ItemActs(act: act).change(id, to: typed, at: place.id)
            }
        } catch let problems as FormProblems { return try await desk.page(try await itemPage(desk, place, typed: typed, problems: problems.fields), status: 422) }
        return desk.done(Site.item.link(place.id, id), desk.w("item.saved"))
    }

    /// Serviced or replaced, with a photo of the new label; the page of the one that hangs there now.
    private func renew(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, id, form) = (try place(desk), visit[1], visit.form)
        let (keeps, me) = (desk.viewer.may("items", at: place.id, in: desk.tree), desk.viewer.person.id)
        var photo = ""
        if let file = form.files.first(where: { !$0.bytes.isEmpty }) { photo = try await hall.blobs.keep(try await hall.darkroom.shrink(file.bytes), media: "image/jpeg", at: visit.now) }
        let label = photo
        do {
            let shown = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act -> Item.ID in
                let acts = ItemActs(act: act)
                var shown = id
                if form["how"] == "replaced" {
                    shown = try acts.replace(id, type: form["type"], made: form["made"], photo: label, at: place.id, by: me, keeps: keeps).id
                } else {
                    try acts.service(id, on: ItemActs.day(form["day"]), photo: label, at: place.id, by: me, keeps: keeps)
                }
                act.act.answer = Site.item.link(place.id, shown)
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(place.id)") }
                return shown
            }
            return desk.done(Site.item.link(place.id, shown), desk.w("item.renewed"))
        } catch let problems as FormProblems { return try await desk.page(try await itemPage(desk, place, problems: problems.fields), status: 422) }
    }

    private func retire(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, id, reason) = (try desk.place(visit[0], "items"), visit[1], visit.form["reason"])
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.itemsOf.link(place.id)
                try ItemActs(act: act).retire(id, reason: reason, at: place.id)
            }
        } catch let problems as FormProblems { return try await desk.page(try await itemPage(desk, place, problems: problems.fields), status: 422) }
        return desk.done(Site.itemsOf.link(place.id), desk.w("item.retired"))
    }
}
