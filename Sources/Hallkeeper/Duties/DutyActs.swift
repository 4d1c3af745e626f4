import Regulation
import Store
import WorkCalendar

/// What may be done to a duty besides doing it: handed on, waived.
struct DutyActs {
    let act: HallAct

    /// Handed to a colleague who works at the place today. By who owes it, or by somebody who may hand over.
    func hand(_ id: Duty.ID, at place: Place.ID, to person: Person.ID, by giver: Person.ID, mayHandOver: Bool) throws {
        let duty = try act.duty(id, at: place)
        let day = act.hall.zone.day(of: act.now)
        let inForce = try act.hall.packs.pack(duty.pack, act.act)
        guard let rule = inForce.pack.rule(duty.rule) else {
            throw Refusal.tooLate(Text("这条规则已取消。", "This rule was withdrawn."))
        }
        let owing = try Roster(tx: act.act, standing: act.hall.standing).responsible(for: duty, rule: rule, pack: inForce.pack, on: day)
        guard mayHandOver || owing.people.contains(giver) else {
            throw Refusal.notAllowed(Text("只有该做的人或主任可以转交。", "Only who owes it, or the director, hands it on."))
        }
        let colleagues = try Roster(tx: act.act).colleagues(at: [duty.place, duty.seat], on: day)
        guard colleagues.contains(where: { $0.id == person }), try Roster(tx: act.act).party(to: duty.subject) != person else {
            throw FormProblems(fields: [
                ("person", Text("这个人不在本单位，不能转交。", "This person does not work here."))
            ])
        }
        try act.keep(duty.handed(to: person, at: act.now), at: place)
    }

    /// Waived by somebody who may, with a reason, never by who owes it.
    func waive(_ id: Duty.ID, at place: Place.ID, reason: String, by person: Person.ID) throws {
        if reason.isEmpty { throw FormProblems(fields: [("reason", Text("请写免做的理由。", "Say why it is waived."))]) }
        let duty = try act.duty(id, at: place)
        let inForce = try act.hall.packs.pack(duty.pack, act.act)
        var owing: Set<Person.ID> = []
        if let rule = inForce.pack.rule(duty.rule) {
            let day = act.hall.zone.day(of: act.now)
            owing = Set(try Roster(tx: act.act, standing: act.hall.standing).responsible(for: duty, rule: rule, pack: inForce.pack, on: day).people)
        }
        let change = try duty.waived(by: person, owing: owing, reason: "", at: act.now)
        try act.enter(change.event, at: place)
        var value = change.value
        value.note = "personal:\(try act.act.personal(reason, place: place))"
        try act.act.keep(value)
        try Regulator(act).answer(change.event, at: place)
    }
}
