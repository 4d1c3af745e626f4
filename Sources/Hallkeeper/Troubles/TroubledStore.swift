import Store
import Synchronization
import WorkCalendar

/// The process died at this call: whatever it still tries comes to nothing.
struct ProcessDied: Error {}

/// The store as one process of a simulated world has it: the same database as all others, behind whatever may go wrong
/// between a program and its database. Each call is a point at which another process may come first.
final class TroubledStore: Store {
    private let inner: any Store
    let process: Int
    private let life: any ProcessLife
    private let turns: Turns
    private let troubles: Troubles
    private let witness: Witness
    private let fault: PlantedFault?
    private let isDead = Mutex(false)

    init(_ inner: any Store, process: Int, life: any ProcessLife, turns: Turns, troubles: Troubles, witness: Witness, fault: PlantedFault?) {
        (self.inner, self.process, self.life, self.turns, self.troubles) = (inner, process, life, turns, troubles)
        (self.witness, self.fault) = (witness, fault)
    }

    var engine: Engine { inner.engine }

    func die() { isDead.withLock { $0 = true } }

    private func arrive() async throws {
        if troubles.fires(.pause) { life.pause(process) }
        await turns.pass(process)
        if isDead.withLock({ $0 }) { throw ProcessDied() }
    }

    private func died() -> ProcessDied {
        die()
        life.died(process)
        return ProcessDied()
    }

    func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T {
        try await arrive()
        if troubles.fires(.diesReading) { throw died() }
        if troubles.fires(.lineLostReading) { throw Fault(.connection, "the line broke") }
        return try await inner.read(asked: asked) { [fault] tx in try body(fault.map { MisledReading(tx: tx, fault: $0) } ?? tx) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        try await arrive()
        if troubles.fires(.diesBefore) { throw died() }
        if troubles.fires(.lineLost) { throw Fault(.connection, "the line broke") }
        if troubles.fires(.busy) { throw Fault(.busy, "could not be ordered") }
        // Rolled back and run once more, as when two could not be ordered.
        if troubles.fires(.rerun) { await attempt(body) }
        if troubles.fires(.diesUncommitted) {
            await attempt(body)
            throw died()
        }
        if troubles.fires(.unknownLost) {
            await attempt(body)
            if fault?.kind == .ackWithoutCommit { return try await invented(body) }
            throw Fault(.commitUnknown, "the line broke while committing")
        }
        let (result, seen) = try await commit(body)
        let dies = troubles.fires(.diesCommitted)
        if !dies { for late in seen.afterwards { _ = try? await inner.write { tx in try tx.run(late) } } }
        if dies { throw died() }
        if troubles.fires(.unknownKept) { throw Fault(.commitUnknown, "the line broke while committing") }
        return result
    }

    private struct RolledBack: Error {}

    private func attempt<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async {
        _ = try? await inner.write { [witness, fault] tx -> T in
            _ = try body(Observed(tx: tx, witness: witness, fault: fault, seen: Seen()))
            throw RolledBack()
        }
    }

    /// What a program that answers before the commit would say (planted).
    private func invented<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        let said = Mutex<T?>(nil)
        _ = try? await inner.write { [witness, fault] tx -> T in
            let result = try body(Observed(tx: tx, witness: witness, fault: fault, seen: Seen()))
            said.withLock { $0 = result }
            throw RolledBack()
        }
        guard let result = said.withLock({ $0 }) else { throw Fault(.commitUnknown) }
        return result
    }

    private func commit<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> (T, Seen) {
        let (result, seen) = try await inner.write { [witness, fault] tx -> (T, Seen) in
            let seen = Seen()
            return (try body(Observed(tx: tx, witness: witness, fault: fault, seen: seen)), seen)
        }
        witness.committed(seen.notes, in: process)
        return (result, seen)
    }

    func scrub(_ tables: [String], anew: Bool) async throws { try await inner.scrub(tables, anew: anew) }
    func script(_ text: String, name: String, checksum: String) async throws { try await inner.script(text, name: name, checksum: checksum) }
    func listen(_ handler: @escaping @Sendable (String, String) -> Void) {}
    func notify(_ channel: String, _ payload: String) async {}
    func close() async {}
}

/// What befalls the process around a store.
protocol ProcessLife: Sendable {
    func pause(_ process: Int)
    func died(_ process: Int)
}

/// What one run of a transaction wrote that a witness looks at. Used inside one transaction only.
final class Seen: @unchecked Sendable {
    var notes: [Witness.Note] = []
    /// Statements a planted fault carries out after the commit.
    var afterwards: [SQL] = []
}

/// A transaction under observation.
struct Observed: Writing {
    let tx: any Writing
    let witness: Witness
    let fault: PlantedFault?
    let seen: Seen

    func rows(_ sql: SQL) throws -> [Row] { try fault?.rows(sql, tx, isWriting: true) ?? tx.rows(sql) }
    func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws { try tx.each(sql, body) }
    func numbers() throws -> Standing.Numbers? { try tx.numbers() }
    var mayWrite: Bool { true }

    @discardableResult
    func run(_ sql: SQL) throws -> Int {
        let count = try fault?.run(sql, tx, seen) ?? tx.run(sql)
        if count > 0, let note = Witness.Note(sql) { seen.notes.append(note) }
        return count
    }
}

/// A reading that a planted fault misleads.
struct MisledReading: Reading {
    let tx: any Reading
    let fault: PlantedFault
    func rows(_ sql: SQL) throws -> [Row] { try fault.rows(sql, tx, isWriting: false) ?? tx.rows(sql) }
    func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws { try tx.each(sql, body) }
    func numbers() throws -> Standing.Numbers? { try tx.numbers() }
    var mayWrite: Bool { false }
}
