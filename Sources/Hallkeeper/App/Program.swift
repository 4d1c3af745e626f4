import Foundation
import Logging
import Regulation
import Store
import StorePostgres
import StoreSQLite
import WorkCalendar

/// What the command line calls: each command is a function that prints and gives whether all is well.
package enum Program {
    static let chance: @Sendable (Int) -> [UInt8] = { [drawn = SystemChance()] count in drawn.bytes(count) }

    static func ids(_ chance: @escaping @Sendable (Int) -> [UInt8]) -> IDs {
        IDs { chance(8).reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// Opens the store a configuration names, migrated: `--database URL`, or SQLite in `--data DIR`.
    /// A database into which another is being moved is refused, except to whoever moves it.
    static func open(_ configuration: Configuration, watch: StoreWatch = .none, halfMoved: Bool = false, mapped: Bool = false) async throws -> (any Store, Blobs) {
        let (store, blobs) = try await opened(configuration, watch: watch, mapped: mapped)
        if !halfMoved, try await store.read({ tx in try tx.one("select 1 as one from setting where name = \(Carrying.mark)") != nil }) {
            await blobs.store.close()
            await store.close()
            throw ProgramError("this database holds half of what is being moved into it: run hallkeeper move again")
        }
        return (store, blobs)
    }

    private static func opened(_ configuration: Configuration, watch: StoreWatch, mapped: Bool) async throws -> (any Store, Blobs) {
        let url = configuration["database"]
        if !url.isEmpty {
            let store = try PostgresStore(url: url, connections: Int(configuration["connections"]) ?? 8, watch: watch)
            do { try await store.migrate(try Hallkeeper.migrations) } catch let fault as Fault where fault.kind == .newerDatabase {
                await store.close()
                throw ProgramError("this database was written by a newer version of the program: \(fault.detail)")
            }
            return (store, Blobs(store: store))
        }
        let folder = URL(fileURLWithPath: configuration["data"])
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (file, photos) = (folder.appending(path: Backup.database).path, folder.appending(path: Backup.photos).path)
        let lacksPhotos = FileManager.default.fileExists(atPath: file) && !FileManager.default.fileExists(atPath: photos)
        let (store, blobs): (SQLiteStore, SQLiteStore)
        do {
            store = try SQLiteStore(path: file, watch: watch, mapped: mapped)
            if lacksPhotos, try await holdsEntries(store) { throw ProgramError("\(photos) is missing: the database was copied without its photos") }
            blobs = try SQLiteStore(path: photos, watch: watch)
        } catch let fault as Fault where fault.kind == .held {
            throw ProgramError("\(folder.path) is in use by \(fault.detail)", isHeld: true)
        } catch let fault as Fault where fault.kind == .damaged {
            throw ProgramError("\(folder.path) is damaged: \(fault.detail). Restore a backup, or let hallkeeper restore look through this folder for what is whole")
        } catch let fault as Fault where [.disk, .full].contains(fault.kind) {
            throw ProgramError("\(folder.path) cannot be written: \(fault.detail)")
        } catch let fault as Fault where fault.kind == .copied {
            throw ProgramError("\(fault.detail) was copied while the program had it open and may lack the latest acts: use what hallkeeper backup made, or let hallkeeper restore look through this copy")
        }
        do {
            try await store.migrate(try Hallkeeper.migrations)
            try await blobs.migrate(try Hallkeeper.migrations)
            try store.markOpen()
            try blobs.markOpen()
        } catch let fault as Fault where fault.kind == .newerDatabase {
            await blobs.close()
            await store.close()
            throw ProgramError("this database was written by a newer version of the program: \(fault.detail)")
        } catch let fault as Fault where [.damaged, .disk, .full, .unsynced].contains(fault.kind) {
            throw ProgramError("\(folder.path) \(fault.kind == .damaged ? "is damaged" : "cannot be written"): \(fault.detail)")
        }
        return (store, Blobs(store: blobs))
    }

    /// Whether a database is more than a new file.
    private static func holdsEntries(_ store: any Store) async throws -> Bool {
        try await store.read { tx in
            try tx.one("select 1 as one from sqlite_master where name = 'entry'") != nil && (try tx.one("select 1 as one from entry limit 1")) != nil
        }
    }

    static func logger(_ configuration: Configuration) -> Logger {
        var log = Logger(label: "hallkeeper") { _ in LineLog() }
        log.logLevel = Logger.Level(rawValue: configuration["log"]) ?? .info
        return log
    }

    /// The clock a database carries: real, or one that goes on where the demo stood.
    static func clock(_ store: any Store) async throws -> any Clock {
        let settings = try await store.read { tx in
            try tx.rows("select name, value from setting").map { (try $0.text("name"), try $0.text("value")) }
        }
        guard settings.contains(where: { $0 == ("clock", "demo") }) else {
            return store.engine == .postgres ? try await DatabaseClock(store) : SystemClock()
        }
        let now = settings.first { $0.0 == "now" }.flatMap { Int64($0.1) } ?? Zone.shanghai.instant(DemoWorld.monday, minute: 537).ms
        return DemoClock(resuming: Instant(ms: now))
    }

    static func hall(_ configuration: Configuration, clock: (any Clock)? = nil) async throws -> Hallkeeper {
        let (metrics, log, vitals) = (Metrics(), logger(configuration), vitals(configuration))
        let (store, blobs) = try await open(configuration, watch: storeWatch(configuration, metrics, vitals, log))
        let own: any Clock
        if let clock { own = clock } else { own = try await self.clock(store) }
        return try hall(configuration, store, blobs, own, metrics, vitals, log)
    }

    /// For one act of the command line, also beside a server that holds the database.
    static func hallBeside(_ configuration: Configuration) async throws -> Hallkeeper {
        do { return try await hall(configuration) } catch let error as ProgramError where error.isHeld {
            let store = try SQLiteStore(beside: URL(fileURLWithPath: configuration["data"]).appending(path: "hallkeeper.sqlite").path)
            return try await hall(configuration, store, Blobs(store: store), clock(store), Metrics(), vitals(configuration), logger(configuration))
        }
    }

    private static func vitals(_ configuration: Configuration) -> Vitals {
        Vitals(disk: Disk(folder: configuration["database"].isEmpty ? configuration["data"] : nil))
    }

    private static func storeWatch(_ configuration: Configuration, _ metrics: Metrics, _ vitals: Vitals, _ log: Logger) -> StoreWatch {
        let stopped: @Sendable (String) -> Void = { why in
            vitals.cannotWrite(why)
            log.critical("a write could not be made durable; nothing more is written, the program ends shortly", metadata: ["error": "\(why)"])
            // Readers may finish what they look at. A program that is started again takes what is on the disk, and only that.
            DispatchQueue.global().asyncAfter(deadline: .now() + 10) { kill(getpid(), SIGTERM) }
        }
        return metrics.storeWatch(slowAfter: .milliseconds(Int(configuration["slow-query"]) ?? 200), stopped: stopped) { statement, time in
            log.warning("slow statement", metadata: ["id": "\(RequestMark.id)", "ms": "\(time.inMilliseconds)", "sql": "\(statement.split(whereSeparator: \.isWhitespace).joined(separator: " "))"])
        }
    }

    private static func hall(
        _ configuration: Configuration, _ store: any Store, _ blobs: Blobs, _ clock: any Clock, _ metrics: Metrics, _ vitals: Vitals, _ log: Logger
    ) throws -> Hallkeeper {
        Hallkeeper(
            store: store, blobs: blobs, clock: clock, ids: ids(chance), chance: chance, key: try key(configuration), backups: nightly(configuration), log: log, metrics: metrics,
            vitals: vitals, watchman: Watchman(token: configuration["metrics-token"]), reach: Reach(configuration["inside"]), mail: try MailServer(configuration),
            apiRate: max(0, Int(configuration["api-rate"]) ?? 6000))
    }

    package static func configuration(_ flags: [String: String]) -> Configuration {
        Configuration(flags: flags, environment: ProcessInfo.processInfo.environment)
    }

    /// Serves until told to stop.
    package static func serve(_ configuration: Configuration) async throws {
        let hall = try await hall(configuration)
        try await serve(hall, configuration)
    }

    static func serve(_ hall: Hallkeeper, _ configuration: Configuration) async throws {
        let isEmpty = try await hall.store.read { tx in try tx.one("select 1 as one from person limit 1") == nil }
        if isEmpty {
            let code = Hash.hex(chance(4))
            hall.openSetUp(code)
            print("The database is empty. One-time code for the set-up page: \(code)")
        }
        try await hall.timers.start(hall)
        let wakeUps = WakeUps(hall)
        if hall.store.engine == .postgres { wakeUps.begin() }
        let groups = Set(configuration["groups"].split(separator: ",").compactMap { Entry.Group(rawValue: String($0)) })
        let shell = Shell(hall: hall, site: Site.entries(hall, groups: groups))
        let (host, port) = (configuration["host"], Int(configuration["port"]) ?? 8080)
        let jobs = Task { await JobRunner(hall: hall).run() }
        let memory = Task {
            while !Task.isCancelled {
                try? await DemoWorld.remember(hall)
                try? await Task.sleep(for: .seconds(5))
            }
        }
        var limits = Limits()
        if let clients = Int(configuration["clients"]) { limits.connections = clients }
        limits = limits.within(openFiles: Limits.raiseOpenFiles())
        var server = Server(shell: shell, host: host, port: port, proxies: Int(configuration["proxies"]) ?? 0, limits: limits)
        server.watchPort = Int(configuration["watch-port"]) ?? 0
        server.drain = .seconds(max(0, Int(configuration["drain"]) ?? 1))
        try await server.run(log: hall.log) {
            print("Hallkeeper: http://\(host == "0.0.0.0" ? "127.0.0.1" : host):\(port)/")
            if hall.clock.isMadeUp {
                print("Sign in as guide-chengnan, cleaner-chengnan, director-chengnan, shift-lead, enterprise, administrator … – password \(DemoWorld.password), PIN \(DemoWorld.pin)")
            }
            fflush(nil)
        }
        jobs.cancel()
        memory.cancel()
        await jobs.value
        try? await DemoWorld.remember(hall)
        // What nobody has signed yet would be called unsigned by the next verification.
        try? await hall.ledger.sealPending()
        if let key = hall.key { try? await hall.ledger.sign(with: key, at: hall.clock.now) }
        hall.credentials.stop()
        await hall.close()
        if let why = hall.vitals.cannotWrite { throw ProgramError("ended because a write could not be made durable: \(why). See to the disk, then start again: what was answered is kept") }
    }

    /// The demo: founded and lived on the first start, resumed on every other.
    package static func demo(_ configuration: Configuration, pack: String?, days: Int) async throws {
        let (metrics, vitals) = (Metrics(), vitals(configuration))
        let (store, blobs) = try await open(configuration, watch: storeWatch(configuration, metrics, vitals, logger(configuration)))
        let isEmpty = try await store.read { tx in try tx.one("select 1 as one from place limit 1") == nil }
        if isEmpty {
            let files = try pack.map(PackFolder.read) ?? PackFolder.shipped()
            print("Founding the demo utility and living \(days) days of it …")
            fflush(nil)
            let started = ContinuousClock.now
            let clock = StandingClock(Instant(ms: 0))
            var log = logger(configuration)
            log.logLevel = .warning
            let hall = Hallkeeper(store: store, blobs: blobs, clock: clock, ids: ids(chance), chance: chance, log: log)
            try await DemoWorld.live(hall, clock: clock, files: files, days: days) { line in
                print(line)
                fflush(nil)
            }
            print("Lived \(days) days in \(started.duration(to: .now).components.seconds) s")
        }
        let hall = try hall(configuration, store, blobs, try await clock(store), metrics, vitals, logger(configuration))
        guard hall.clock.isMadeUp else { throw ProgramError("this database is not a demo; use serve") }
        try await serve(hall, configuration)
    }
}
