import Store
import WorkCalendar

struct TodayRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.today, .signedIn, show)] }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        var page = try await page(desk)
        page.first = try await first(desk)
        return try await desk.page(page, live: desk.home.map { Site.events.link() + "?place=" + $0.id } ?? "")
    }

    /// What whoever set the company up does next, as long as nobody else is in it.
    private func first(_ desk: Desk) async throws -> [TodayPage.Step] {
        guard desk.viewer.may("company") else { return [] }
        let (w, me, place) = (desk.w, desk.viewer.person.id, desk.tree.halls.first)
        let found = try await hall.store.read { tx -> (answered: Int, hasPIN: Bool)? in
            guard try tx.rows("select 1 as one from person limit 2").count < 2 else { return nil }
            let answered = try tx.one("select count(*) as n from trait_answer where place = \(place?.id ?? "")")?.int("n") ?? 0
            return (Int(answered), try tx.one("select pin from credential where person = \(me)")?.text("pin").isEmpty == false)
        }
        guard let found else { return [] }
        var steps = [TodayPage.Step(words: w("first.places"), link: Site.places.link()), TodayPage.Step(words: w("first.people"), link: Site.people.link())]
        if let place {
            let open = desk.pack.pack.traits.count - found.answered
            if open > 0 { steps.append(TodayPage.Step(words: w("first.traits", ["place": w(place.name), "count": String(open)]), link: Site.place.link(place.id))) }
            steps.append(TodayPage.Step(words: w("first.board", ["place": w(place.name)]), link: Site.board.link(place.id)))
        }
        if !found.hasPIN { steps.append(TodayPage.Step(words: w("first.pin"), link: Site.me.link())) }
        return steps
    }

    /// What one person owes now, soon, later, and what they have done today.
    func page(_ desk: Desk) async throws -> TodayPage {
        let (w, times, me, now) = (desk.w, desk.times, desk.viewer.person.id, desk.visit.now)
        let lister = DutyLister(desk: desk)
        let seats = Array(Set(desk.viewer.roles.map(\.place) + [desk.viewer.person.place])).sorted()
        let dayEnds = hall.zone.instant(desk.today, minute: 1440)
        let today = desk.today
        let mark = hall.duties.mark()
        let (open, done, calendar) = try await hall.store.read { [hall] tx in
            (
                try DutyLister.open(seats: seats, until: dayEnds, about: Complaint.subjects(about: me, tx), since: mark, hall, tx, today),
                try DutyLister.done(by: me, seats: seats, since: mark, hall, tx, today), try hall.calendars.calendar(tx).isWorkingDay(today)
            )
        }
        let mine = open.filter { $0.owing.people.contains(me) }
        let late = mine.filter { $0.duty.due < now }
        let current = mine.filter { $0.duty.due >= now && $0.duty.opens <= now && $0.duty.due.ms - now.ms <= 60 * 60_000 }
        let later = mine.filter { $0.duty.due >= now && !($0.duty.opens <= now && $0.duty.due.ms - now.ms <= 60 * 60_000) && $0.duty.due <= dayEnds }
        let further = mine.filter { $0.duty.due > dayEnds }
        func section(_ key: String, _ list: [DutyLister.Found], right: String = "") -> TodayPage.Section? {
            list.isEmpty ? nil : TodayPage.Section(heading: w(key, n: list.count), right: right, lines: list.map { lister.line($0) })
        }
        let left = mine.count - further.count
        let onTime = done.allSatisfy { $0.duty.state == .done }
        let roles = w.list(desk.viewer.roles.prefix(3).map { desk.roleName($0.role) })
        return TodayPage(
            title: left > 0 ? w("today.left", n: left) : w(mine.isEmpty && done.isEmpty ? "today.nothing" : "today.none"),
            place: [desk.home.map { w($0.name) } ?? "", roles].filter { !$0.isEmpty }.joined(separator: " · "),
            day: times.day(today) + " · " + w(calendar ? "day.working" : "day.rest"),
            sections: [
                section("today.late", late, right: late.contains { $0.told } ? w("today.told") : ""), section("today.now", current),
                section("today.later", later), section("today.further", further),
                section("today.done", done, right: done.isEmpty ? "" : w(onTime ? "today.all-on-time" : "today.some-late")),
            ].compactMap { $0 },
            empty: mine.isEmpty && done.isEmpty ? w("today.empty") : nil, mayWalk: desk.viewer.roles.contains { desk.tree[$0.place]?.kind == "hall" })
    }
}
