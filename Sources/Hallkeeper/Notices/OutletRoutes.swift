import Foundation
import Store
import WorkCalendar

/// Outside notices of a place: add, try, end, and how each message went.
struct OutletRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.outlets, .may("places")) { try await show($0, typed: [:], problems: []) }, Entry("POST", Site.outlets, .may("places"), add),
            Entry("POST", Site.outletTest, .may("places"), test), Entry("POST", Site.outletEnd, .may("places"), end),
        ]
    }

    private func show(_ visit: Visit, typed: [String: String], problems: [(field: String, sentence: Text)]) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, w) = (try desk.place(visit[0], "places"), desk.w)
        let id = place.id
        let (outlets, log) = try await hall.store.read { tx in
            (
                try Outlet.all(at: id, tx),
                try tx.rows("select delivery.* from delivery where outlet in (select outlet.id from outlet where outlet.place = \(id) and outlet.ended is null) order by made desc limit 50").map { row in
                    (try row.text("state"), try row.instant("made"), Int(try row.int("tries")), try row.text("note"), try row.text("outlet"))
                }
            )
        }
        let names = Dictionary(outlets.map { ($0.id, w("outlet." + $0.kind.rawValue)) }, uniquingKeysWith: { first, _ in first })
        return try await desk.page(
            OutletsPage(
                title: w("outlet.title") + " · " + w(place.name), place: id,
                outlets: outlets.map { .init(id: $0.id, name: w("outlet." + $0.kind.rawValue), address: $0.kind == .mail ? ($0.address.isEmpty ? w("outlet.on-duty") : $0.address) : URL(string: $0.address)?.host() ?? "", note: w("outlet.class.\($0.takes)")) },
                log: log.map { .init(state: ["sent": "done", "failed": "late", "moot": "quiet"][$0.0] ?? "wait", word: w("outlet." + $0.0), when: desk.times.moment($0.1), note: [names[$0.4] ?? "", $0.2 > 1 ? w("outlet.tries", n: $0.2) : "", $0.3].filter { !$0.isEmpty }.joined(separator: " · ")) },
                typed: typed, problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }), hidden: desk.hidden), status: problems.isEmpty ? 200 : 422)
    }

    private func add(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (place, form) = (try desk.place(visit[0], "places"), visit.form)
        do {
            guard let kind = Outlet.Kind(rawValue: form["kind"]) else { throw FormProblems(fields: [("kind", Text("请选一项。", "Choose one."))]) }
            var address = form["address"]
            if kind == .mail {
                guard address.isEmpty || Mail.isAddress(address) else { throw FormProblems(fields: [("address", Text("写邮箱地址，或留空发给当班人员。", "Write a mail address, or leave it empty for whoever is on duty."))]) }
            } else {
                address = try Outlet.check(address, hall.carrier.reach)
            }
            let (checked, secret) = (address, form["secret"])
            guard kind != .webhook || secret.utf8.count >= 16 else { throw FormProblems(fields: [("secret", Text("密钥至少 16 个字符，对方用它核对签名。", "The secret has at least 16 characters; the receiver checks the signature with it."))]) }
            let origin = (visit.request.isSecure ? "https://" : "http://") + (visit.request.headers["host"] ?? "localhost")
            let (word, takes) = (kind.rawValue, (Outlet.Class.allCases.first { "\($0)" == form["class"] } ?? .all).rawValue)
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.outlets.link(place.id)
                try act.enter(Event(kind: "outlet.added", at: act.now, fields: ["kind": word]), at: place.id)
                let id = act.act.id().description
                try act.act.run("insert into outlet (id, place, kind, address, secret, urgent, origin, made) values (\(id), \(place.id), \(word), \(checked), \(secret), \(takes), \(origin), \(act.now))")
            }
            return desk.done(Site.outlets.link(place.id), desk.w("outlet.added"))
        } catch let problems as FormProblems {
            return try await show(visit, typed: ["kind": form["kind"], "address": form["address"], "class": form["class"]], problems: problems.fields)
        }
    }

    private func find(_ desk: Desk) async throws -> Outlet {
        let place = try desk.place(desk.visit[0], "places")
        let id = desk.visit[1]
        guard let outlet = try await hall.store.read({ tx in try Outlet.all(at: place.id, tx).first { $0.id == id } }) else { throw Refusal.notFound }
        return outlet
    }

    private func test(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let outlet = try await find(desk)
        let outcome: Delivering.Outcome
        if outlet.kind == .mail {
            let me = desk.viewer.person.id
            let own = outlet.address.isEmpty ? try await hall.store.read { tx in try PersonMail.address(of: me, tx) } : outlet.address
            outcome = await Delivering(hall: hall).mail(to: own, subject: desk.w("outlet.test-subject"), text: desk.w("outlet.test-text"), id: Hash.hex(hall.chance(8)), at: visit.now)
        } else {
            outcome = await Delivering(hall: hall).post(outlet, desk.w("outlet.test-text"), ["event": .string("test")], at: visit.now)
        }
        if case .failed(let why) = outcome { return desk.done(Site.outlets.link(outlet.place), desk.w("outlet.test-failed", ["why": why])) }
        return desk.done(Site.outlets.link(outlet.place), desk.w("outlet.tested"))
    }

    private func end(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let outlet = try await find(desk)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.outlets.link(outlet.place)
            try act.enter(Event(kind: "outlet.ended", at: act.now, fields: ["kind": outlet.kind.rawValue]), at: outlet.place)
            try act.act.run("update outlet set ended = \(act.now), secret = '', address = '' where id = \(outlet.id)")
        }
        return desk.done(Site.outlets.link(outlet.place), desk.w("outlet.ended"))
    }
}

struct OutletsPage: Page {
    struct Item: Sendable {
        var id: String
        var name: String
        var address: String
        var note: String
    }
    struct Delivery: Sendable {
        var state: String
        var word: String
        var when: String
        var note: String
    }
    var title: String
    var place: String
    var outlets: [Item]
    var log: [Delivery]
    var typed: [String: String]
    var problems: [String: String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.place.link(place))">‹</a></p><h1>\(title)</h1><p class="note">\(w("outlet.lead"))</p>
        \(outlets.isEmpty ? "<p class=\"empty\">\(w("outlet.none"))</p>" as HTML : "<ul class=\"list boxed\">\(outlets, { item($0, w) })</ul>")
        <form method="post" action="\(Site.outlets.link(place))" class="card">\(hidden)<h2>\(w("outlet.add"))</h2>
        \(wrap("kind", w, "<select id=\"kind\" name=\"kind\">\(Selection.options(Outlet.Kind.allCases.map { Selection(id: $0.rawValue, name: w("outlet." + $0.rawValue)) }, chosen: typed["kind"] ?? "", empty: nil))</select>"))
        \(wrap("address", w, "<input id=\"address\" name=\"address\" value=\"\(typed["address"] ?? "")\"><span class=\"note\">\(w("outlet.address-note"))</span>"))\(wrap("secret", w, "<input id=\"secret\" name=\"secret\" type=\"password\" autocomplete=\"off\">"))
        \(wrap("class", w, "<select id=\"class\" name=\"class\">\(Selection.options(Outlet.Class.allCases.map { Selection(id: "\($0)", name: w("outlet.class.\($0)")) }, chosen: typed["class"] ?? "", empty: nil))</select>"))<div class="actions"><button class="primary">\(w("outlet.add"))</button></div></form>
        <section><h2>\(w("outlet.log"))</h2>\(log.isEmpty ? "<p class=\"empty\">\(w("outlet.no-log"))</p>" as HTML : "<ul class=\"list boxed\">\(log, { "<li><p class=\"pair\"><span class=\"state \($0.state)\">\($0.word)</span><small>\($0.when)</small></p><small>\($0.note)</small></li>" })</ul>")</section>
        """
    }

    private func item(_ item: Item, _ w: Words) -> HTML {
        """
        <li><p><b>\(item.name)</b> <span class="mono">\(item.address)</span> · \(item.note)</p><div class="actions"><form method="post" action="\(Site.outletTest.link(place, item.id))">\(hidden)<button>\(w("outlet.test"))</button></form><form method="post" action="\(Site.outletEnd.link(place, item.id))">\(hidden)<button class="danger">\(w("outlet.end"))</button></form></div></li>
        """
    }

    private func wrap(_ id: String, _ w: Words, _ inner: HTML) -> HTML {
        "<div class=\"field\(problems[id] == nil ? nil : " wrong" as HTML)\"><label for=\"\(id)\">\(w("outlet." + id))</label>\(inner)\(problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML })</div>"
    }

    static func samples(_ w: Words) -> [OutletsPage] {
        [
            OutletsPage(
                title: w("outlet.title"), place: "x", outlets: [Item(id: "o", name: w("outlet.wecom"), address: "qyapi.weixin.qq.com", note: w("outlet.class.urgent"))],
                log: [Delivery(state: "late", word: w("outlet.failed"), when: "10:02", note: "HTTP 500")], typed: [:], problems: ["address": "地址以 https:// 开头。"], hidden: ""),
            OutletsPage(title: w("outlet.title"), place: "x", outlets: [], log: [], typed: [:], problems: [:], hidden: ""),
        ]
    }
}
