import Foundation
import Store
import Synchronization
import WorkCalendar

/// Once a night, where the operator named a folder for it: a backup, and its proof by restoring it to a side place. How it
/// went is an entry of the company; a failure stands on every page of an administrator until a backup succeeds.
final class NightlyBackup: Sendable {
    let data: URL
    let shelf: BackupShelf
    private let keep: BackupShelf.Keep
    private let failure = Mutex<String?>(nil)
    /// Why the last one failed, nil when it did not.
    var lastFailure: String? { failure.withLock { $0 } }
    /// After midnight's planning, before the halls open.
    static let hour = 2

    init(data: URL, shelf: BackupShelf, keep: BackupShelf.Keep = .init()) {
        (self.data, self.shelf, self.keep) = (data, shelf, keep)
    }

    /// What the job does at each turn: nothing, unless tonight's is still to be made.
    func run(_ hall: Hallkeeper, at now: Instant) async throws {
        let today = hall.zone.day(of: now)
        guard hall.zone.minuteOfDay(now) >= Self.hour * 60 else { return }
        let last = try await hall.store.read { tx in try tx.one("select value from setting where name = 'backup'")?.text("value") }
        guard last != today.description else { return }
        try await make(hall, at: now)
        _ = try await hall.store.write { tx in
            try tx.run("insert into setting (name, value) values ('backup', \(today)) on conflict (name) do update set value = excluded.value")
        }
    }

    /// A backup, a drill, and an entry that says how it went. Throws when it failed, so that it is tried again.
    func make(_ hall: Hallkeeper, at now: Instant) async throws {
        do {
            let (backup, note) = try await shelf.take(of: data, at: now, zone: hall.zone)
            try await drill(backup)
            _ = try shelf.rotate(keep)
            failure.withLock { $0 = nil }
            try await tell(hall, "backup.proven", ["backup": backup.folder.lastPathComponent, "entries": "\(note.entries)", "photos": "\(note.photos)"], at: now)
        } catch {
            let sentence = Program.sentence(of: error)
            let isNews = failure.withLock { known in
                defer { known = sentence }
                return known != sentence
            }
            if isNews { try await tell(hall, "backup.failed", ["why": String(sentence.prefix(500))], at: now) }
            throw error
        }
    }

    /// Restores a backup where it harms nobody, checks it whole, and takes it away again.
    func drill(_ backup: Backup) async throws {
        let side = shelf.folder.appending(path: ".drill")
        try? FileManager.default.removeItem(at: side)
        defer { try? FileManager.default.removeItem(at: side) }
        _ = try await Restoring(from: backup.folder, data: side).run()
    }

    private func tell(_ hall: Hallkeeper, _ kind: String, _ fields: [String: String], at now: Instant) async throws {
        try await hall.act(by: .clock, at: now) { act in try act.enter(Event(kind: kind, at: now, fields: fields), at: act.company().id) }
    }
}
