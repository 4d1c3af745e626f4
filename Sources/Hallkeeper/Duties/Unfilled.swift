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

    /// What decides who answers for a duty.
    private struct Question: Hashable {
        var complaint: String
        var role: String
        var seat: Place.ID
        var standIns: [String]
        var dutyClass: String
        var day: Day
    }

    /// Looks at duties just opened at a place. Each kind of question (role, seat, stand-ins) is asked once.
    func look(_ duties: [Duty], at place: Place, _ inForce: PackInForce) throws {
        let roster = Roster(tx: act.act, standing: act.hall.standing)
        var asked: [Question: Bool] = [:]
        var said: Set<String> = []
        let today = act.hall.zone.day(of: act.now)
        // Days that are past, planned after an outage, can no longer be helped.
        for duty in duties where duty.isOpen && duty.day >= today {
            guard let rule = inForce.pack.rule(duty.rule), inForce.pack.role(duty.role)?.isOptional == false else { continue }
            let day = duty.day
            try avoidConflict(duty, rule, inForce)
            let question = Question(
                complaint: Complaint.id(of: duty.subject) ?? "", role: duty.role, seat: duty.seat, standIns: rule.standIns, dutyClass: rule.dutyClass ?? "", day: day)
            let isUnfilled: Bool
            if let known = asked[question] {
                isUnfilled = known
            } else {
                isUnfilled = try roster.responsible(for: duty, rule: rule, pack: inForce.pack, on: day).how == .unfilled
                asked[question] = isUnfilled
            }
            guard isUnfilled, said.insert("\(duty.role)/\(day)").inserted else { continue }
            try say(duty.role, on: day, at: place, inForce, isConfidential: duty.subject.hasPrefix("misconduct:"))
        }
    }

    /// Somebody who would owe it is whom the case is about: that it goes to others is an entry.
    func avoidConflict(_ duty: Duty, _ rule: Rule, _ inForce: PackInForce) throws {
        let roster = Roster(tx: act.act)
        let party = try roster.party(to: duty.subject)
        guard !party.isEmpty else { return }
        let told = Set([duty.role] + rule.standIns + rule.ladder)
        let isNear = try act.act.one("select 1 as one from role_holder where person = \(party) and role in \(list: told.sorted()) and place in (\(duty.place), \(duty.seat)) limit 1") != nil
        guard isNear || duty.holder == party else { return }
        try act.enter(Event(kind: "conflict.avoided", about: duty.subject, at: act.now, fields: ["rule": duty.rule]), at: duty.place)
    }

    private func say(_ role: String, on day: Day, at place: Place, _ inForce: PackInForce, isConfidential: Bool) throws {
        let mark = Self.mark(role, day)
        guard try act.act.one("select 1 as one from outbox where place = \(place.id) and duty = \(mark) and step = 0") == nil else { return }
        let keepers = inForce.pack.roles.filter { $0.may.contains(isConfidential ? "misconduct" : "roster") }.map(\.id)
        let event = Event(kind: "role.unfilled", about: "role:\(role)", at: act.now, fields: ["role": role, "day": day.description])
        try act.enter(event, at: place.id)
        try act.act.keep(
            Outgoing(
                place: place.id, duty: mark, step: 0, tell: keepers.joined(separator: ","), immediate: false,
                opens: act.hall.sendWindow(after: act.now, inForce), state: .waiting))
        // Of what is confidential nobody else hears, not even that nobody is there for it.
        if !isConfidential { try Regulator(act).answer(event, at: place.id) }
    }
}
