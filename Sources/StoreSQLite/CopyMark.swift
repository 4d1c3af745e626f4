import Foundation
import GRDB
import Store

/// Tells a database from a copy of it that was made with `cp` while the program ran. While a file is open it carries a
/// number in its header (`user_version`); the same number and the file's own inode stand in `FILE.open` beside it. A copy
/// has the number and not the inode, or no such file at all. A file that was closed in order carries nought and may be
/// copied as anybody likes: its log is empty then.
struct CopyMark: Sendable {
    private let path: String
    private var file: String { path + ".open" }

    init(path: String) { self.path = path }

    private static func inode(_ path: String) -> UInt64? {
        // Not opened: closing a descriptor of a live database would drop SQLite's locks on it.
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Refuses a copy with `Fault(.copied)`; writes nothing.
    func check(_ pool: DatabasePool) throws {
        _ = try found(pool)
    }

    /// The file's inode and the number in its header, nought when it was closed in order.
    private func found(_ pool: DatabasePool) throws -> (inode: UInt64, old: Int64) {
        let old = try pool.read { try Int64.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard let inode = Self.inode(path) else { throw Fault(.other, "\(path) is gone") }
        if old != 0 {
            let words = (try? String(contentsOfFile: file, encoding: .utf8))?.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) } ?? []
            guard words.first == inode, words.dropFirst().contains(UInt64(old)) else { throw Fault(.copied, path) }
        }
        return (inode, old)
    }

    /// Marks the file as open.
    func open(_ pool: DatabasePool) throws {
        let (inode, old) = try found(pool)
        let new = Int64.random(in: 1...Int64(Int32.max))
        // Both numbers: a crash before the next line's commit finds the old one in the header, after it the new one.
        try write("\(inode) \(old) \(new)\n")
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA user_version = \(new)")
            // Into the file itself, so that a copy of it without its log carries the number too. Waits for no reader.
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(PASSIVE)")
        }
    }

    /// The file is whole in itself from here on.
    func close(_ pool: DatabasePool) {
        do {
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA user_version = 0")
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
            unlink(file)
        } catch {}  // left marked: the next start finds both numbers and goes on
    }

    private func write(_ text: String) throws {
        let fresh = file + ".new"
        let descriptor = Foundation.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Fault(.disk, "cannot write \(fresh): \(String(cString: strerror(errno)))") }
        let bytes = Array(text.utf8)
        let isWritten = Foundation.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        Foundation.close(descriptor)
        guard isWritten, rename(fresh, file) == 0 else { throw Fault(.disk, "cannot write \(file): \(String(cString: strerror(errno)))") }
    }
}
