import Foundation
import Store
import StorePostgres
import StoreSQLite
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct MoveTests {
    private func folder() -> String { FileManager.default.temporaryDirectory.appending(path: "move-\(UUID().uuidString.prefix(8))").path }

    /// A day of one hall, in a folder.
    private func lived() async throws -> String {
        let data = folder()
        _ = try await Program.simulate(halls: 1, from: try #require(Day("2026-03-02")), days: 1, seed: 5, files: try TestWorld.pack(), data: data, prove: false)
        return data
    }

    private func hash(_ address: String) async throws -> (hash: String, problems: Int, search: Int64) {
        let (store, blobs) = try await Program.open(Program.configuration([address.hasPrefix("postgres") ? "database" : "data": address]))
        let ledger = Program.ledger(store)
        let found = (try await ledger.hash(), try await ledger.verify().count, try await store.read { tx in try tx.one("select count(*) as n from complaint_search")?.int("n") ?? -1 })
        await blobs.store.close()
        await store.close()
        return found
    }

    @Test func `a database moves into PostgreSQL and back: facts equal, heads equal, the ledger verifies on both sides, acts go on`() async throws {
        let data = try await lived()
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let said = try await Program.move(from: data, to: url) { _ in }
        #expect(said.hasSuffix("facts equal, ledger verified, heads equal"))
        let (before, there) = (try await hash(data), try await hash(url))
        #expect(before.hash == there.hash && there.problems == 0 && before.search == there.search)
        // It goes on there: an act, a seal, and back again.
        let store = try PostgresStore(url: url)
        let ledger = Ledger(store: store, ids: Program.ids(Program.chance), kept: Hallkeeper.kept, chance: { 7 })
        try await ledger.act(by: .clock, at: Instant(ms: 1_790_000_000_000)) { act in try act.enter(chain: "x", place: "x", kind: "day.planned", event: .null) }
        try await ledger.sealPending()
        #expect(try await ledger.verify().isEmpty)
        await store.close()
        let back = folder()
        _ = try await Program.move(from: url, to: back) { _ in }
        let (again, returned) = (try await hash(url), try await hash(back))
        #expect(again.hash == returned.hash && returned.problems == 0 && again.hash != before.hash)
    }

    @Test func `a target that holds something is refused, one that holds half of a move is served to nobody and finished by the next run`() async throws {
        let data = try await lived()
        await #expect(throws: ProgramError.self) { try await Program.move(from: data, to: data) { _ in } }
        await #expect(throws: ProgramError.self) { try await Program.move(from: folder(), to: data) { _ in } }
        let other = try await lived()
        await #expect(throws: ProgramError.self) { try await Program.move(from: data, to: other) { _ in } }
        // Cut off after a few tables, as a kill would.
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let task = Task { try await Program.move(from: data, to: url) { table in if table.hasPrefix("entry") { Thread.sleep(forTimeInterval: 0.05) } } }
        _ = try await task.value
        let half = try PostgresStore(url: url)
        _ = try await half.write { tx in try tx.run("insert into setting (name, value) values (\(Carrying.mark), '{}')") }
        await half.close()
        await #expect(throws: ProgramError.self) { _ = try await Program.open(Program.configuration(["database": url])) }
        await #expect(throws: ProgramError.self) { try await Program.move(from: data, to: url) { _ in } }
    }

    @Test func `whoever has the application's password cannot change the ledger, and can serve`() async throws {
        let server = try #require(PostgresServer.shared, "PostgreSQL 15 is needed")
        let url = try server.database()
        let owner = try PostgresStore(url: url, connections: 1)
        try await owner.migrate(try Hallkeeper.migrations)
        try await owner.script(String(contentsOf: TestWorld.root.appending(path: "deploy/postgres-roles.sql"), encoding: .utf8), name: "", checksum: "")
        let app = try PostgresStore(url: url.replacingOccurrences(of: "app@", with: "hallkeeper_app@"), connections: 2)
        try await app.migrate(try Hallkeeper.migrations)
        let ledger = Ledger(store: app, ids: Program.ids(Program.chance), kept: Hallkeeper.kept, chance: { 7 })
        try await ledger.act(by: .clock, at: Instant(ms: 1_790_000_000_000)) { act in
            try act.enter(chain: "x", place: "x", kind: "text.kept", event: .null)
            _ = try act.personal("说过的话", place: "x")
        }
        try await ledger.sealPending()
        try await ledger.sign(with: try SigningKey(seed: [UInt8](repeating: 7, count: 32)), at: Instant(ms: 1_790_000_000_000))
        #expect(try await ledger.verify().isEmpty)
        for text in [
            "update entry set kind = 'x'", "delete from entry", "truncate entry cascade", "update seal set hash = 'x'", "delete from seal", "truncate seal",
            "update seal_signature set sig = ''", "delete from seal_signature", "delete from personal", "insert into migration (name, checksum) values ('9999', 'x')",
            "alter table entry disable trigger all", "drop trigger entry_kept on entry", "drop table entry cascade", "create table own (n int)",
        ] {
            do {
                try await app.script(text, name: "", checksum: "")
                Issue.record("\(text) was let through")
            } catch let fault as Fault {
                #expect(fault.detail.contains("42501"), "\(text): \(fault)")
            }
        }
        #expect(try await ledger.verify().isEmpty)
        await app.close()
        await owner.close()
    }
}
