import Regulation
import Store
import WorkCalendar

/// A place: its hours, its traits in one or two answers, closures by order, wall screens.
struct PlaceRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.place, .may("places"), show), Entry("POST", Site.placeTrait, .may("places"), answer),
            Entry("POST", Site.placeClosure, .may("places"), close), Entry("POST", Site.devices, .may("devices"), addDevice),
        ]
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try desk.place(visit[0], "places"), token: ""))
    }

    private func page(_ desk: Desk, _ place: Place, token: String) async throws -> PlacePage {
        let id = place.id
        let (answers, closures) = try await hall.store.read { tx in
            (
                try tx.rows("select * from trait_answer where place = \(id)").map(TraitRow.init(row:)),
                try tx.rows("select * from closure where place = \(id) and ended is null order by day desc limit 20").map(Closure.init(row:))
            )
        }
        let known = Dictionary(answers.map { ($0.trait, $0.answer) }, uniquingKeysWith: { first, _ in first })
        let traits = desk.pack.pack.traits.map { trait in
            PlacePage.Trait(
                id: trait.id, name: desk.w(trait.name), hasTwo: trait.hasTwoAnswers, conditions: known[trait.id]?.conditions ?? false,
                installed: known[trait.id]?.installed ?? false)
        }
        return PlacePage(
            title: desk.w(place.name), sub: place.hours, id: id, traits: traits, closures: closures.map { ($0.day.description, $0.reason) }, hidden: desk.hidden,
            screen: token.isEmpty ? "" : Site.screen.link(token))
    }

    private func answer(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "places").id
        let form = visit.form
        let two = desk.pack.pack.trait(form["trait"])?.hasTwoAnswers ?? false
        guard desk.pack.pack.trait(form["trait"]) != nil else { throw Refusal.notFound }
        let answer = TraitAnswer(conditions: two ? form["conditions"] == "yes" : nil, installed: form["installed"] == "yes")
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.place.link(place)
            try PlaceActs(act: act).answer(form["trait"], at: place, answer, reason: form["reason"])
        }
        return desk.done(Site.place.link(place), desk.w("place.saved"))
    }

    private func close(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "places").id
        guard let day = Day(visit.form["day"]) else { throw Refusal.invalid(field: "day", Text("请选日期。", "Please choose the day.")) }
        let reason = visit.form["reason"]
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.place.link(place)
            try PlaceActs(act: act).close(place, on: day, reason: reason)
        }
        return desk.done(Site.place.link(place), desk.w("place.closed"))
    }

    /// The token is shown once; only its hash is kept.
    private func addDevice(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "devices")
        let token = Hash.hex(hall.chance(16))
        try await hall.act(by: desk.actor, at: visit.now) { act in
            let id = act.act.id().description
            let device = Device(place: place.id, id: id, name: "screen", token: Hash.sha256(hex: token), by: act.by, at: act.now)
            try act.keep(Change(device, Event(kind: "device.added", about: "device:\(id)", at: act.now)), at: place.id)
        }
        return try await desk.page(try await page(desk, place, token: token))
    }
}

struct PlacePage: Page {
    struct Trait: Sendable {
        var id: String
        var name: String
        var hasTwo: Bool
        var conditions: Bool
        var installed: Bool
    }
    var title: String
    var sub: String
    var id: String
    var traits: [Trait]
    var closures: [(String, String)]
    var hidden: HTML
    var screen: String

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub"><code>\(sub)</code></p>
        \(screen.isEmpty ? nil : "<p class=\"flash\" role=\"status\">\(w("place.screen")): <a href=\"\(screen)\">\(screen)</a></p>" as HTML)
        <p class="actions"><a class="button quiet" href="\(Site.labels.link(id))">\(w("label.title"))</a><a class="button quiet" href="\(Site.itemsOf.link(id))">\(w("item.title"))</a><a class="button quiet" href="\(Site.plan.link(id))">\(w("plan.title"))</a><a class="button quiet" href="\(Site.outlets.link(id))">\(w("outlet.title"))</a></p>
        <section><h2>\(w("place.traits"))</h2>\(traits, trait(w))</section>
        <section><h2>\(w("place.close"))</h2><form method="post" action="\(Site.placeClosure.link(id))" class="card">\(hidden)
        <div class="field"><label for="day">\(w("place.day"))</label><input id="day" type="date" name="day" required></div>
        <div class="field"><label for="reason">\(w("place.reason"))</label><input id="reason" name="reason" required></div>
        <div class="actions"><button>\(w("place.close"))</button></div></form>
        <ul>\(closures, { "<li>\($0.0) · \($0.1)</li>" })</ul></section>
        <form method="post" action="\(Site.devices.link(id))">\(hidden)<div class="actions"><button>\(w("place.add-screen"))</button></div></form>
        """
    }

    private func trait(_ w: Words) -> (Trait) -> HTML {
        { trait in
            """
            <form method="post" action="\(Site.placeTrait.link(id))" class="trait">\(hidden)<input type="hidden" name="trait" value="\(trait.id)"><b>\(trait.name)</b>
            \(trait.hasTwo ? "<label><input type=\"checkbox\" name=\"conditions\" value=\"yes\" \(when: trait.conditions, "checked")> \(w("place.conditions"))</label> <input name=\"reason\" aria-label=\"\(w("place.no-conditions"))\" placeholder=\"\(w("place.no-conditions"))\">" as HTML : nil)
            <label><input type="checkbox" name="installed" value="yes" \(when: trait.installed, "checked")> \(w("place.installed"))</label> <button class="quiet">\(w("me.save"))</button></form>
            """
        }
    }

    static func samples(_ w: Words) -> [PlacePage] {
        [PlacePage(title: "城南营业厅", sub: "Mo-Fr 08:30-17:30", id: "x", traits: [Trait(id: "restroom", name: "卫生间", hasTwo: false, conditions: false, installed: true)], closures: [], hidden: "", screen: "")]
    }
}
