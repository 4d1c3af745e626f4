import Foundation
import Synchronization

/// PostgreSQL 15 for tests: started once a process in a folder of its own, by a user who is not root, stopped at exit.
final class PostgresServer: Sendable {
    let folder: String
    private let counter = Mutex(0)

    /// Nil where PostgreSQL is not installed: a test that needs it fails and says so.
    static let shared: PostgresServer? = try? PostgresServer()
    private static let bin = "/usr/lib/postgresql/15/bin"
    private static let stopping = Mutex("")

    struct Failed: Error { let what: String }

    /// By the C library: Foundation's Process waits for every descendant, and the server is meant to stay.
    private static func run(_ command: String) throws {
        guard system(command + " >/dev/null 2>&1 </dev/null") == 0 else { throw Failed(what: command) }
    }

    /// As the unprivileged user where we are root: initdb refuses root.
    private static func asUser(_ command: String) -> String {
        getuid() == 0 ? "su hkpg -s /bin/sh -c '\(command)'" : command
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hkpg-\(getpid())-\(UUID().uuidString.prefix(6))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        if getuid() == 0 { try Self.run("{ id hkpg || useradd -r hkpg; } && chown hkpg \(folder)") }
        try Self.run(Self.asUser("\(Self.bin)/initdb -D \(folder)/data -A trust -U app --locale=C.UTF-8 -E UTF8 --no-instructions"))
        try Self.run(
            Self.asUser("\(Self.bin)/pg_ctl -D \(folder)/data -w -l \(folder)/log -o \"-c listen_addresses= -c unix_socket_directories=\(folder) -c max_connections=500\" start"))
        Self.stopping.withLock { $0 = Self.asUser("\(Self.bin)/pg_ctl -D \(folder)/data -m immediate stop") + "; rm -rf \(folder)" }
        atexit { _ = try? PostgresServer.run(PostgresServer.stopping.withLock { $0 }) }
    }

    /// The address of a fresh, empty database.
    func database() throws -> String {
        let name = counter.withLock { counter in
            counter += 1
            return "t\(counter)"
        }
        try Self.run("psql -q -h \(folder) -U app postgres -c 'create database \(name)'")
        return "postgresql://app@/\(name)?host=\(folder)"
    }
}
