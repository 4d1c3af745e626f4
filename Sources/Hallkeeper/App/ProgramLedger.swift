import Foundation
import Store
import StorePostgres
import StoreSQLite
import WorkCalendar

extension Program {
    /// A store that is only read, also beside a server that holds it.
    static func reading(_ configuration: Configuration) throws -> any Store {
        let url = configuration["database"]
        if !url.isEmpty { return try PostgresStore(url: url, connections: 2) }
        let path = URL(fileURLWithPath: configuration["data"]).appending(path: "hallkeeper.sqlite").path
        guard FileManager.default.fileExists(atPath: path) else { throw ProgramError("no database at \(path)") }
        return try SQLiteStore(reading: path)
    }

    static func ledger(_ store: any Store) -> Ledger {
        Ledger(store: store, ids: ids(chance), kept: Hallkeeper.kept, chance: { 0 })
    }

    /// Names every problem; true when there is none. With a public key (or the configured one) signatures are checked too.
    package static func verify(_ configuration: Configuration, seals: [String], publicKey: String? = nil) async throws -> Bool {
        let printed = try seals.map { text in
            guard let seal = Seal(parsing: text) else { throw ProgramError("\(text) is no seal: CHAIN:SEQ:HASH is expected") }
            return seal
        }
        let check = try publicKey.map { try PublicKey(pem: try text(of: $0)) } ?? key(configuration)?.publicKey
        // The file is read through its pages in memory. A disk that fails meanwhile is then a signal, and nothing was verified.
        signal(SIGBUS) { _ in
            let said: StaticString = "the disk could not be read: nothing is known of the ledger\n"
            _ = write(2, said.utf8Start, said.utf8CodeUnitCount)
            _exit(1)
        }
        let (store, blobs) = try await open(configuration, mapped: true)
        let ledger = ledger(store)
        try await ledger.sealPending()
        let started = ContinuousClock.now
        let problems = try await ledger.verify(printed: printed, key: check)
        let seconds = started.duration(to: .now).inSeconds
        let entries = try await store.read { tx in try tx.one("select count(*) as n from entry")?.int("n") ?? 0 }
        // Beside what is said of the ledger, which another verifier says word for word.
        FileHandle.standardError.write(Data("\(entries) entries in \(seconds) s\n".utf8))
        for problem in problems { print(problem.sentence.en) }
        for head in try await ledger.heads() { print(head) }
        print(problems.isEmpty ? "verified: no problems" : "\(problems.count) problems")
        await blobs.store.close()
        await store.close()
        return problems.isEmpty
    }

    /// The heads of all chains, one a line, for sending out of the house; of a day's end when one is named.
    package static func seals(_ configuration: Configuration, day: Day?) async throws -> [String] {
        let store = try reading(configuration)
        let heads = try await ledger(store).heads(before: day.map { Zone.shanghai.instant($0, minute: 1440) })
        await store.close()
        return heads.map(\.description)
    }

    private static func text(of path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw ProgramError("cannot read \(path)") }
        return text
    }

    /// The key that signs, when one is configured.
    static func key(_ configuration: Configuration) throws -> SigningKey? {
        let path = configuration["ledger-key"]
        return path.isEmpty ? nil : try SigningKey(pem: try text(of: path))
    }

    /// A new key: the secret half in a file only its owner reads, the other beside it with `.pub`. Overwrites nothing.
    package static func makeKey(_ path: String) throws -> String {
        let key = try SigningKey(seed: chance(32))
        for (name, text, mode) in [(path, key.pem, mode_t(0o600)), (path + ".pub", key.publicKey.pem, mode_t(0o644))] {
            let descriptor = Foundation.open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            guard descriptor >= 0 else { throw ProgramError("cannot write \(name): \(String(cString: strerror(errno)))") }
            let bytes = Array(text.utf8)
            let written = Foundation.write(descriptor, bytes, bytes.count)
            fsync(descriptor)
            Foundation.close(descriptor)
            guard written == bytes.count else { throw ProgramError("cannot write \(name)") }
        }
        return "key \(key.publicKey.name): keep \(path) where the database is not; \(path).pub checks its signatures"
    }
}
