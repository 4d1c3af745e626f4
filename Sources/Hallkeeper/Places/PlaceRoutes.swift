import Regulation
import Store
import WorkCalendar

/// A place: its hours, its traits in one or two answers, closures by order, wall screens.
struct PlaceRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.place, .may("places"), show), Entry("POST", Site.placeTrait, .may("places"), answer),
            Entry("POST", Site.placeEnd, .may("places"), end), Entry("POST", Site.placeHours, .may("places"), setHours), Entry("POST", Site.placeClosure, .may("places"), close), Entry("POST", Site.devices, .may("devices"), addDevice),
        ]
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try desk.place(visit[0], "places")))
    }

    private func page(_ desk: Desk, _ place: Place, token: String = "", problems: [(field: String, sentence: Text)] = []) async throws -> PlacePage {
        let (id, typed, w) = (place.id, desk.visit.form, desk.w)
        let (answers, closures) = try await hall.store.read { tx in
            (
                try tx.rows("select * from trait_answer where place = \(id)").map(TraitRow.init(row:)),
                try tx.rows("select * from closure where place = \(id) and ended is null order by day desc limit 20").map(Closure.init(row:))
            )
        }
        let known = Dictionary(answers.map { ($0.trait, $0) }, uniquingKeysWith: { first, _ in first })
        let told = Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first })
        // What a hall has is asked of halls.
        let traits = (place.kind == "hall" ? desk.pack.pack.traits : []).map { trait in
            let (row, chosen) = (known[trait.id], typed[TraitChoice.field(trait.id)])
            return PlacePage.Trait(
                id: trait.id, name: w(trait.name), choices: TraitChoice.of(trait), chosen: chosen.isEmpty ? row?.answer.choice : TraitChoice(rawValue: chosen),
                isAnswered: row != nil, why: chosen.isEmpty ? row?.reason ?? "" : typed[TraitChoice.why(trait.id)], problem: told[TraitChoice.why(trait.id)] ?? "")
        }
        return PlacePage(
            title: w(place.name), hours: place.hours, id: id, traits: traits, closures: closures.map { (desk.times.day($0.day), $0.reason) }, hidden: desk.hidden, endedOn: place.ended.map { w("place.ended-on", ["day": desk.times.day(hall.zone.day(of: $0))]) } ?? "",
            screen: token.isEmpty ? "" : Site.screen.link(token), typed: typed.answers, problems: told)
    }

    /// One act about the place of an address, then where to and what is said there; what is wrong stands on the place's page.
    private func change(
        _ visit: Visit, to link: (Place) -> String = { Site.place.link($0.id) }, said: (Desk, Place) -> String,
        _ body: @escaping @Sendable (HallAct, Desk, Place) throws -> Void
    ) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "places")
        let link = link(place)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = link
                try body(act, desk, place)
            }
            return desk.done(link, said(desk, place))
        } catch let problems as FormProblems {
            return try await desk.page(try await page(desk, place, problems: problems.fields), status: 422)
        }
    }

    /// Everything the place has, in one act: what was not touched is not answered anew.
    private func answer(_ visit: Visit) async throws -> Reply {
        try await change(visit, said: { desk, _ in desk.w("place.saved") }) { act, desk, place in
            let (form, id) = (visit.form, place.id)
            let rows = try act.act.rows("select * from trait_answer where place = \(id)").map(TraitRow.init(row:))
            var problems: [(field: String, sentence: Text)] = []
            for trait in desk.pack.pack.traits {
                guard let choice = TraitChoice.of(trait).first(where: { $0.rawValue == form[TraitChoice.field(trait.id)] }) else { continue }
                let why = choice == .none ? form[TraitChoice.why(trait.id)] : ""
                let old = rows.first { $0.trait == trait.id }
                guard old?.answer.choice != choice || old?.reason != why else { continue }
                do { try PlaceActs(act: act).answer(trait.id, at: id, choice.answer(to: trait), reason: why) } catch let wrong as FormProblems {
                    problems += wrong.fields.map { (TraitChoice.why(trait.id), $0.sentence) }
                }
            }
            guard problems.isEmpty else { throw FormProblems(fields: problems) }
        }
    }

    private func end(_ visit: Visit) async throws -> Reply {
        try await change(visit, to: { _ in Site.places.link() }, said: { desk, place in desk.w("place.ended", ["name": desk.w(place.name)]) }) { act, _, place in
            try PlaceActs(act: act).end(place.id, because: visit.form["why-ended"])
            act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(place.id)") }
        }
    }

    /// Other hours from tomorrow on: what is planned for today stays as it was.
    private func setHours(_ visit: Visit) async throws -> Reply {
        try await change(visit, said: { desk, _ in desk.w("place.hours-saved") }) { act, _, place in try PlaceActs(act: act).setHours(place.id, to: visit.form["hours"]) }
    }

    private func close(_ visit: Visit) async throws -> Reply {
        try await change(visit, said: { desk, _ in desk.w("place.closed") }) { act, _, place in
            guard let day = Day(visit.form["day"]) else { throw FormProblems(fields: [("day", Text("请选日期。", "Please choose the day."))]) }
            try PlaceActs(act: act).close(place.id, on: day, reason: visit.form["reason"])
        }
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

/// What a place has of a trait, as it is asked: it is there; it is not; or, where the rulebook says “if conditions exist”, they do not.
enum TraitChoice: String, Sendable {
    case installed, missing, none

    static func of(_ trait: Trait) -> [TraitChoice] { trait.hasTwoAnswers ? [.installed, .missing, .none] : [.installed, .missing] }
    static func field(_ trait: String) -> String { "trait-" + trait }
    /// Why conditions do not exist.
    static func why(_ trait: String) -> String { "why-" + trait }

    func answer(to trait: Trait) -> TraitAnswer { TraitAnswer(conditions: trait.hasTwoAnswers ? self != .none : nil, installed: self == .installed) }

    /// What it is called; what is missing is put otherwise where the alternative is that it cannot be.
    func words(_ choices: [TraitChoice], _ w: Words) -> String { w("set-up.trait-" + rawValue + (self == .missing && choices.count == 3 ? "-two" : "")) }
}

extension TraitAnswer {
    var choice: TraitChoice { conditions == false ? .none : installed == true ? .installed : .missing }
}

struct PlacePage: Page {
    struct Trait: Sendable {
        var id: String
        var name: String
        var choices: [TraitChoice]
        var chosen: TraitChoice?
        var isAnswered: Bool
        var why = ""
        var problem = ""
    }
    var title: String
    var hours: String
    var id: String
    var traits: [Trait]
    var closures: [(String, String)]
    var hidden: HTML
    /// Said of a place that is no more; nothing of it is changed then.
    var endedOn = ""
    var screen: String
    var typed: [String: String] = [:]
    var problems: [String: String] = [:]

    func body(_ w: Words) -> HTML {
        let open = traits.filter { !$0.isAnswered }.count
        return """
            <p class="sub"><a href="\(Site.places.link())">‹ \(w("nav.places"))</a></p><h1>\(title)</h1>
            \(screen.isEmpty ? nil : "<p class=\"flash\" role=\"status\">\(w("place.screen")): <a href=\"\(screen)\">\(screen)</a></p>" as HTML)
            <p class="actions"><a class="button quiet" href="\(Site.labels.link(id))">\(w("label.title"))</a><a class="button quiet" href="\(Site.itemsOf.link(id))">\(w("item.title"))</a><a class="button quiet" href="\(Site.plan.link(id))">\(w("plan.title"))</a><a class="button quiet" href="\(Site.outlets.link(id))">\(w("outlet.title"))</a></p>
            \(endedOn.isEmpty ? changes(open, w) : "<p class=\"note\">\(endedOn)</p>")
            """
    }

    private func changes(_ open: Int, _ w: Words) -> HTML {
        """
            \(traits.isEmpty ? nil : "<section><h2>\(w("place.traits"))\(open == 0 ? nil : "<span class=\"right\">\(w("place.open", n: open))</span>" as HTML)</h2><form method=\"post\" action=\"\(Site.placeTrait.link(id))\">\(hidden)<div class=\"traits\">\(traits, { trait($0, w) })</div><div class=\"actions\"><button class=\"primary\">\(w("place.keep"))</button></div></form></section>" as HTML)
            <section><h2>\(w("set-up.hours"))</h2><form method="post" action="\(Site.placeHours.link(id))" class="card">\(hidden)
            <div class="field"><label for="hours">\(w("place.hours"))</label><p class="note">\(w("places.hours-note"))</p>\(problem("hours"))<input id="hours" name="hours" value="\(typed["hours"] ?? hours)" autocomplete="off"></div>
            <div class="actions"><button>\(w("place.hours-keep"))</button></div></form></section>
            <section><h2>\(w("place.close"))</h2><form method="post" action="\(Site.placeClosure.link(id))" class="card">\(hidden)
            <div class="field"><label for="day">\(w("place.day"))</label>\(problem("day"))<input id="day" type="date" name="day" value="\(typed["day"] ?? "")" required></div>
            <div class="field"><label for="reason">\(w("place.reason"))</label>\(problem("reason"))<input id="reason" name="reason" value="\(typed["reason"] ?? "")" required></div>
            <div class="actions"><button>\(w("place.close"))</button></div></form>
            <ul>\(closures, { "<li>\($0.0) · \($0.1)</li>" })</ul></section>
            <form method="post" action="\(Site.devices.link(id))">\(hidden)<div class="actions"><button>\(w("place.add-screen"))</button></div></form>
            <details class="card" \(when: problems["why-ended"] != nil, "open")><summary>\(w("place.end"))</summary><form method="post" action="\(Site.placeEnd.link(id))">\(hidden)<p class="note">\(w("place.end-note"))</p>
            <div class="field"><label for="why-ended">\(w("place.why-ended"))</label>\(problem("why-ended"))<input id="why-ended" name="why-ended" value="\(typed["why-ended"] ?? "")" required></div>
            <div class="actions"><button>\(w("place.end"))</button></div></form></details>
            """
    }

    private func problem(_ field: String) -> HTML? { problems[field].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" } }

    private func trait(_ trait: Trait, _ w: Words) -> HTML {
        let (field, why) = (TraitChoice.field(trait.id), TraitChoice.why(trait.id))
        let answers: HTML = "\(trait.choices, { choice in "<input type=\"radio\" id=\"\(field)-\(choice.rawValue)\" name=\"\(field)\" value=\"\(choice.rawValue)\" \(when: choice == trait.chosen, "checked")><label for=\"\(field)-\(choice.rawValue)\">\(choice.words(trait.choices, w))</label>" as HTML })"
        return """
            <fieldset class="trait \(when: !trait.problem.isEmpty, "wrong")"><legend>\(trait.name)\(trait.isAnswered ? nil : " <span class=\"chip\">\(w("place.unanswered"))</span>" as HTML)</legend>
            \(problem(why))<div class="answers">\(answers)\(trait.choices.contains(.none) ? "<input class=\"why\" name=\"\(why)\" value=\"\(trait.why)\" aria-label=\"\(trait.name): \(w("place.no-conditions"))\" placeholder=\"\(w("place.no-conditions"))\">" as HTML : nil)</div></fieldset>
            """
    }

    static func samples(_ w: Words) -> [PlacePage] {
        [
            PlacePage(
                title: "城南营业厅", hours: "Mo-Fr 08:30-17:30", id: "x",
                traits: [
                    Trait(id: "restroom", name: "卫生间", choices: [.installed, .missing], chosen: .installed, isAnswered: true),
                    Trait(id: "parking", name: "停车位", choices: [.installed, .missing, .none], chosen: TraitChoice.none, isAnswered: false, problem: "没有条件的，请写原因。"),
                ], closures: [], hidden: "", screen: "", problems: ["why-parking": "没有条件的，请写原因。"])
        ]
    }
}
