import Foundation
import Logging
import Regulation
import Store
import StorePostgres
import StoreSQLite
import Synchronization
import WorkCalendar

/// What a simulation came to; invariants that did not hold are named.
package struct SimulationReport: Sendable {
    package var duties = 0, done = 0, late = 0, missed = 0, waived = 0, notRequired = 0, open = 0
    package var escalations = 0
    package var entries = 0
    package var violations: [String] = []
    package var ledgerHash = ""
    package var seconds = 0.0
    /// Rules of which at least one duty was ended by somebody.
    package var ended: Set<String> = []
    /// What people were refused, by sentence: worth a look, no violation.
    package var refusals: [String: Int] = [:]

    package var json: String {
        let numbers = [
            ("done", done), ("duties", duties), ("entries", entries), ("escalations", escalations), ("late", late), ("missed", missed),
            ("notRequired", notRequired), ("open", open), ("waived", waived),
        ].map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        let violations = JSON.array(violations.map { .string($0) }).text
        return "{\(numbers),\"ledgerHash\":\"\(ledgerHash)\",\"seconds\":\(String(format: "%.1f", seconds)),\"violations\":\(violations)}"
    }
}

extension Program {
    /// Halls, people and days from a seed, on an engine; in a database of its own that is made anew, and kept when `data` names its folder.
    package static func simulate(
        halls: Int, from: Day, days: Int, seed: UInt64, files: [PackFile], database: String = "", data: String? = nil, prove: Bool = true, everything: Bool = false
    ) async throws -> SimulationReport {
        let started = ContinuousClock.now
        let folder = data.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory.appending(path: "hallkeeper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { if data == nil { try? FileManager.default.removeItem(at: folder) } }
        let store: any Store = database.isEmpty
            ? try SQLiteStore(path: folder.appending(path: "hallkeeper.sqlite").path, durability: .none) : try PostgresStore(url: database)
        try await store.migrate(try Hallkeeper.migrations)
        var photos: (any Store)?
        if data != nil, database.isEmpty { photos = try SQLiteStore(path: folder.appending(path: "photos.sqlite").path, durability: .none) }
        try await photos?.migrate(try Hallkeeper.migrations)
        let isEmpty = try await store.read { tx in try tx.one("select 1 as one from entry limit 1") == nil }
        guard isEmpty else { throw ProgramError("a simulation needs an empty database") }
        let source = Mutex(Chance(seed: seed))
        let bytes: @Sendable (Int) -> [UInt8] = { count in
            source.withLock { source in (0..<count).map { _ in UInt8(truncatingIfNeeded: source.next()) } }
        }
        var log = Logger(label: "simulation") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .warning
        let clock = StandingClock(Zone.shanghai.instant(from, minute: 0))
        let hall = Hallkeeper(store: store, blobs: Blobs(store: photos ?? store), clock: clock, ids: ids(bytes), chance: bytes, log: log)
        var founder = WorldFounder(hall: hall, files: files, notices: try ShippedCalendars.texts(), starts: from, chance: Chance(seed: seed &+ 1))
        let world = try await founder.found(halls: halls, at: clock.now)
        let photo = try await hall.blobs.keep(try StandInPicture.jpeg(0x2C7A4B), media: "image/jpeg", at: clock.now)
        let simulation = Simulation(hall: hall, clock: clock, world: world, chance: Chance(seed: seed &+ 2), photo: photo, everything: everything)
        try await simulation.live(from: from, days: days)
        try await hall.ledger.sealPending()
        var report = try await Invariants(hall: hall, world: world).report(prove: prove)
        report.refusals = simulation.refusals
        report.seconds = Double(started.duration(to: .now).components.seconds) + Double(started.duration(to: .now).components.attoseconds) / 1e18
        hall.credentials.stop()
        await photos?.close()
        await store.close()
        return report
    }
}

/// What must hold after any life: each duty in one state that fits its times, each step of each ladder taken exactly when
/// the pack says, no rule without its duties, the ledger whole.
struct Invariants: Sendable {
    let hall: Hallkeeper
    let world: World

    func report(prove: Bool) async throws -> SimulationReport {
        var report = SimulationReport()
        let now = hall.clock.now
        let duties = try await hall.store.read { tx in try tx.rows("select * from duty order by id").map(Duty.init(row:)) }
        let steps = try await hall.store.read { tx in try tx.rows("select * from step order by duty, step").map(TakenStep.init(row:)) }
        let taken = Dictionary(grouping: steps, by: \.duty)
        report.duties = duties.count
        report.escalations = steps.count
        report.entries = try await hall.store.read { tx in Int(try tx.one("select count(*) as n from entry")?.int("n") ?? 0) }
        var units: [Place.ID: WorkUnit] = [:]
        for duty in duties {
            switch duty.state {
            case .open: report.open += 1
            case .done: report.done += 1
            case .late: report.late += 1
            case .missed: report.missed += 1
            case .waived: report.waived += 1
            case .notRequired: report.notRequired += 1
            }
            if duty.state == .done || duty.state == .late { report.ended.insert(duty.rule) }
            if let broken = state(duty, now) { report.violations.append("duty \(duty.id) (\(duty.rule)): \(broken)") }
            if units[duty.place] == nil {
                units[duty.place] = try await hall.store.read { [hall] tx in
                    guard let row = try tx.one("select * from place where place = \(duty.place)") else { return nil }
                    return try FactFinder(tx: tx, hall: hall).unit(of: Place(row: row))
                }
            }
            if let unit = units[duty.place], let broken = try await ladder(duty, taken[duty.id] ?? [], unit, now) {
                report.violations.append("duty \(duty.id) (\(duty.rule)): \(broken)")
            }
        }
        // A case that is open and of which nobody owes anything is forgotten.
        let owed = Set(duties.filter { $0.state == .open }.map(\.subject))
        for row in try await hall.store.read({ tx in try tx.rows("select * from complaint where ended is null").map(Complaint.init(row:)) }) where !owed.contains(row.subject) {
            report.violations.append("case \(row.number) is open (\(row.stage.rawValue)), and nobody owes anything of it")
        }
        try await plans(duties, now, &report)
        report.ledgerHash = try await hall.ledger.hash()
        if prove {
            for problem in try await hall.ledger.verify() { report.violations.append("ledger: \(problem.sentence.en)") }
        }
        return report
    }

    private func state(_ duty: Duty, _ now: Instant) -> String? {
        switch duty.state {
        case .open:
            if let next = duty.nextAt, next < now { return "open, and its next moment has passed" }
            if let lapses = duty.lapses, lapses < now { return "open after it lapsed" }
        case .done: if duty.doneAt.map({ $0 > duty.due }) ?? true { return "on time, yet done after it was due" }
        case .late: if duty.doneAt.map({ $0 <= duty.due }) ?? true { return "late, yet done before it was due" }
        case .missed: if duty.lapses.map({ $0 >= now }) ?? true { return "missed, yet it has not lapsed" }
        case .waived, .notRequired: break
        }
        return duty.isOpen || duty.nextAt == nil ? nil : "ended, and the clock still looks at it"
    }

    /// The steps that lie before a duty's end must be taken, those after it must not.
    private func ladder(_ duty: Duty, _ taken: [TakenStep], _ unit: WorkUnit, _ now: Instant) async throws -> String? {
        let pack = try await hall.store.read { [hall] tx in try hall.packs.pack(duty.pack, tx) }
        guard let rule = pack.pack.rule(duty.rule) else { return taken.isEmpty ? nil : "steps without a rule" }
        if duty.state == .notRequired, duty.nextStep == 0, taken.isEmpty { return nil }
        var unclosed = unit
        unclosed.closures = [:]
        let ended = duty.isOpen ? now : duty.state == .missed ? duty.lapses ?? now : duty.receivedAt ?? now
        for candidate in [unit, unclosed] {
            let expected = Timeline(of: duty, rule: rule, pack: pack.pack, unit: candidate).moments.compactMap { moment -> Int? in
                guard case .step(let step) = moment.act, moment.at < ended || (duty.state == .missed && moment.at <= ended) else { return nil }
                return step.index
            }
            if Set(expected) == Set(taken.map(\.step)), expected.count == taken.count { return nil }
        }
        return "steps taken \(taken.map(\.step)) are not what the pack says"
    }

    /// Each planned occasion has its duty, each duty of the plan its rule.
    private func plans(_ duties: [Duty], _ now: Instant, _ report: inout SimulationReport) async throws {
        let identities = Set(duties.filter { $0.cause.isEmpty }.map { "\($0.place)|\($0.rule)|\($0.subject)|\($0.occasion)" })
        var expected: Set<String> = []
        let places = try await hall.store.read { tx in try tx.rows("select * from place").map(Place.init(row:)) }
        for place in places {
            var day = place.starts
            while day <= hall.zone.day(of: now.adding(ms: -1)) {
                let today = day
                let found = try await hall.store.read { [hall] tx -> [String] in
                    guard let pack = try hall.packs.inForce(on: today, tx) else { return [] }
                    let facts = try FactFinder(tx: tx, hall: hall).planned(of: place, pack: pack)
                    return DutyPlan.duties(pack.pack, at: facts, on: today) { _ in [] }.filter { plan in
                        guard let rule = pack.pack.rule(plan.rule) else { return false }
                        if case .expires = rule.occasion { return false }
                        return rule.each != .person && rule.each != .item && !rule.isCountedFromLast
                    }.map { "\(place.id)|\($0.rule)|\($0.subject)|\($0.occasion)" }
                }
                expected.formUnion(found)
                day = day.adding(days: 1)
            }
        }
        for missing in expected.subtracting(identities).sorted().prefix(20) { report.violations.append("no duty for \(missing)") }
        let free = Set(duties.filter { $0.subject.hasPrefix("person:") || $0.subject.hasPrefix("item:") || $0.occasion.hasPrefix("expiry:") || $0.occasion.hasSuffix("/interval") }.map { "\($0.place)|\($0.rule)|\($0.subject)|\($0.occasion)" })
        for extra in identities.subtracting(expected).subtracting(free).sorted().prefix(20) { report.violations.append("no rule for \(extra)") }
    }
}
