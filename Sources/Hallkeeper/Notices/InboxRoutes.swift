import Store
import WorkCalendar

/// A person's messages: what is late or nearly so, and why they are the one who is told.
struct InboxRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.inbox, .signedIn, show), Entry("POST", Site.inbox, .signedIn, read)] }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (w, me, day) = (desk.w, desk.viewer.person.id, desk.today)
        let rows = try await hall.store.read { [hall] tx in
            try tx.rows("select * from inbox where person = \(me) order by at desc limit 100").map { row -> (Message, DutyLister.Found?, Int) in
                let message = try Message(row: row)
                if let (role, day) = Unfilled.parse(message.duty) {
                    let open = try tx.one(
                        "select count(*) as n from duty where place = \(message.place) and role = \(role) and day = \(day) and state = 'open'")
                    return (message, nil, Int(try open?.int("n") ?? 0))
                }
                guard let duty = try tx.one("select * from duty where place = \(message.place) and id = \(message.duty)") else { return (message, nil, 0) }
                return (message, try DutyLister.found(try Duty(row: duty), hall, tx, day), 0)
            }
        }
        let lister = DutyLister(desk: desk)
        let lines = rows.map { message, found, open -> DutyLine in
            let place = desk.tree[message.place].map { w($0.name) } ?? ""
            guard let found else { return plain(message, open, place, desk) }
            let why = message.why == "owes" ? w("inbox.owes") : w("inbox.role", ["role": desk.roleName(String(message.why.dropFirst("role:".count)))])
            return DutyLine(
                state: message.readAt == nil ? (found.duty.isOpen ? "late" : "soon") : "quiet", when: desk.times.moment(message.at),
                note: found.duty.isOpen ? desk.times.left(found.duty.due) : w("state." + found.duty.state.rawValue), title: lister.title(found),
                clauses: lister.clauses(found).map(desk.w.clause), why: place + " · " + why, go: "", link: Site.duty.link(found.duty.place, found.duty.id))
        }
        return try await desk.page(InboxPage(title: w("nav.inbox"), lines: lines, hidden: desk.hidden, hasUnread: rows.contains { $0.0.readAt == nil }), live: Site.events.link())
    }

    /// A message that is about no duty: a role nobody fills, or what an outage made moot.
    private func plain(_ message: Message, _ open: Int, _ place: String, _ desk: Desk) -> DutyLine {
        let (w, state) = (desk.w, message.readAt == nil ? "late" : "quiet")
        if let why = message.why.split(separator: ":").first.flatMap({ ComplaintActs.Telling(rawValue: String($0)) }) {
            let id = String(message.duty.split(separator: ":").last ?? "")
            return DutyLine(
                state: state == "late" ? "soon" : "quiet", when: desk.times.moment(message.at), note: "", title: w("inbox." + why.rawValue), clauses: [], why: place + " · " + w("inbox.\(why.rawValue)-why"), go: "", link: Site.complaint.link(id))
        }
        if let (role, day) = Unfilled.parse(message.duty) {
            let why = w("inbox.role", ["role": desk.roleName(String(message.why.dropFirst("role:".count)))])
            return DutyLine(
                state: state, when: desk.times.moment(message.at), note: open > 0 ? w("inbox.waiting", ["count": String(open)]) : "",
                title: w("inbox.unfilled", ["role": desk.roleName(role), "day": desk.times.day(day)]), clauses: [], why: place + " · " + why, go: "",
                link: Site.roster.link(message.place) + "?day=\(day)")
        }
        return DutyLine(
            state: state == "late" ? "soon" : "quiet", when: desk.times.moment(message.at), note: "",
            title: w("inbox.outage", ["count": String(message.why.dropFirst("moot:".count))]), clauses: [], why: place + " · " + w("inbox.outage-why"), go: "",
            link: Site.today.link())
    }

    /// Everything shown is read; each message stays.
    private func read(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (me, home) = (desk.viewer.person.id, desk.viewer.person.place)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.inbox.link()
            try act.enter(Event(kind: "inbox.read", about: "person:\(me)", at: act.now), at: home)
            for row in try act.act.rows("select * from inbox where person = \(me) and read_at is null") {
                var message = try Message(row: row)
                message.readAt = act.now
                try act.act.keep(message)
            }
        }
        return .redirect(Site.inbox.link())
    }
}

struct InboxPage: Page {
    var title: String
    var lines: [DutyLine]
    var hidden: HTML
    var hasUnread: Bool

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1>\(lines.isEmpty ? "<p class=\"empty\">\(w("inbox.empty"))</p>" as HTML : nil)
        \(hasUnread ? "<form method=\"post\" action=\"\(Site.inbox.link())\">\(hidden)<div class=\"actions\"><button class=\"quiet\">\(w("inbox.read"))</button></div></form>" as HTML : nil)
        <ol class="lines">\(lines, DutyLine.row)</ol>
        """
    }

    static func samples(_ w: Words) -> [InboxPage] { [InboxPage(title: w("nav.inbox"), lines: [], hidden: "", hasUnread: true)] }
}
