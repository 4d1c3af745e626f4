import Regulation
import Store
import WorkCalendar

/// What every page of somebody signed in needs: the frame around it, and the words of the day.
struct Desk: Sendable {
    let hall: Hallkeeper
    let visit: Visit
    let viewer: Viewer
    let pack: PackInForce
    let tree: PlaceTree
    var w: Words { visit.words }
    var times: Times { Times(words: visit.words, zone: hall.zone, now: visit.now, isPaper: isPaper) }
    /// What is made with it is printed.
    private(set) var isPaper = false
    var onPaper: Desk {
        var own = self
        own.isPaper = true
        return own
    }
    var today: Day { hall.zone.day(of: visit.now) }

    init(_ hall: Hallkeeper, _ visit: Visit) async throws {
        self.hall = hall
        self.visit = visit
        viewer = try visit.who()
        let day = hall.zone.day(of: visit.now)
        let (tree, pack) = try await hall.store.read { tx in (try hall.tree.tree(tx), try hall.packs.inForce(on: day, tx)) }
        self.tree = tree
        guard let pack else {
            throw Refusal.conflict(Text("还没有发布规范包。", "No rulebook has been published yet."))
        }
        self.pack = pack
    }

    /// A place by its id, only when a permission reaches it; otherwise it is not there.
    func place(_ id: Place.ID, _ permission: String) throws -> Place {
        guard let place = tree[id], viewer.may(permission, at: id, in: tree) else { throw Refusal.notFound }
        return place
    }

    /// Where somebody works first: the place of their first role.
    var home: Place? { viewer.roles.lazy.compactMap { tree[$0.place] }.first ?? tree[viewer.person.place] }

    func roleName(_ id: String) -> String { pack.pack.role(id).map { w($0.name) } ?? id }

    func page(_ page: some Page, live: String = "", status: Int = 200) async throws -> Reply {
        let me = viewer.person.id
        let unread = try await hall.store.read { tx in
            Int(try tx.one("select count(*) as n from inbox where person = \(me) and read_at is null")?.int("n") ?? 0)
        }
        let path = visit.request.path
        func item(_ key: String, _ icon: String, _ link: String, _ permission: String?, count: Int = 0, frequent: Bool = false) -> Frame.Item? {
            if let permission, !viewer.may(permission) { return nil }
            let root = "/" + (link.split(separator: "/").first.map(String.init) ?? "")
            return Frame.Item(
                label: w("nav." + key), icon: icon, link: link, count: count, isCurrent: path == link || path.hasPrefix(root + "/") || path == root,
                isFrequent: frequent)
        }
        let board = viewer.grants["board"]?.sorted().first { tree[$0]?.kind == "hall" }
        let items = [
            item("today", "☑", Site.today.link(), "today", frequent: true),
            item("report", "⊕", Site.reports.link(), "report", frequent: true),
            board.flatMap { item("board", "▤", Site.board.link($0), "board") },
            pack.pack.caseBook.isEmpty || ComplaintSight.isEmpty(viewer, tree) ? nil : item("complaints", "☏", Site.complaints.link(), nil, frequent: ["handle", "call-back", "approve", "misconduct"].contains { viewer.may($0) }),
            pack.pack.caseBook.isEmpty ? nil : item("customers", "♙", Site.customers.link(), "take-in"),
            pack.pack.caseBook.isEmpty ? nil : item("figures", "∑", Site.figures.link(), "case-figures"),
            item("findings", "⚑", Site.findings.link(), nil),
            ["points", "pack"].first { viewer.may($0) }.flatMap { item("rounds", "☲", Site.rounds.link(), $0) },
            item("items", "⌸", Site.items.link(), "items"),
            item("halls", "▦", Site.halls.link(), "all-halls"),
            item("coverage", "▩", Site.coverage.link(), "coverage"),
            PatrolReach.permissions.first { viewer.may($0) }.flatMap { item("patrols", "◎", Site.patrols.link(), $0) },
            item("inbox", "✉", Site.inbox.link(), nil, count: unread, frequent: true),
            item("clauses", "§", Site.clauses.link(), nil, frequent: true),
            home.flatMap { item("roster", "☰", Site.roster.link($0.id), "roster") },
            item("people", "☺", Site.people.link(), "people"),
            item("places", "⌂", Site.places.link(), "places"),
            item("subscriptions", "⇄", Site.subscriptions.link(), "company"),
            item("packs", "❐", Site.packs.link(), "pack"),
            item("ledger", "≡", Site.ledger.link(), "ledger"),
            item("me", "◍", Site.me.link(), nil, frequent: true),
        ].compactMap { $0 }
        var warning = ""
        if viewer.may("company"), let room = hall.vitals.disk.room, room.isLow { warning = w("disk.low", ["room": room.words]) }
        if hall.vitals.cannotWrite != nil { warning = w("writes.stopped") }
        if let doubt = hall.timers.doubt {
            switch doubt {
            case .jumped: warning = w("clock.jumped")
            case .startedBefore(let last): warning = w("clock.before", ["last": times.moment(last)])
            case .startedLongAfter(let last): warning = w("clock.after", ["last": times.moment(last)])
            }
        }
        var act: HTML = ""
        if hall.timers.arePaused, viewer.may("company") {
            act = "<form method=\"post\" action=\"\(Site.confirmClock.link())\">\(hidden)<button>\(w("clock.confirm", ["now": times.day(today) + " " + times.clock(visit.now)]))</button></form>"
        }
        if warning.isEmpty, let why = hall.backups?.lastFailure, viewer.may("company") { warning = w("backup.warning", ["why": why]) }
        let frame = Frame(
            items: items, theme: viewer.person.theme, flash: visit.flash,
            demoClock: hall.clock.isMadeUp ? times.day(today) + " " + times.clock(visit.now) : "", warning: warning, warningAct: act, live: live, person: viewer.person.id)
        return .page(Layout.render(page, frame, w), status: status)
    }

    /// What an entry is called: the program's own kinds by their words, events by the pack's names.
    func entryName(_ kind: String) -> String {
        let key = "story." + kind
        if w.keys.contains(key) { return w(key) }
        return pack.pack.event(kind).map { w($0.name) } ?? kind
    }

    /// After a post: where to, and what to say there.
    func done(_ link: String, _ sentence: String) -> Reply {
        var reply = Reply.redirect(link)
        reply.setCookie("flash", Submitted.encode(sentence), seconds: 30, isSecure: visit.request.isSecure)
        return reply
    }

    /// The key every form carries, with a digest of what was sent; nil when the page sent none.
    var key: IdempotencyKey? {
        let key = visit.form["key"]
        guard key.count == 32 else { return nil }
        let content = visit.form.fields.filter { $0.0 != "csrf" && !Submitted.isSecret($0.0) }.map { "\($0.0)=\($0.1)" }.sorted().joined(separator: "&")
        return IdempotencyKey(key: key, digest: Hash.sha256(hex: visit.request.path + "?" + content))
    }

    /// Hidden fields of every form.
    var hidden: HTML {
        "<input type=\"hidden\" name=\"csrf\" value=\"\(visit.session?.csrf ?? "")\"><input type=\"hidden\" name=\"key\" value=\"\(Hash.hex(hall.chance(16)))\">"
    }

    var actor: Actor { .person(viewer.person.id) }
}
