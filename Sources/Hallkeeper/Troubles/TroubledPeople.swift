import Regulation
import Store
import WorkCalendar

/// What people, customers and authorities do to a troubled world, beside their everyday.
extension TroubledLife {
    /// The troubles of a day at hours of their own.
    func plantTroubles(of day: Day) {
        func at(_ hours: ClosedRange<Int>) -> Instant { Zone.shanghai.instant(day, minute: troubles.draw(hours.lowerBound * 60...hours.upperBound * 60)) }
        for trouble in Trouble.allCases where !trouble.isAtStore && ![.clockOff, .forgets].contains(trouble) {
            for _ in 0..<([.phoneOffline, .customerReturns, .caseTurns, .handsOver].contains(trouble) ? 6 : 1) where troubles.comes(trouble) {
                happen(.trouble(trouble), at: at(trouble == .closedHall ? 5...11 : 9...17))
            }
        }
    }

    func strike(_ trouble: Trouble) async throws {
        witness.trace("trouble: \(trouble.rawValue)")
        switch trouble {
        case .clockJumps: jump()
        case .lateNotice: await insist { [self] hall in try await load(founded: true, hall) }
        case .amendedNotice: await insist { [self] hall in try await load(founded: false, hall) }
        case .newEdition: await publish()
        case .closedHall: if let place = chance.pick(world.halls) { simulation.mean(.close(place: place), at: time.now) }
        case .leaves: await leave()
        case .handsOver: try await handOver()
        case .phoneOffline: try await walkOffline()
        case .customerReturns: try await customerReturns()
        case .caseTurns: try await turnCase()
        case .stopsAll:
            for number in processes.indices {
                processes[number]?.store.die()
                if processes[number] != nil { died(number) }
            }
        default: break
        }
    }

    private func jump() {
        guard let number = chance.pick(Array(walls.indices)) else { return }
        let sizes: [Int64] = [-86_400_000, -3_600_000, -360_000, 360_000, 3_600_000, 86_400_000]
        walls[number].set(off: chance.pick(sizes) ?? 0)
        happen(.jumpEnds(number), at: time.now.adding(minutes: troubles.draw(1...90)))
    }

    /// Tried through one process after another until it is done.
    private func insist(_ work: @escaping @Sendable (Hallkeeper) async throws -> Void) async {
        await errand { [self] in
            for _ in 0..<12 {
                guard let process = reach() else {
                    await turns.pass(Turns.people, until: time.now.adding(ms: 60_000))
                    continue
                }
                do { return try await work(process.hall) } catch is Refusal { return } catch is FormProblems { return } catch {
                    await turns.pass(Turns.people, until: time.now.adding(ms: 20_000))
                }
            }
        }
    }

    // MARK: calendars and rulebooks

    private func load(founded: Bool, _ hall: Hallkeeper) async throws {
        guard !notice.isEmpty else { return }
        if !founded, amended == notice {
            // One more day off within the next days, as after a flood.
            var day = observer.zone.day(of: time.now).adding(days: troubles.draw(1...6))
            while notice.contains("\(day)") || day.weekday > 5 { day = day.adding(days: 1) }
            amended += "  - {day: \(day), off: yes, name: 调整}\n"
        }
        _ = try await CalendarLoading(hall: hall).load(amended, level: "national", reason: "State Council", by: .person(world.administrator), at: hall.clock.now)
        isYearLoaded = true
    }

    /// The year's notice, where nothing is in its way.
    func loadYear() async throws {
        _ = try await CalendarLoading(hall: observer).load(amended, level: "national", reason: "State Council", by: .clock, at: time.now)
        isYearLoaded = true
    }

    private func publish() async {
        let (files, pack, admin) = (nextFiles, nextPack, world.administrator)
        await insist { hall in
            let today = hall.zone.day(of: hall.clock.now)
            try await hall.act(by: .person(admin), at: hall.clock.now) { act in
                _ = try Publishing.publish(files, as: pack, from: today.adding(days: 1), act)
            }
        }
    }

    // MARK: people

    /// Somebody who is not the last in their role leaves.
    private func leave() async {
        let able = world.residents.filter { one in
            one.person != world.administrator && world.residents.filter { $0.person == one.person }.allSatisfy { role in
                world.residents.contains { $0.role == role.role && $0.place == role.place && $0.person != one.person }
            }
        }
        guard let one = chance.pick(able) else { return }
        let (roles, day, admin) = (world.residents.filter { $0.person == one.person }, observer.zone.day(of: time.now), world.administrator)
        simulation.world.residents.removeAll { $0.person == one.person }
        left[one.person] = day
        await insist { hall in
            try await hall.act(by: .person(admin), at: hall.clock.now) { act in
                for role in roles { try PersonActs(act: act).take(role.role, from: role.person, at: role.place, after: day.adding(days: -1)) }
                try PersonActs(act: act).deactivate(one.person)
            }
        }
    }

    private func openDuties(where fits: @escaping @Sendable (Duty) -> Bool) async throws -> [Duty] {
        let now = time.now
        return try await store.read { tx in
            try tx.rows("select * from duty where state = 'open' and opens <= \(now) order by id").map(Duty.init(row:)).filter(fits)
        }
    }

    private func handOver() async throws {
        guard let duty = chance.pick(try await openDuties { $0.holder.isEmpty && !$0.subject.hasPrefix("misconduct:") }),
            let colleague = chance.pick(world.residents.filter { $0.place == duty.place || $0.place == duty.seat })
        else { return }
        let giver = world.residents.first { $0.place == duty.seat }?.person ?? world.administrator
        await errand { [self] in
            try await simulation.act(by: giver) { act in
                try DutyActs(act: act).hand(duty.id, at: duty.place, to: colleague.person, by: giver, mayHandOver: true)
            }
        }
    }

    // MARK: cases

    private func cases(_ ended: Bool) async throws -> [Complaint] {
        try await store.read { tx in
            try tx.rows(ended ? "select * from complaint where ended is not null order by id" : "select * from complaint where ended is null order by id")
                .map(Complaint.init(row:)).filter { !$0.isConfidential }
        }
    }

    /// Who may do it: at the unit where it is the unit's, else whoever holds the permission.
    private func able(_ act: ComplaintAct, _ c: Complaint, but not: Person.ID = "") -> Person.ID? {
        let pack = nextPack
        return world.residents.first { one in
            guard one.person != not, let may = pack.role(one.role)?.may else { return false }
            if act.isUnits, one.place != c.unit { return false }
            return act.permission.map { may.contains($0) } ?? may.contains("take-in")
        }?.person
    }

    private func turn(_ c: Complaint, _ what: ComplaintAct, _ values: [String: String] = [:], but not: Person.ID = "") async {
        guard let who = able(what, c, but: not) else { return }
        await errand { [self] in
            try await simulation.act(by: who) { act in _ = try ComplaintActs(act).do(what, c.id, ActInput(values: values), by: who) }
        }
    }

    private func customerReturns() async throws {
        switch chance.minutes(0...3) {
        case 0: if let c = chance.pick(try await cases(false)) { await turn(c, .withdraw, ["said": "不用再查了"]) }
        case 1: if let c = chance.pick(try await cases(false)) { await turn(c, .supplement, ["note": "补充一张账单"]) }
        case 2: if let c = chance.pick(try await cases(true)) { await turn(c, .reopen, ["reason": "又出现了"]) }
        default:
            // About a person, who must then neither work on it nor hear of it.
            guard let book = try await store.read({ [observer, day = observer.zone.day(of: time.now)] tx in try observer.packs.inForce(on: day, tx) })?.pack.caseBook,
                let agent = world.residents.first(where: { $0.role == "agent" }), let kind = book.kind("SV1") ?? book.kinds.first(where: { !$0.isConfidential }),
                let unit = world.places["unit:" + kind.unit] ?? world.places["unit"],
                let about = chance.pick(world.residents.filter { $0.place == unit || $0.role == "shift-lead" || $0.role == "enterprise" })
            else { return }
            var intake = Intake()
            (intake.kind, intake.text, intake.severity, intake.respondent) = (kind.id, "点名投诉。", book.lightest, about.person)
            (intake.channel, intake.phone, intake.tracking) = (book.channels.first?.id ?? "", "13012345678", TrackingCode.draw(observer))
            let (full, place) = (intake, agent.place)
            await errand { [self] in
                try await simulation.act(by: agent.person) { act in _ = try ComplaintActs(act).record(full, by: agent.person, at: place) }
            }
        }
    }

    private func turnCase() async throws {
        guard let c = chance.pick(try await cases(false)) else { return }
        let day = observer.zone.day(of: time.now)
        switch chance.minutes(0...8) {
        case 0: await turn(c, .raise, ["severity": "S2", "reason": "影响扩大"])
        case 1: await turn(c, .lower, ["severity": "S4", "reason": "影响很小"])
        case 2: await turn(c, .supervise, ["demand": "三日内办结"])
        case 3: await turn(c, .release)
        case 4: await turn(c, .askFor, ["what": "suspension", "suspension": "customer", "until": day.adding(days: 5).description, "reason": "客户外出"])
        case 5: await turn(c, .askFor, ["what": "extension", "until": day.adding(days: 12).description, "reason": "要等检测"])
        case 6: await turn(c, chance.happens(700) ? .grant : .deny, but: c.requestBy)
        case 7: await turn(c, .resume)
        default: if let other = chance.pick(try await cases(false).filter { $0.id != c.id }) { await turn(c, .combine, ["into": other.id, "reason": "同一件事"]) }
        }
    }

    // MARK: after the troubles

    /// The year's notice is there, roles are filled, nothing is suspended or supervised that nobody would release.
    func putRight() async throws {
        if !isYearLoaded { try await loadYear() }
        // What was handed to somebody who cannot do it goes to who can.
        for duty in try await openDuties(where: { !$0.holder.isEmpty }) {
            guard let able = world.residents.first(where: { $0.role == duty.role && ($0.place == duty.seat || $0.place == duty.place) && $0.person != duty.holder }) else { continue }
            let director = world.administrator
            await errand { [self] in
                try await simulation.act(by: director) { act in try DutyActs(act: act).hand(duty.id, at: duty.place, to: able.person, by: director, mayHandOver: true) }
            }
        }
        for c in try await cases(false) {
            if c.isSupervised { await turn(c, .release) }
            if c.suspended != nil { await turn(c, .resume) }
            if c.request != .none { await turn(c, .deny, but: c.requestBy) }
        }
    }
}
