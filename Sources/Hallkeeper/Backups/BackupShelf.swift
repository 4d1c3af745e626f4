import Foundation
import Store
import StoreSQLite
import WorkCalendar

/// The folder in which backups stand.
struct BackupShelf: Sendable {
    let folder: URL
    /// How many to keep: the newest of each of the last days, weeks and months.
    struct Keep: Sendable {
        var daily = 7
        var weekly = 5
        var monthly = 12
    }
    private static let part = ".part-"

    /// Newest first. What is unfinished is not among them.
    func all() -> [Backup] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix(Backup.prefix) }.sorted(by: >).map { Backup(folder: folder.appending(path: $0)) }
    }

    /// Takes a backup of a data folder, also while a server writes it. The database is copied before the photos: a photo is
    /// durable before the row that names it, so the later copy has every one that the earlier names.
    func take(of data: URL, at now: Instant, zone: Zone = .shanghai) async throws -> (Backup, Backup.Note) {
        let source = data.appending(path: Backup.database)
        guard FileManager.default.fileExists(atPath: source.path) else { throw ProgramError("no database at \(source.path)") }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        sweep()
        let part = folder.appending(path: "\(Self.part)\(getpid())-\(Hash.hex(Program.chance(4)))")
        try FileManager.default.createDirectory(at: part, withIntermediateDirectories: false)
        do {
            let draft = Backup(folder: part)
            try SQLiteCopy.take(of: source.path, to: draft.database.path)
            try SQLiteCopy.take(of: data.appending(path: Backup.photos).path, to: draft.photos.path)
            let found = try await BackupCheck(database: draft.database, photos: draft.photos).run(migrating: false)
            guard found.problems.isEmpty else { throw ProgramError(found.problems.prefix(20).joined(separator: "\n")) }
            var files: [String: String] = [:]
            for file in [draft.database, draft.photos] {
                files[file.lastPathComponent] = try Durable.hash(file)
                try Durable.sync(file)
            }
            let note = Backup.Note(at: now, found: found, files: files)
            let written = part.appending(path: Backup.note)
            try Data(note.json.canonical).write(to: written)
            for url in [written, part] { try Durable.sync(url) }
            let whole = Backup(folder: folder.appending(path: name(at: now, zone)))
            try Durable.move(part, to: whole.folder)
            return (whole, note)
        } catch {
            try? FileManager.default.removeItem(at: part)
            throw error
        }
    }

    private func name(at now: Instant, _ zone: Zone) -> String {
        let minute = zone.minuteOfDay(now)
        let second = Int(now.ms / 1000 % 60)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        let name = "\(Backup.prefix)\(zone.day(of: now))T\(two(minute / 60))\(two(minute % 60))\(two(second))"
        var (unique, number) = (name, 2)
        while FileManager.default.fileExists(atPath: folder.appending(path: unique).path) {
            (unique, number) = ("\(name)-\(number)", number + 1)
        }
        return unique
    }

    /// Removes what a backup that died left behind: its process is gone.
    private func sweep() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where name.hasPrefix(Self.part) {
            guard let pid = name.dropFirst(Self.part.count).split(separator: "-").first.flatMap({ Int32($0) }), kill(pid, 0) != 0, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    /// Removes what is kept under no rule; the newest always stays.
    func rotate(_ keep: Keep) throws -> [Backup] {
        var (days, weeks, months) = (Set<Day>(), Set<Int>(), Set<Int>())
        var gone: [Backup] = []
        for (index, backup) in all().enumerated() {
            guard let day = backup.day else { continue }
            let week = day.adding(days: 1 - day.weekday).number
            let month = day.year * 12 + day.month
            var stays = index == 0
            if !days.contains(day), days.count < keep.daily { stays = true }
            if !weeks.contains(week), weeks.count < keep.weekly { stays = true }
            if !months.contains(month), months.count < keep.monthly { stays = true }
            days.insert(day)
            weeks.insert(week)
            months.insert(month)
            if !stays { gone.append(backup) }
        }
        for backup in gone { try FileManager.default.removeItem(at: backup.folder) }
        return gone
    }
}
