import Regulation
import Store
import WorkCalendar

/// The clocks that run about one subject: stopped, moved, or exchanged for others when the case changes. Each change is an
/// entry that says why; the deadline a duty began with stays on record.
struct CaseClocks {
    let act: HallAct
    let subject: String

    private func open(at place: Place.ID?) throws -> [Duty] { try Duty.open(about: subject, at: place, act.act) }

    /// Nothing more is owed there, or anywhere.
    func stop(at place: Place.ID?, because reason: Text) throws {
        for duty in try open(at: place) { try act.keep(duty.notRequired(because: reason, at: act.now), at: duty.place) }
    }

    /// What ends on these events is owed no more.
    func stop(endingOn kinds: [String], because reason: Text) throws {
        for duty in try open(at: nil) where kinds.contains(duty.endsOn) { try act.keep(duty.notRequired(because: reason, at: act.now), at: duty.place) }
    }

    /// What an event asks for and ends on these is owed, although it was put down before.
    func begin(_ event: Event, at place: Place.ID, _ inForce: PackInForce, endingOn kinds: [String]) throws {
        let rules = (inForce.pack.rulesWaiting[event.kind] ?? []).filter { kinds.contains($0.endsOn ?? "") }
        try act.enter(event, at: place)
        try Regulator(act).answer(event, at: place, only: Set(rules.map(\.id)))
    }

    /// Another deadline for what ends on these events.
    func move(endingOn kinds: [String], at place: Place.ID? = nil, _ inForce: PackInForce, because reason: Text, to due: (Instant) -> Instant) throws {
        for duty in try open(at: place) where kinds.contains(duty.endsOn) {
            let next = due(duty.due)
            guard next != duty.due, let rule = inForce.pack.rule(duty.rule) else { continue }
            var change = duty.moved(due: next, lapses: duty.lapses, provisional: duty.provisional, reasons: duty.reasons + [reason], at: act.now)
            let unit = try FactFinder(tx: act.act, hall: act.hall).unit(of: act.place(duty.seat))
            let moments = Timeline(of: change.value, rule: rule, pack: inForce.pack, unit: unit)
            change.value = change.value.timed(by: moments, after: Timeline(of: duty, rule: rule, pack: inForce.pack, unit: unit), at: act.now)
            try act.keep(change, at: duty.place)
        }
    }

    /// The event as it was and as it would be now: what only the first asks for stops, what only the second asks for begins,
    /// counted from when it happened; what both ask for goes on.
    func change(from before: Event, to after: Event, at place: Place.ID, _ inForce: PackInForce) throws {
        let rules = inForce.pack.rulesWaiting[before.kind] ?? []
        let was = Set(rules.filter { rule in rule.conditions.allSatisfy { $0.holds(before.fields[$0.field]) } }.map(\.id))
        let now = Set(rules.filter { rule in rule.conditions.allSatisfy { $0.holds(after.fields[$0.field]) } }.map(\.id))
        let duties = try open(at: place)
        // What has ended under the old rule is not owed again under the new one.
        let ended = Set(rules.filter { rule in was.contains(rule.id) && !duties.contains { $0.rule == rule.id } }.compactMap(\.endsOn))
        for duty in duties where was.contains(duty.rule) && !now.contains(duty.rule) {
            try act.keep(duty.notRequired(because: Text("等级已改，按新的期限", "the severity changed; another deadline holds"), at: act.now), at: place)
        }
        let fresh = rules.filter { now.contains($0.id) && !was.contains($0.id) && !ended.contains($0.endsOn ?? "") }.map(\.id)
        if !fresh.isEmpty {
            try act.enter(after, at: place)
            try Regulator(act).answer(after, at: place, only: Set(fresh))
        }
    }
}
