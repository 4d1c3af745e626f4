import Foundation
import Logging
import Regulation
import Store
import StorePostgres
import Synchronization
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct PostgresTests {
    @Test func `the same seed gives the same ledger on both engines`() async throws {
        let files = try TestWorld.pack()
        let first = try #require(Day("2026-03-02"))
        let server = try #require(PostgresServer.shared, "PostgreSQL 15 is needed")
        let a = try await Program.simulate(halls: 2, from: first, days: 4, seed: 21, files: files, prove: false)
        let b = try await Program.simulate(halls: 2, from: first, days: 4, seed: 21, files: files, database: try server.database())
        #expect(b.violations.isEmpty, "\(b.violations.prefix(3))")
        #expect(a.ledgerHash == b.ledgerHash)
        #expect(a.duties == b.duties)
    }

    @Test func `labels, the public log and the floor plan live on PostgreSQL too`() async throws {
        let clock = StandingClock(TestWorld.at(0, 1))
        var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        let store = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), connections: 2)
        try await store.migrate(try Hallkeeper.migrations)
        let hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: log)
        var founder = WorldFounder(hall: hall, files: try TestWorld.pack(), notices: [], starts: TestWorld.monday, chance: Chance(seed: 3))
        _ = try await founder.found(halls: 1, at: clock.now)
        for place in try await Planning(hall: hall).behind(at: clock.now) { _ = try await Planning(hall: hall).plan(place, at: clock.now) }
        _ = clock.move(to: TestWorld.at(10))
        let now = clock.now
        let place = try #require(try await store.read { tx in try tx.one("select place from duty where rule = 'restroom' limit 1")?.text("place") })
        let code = "0123456789"
        try await hall.act(by: .clock, at: now) { act in
            try LabelActs(act: act).make([LabelTargets.Target(kind: .log, id: "restroom", name: Text("", ""))], codes: [code], at: place)
            try PlanActs(act: act).draw(PlanPicture(bytes: [], media: "image/png", width: 9, height: 9), blob: "x", at: place)
            try PlanActs(act: act).put(.zone, "racks", x: 5, y: 6, at: place)
        }
        let shown = try await store.read { tx in
            (try PublicLog.find(code, at: now, hall, tx)?.told == nil, try FloorPlan.current(at: place, tx)?.width, try PlanMark.all(at: place, tx).map(\.y))
        }
        #expect(shown.0 && shown.1 == 9 && shown.2 == [6])
        for _ in 0..<2 { try await hall.act(by: .customer, at: now) { act in try PublicReport(act: act).report(code) } }
        #expect(try await store.read { tx in try PublicLog.find(code, at: now, hall, tx)?.told?.due } == TestWorld.at(10, 15))
        let count = try await store.read { tx in try tx.one("select count(*) as n from duty where place = \(place) and rule = 'restroom-unclean'")?.int("n") }
        #expect(count == 1)
        try await hall.act(by: .clock, at: now) { act in
            try PlanActs(act: act).take(.zone, "racks", at: place)
            try LabelActs(act: act).revoke(code, at: place)
        }
        let after = try await store.read { tx in (try PublicLog.find(code, at: now, hall, tx) == nil, try PlanMark.all(at: place, tx).count) }
        #expect(after.0 && after.1 == 0)
        await store.close()
    }

    @Test func `two programs on one database take each step once and send each message once`() async throws {
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let clock = StandingClock(TestWorld.at(0, 1))
        var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        func program() async throws -> Hallkeeper {
            let store = try PostgresStore(url: url, connections: 4)
            try await store.migrate(try Hallkeeper.migrations)
            return Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: log)
        }
        let (one, two) = (try await program(), try await program())
        var founder = WorldFounder(hall: one, files: try TestWorld.pack(), notices: [], starts: TestWorld.monday, chance: Chance(seed: 3))
        _ = try await founder.found(halls: 2, at: clock.now)
        for place in try await Planning(hall: one).behind(at: clock.now) { _ = try await Planning(hall: two).plan(place, at: clock.now) }
        // A whole day passes in which nobody does anything; both wake at once.
        _ = clock.move(to: TestWorld.at(23))
        let now = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for hall in [one, two] {
                group.addTask {
                    for _ in 0..<3 {
                        for due in try await Clockwork(hall: hall).due(at: now) { try await Clockwork(hall: hall).tick(due.place, due.duty, at: now) }
                        for item in try await Sending(hall: hall).due(at: now) { try await Sending(hall: hall).send(item.place, item.duty, item.step, at: now) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let counts = try await one.store.read { tx in
            try ["select count(*) as n from step", "select count(*) as n from entry where kind = 'duty.escalated'", "select count(*) as n from entry where kind = 'duty.missed'", "select count(*) as n from duty where state = 'missed'"].map {
                Int(try tx.one(SQL(text: $0, values: []))?.int("n") ?? 0)
            }
        }
        #expect(counts[0] > 10)
        #expect(counts[0] == counts[1])
        #expect(counts[2] == counts[3])
        for hall in [one, two] { await hall.store.close() }
    }

    @Test func `who goes from one program to the other is counted by both, and nobody's address goes between them`() async throws {
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let clock = StandingClock(TestWorld.at(9))
        var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        let heard = Mutex<[String]>([])
        func program() async throws -> Hallkeeper {
            let store = try PostgresStore(url: url, connections: 2)
            try await store.migrate(try Hallkeeper.migrations)
            store.listen { _, word in heard.withLock { $0.append(word) } }
            let hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: log)
            WakeUps(hall).begin()
            return hall
        }
        let (one, two) = (try await program(), try await program())
        // Both listen once what is said by one is heard by the other.
        for _ in 0..<100 where heard.withLock({ $0.filter { $0 == "here" }.count < 4 }) {
            await one.store.notify("", "here")
            try await Task.sleep(for: .milliseconds(50))
        }
        for _ in 0..<5 { #expect(one.limits.portal.allows("wrong:10.1.2.3", perMinute: 5, minutes: 60, at: clock.now)) }
        #expect(!one.limits.portal.isFree("wrong:10.1.2.3", perMinute: 5, minutes: 60, at: clock.now))
        for _ in 0..<100 where two.limits.portal.isFree("wrong:10.1.2.3", perMinute: 5, minutes: 60, at: clock.now) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(!two.limits.portal.allows("wrong:10.1.2.3", perMinute: 5, minutes: 60, at: clock.now))
        // Another address, another window and another limit are none of it; and what one has counted it does not count again when it hears itself.
        #expect(two.limits.portal.isFree("wrong:10.1.2.4", perMinute: 5, minutes: 60, at: clock.now) && two.limits.portal.isFree("wrong:10.1.2.3", perMinute: 5, at: clock.now))
        #expect(two.limits.signIn.isFree("wrong:10.1.2.3", perMinute: 5, minutes: 60, at: clock.now))
        #expect(!one.limits.portal.isFree("wrong:10.1.2.3", perMinute: 5, minutes: 60, at: clock.now) && one.limits.portal.isFree("wrong:10.1.2.3", perMinute: 6, minutes: 60, at: clock.now))
        #expect(heard.withLock { words in words.contains { $0.hasPrefix("limit=portal=") } && !words.contains { $0.contains("10.1.2") } })
        await one.close()
        await two.close()
    }

    @Test func `a photo in parts arrives on PostgreSQL as it does on SQLite`() async throws {
        let store = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), connections: 2)
        try await store.migrate(try Hallkeeper.migrations)
        var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        let clock = StandingClock(TestWorld.at(9))
        let hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: log)
        let bytes = try StandInPicture.jpeg(0x336699)
        let (sha, half, uploads) = (Hash.hex(Hash.sha256(bytes)), bytes.count / 2, Uploads(hall: hall))
        let first = try await uploads.take(Array(bytes.prefix(half)), of: sha, from: 0, total: bytes.count, by: "P", at: clock.now)
        #expect(first == Uploads.Progress(received: half, blob: nil))
        #expect(try await uploads.take(Array(bytes.dropFirst(half)), of: sha, from: half, total: bytes.count, by: "P", at: clock.now).blob != nil)
        #expect(try await store.read { tx in try tx.one("select count(*) as n from upload_part")?.int("n") } == 0)
        await store.close()
    }
}
