import Foundation
import Store
import WorkCalendar

extension Program {
    /// Photos stand in a store of their own on SQLite.
    private static let photoTables: Set<String> = ["blob", "thumb", "upload", "upload_part"]
    /// Made by migrations, or anew from what is carried.
    private static let notCarried: Set<String> = [
        "migration", "unsealed", "entry_turn", "claim", "complaint_search", "complaint_words", "complaint_words_data", "complaint_words_idx", "complaint_words_content",
        "complaint_words_docsize", "complaint_words_config",
    ]

    /// Brings the tables up to this program; gives the last migration.
    package static func migrate(_ configuration: Configuration) async throws -> String {
        let (store, blobs) = try await open(configuration, halfMoved: true)
        await blobs.store.close()
        await store.close()
        return try Hallkeeper.migrations.last?.name ?? ""
    }

    private static func side(_ address: String) -> Configuration {
        configuration(address.hasPrefix("postgres") ? ["database": address] : ["data": address, "database": ""])
    }

    /// Brings everything from one database into another, empty one, of the same engine or the other; nobody may serve either
    /// meanwhile. What was interrupted goes on at the next run; until the end the target is not served. Gives the counts.
    package static func move(from source: String, to target: String, say: @escaping @Sendable (String) -> Void) async throws -> String {
        guard source != target else { throw ProgramError("from and to are the same") }
        if !source.hasPrefix("postgres"), !FileManager.default.fileExists(atPath: URL(fileURLWithPath: source).appending(path: Backup.database).path) {
            throw ProgramError("no database at \(source)")
        }
        let (from, fromPhotos) = try await open(side(source))
        let (to, toPhotos) = try await open(side(target), halfMoved: true)
        do {
            let counts = try await move(from, fromPhotos.store, to, toPhotos.store, say)
            for store in [toPhotos.store, to, fromPhotos.store, from] { await store.close() }
            return counts
        } catch {
            for store in [toPhotos.store, to, fromPhotos.store, from] { await store.close() }
            if let fault = error as? Fault, fault.kind == .conflict { throw ProgramError(fault.detail) }
            throw error
        }
    }

    private static func move(
        _ from: any Store, _ fromPhotos: any Store, _ to: any Store, _ toPhotos: any Store, _ say: @escaping @Sendable (String) -> Void
    ) async throws -> String {
        let ledger = ledger(from)
        try await ledger.sealPending()
        let (heads, first) = (try await ledger.hash(), try await from.read { tx in try tx.one("select id from entry order by id limit 1")?.text("id") ?? "" })
        guard !first.isEmpty else { throw ProgramError("there is nothing in it") }
        let facts = Carrying(from: from, to: to, without: notCarried.union(photoTables))
        let photos = Carrying(from: fromPhotos, to: toPhotos, without: [], only: photoTables)
        try await facts.run(source: first + ":" + heads, marked: true) { table, count in if count > 0 { say("\(table): \(count)") } }
        try await photos.run(source: "", marked: false) { table, count in if count > 0 { say("\(table): \(count)") } }
        try await index(to)
        // The facts, table by table, as each side reads them; then the ledger against them on the new side.
        let (tables, pictures) = (try await facts.tables(), try await photos.tables())
        let (ours, theirs) = (try await Carrying.sums(from, tables), try await Carrying.sums(to, tables))
        let (ourPhotos, theirPhotos) = (try await Carrying.sums(fromPhotos, pictures), try await Carrying.sums(toPhotos, pictures))
        let different = ours.filter { theirs[$0.key] != $0.value }.keys.sorted() + ourPhotos.filter { theirPhotos[$0.key] != $0.value }.keys.sorted()
        guard different.isEmpty else { throw ProgramError("not the same on both sides: \(different.joined(separator: ", ")); was the old one written meanwhile?") }
        try await facts.finish()
        let moved = Self.ledger(to)
        try await moved.sealPending()
        let problems = try await moved.verify()
        guard problems.isEmpty else { throw ProgramError("the moved ledger does not verify: \(problems[0].sentence.en)") }
        guard try await moved.hash() == heads, try await ledger.hash() == heads else { throw ProgramError("the heads of the ledgers differ: the old one was written meanwhile") }
        func number(_ sums: [String: String], _ table: String) -> String { sums[table]?.split(separator: ":").first.map(String.init) ?? "0" }
        return "\(number(ours, "entry")) entries in \(tables.count + pictures.count) tables, \(number(ourPhotos, "blob")) photos; facts equal, ledger verified, heads equal"
    }

    /// Makes the search of cases anew from what is kept.
    private static func index(_ store: any Store) async throws {
        let ledger = ledger(store)
        var after = ""
        while true {
            let from = after
            let cases = try await store.read { tx in try tx.rows("select * from complaint where id > \(from) order by id limit 100").map(Complaint.init(row:)) }
            guard let last = cases.last else { return }
            after = last.id
            try await ledger.act(by: .machine("command"), at: SystemClock().now) { act in
                let search = ComplaintSearch(engine: store.engine)
                for complaint in cases { try search.again(complaint, act) }
            }
        }
    }
}
