import Foundation
import Store
import StoreSQLite
import Testing
import WorkCalendar

@Suite struct LedgerTests {
    private func made(_ engine: Engine) async throws -> (any Store, Ledger) {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        for number in 0..<12 { try await ledger.keep(Thing("p\(number % 2)", "t\(number % 4)", Int64(number)), at: Sample.now.adding(minutes: number)) }
        try await ledger.sealPending()
        #expect(try await ledger.verify().isEmpty)
        return (store, ledger)
    }

    /// Behind the ledger's back: the guards are taken away first.
    private func tamper(_ store: any Store, _ text: String) async throws {
        try await store.script(
            store.engine == .sqlite
                ? "drop trigger entry_kept; drop trigger entry_stays; drop trigger seal_kept; drop trigger seal_stays;"
                : "drop trigger entry_kept on entry; drop trigger seal_kept on seal;", name: "", checksum: "")
        try await store.script(text, name: "", checksum: "")
    }

    /// Two processes whose clocks differ, and one that was set back: the later change has the smaller id.
    @Test(arguments: Sample.engines) func `of two changes the later one counts, whatever the clocks of their processes say`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let (ahead, behind) = (Sample.ledger(store, seed: 3), Sample.ledger(store, seed: 4))
        try await ahead.keep(Thing("p", "t", 1), at: Sample.now.adding(minutes: 10))
        try await behind.keep(Thing("p", "t", 2), at: Sample.now)
        try await ahead.sealPending()
        let ids = try await store.read { tx in try tx.rows("select entry from seal order by seq").map { try $0.text("entry") } }
        #expect(ids.count == 2 && ids[0] > ids[1])
        #expect(try await ahead.verify().isEmpty)
        let other = try await Sample.store(engine)
        try await ahead.rebuild(into: other)
        #expect(try await other.read { tx in try tx.rows("select * from thing").map(Thing.init(row:)) } == [Thing("p", "t", 2)])
    }

    @Test(arguments: Sample.engines) func `a row's image stands in the chain of its own place, whichever entry was begun last`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        try await ledger.act(by: .clock, at: Sample.now) { act in
            try act.enter(chain: "p", place: "p", kind: "thing.kept", event: .null)
            try act.enter(chain: "q", place: "q", kind: "thing.heard-of", event: .null)
            try act.keep(Thing("p", "t", 7))
        }
        try await ledger.sealPending()
        let body = try await store.read { tx in try tx.one("select body from entry where chain = 'p'")?.text("body") }
        #expect(body?.contains("\"number\":7") == true)
        #expect(try await ledger.verify().isEmpty)
    }

    @Test(arguments: Sample.engines) func `an altered entry is found and named`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        try await tamper(store, "update entry set body = replace(body, '\"number\":5', '\"number\":6') where body like '%\"number\":5%'")
        let problems = try await ledger.verify()
        #expect(problems.contains { $0.chain == "p1" && $0.sentence.en.contains("was altered") })
    }

    @Test(arguments: Sample.engines) func `a removed entry, a removed seal and an unsealed entry are found`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        try await tamper(store, "delete from entry where id = (select entry from seal where chain = 'p0' and seq = 2)")
        #expect(try await ledger.verify().contains { $0.chain == "p0" && $0.seq == 2 && $0.sentence.en.contains("is gone") })
        try await store.script("delete from seal where chain = 'p1' and seq = 3", name: "", checksum: "")
        let problems = try await ledger.verify()
        #expect(problems.contains { $0.sentence.en.contains("lacks entries 3–3") })
        #expect(problems.contains { $0.sentence.en.contains("not sealed") })
    }

    @Test(arguments: Sample.engines) func `a business row changed, missing or too much is found and named`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        _ = try await store.write { tx in
            try tx.run("update thing set number = 77 where place = 'p0' and id = 't0'")
            try tx.run("delete from thing where place = 'p1' and id = 't1'")
            return try tx.run("insert into thing (place, id, number) values ('p9', 'x', 1)")
        }
        let sentences = try await ledger.verify().map(\.sentence.en)
        #expect(sentences.contains { $0.contains("p0/t0: differs from the ledger") })
        #expect(sentences.contains { $0.contains("p1/t1: the row is gone") })
        #expect(sentences.contains { $0.contains("p9/x: the ledger knows no such row") })
        #expect(sentences.count == 3)
    }

    @Test(arguments: Sample.engines) func `a cut tail is found with the last printed seal`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        let heads = try await ledger.heads()
        let printed = try #require(heads.first { $0.chain == "p1" })
        #expect(Seal(parsing: printed.description) == printed)
        try await tamper(store, "delete from entry where id = (select entry from seal where chain = 'p1' and seq = \(printed.seq)); delete from seal where chain = 'p1' and seq = \(printed.seq);")
        #expect(try await ledger.verify(printed: [printed]).contains { $0.sentence.en.contains("the tail was cut") })
    }

    @Test(arguments: Sample.engines) func `what was written last counts, also when its id is smaller: acts wait, clocks differ, a restart steps back`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        // Another process, whose clock is an hour behind, changes a row that was just made; both wait for the sealer.
        try await ledger.keep(Thing("p0", "t9", 1), at: Sample.now.adding(minutes: 90))
        let behind = Sample.ledger(store, seed: 5)
        try await behind.keep(Thing("p0", "t9", 2), at: Sample.now.adding(minutes: 30))
        try await behind.sealPending()
        #expect(try await ledger.verify().isEmpty)
        let other = try await Sample.store(.sqlite)
        try await ledger.rebuild(into: other)
        #expect(try await other.read { tx in try tx.one("select number from thing where id = 't9'")?.int("number") } == 2)
        #expect(try await store.read { tx in try tx.one("select count(*) as n from unsealed")?.int("n") } == 0)
    }

    @Test(arguments: Sample.engines) func `every kept table is rebuilt from the entries alone`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        let other = try await Sample.store(.sqlite)
        try await ledger.rebuild(into: other)
        let own = try await store.read { tx in try tx.rows("select * from thing order by place, id").map(Thing.init(row:)) }
        let rebuilt = try await other.read { tx in try tx.rows("select * from thing order by place, id").map(Thing.init(row:)) }
        #expect(own == rebuilt)
        #expect(own.count == 4)
    }

    @Test(arguments: Sample.engines) func `a column that came later holds its default in rows that were written before it`(_ engine: Engine) async throws {
        let (store, old) = try await made(engine)
        try await store.script("alter table thing add column note text not null default 'it''s'; alter table thing add column times bigint not null default 3; alter table thing add column seen bigint;", name: "", checksum: "")
        let ledger = Ledger(store: store, ids: IDs(chance: { 5 }), kept: [LaterThing.self], chance: { 5 })
        #expect(try await ledger.verify().isEmpty)
        try await ledger.act(by: .clock, at: Sample.now.adding(minutes: 99)) { act in
            try act.enter(chain: "p0", place: "p0", kind: "thing.kept", event: .null)
            try act.keep(LaterThing(values: [.text("p0"), .text("t0"), .int(1), .text("new"), .int(4), .int(1)]))
        }
        try await ledger.sealPending()
        #expect(try await ledger.verify().isEmpty)
        _ = try await store.write { tx in try tx.run("update thing set times = 2 where place = 'p1' and id = 't1'") }
        #expect(try await ledger.verify().map(\.sentence.en) == ["table thing, p1/t1: differs from the ledger"])
        // Before the columns were known to the program, its own last image still fits what it reads.
        #expect(try await old.verify().count == 0)
    }

    @Test func `the same acts give the same hash on both engines`() async throws {
        let (_, a) = try await made(.sqlite)
        let (_, b) = try await made(.postgres)
        #expect(try await a.hash() == (try await b.hash()))
    }

    @Test(arguments: Sample.engines) func `an erased personal text leaves a chain that verifies, an altered one does not`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        let ids = try await ledger.act(by: .clock, at: Sample.now) { act in
            try act.enter(chain: "p", place: "p", kind: "person.taken-on", event: .null)
            return [try act.personal("王敏", place: "p"), try act.personal("李强", place: "p")]
        }
        try await ledger.sealPending()
        try await ledger.act(by: .clock, at: Sample.now) { act in
            try act.enter(chain: "p", place: "p", kind: "personal.erased", about: ids[0].description, event: .null)
            try act.erase(ids[0], place: "p")
        }
        try await ledger.sealPending()
        #expect(try await ledger.verify().isEmpty)
        let left = try await store.read { tx in try tx.one("select body from entry where body like '%王敏%'") }
        #expect(left == nil)
        _ = try await store.write { tx in try tx.run("update personal set text = '别人' where id = \(ids[1])") }
        #expect(try await ledger.verify().contains { $0.sentence.en.contains("was altered") })
    }

    @Test(arguments: Sample.engines) func `a ledger walked in short stretches is found to be the same, also where one ends and the next begins`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        for stretch: Int64 in [1, 2, 3, 5] { #expect(try await ledger.verify(stretch: stretch).isEmpty) }
        try await tamper(store, "update seal set prev = hash where chain = 'p0' and seq = 3; delete from seal where chain = 'p1' and seq = 4; update thing set number = 77 where place = 'p0' and id = 't0'")
        let whole = try await ledger.verify().map(\.sentence.en)
        #expect(whole.contains { $0.contains("entry 3: does not follow the one before") } && whole.contains { $0.contains("lacks entries 4–4") } && whole.contains { $0.contains("p0/t0: differs") })
        for stretch: Int64 in [1, 2, 3, 5] { #expect(try await ledger.verify(stretch: stretch).map(\.sentence.en) == whole, "\(stretch)") }
    }

    @Test func `a body that says another thing than its columns, or is no JSON, is found though its hash fits`() async throws {
        for (from, to, isSame) in [("\"kind\":\"thing.kept\"", "\"kind\":\"thing.lost\"", false), ("{\"about\"", "{ \"about\"", true), ("\"sig\":\"\",\"turn\"", "\"sig\":\"\" \"turn\"", false), ("\"turn\":", "\"turn\": ", true), ("\"alg\":\"sha256\"", "\"alg\":\"none\"", false)] {
            let (store, ledger) = try await made(.sqlite)
            let body = try #require(try await store.read { tx in try tx.one("select e.body from seal s join entry e on e.id = s.entry where s.chain = 'p0' order by s.seq desc limit 1")?.text("body") })
            let prev = try #require(try await store.read { tx in try tx.one("select prev from seal where chain = 'p0' order by seq desc limit 1")?.text("prev") })
            let other = body.replacing(from, with: to)
            #expect(other != body)
            let hash = Hash.sha256(hex: prev + other)
            try await tamper(store, "select 1;")
            _ = try await store.write { tx in
                try tx.run("update entry set body = \(other) where body = \(body)")
                try tx.run("update seal set hash = \(hash) where chain = 'p0' and prev = \(prev)")
            }
            let said = try await ledger.verify().map(\.sentence.en)
            #expect(said.contains { $0.contains("columns and body differ") } == !isSame, "\(to): \(said)")
            #expect(said.isEmpty == isSame)
        }
    }

    @Test func `canonical JSON has one form, and hostile JSON is refused`() throws {
        let value: JSON = .object(["b": .int(-1), "a": .array([.null, .bool(true), .string("中\"\\\n\u{1}")]), "é": .object([:])])
        #expect(value.canonicalText == "{\"a\":[null,true,\"中\\\"\\\\\\n\\u0001\"],\"b\":-1,\"é\":{}}")
        #expect(try JSON(parsing: value.canonical) == value)
        #expect(try JSON(parsing: Array(" { \"a\" : [ 1 , \"\\u4e2d\\ud83d\\ude00\" ] } ".utf8)) == .object(["a": .array([.int(1), .string("中😀")])]))
        for text in ["", "{", "[1,]", "{\"a\":1,\"a\":2}", "1.5", "1e3", "\"\\ud83d\"", "nul", "[1] 2", "99999999999999999999", "\"\u{1}\"", String(repeating: "[", count: 500)] {
            #expect(throws: Fault.self) { try JSON(parsing: Array(text.utf8)) }
        }
    }
}

/// The same kept thing, as a later release has it.
private struct LaterThing: Kept {
    var values: [Value]
    static let table = Table(name: "thing", key: ["place", "id"], columns: ["place", "id", "number", "note", "times", "seen"])
    init(values: [Value]) { self.values = values }
    init(row: Row) throws { values = row.values }
}

extension JSON {
    var canonicalText: String { String(decoding: canonical, as: UTF8.self) }
}
