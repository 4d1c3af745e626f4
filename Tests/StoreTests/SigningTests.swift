import Foundation
import Store
import Testing
import WorkCalendar

@Suite struct SigningTests {
    private func made(_ engine: Engine) async throws -> (any Store, Ledger) {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        for number in 0..<6 { try await ledger.keep(Thing("p\(number % 2)", "t\(number)", Int64(number))) }
        try await ledger.sealPending()
        return (store, ledger)
    }

    private func key(_ byte: UInt8) throws -> SigningKey { try SigningKey(seed: [UInt8](repeating: byte, count: 32)) }

    @Test func `a key signs as RFC 8032 says, and its files are read back`() throws {
        let seed: [UInt8] = [
            0x9D, 0x61, 0xB1, 0x9D, 0xEF, 0xFD, 0x5A, 0x60, 0xBA, 0x84, 0x4A, 0xF4, 0x92, 0xEC, 0x2C, 0xC4, 0x44, 0x49, 0xC5, 0x69, 0x7B, 0x32,
            0x69, 0x19, 0x70, 0x3B, 0xAC, 0x03, 0x1C, 0xAE, 0x7F, 0x60,
        ]
        let key = try SigningKey(seed: seed)
        let signature = try key.sign("")
        #expect(Hash.hex(signature).hasPrefix("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"))
        #expect(try SigningKey(pem: key.pem).sign("x") == key.sign("x"))
        let half = try PublicKey(pem: key.publicKey.pem)
        #expect(half == key.publicKey)
        #expect(half.fits(signature, ""))
        #expect(!half.fits(signature, "other"))
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", half.pem, "-----BEGIN PRIVATE KEY-----\n*\n"] {
            #expect(throws: Fault.self) { try SigningKey(pem: text) }
        }
    }

    @Test(arguments: Sample.engines) func `a signed ledger verifies, and what came after the signature is called unsigned`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        let own = try key(1)
        #expect(try await ledger.verify(key: own.publicKey).map(\.sentence.en).sorted() == ["chain p0: entries 1–3 are not signed", "chain p1: entries 1–3 are not signed"])
        #expect(try await ledger.verify().isEmpty)
        try await ledger.sign(with: own, at: Sample.now)
        try await ledger.sign(with: own, at: Sample.now)
        #expect(try await ledger.verify(key: own.publicKey).isEmpty)
        #expect(try await store.read { tx in try tx.rows("select seq from seal_signature").count } == 2)
        try await ledger.keep(Thing("p0", "more", 1))
        try await ledger.sealPending()
        #expect(try await ledger.verify(key: own.publicKey).map(\.sentence.en) == ["chain p0: entries 4–4 are not signed"])
        try await ledger.sign(with: own, at: Sample.now)
        #expect(try await ledger.verify(key: own.publicKey).isEmpty)
        #expect(try await ledger.verify(key: try key(2).publicKey).contains { $0.sentence.en == "chain p0, entry 3: the signature is not of this key" })
    }

    @Test(arguments: Sample.engines) func `a rewrite with valid hashes is whole in itself and betrayed by the signature`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        let own = try key(1)
        try await ledger.sign(with: own, at: Sample.now)
        let forged = try await store.read { tx in
            let row = try tx.one("select seq, entry, prev from seal where chain = 'p1' order by seq desc limit 1")
            let entry = try row?.text("entry") ?? ""
            let body = try tx.one("select body from entry where id = \(entry)")?.text("body").replacing("\"about\":\"t5\"", with: "\"about\":\"t6\"") ?? ""
            return (entry: entry, body: body, hash: Hash.sha256(hex: (try row?.text("prev") ?? "") + body))
        }
        try await store.script(
            engine == .sqlite ? "drop trigger entry_kept; drop trigger seal_kept; drop trigger seal_signature_stays;" : "drop trigger entry_kept on entry; drop trigger seal_kept on seal; drop trigger seal_signature_kept on seal_signature;",
            name: "", checksum: "")
        _ = try await store.write { tx in
            try tx.run("update entry set about = 't6', body = \(forged.body) where id = \(forged.entry)")
            return try tx.run("update seal set hash = \(forged.hash) where entry = \(forged.entry)")
        }
        #expect(try await ledger.verify().map(\.sentence.en) == ["chain p1, entry 3: differs from the signed seal"])
        _ = try await store.write { tx in try tx.run("delete from seal_signature where chain = 'p1'") }
        #expect(try await ledger.verify().isEmpty)
        #expect(try await ledger.verify(key: own.publicKey).map(\.sentence.en) == ["chain p1: entries 1–3 are not signed"])
    }

    @Test(arguments: Sample.engines) func `a key vouches for nothing that does not fit its hash`(_ engine: Engine) async throws {
        let (store, ledger) = try await made(engine)
        try await store.script(engine == .sqlite ? "drop trigger entry_kept;" : "drop trigger entry_kept on entry;", name: "", checksum: "")
        _ = try await store.write { tx in try tx.run("update entry set body = body || ' ' where chain = 'p0' and about = 't2'") }
        await #expect(throws: Fault.self) { try await ledger.sign(with: try key(1), at: Sample.now) }
        #expect(try await store.read { tx in try tx.rows("select seq from seal_signature where chain = 'p0'").count } == 0)
    }

    @Test(arguments: Sample.engines) func `a day's heads are those of its end`(_ engine: Engine) async throws {
        let store = try await Sample.store(engine)
        let ledger = Sample.ledger(store)
        for number in 0..<4 { try await ledger.keep(Thing("p", "t\(number)", 1), at: Sample.now.adding(minutes: number * 1440)) }
        try await ledger.sealPending()
        #expect(try await ledger.heads(before: Sample.now.adding(minutes: 1440 + 1)).map(\.seq) == [2])
        #expect(try await ledger.heads(before: Sample.now).isEmpty)
        #expect(try await ledger.heads().map(\.seq) == [4])
    }
}
