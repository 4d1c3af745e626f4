import WorkCalendar

/// A numbered file of statements, applied once, in order, never edited.
package struct Migration: Sendable {
    package let name: String
    package let sqlite: String
    package let postgres: String

    package init(name: String, sqlite: String, postgres: String) {
        (self.name, self.sqlite, self.postgres) = (name, sqlite, postgres)
    }

    /// From file names to texts: `NNNN-name.sql` for both engines, or a pair `.sqlite.sql` and `.postgres.sql`.
    package static func list(from files: [String: String]) throws -> [Migration] {
        var found: [String: (sqlite: String?, postgres: String?)] = [:]
        for (file, text) in files {
            if file.hasSuffix(".sqlite.sql") {
                found[String(file.dropLast(11)), default: (nil, nil)].sqlite = text
            } else if file.hasSuffix(".postgres.sql") {
                found[String(file.dropLast(13)), default: (nil, nil)].postgres = text
            } else if file.hasSuffix(".sql") {
                found[String(file.dropLast(4))] = (text, text)
            }
        }
        return try found.sorted { $0.key < $1.key }.map { name, pair in
            guard let sqlite = pair.sqlite, let postgres = pair.postgres else {
                throw Fault(.other, "migration \(name) lacks one engine's file")
            }
            return Migration(name: name, sqlite: sqlite, postgres: postgres)
        }
    }
}

extension Store {
    /// Applies what is missing. Refuses a changed past, and a database newer than the program, before it writes anything.
    package func migrate(_ migrations: [Migration]) async throws {
        // Asked first: on PostgreSQL whoever serves need not be allowed to make tables.
        let isThere = try await read { [engine] tx in
            try tx.one(
                engine == .sqlite
                    ? "select 1 as one from sqlite_master where type = 'table' and name = 'migration'" : "select 1 as one where to_regclass('migration') is not null") != nil
        }
        if !isThere { try await script("create table if not exists migration (name text not null primary key, checksum text not null)", name: "", checksum: "") }
        let done = try await read { tx in
            try tx.rows("select name, checksum from migration order by name").map { (try $0.text("name"), try $0.text("checksum")) }
        }
        let known = Dictionary(migrations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, checksum) in done {
            guard let migration = known[name] else {
                throw Fault(.newerDatabase, "the database has \(name), which this program does not know")
            }
            guard checksum == sum(migration) else { throw Fault(.changedMigration, name) }
        }
        let applied = Set(done.map(\.0))
        for migration in migrations where !applied.contains(migration.name) {
            try await script(
                engine == .sqlite ? migration.sqlite : migration.postgres, name: migration.name, checksum: sum(migration))
        }
    }

    private func sum(_ migration: Migration) -> String {
        Hash.sha256(hex: engine == .sqlite ? migration.sqlite : migration.postgres)
    }
}
