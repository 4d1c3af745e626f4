import Foundation
import Store
import StorePostgres
import StoreSQLite
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Looking for words among cases: what is found, in which order, page by page, and that it costs what it shows.
@Suite struct ComplaintQuestionTests {
    private static let start = TestWorld.at(9)
    private static let words = ["停水没有提前通知", "水费突然翻了一倍", "井盖松动 call back"]

    /// Cases that came in every ten minutes, but for some that came in the same second and one long ago, taken in last; each
    /// fourth is open.
    private static func cases() -> [Complaint] {
        (0..<240).map { n in
            var c = Complaint()
            (c.place, c.id, c.number) = ("P", "C" + String(1000 + n), "TS20260302-" + String(1000 + n))
            (c.series, c.day, c.seq, c.tracking) = ("TS", "20260302", n, "T\(n)")
            c.recorded = n == 239 ? start.adding(minutes: -100_000) : start.adding(minutes: n < 30 ? 0 : n * 10)
            c.ended = n % 4 == 0 ? nil : c.recorded.adding(minutes: 60)
            return c
        }
    }

    private static func file() -> String { FileManager.default.temporaryDirectory.appending(path: "hallkeeper-question-\(UUID().uuidString).sqlite").path }

    private static func each(upTo migrations: [Migration]? = nil, _ body: (any Store) async throws -> Void) async throws {
        let migrations = try migrations ?? Hallkeeper.migrations
        let sqlite = try SQLiteStore(path: Self.file(), durability: .none)
        try await sqlite.migrate(migrations)
        try await body(sqlite)
        let postgres = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), connections: 1)
        try await postgres.migrate(migrations)
        try await body(postgres)
        await postgres.close()
    }

    private static func keep(_ cases: [Complaint], _ store: any Store) async throws {
        let ledger = Program.ledger(store)
        try await ledger.act(by: .machine("test"), at: start) { act in
            try act.enter(chain: "P", place: "P", kind: "test", event: .object([:]))
            let search = ComplaintSearch(engine: store.engine)
            for (n, c) in cases.enumerated() {
                try act.keep(c)
                try search.put(c, texts: [words[n % words.count]], name: "", phone: n % 5 == 0 ? "13800138000" : "", account: "", act)
            }
        }
    }

    @Test func `what is found by words is the same on both engines, latest first, each once over all pages`() async throws {
        try await Self.each { store in
            let cases = Self.cases()
            try await Self.keep(cases, store)
            for (word, kind) in [("停水", 0), ("水费", 1), ("call", 2), ("水", -1)] {
                let question = try #require(ComplaintQuestion(store.engine, word))
                let expected = cases.enumerated().filter { kind < 0 ? $0.offset % 3 != 2 : $0.offset % 3 == kind }.map(\.element)
                var (found, after): ([Complaint], (at: Instant, id: String)?) = ([], nil)
                for _ in 0..<20 {
                    let from = after
                    let page = try #require(try await store.read { tx in try question.latest(where: "complaint.confidential = 0", after: from, most: 30, tx) })
                    found += page
                    guard page.count == 30, let last = page.last else { break }
                    after = (last.recorded, last.id)
                }
                #expect(found.map(\.id) == expected.sorted { ($0.recorded.ms, $0.id) > ($1.recorded.ms, $1.id) }.map(\.id), "\(store.engine) \(word)")
                func ids(_ among: ComplaintQuestion.Among) async throws -> [String] {
                    try await store.read { tx in try tx.rows("select id from complaint where \(sql: question.condition(among)) order by id").map { try $0.text("id") } }
                }
                #expect(try await ids(.all) == expected.map(\.id))
                #expect(try await ids(.open) == expected.filter { !$0.isOver }.map(\.id))
                let since = Self.start.adding(minutes: 1500)
                #expect(try await ids(.since(since)) == expected.filter { $0.recorded >= since }.map(\.id))
            }
            // The end of a phone is looked for as it always was, beside words as well.
            let end = try #require(ComplaintQuestion(store.engine, "停水 8000"))
            #expect(try await store.read { tx in try end.latest(where: "1 = 1", after: nil, most: 30, tx) } == nil)
            #expect(try await store.read { tx in try tx.rows("select id from complaint where \(sql: end.condition())").count } == cases.indices.filter { $0 % 15 == 0 }.count)
            #expect(ComplaintQuestion(store.engine, " ，。 ") == nil)
        }
    }

    @Test func `a case that ends is no longer found among the open, one taken up again is, and its place stays when its words change`() async throws {
        try await Self.each { store in
            var cases = Self.cases()
            try await Self.keep(cases, store)
            let question = try #require(ComplaintQuestion(store.engine, "停水"))
            func open() async throws -> Set<String> { try await store.read { tx in Set(try tx.rows("select id from complaint where \(sql: question.condition(.open))").map { try $0.text("id") }) } }
            let before = try await open()
            #expect(before.contains("C1000") && !before.contains("C1003"))
            (cases[0].ended, cases[3].ended) = (Self.start, nil)
            let (ended, again, other) = (cases[0], cases[3], cases[60])
            let ledger = Program.ledger(store)
            try await ledger.act(by: .machine("test"), at: Self.start) { act in
                let search = ComplaintSearch(engine: store.engine)
                try search.mark(ended, act)
                try search.mark(again, act)
                try search.put(other, texts: ["停水 open"], name: "", phone: "", account: "", act)
            }
            #expect(try await open() == before.subtracting(["C1000"]).union(["C1003"]))
            let latest = try #require(try await store.read { tx in try question.latest(where: "1 = 1", after: nil, most: 500, tx) })
            #expect(latest.map(\.id) == cases.enumerated().filter { $0.offset % 3 == 0 }.map(\.element).sorted { ($0.recorded.ms, $0.id) > ($1.recorded.ms, $1.id) }.map(\.id))
            // Whoever writes “open” is not open by that.
            let word = try #require(ComplaintQuestion(store.engine, "open"))
            #expect(try await store.read { tx in try tx.rows("select id from complaint where \(sql: word.condition())").map { try $0.text("id") } } == ["C1060"])
        }
    }

    @Test func `more cases of one second than there is room for go into the next`() async throws {
        let store = try SQLiteStore(path: Self.file(), durability: .none)
        try await store.migrate(try Hallkeeper.migrations)
        let first = ComplaintSearch.first(at: Self.start)
        try await store.write { tx in
            try tx.run("insert into complaint_search (n, id, confidential, phone, account) with recursive s (i) as (select 0 union all select i + 1 from s where i < 4095) select \(first) + i, 'X' || i, 0, '', '' from s")
        }
        try await Self.keep(Array(Self.cases().prefix(3)), store)
        #expect(try await store.read { tx in try tx.rows("select n from complaint_search where id like 'C%' order by n").map { try $0.int("n") } } == (4096..<4099).map { first + $0 })
    }

    @Test func `cases of before are put into the order they came in, and what is open among them is known`() async throws {
        let all = try Hallkeeper.migrations
        // Columns a case has today are there; how it is found is as it was.
        try await Self.each(upTo: all.filter { !$0.name.hasPrefix("0112") }) { store in
            let cases = Self.cases()
            let ledger = Program.ledger(store)
            try await ledger.act(by: .machine("test"), at: Self.start) { act in
                try act.enter(chain: "P", place: "P", kind: "test", event: .object([:]))
                for c in cases {
                    try act.keep(c)
                    if store.engine == .sqlite {
                        try act.run("insert into complaint_search (id, confidential, phone, account) values (\(c.id), 0, '', '')")
                        try act.run("insert into complaint_words (rowid, doc) select n, 'x505c x6c34' from complaint_search where id = \(c.id)")
                    } else {
                        try act.run("insert into complaint_search (id, confidential, phone, account, doc) values (\(c.id), 0, '', '', to_tsvector('simple', 'x505c x6c34'))")
                    }
                }
            }
            try await store.migrate(all)
            let question = try #require(ComplaintQuestion(store.engine, "停水"))
            let found = try #require(try await store.read { tx in try question.latest(where: "1 = 1", after: nil, most: 500, tx) })
            #expect(found.map(\.id) == cases.sorted { ($0.recorded.ms, $0.id) > ($1.recorded.ms, $1.id) }.map(\.id), "\(store.engine)")
            let open = try await store.read { tx in try tx.rows("select id from complaint where \(sql: question.condition(.open)) order by id").map { try $0.text("id") } }
            #expect(open == cases.filter { !$0.isOver }.map(\.id))
        }
    }

    @Test func `the latest are read from the latest backwards, and no list is sorted for it`() async throws {
        let store = RecordingStore(try SQLiteStore(path: Self.file(), durability: .none))
        try await store.migrate(try Hallkeeper.migrations)
        let question = try #require(ComplaintQuestion(.sqlite, "停水 通知"))
        _ = try await store.read { tx in try question.latest(where: ComplaintSight(program: ()).condition, after: (Self.start, "C1"), most: 101, tx) }
        let text = try #require(store.statements.first { $0.contains("order by complaint_words.rowid desc") })
        func plan(_ text: String) async throws -> String {
            try await store.read { tx in try tx.rows(SQL(text: "explain query plan " + text, values: [])).map { try $0.text("detail") }.joined(separator: "\n") }
        }
        let said = try await plan(text)
        #expect(said.contains("SCAN complaint_words VIRTUAL TABLE") && !said.contains("TEMP B-TREE") && said.contains("SEARCH complaint USING INDEX"), "\(said)")
        // The control: in the order of another column all that match are read and sorted.
        #expect(try await plan(text.replacing("order by complaint_words.rowid desc", with: "order by complaint.recorded desc")).contains("TEMP B-TREE"))
    }
}
