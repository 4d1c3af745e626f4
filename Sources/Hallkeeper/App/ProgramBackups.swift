import Foundation
import Store
import WorkCalendar

extension Program {
    private static func refusePostgres(_ configuration: Configuration) throws {
        guard configuration["database"].isEmpty else {
            throw ProgramError("PostgreSQL is backed up with its own tools (pg_dump, pg_basebackup); hallkeeper verify checks what they restore")
        }
    }

    /// A backup, checked before it has its name; then what is kept under no rule goes.
    package static func backup(_ configuration: Configuration, to folder: String, daily: Int, weekly: Int, monthly: Int) async throws -> String {
        try refusePostgres(configuration)
        let shelf = BackupShelf(folder: URL(fileURLWithPath: folder))
        let (backup, note) = try await shelf.take(of: URL(fileURLWithPath: configuration["data"]), at: SystemClock().now)
        let gone = try shelf.rotate(.init(daily: daily, weekly: weekly, monthly: monthly))
        return "\(backup.folder.path): \(note.entries) entries, \(note.photos) photos, verified"
            + (gone.isEmpty ? "" : "; \(gone.count) old removed")
    }

    /// From a backup, or a shelf of them (then the newest), to a new data folder; gives what is in it.
    package static func restore(_ configuration: Configuration, from path: String) async throws -> String {
        try refusePostgres(configuration)
        let named = URL(fileURLWithPath: path)
        let isBackup = FileManager.default.fileExists(atPath: named.appending(path: Backup.database).path)
        guard let from = isBackup ? named : BackupShelf(folder: named).all().first?.folder else { throw ProgramError("no backup at \(path)") }
        let outcome = try await Restoring(from: from, data: URL(fileURLWithPath: configuration["data"])).run()
        let contents = "\(outcome.found.entries) entries, \(outcome.found.photos) photos, verified\n" + outcome.found.heads.joined(separator: "\n")
        guard let note = outcome.note else {
            return "\(from.path) is a plain copy, not a backup: it is whole, but may lack the latest acts. Compare with a printed seal.\n" + contents
        }
        return "\(from.path) of \(Zone.shanghai.day(of: note.at)): " + contents
    }

    /// Backs up every night, where a folder for it is named.
    static func nightly(_ configuration: Configuration) -> NightlyBackup? {
        let folder = configuration["backups"]
        guard !folder.isEmpty, configuration["database"].isEmpty else { return nil }
        return NightlyBackup(data: URL(fileURLWithPath: configuration["data"]), shelf: BackupShelf(folder: URL(fileURLWithPath: folder)))
    }
}
