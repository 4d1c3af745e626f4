import Store
import WorkCalendar

/// The hall's board, the wall screen, all halls, the evening sheet, and the events that keep them live.
struct BoardRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.board, .may("board"), board), Entry("GET", Site.screen, .device, group: .display, screen),
            Entry("GET", Site.halls, .may("all-halls"), halls), Entry("GET", Site.evening, .may("evening-sheet"), evening),
            Entry("GET", Site.events, .anyone, group: .display, events),
        ]
    }

    private func board(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = desk.tree[visit[0]].flatMap { place in
            desk.viewer.may("board", at: place.id, in: desk.tree) || desk.viewer.may("all-halls", at: place.id, in: desk.tree) ? place : nil
        }
        guard let place else { throw Refusal.notFound }
        var page = try await page(place, visit, pack: desk.pack)
        page.plan = Site.plan.link(place.id)
        return try await desk.page(page, live: Site.events.link() + "?place=" + place.id)
    }

    /// By the token of a device: one hall, read only.
    private func screen(_ visit: Visit) async throws -> Reply {
        let hash = Hash.sha256(hex: visit[0])
        let place = try await hall.store.read { tx in
            try tx.one("select place.* from device join place on place.place = device.place where device.token = \(hash) and device.revoked is null").map(Place.init(row:))
        }
        let day = hall.zone.day(of: visit.now)
        guard let place, let pack = try await hall.store.read({ [hall] tx in try hall.packs.inForce(on: day, tx) }) else { throw Refusal.notFound }
        let page = try await page(place, visit, pack: pack)
        return .page(Layout.bare(page, visit.words, live: Site.events.link() + "?screen=" + visit[0]))
    }

    /// The board says who owes by role, never by name.
    func page(_ place: Place, _ visit: Visit, pack: PackInForce) async throws -> BoardPage {
        let (w, now) = (visit.words, visit.now)
        let times = Times(words: w, zone: hall.zone, now: now)
        let day = hall.zone.day(of: now)
        let (id, dayEnds) = (place.id, hall.zone.instant(day, minute: 1440))
        let mark = hall.duties.mark()
        let found = try await hall.store.read { [hall] tx in try DutyLister.board(id, until: dayEnds, since: mark, hall, tx, day) }
        let today = found.filter { $0.duty.day == day && $0.duty.state != .notRequired }
        func role(_ id: String) -> String { pack.pack.role(id).map { w($0.name) } ?? id }
        let open = found.filter { $0.duty.isOpen && $0.duty.opens <= now.adding(minutes: 60) }
        let lines = open.prefix(12).map { item -> BoardPage.Line in
            let late = item.duty.due < now
            var who = role(item.duty.role)
            if case .standsIn(let other) = item.owing.how { who += " → " + role(other) }
            if case .unfilled = item.owing.how { who += " · " + w("fact.unfilled") }
            return BoardPage.Line(
                state: late ? "late" : item.duty.due.ms - now.ms < 30 * 60_000 ? "soon" : "open",
                when: late || item.duty.due.ms - now.ms < 60 * 60_000 ? times.left(item.duty.due) : times.due(item.duty.due),
                title: item.rule.map { w($0.title) } ?? item.duty.rule, clause: item.rule?.clauses.first.map(w.clause) ?? "", who: who)
        }
        let strip = today.map { item -> String in
            switch item.duty.state {
            case .done: "done"
            case .late, .missed: "late"
            case .open: item.duty.due < now ? "late" : item.duty.opens <= now ? "soon" : "wait"
            default: "wait"
            }
        }
        let roles = pack.pack.roles.filter { $0.sits == place.kind }
        let roster = try await hall.store.read { tx in
            try roles.map { role -> BoardPage.Post in
                let people = try Roster(tx: tx, standing: hall.standing).people(role.id, at: id, on: day)
                return BoardPage.Post(
                    role: w(role.name), word: people.isEmpty ? w(role.isOptional ? "board.none" : "board.unfilled") : people.count == 1 ? w("board.present") : w("board.people", n: people.count),
                    isFilled: !people.isEmpty || role.isOptional)
            }
        }
        let counts = ["done": today.filter { $0.duty.state == .done || $0.duty.state == .late }.count, "late": today.filter { ($0.duty.isOpen && $0.duty.due < now) || $0.duty.state == .missed }.count, "all": today.count]
        return BoardPage(
            place: w(place.name), sub: w(pack.pack.company.company) + " · " + times.day(day), clock: times.clock(now), strip: strip,
            summary: w("board.summary", ["all": "\(counts["all"] ?? 0)", "done": "\(counts["done"] ?? 0)", "late": "\(counts["late"] ?? 0)"]), lines: Array(lines),
            roster: roster)
    }

    private func halls(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let scope = Array(desk.viewer.places("all-halls", in: desk.tree)).sorted()
        let (day, now) = (desk.today, visit.now)
        let rows = try await hall.store.read { tx in
            try tx.rows(
                """
                select place, state, sum(case when state = 'open' and due < \(now) then 1 else 0 end) as late, count(*) as n
                from duty where day = \(day) and place in \(list: scope) and rule not like 'voluntary:%' group by place, state
                """)
        }
        var counts: [Place.ID: [String: Int]] = [:]
        for row in rows {
            let place = try row.text("place")
            counts[place, default: [:]][try row.text("state"), default: 0] += Int(try row.int("n"))
            counts[place, default: [:]]["overdue", default: 0] += Int(try row.int("late"))
        }
        let lines = scope.compactMap { desk.tree[$0] }.filter { $0.kind != "company" && counts[$0.id] != nil }.map { place -> HallsPage.Line in
            let own = counts[place.id] ?? [:]
            let required = own.filter { !["overdue", "not-required"].contains($0.key) }.values.reduce(0, +)
            return HallsPage.Line(
                name: desk.w(place.name), link: desk.viewer.may("evening-sheet", at: place.id, in: desk.tree) ? Site.evening.link(place.id) : Site.board.link(place.id), required: required, done: own["done"] ?? 0,
                late: own["late"] ?? 0, missed: own["missed"] ?? 0, overdue: own["overdue"] ?? 0, open: own["open"] ?? 0)
        }
        return try await desk.page(HallsPage(title: desk.w("nav.halls"), day: desk.times.day(day), lines: lines))
    }

    private func evening(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let place = try desk.place(visit[0], "evening-sheet")
        let day = visit.request.query["day"].flatMap { Day($0) } ?? desk.today
        let lister = DutyLister(desk: desk)
        let found = try await lister.day(day, at: place.id)
        let chain = place.id
        let ends = hall.zone.instant(day, minute: 1440)
        let seal = try await hall.store.read { tx in try Seal.head(chain, before: ends, tx) }
        func count(_ state: Duty.State) -> Int { found.filter { $0.duty.state == state && !$0.duty.isVoluntary }.count }
        return try await desk.page(
            EveningPage(
                title: desk.w("evening.title"), sub: desk.w(place.name) + " · " + desk.times.day(day),
                tiles: Duty.State.allCases.map { (desk.w("state." + $0.rawValue), count($0)) }, lines: found.map { lister.line($0, go: false) },
                seal: seal?.description ?? "", before: Site.evening.link(place.id) + "?day=" + day.adding(days: -1).description))
    }

    /// Wake-ups for one place, for who may see its board or by a screen's token; and for one's own inbox.
    private func events(_ visit: Visit) async throws -> Reply {
        if let token = visit.request.query["screen"] {
            let hash = Hash.sha256(hex: token)
            let place = try await hall.store.read { tx in try tx.one("select place from device where token = \(hash) and revoked is null")?.text("place") }
            guard let place else { throw Refusal.notFound }
            return try listen(["board:\(place)"], Hub.Ear(ground: .screen(hash)))
        }
        guard let viewer = visit.viewer, let session = visit.session else { throw Refusal.signIn }
        var channels: Set<String> = ["inbox:\(viewer.person.id)"]
        let tree = try await hall.tree.tree(hall.store)
        let own = Set(viewer.roles.map(\.place) + [viewer.person.place])
        if let place = visit.request.query["place"], own.contains(place) || viewer.may("all-halls", at: place, in: tree) { channels.insert("board:\(place)") }
        return try listen(channels, Hub.Ear(ground: .session(session.id), person: viewer.person.id))
    }

    private func listen(_ channels: Set<String>, _ ear: Hub.Ear) throws -> Reply {
        guard let reply = hall.hub.events(channels, for: ear) else {
            throw Refusal.tooMany(Text("你打开的看板太多了，请先关掉几个。", "You have too many boards open; please close some first."))
        }
        return reply
    }
}
