import Foundation
import Store
import StoreSQLite

/// From a backup to a data folder that a server can be started on.
struct Restoring: Sendable {
    let from: URL
    let data: URL
    struct Outcome: Sendable {
        /// Nil for a plain copy, which knows nothing of itself.
        var note: Backup.Note?
        var found: BackupCheck.Found
    }

    /// Refuses a folder in which something stands, and a backup that is not whole. Nothing has its final name before all is checked.
    func run() async throws -> Outcome {
        let files = FileManager.default
        let inside = (try? files.contentsOfDirectory(atPath: data.path)) ?? []
        guard inside.isEmpty else { throw ProgramError("\(data.path) is not empty: restore into a new folder") }
        let source = Backup(folder: from)
        guard files.fileExists(atPath: source.database.path) else { throw ProgramError("no backup at \(from.path)") }
        let note = files.fileExists(atPath: from.appending(path: Backup.note).path) ? try source.readNote() : nil
        let part = Backup(folder: data.appending(path: ".restoring"))
        try files.createDirectory(at: part.folder, withIntermediateDirectories: true)
        do {
            let found = try await fill(part, from: source, note)
            for file in [part.photos, part.database] {
                try Durable.sync(file)
                try Durable.move(file, to: data.appending(path: file.lastPathComponent))
            }
            try files.removeItem(at: part.folder)
            return Outcome(note: note, found: found)
        } catch {
            try? files.removeItem(at: part.folder)
            throw error
        }
    }

    private func fill(_ part: Backup, from source: Backup, _ note: Backup.Note?) async throws -> BackupCheck.Found {
        for (file, target) in [(source.database, part.database), (source.photos, part.photos)] {
            guard FileManager.default.fileExists(atPath: file.path) else { throw ProgramError("\(file.lastPathComponent) is missing") }
            try FileManager.default.copyItem(at: file, to: target)
            if let note {
                guard note.files[file.lastPathComponent] == (try Durable.hash(target)) else {
                    throw ProgramError("\(file.lastPathComponent) is not what was backed up: it was altered or is damaged")
                }
            } else if FileManager.default.fileExists(atPath: file.path + "-wal") {
                try FileManager.default.copyItem(atPath: file.path + "-wal", toPath: target.path + "-wal")
            }
            do { try SQLiteCopy.settle(target.path) } catch { throw ProgramError("\(file.lastPathComponent): \(error)") }
        }
        let found = try await BackupCheck(database: part.database, photos: part.photos).run(migrating: true)
        guard found.problems.isEmpty else { throw ProgramError(found.problems.prefix(20).joined(separator: "\n")) }
        if let note, note.heads != found.heads { throw ProgramError("the ledger does not end where the backup's note says") }
        return found
    }
}
