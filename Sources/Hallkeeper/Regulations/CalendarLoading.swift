import Regulation
import Store
import WorkCalendar

/// Loads a notice of days off (a year's file, YAML or JSON): kept, and every open deadline computed again.
struct CalendarLoading {
    let hall: Hallkeeper

    /// Refuses a text that is no notice, with the line.
    @discardableResult
    func load(_ text: String, level: String, reason: String, by actor: Actor, at now: Instant) async throws -> Int {
        try await hall.act(by: actor, at: now) { act in try Self.load(text, level: level, reason: reason, act) }
    }

    /// The same inside an act.
    @discardableResult
    static func load(_ text: String, level: String, reason: String, _ act: HallAct) throws -> Int {
        let notice: CalendarNotice
        do { notice = try CalendarNotice(parsing: text) } catch {
            throw FormProblems(fields: [("notice", error.sentence)])
        }
        let (company, now) = (try act.company(), act.now)
        try act.enter(
            Event(
                kind: "calendar.loaded", about: "calendar:\(notice.year)", at: now,
                fields: ["year": String(notice.year), "level": level]),
            at: company.id)
        try act.act.keep(
            CalendarNoticeRow(
                place: company.id, level: level, year: notice.year, body: text, reason: reason, by: act.by, at: now))
        let places = try act.act.one("select count(*) as n from place where ended is null")?.int("n") ?? 0
        if try act.act.one("select 1 as one from duty where state = 'open' limit 1") != nil {
            try act.act.keep(
                Fanout(
                    place: company.id, id: act.act.id().description, kind: "calendar", event: String(notice.year),
                    cursor: "", done: 0, total: Int(places), state: .running))
        }
        return notice.year
    }
}
