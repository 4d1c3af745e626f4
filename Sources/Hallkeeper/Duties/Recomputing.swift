import Regulation
import Store
import WorkCalendar

/// Computes the deadlines of a place's open duties again, after the calendar changed; each change is an entry. What has
/// ended never changes (domain §1.4-8).
struct Recomputing {
    let act: HallAct

    /// Under the version each duty was opened with.
    func recompute(_ id: Place.ID, cause: String) throws {
        let place = try act.place(id)
        for duty in try openDuties(id) {
            let inForce = try act.hall.packs.pack(duty.pack, act.act)
            guard let rule = inForce.pack.rule(duty.rule) else { continue }
            let facts = try facts(of: duty, seat: duty.seat, place, inForce)
            guard let plan = try again(duty, rule, inForce, facts) else { continue }
            guard plan.due != duty.due || plan.provisional != duty.provisional || plan.lapses != duty.lapses else { continue }
            let change = duty.moved(
                due: plan.due, lapses: plan.lapses, provisional: plan.provisional, reasons: plan.reasons, at: act.now)
            try keep(change, of: duty, rule, inForce, facts)
        }
    }

    /// `running: switch`: open duties of a place follow the version in force. What their rule no longer plans (another
    /// cadence, another season) is not required.
    func `switch`(_ id: Place.ID, to inForce: PackInForce) throws {
        let place = try act.place(id)
        let finder = FactFinder(tx: act.act, hall: act.hall)
        for duty in try openDuties(id) where duty.pack != inForce.hash {
            guard let rule = inForce.pack.rule(duty.rule) else { continue }
            let seat = try rule.role == duty.role || rule.role == nil
                ? duty.seat : finder.seat(of: rule.role ?? "", for: place, pack: inForce.pack).id
            let facts = try facts(of: duty, seat: seat, place, inForce)
            guard let plan = try again(duty, rule, inForce, facts), plan.notRequired == nil else {
                let reason = Text("新版规范不再要求这一次", "the new edition no longer asks for this one")
                try act.keep(duty.notRequired(because: reason, at: act.now), at: id)
                continue
            }
            try keep(duty.switched(to: inForce.hash, as: plan, seat: seat, at: act.now), of: duty, rule, inForce, facts)
        }
    }

    private func openDuties(_ place: Place.ID) throws -> [Duty] {
        try act.act.rows("select * from duty where place = \(place) and state = 'open' order by id").map(Duty.init(row:)).filter { !$0.isVoluntary }
    }

    private func facts(of duty: Duty, seat: Place.ID, _ place: Place, _ inForce: PackInForce) throws -> PlaceFacts {
        let finder = FactFinder(tx: act.act, hall: act.hall)
        var facts = try finder.planned(of: place, pack: inForce)
        if seat != place.id { facts.owners[duty.role] = try finder.unit(of: act.place(seat)) }
        return facts
    }

    /// The timer is set anew: steps already taken stay taken, the others come in their turn.
    private func keep(_ change: Change<Duty>, of duty: Duty, _ rule: Rule, _ inForce: PackInForce, _ facts: PlaceFacts) throws {
        var change = change
        let moments = Timeline(of: change.value, rule: rule, pack: inForce.pack, unit: facts.unit)
        let before = try act.hall.packs.pack(duty.pack, act.act).pack
        let old = before.rule(duty.rule).map { Timeline(of: duty, rule: $0, pack: before, unit: facts.unit) } ?? moments
        change.value = change.value.timed(by: moments, after: old, at: act.now)
        try act.keep(change, at: change.value.place)
    }

    /// The duty as the rule plans it now; nil when its occasion is none any more.
    private func again(_ duty: Duty, _ rule: Rule, _ inForce: PackInForce, _ facts: PlaceFacts) throws -> PlannedDuty? {
        if duty.occasion.hasPrefix("event:") {
            let event = String(duty.occasion.dropFirst("event:".count))
            let row = try act.act.one("select * from event where id = \(event)").map(EventRow.init(row:))
            guard
                let found = Answer.deadline(
                    of: rule, at: row?.at ?? duty.opens, fields: row?.carried ?? [:], place: facts, company: inForce.pack.company)
            else { return nil }
            return PlannedDuty(
                rule: rule.id, subject: duty.subject, occasion: duty.occasion, day: duty.day, opens: duty.opens, due: found.due,
                lapses: found.lapses, role: rule.role ?? duty.role, seat: nil, form: rule.form, endsOn: rule.endsOn,
                provisional: found.provisional, reasons: found.reasons)
        }
        let plans = DutyPlan.duties(inForce.pack, at: facts, on: duty.day) { _ in
            duty.subject.hasPrefix("person:") ? [String(duty.subject.dropFirst("person:".count))] : []
        }
        return plans.first { $0.rule == duty.rule && $0.subject == duty.subject && $0.occasion == duty.occasion }
    }
}
