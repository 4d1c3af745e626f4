import Foundation
import GRDB
import Store

/// Copies of a database that are whole in themselves: one file, no log.
package enum SQLiteCopy {
    /// Copies a database as it stands at one moment, also while another process writes it; writers are not held up.
    package static func take(of path: String, to target: String) throws {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            let source = try DatabaseQueue(path: path, configuration: configuration)
            let copy = try DatabaseQueue(path: target)
            // All pages in one step: between steps a busy writer would make it begin again for ever.
            try source.backup(to: copy)
            try source.close()
            try copy.close()
        } catch { throw Self.fault(error, path) }
        try settle(target)
    }

    /// Takes the log into the file and the mark of an open database from it. Refuses what is damaged.
    package static func settle(_ path: String) throws {
        let problems: [String]
        do {
            let copy = try DatabaseQueue(path: path)
            problems = try copy.writeWithoutTransaction { database in
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                try database.execute(sql: "PRAGMA user_version = 0")
                _ = try Row.fetchAll(database, sql: "PRAGMA journal_mode = DELETE")
                return try String.fetchAll(database, sql: "PRAGMA integrity_check(5)")
            }
            try copy.close()
        } catch { throw Self.fault(error, path) }
        guard problems == ["ok"] else { throw Fault(.damaged, "\(URL(fileURLWithPath: path).lastPathComponent): \(problems.joined(separator: "; "))") }
    }

    /// Says which file it was.
    private static func fault(_ error: any Error, _ path: String) -> Fault {
        let fault = SQLiteConnection.fault(error)
        return Fault(fault.kind, "\(URL(fileURLWithPath: path).lastPathComponent): \(fault.detail)")
    }
}
