import Foundation
import Store
import StorePostgres
import StoreSQLite
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The verifier written apart (`Trials/verify.py`, from docs/rules/ledger.md alone) against the program's own.
@Suite struct VerifierTests {
    /// What it prints of a database.
    private func asked(_ address: String, _ more: [String] = []) throws -> (lines: [String], isWhole: Bool) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", TestWorld.root.appending(path: "Trials/verify.py").path, address] + more
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let said = String(decoding: Tool.said(through: pipe), as: UTF8.self)
        process.waitUntilExit()
        return (said.split(separator: "\n").map(String.init), process.terminationStatus == 0)
    }

    private func store(_ engine: Engine) async throws -> (store: any Store, address: String) {
        if engine == .postgres {
            let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
            return (try PostgresStore(url: url), url)
        }
        let path = FileManager.default.temporaryDirectory.appending(path: "verifier-\(UUID().uuidString).sqlite").path
        return (try SQLiteStore(path: path), path)
    }

    @Test(arguments: [Engine.sqlite, .postgres]) func `two verifiers written apart agree on a whole ledger and on a damaged one`(_ engine: Engine) async throws {
        let (store, address) = try await store(engine)
        try await store.migrate(try Hallkeeper.migrations)
        let ledger = Ledger(store: store, ids: Program.ids(Program.chance), kept: Hallkeeper.kept, chance: { 7 })
        for number in 0..<20 {
            try await ledger.act(by: .clock, at: Instant(ms: 1_780_000_000_000 + Int64(number))) { act in
                try act.enter(chain: "c\(number % 2)", place: "c\(number % 2)", kind: "step.taken", about: "duty:\(number)", event: .object(["说": .string("\"\\\n\u{1}中😀")]))
                try act.keep(TakenStep(place: "c\(number % 2)", duty: "d\(number % 5)", step: number, at: act.now))
                _ = try act.personal("王敏 \\ \(number)", place: "c\(number % 2)")
            }
        }
        try await ledger.sealPending()
        let heads = try await ledger.heads().map(\.description)
        let key = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
        let half = FileManager.default.temporaryDirectory.appending(path: "verifier-\(UUID().uuidString).pub").path
        try key.publicKey.pem.write(toFile: half, atomically: true, encoding: .utf8)
        #expect(try asked(address, ["--public-key", half]).lines.first == "chain c0: entries 1–10 are not signed")
        try await ledger.sign(with: key, at: Instant(ms: 1_780_000_001_000))
        #expect(try asked(address, ["--public-key", half]).lines == heads + ["verified: no problems"])
        let whole = try asked(address)
        #expect(whole.isWhole)
        #expect(whole.lines == heads + ["verified: no problems"])
        _ = try await store.write { tx in
            try tx.run("update step set at = at + 1 where place = 'c0' and duty = 'd0' and step = 0")
            try tx.run("delete from step where place = 'c1' and duty = 'd1' and step = 1")
            try tx.run("insert into step (place, duty, step, at) values ('c9', 'd', 1, 1)")
            return try tx.run("update personal set text = '' , salt = '' where place = 'c0'")
        }
        let printed = Seal(chain: "c1", seq: 11, hash: String(repeating: "a", count: 64))
        let own = try await ledger.verify(printed: [printed]).map(\.sentence.en)
        let theirs = try asked(address, ["--seal", printed.description])
        #expect(!theirs.isWhole)
        #expect(own.count == 14)
        #expect(theirs.lines.dropLast(3).sorted() == own.sorted())
        await store.close()
    }

    @Test func `the evening sheet prints the head of its own day, as verify takes it`() async throws {
        let world = try await TestWorld.make()
        let chain = world.chengnan
        try await world.move(to: TestWorld.at(23))
        let evening = try #require(try await world.hall.store.read { tx in try Seal.head(chain, tx) })
        try await world.move(to: TestWorld.at(12, day: TestWorld.monday.adding(days: 1)))
        let now = try #require(try await world.hall.store.read { tx in try Seal.head(chain, tx) })
        #expect(now.seq > evening.seq)
        let sheet = try await world.get("/evening/\(chain)?day=\(TestWorld.monday)", as: "director-chengnan").text
        let printed = try #require(sheet.firstMatch(of: /<code>([^<]+)<\/code>/)?.1)
        let seal = try #require(Seal(parsing: String(printed)))
        #expect(seal.chain == chain)
        #expect(seal.seq >= evening.seq && seal.seq < now.seq)
        #expect(try await world.hall.ledger.verify(printed: [seal]).isEmpty)
        #expect(try await world.get("/evening/\(chain)", as: "director-chengnan").text.contains(now.description))
    }
}
