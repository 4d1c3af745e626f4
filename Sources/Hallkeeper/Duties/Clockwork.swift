import Regulation
import Store
import WorkCalendar

/// The clock as an actor: a timer is a row with the next time on it. A process that dies loses nothing, one that wakes
/// late catches up, two never act twice, because the row's own state decides inside the act.
struct Clockwork {
    let hall: Hallkeeper

    /// Duties whose next moment lies before now, soonest first: its cost is that of what is due.
    func due(at now: Instant, limit: Int = 500) async throws -> [(place: Place.ID, duty: Duty.ID, at: Instant)] {
        try await hall.store.read { tx in
            try hall.standing.open(tx)
            return try tx.rows(
                """
                select place, id, next_at from duty where next_at is not null and next_at < \(now)
                order by next_at, id limit \(limit)
                """
            ).map { (try $0.text("place"), try $0.text("id"), try $0.instant("next_at")) }
        }
    }

    /// How much one process takes up at a time where several share the work: done well within what `Claims` hold.
    static let shared = 32

    /// Ticks what is due and nobody else has taken up; gives how many those were.
    func sweep(at now: Instant) async throws -> Int {
        let due: [(place: Place.ID, duty: Duty.ID, at: Instant)]
        if hall.store.engine == .sqlite {
            due = try await self.due(at: now)
        } else {
            due = try await hall.store.read { tx in
                try tx.rows(
                    """
                    select place, id, next_at from duty where next_at is not null and next_at < \(now)
                    and not exists (select 1 from claim where claim.what = 'tick:' || duty.id and claim.until >= \(now))
                    order by next_at, id limit \(Self.shared)
                    """
                ).map { (try $0.text("place"), try $0.text("id"), try $0.instant("next_at")) }
            }
        }
        let done = try await Claims(hall: hall).each(due, named: { "tick:\($0.duty)" }, at: now) { try await tick($0.place, $0.duty, at: now) }
        return hall.store.engine == .sqlite ? 0 : done
    }

    /// The earliest moment at which the clock has something to do, if any.
    func next() async throws -> Instant? {
        try await hall.store.read { tx in
            try tx.one("select min(next_at) as next_at from duty where next_at is not null")?.optionalInstant("next_at")
        }
    }

    /// Takes every step that has come due of one duty; gives how many ladder steps were taken.
    @discardableResult
    func tick(_ place: Place.ID, _ id: Duty.ID, at now: Instant) async throws -> Int {
        try await hall.act(by: .clock, at: now) { act in
            var duty = try act.duty(id, at: place)
            guard duty.isOpen, let next = duty.nextAt, next < now else { return 0 }
            let (pack, rule, unit) = try context(of: duty, act)
            guard let rule else { return try withdraw(duty, act) }
            if duty.isVoluntary {
                try Voluntary(act: act).close(duty, pack.pack)
                return 0
            }
            let moments = Timeline(of: duty, rule: rule, pack: pack.pack, unit: unit).moments
            var taken = 0
            while duty.isOpen, duty.nextStep < moments.count, moments[duty.nextStep].at < now {
                let moment = moments[duty.nextStep]
                duty.nextStep += 1
                duty.nextAt = duty.nextStep < moments.count ? moments[duty.nextStep].at : nil
                switch moment.act {
                case .overdue:
                    try act.keep(duty.overdue(at: moment.at), at: place)
                case .step(let step):
                    if try take(step, of: duty, at: moment.at, act) { taken += 1 }
                case .lapse:
                    let change = try duty.missed(at: moment.at)
                    duty = change.value
                    try act.keep(change, at: place)
                    if !duty.form.isEmpty { try Walking(act: act).close(duty, pack.pack, at: moment.at) }
                }
            }
            if duty.isOpen, let waiting = duty.nextAt, waiting < now {
                // Hours or closures changed since the timer was set: its moment lies elsewhere now.
                duty.nextAt = duty.nextStep < moments.count ? moments[duty.nextStep].at : nil
                try act.enter(Event(kind: "timer.set", about: "duty:\(duty.id)", at: now), at: place)
                try act.act.keep(duty)
            }
            return taken
        }
    }

    /// The pack version and rule a duty was opened under, and the hours of its seat.
    func context(of duty: Duty, _ act: HallAct) throws -> (PackInForce, Rule?, WorkUnit) {
        let pack = try act.hall.packs.pack(duty.pack, act.act)
        let unit = try FactFinder(tx: act.act, hall: act.hall).unit(of: act.place(duty.place))
        return (pack, pack.pack.rule(duty.rule), unit)
    }

    private func withdraw(_ duty: Duty, _ act: HallAct) throws -> Int {
        let change = try duty.notRequired(because: Text("规则已取消", "the rule is gone"), at: act.now)
        try act.keep(change, at: duty.place)
        return 0
    }

    /// One step of the ladder, once: the row of the step is its proof, the outbox what it leads to.
    private func take(_ step: TimedStep, of duty: Duty, at moment: Instant, _ act: HallAct) throws -> Bool {
        guard try act.act.one("select 1 as one from step where place = \(duty.place) and duty = \(duty.id) and step = \(step.index)") == nil else {
            // Taken before the deadline was moved: the timer goes on to the next.
            try act.enter(Event(kind: "timer.set", about: "duty:\(duty.id)", at: act.now), at: duty.place)
            try act.act.keep(duty)
            return false
        }
        try act.enter(
            Event(
                kind: "duty.escalated", about: "duty:\(duty.id)", at: moment,
                fields: ["rule": duty.rule, "step": String(step.index), "tell": step.tell.joined(separator: ",")]),
            at: duty.place)
        try act.act.keep(duty)
        guard try act.act.addIfNew(TakenStep(place: duty.place, duty: duty.id, step: step.index, at: moment)) else {
            return false
        }
        if !step.tell.isEmpty {
            let opens = step.immediate ? moment : act.hall.sendWindow(after: moment, try act.hall.packs.pack(duty.pack, act.act))
            _ = try act.act.addIfNew(
                Outgoing(
                    place: duty.place, duty: duty.id, step: step.index, tell: step.tell.joined(separator: ","),
                    immediate: step.immediate, opens: opens, state: .waiting))
        }
        if let finding = step.finding {
            let clause = try act.hall.packs.pack(duty.pack, act.act).pack.rule(duty.rule)?.clauses.first ?? ""
            let late = Finding(
                place: duty.place, id: act.act.id().description, record: "", form: "", point: finding, clause: clause, severity: "serious",
                note: "", photos: "", by: "clock", at: moment)
            var event = late.recorded
            event.fields["rule"] = duty.rule
            try act.keep(Change(late, event), at: duty.place)
        }
        return true
    }
}
