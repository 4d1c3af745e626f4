import Regulation
import Store
import WorkCalendar

/// A code was scanned: to the point whose turn it is, else to what is next there.
struct ScanRoutes: Sendable {
    let hall: Hallkeeper
    /// How far ahead the next time is looked for; what comes once a quarter is told as such by its round.
    private static let daysAhead = 35

    var entries: [Entry] { [Entry("GET", Site.scan, .signedIn, scan), Entry("GET", Site.scans, .signedIn, ahead)] }

    /// Where each code of one's own halls would lead, for a phone that is about to lose its network: to a round that is
    /// open, else to the next one of the day. What leads to no round of one's own is not in it.
    private func ahead(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let halls = Set(desk.viewer.roles.map(\.place) + [desk.viewer.person.place])
        var links: [String: JSON] = [:]
        for place in halls.sorted().compactMap({ desk.tree[$0] }) where place.ended == nil && place.kind == "hall" {
            let id = place.id
            let labels = try await hall.store.read { tx in try Label.all(at: id, tx) }.filter { $0.kind != .log }
            guard !labels.isEmpty else { continue }
            let facts = try await hall.store.read { [hall] tx in try FactFinder(tx: tx, hall: hall).facts(of: place) }
            let mine = try await open(desk, place).filter { $0.found.owing.people.contains(desk.viewer.person.id) }
            let inOrder = mine.filter { $0.duty.opens <= visit.now } + mine.filter { $0.duty.opens > visit.now }.sorted { $0.duty.opens < $1.duty.opens }
            for label in labels {
                for found in inOrder {
                    guard let point = first(found, label, facts) else { continue }
                    links[label.link] = .string(Site.duty.link(found.duty.place, found.duty.id) + "#f-" + point)
                    break
                }
            }
        }
        var reply = Reply.json(JSON.object(links).text)
        reply.set("cache-control", "no-store")
        return reply
    }

    private func scan(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let label = try await hall.store.read { tx in try Label.find(visit[0], tx) }
        guard let label, let place = desk.tree[label.place], place.ended == nil else { throw Refusal.notFound }
        if label.kind == .log { return .redirect(Site.log.link(label.code)) }
        let own = desk.viewer.roles.map(\.place) + [desk.viewer.person.place]
        guard own.contains(place.id) || desk.viewer.may("all-halls", at: place.id, in: desk.tree) else { throw Refusal.notFound }
        let facts = try await hall.store.read { [hall] tx in try FactFinder(tx: tx, hall: hall).planned(of: place, pack: desk.pack) }
        let open = try await open(desk, place).filter { first($0, label, facts) != nil && isTold($0.duty.role, $0.found.owing.people, desk, place) }
        let mine = open.first { $0.found.owing.people.contains(desk.viewer.person.id) && $0.duty.opens <= visit.now }
        if let mine, let point = first(mine, label, facts) {
            return .redirect(Site.duty.link(mine.duty.place, mine.duty.id) + "#f-" + point)
        }
        // A thing has a page of its own, which says what is owed about it and when it runs out.
        if label.kind == .item { return .redirect(Site.item.link(place.id, label.target)) }
        return try await desk.page(try await page(desk, label, place, open, facts))
    }

    /// What departments owe here, patrols above all, is not told in the hall: only to who owes it and to who sees all halls.
    private func isTold(_ role: String, _ people: [Person.ID], _ desk: Desk, _ place: Place) -> Bool {
        let sits = desk.pack.pack.role(role)?.sits ?? ""
        guard sits.hasPrefix("department") || sits == "company" else { return true }
        return people.contains(desk.viewer.person.id) || desk.viewer.may("all-halls", at: place.id, in: desk.tree)
    }

    /// Open duties about this place that are planned already, the first due first.
    private func open(_ desk: Desk, _ place: Place) async throws -> [Asked] {
        let (id, day) = (place.id, desk.today)
        return try await hall.store.read { [hall] tx in
            try tx.rows("select * from duty where place = \(id) and state = 'open' and form <> '' order by due, id limit 400")
                .compactMap { try Asked(try DutyLister.found(try Duty(row: $0), hall, tx, day), tx) }
        }
    }

    /// A duty and its round as it asks it, with the hall's own points.
    private struct Asked: Sendable {
        let found: DutyLister.Found
        let form: Regulation.Form
        var duty: Duty { found.duty }

        /// Nil when it is no round.
        init?(_ found: DutyLister.Found, _ tx: any Reading) throws {
            guard found.pack.pack.form(found.duty.form)?.isRound == true,
                let form = try PlaceForms(tx: tx).asked(by: found.duty, in: found.pack.pack)
            else { return nil }
            (self.found, self.form) = (found, form)
        }
    }

    /// The first point a label leads to in a duty's round; nil when the duty does not come by there.
    private func first(_ asked: Asked, _ label: Label, _ facts: PlaceFacts) -> String? {
        first(asked.form, subject: asked.duty.subject, day: asked.duty.day, label, asked.found.pack.pack, facts)
    }

    private func first(_ form: Regulation.Form, subject: String, day: Day, _ label: Label, _ pack: Pack, _ facts: PlaceFacts) -> String? {
        guard form.isRound else { return nil }
        let role = subject.hasPrefix("role:") ? String(subject.dropFirst("role:".count)) : nil
        let points = form.fields(for: role, traits: facts.traits, on: day, seasons: pack.company.seasons)
        switch label.kind {
        case .round: return form.id == label.target ? points.first?.id : nil
        case .zone, .thing: return label.target.isEmpty ? nil : points.first { $0.zone?.id == label.target }?.id
        case .item: return subject == Item.prefix + label.target ? points.first?.id : nil
        case .log: return nil
        }
    }

    private func page(_ desk: Desk, _ label: Label, _ place: Place, _ open: [Asked], _ facts: PlaceFacts) async throws -> ScanPage {
        let (w, now) = (desk.w, desk.visit.now)
        let lister = DutyLister(desk: desk)
        let hallPoints = try await hall.store.read { tx in try HallPoints(desk.pack.pack, at: facts, tx) }
        func line(_ asked: Asked, _ moment: Instant) -> ScanPage.Line {
            ScanPage.Line(
                when: desk.times.moment(moment), title: lister.title(asked.found), who: desk.roleName(asked.duty.role),
                link: Site.duty.link(asked.duty.place, asked.duty.id))
        }
        var next = open.filter { $0.duty.opens > now }.min { $0.duty.opens < $1.duty.opens }.map { line($0, $0.duty.opens) }
        if next == nil { next = planned(desk, label, place, facts, hallPoints) }
        return ScanPage(
            title: LabelTargets(hallPoints).name(label, w), place: w(place.name), kind: w("label.kind-" + label.kind.rawValue),
            others: open.filter { $0.duty.opens <= now }.prefix(5).map { line($0, $0.duty.due) }, next: next,
            last: try await last(desk, label, place, facts).map { line($0, $0.duty.doneAt ?? $0.duty.due) })
    }

    /// The next time by the calendar, on the days after today: today's are planned already.
    private func planned(_ desk: Desk, _ label: Label, _ place: Place, _ facts: PlaceFacts, _ points: HallPoints) -> ScanPage.Line? {
        let pack = desk.pack.pack
        for ahead in 1...Self.daysAhead {
            let day = desk.today.adding(days: ahead)
            let duties = DutyPlan.duties(pack, at: facts, on: day) { _ in [] }.filter { duty in
                duty.notRequired == nil && duty.opens > desk.visit.now && isTold(duty.role, [], desk, place)
                    && points.rounds.first { $0.id == duty.form }.flatMap { first($0, subject: duty.subject, day: day, label, pack, facts) } != nil
            }
            guard let duty = duties.min(by: { $0.opens < $1.opens }) else { continue }
            return ScanPage.Line(
                when: desk.times.moment(duty.opens), title: pack.rule(duty.rule).map { desk.w($0.title) } ?? duty.rule,
                who: desk.roleName(duty.role), link: "")
        }
        return nil
    }

    private func last(_ desk: Desk, _ label: Label, _ place: Place, _ facts: PlaceFacts) async throws -> Asked? {
        let (id, day, since) = (place.id, desk.today, desk.today.adding(days: -31))
        return try await hall.store.read { [hall] tx in
            for row in try tx.rows(
                """
                select * from duty where place = \(id) and day >= \(since) and state in ('done', 'late') and form <> ''
                order by done_at desc, id desc limit 200
                """)
            {
                guard let asked = try Asked(try DutyLister.found(try Duty(row: row), hall, tx, day), tx) else { continue }
                if first(asked, label, facts) != nil, isTold(asked.duty.role, [asked.duty.doneBy], desk, place) { return asked }
            }
            return nil
        }
    }
}
