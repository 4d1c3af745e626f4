import Foundation
import Store
@testable import StorePostgres
import StoreSQLite
import Synchronization
import Testing
import WorkCalendar

/// What both engines must do alike.
@Suite struct ContractTests {
    @Test(arguments: Sample.engines) func `values come back as they went in`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let texts = ["", "卫生间", "'; drop table thing; --", "𠮷 😀 \u{200D}", "a\nb\t\"c\"\\"]
        try await store.write { tx in
            for (index, text) in texts.enumerated() { try tx.run("insert into thing (place, id, number) values (\(text), \("\(index)"), \(Int64.max - Int64(index)))") }
        }
        let rows = try await store.read { tx in try tx.rows("select * from thing order by id") }
        #expect(try rows.map { try $0.text("place") } == texts)
        #expect(try rows.first?.int("number") == Int64.max)
        #expect(try await store.read { tx in try tx.rows("select id from thing where id in \(list: ["1", "3"]) order by id").count } == 2)
        #expect(throws: Fault.self) { try rows[0].int("place") }
    }

    @Test(arguments: Sample.engines) func `a failing act takes nobody with it, and the others are all there`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<120 {
                group.addTask { (try? await ledger.keep(Thing("p\(number % 7)", "t\(number)", Int64(number)), fail: number % 40 == 13)) != nil }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.filter { !$0 }.count == 3)
        let count = try await store.read { tx in try tx.one("select count(*) as n from thing")?.int("n") }
        #expect(count == 117)
        try await ledger.sealPending()
        #expect(try await ledger.verify().isEmpty)
    }

    @Test(arguments: Sample.engines) func `a row that is there is a unique fault, and a new one is said to be new`(_ engine: Engine) async throws {
        let ledger = Sample.ledger(try await Sample.store(engine))
        try await ledger.keep(Thing("p", "a", 1))
        await #expect(throws: Fault.self) {
            try await ledger.act(by: .clock, at: Sample.now) { act in
                try act.enter(chain: "p", place: "p", kind: "k", event: .null)
                try act.add(Thing("p", "a", 2))
            }
        }
        let news = try await ledger.act(by: .clock, at: Sample.now) { act in
            try act.enter(chain: "p", place: "p", kind: "k", event: .null)
            return [try act.addIfNew(Thing("p", "a", 2)), try act.addIfNew(Thing("p", "b", 2))]
        }
        #expect(news == [false, true])
    }

    @Test(arguments: Sample.engines) func `nothing is kept without an entry`(_ engine: Engine) async throws {
        let ledger = Sample.ledger(try await Sample.store(engine))
        await #expect(throws: Fault.self) { try await ledger.act(by: .clock, at: Sample.now) { act in try act.keep(Thing("p", "a", 1)) } }
    }

    @Test(arguments: Sample.engines) func `the same key is one act, with other content a conflict, and a refusal is not stored`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        let key = IdempotencyKey(key: "k1", digest: "d")
        await #expect(throws: Fault.self) { try await ledger.keep(Thing("p", "a", 1), key: key, fail: true) }
        try await ledger.keep(Thing("p", "a", 1), key: key)
        do {
            try await ledger.keep(Thing("p", "a", 1), key: key)
            Issue.record("carried out twice")
        } catch let replayed as Replayed { #expect(replayed.answer == "kept") }
        do {
            try await ledger.keep(Thing("p", "a", 2), key: IdempotencyKey(key: "k1", digest: "other"))
            Issue.record("one key, two contents")
        } catch let fault as Fault { #expect(fault.kind == .conflict) }
        let entries = try await store.read { tx in try tx.one("select count(*) as n from entry")?.int("n") }
        #expect(entries == 1)
    }

    @Test(arguments: Sample.engines) func `concurrent acts on one row are ordered: no count is lost`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        try await ledger.keep(Thing("p", "sum", 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<24 {
                group.addTask {
                    try await ledger.act(by: .clock, at: Sample.now) { act in
                        let row = try act.one("select * from thing where place = 'p' and id = 'sum'")
                        guard var thing = try row.map(Thing.init(row:)) else { throw Fault(.other) }
                        thing.number = (thing.number ?? 0) + 1
                        try act.enter(chain: "p", place: "p", kind: "k", event: .null)
                        try act.keep(thing)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.read { tx in try tx.one("select number from thing where id = 'sum'")?.int("number") } == 24)
    }

    @Test(arguments: Sample.engines) func `entries and seals are never changed nor deleted`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        try await ledger.keep(Thing("p", "a", 1))
        try await ledger.sealPending()
        try await ledger.sign(with: try SigningKey(seed: [UInt8](repeating: 7, count: 32)), at: Sample.now)
        var texts = ["update entry set kind = 'x'", "delete from entry", "update seal set hash = 'x'", "delete from seal", "update seal_signature set sig = ''", "delete from seal_signature"]
        texts += engine == .postgres
            ? ["truncate entry", "truncate seal cascade", "truncate seal_signature", "insert into entry select * from entry on conflict (place, id) do update set kind = 'x'",
                "insert into seal select * from seal on conflict (chain, seq) do update set hash = 'x'"]
            : ["insert or replace into entry select place, id, chain, recorded, effective, actor, 'x', about, body from entry", "insert or replace into seal select chain, seq, entry, place, prev, 'x' from seal",
                "insert or replace into seal select 'other', seq, entry, place, prev, hash from seal", "insert or replace into seal_signature select chain, seq, hash, key, 'x', at from seal_signature"]
        let before = try await store.read { tx in try tx.rows("select entry.kind, seal.hash, seal_signature.sig from entry, seal, seal_signature").map(\.values) }
        for text in texts {
            await #expect(throws: Fault.self, "\(text)") { _ = try await store.write { tx in try tx.run(SQL(text: text, values: [])) } }
        }
        #expect(before.count == 1)
        #expect(try await store.read { tx in try tx.rows("select entry.kind, seal.hash, seal_signature.sig from entry, seal, seal_signature").map(\.values) } == before)
    }

    @Test(arguments: Sample.engines) func `what is scrubbed is written anew, and what stays is as it was`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        for start in stride(from: 0, to: 2000, by: 100) {
            try await store.write { tx in for number in start..<start + 100 { try tx.run("insert into thing (place, id, number) values (\("quokka\(number % 7)"), \("\(number)"), \(number))") } }
        }
        _ = try await store.write { tx in try tx.run("delete from thing where place = 'quokka3'") }
        let file: SQL = engine == .sqlite ? "select file from pragma_database_list where name = 'main'" : "select cast(pg_relation_filenode('thing') as text) as file"
        func place() async throws -> String { try await store.read { tx in try tx.one(file)?.text("file") ?? "" } }
        let before = try await place()
        try await store.scrub(["thing"], anew: true)
        if engine == .sqlite {
            for suffix in ["", "-wal"] { #expect((try? Data(contentsOf: URL(fileURLWithPath: before + suffix)))?.range(of: Data("quokka3".utf8)) == nil) }
        } else {
            #expect(try await place() != before)
        }
        #expect(try await store.read { tx in try tx.one("select count(*) as n, cast(sum(number) as bigint) as s from thing").map { [try $0.int("n"), try $0.int("s")] } } == [1714, 1_712_857])
        try await store.scrub(["thing"], anew: false)
        try await store.write { tx in _ = try tx.run("insert into thing (place, id, number) values ('p', 'x', 1)") }
        await store.close()
    }

    @Test(arguments: Sample.engines) func `a newer database and a changed past are refused before anything is written`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let migrations = try Sample.migrations()
        try await store.migrate(migrations)
        await #expect(throws: Fault.self) { try await store.migrate(Array(migrations.dropLast())) }
        var changed = migrations
        changed[1] = Migration(name: migrations[1].name, sqlite: "select 1;", postgres: "select 1;")
        await #expect(throws: Fault.self) { try await store.migrate(changed) }
    }

    @Test func `the writer reads back synchronous FULL`() async throws {
        let store = try SQLiteStore(path: Sample.path())
        #expect(try await store.synchronous() == 2)
    }

    @Test func `a second opening of the same file is refused and names the holder`() async throws {
        let path = Sample.path()
        let store = try SQLiteStore(path: path)
        do {
            _ = try SQLiteStore(path: path)
            Issue.record("two writers on one file")
        } catch let fault as Fault {
            #expect(fault.kind == .held)
            #expect(fault.detail.contains("\(ProcessInfo.processInfo.processIdentifier)"))
        }
        await store.close()
        await (try SQLiteStore(path: path)).close()
    }

    @Test func `a write takes its place before its first statement: another program's write waits for its end`() async throws {
        let path = Sample.path()
        let store = try SQLiteStore(path: path)
        try await store.migrate(try Sample.migrations())
        let beside = try SQLiteStore(beside: path)
        let (entered, released, other) = (Flag(), Flag(), Flag())
        let first = Task {
            try await store.write { tx -> Int in
                entered.raise()
                while !released.isUp { Thread.sleep(forTimeInterval: 0.005) }
                return try tx.rows("select * from thing").count
            }
        }
        while !entered.isUp { try await Task.sleep(for: .milliseconds(5)) }
        let second = Task {
            try await beside.write { tx -> Int in
                other.raise()
                return try tx.run("insert into thing (place, id, number) values ('p', 'a', 1)")
            }
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(!other.isUp)
        released.raise()
        #expect(try await first.value == 0)
        #expect(try await second.value == 1)
        await beside.close()
        await store.close()
    }

    @Test func `a server that is not there is a fault, not the end of the program, however often it is asked`() async throws {
        for _ in 0..<20 { #expect(throws: Fault.self) { _ = try PostgresStore(url: "postgresql://app@/none?host=/nonexistent&connect_timeout=1") } }
    }

    @Test func `ids of one source are in the order they were drawn, even when the clock steps back`() {
        let ids = IDs(chance: { 0xDEAD_BEEF_0123_4567 })
        var last = ids.block(at: Instant(ms: 1000))
        for ms: Int64 in [1000, 1000, 999, 1001, 500, 1001] {
            let next = ids.block(at: Instant(ms: ms))
            #expect(next > last)
            #expect(next.description > last.successor.description)
            #expect(next.description.count == 26)
            last = next
        }
    }

    @Test func `question marks become numbers, except inside quotes`() {
        #expect(PostgresConnection.numbered("select '?' where a = ? and b = ?") == "select '?' where a = $1 and b = $2")
    }

    @Test(arguments: Sample.engines) func `a slow statement is told by its text, never with its values; commits are told with their size`(_ engine: Engine) async throws {
        let told = Mutex<(slow: [String], commits: [Int])>(([], []))
        let watch = StoreWatch(
            slowAfter: .zero, committed: { count in told.withLock { $0.commits.append(count) } },
            wasSlow: { statement, _ in told.withLock { $0.slow.append(statement) } })
        let store: any Store
        switch engine {
        case .sqlite: store = try SQLiteStore(path: Sample.path(), watch: watch)
        case .postgres: store = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), watch: watch)
        }
        try await store.migrate(try Sample.migrations())
        told.withLock { $0 = ([], []) }
        _ = try await store.write { tx in try tx.run("insert into thing (place, id, number) values ('p', \("a secret"), 1)") }
        #expect(told.withLock { $0.slow }.contains { $0.contains("insert into thing") })
        #expect(told.withLock { $0.slow }.allSatisfy { !$0.contains("secret") })
        #expect(told.withLock { $0.commits } == [1])
        await store.close()
    }
}

private final class Flag: Sendable {
    private let state = Mutex(false)
    var isUp: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}
