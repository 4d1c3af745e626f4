import Foundation
import Store
import StorePostgres
import StoreSQLite
import Synchronization
import Testing
import WorkCalendar

/// A kept row for tests: a thing at a place, with a number.
struct Thing: Kept, Hashable {
    var place: String
    var id: String
    var number: Int64?
    static let table = Table(name: "thing", key: ["place", "id"], columns: ["place", "id", "number"])
    var values: [Value] { [.text(place), .text(id), number.bound] }
    init(_ place: String, _ id: String, _ number: Int64?) { (self.place, self.id, self.number) = (place, id, number) }
    init(row: Row) throws { self.init(try row.text("place"), try row.text("id"), try row.optionalInt("number")) }
}

/// Both engines, always.
enum Sample {
    static let engines: [Engine] = [.sqlite, .postgres]

    static func migrations() throws -> [Migration] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/Hallkeeper/Migrations").standardizedFileURL
        var files: [String: String] = ["0002-thing.sql": "create table thing (place text not null, id text not null, number bigint, primary key (place, id));"]
        for name in ["0001-ledger.sqlite.sql", "0001-ledger.postgres.sql", "0010-seal-signature.sqlite.sql", "0010-seal-signature.postgres.sql", "0105-turns.sqlite.sql", "0105-turns.postgres.sql", "0113-once.sqlite.sql", "0113-once.postgres.sql"] {
            files[name] = try String(contentsOf: root.appending(path: name), encoding: .utf8)
        }
        return try Migration.list(from: files)
    }

    static func path() -> String { FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString).sqlite").path }

    static func store(_ engine: Engine, migrated: Bool = true) async throws -> any Store {
        let store: any Store
        switch engine {
        case .sqlite: store = try SQLiteStore(path: path())
        case .postgres: store = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database())
        }
        if migrated { try await store.migrate(try migrations()) }
        return store
    }

    static func ledger(_ store: any Store, seed: UInt64 = 1) -> Ledger {
        let state = Mutex(seed)
        let chance: @Sendable () -> UInt64 = { state.withLock { $0 = $0 &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407; return $0 } }
        return Ledger(store: store, ids: IDs(chance: chance), kept: [Thing.self], chance: chance)
    }

    static let now = Instant(ms: 1_780_000_000_000)
}

extension Ledger {
    /// One thing kept by one act.
    func keep(_ thing: Thing, at now: Instant = Sample.now, key: IdempotencyKey? = nil, fail: Bool = false) async throws {
        try await act(by: .clock, at: now, key: key) { act in
            act.answer = "kept"
            try act.enter(chain: thing.place, place: thing.place, kind: "thing.kept", about: thing.id, event: .object(["n": .int(thing.number ?? 0)]))
            try act.keep(thing)
            if fail { throw Fault(.other, "asked to fail") }
        }
    }
}
