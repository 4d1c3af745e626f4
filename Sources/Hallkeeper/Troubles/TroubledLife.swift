import Foundation
import Regulation
import Store
import WorkCalendar

/// Halls lived by several processes over one store while things go wrong, all of it drawn from a seed; then, with nothing
/// going wrong any more and everybody diligent, until each case and duty has ended (docs/rules/simulation.md).
/// Strands run one at a time (`Turns`), so that its own state needs no lock.
final class TroubledLife: @unchecked Sendable, ProcessLife {
    struct Plan: Sendable {
        var halls = 1
        var days = 2
        var seed: UInt64 = 1
        /// Troubles the seed may arm.
        var only = Set(Trouble.allCases)
        var fault: PlantedFault.Kind?
        var diligentDays = 40
    }
    enum Happening: Sendable {
        case morning(Day), look, restart(Int), jumpEnds(Int), confirm, hourly, check, phone, trouble(Trouble)
    }

    let plan: Plan
    let first: Day
    let fault: PlantedFault?
    let time: SimulatedTime
    let turns = Turns()
    let troubles: Troubles
    let witness: Witness
    /// The database all processes share, as it is.
    let store: any Store
    let known: KnownPacks
    /// A program nothing happens to; it looks and does not act.
    let observer: Hallkeeper
    let simulation: Simulation
    var chance: Chance
    var world: World { simulation.world }
    let files: [PackFile]

    var processes: [SimulatedProcess?] = []
    var walls: [WallClock] = []
    /// By how much each wall clock is off when it is right.
    private var offsets: [Int64] = []
    private var asleep: [Int: Instant] = [:]
    private var lastFull: [Int: Instant] = [:]
    private(set) var queue: [(at: Instant, order: Int, what: Happening)] = []
    private var order = 0
    private var errands = 0
    private var births: UInt64 = 0
    private var turnAt: Instant?
    private var isConfirming = false
    private var seenRow: Int64 = 0
    private var pending: Set<Duty.ID> = []
    var batches = 0
    var clockTurns = 0
    var isOver = false
    /// Errands that came to nothing, by why.
    var failures: [String: Int] = [:]
    var deaths = 0
    var isChaos = true
    let notice: String
    /// The notice as it stands after what was amended.
    var amended: String
    var isYearLoaded = false
    let nextFiles: [PackFile]
    let nextPack: Pack
    /// Who has left, and on which day.
    var left: [Person.ID: Day] = [:]
    /// What phones hold, and what they were told had arrived.
    var sendings: [(at: Instant, round: SentRound, envelope: Envelope)] = []
    var arrived: [SentRound] = []
    var memory = CheckMemory()

    init(_ plan: Plan, in founded: FoundedWorld, store: any Store, photo: String, tell: (@Sendable (String) -> Void)?) {
        self.plan = plan
        (first, fault, self.store, files, known) = (founded.day, plan.fault.map(PlantedFault.init), store, founded.files, founded.known)
        (notice, amended, nextFiles, nextPack) = (founded.notice, founded.notice, founded.nextFiles, founded.nextPack)
        time = SimulatedTime(Zone.shanghai.instant(first, minute: 0))
        troubles = Troubles(seed: plan.seed &* 0x9E37 &+ 7, only: plan.only)
        witness = Witness(time, tell: tell)
        chance = Chance(seed: plan.seed &+ 0xC0FFEE)
        observer = SimulatedProcess.hall(store, time, founded.known, plan.seed &+ 0x0B5E)
        simulation = Simulation(hall: observer, clock: time, world: founded.world, chance: Chance(seed: plan.seed), photo: photo)
    }

    // MARK: processes

    func pause(_ process: Int) {
        let long = troubles.draw(0...9) == 0
        asleep[process] = time.now.adding(ms: Int64(long ? troubles.draw(600_000...7_200_000) : troubles.draw(500...90_000)))
        witness.trace("\(process) stopped")
    }

    func died(_ process: Int) {
        witness.trace("\(process) died")
        deaths += 1
        processes[process] = nil
        asleep[process] = nil
        let long = troubles.draw(0...19) == 0
        happen(.restart(process), at: time.now.adding(ms: Int64(long ? troubles.draw(600_000...7_200_000) : troubles.draw(1_000...60_000))))
    }

    /// A process somebody outside reaches; nil when none answers.
    func reach() -> SimulatedProcess? {
        let awake = processes.indices.filter { processes[$0] != nil && asleep[$0] == nil }
        return chance.pick(awake).flatMap { processes[$0] }
    }

    private func start(_ number: Int, checking: Bool) async {
        births += 1
        // Whoever starts a machine anew sets its clock.
        walls[number].set(off: isChaos ? offsets[number] : 0)
        let troubled = TroubledStore(store, process: number, life: self, turns: turns, troubles: troubles, witness: witness, fault: fault)
        let process = SimulatedProcess(number, store: troubled, clock: walls[number], known: known, chance: plan.seed &* 31 &+ births &* 0x1F123)
        processes[number] = process
        witness.trace("\(number) starts")
        guard checking else { return }
        await turns.begin(number) { [self] in
            do { try await process.hall.timers.start(process.hall) } catch {
                guard processes[number] === process else { return }
                process.store.die()
                died(number)
            }
        }
    }

    // MARK: time

    func happen(_ what: Happening, at moment: Instant) {
        order += 1
        let item = (at: max(moment, time.now), order: order, what: what)
        let index = queue.firstIndex { ($0.at, $0.order) > (item.at, item.order) } ?? queue.count
        queue.insert(item, at: index)
    }

    /// Lives the days of trouble.
    func liveTroubles() async throws {
        offsets = (0..<(2 + Int(plan.seed % 3))).map { _ in troubles.comes(.clockOff) ? Int64(troubles.draw(-2_000...2_000)) : 0 }
        if fault?.kind == .clockAhead { offsets[0] = 600_000 }
        walls = offsets.map { WallClock(time, off: $0, isBelieved: fault?.kind == .jumpBelieved) }
        processes = walls.map { _ in nil }
        for number in walls.indices { await start(number, checking: false) }
        if !troubles.armed.contains(.lateNotice) { try await loadYear() }
        for number in 0..<plan.days { happen(.morning(first.adding(days: number)), at: Zone.shanghai.instant(first.adding(days: number), minute: 2)) }
        for hour in 0..<(24 * plan.days) {
            happen(.hourly, at: time.now.adding(minutes: hour * 60 + 1))
            if [9, 11, 14, 16, 20].contains(hour % 24) { happen(.look, at: Zone.shanghai.instant(first, minute: hour * 60 + 15)) }
            if hour % 24 == 23 { happen(.check, at: Zone.shanghai.instant(first, minute: hour * 60 + 58)) }
        }
        try await live(until: Zone.shanghai.instant(first.adding(days: plan.days), minute: 0))
    }

    /// Nothing goes wrong any more, everybody does what they owe: gives what has not ended after the days given.
    func liveDiligently() async throws -> [String] {
        troubles.end()
        isChaos = false
        simulation.isDiligent = true
        simulation.agenda.removeAll()
        queue.removeAll()
        asleep.removeAll()
        for number in walls.indices {
            processes[number]?.store.die()
            processes[number] = nil
            walls[number].set(off: 0)
        }
        // What still hung in processes that are gone comes to its end.
        await settle()
        for number in walls.indices { await start(number, checking: false) }
        await settle()
        try await putRight()
        pending = []
        let owed = try await open()
        let start = time.now
        var left = owed
        for hour in 0..<(plan.diligentDays * 24) {
            happen(.hourly, at: start.adding(minutes: hour * 60 + 1))
            if hour % 3 == 0 { happen(.look, at: start.adding(minutes: hour * 60 + 2)) }
            try await live(until: start.adding(minutes: hour * 60 + 60))
            if hour % 3 == 2 {
                left = left.intersection(try await open())
                if left.isEmpty { break }
            }
        }
        return left.sorted()
    }

    private func live(until end: Instant) async throws {
        while true {
            let candidates = [simulation.agenda.first?.at, queue.first?.at, turnAt, asleep.values.min(), turns.soonest].compactMap { $0 }
            guard let next = candidates.min(), next < end else { break }
            _ = time.move(to: next)
            try await batch(until: time.now.adding(ms: 1_500))
        }
        _ = time.move(to: end)
    }

    private func settle() async {
        await turns.run(may: { [self] waiting in
            if let until = waiting.until, until > time.now { return false }
            return asleep[waiting.process] == nil
        }, pick: { [self] count in chance.minutes(0...(count - 1)) })
    }

    /// What happens at one time, by as many strands as it takes, interleaved by the seed.
    private func batch(until window: Instant) async throws {
        batches += 1
        for (process, until) in asleep where until <= time.now { asleep[process] = nil }
        var isAlone = true
        while let item = queue.first, item.at <= time.now {
            queue.removeFirst()
            if case .hourly = item.what {} else { isAlone = false }
            try await take(item.what)
        }
        for _ in 0..<3 {
            guard let item = simulation.agenda.first, item.at <= window else { break }
            simulation.agenda.removeFirst()
            isAlone = false
            await begin(item.intent)
        }
        let began = time.now
        var isTurn = false
        // What waits now must be gone after this turn; what the turn itself adds may wait for the next.
        var waiting: Set<String> = []
        if let moment = turnAt, moment <= window {
            isTurn = true
            if isAlone { waiting = try await waitingMessages(before: began.adding(ms: -2_500)) }
            await turn()
        }
        await settle()
        // Where nothing else went on, a turn that went through has left nothing.
        if isTurn, isAlone, turns.count == 0 {
            if witness.turns.last?.began == began { try await nothingIsDue(before: began.adding(ms: -2_500)) }
            if witness.mailed == began, !waiting.isEmpty {
                for left in try await waitingMessages(before: began).intersection(waiting).sorted() { witness.breach("I3 the clock has had its turn and left message \(left)") }
            }
        }
        try await notice()
        try await schedule(afterTurn: isTurn)
    }

    private func begin(_ intent: Simulation.Intent) async {
        errands += 1
        let errand = Errand(errands, self)
        if case .doDuty(_, let duty) = intent { pending.remove(duty) }
        await turns.begin(Turns.people) { [self] in
            await Errand.$current.withValue(errand) {
                do { try await simulation.carryOut(intent) } catch { failures["\(type(of: error))", default: 0] += 1 }
            }
        }
    }

    /// Somebody's errand that is no intent of the plain simulation.
    func errand(_ work: @escaping @Sendable () async throws -> Void) async {
        errands += 1
        let errand = Errand(errands, self)
        await turns.begin(Turns.people) { [self] in
            await Errand.$current.withValue(errand) {
                do { try await work() } catch is Refusal {} catch is FormProblems {} catch { failures["\(type(of: error))", default: 0] += 1 }
            }
        }
    }

    // MARK: the clock's turns

    /// Who can take a turn: alive, awake, sure of their clock.
    private var able: [SimulatedProcess] {
        processes.indices.compactMap { asleep[$0] == nil ? processes[$0] : nil }.filter { !$0.hall.timers.arePaused }
    }

    private func turn() async {
        let able = self.able
        guard let main = chance.pick(able) else { return }
        for process in able where process === main || chance.happens(250) { await turn(process, all: false) }
    }

    private func turn(_ process: SimulatedProcess, all: Bool) async {
        clockTurns += 1
        let now = time.now
        let isFull = all || lastFull[process.number].map { now.ms - $0.ms > 3_600_000 || observer.zone.day(of: $0) != observer.zone.day(of: now) } ?? true
        if isFull { lastFull[process.number] = now }
        for job in Jobs.all where isFull || job.everyMilliseconds <= 2_000 {
            await turns.begin(process.number) { [self] in
                do {
                    try await JobRunner(hall: process.hall).turn(job)
                    guard !process.hall.timers.arePaused, abs(process.clock.off) <= 2_000 else { return }
                    if job.name == Jobs.plan { witness.planned(at: now) }
                    if job.name == Jobs.steps { witness.turned(at: now) }
                    if job.name == Jobs.messages { witness.mailed(at: now) }
                } catch { failures["job: \(type(of: error))", default: 0] += 1 }
            }
        }
    }

    private func schedule(afterTurn: Bool) async throws {
        let doubted = processes.compactMap { $0 }.filter { $0.hall.timers.arePaused }
        if !doubted.isEmpty, !troubles.armed.contains(.clockJumps), fault == nil { witness.breach("T a process doubts a clock that is right: \(doubted.compactMap { $0.hall.timers.doubt })") }
        if !doubted.isEmpty, !isConfirming {
            isConfirming = true
            happen(.confirm, at: time.now.adding(minutes: troubles.draw(5...60)))
        }
        turnAt = nil
        guard !able.isEmpty else { return }
        let due = try await store.read { tx in
            let timer = try tx.one("select min(next_at) as at from duty where next_at is not null")?.optionalInstant("at")
            let message = try tx.one("select min(opens) as at from outbox where state = 'waiting'")?.optionalInstant("at")
            let fanout = try tx.one("select 1 as one from fanout where state = 'running' limit 1").map { _ in Instant(ms: 0) }
            return [timer, message, fanout].compactMap { $0 }.min()
        }
        guard let due else { return }
        turnAt = max(due.adding(ms: 1), time.now.adding(ms: afterTurn ? 1_000 : 0)).adding(ms: Int64(chance.minutes(0...1_200)))
    }

    /// New duties are seen by those who owe them.
    private func notice() async throws {
        let after = seenRow
        let fresh = try await store.read { tx in
            try tx.rows("select rowid as number, * from duty where rowid > \(after) order by rowid").map { (try $0.int("number"), try Duty(row: $0)) }
        }
        for (number, duty) in fresh {
            seenRow = number
            guard duty.isOpen, pending.insert(duty.id).inserted else { continue }
            if isChaos, troubles.fires(.forgets) { continue }
            simulation.consider(duty)
        }
    }

    // MARK: what happens

    private func take(_ what: Happening) async throws {
        switch what {
        case .morning(let day):
            try await simulation.imagine(day)
            plantTroubles(of: day)
        case .look: try await look()
        case .restart(let number): if processes[number] == nil { await start(number, checking: true) }
        case .jumpEnds(let number): walls[number].set(off: offsets[number])
        case .confirm:
            isConfirming = false
            // Somebody looks at the clock, and says that it is right where it is.
            for process in processes.compactMap({ $0 }) where abs(process.clock.off) <= 2_000 { process.hall.timers.confirm() }
        case .hourly: for process in able { await turn(process, all: true) }
        case .check: try await check()
        case .phone: await sendRounds()
        case .trouble(let trouble): try await strike(trouble)
        }
    }

    /// People look at what is open today, and begin what nobody has begun.
    private func look() async throws {
        let horizon = time.now.adding(minutes: isChaos ? 240 : 60)
        let duties = try await store.read { tx in
            try tx.rows("select * from duty where state = 'open' and opens <= \(horizon) order by id").map(Duty.init(row:))
        }
        let meant = Set(simulation.agenda.compactMap { if case .doDuty(_, let id) = $0.intent { id } else { nil } })
        for duty in duties where !meant.contains(duty.id) {
            pending.insert(duty.id)
            simulation.consider(duty)
        }
    }

    /// Duties and cases that have not ended.
    private func open() async throws -> Set<String> {
        try await store.read { tx in
            let duties = try tx.rows("select id, rule from duty where state = 'open'").map { "duty \(try $0.text("id")) (\(try $0.text("rule")))" }
            let cases = try tx.rows("select id, kind from complaint where ended is null").map { "case \(try $0.text("id")) (\(try $0.text("kind")))" }
            return Set(duties + cases)
        }
    }
}
