import Store
import WorkCalendar

/// Takes from the disk what the law had erased (个人信息保护法 47; docs/rules/personal-data.md). An act that erases changes rows; what
/// stood in them is then still in free pages, in the index of words and in the log, and its photos among the photos.
struct Scrubbing: Sendable {
    let store: any Store
    let blobs: any Store
    private static let setting = "scrub"
    private static let photo = "scrub-photo:"
    /// Personal texts and what is found by them: where what was erased may stand.
    private static let tables = ["personal", "complaint_search", "customer_phone", "complaint_draft", "case_import_wrong"]

    /// Said within the act that erases; `photos` are the hashes of photos that go with it.
    static func want(photos: [String], at now: Instant, _ tx: Act) throws {
        try tx.run("insert into setting (name, value) values (\(setting), \(String(now.ms))) on conflict (name) do update set value = excluded.value")
        for hash in photos { try tx.run("insert into setting (name, value) values (\(photo + hash), '') on conflict (name) do nothing") }
    }

    /// Since when something erased has stood on the disk; nil when nothing does.
    static func waiting(_ tx: any Reading) throws -> Instant? {
        try tx.one("select value from setting where name = \(setting)").flatMap { Int64(try $0.text("value")) }.map { Instant(ms: $0) }
    }

    // MARK: when

    /// So many bytes are written anew while people wait for a second or two; more are left for the night.
    static let small: Int64 = 64 << 20
    /// Minutes of the day, after the planning of the new day and before the halls open.
    private static let night = 60..<300

    /// What the job does at each turn: nothing, unless something was erased and it is time.
    static func turn(_ hall: Hallkeeper, at now: Instant, small: Int64 = small) async throws {
        let own = Scrubbing(store: hall.store, blobs: hall.blobs.store)
        guard try await hall.store.read({ tx in try waiting(tx) }) != nil else { return }
        let isNight = night.contains(hall.zone.minuteOfDay(now))
        if !isNight, try await own.size() > small { return }
        // Who serves on PostgreSQL need not own the tables: then their owner does it (`hallkeeper scrub`), and the figure says that it waits.
        guard try await own.mayScrub() else { return }
        guard try await !Claims(hall: hall).take([setting], at: now, holding: 600_000).isEmpty else { return }
        let photos = try await own.run()
        try await Claims(hall: hall).give([setting])
        hall.log.info("what was erased is off the disk", metadata: ["photos": "\(photos)"])
    }

    /// Bytes of the database; on PostgreSQL it is never small.
    private func size() async throws -> Int64 {
        guard store.engine == .sqlite else { return .max }
        return try await store.read { tx in try tx.one("select page_count * page_size as n from pragma_page_count(), pragma_page_size()")?.int("n") ?? 0 }
    }

    /// Whether the tables are one's own: PostgreSQL passes over those of others with no more than a warning.
    func mayScrub() async throws -> Bool {
        guard store.engine == .postgres else { return true }
        return try await store.read { tx in
            try tx.one("select 1 as one from pg_class where relname in \(list: Self.tables) and relkind = 'r' and relnamespace = current_schema()::regnamespace and not pg_has_role(relowner, 'usage')") == nil
        }
    }

    // MARK: how

    /// Takes off the disk what was erased until now; gives how many photos went.
    func run() async throws -> Int {
        let (asked, photos) = try await store.read { tx in
            (
                try tx.one("select value from setting where name = \(Self.setting)")?.text("value") ?? "",
                try tx.rows("select name from setting where name > \(Self.photo) and name < \(Self.photo + "~") order by name").map { String(try $0.text("name").dropFirst(Self.photo.count)) }
            )
        }
        let gone = try await forget(photos)
        if store.engine == .sqlite { try await shedWords() }
        try await store.scrub(Self.tables, anew: true)
        _ = try await store.write { tx in
            for hash in photos { try tx.run("delete from setting where name = \(Self.photo + hash)") }
            // What was erased meanwhile asks again.
            return try tx.run("delete from setting where name = \(Self.setting) and value = \(asked)")
        }
        return gone
    }

    /// Photos that no row names any more; SQLite overwrites their bytes as they go.
    private func forget(_ photos: [String]) async throws -> Int {
        guard !photos.isEmpty else { return 0 }
        let named = try await PhotoNames(store: store).among(photos)
        let gone = photos.filter { !named.contains($0) }
        guard !gone.isEmpty else { return 0 }
        _ = try await blobs.write { tx in
            for hash in gone {
                try tx.run("delete from thumb where hash = \(hash)")
                try tx.run("delete from upload where blob = \(hash)")
                try tx.run("delete from blob where hash = \(hash)")
            }
        }
        try await blobs.scrub(["blob", "thumb"], anew: false)
        return gone.count
    }

    /// The index of words keeps what was taken out of it until its parts are joined: a few pages at a time, so that others
    /// write in between.
    private func shedWords() async throws {
        var step = -500
        while !Task.isCancelled {
            let pages = step
            let changed = try await store.write { tx -> Int64 in
                let before = try tx.one("select total_changes() as n")?.int("n") ?? 0
                try tx.run("insert into complaint_words (complaint_words, rank) values ('merge', \(pages))")
                return (try tx.one("select total_changes() as n")?.int("n") ?? 0) - before
            }
            // As SQLite's manual has it: below two nothing was done.
            if changed < 2, pages > 0 { return }
            step = 500
        }
    }
}

extension Program {
    /// Takes off the disk what was erased, now: for tables whose owner is not who serves, and for whoever will not wait for the night.
    package static func scrub(_ configuration: Configuration) async throws -> String {
        let (store, blobs) = try await open(configuration)
        let scrubbing = Scrubbing(store: store, blobs: blobs.store)
        guard try await scrubbing.mayScrub() else {
            await store.close()
            throw ProgramError("these tables belong to somebody else: give the address of their owner")
        }
        let photos = try await scrubbing.run()
        if store.engine == .sqlite { await blobs.store.close() }
        await store.close()
        return "what was erased is off the disk; photos: \(photos)"
    }
}
