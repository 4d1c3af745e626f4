import Foundation
import Store
import StoreSQLite

/// Whether a database and its photos are whole: the ledger verifies, every photo is what its hash says, and every photo
/// that a row names is there.
struct BackupCheck: Sendable {
    struct Found: Sendable {
        var problems: [String] = []
        var entries = 0
        var photos = 0
        var heads: [String] = []
    }
    let database: URL
    let photos: URL

    /// Brings a copy that an older program made up to date first, so that one set of rules reads them all.
    func run(migrating: Bool) async throws -> Found {
        let (store, blobs) = try open(migrating)
        if migrating {
            try await store.migrate(try Hallkeeper.migrations)
            try await blobs.migrate(try Hallkeeper.migrations)
        }
        var found = Found()
        let ledger = Program.ledger(store)
        found.problems = try await ledger.verify().map(\.sentence.en)
        found.heads = try await ledger.heads().map(\.description)
        found.entries = try await store.read { tx in Int(try tx.one("select count(*) as n from entry")?.int("n") ?? 0) }
        let there = try await hashes(blobs, &found)
        found.photos = there.count
        for (table, hash) in try await PhotoNames(store: store).all().sorted(by: { $0.key < $1.key }).map({ ($0.value, $0.key) }) where !there.contains(hash) {
            found.problems.append("photo \(hash) is missing, a row of \(table) names it")
        }
        await store.close()
        await blobs.close()
        if migrating {
            try SQLiteCopy.settle(database.path)
            try SQLiteCopy.settle(photos.path)
        }
        return found
    }

    private func open(_ migrating: Bool) throws -> (any Store, any Store) {
        for file in [database, photos] where !FileManager.default.fileExists(atPath: file.path) {
            throw ProgramError("\(file.lastPathComponent) is missing")
        }
        return migrating
            ? (try SQLiteStore(path: database.path, durability: .none), try SQLiteStore(path: photos.path, durability: .none))
            : (try SQLiteStore(reading: database.path), try SQLiteStore(reading: photos.path))
    }

    /// Every photo that is there, each hashed again.
    private func hashes(_ blobs: any Store, _ found: inout Found) async throws -> Set<String> {
        var (there, after) = (Set<String>(), "")
        while true {
            let from = after
            let page = try await blobs.read { tx in
                try tx.rows("select hash, bytes from blob where hash > \(from) order by hash limit 20").map { row in
                    (try row.text("hash"), Hash.hex(Hash.sha256(try row.bytes("bytes"))))
                }
            }
            for (hash, own) in page {
                there.insert(hash)
                if hash != own { found.problems.append("photo \(hash) was altered") }
            }
            guard let last = page.last else { return there }
            after = last.0
        }
    }
}
