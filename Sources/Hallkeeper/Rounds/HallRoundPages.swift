import Regulation

/// Every round of the rulebook: how often, how many points, and where it can be changed.
struct RoundsPage: Page {
    struct Round: Sendable {
        var title: String
        var points: Int
        var cadence: String
        var link: String
        var note: String
        var halls: [(name: String, link: String)]
    }
    var title: String
    var rounds: [Round]
    /// Whether whoever looks may make rounds.
    var makes: Bool
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(w(makes ? "rounds.note" : "rounds.note-hall"))</p>
        <ul class="cards">\(rounds, { round($0, w) })</ul>
        \(makes ? "<p class=\"actions\"><a class=\"button\" href=\"\(Site.roundNew.link())\">\(w("rounds.new"))</a></p>" as HTML : nil)
        """
    }

    private func round(_ round: Round, _ w: Words) -> HTML {
        """
        <li class="card"><b>\(round.link.isEmpty ? "\(round.title)" as HTML : "<a href=\"\(round.link)\">\(round.title)</a>")</b>\(round.note.isEmpty ? nil : " <span class=\"chip\">\(round.note)</span>" as HTML)
        <p class="sub">\(w("rounds.points", n: round.points)) · \(round.cadence)</p>\(round.halls.isEmpty ? nil : "<p>\(round.halls, { "<a class=\"chip\" href=\"\($0.link)\">\($0.name)</a> " })</p>" as HTML)</li>
        """
    }

    static func samples(_ w: Words) -> [RoundsPage] {
        [
            RoundsPage(
                title: w("nav.rounds"),
                rounds: [Round(title: "开门巡检", points: 24, cadence: w("cadence.opening"), link: "#", note: w("rounds.draft"), halls: [("城南营业厅", "#")])], makes: true, hidden: "")
        ]
    }
}

/// One round at one hall: every point as it is asked here, with a photo of how it looks when it is good, and points of the hall's own.
struct HallRoundPage: Page {
    struct Point: Sendable {
        var id: String
        var title: String
        var good: String
        var clause: String
        var zone: String
        var role: String
        var photo: String
        var isOwn: Bool
    }
    var title: String
    var place: String
    var placeID: String
    var form: String
    var points: [Point]
    var hidden: HTML
    var zones: [FormView.Option]
    var clauses: [FormView.Option]
    var roles: [FormView.Option]
    var typed: OwnPointActs.Draft
    var problems: [(field: String, sentence: String)]

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.rounds.link())">‹ \(w("nav.rounds"))</a></p><h1>\(title)</h1><p class="sub">\(place)</p><p class="note">\(w("rounds.hall-note"))</p>
        \(problem(""))
        <ol class="hall-points">\(points.enumerated().map { index, point in zone(index, point.zone) + row(point, w) })</ol>
        <details class="card" \(when: !problems.isEmpty, "open")><summary>\(w("rounds.add-own"))</summary>
        <form method="post" action="\(Site.ownPoints.link(placeID, form))">\(hidden)<p class="note">\(w("rounds.add-own-note"))</p>
        \(text("title", typed.title.zh, w("rounds.point-title"), isNeeded: true))\(text("good", typed.good.zh, w("rounds.point-good")))
        \(text("title-en", typed.title.en, w("rounds.point-title-en")))\(text("good-en", typed.good.en, w("rounds.point-good-en")))
        \(choice("zone", typed.zone, zones, w("rounds.point-zone")))\(choice("clause", typed.clause, clauses, w("rounds.point-clause")))
        \(roles.isEmpty ? nil : choice("role", typed.role, roles, w("rounds.point-role")))
        <div class="actions"><button class="primary">\(w("rounds.add-own"))</button></div></form></details>
        """
    }

    private func zone(_ index: Int, _ name: String) -> HTML {
        name.isEmpty || (index > 0 && points[index - 1].zone == name) ? "" : "<li class=\"zone\"><h2>\(name)</h2></li>"
    }

    private func row(_ point: Point, _ w: Words) -> HTML {
        """
        <li class="card" id="p-\(point.id)"><div class="what">\(point.clause.isEmpty ? nil : "<span class=\"chip\">\(point.clause)</span> " as HTML)<b>\(point.title)</b>\(point.isOwn ? " <span class=\"chip own\">\(w("rounds.own"))</span>" as HTML : nil)\(point.role.isEmpty ? nil : " <span class=\"sub\">\(point.role)</span>" as HTML)<p class="good">\(point.good)</p></div>
        \(point.photo.isEmpty ? nil : "<a href=\"\(PhotoPass.link(point.photo))\"><img class=\"thumb\" src=\"\(PhotoPass.small(point.photo))\" alt=\"\(w("point.reference"))\" loading=\"lazy\"></a>" as HTML)
        <details><summary>\(w(point.photo.isEmpty ? "rounds.photo-add" : "rounds.photo-change"))</summary><form method="post" enctype="multipart/form-data" action="\(Site.referencePhoto.link(placeID, form, point.id))">\(hidden)
        <div class="field"><label for="f-\(point.id)">\(w("rounds.photo-how"))</label><input id="f-\(point.id)" type="file" name="photo" accept="\(Photo.accepted)" data-photo></div><div class="actions"><button>\(w("rounds.photo-keep"))</button>\(point.photo.isEmpty ? nil : "<button class=\"quiet\" name=\"remove\" value=\"yes\">\(w("rounds.photo-remove"))</button>" as HTML)</div></form></details>
        \(point.isOwn ? "<form method=\"post\" action=\"\(Site.ownPointEnd.link(placeID, form, point.id))\">\(hidden)<button class=\"quiet\">\(w("rounds.own-end"))</button></form>" as HTML : nil)</li>
        """
    }

    private func problem(_ field: String) -> HTML? {
        problems.first { $0.field == field }.map { "<p class=\"problem flash\" role=\"alert\">\($0.sentence)</p>" }
    }

    private func text(_ name: String, _ value: String, _ label: String, isNeeded: Bool = false) -> HTML {
        "<div class=\"field\"><label for=\"own-\(name)\">\(label)</label>\(problem(name))<input id=\"own-\(name)\" name=\"\(name)\" value=\"\(value)\" \(when: isNeeded, "required")></div>"
    }

    private func choice(_ name: String, _ value: String, _ options: [FormView.Option], _ label: String) -> HTML {
        "<div class=\"field\"><label for=\"own-\(name)\">\(label)</label>\(problem(name))<select id=\"own-\(name)\" name=\"\(name)\"><option value=\"\"></option>\(options, { "<option value=\"\($0.id)\" \(when: $0.id == value, "selected")>\($0.name)</option>" })</select></div>"
    }

    static func samples(_ w: Words) -> [HallRoundPage] {
        let point = Point(id: "door-sign", title: "门楣标识", good: "完好、亮", clause: "1.1-2", zone: "门外", role: "保安", photo: "", isOwn: false)
        let own = Point(id: "own-1", title: "后门台阶", good: "无积水", clause: "", zone: "门外", role: "", photo: "", isOwn: true)
        return [
            HallRoundPage(
                title: "开门巡检", place: "城南营业厅", placeID: "x", form: "opening-round", points: [point, own], hidden: "", zones: [], clauses: [], roles: [], typed: .init(),
                problems: [])
        ]
    }
}

/// Walking a round nobody owes.
struct VoluntaryPage: Page {
    var title: String
    var places: [(name: String, id: String, forms: [FormView.Option])]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.today.link())">‹ \(w("nav.today"))</a></p><h1>\(title)</h1><p class="note">\(w("voluntary.note"))</p>\(places.isEmpty ? "<p class=\"empty\">\(w("voluntary.none"))</p>" as HTML : nil)
        \(places, { place in "<section><h2>\(place.name)</h2><ul class=\"cards\">\(place.forms, { "<li><form method=\"post\" action=\"\(Site.voluntary.link())\">\(hidden)<input type=\"hidden\" name=\"place\" value=\"\(place.id)\"><button class=\"wide\" name=\"form\" value=\"\($0.id)\">\($0.name)</button></form></li>" })</ul></section>" as HTML })
        """
    }

    static func samples(_ w: Words) -> [VoluntaryPage] {
        [VoluntaryPage(title: w("voluntary.title"), places: [("城南营业厅", "x", [FormView.Option(id: "opening-round", name: "开门巡检")])], hidden: "")]
    }
}
