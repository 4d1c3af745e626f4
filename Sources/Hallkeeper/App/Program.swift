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
    static func open(_ configuration: Configuration, watch: StoreWatch = .none) async throws -> (any Store, Blobs) {
        let url = configuration["database"]
        if !url.isEmpty {
            let store = try PostgresStore(url: url, connections: Int(configuration["connections"]) ?? 8, watch: watch)
            try await store.migrate(try Hallkeeper.migrations)
            return (store, Blobs(store: store))
        }
        let folder = URL(fileURLWithPath: configuration["data"])
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (file, photos) = (folder.appending(path: Backup.database).path, folder.appending(path: Backup.photos).path)
        let lacksPhotos = FileManager.default.fileExists(atPath: file) && !FileManager.default.fileExists(atPath: photos)
        let (store, blobs): (SQLiteStore, SQLiteStore)
        do {
            store = try SQLiteStore(path: file, watch: watch)
            if lacksPhotos, try await holdsEntries(store) { throw ProgramError("\(photos) is missing: the database was copied without its photos") }
            blobs = try SQLiteStore(path: photos)
        } catch let fault as Fault where fault.kind == .held {
            throw ProgramError("\(folder.path) is in use by \(fault.detail)", isHeld: true)
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
        var log = Logger(label: "hallkeeper") { LineLog(label: $0) }
        log.logLevel = Logger.Level(rawValue: configuration["log"]) ?? .info
        return log
    }

    /// The clock a database carries: real, or one that goes on where the demo stood.
    static func clock(_ store: any Store) async throws -> any Clock {
        let settings = try await store.read { tx in
            try tx.rows("select name, value from setting").map { (try $0.text("name"), try $0.text("value")) }
        }
        guard settings.contains(where: { $0 == ("clock", "demo") }) else { return SystemClock() }
        let now = settings.first { $0.0 == "now" }.flatMap { Int64($0.1) } ?? Zone.shanghai.instant(DemoWorld.monday, minute: 537).ms
        return DemoClock(resuming: Instant(ms: now))
    }

    static func hall(_ configuration: Configuration, clock: (any Clock)? = nil) async throws -> Hallkeeper {
        let (metrics, log) = (Metrics(), logger(configuration))
        let (store, blobs) = try await open(configuration, watch: storeWatch(configuration, metrics, log))
        let own: any Clock
        if let clock { own = clock } else { own = try await self.clock(store) }
        return try hall(configuration, store, blobs, own, metrics, log)
    }

    /// For one act of the command line, also beside a server that holds the database.
    static func hallBeside(_ configuration: Configuration) async throws -> Hallkeeper {
        do { return try await hall(configuration) } catch let error as ProgramError where error.isHeld {
            let store = try SQLiteStore(beside: URL(fileURLWithPath: configuration["data"]).appending(path: "hallkeeper.sqlite").path)
            return try await hall(configuration, store, Blobs(store: store), clock(store), Metrics(), logger(configuration))
        }
    }

    private static func storeWatch(_ configuration: Configuration, _ metrics: Metrics, _ log: Logger) -> StoreWatch {
        metrics.storeWatch(slowAfter: .milliseconds(Int(configuration["slow-query"]) ?? 200)) { statement, time in
            log.warning("slow statement", metadata: ["id": "\(RequestMark.id)", "ms": "\(time.inMilliseconds)", "sql": "\(statement.split(whereSeparator: \.isWhitespace).joined(separator: " "))"])
        }
    }

    private static func hall(
        _ configuration: Configuration, _ store: any Store, _ blobs: Blobs, _ clock: any Clock, _ metrics: Metrics, _ log: Logger
    ) throws -> Hallkeeper {
        let isHere = configuration["database"].isEmpty
        return Hallkeeper(
            store: store, blobs: blobs, clock: clock, ids: ids(chance), chance: chance, key: try key(configuration), backups: nightly(configuration), log: log, metrics: metrics,
            vitals: Vitals(disk: Disk(folder: isHere ? configuration["data"] : nil)), watchman: Watchman(token: configuration["metrics-token"]))
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
        let last = try await hall.store.read { tx in try tx.one("select recorded from entry order by id desc limit 1")?.instant("recorded") }
        if !hall.clock.isMadeUp { hall.timers.check(atStart: hall.clock.now, lastEntry: last) }
        hall.store.listen { [hub = hall.hub] _, payload in hub.publish(payload) }
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
    }

    /// The demo: founded and lived on the first start, resumed on every other.
    package static func demo(_ configuration: Configuration, pack: String?, days: Int) async throws {
        let metrics = Metrics()
        let (store, blobs) = try await open(configuration, watch: storeWatch(configuration, metrics, logger(configuration)))
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
        let hall = try hall(configuration, store, blobs, try await clock(store), metrics, logger(configuration))
        guard hall.clock.isMadeUp else { throw ProgramError("this database is not a demo; use serve") }
        try await serve(hall, configuration)
    }
}
