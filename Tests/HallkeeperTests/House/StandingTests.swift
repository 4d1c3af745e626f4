import Foundation
import Store
import StorePostgres
import StoreSQLite
import Testing
import WorkCalendar

@testable import Hallkeeper

/// What the program holds on to is never stale: each change of it, whoever makes it, is seen by the next who asks.
@Suite struct StandingTests {
    private func number(_ store: any Store) async throws -> Standing.Numbers? { try await store.read { tx in try tx.numbers() } }

    @Test func `whoever loses a role by a write beside the program is refused by the next request`() async throws {
        let world = try await TestWorld.make()
        let cleaner = world.person("cleaner-chengnan")
        #expect(try await world.get(Site.reports.link(), as: "administrator").status == 200)
        let before = try await world.get(Site.today.link(), as: "cleaner-chengnan").text
        #expect(before.contains("<li class=\"line"))
        _ = try await world.hall.store.write { tx in try tx.run("update role_holder set until_day = '2026-03-01' where person = \(cleaner)") }
        #expect(try await !world.get(Site.today.link(), as: "cleaner-chengnan").text.contains("<li class=\"line"))
        _ = try await world.hall.store.write { tx in try tx.run("update person set active = 0 where person = \(cleaner)") }
        #expect(try await world.get(Site.today.link(), as: "cleaner-chengnan").status == 303)
    }

    @Test func `a session revoked beside the program is over at once, and a new one holds`() async throws {
        let world = try await TestWorld.make()
        let me = world.person("guide-chengnan")
        #expect(try await world.get(Site.today.link(), as: "guide-chengnan").status == 200)
        #expect(try await world.get(Site.today.link(), as: "guide-chengnan").status == 200)
        let now = world.clock.now
        _ = try await world.hall.store.write { tx in try tx.run("update session set revoked = \(now) where person = \(me)") }
        #expect(try await world.get(Site.today.link(), as: "guide-chengnan").status == 303)
        let token = try await Sessions(hall: world.hall).begin(me, at: now)
        #expect(try await Sessions(hall: world.hall).find(token, at: now)?.1.person.id == me)
        #expect(try await Sessions(hall: world.hall).find(token, at: now.adding(minutes: Sessions.lifetimeMinutes)) == nil)
    }

    @Test func `a program that signs in with a token has its acts find on the shelf what seldom changes`() async throws {
        var made: RecordingStore?
        let world = try await TestWorld.make { store in
            let recording = RecordingStore(store)
            made = recording
            return recording
        }
        let (recording, token) = (try #require(made), try await world.token(["complaints:write"], days: nil))
        let chengnan = world.chengnan
        _ = try await world.hall.store.write { tx in try tx.run("update place set name_en = 'South Hall' where place = \(chengnan)") }
        func asked() async throws -> Int {
            recording.forget()
            let reply = try await world.program(token, "POST", "/api/v1/complaints", #"{"kind":"BL2","channel":"web","text":"水费涨了","phone":"13800138000"}"#, [:]).reply
            #expect(reply.status == 201)
            return recording.statements.filter { $0.contains("from trait_answer") || $0.contains("from closure") }.count
        }
        #expect(try await asked() > 0)
        #expect(try await asked() == 0)
    }

    @Test func `an act sees its own change of the roster, and one that fails leaves nothing behind on the shelf`() async throws {
        let world = try await TestWorld.make()
        let (place, guide, day, hall) = (world.chengnan, world.person("guide-chengnan"), TestWorld.monday, world.hall)
        @Sendable func people(_ tx: any Reading) throws -> [Person.ID] { try Roster(tx: tx, standing: hall.standing).people("guide", at: place, on: day) }
        let known = try await hall.store.read { tx in try people(tx) }
        #expect(known.contains(guide))
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await hall.act(by: .clock, at: world.clock.now) { act in
                _ = try act.act.run("delete from role_holder where person = \(guide)")
                #expect(try !people(act.act).contains(guide))
                throw Stop()
            }
        }
        #expect(try await hall.store.read { tx in try people(tx) } == known)
        #expect(try await hall.act(by: .clock, at: world.clock.now) { act in try people(act.act) } == known)
        try await hall.act(by: .clock, at: world.clock.now) { act in
            _ = try act.act.run("delete from role_holder where person = \(guide)")
            #expect(try !people(act.act).contains(guide))
        }
        #expect(try await !hall.store.read { tx in try people(tx) }.contains(guide))
    }

    @Test func `each table that is held on to counts each kind of change, and planning a day counts nothing`() async throws {
        let sqlite = try await TestWorld.make().hall.store
        let triggers = try await sqlite.read { tx in try tx.rows("select tbl_name, sql from sqlite_master where type = 'trigger'").map { (try $0.text("tbl_name"), try $0.text("sql")) } }
        let postgres = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), connections: 1)
        try await postgres.migrate(try Hallkeeper.migrations)
        let others = try await postgres.read { tx in
            try tx.rows("select event_object_table::text as name, event_manipulation::text as what from information_schema.triggers where action_statement like '%_changed()'").map { "\(try $0.text("name")) \(try $0.text("what"))" }
        }
        for table in Standing.tables.subtracting(["change"]) {
            for what in ["insert", "update", "delete"] where what != "insert" || !["personal", "session"].contains(table) {
                #expect(triggers.contains { $0.0 == table && $0.1.contains(" \(what) on \(table)") && $0.1.contains("number = number + 1") }, "\(what) \(table)")
                #expect(others.contains("\(table) \(what.uppercased())"), "PostgreSQL: \(what) \(table)")
            }
        }
        let before = try await number(sqlite)
        #expect(before != nil)
        _ = try await sqlite.write { tx in try tx.run("update place set planned = '2026-03-09'") }
        #expect(try await number(sqlite) == before)
        _ = try await sqlite.write { tx in try tx.run("update place set hours = 'Mo-Su 08:00-20:00'") }
        #expect(try await number(sqlite) != before)
        await postgres.close()
    }

    @Test func `a change made by one program is seen by another on the same PostgreSQL at once`() async throws {
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let (a, b) = (try PostgresStore(url: url, connections: 1), try PostgresStore(url: url, connections: 1))
        try await a.migrate(try Hallkeeper.migrations)
        let shelf = StandingShelf()
        let key = StandingShelf.Key.people(role: "guide", "p", TestWorld.monday)
        func people() async throws -> [String] {
            try await a.read { tx in
                try shelf.keep(key, tx) { try tx.rows("select person from role_holder where place = 'p' and role = 'guide' order by person").map { try $0.text("person") } }
            }
        }
        #expect(try await people().isEmpty)
        _ = try await b.write { tx in
            try tx.run("insert into role_holder (place, role, person, from_day, until_day, by_person, at) values ('p', 'guide', 'x', '2026-01-01', '9999-12-31', '', 0)")
        }
        #expect(try await people() == ["x"])
        _ = try await b.write { tx in try tx.run("delete from role_holder where person = 'x'") }
        #expect(try await people().isEmpty)
        await a.close()
        await b.close()
    }

    @Test func `statements that can change what is held on to are known by their first words`() {
        for text in ["insert into roster (place) values (?)", "update  place set planned = ?", "delete from session where token = ?", "insert into person(place) values (?)", "insert into session (token) values (?) on conflict (token) do update set seen = 1"] {
            #expect(Standing.isMoved(by: text), "\(text)")
        }
        for text in ["insert into duty (place) values (?)", "select * from place", "update duty set state = ?", "SAVEPOINT unit", "insert into personal (place) values (?)"] { #expect(!Standing.isMoved(by: text), "\(text)") }
    }
}
