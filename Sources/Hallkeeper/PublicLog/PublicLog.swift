import Regulation
import Store
import WorkCalendar

/// The log of a rule's duties as it hangs in a hall for customers: what was done, when, by which role. It reads no name.
struct PublicLog: Sendable {
    struct Line: Sendable {
        var state: Duty.State
        /// When it was done; when it was due for what was not.
        var at: Instant
        /// The role it was done in, by id; "" when it is no longer known.
        var role: String
        /// Points found wanting, and how many of them have been put right.
        var wanting: Int
        var rectified: Int
    }
    var place: Place
    var rule: Rule
    var form: Regulation.Form
    /// What a customer may report.
    var event: String
    var lines: [Line]
    /// Somebody said so already: since when, and by when it is answered.
    var told: (since: Instant, due: Instant)?
    /// When the next one is due.
    var next: Instant?
    var unit: WorkUnit

    static let days = 7
    static let mostLines = 12

    /// The log behind a code; nil when there is none, or it was revoked, or the pack no longer shows it here.
    static func find(_ code: String, at now: Instant, _ hall: Hallkeeper, _ tx: any Reading) throws -> PublicLog? {
        guard let label = try Label.find(code, tx), label.kind == .log,
            let place = try tx.one("select * from place where place = \(label.place) and ended is null").map(Place.init(row:)),
            let inForce = try hall.packs.inForce(on: hall.zone.day(of: now), tx), let rule = inForce.pack.rule(label.target),
            let event = rule.log, let form = rule.form.flatMap(inForce.pack.form)
        else { return nil }
        let facts = try FactFinder(tx: tx, hall: hall).facts(of: place)
        guard rule.binding.holds(kind: facts.kind, traits: facts.traits) else { return nil }
        var log = PublicLog(place: place, rule: rule, form: form, event: event, lines: [], told: nil, next: nil, unit: facts.unit)
        log.lines = try lines(place, form.id, now, hall, tx)
        log.told = try told(place.id, event, inForce.pack, tx)
        log.next = try tx.one(
            "select min(due) as due from duty where place = \(place.id) and rule = \(rule.id) and state = 'open' and due >= \(now)"
        )?.optionalInstant("due")
        return log
    }

    private static func lines(_ place: Place, _ form: String, _ now: Instant, _ hall: Hallkeeper, _ tx: any Reading) throws -> [Line] {
        let since = hall.zone.day(of: now).adding(days: 1 - days)
        let rows = try tx.rows(
            """
            select * from duty where place = \(place.id) and day >= \(since) and form = \(form)
            and state in ('done', 'late', 'missed') order by coalesce(done_at, due) desc, id desc limit \(mostLines)
            """)
        return try rows.map { row in
            let duty = try Duty(row: row)
            let found = duty.record.isEmpty ? nil : try tx.one(
                """
                select count(*) as n, coalesce(sum(case when state = 'open' then 0 else 1 end), 0) as rectified
                from finding where place = \(place.id) and record = \(duty.record)
                """)
            return Line(
                state: duty.state, at: duty.doneAt ?? duty.due, role: try role(of: duty, hall, tx),
                wanting: Int(try found?.int("n") ?? 0), rectified: Int(try found?.int("rectified") ?? 0))
        }
    }

    /// The role whoever did it filled that day: the duty's own, or one that stands in.
    private static func role(of duty: Duty, _ hall: Hallkeeper, _ tx: any Reading) throws -> String {
        guard let done = duty.doneAt, !duty.doneBy.isEmpty else { return duty.role }
        let day = hall.zone.day(of: done)
        let standIns = try hall.packs.pack(duty.pack, tx).pack.rule(duty.rule)?.standIns ?? []
        return try ([duty.role] + standIns).first { role in
            try Set([duty.seat, duty.place]).contains { try Roster(tx: tx).people(role, at: $0, on: day).contains(duty.doneBy) }
        } ?? ""
    }

    /// The first duty still open because somebody reported the event.
    private static func told(_ place: Place.ID, _ event: String, _ pack: Pack, _ tx: any Reading) throws -> (since: Instant, due: Instant)? {
        let rules = (pack.rulesWaiting[event] ?? []).map(\.id)
        return try tx.one(
            "select opens, due from duty where place = \(place) and rule in \(list: rules) and state = 'open' order by opens, id limit 1"
        ).map { (try $0.instant("opens"), try $0.instant("due")) }
    }

    /// Whether the hall is open at a moment.
    func isOpen(at moment: Instant) -> Bool {
        unit.openIntervals(on: unit.zone.day(of: moment)).contains { $0.contains(moment) }
    }
}
