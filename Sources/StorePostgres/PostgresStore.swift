import CLibPQ
import Foundation
import Store
import Synchronization

/// PostgreSQL through libpq: a few threads of its own with a connection each. Writes are serializable and tried again when
/// they cannot be ordered; what found no server is tried again until it has one, for a while.
package final class PostgresStore: Store {
    package var engine: Engine { .postgres }
    private let url: String
    private let watch: StoreWatch
    private let pool: PostgresPool
    private let listeners = Mutex<[@Sendable (String, String) -> Void]>([])
    private let closed = Mutex(false)

    /// How long acts are tried that cannot be ordered with others, and how long one waits for a server that is away: a restart
    /// is slept through, a longer absence is said.
    private static let patience: Duration = .seconds(10)

    /// `connections` is also how many reads and writes run at once. Refuses when the server cannot be reached.
    package init(url: String, connections: Int = 8, watch: StoreWatch = .none) throws {
        (self.url, self.watch) = (url, watch)
        _ = try PostgresConnection(url: url, watch: watch)
        pool = PostgresPool(lanes: max(1, connections), url: url, watch: watch)
    }

    private func perform<T: Sendable>(_ body: @escaping @Sendable (PostgresLane) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            if !pool.add({ lane in continuation.resume(with: Result { try body(lane) }) }) {
                continuation.resume(throwing: Fault(.busy, "too many wait for the database"))
            }
        }
    }

    package func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T {
        try await perform { lane in
            try Self.repeating(lane) { connection in
                try connection.execute("begin isolation level repeatable read read only")
                connection.mayWrite = false
                let result = try body(connection)
                try connection.execute("commit")
                return result
            }
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        try await perform { [watch] lane in
            try Self.repeating(lane) { connection in
                try connection.execute("begin isolation level serializable")
                connection.mayWrite = true
                let result = try body(connection)
                try Self.commit(connection)
                watch.committed(1)
                return result
            }
        }
    }

    /// Commits. A refused commit was rolled back; when the connection broke, nobody knows.
    private static func commit(_ connection: PostgresConnection) throws {
        let said: String
        do { said = try connection.execute("commit") } catch let fault as Fault {
            throw fault.kind == .connection ? Fault(.commitUnknown, fault.detail) : fault
        }
        // A transaction in which a statement had failed is answered with ROLLBACK, without an error.
        guard said == "COMMIT" else { throw Fault(.other, "a statement had failed: \(said)") }
    }

    /// Tries again what could not be ordered, and what found no connection before it had begun to commit.
    private static func repeating<T>(_ lane: PostgresLane, _ body: (PostgresConnection) throws -> T) throws -> T {
        let began = ContinuousClock.now
        var tries = 0
        while true {
            do {
                let connection = try lane.connection()
                do { return try body(connection) } catch {
                    do { try connection.execute("rollback") } catch { lane.drop() }
                    throw error
                }
            } catch let fault as Fault where fault.kind == .busy && began.duration(to: .now) < patience {
                tries += 1
                // Waits a little longer each time, so that two that collide do not collide again.
                Thread.sleep(forTimeInterval: 0.001 * Double(1 << min(tries, 7)) * Double.random(in: 0.5...1))
            } catch let fault as Fault where fault.kind == .connection && began.duration(to: .now) < patience {
                lane.drop()
                Thread.sleep(forTimeInterval: 0.1)
            } catch let fault as Fault where fault.kind == .commitUnknown {
                lane.drop()
                throw fault
            }
        }
    }

    /// Old versions of rows go with the files they stood in. The server's log is its operator's: it is asked for a checkpoint,
    /// where this user may, after which older parts of the log are needed no more (docs/operations.md).
    package func scrub(_ tables: [String], anew: Bool) async throws {
        try await perform { lane in
            let connection = try lane.connection()
            for table in tables { try connection.execute(anew ? "vacuum (full) \(table)" : "vacuum \(table)") }
            _ = try? connection.execute("checkpoint")
        }
    }

    package func script(_ text: String, name: String, checksum: String) async throws {
        try await perform { lane in
            let connection = try lane.connection()
            do {
                try connection.execute("begin")
                // Several processes may start at once: one migrates, the others wait and find it done.
                try connection.execute("select pg_advisory_xact_lock(7205759403792794)")
                if !name.isEmpty, try connection.one("select 1 as one from migration where name = \(name)") != nil {
                    try connection.execute("rollback")
                    return
                }
                try connection.execute(text)
                if !name.isEmpty { try connection.run("insert into migration (name, checksum) values (\(name), \(checksum))") }
                try Self.commit(connection)
            } catch {
                do { try connection.execute("rollback") } catch { lane.drop() }
                throw error
            }
        }
    }

    package func listen(_ handler: @escaping @Sendable (String, String) -> Void) {
        let isFirst = listeners.withLock { listeners in
            listeners.append(handler)
            return listeners.count == 1
        }
        guard isFirst else { return }
        let thread = Thread { [weak self] in
            while let self, !self.closed.withLock({ $0 }) {
                guard let connection = try? PostgresConnection(url: self.url), (try? connection.execute("listen hallkeeper")) != nil else {
                    Thread.sleep(forTimeInterval: 1)
                    continue
                }
                // What was said while nobody listened is not known: whoever waits looks for himself.
                for listener in self.listeners.withLock({ $0 }) { listener("", "") }
                self.wait(on: connection)
            }
        }
        thread.start()
    }

    /// Hands on what is said until the connection breaks or the store closes.
    private func wait(on connection: PostgresConnection) {
        while connection.isAlive, !closed.withLock({ $0 }) {
            var descriptor = pollfd(fd: PQsocket(connection.pointer), events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, 1000)
            guard PQconsumeInput(connection.pointer) == 1 else { return }
            while let notice = PQnotifies(connection.pointer) {
                let payload = String(cString: notice.pointee.extra)
                PQfreemem(notice)
                let parts = payload.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                for listener in listeners.withLock({ $0 }) { listener(parts.first ?? "", parts.count > 1 ? parts[1] : "") }
            }
        }
    }

    package func notify(_ channel: String, _ payload: String) async {
        let text = channel + "\n" + payload
        _ = try? await perform { lane in
            do { _ = try lane.connection().rows("select pg_notify('hallkeeper', \(text)) as said") } catch {
                lane.drop()
                throw error
            }
        }
    }

    package func close() async {
        closed.withLock { $0 = true }
        pool.close()
    }
}
