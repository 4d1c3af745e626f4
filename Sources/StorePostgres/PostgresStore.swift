import CLibPQ
import Dispatch
import Foundation
import Store
import Synchronization

/// PostgreSQL through libpq: a few threads with a connection each, so that waiting for the network never blocks a page.
/// Writes are serializable and tried again when they cannot be ordered.
package final class PostgresStore: Store {
    package var engine: Engine { .postgres }
    private let url: String
    private let watch: StoreWatch
    private let queue: DispatchQueue
    private let room: DispatchSemaphore
    private let idle = Mutex<[Held]>([])
    private let listeners = Mutex<[@Sendable (String, String) -> Void]>([])
    private let closed = Mutex(false)

    /// A connection in the list of idle ones: taken out before use, so one thread has it at a time.
    private struct Held: @unchecked Sendable { let connection: PostgresConnection }

    private static let most = 12

    /// `connections` is also how many reads and writes run at once. Refuses when the server cannot be reached.
    package init(url: String, connections: Int = 8, watch: StoreWatch = .none) throws {
        (self.url, self.watch) = (url, watch)
        queue = DispatchQueue(label: "hallkeeper.postgres", attributes: .concurrent)
        room = DispatchSemaphore(value: max(1, connections))
        let first = try PostgresConnection(url: url, watch: watch)
        idle.withLock { $0.append(Held(connection: first)) }
    }

    private func take() throws -> PostgresConnection {
        while let held = idle.withLock({ $0.popLast() }) {
            if held.connection.isAlive { return held.connection }
        }
        return try PostgresConnection(url: url, watch: watch)
    }

    private func give(_ connection: PostgresConnection) {
        if connection.isAlive { idle.withLock { $0.append(Held(connection: connection)) } }
    }

    private func perform<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [room] in
                room.wait()
                defer { room.signal() }
                continuation.resume(with: Result { try body() })
            }
        }
    }

    package func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T {
        try await perform { [self] in
            try repeating {
                let connection = try take()
                do {
                    try connection.execute("begin isolation level repeatable read read only")
                    connection.mayWrite = false
                    let result = try body(connection)
                    try connection.execute("commit")
                    give(connection)
                    return result
                } catch {
                    try? connection.execute("rollback")
                    give(connection)
                    throw error
                }
            }
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any Writing) throws -> T) async throws -> T {
        try await perform { [self] in
            try repeating {
                let connection = try take()
                let result: T
                do {
                    try connection.execute("begin isolation level serializable")
                    connection.mayWrite = true
                    result = try body(connection)
                } catch {
                    try? connection.execute("rollback")
                    give(connection)
                    throw error
                }
                do {
                    try connection.execute("commit")
                } catch let fault as Fault {
                    give(connection)
                    // A refused commit was rolled back; a broken connection leaves it unknown.
                    throw fault.kind == .connection ? Fault(.commitUnknown, fault.detail) : fault
                }
                give(connection)
                watch.committed(1)
                return result
            }
        }
    }

    /// Tries again what could not be ordered, and what found its connection broken before it had begun to commit.
    private func repeating<T>(_ body: () throws -> T) throws -> T {
        var tries = 0
        while true {
            do { return try body() } catch let fault as Fault where (fault.kind == .busy || fault.kind == .connection) && tries < Self.most {
                tries += 1
                // Waits a little longer each time, so that two that collide do not collide again.
                Thread.sleep(forTimeInterval: fault.kind == .busy ? 0.001 * Double(1 << min(tries, 7)) : 0.25)
            }
        }
    }

    package func script(_ text: String, name: String, checksum: String) async throws {
        try await perform { [self] in
            let connection = try take()
            do {
                try connection.execute("begin")
                // Several processes may start at once: one migrates, the others wait and find it done.
                try connection.execute("select pg_advisory_xact_lock(7205759403792794)")
                if !name.isEmpty, try connection.one("select 1 as one from migration where name = \(name)") != nil {
                    try connection.execute("rollback")
                    give(connection)
                    return
                }
                try connection.execute(text)
                if !name.isEmpty { try connection.run("insert into migration (name, checksum) values (\(name), \(checksum))") }
                try connection.execute("commit")
                give(connection)
            } catch {
                try? connection.execute("rollback")
                give(connection)
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
        _ = try? await perform { [self] in
            let connection = try take()
            defer { give(connection) }
            _ = try connection.rows("select pg_notify('hallkeeper', \(text)) as said")
        }
    }

    package func close() async {
        closed.withLock { $0 = true }
        idle.withLock { $0.removeAll() }
    }
}
