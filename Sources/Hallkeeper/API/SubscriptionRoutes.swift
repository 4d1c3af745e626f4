import Foundation
import Store
import WorkCalendar

/// Programs that are told when a case changes: add, try, end, send again, and how each message went.
struct SubscriptionRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.subscriptions, .may("company")) { try await show($0, typed: [:], problems: []) }, Entry("POST", Site.subscriptions, .may("company"), add),
            Entry("POST", Site.subscriptionTest, .may("company"), test), Entry("POST", Site.subscriptionEnd, .may("company"), end),
            Entry("POST", Site.subscriptionAgain, .may("company"), again),
        ]
    }

    private func show(_ visit: Visit, typed: [String: String], problems: [(field: String, sentence: Text)]) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let w = desk.w
        let (list, log) = try await hall.store.read { tx in
            let list = try Subscription.all(tx)
            let log = try list.flatMap { own in
                try tx.rows("select * from announcement where subscription = \(own.id) order by id desc limit 30").map { (own.name, try Announcement(row: $0), try $0.text("state"), try $0.text("note")) }
            }
            return (list, log)
        }
        return try await desk.page(
            SubscriptionsPage(
                title: w("subscription.title"), items: list.map { .init(id: $0.id, name: $0.name, address: URL(string: $0.address)?.host() ?? "") },
                log: log.map { name, announcement, state, note in
                    .init(
                        state: ["sent": "done", "failed": "late", "moot": "quiet"][state] ?? "wait", word: w("outlet." + state), when: desk.times.moment(announcement.at),
                        note: [name, announcement.event, announcement.number, announcement.tries > 1 ? w("outlet.tries", n: announcement.tries) : "", note].filter { !$0.isEmpty }.joined(separator: " · "))
                },
                typed: typed, problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }), hidden: desk.hidden), status: problems.isEmpty ? 200 : 422)
    }

    private func add(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        let (name, secret) = (form["name"], form["secret"])
        do {
            var problems: [(field: String, sentence: Text)] = []
            if !(1...80).contains(name.count) { problems.append(("name", Text("名称 1 到 80 个字。", "A name has 1 to 80 characters."))) }
            if !(16...200).contains(secret.utf8.count) { problems.append(("secret", Text("密钥 16 到 200 个字符，对方用它核对签名。", "The secret has 16 to 200 characters; the receiver checks the signature with it."))) }
            var address = ""
            do { address = try Outlet.check(form["address"], hall.carrier.reach) } catch let own as FormProblems { problems += own.fields }
            guard problems.isEmpty else { throw FormProblems(fields: problems) }
            let origin = (visit.request.isSecure ? "https://" : "http://") + (visit.request.headers["host"] ?? "localhost")
            let checked = address
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.subscriptions.link()
                guard try act.act.one("select 1 as one from subscription where name = \(name) and ended is null") == nil else {
                    throw FormProblems(fields: [("name", Text("已有这个名称。", "There is one of that name."))])
                }
                try act.enter(Event(kind: "subscription.added", at: act.now, fields: ["name": name]), at: act.company().id)
                let id = act.act.id().description
                try act.act.run("insert into subscription (id, name, address, secret, origin, made) values (\(id), \(name), \(checked), \(secret), \(origin), \(act.now))")
            }
            return desk.done(Site.subscriptions.link(), desk.w("subscription.added"))
        } catch let problems as FormProblems {
            return try await show(visit, typed: ["name": name, "address": form["address"]], problems: problems.fields)
        }
    }

    private func find(_ visit: Visit) async throws -> Subscription {
        let id = visit[0]
        guard let found = try await hall.store.read({ tx in try tx.one("select * from subscription where id = \(id) and ended is null").map(Subscription.init(row:)) }) else { throw Refusal.notFound }
        return found
    }

    private func test(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let outcome = await Announcing(hall: hall).post(Announcement(trying: visit.now, id: Hash.hex(hall.chance(8))), to: try await find(visit), at: visit.now)
        if case .failed(let why) = outcome { return desk.done(Site.subscriptions.link(), desk.w("outlet.test-failed", ["why": why])) }
        return desk.done(Site.subscriptions.link(), desk.w("outlet.tested"))
    }

    private func end(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let found = try await find(visit)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.subscriptions.link()
            try act.enter(Event(kind: "subscription.ended", at: act.now, fields: ["name": found.name]), at: act.company().id)
            try act.act.run("update subscription set ended = \(act.now), secret = '', address = '' where id = \(found.id)")
        }
        return desk.done(Site.subscriptions.link(), desk.w("outlet.ended"))
    }

    /// What was given up is tried once more, from the beginning.
    private func again(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (id, now) = (try await find(visit).id, visit.now)
        _ = try await hall.store.write { tx in try tx.run("update announcement set state = 'waiting', tries = 0, next_at = \(now) where subscription = \(id) and state = 'failed'") }
        return desk.done(Site.subscriptions.link(), desk.w("subscription.again"))
    }
}

struct SubscriptionsPage: Page {
    struct Item: Sendable {
        var id: String
        var name: String
        var address: String
    }
    var title: String
    var items: [Item]
    var log: [OutletsPage.Delivery]
    var typed: [String: String]
    var problems: [String: String]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(w("subscription.lead"))</p>
        \(items.isEmpty ? "<p class=\"empty\">\(w("subscription.none"))</p>" as HTML : "<ul class=\"list boxed\">\(items, { item($0, w) })</ul>")
        <form method="post" action="\(Site.subscriptions.link())" class="card">\(hidden)<h2>\(w("outlet.add"))</h2>
        \(field("name", w, "<input id=\"name\" name=\"name\" value=\"\(typed["name"] ?? "")\" required>"))\(field("address", w, "<input id=\"address\" name=\"address\" type=\"url\" value=\"\(typed["address"] ?? "")\" required>"))
        \(field("secret", w, "<input id=\"secret\" name=\"secret\" type=\"password\" autocomplete=\"off\" required>"))<div class="actions"><button class="primary">\(w("outlet.add"))</button></div></form>
        <section><h2>\(w("outlet.log"))</h2>\(log.isEmpty ? "<p class=\"empty\">\(w("outlet.no-log"))</p>" as HTML : "<ul class=\"list boxed\">\(log, { "<li><p class=\"pair\"><span class=\"state \($0.state)\">\($0.word)</span><small>\($0.when)</small></p><small>\($0.note)</small></li>" })</ul>")</section>
        """
    }

    private func item(_ item: Item, _ w: Words) -> HTML {
        """
        <li><p><b>\(item.name)</b> <span class="mono">\(item.address)</span></p><div class="actions">\(button(Site.subscriptionTest.link(item.id), w("outlet.test"), ""))\(button(Site.subscriptionAgain.link(item.id), w("subscription.send-again"), ""))\(button(Site.subscriptionEnd.link(item.id), w("outlet.end"), "danger"))</div></li>
        """
    }

    private func button(_ link: String, _ name: String, _ look: String) -> HTML { "<form method=\"post\" action=\"\(link)\">\(hidden)<button class=\"\(look)\">\(name)</button></form>" }

    private func field(_ id: String, _ w: Words, _ inner: HTML) -> HTML {
        "<div class=\"field\(problems[id] == nil ? nil : " wrong" as HTML)\"><label for=\"\(id)\">\(w("subscription." + id))</label>\(inner)\(problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML })</div>"
    }

    static func samples(_ w: Words) -> [SubscriptionsPage] {
        [
            SubscriptionsPage(
                title: w("subscription.title"), items: [Item(id: "s", name: "12345 平台", address: "hooks.example.cn")],
                log: [.init(state: "late", word: w("outlet.failed"), when: "10:02", note: "12345 平台 · complaint.replied · TS20261124-0007 · HTTP 500")], typed: [:], problems: ["address": "地址以 https:// 开头。"], hidden: ""),
            SubscriptionsPage(title: w("subscription.title"), items: [], log: [], typed: [:], problems: [:], hidden: ""),
        ]
    }
}
