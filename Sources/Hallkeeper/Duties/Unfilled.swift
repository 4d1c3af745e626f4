import Regulation
import Store
import WorkCalendar

/// Nobody fills a role that owes something today, nor stands in for it: an alarm, not a silence. Said once a role, place
/// and day, to those who keep the roster.
struct Unfilled {
    let act: HallAct

    /// What a message of an unfilled role is about, where others name their duty.
    static func mark(_ role: String, _ day: Day) -> String { "role:\(role)/\(day)" }

    /// The role and day of such a mark; nil when it names a duty.
    static func parse(_ mark: String) -> (role: String, day: Day)? {
        guard mark.hasPrefix("role:"), let slash = mark.lastIndex(of: "/"), let day = Day(String(mark[mark.index(after: slash)...])) else { return nil }
        return (String(mark[mark.index(mark.startIndex, offsetBy: 5)..<slash]), day)
    }

    /// Looks at duties just opened at a place. Each kind of question (role, seat, stand-ins) is asked once.
    func look(_ duties: [Duty], at place: Place, _ inForce: PackInForce) throws {
        let roster = Roster(tx: act.act, standing: act.hall.standing)
        var asked: [String: Bool] = [:]
        var said: Set<String> = []
        let today = act.hall.zone.day(of: act.now)
        // Days that are past, planned after an outage, can no longer be helped.
        for duty in duties where duty.isOpen && duty.day >= today {
            guard let rule = inForce.pack.rule(duty.rule), inForce.pack.role(duty.role)?.isOptional == false else { continue }
            let day = duty.day
            let question = "\(duty.role)|\(duty.seat)|\(rule.standIns)|\(rule.dutyClass ?? "")|\(day)"
            let isUnfilled: Bool
            if let known = asked[question] {
                isUnfilled = known
            } else {
                isUnfilled = try roster.responsible(for: duty, rule: rule, pack: inForce.pack, on: day).how == .unfilled
                asked[question] = isUnfilled
            }
            guard isUnfilled, said.insert("\(duty.role)/\(day)").inserted else { continue }
            try say(duty.role, on: day, at: place, inForce)
        }
    }

    private func say(_ role: String, on day: Day, at place: Place, _ inForce: PackInForce) throws {
        let mark = Self.mark(role, day)
        guard try act.act.one("select 1 as one from outbox where place = \(place.id) and duty = \(mark) and step = 0") == nil else { return }
        let keepers = inForce.pack.roles.filter { $0.may.contains("roster") }.map(\.id)
        let event = Event(kind: "role.unfilled", about: "role:\(role)", at: act.now, fields: ["role": role, "day": day.description])
        try act.enter(event, at: place.id)
        try act.act.keep(
            Outgoing(
                place: place.id, duty: mark, step: 0, tell: keepers.joined(separator: ","), immediate: false,
                opens: act.hall.sendWindow(after: act.now, inForce), state: .waiting))
        try Regulator(act).answer(event, at: place.id)
    }
}
