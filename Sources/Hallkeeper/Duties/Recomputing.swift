import Regulation
import Store
import WorkCalendar

/// Computes the deadlines of a place's open duties again, after the calendar changed; each change is an entry. What has
/// ended never changes (domain §1.4-8).
struct Recomputing {
    let act: HallAct

    func recompute(_ id: Place.ID, cause: String) throws {
        let place = try act.place(id)
        for row in try act.act.rows("select * from duty where place = \(id) and state = 'open' order by id") {
            let duty = try Duty(row: row)
            let inForce = try act.hall.packs.pack(duty.pack, act.act)
            guard let rule = inForce.pack.rule(duty.rule) else { continue }
            let finder = FactFinder(tx: act.act, hall: act.hall)
            var facts = try finder.facts(of: place, pack: inForce)
            if duty.seat != id { facts.owners[duty.role] = try finder.unit(of: act.place(duty.seat)) }
            guard let (due, lapses, provisional, reasons) = try again(duty, rule, inForce, facts) else { continue }
            guard due != duty.due || provisional != duty.provisional || lapses != duty.lapses else { continue }
            var change = duty.moved(due: due, lapses: lapses, provisional: provisional, reasons: reasons, at: act.now)
            let moments = Timeline(of: change.value, rule: rule, pack: inForce.pack, unit: facts.unit).moments
            // Steps already taken stay taken; the clock goes on with the first moment that lies ahead.
            change.value.nextStep = moments.firstIndex { $0.at >= act.now } ?? moments.count
            change.value.nextAt = change.value.nextStep < moments.count ? moments[change.value.nextStep].at : nil
            try act.keep(change, at: id)
        }
    }

    private func again(
        _ duty: Duty, _ rule: Rule, _ inForce: PackInForce, _ facts: PlaceFacts
    ) throws -> (Instant, Instant?, Bool, [Text])? {
        if duty.occasion.hasPrefix("event:") {
            let event = String(duty.occasion.dropFirst("event:".count))
            let row = try act.act.one("select * from event where id = \(event)").map(EventRow.init(row:))
            return Answer.deadline(
                of: rule, at: row?.at ?? duty.opens, fields: row?.carried ?? [:], place: facts, company: inForce.pack.company)
        }
        let plans = DutyPlan.duties(inForce.pack, at: facts, on: duty.day) { _ in
            duty.subject.hasPrefix("person:") ? [String(duty.subject.dropFirst("person:".count))] : []
        }
        return plans.first { $0.rule == duty.rule && $0.subject == duty.subject && $0.occasion == duty.occasion }
            .map { ($0.due, $0.lapses, $0.provisional, $0.reasons) }
    }
}
