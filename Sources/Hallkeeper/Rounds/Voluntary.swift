import Regulation
import Store
import WorkCalendar

/// A round walked because somebody wants to: nobody owes it, so it moves no percentage; what it finds is followed to its end
/// like any other finding. It is a duty of its own kind, held by whoever began it, and over with the day.
struct Voluntary {
    let act: HallAct

    /// Rounds that can be walked so at a kind of place: every round a rule there asks for that one person fills in alone.
    static func forms(_ pack: Pack, at kind: String) -> [Form] {
        let asked = Set(pack.rules.filter { $0.binding.kind == kind && $0.signedBy == nil }.compactMap(\.form))
        return pack.forms.filter { $0.isRound && asked.contains($0.id) }
    }

    /// Begins one now. One begun today and not ended yet is given again: nobody walks the same round twice at once.
    func open(_ form: String, at place: Place, by person: Person.ID) throws -> Duty {
        let unit = try FactFinder(tx: act.act, hall: act.hall).unit(of: place)
        let day = unit.zone.day(of: act.now)
        guard let inForce = try act.hall.packs.inForce(on: day, act.act), Self.forms(inForce.pack, at: place.boundKind).contains(where: { $0.id == form })
        else { throw Refusal.notFound }
        let rule = Rule.voluntaryPrefix + form
        let begun = try act.act.one(
            "select * from duty where place = \(place.id) and day = \(day) and rule = \(rule) and holder = \(person) and state = 'open' limit 1")
        if let begun { return try Duty(row: begun) }
        let (id, ends) = (act.act.id().description, unit.zone.instant(day, minute: 1440))
        let duty = Duty(
            place: place.id, id: id, rule: rule, subject: "", occasion: "voluntary:\(id)", pack: inForce.hash, day: day, opens: act.now, due: ends,
            firstDue: ends, lapses: ends, role: "", seat: place.id, form: form, endsOn: "", state: .open, holder: person, cause: "voluntary", doneBy: "",
            doneAt: nil, receivedAt: nil, record: "", note: "", nextAt: ends, nextStep: 0, provisional: false,
            reasons: [Text("自愿走的，当天有效", "walked because one wants to; over with the day")])
        try act.enter(Event(kind: "round.begun-voluntarily", about: "duty:\(id)", at: act.now, fields: ["form": form]), at: place.id)
        try act.act.keep(duty)
        return duty
    }

    /// The day is over: what was answered is kept and followed, and nothing was missed.
    func close(_ duty: Duty, _ pack: Pack) throws {
        let ends = duty.lapses ?? act.now
        try act.keep(duty.notRequired(because: Text("自愿的一轮，没有走完", "a voluntary round, not finished"), at: ends), at: duty.place)
        try Walking(act: act).close(duty, pack, at: ends)
    }
}

extension Duty {
    /// Whether nobody owes it.
    var isVoluntary: Bool { rule.hasPrefix(Rule.voluntaryPrefix) }
}
