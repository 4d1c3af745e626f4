import Foundation
import Regulation
import Store
import StoreSQLite
import WorkCalendar

/// What one seed came to.
package struct TroubledReport: Sendable {
    package var seed: UInt64 = 0
    package var violations: [String] = []
    package var trace = ""
    package var armed: [String] = []
    package var fired: [String: Int] = [:]
    package var passed: [String: Int] = [:]
    /// Which acts of cases and which ends of duties were lived, and how often.
    package var edges: [String: Int] = [:]
    package var counted: [String: Int] = [:]
    package var failures: [String: Int] = [:]
    package var refusals: [String: Int] = [:]
    package var hallDays = 0
    package var seconds = 0.0
    /// One line for a program.
    package var json: String {
        func object(_ counts: [String: Int]) -> JSON { .object(counts.mapValues { .int(Int64($0)) }) }
        let numbers = ["seed": Int(seed), "hallDays": hallDays, "commands": commands, "entries": entries, "turns": turns, "deaths": deaths, "repeats": repeats, "ms": Int(seconds * 1000)]
        var members: [String: JSON] = numbers.mapValues { .int(Int64($0)) }
        (members["fired"], members["passed"], members["edges"]) = (object(fired), object(passed), object(edges))
        (members["checked"], members["failures"], members["trace"]) = (object(counted), object(failures), .string(trace))
        members["armed"] = .array(armed.map { .string($0) })
        members["violations"] = .array(violations.map { .string($0) })
        return JSON.object(members).text
    }

    /// Two or more lines for a person.
    package var text: String {
        func list(_ counts: [String: Int]) -> String { counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
        let head = "seed \(seed): \(hallDays) hall-days in \(String(format: "%.1f", seconds)) s, \(commands) commands, \(entries) entries, \(turns) turns of the clock, \(deaths) deaths, \(violations.count) violations, trace \(trace.prefix(12))"
        return ([head, "  armed: \(armed.joined(separator: ", "))", "  fired: \(list(fired))", "  came to nothing: \(list(failures))", "  checked: \(list(counted))"] + violations.prefix(20).map { "  ! " + $0 }).joined(separator: "\n")
    }
    package var commands = 0, repeats = 0, deaths = 0, turns = 0, batches = 0, entries = 0
}

/// What lives seeds one after another, over worlds founded once.
package actor TroubledRunner {
    private let files: [PackFile]
    private let folder: URL
    private var founded: [String: FoundedWorld] = [:]

    package init(files: [PackFile]) throws {
        self.files = files
        folder = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-troubles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Faults that can be planted, by name.
    package static let plantable = PlantedFault.Kind.allCases.map(\.rawValue)

    package nonisolated func clear() { try? FileManager.default.removeItem(at: folder) }

    private func found(_ halls: Int, _ day: Day) async throws -> FoundedWorld {
        let name = "\(halls)/\(day)"
        if let known = founded[name] { return known }
        let world = try await FoundedWorld(halls: halls, on: day, files: files, in: folder)
        founded[name] = world
        return world
    }

    /// One seed, from the first minute of trouble to the end of the last case. `only`: names of troubles it may arm.
    package func live(
        seed: UInt64, halls: Int, days: Int, only: [String]? = nil, fault: String? = nil, tell: (@Sendable (String) -> Void)? = nil
    ) async throws -> TroubledReport {
        let started = ContinuousClock.now
        let day = FoundedWorld.days[Int(seed % UInt64(FoundedWorld.days.count))]
        let world = try await found(halls, day)
        var plan = TroubledLife.Plan(halls: halls, days: days, seed: seed)
        if let only { plan.only = Set(only.compactMap(Trouble.init(rawValue:))) }
        plan.fault = fault.flatMap(PlantedFault.Kind.init(rawValue:))
        let file = folder.appending(path: "\(seed)-\(UUID().uuidString).sqlite").path
        let store = try world.copy(to: file)
        defer { for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: file + suffix) } }
        let photo = Hash.hex(Hash.sha256(Array("photo".utf8)))
        let life = TroubledLife(plan, in: world, store: store, photo: photo, tell: tell)
        var report = TroubledReport()
        do {
            try await life.liveTroubles()
            try await life.prove()
            let left = try await life.liveDiligently()
            for one in left.prefix(20) { life.witness.breach("liveness: \(one) has not ended \(plan.diligentDays) days after the troubles\(try await life.history(of: one))") }
            try await life.check()
            try await life.prove()
        } catch { life.witness.breach("the simulation itself: \(error)") }
        report = life.report(report)
        report.entries = try await store.read { tx in Int(try tx.one("select count(*) as n from entry")?.int("n") ?? 0) }
        report.edges = try await store.read { tx in
            let acts = try tx.rows("select act, count(*) as n from complaint_step group by act").map { ("case: " + (try $0.text("act")), Int(try $0.int("n"))) }
            let ends = try tx.rows("select state, count(*) as n from duty group by state").map { ("duty: " + (try $0.text("state")), Int(try $0.int("n"))) }
            return Dictionary(acts + ends, uniquingKeysWith: +)
        }
        await store.close()
        let passed = started.duration(to: .now).components
        report.seconds = Double(passed.seconds) + Double(passed.attoseconds) / 1e18
        return report
    }
}

extension TroubledLife {
    /// I6: the ledger verifies, whatever died when.
    func prove() async throws {
        for problem in try await observer.ledger.verify().prefix(20) { witness.breach("I6 ledger: \(problem.sentence.en)") }
    }

    /// What was done about a case that has not ended.
    func history(of what: String) async throws -> String {
        let id = what.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        return try await store.read { tx in
            guard let c = try tx.one("select * from complaint where id = \(id)").map(Complaint.init(row:)) else { return "" }
            let acts = try tx.rows("select act from complaint_step where complaint = \(id) order by id").map { try $0.text("act") }
            let owed = try tx.rows("select rule, state from duty where subject = \(c.subject) order by id").map { try $0.text("rule") + ":" + $0.text("state") }
            return ": \(c.door), \(c.stage.rawValue), \(acts.joined(separator: " ")); \(owed.joined(separator: " "))"
        }
    }

    func report(_ start: TroubledReport) -> TroubledReport {
        var report = start
        report.seed = plan.seed
        report.violations = witness.breaches
        report.trace = witness.traced
        report.armed = troubles.armed.map(\.rawValue).sorted()
        report.fired = Dictionary(uniqueKeysWithValues: troubles.fired.map { ($0.key.rawValue, $0.value) })
        report.passed = Dictionary(uniqueKeysWithValues: troubles.passed.map { ($0.key.rawValue, $0.value) })
        (report.counted, report.failures, report.refusals) = (memory.counted, failures, simulation.refusals)
        let lived = Int((time.now.ms - Zone.shanghai.instant(first, minute: 0).ms) / 86_400_000)
        report.hallDays = max(1, lived) * plan.halls
        (report.commands, report.repeats, report.deaths, report.turns, report.batches) = (witness.commands, witness.repeats, deaths, clockTurns, batches)
        for process in processes.compactMap({ $0 }) { process.hall.credentials.stop() }
        observer.credentials.stop()
        return report
    }
}
