import Foundation
import Store
import WorkCalendar

/// A finished copy of everything: a folder with the database, the photos, and a note of what is in them. A folder has its
/// name only when it is whole: it is made under another, checked, and renamed.
struct Backup: Sendable {
    let folder: URL
    static let database = "hallkeeper.sqlite"
    static let photos = "photos.sqlite"
    static let note = "backup.json"

    var database: URL { folder.appending(path: Self.database) }
    var photos: URL { folder.appending(path: Self.photos) }
    /// By its name, which is when it was taken: `hallkeeper-2026-11-23T220500`.
    var day: Day? { Day(String(folder.lastPathComponent.dropFirst(Self.prefix.count).prefix(10))) }
    static let prefix = "hallkeeper-"

    /// What is said of a backup beside its files.
    struct Note: Sendable {
        var at: Instant
        var entries: Int
        var photos: Int
        var heads: [String]
        /// The hash of each file: a byte that no other check looks at is found by it.
        var files: [String: String]

        var json: JSON {
            .object([
                "at": .int(at.ms), "entries": .int(Int64(entries)), "photos": .int(Int64(photos)), "heads": .array(heads.map { .string($0) }),
                "files": .object(files.mapValues { .string($0) }),
            ])
        }

        init(at: Instant, found: BackupCheck.Found, files: [String: String]) {
            (self.at, entries, photos, heads, self.files) = (at, found.entries, found.photos, found.heads, files)
        }

        init(reading url: URL) throws {
            guard let data = try? Data(contentsOf: url), let json = try? JSON(parsing: Array(data)) else {
                throw ProgramError("\(url.path) cannot be read")
            }
            at = Instant(ms: json["at"]?.int ?? 0)
            (entries, photos) = (Int(json["entries"]?.int ?? 0), Int(json["photos"]?.int ?? 0))
            heads = (json["heads"]?.array ?? []).compactMap(\.string)
            files = (json["files"]?.object ?? [:]).compactMapValues(\.string)
        }
    }

    func readNote() throws -> Note { try Note(reading: folder.appending(path: Self.note)) }
}

/// Files and folders, kept through a power cut.
enum Durable {
    static func sync(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ProgramError("cannot open \(url.path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw ProgramError("cannot write \(url.path): \(String(cString: strerror(errno)))") }
    }

    static func move(_ from: URL, to: URL) throws {
        guard rename(from.path, to.path) == 0 else { throw ProgramError("cannot make \(to.path): \(String(cString: strerror(errno)))") }
        try sync(to.deletingLastPathComponent())
    }

    /// The hash of a file, read piece by piece.
    static func hash(_ url: URL) throws -> String {
        guard let file = FileHandle(forReadingAtPath: url.path) else { throw ProgramError("\(url.lastPathComponent) is missing") }
        defer { try? file.close() }
        var running = Hash.Running()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { running.add(Array(piece)) }
        return running.hex
    }
}
