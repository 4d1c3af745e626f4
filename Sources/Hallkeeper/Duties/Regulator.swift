import Regulation
import Store
import WorkCalendar

/// The regulation's answer to an event, in the same act: duties opened, duties ended, what follows from those.
/// A capability says what happened and knows nothing of this.
struct Regulator {
    let act: HallAct
    private let depth: Int

    /// Chains of events longer than this are a loop the pack check has missed; the act is refused, nothing is kept.
    private static let deepest = 8

    init(_ act: HallAct, depth: Int = 0) {
        self.act = act
        self.depth = depth
    }

    private var tx: any Reading { act.act }

    /// Opens and ends what the pack in force on the event's day says. Rows kept here belong to the event's entry.
    /// `only`: of the rules that wait for it, these; nothing ends then.
    /// Gives how many duties were opened.
    @discardableResult
    func answer(_ event: Event, at placeID: Place.ID, id: String? = nil, only: Set<String>? = nil) throws -> Int {
        guard let inForce = try act.hall.packs.inForce(on: act.hall.zone.day(of: event.at), tx) else { return 0 }
        guard inForce.heard.contains(event.kind) else { return 0 }
        guard depth < Self.deepest else { throw Fault(.other, "events chain more than \(Self.deepest) deep: \(event.kind)") }
        let finder = FactFinder(tx: tx, hall: act.hall)
        let place = try finder.place(placeID)
        var facts = try finder.facts(of: place)
        for rule in inForce.pack.rulesWaiting[event.kind] ?? [] {
            // What does not answer this event here is not asked where it sits.
            guard rule.binding.holds(kind: facts.kind, traits: facts.traits), rule.conditions.allSatisfy({ $0.holds(event.fields[$0.field]) }) else { continue }
            guard let role = rule.role, facts.owners[role] == nil else { continue }
            var seat = try finder.seat(of: role, for: place, pack: inForce.pack)
            if case .event(let field, _) = rule.who, let named = event.fields[field], !named.isEmpty { seat = try finder.place(named) }
            if seat.id != place.id { facts.owners[role] = try finder.unit(of: seat) }
        }
        let happening = Happening(
            id: id ?? act.act.id().description, kind: event.kind, fields: event.fields, place: placeID,
            subject: event.about, at: event.at)
        let day = facts.unit.zone.day(of: event.at)
        let opened = Answer.opened(by: happening, inForce.pack, at: facts) { role in
            (try? people(role, place, inForce.pack, day)) ?? []
        }
        let duties = try opened.filter { only?.contains($0.rule) ?? true }.compactMap { try open($0, at: place, inForce, facts, cause: "event:\(happening.id)") }
        let ending = Answer.endedRules(by: happening, inForce.pack)
        if !ending.isEmpty, only == nil { try end(ending.map(\.id), by: event, at: placeID) }
        // Last, since it begins an entry of its own.
        try Unfilled(act: act).look(duties, at: place, inForce)
        return duties.count
    }

    private func people(_ role: String, _ place: Place, _ pack: Pack, _ day: Day) throws -> [Person.ID] {
        let seat = try FactFinder(tx: tx, hall: act.hall).seat(of: role, for: place, pack: pack)
        return try Roster(tx: tx, standing: act.hall.standing).people(role, at: seat.id, on: day)
    }

    /// Writes one planned duty and gives it, unless it is already there.
    @discardableResult
    func open(
        _ plan: PlannedDuty, at place: Place, _ inForce: PackInForce, _ facts: PlaceFacts, cause: String
    ) throws -> Duty? {
        guard let rule = inForce.pack.rule(plan.rule) else { return nil }
        if let once = rule.once, try isHeldBack(plan, once, at: place) { return nil }
        let seat = try plan.seat ?? FactFinder(tx: tx, hall: act.hall).seat(of: plan.role, for: place, pack: inForce.pack).id
        var duty = Duty(
            place: place.id, id: act.act.id().description, rule: plan.rule, subject: plan.subject,
            occasion: plan.occasion, pack: inForce.hash, day: plan.day, opens: plan.opens, due: plan.due,
            firstDue: plan.due, lapses: plan.lapses, role: plan.role, seat: seat, form: plan.form ?? "",
            endsOn: plan.endsOn ?? "", state: .open, holder: "", cause: cause, doneBy: "", doneAt: nil,
            receivedAt: nil, record: "", note: "", nextAt: nil, nextStep: 0, provisional: plan.provisional,
            reasons: plan.reasons)
        if let reason = plan.notRequired {
            duty.state = .notRequired
            duty.note = [reason].json.text
        } else {
            duty.nextAt = Timeline.first(of: duty, rule: rule, pack: inForce.pack, unit: facts.unit)
        }
        return try act.act.addIfNew(duty) ? duty : nil
    }

    /// `once: while-open` and `once: day`: a second report of the same rain opens no second duty.
    private func isHeldBack(_ plan: PlannedDuty, _ once: Rule.Once, at place: Place) throws -> Bool {
        switch once {
        case .whileOpen:
            return try tx.one(
                """
                select 1 as one from duty where place = \(place.id) and rule = \(plan.rule)
                and subject = \(plan.subject) and state = 'open' limit 1
                """) != nil
        case .day:
            return try tx.one(
                """
                select 1 as one from duty where place = \(place.id) and rule = \(plan.rule)
                and subject = \(plan.subject) and day = \(plan.day) limit 1
                """) != nil
        }
    }

    /// A re-check that sent a finding back has been done, though it did not close it: the duty to look again ends, the
    /// next one comes with the next rectification.
    func endRechecks(of finding: Finding.ID, at place: Place.ID) throws {
        guard let inForce = try act.hall.packs.inForce(on: act.hall.zone.day(of: act.now), tx) else { return }
        let rules = (inForce.pack.rulesEnding["finding.rechecked"] ?? []).map(\.id)
        guard !rules.isEmpty else { return }
        try end(rules, by: Event(kind: "finding.recorded", about: "finding:\(finding)", at: act.now), at: place)
    }

    /// Ends open duties of these rules about the event's subject.
    private func end(_ rules: [String], by event: Event, at place: Place.ID) throws {
        // What is about nothing is found by its rule.
        let owed = try event.about.isEmpty
            ? tx.rows("select * from duty where place = \(place) and subject = '' and state = 'open' and rule in \(list: rules)").map(Duty.init(row:))
            : Duty.open(about: event.about, at: place, tx).filter { rules.contains($0.rule) }
        for duty in owed.sorted(by: { $0.id < $1.id }) where event.at >= duty.opens {
            let change = try duty.done(by: act.by, record: "", at: event.at, received: act.now)
            try act.enter(change.event, at: place)
            try act.act.keep(change.value)
            try Regulator(act, depth: depth + 1).answer(change.event, at: place)
        }
    }
}
