import Foundation
import Store
import StoreSQLite
import Testing
import WorkCalendar

@testable import Hallkeeper

/// What whoever tries the demo finds in it.
@Suite struct DemoTests {
    /// The clauses that are looked after by walking.
    private static let walked = [
        "1.1-1", "1.1-2", "1.1-3", "1.1-4", "1.1-5", "1.2-2", "1.2-3", "1.2-4", "1.2-8", "1.2-11", "1.2-13", "1.2-15", "1.3-3", "1.3-4", "1.3-5", "1.3-7", "1.4.2-1", "1.4.2-2",
        "1.4.3-1", "1.4.3-2", "1.4.3-3", "1.4.3-4", "1.4.3-5", "1.4.3-6", "1.4.3-7", "2.2.2-4", "2.4-1", "5.1-2", "5.3-1", "5.3-4", "5.3-6", "5.3-8", "5.4-2", "5.4-3", "5.4-4", "5.5-1",
        "5.5-3",
    ]

    @Test func `each clause that is looked after by walking was done, found wanting and put right in the demo's month`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-demo-\(UUID().uuidString).sqlite").path
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        let store = try SQLiteStore(path: path, durability: .none)
        try await store.migrate(try Hallkeeper.migrations)
        let clock = StandingClock(Zone.shanghai.instant(DemoWorld.monday, minute: 0).adding(minutes: -31 * 1440))
        let hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: .init(label: "test"))
        try await DemoWorld.live(hall, clock: clock, files: try TestWorld.pack()) { _ in }
        let pack = try #require(try await store.read { tx in try hall.packs.inForce(on: DemoWorld.monday, tx) }).pack
        let (done, found, right) = try await store.read { tx in
            (
                Set(try tx.rows("select distinct rule, subject from duty where state in ('done', 'late')").flatMap { row in
                    pack.rule(try row.text("rule")).map { rule in pack.clauses(of: rule, subject: (try? row.text("subject")) ?? "") } ?? []
                }),
                Set(try tx.rows("select distinct clause from finding").map { try $0.text("clause") }),
                Set(try tx.rows("select distinct clause from finding where rectified_at is not null").map { try $0.text("clause") })
            )
        }
        for clause in Self.walked {
            #expect(done.contains(clause), "\(clause) was not done")
            #expect(found.contains(clause), "\(clause) was not found wanting")
            #expect(right.contains(clause), "\(clause) was not put right")
        }
        // The register shows all there is to see: looked at, checked by the department, about to run out, renewed.
        let items = try await store.read { tx in try tx.rows("select * from item").map(Item.init(row:)) }
        let today = DemoWorld.monday
        #expect(items.contains { $0.ended == nil && ($0.expiry(pack, hall.zone).map { (today...today.adding(days: 30)).contains($0) } ?? false) }, "one that will run out soon")
        #expect(items.contains { !$0.photo.isEmpty }, "one that was renewed")
        for rule in ["extinguisher-looked-at", "extinguisher-checked", "extinguisher-renewed"] {
            #expect(try await store.read { tx in try tx.one("select 1 as one from duty where rule = \(rule) and state in ('done', 'late') limit 1") != nil }, "\(rule)")
        }
        await store.close()
    }
}
