import Foundation
@testable import Store
import StoreSQLite
import Testing
import WorkCalendar

/// What is whole is found to be so by one reading in the order of the file; the other way says what is not.
@Suite struct InOrderTests {
    private func made() async throws -> (any Store, Ledger) {
        let store = try await Sample.store(.sqlite)
        let ledger = Sample.ledger(store)
        for number in 0..<3 { try await ledger.keep(Thing("p\(number % 2)", "t\(number % 2)", Int64(number - 2)), at: Sample.now.adding(minutes: number)) }
        let ids = try await ledger.act(by: .person("a\"b\\\u{1}"), at: Sample.now.adding(minutes: 9)) { act in
            try act.enter(chain: "p0", place: "p0", kind: "person.taken-on", about: "说\n\"x\"", event: .object(["名": .string("王\t")]))
            try act.keep(Thing("p0", "\"\\\u{7}中😀", nil))
            try act.enter(chain: "p1", place: "p1", kind: "thing.kept", event: .null)
            try act.keep(Thing("p1", "t1", .max / 100))
            return [try act.personal("王敏", place: "p1"), try act.personal("李强", place: "p1")]
        }
        try await ledger.act(by: .clock, at: Sample.now.adding(minutes: 11)) { act in
            try act.enter(chain: "p1", place: "p1", kind: "personal.erased", about: ids[0].description, event: .null)
            try act.erase(ids[0], place: "p1")
        }
        try await ledger.act(by: .clock, at: Sample.now.adding(minutes: 12)) { act in try act.enter(chain: "p1", place: "p1", kind: "thing.heard-of", event: .null) }
        try await store.script("drop trigger entry_kept; drop trigger entry_stays; drop trigger seal_kept; drop trigger seal_stays;", name: "", checksum: "")
        return (store, ledger)
    }

    private func isWhole(_ ledger: Ledger, printed: [Seal] = [], stretch: Int64 = 4) async throws -> Bool {
        try await ledger.isWholeInOrder(ledger.shapes(), printed: printed, stretch: stretch)
    }

    @Test func `a whole ledger is whole, in stretches of any length, and an empty one too`() async throws {
        let (_, ledger) = try await made()
        for stretch: Int64 in [1, 2, 3, 7, 1000] { #expect(try await isWhole(ledger, stretch: stretch), "\(stretch)") }
        #expect(try await isWhole(ledger, printed: ledger.heads()))
        let empty = Sample.ledger(try await Sample.store(.sqlite))
        #expect(try await isWhole(empty))
        #expect(try await !isWhole(empty, printed: ledger.heads()), "another installation's")
    }

    @Test func `any value of any row changed is seen, and where this way sees nothing the other names nothing`() async throws {
        let (store, ledger) = try await made()
        var (changed, seen) = (0, 0)
        for (table, columns) in [
            ("entry", ["place", "id", "chain", "recorded", "effective", "actor", "kind", "about", "body"]), ("seal", ["chain", "seq", "entry", "place", "prev", "hash"]),
            ("thing", ["place", "id", "number"]), ("personal", ["place", "id", "salt", "text"]),
        ] {
            let rows = try await store.read { tx in try tx.rows(SQL(text: "select rowid as r from \(table)", values: [])).map { try $0.int("r") } }
            for row in rows {
                for column in columns {
                    let old = try await store.read { tx in try tx.one(SQL(text: "select \(column) as v from \(table) where rowid = ?", values: [.int(row)]))?["v"] ?? .null }
                    let others: [Value] = switch old {
                    case .int(let number): [.int(number + 1), .int(-number - 7), .text("x")]
                    case .text(let text): [.bytes(Array(text.utf8)), .text(text + "\""), .text(String(text.dropLast())), .text("A" + text.dropFirst()), .text(text.replacing("\"n\":", with: "\"m\":")), .text(text.replacing("1", with: "2"))]
                    default: [.int(0), .text("")]
                    }
                    for other in others where other != old {
                        func set(_ value: Value) async throws { _ = try await store.write { tx in try tx.run(SQL(text: "update \(table) set \(column) = ? where rowid = ?", values: [value, .int(row)])) } }
                        do { try await set(other) } catch is Fault { continue }
                        // What is of no kind it can be is refused by the other way outright.
                        let (whole, said) = (try await isWhole(ledger), try? await ledger.verify(inOrder: false))
                        #expect(whole == (said?.isEmpty ?? false), "\(table) \(row) \(column) \(old) -> \(other): \(said?.map(\.sentence.en) ?? [])")
                        changed += 1
                        seen += whole ? 0 : 1
                        try await set(old)
                    }
                }
            }
        }
        #expect(try await isWhole(ledger))
        // An erased text's salt and words given again are no text of that entry; what stands in no entry is not asked about.
        #expect(changed > 200 && seen > changed * 9 / 10, "\(seen) of \(changed)")
    }

    @Test func `a blob is no text, be it empty, of the same bytes or of the bytes a text names in digits`() async throws {
        let (store, ledger) = try await made()
        for id in ["", "ab12", "t"] { try await ledger.keep(Thing("p0", id, 1), at: Sample.now.adding(minutes: 20)) }
        #expect(try await isWhole(ledger))
        for (text, blob) in [("", "x''"), ("ab12", "x'ab12'"), ("t", "cast('t' as blob)")] {
            try await store.script("update thing set id = \(blob) where id = '\(text)'", name: "", checksum: "")
            let said = try await ledger.verify(inOrder: false).map(\.sentence.en)
            let whole = try await isWhole(ledger)
            #expect(!whole && !said.isEmpty, "\(text)")
            try await store.script("update thing set id = '\(text)' where id = \(blob)", name: "", checksum: "")
        }
        #expect(try await isWhole(ledger))
        #expect(try await ledger.verify(inOrder: false).isEmpty)
        try await store.script("update personal set text = cast(text as blob), salt = x'' where rowid = 2", name: "", checksum: "")
        #expect(try await ledger.verify().contains { $0.sentence.en.contains("was altered") })
        try await store.script("update entry set body = cast(body as blob) where rowid = 1", name: "", checksum: "")
        #expect(try await ledger.verify().contains { $0.sentence.en.contains("entry 1: was altered") })
    }

    @Test(arguments: [
        "delete from entry where rowid = 3", "delete from seal where rowid = 3", "delete from entry where rowid = 7; delete from seal where rowid = 7", "delete from thing where rowid = 2",
        "insert into thing (place, id, number) values ('p9', 'x', 1)", "delete from personal where rowid = 2", "insert into entry select place, id || 'x', chain, recorded, effective, actor, kind, about, body from entry where rowid = 1",
        "update entry set rowid = 99 where rowid = 2", "update entry set rowid = 99 where rowid = 2; update seal set rowid = 99 where rowid = 2", "update seal set rowid = rowid + 50", "delete from entry; delete from seal",
    ]) func `rows taken away, added or put elsewhere are never found whole`(_ text: String) async throws {
        let (store, ledger) = try await made()
        let printed = try await ledger.heads()
        try await store.script(text, name: "", checksum: "")
        #expect(try await !isWhole(ledger, printed: printed))
    }

    @Test func `a cut tail and an older copy are seen by what was printed`() async throws {
        let (store, ledger) = try await made()
        let head = try #require(try await ledger.heads().first { $0.chain == "p1" })
        try await store.script("delete from entry where rowid = (select max(rowid) from entry); delete from seal where rowid = (select max(rowid) from seal)", name: "", checksum: "")
        #expect(try await isWhole(ledger))
        #expect(try await !isWhole(ledger, printed: [head]))
        #expect(try await ledger.verify(printed: [head]).contains { $0.sentence.en.contains("the tail was cut") })
        #expect(try await !isWhole(ledger, printed: [Seal(chain: "p0", seq: 1, hash: head.hash)]))
    }

    @Test func `bytes have one mark, and other bytes another: a bit, a length, an end`() {
        let likeness = Likeness()
        func mark(_ bytes: [UInt8]) -> Likeness.Mark { bytes.withUnsafeBytes { likeness.mark($0) } }
        for count in [0, 1, 7, 8, 15, 16, 17, 100, Likeness.most, Likeness.most + 1] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            #expect(mark(bytes) == mark(bytes) && mark(bytes) != mark(bytes + [0]))
            for at in stride(from: 0, to: count, by: max(1, count / 10)) {
                var other = bytes
                other[at] ^= 1
                #expect(mark(other) != mark(bytes))
            }
        }
        #expect([1, 2, 3].withUnsafeBytes { Likeness().mark($0) } != [1, 2, 3].withUnsafeBytes { likeness.mark($0) })
    }

    @Test func `of thousands of keys each is found again, also those that differ in one last character`() {
        let (likeness, latest) = (Likeness(), LatestImages())
        defer { latest.free() }
        func mark(_ number: Int) -> Likeness.Mark { Array("\"01KTESTTESTTESTTEST\(String(1_000_000 + number).reversed().map(String.init).joined())\"".utf8).withUnsafeBytes { likeness.mark($0) } }
        for number in 0..<8_000 { latest.put(mark(number), mark(number + 7), entry: Int64(number + 1)) }
        for number in stride(from: 0, to: 8_000, by: 3) { latest.put(mark(number), mark(number + 9), entry: Int64(number + 20_000)) }
        for number in 0..<8_000 {
            guard let image = latest.image(mark(number)) else { return #expect(Bool(false), "\(number)") }
            let isLater = number % 3 == 0
            guard image.pointee.bytes == mark(number + (isLater ? 9 : 7)), image.pointee.entry == Int64(isLater ? number + 20_000 : number + 1), !image.pointee.isSeen else { return #expect(Bool(false), "\(number)") }
            #expect(number > 0 || !latest.areAllSeen)
            image.pointee.see()
        }
        #expect(latest.areAllSeen && latest.image(mark(8_000)) == nil)
    }

    @Test func `numbers and texts are written as JSON has them`() throws {
        let ink = Ink()
        defer { ink.free() }
        for number: Int64 in [0, 7, 10, -1, 1_780_000_000_000, .max, .min, -100] {
            ink.clear()
            ink.put(number)
            #expect(String(decoding: ink.bytes, as: UTF8.self) == String(number))
        }
        for text in ["", "a", "12345678", "1234567\"", "中文字符一二三", "\u{1F}abcdefgh", "abcdefgh\\", String(repeating: "长", count: 5000)] {
            ink.clear()
            Array(text.utf8).withUnsafeBytes { ink.put(text: $0) }
            #expect(Array(ink.bytes) == JSON.string(text).canonical)
        }
    }
}
