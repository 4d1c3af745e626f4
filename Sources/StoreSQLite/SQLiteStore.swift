import CSQLite
import Dispatch
import Foundation
import GRDB
import Store
import Synchronization

/// The embedded store: one file, WAL, `synchronous=FULL`, one writer that commits many acts together and answers each only
/// after the commit is durable. One that fails takes nobody with it.
package final class SQLiteStore: Store {
    package enum Durability: Sendable {
        /// Every answered write survives a power cut.
        case full
        /// For worlds made anew each time (simulations, tests): the file is worth nothing after a crash.
        case none
    }

    /// Done once, before the first connection: nobody asks how much memory SQLite uses, and each connection is one thread's.
    private static let unlocked = sqlite_without_locks()

    private let pool: DatabasePool
    /// None when the store only reads beside the process that holds the file.
    private let lock: FileLock?
    /// None for a file that is worth nothing after a crash.
    private let mark: CopyMark?
    private let watch: StoreWatch
    private let trouble = SQLiteTrouble()
    private let readers: SQLiteReaders
    /// Touched on the writer's queue only.
    nonisolated(unsafe) private var writing: SQLiteConnection?
    private let isMarked = Mutex(false)
    private let queue = DispatchQueue(label: "hallkeeper.writer")
    private let pending = Mutex<(units: [Unit], running: Bool)>(([], false))
    private let listeners = Mutex<[@Sendable (String, String) -> Void]>([])
    package var engine: Engine { .sqlite }

    /// One write waiting for its batch.
    private struct Unit: Sendable {
        /// Runs inside the batch, a second time when somebody in it failed after writing; gives what to call when the fate
        /// of the batch is known.
        let body: @Sendable (SQLiteConnection) -> (error: (any Error)?, settle: @Sendable (Fault?) -> Void)
        /// Tells the caller that it never ran.
        let refuse: @Sendable (Fault) -> Void
    }

    /// Opens or creates the file. Refuses when another process holds it, and when the writer is not `synchronous=FULL`
    /// after it was asked to be: GRDB sets NORMAL as it turns WAL on.
    /// Refuses a file that was copied while a program had it open. `mapped`: for a command that reads all of it and ends; see
    /// `SQLiteConnection`.
    package init(path: String, durability: Durability = .full, watch: StoreWatch = .none, mapped: Bool = false) throws {
        _ = Self.unlocked
        mark = durability == .full ? CopyMark(path: path) : nil
        self.watch = watch
        readers = SQLiteReaders(path: path, watch: watch, mapped: mapped)
        lock = try FileLock(path: path + ".lock")
        if durability == .full, let damage = LogCheck.damage(of: path + "-wal") {
            lock?.release()
            throw Fault(.damaged, damage)
        }
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 8
        do { pool = try DatabasePool(path: path, configuration: configuration) } catch { throw SQLiteConnection.named(SQLiteConnection.fault(error), path) }
        let wanted: Int64 = durability == .full ? 2 : 0
        let found: Int64? = try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = \(wanted)")
            // What a statement keeps aside in case it fails half-way needs no file.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // What is deleted is overwritten (docs/rules/personal-data.md); Debian's SQLite does so by itself, others do not.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            // Pages a batch changes stay in memory until it is committed, and those every act needs until the next: 64 MiB at most,
            // taken as they are used. With SQLite's own 2 MiB they are read from the file again and again.
            try database.execute(sql: "PRAGMA cache_size = -65536")
            if let handle = database.sqliteConnection { trouble.watchLog(of: handle) }
            return try Int64.fetchOne(database, sql: "PRAGMA synchronous")
        }
        guard found == wanted else { throw Fault(.other, "synchronous is \(found ?? -1), \(wanted) wanted") }
        do { try mark?.check(pool) } catch {
            lock?.release()
            throw SQLiteConnection.named(SQLiteConnection.fault(error), path)
        }
    }

    /// Opens a file only for reading, beside the process that serves it; writing is refused by the file itself.
    package init(reading path: String) throws {
        (lock, mark, watch) = (nil, nil, .none)
        readers = SQLiteReaders(path: path, watch: watch)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do { pool = try DatabasePool(path: path, configuration: configuration) } catch { throw SQLiteConnection.named(SQLiteConnection.fault(error), path) }
    }

    /// Opens a file for a few writes beside the process that serves it: one act of the command line, ordered with that
    /// process' own by SQLite's lock. Refuses a file whose commits would not be durable.
    package init(beside path: String) throws {
        (lock, mark, watch) = (nil, nil, .none)
        readers = SQLiteReaders(path: path, watch: watch)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 1
        do { pool = try DatabasePool(path: path, configuration: configuration) } catch { throw SQLiteConnection.named(SQLiteConnection.fault(error), path) }
        let found: Int64? = try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = 2")
            return try Int64.fetchOne(database, sql: "PRAGMA synchronous")
        }
        guard found == 2 else { throw Fault(.other, "synchronous is \(found ?? -1), 2 wanted") }
    }

    /// Marks the file as open, so that a copy of it is known for one. Not done by opening: a program that then finds the
    /// database newer than itself must have written nothing.
    package func markOpen() throws {
        do { try mark?.open(pool) } catch { throw SQLiteConnection.fault(error) }
        isMarked.withLock { $0 = true }
    }

    /// What the writer's `PRAGMA synchronous` reads back: 2 is FULL.
    package func synchronous() async throws -> Int64 {
        try await pool.writeWithoutTransaction { try Int64.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }

    package func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T {
        try await readers.read(asked: asked, body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
            let unit = Unit(body: { writer in
                do {
                    let result = try body(writer)
                    return (nil, { fault in if let fault { continuation.resume(throwing: fault) } else { continuation.resume(returning: result) } })
                } catch {
                    return (error, { _ in continuation.resume(throwing: error) })
                }
            }, refuse: { continuation.resume(throwing: $0) })
            let starts = pending.withLock { pending in
                pending.units.append(unit)
                defer { pending.running = true }
                return !pending.running
            }
            if starts { queue.async { self.drain() } }
        }
    }

    /// The one writer, with its statements. On the writer's queue only.
    private func writer(_ database: Database) throws -> SQLiteConnection {
        if let writing { return writing }
        guard let handle = database.sqliteConnection else { throw Fault(.other, "the database is closed") }
        let made = SQLiteConnection(on: handle, watch: watch)
        writing = made
        return made
    }

    /// Commits batches until nothing waits. Runs on the writer's queue only.
    private func drain() {
        while true {
            let units = pending.withLock { pending -> [Unit] in
                defer { pending.units.removeAll() }
                if pending.units.isEmpty { pending.running = false }
                return pending.units
            }
            if units.isEmpty { return }
            commit(units)
            checkpoint()
        }
    }

    /// Somebody failed after writing: what they wrote has to be taken back without taking the others'.
    private struct WroteAndFailed: Error {}

    /// One durable transaction for all; answers each. Savepoints cost more than they save while nobody fails, so there are
    /// none at first: a batch in which somebody fails after writing is rolled back and done again with one for each
    /// (docs/decisions/0101).
    private func commit(_ units: [Unit]) {
        if let why = trouble.why {
            for unit in units { unit.refuse(Fault(.unsynced, why)) }
            return
        }
        var (settled, fault) = perform(units, apart: false)
        if fault is WroteAndFailed { (settled, fault) = perform(units, apart: true) }
        let found = fault.map(SQLiteConnection.fault)
        if let found, found.kind == .full, units.count > 1 {
            // What has room by itself is kept: one that is too large takes nobody with it.
            for unit in units { commit([unit]) }
            return
        }
        if let found, found.kind == .unsynced, trouble.stop(found.detail) { watch.stopped(found.detail) }
        if found == nil { watch.committed(units.count) }
        for settle in settled { settle(found) }
        if let found { for unit in units.dropFirst(settled.count) { unit.refuse(found) } }
    }

    /// Runs all in one transaction; gives whom to tell, and why nothing was kept if so. `apart`: each in its savepoint.
    private func perform(_ units: [Unit], apart: Bool) -> (settled: [@Sendable (Fault?) -> Void], error: (any Error)?) {
        var settled: [@Sendable (Fault?) -> Void] = []
        settled.reserveCapacity(units.count)
        do {
            try pool.writeWithoutTransaction { database in
                let writer = try writer(database)
                try writer.execute("BEGIN IMMEDIATE")
                do {
                    for unit in units {
                        if apart { try writer.execute("SAVEPOINT unit") }
                        let before = writer.writings
                        let (error, settle) = unit.body(writer)
                        if let error {
                            // A full disk may have ended the whole transaction: then nobody's part of it is kept.
                            guard writer.isInTransaction else {
                                settled.append(settle)
                                throw error
                            }
                            if apart {
                                try writer.execute("ROLLBACK TO unit")
                            } else if writer.writings != before {
                                throw WroteAndFailed()
                            }
                        }
                        settled.append(settle)
                        if apart { try writer.execute("RELEASE unit") }
                    }
                    try writer.execute("COMMIT")
                } catch {
                    if writer.isInTransaction { try? writer.execute("ROLLBACK") }
                    throw error
                }
            }
        } catch { return (settled, error) }
        return (settled, nil)
    }

    /// Brings a log that has become long into the file, after everybody has been answered. SQLite would do it by itself,
    /// and keep to itself that it failed.
    private func checkpoint() {
        guard trouble.why == nil, trouble.isLogLong else { return }
        do {
            try pool.writeWithoutTransaction { database in
                guard let handle = database.sqliteConnection else { return }
                if let fault = trouble.checkpoint(handle) { throw fault }
            }
        } catch {
            let fault = SQLiteConnection.fault(error)
            if fault.kind == .unsynced, trouble.stop(fault.detail) { watch.stopped(fault.detail) }
        }
    }

    package func scrub(_ tables: [String], anew: Bool) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async {
                continuation.resume(with: Result {
                    if let why = self.trouble.why { throw Fault(.unsynced, why) }
                    do {
                        try self.pool.writeWithoutTransaction { database in
                            if anew { try database.execute(sql: "VACUUM") }
                            guard let handle = database.sqliteConnection else { throw Fault(.other, "the database is closed") }
                            if let fault = self.trouble.empty(handle) { throw fault }
                        }
                    } catch {
                        let fault = SQLiteConnection.fault(error)
                        if fault.kind == .unsynced, self.trouble.stop(fault.detail) { self.watch.stopped(fault.detail) }
                        throw fault
                    }
                })
            }
        }
    }

    package func script(_ text: String, name: String, checksum: String) async throws {
        do {
            try await pool.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    try database.execute(sql: text)
                    if !name.isEmpty {
                        try database.execute(sql: "insert into migration (name, checksum) values (?, ?)", arguments: [name, checksum])
                    }
                    return .commit
                }
            }
        } catch { throw SQLiteConnection.fault(error) }
    }

    package func listen(_ handler: @escaping @Sendable (String, String) -> Void) {
        listeners.withLock { $0.append(handler) }
    }

    package func notify(_ channel: String, _ payload: String) async {
        for listener in listeners.withLock({ $0 }) { listener(channel, payload) }
    }

    package func close() async {
        queue.sync {
            writing?.forget()
            writing = nil
        }
        readers.close()
        if isMarked.withLock({ $0 }) { mark?.close(pool) }
        try? pool.close()
        lock?.release()
    }
}
