import Foundation

/// The disk the data stands on.
struct Disk: Sendable {
    /// Nil where the data is elsewhere: PostgreSQL.
    let folder: String?
    private let measure: @Sendable () -> Room?

    init(folder: String?) { self.init(folder: folder) { folder.flatMap(Self.room(of:)) } }

    /// A disk whose room is told by somebody: tests.
    init(folder: String?, measure: @escaping @Sendable () -> Room?) { (self.folder, self.measure) = (folder, measure) }

    struct Room: Sendable, Equatable {
        let free: Int64
        let total: Int64

        /// Below a tenth or a gibibyte: still time to do something.
        var isLow: Bool { free < 1 << 30 || free < total / 10 }
        var words: String { "\(free >> 20) MiB / \(total >> 20) MiB" }
    }

    /// What is left for the program, nil where it cannot be known.
    var room: Room? { measure() }

    private static func room(of folder: String) -> Room? {
        var found = statvfs()
        guard statvfs(folder, &found) == 0 else { return nil }
        let block = Int64(clamping: found.f_frsize)
        return Room(free: Int64(clamping: found.f_bavail) * block, total: Int64(clamping: found.f_blocks) * block)
    }

    /// The size of the database's files, nil where they are elsewhere.
    var used: Int64? {
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        return names.filter { $0.contains(".sqlite") }.reduce(0) { sum, name in
            let size = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.size] as? NSNumber
            return sum + (size?.int64Value ?? 0)
        }
    }

    /// The memory this process has in use.
    static var memory: Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
