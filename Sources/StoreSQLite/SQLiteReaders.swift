import Dispatch
import Store
import Synchronization

/// Connections for reading. What is quick is read where it is asked, without waking another thread; what has lately taken
/// long at that place in the program runs on threads of its own, so that it holds up nobody's page.
final class SQLiteReaders: Sendable {
    private let path: String
    private let mapped: Bool
    private let watch: StoreWatch
    private let idle = Mutex<(connections: [Held], closed: Bool)>(([], false))
    /// Where in the program a reading lately took long.
    private let slow = Mutex<Set<Asked>>([])
    private let threads = DispatchQueue(label: "hallkeeper.readers", attributes: .concurrent)
    private let room = DispatchSemaphore(value: 6)
    /// From here on a reading is long.
    private static let long = Duration.milliseconds(4)
    private static let mostIdle = 8

    /// A connection in the list of idle ones: taken out before use, so one thread has it at a time.
    private struct Held: @unchecked Sendable { let connection: SQLiteConnection }

    init(path: String, watch: StoreWatch, mapped: Bool = false) { (self.path, self.watch, self.mapped) = (path, watch, mapped) }

    func read<T: Sendable>(asked: Asked, _ body: @escaping @Sendable (any Reading) throws -> T) async throws -> T {
        guard slow.withLock({ $0.contains(asked) }) else {
            let started = ContinuousClock.now
            let result = try perform(body)
            if started.duration(to: .now) > Self.long { slow.withLock { _ = $0.insert(asked) } }
            return result
        }
        return try await withCheckedThrowingContinuation { continuation in
            threads.async { [self] in
                room.wait()
                let started = ContinuousClock.now
                let result = Result { try perform(body) }
                if started.duration(to: .now) < Self.long / 4 { slow.withLock { _ = $0.remove(asked) } }
                room.signal()
                continuation.resume(with: result)
            }
        }
    }

    /// One state, on this thread.
    private func perform<T>(_ body: (any Reading) throws -> T) throws -> T {
        let connection = try take()
        do {
            try connection.execute("BEGIN")
            let result = try body(connection)
            try connection.execute("COMMIT")
            give(connection)
            return result
        } catch {
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            give(connection)
            throw error
        }
    }

    private func take() throws -> SQLiteConnection {
        let held = try idle.withLock { idle in
            guard !idle.closed else { throw Fault(.other, "the database is closed") }
            return idle.connections.popLast()
        }
        return try held?.connection ?? SQLiteConnection(reading: path, watch: watch, mapped: mapped)
    }

    private func give(_ connection: SQLiteConnection) {
        let held = Held(connection: connection)
        idle.withLock { idle in
            if !idle.closed, idle.connections.count < Self.mostIdle { idle.connections.append(held) }
        }
    }

    /// Closes those that are idle; one in use is closed when its reading ends.
    func close() {
        let gone = idle.withLock { idle in
            defer { idle = ([], true) }
            return idle.connections
        }
        withExtendedLifetime(gone) {}
    }
}
