import Foundation
import Logging
import Regulation
import Store
import StoreSQLite
import Synchronization
import WorkCalendar

@testable import Hallkeeper

/// One world for all tests: a utility with three halls and a fixed cast, on a Monday at nine; the clock stands still.
final class TestWorld: Sendable {
    let hall: Hallkeeper
    let clock: StandingClock
    let world: World
    let shell: Shell
    static let monday = Day("2026-03-02") ?? Day(number: 0)
    static let password = "a long password"
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private init(_ hall: Hallkeeper, _ clock: StandingClock, _ world: World) {
        (self.hall, self.clock, self.world) = (hall, clock, world)
        // Hundreds of worlds share two cores: a page that waits for its turn is not to be given up.
        shell = Shell(hall: hall, site: Site.entries(hall), deadline: .seconds(600))
    }

    static func at(_ hour: Int, _ minute: Int = 0, day: Day = monday) -> Instant { Zone.shanghai.instant(day, minute: hour * 60 + minute) }

    static func pack(_ name: String = "guangan") throws -> [PackFile] { try PackFolder.read(root.appending(path: "packs/\(name)").path) }

    private static func chance(_ seed: UInt64) -> @Sendable (Int) -> [UInt8] {
        let source = Mutex(Chance(seed: seed))
        return { count in source.withLock { source in (0..<count).map { _ in UInt8(truncatingIfNeeded: source.next()) } } }
    }

    private static func hall(_ path: String, _ clock: StandingClock, seed: UInt64, disk: Disk = Disk(folder: nil), wrap: (any Store) -> any Store = { $0 }) throws -> Hallkeeper {
        var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        let metrics = Metrics()
        let store = wrap(try SQLiteStore(path: path, durability: .none, watch: metrics.storeWatch(slowAfter: .seconds(60)) { _, _ in }))
        let bytes = chance(seed)
        return Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(bytes), chance: bytes, log: log, metrics: metrics,
            vitals: Vitals(disk: disk), watchman: Watchman(token: "a token"), reach: Reach(inside: ["127.0.0.1"]))
    }

    /// Founded once a process, copied for each test.
    private static let template = Task { () -> (URL, World) in
        let folder = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "template.sqlite")
        let clock = StandingClock(Zone.shanghai.instant(monday, minute: 0))
        let hall = try TestWorld.hall(file.path, clock, seed: 5)
        try await hall.store.migrate(try Hallkeeper.migrations)
        var founder = WorldFounder(hall: hall, files: try pack(), notices: try ShippedCalendars.texts(), starts: monday, chance: Chance(seed: 9))
        let world = try await founder.found(halls: 3, at: clock.now)
        let secret = try await hall.credentials.hash(password)
        let pin = try await hall.credentials.hash("1234")
        let people = Set(world.residents.map(\.person)).sorted()
        _ = try await hall.store.write { tx in
            for person in people {
                try tx.run("insert into credential (person, password, pin, failures, locked_until) values (\(person), \(secret), \(pin), 0, 0)")
            }
            return 0
        }
        await hall.store.close()
        return (folder, world)
    }

    /// Nothing but tables, at nine.
    static func empty() async throws -> TestWorld {
        let clock = StandingClock(at(9))
        let hall = try hall(FileManager.default.temporaryDirectory.appending(path: "hallkeeper-empty-\(UUID().uuidString).sqlite").path, clock, seed: UInt64.random(in: 1...1_000_000))
        try await hall.store.migrate(try Hallkeeper.migrations)
        return TestWorld(hall, clock, World())
    }

    /// The world at nine, the day planned.
    static func make(at hour: Int = 9, _ minute: Int = 0, planned: Bool = true, disk: Disk = Disk(folder: nil), wrap: (any Store) -> any Store = { $0 }) async throws -> TestWorld {
        let (folder, world) = try await template.value
        let path = folder.appending(path: UUID().uuidString + ".sqlite").path
        for suffix in ["", "-wal"] {
            let source = folder.appending(path: "template.sqlite" + suffix).path
            if FileManager.default.fileExists(atPath: source) { try FileManager.default.copyItem(atPath: source, toPath: path + suffix) }
        }
        let clock = StandingClock(at(hour, minute))
        let test = TestWorld(try Self.hall(path, clock, seed: UInt64.random(in: 1...1_000_000), disk: disk, wrap: wrap), clock, world)
        if planned { for place in try await Planning(hall: test.hall).behind(at: clock.now) { _ = try await Planning(hall: test.hall).plan(place, at: clock.now) } }
        return test
    }

    var chengnan: Place.ID { world.places["chengnan"] ?? "" }
    var chengbei: Place.ID { world.places["chengbei"] ?? "" }
    func person(_ login: String) -> Person.ID { world.residents.first { $0.login == login }?.person ?? "" }

    func duties(_ rule: String, at place: Place.ID? = nil) async throws -> [Duty] {
        try await hall.store.read { tx in
            try tx.rows("select * from duty where rule = \(rule) order by id").map(Duty.init(row:))
        }.filter { place == nil || $0.place == place }
    }

    func duty(_ rule: String, at place: Place.ID? = nil) async throws -> Duty {
        let all = try await duties(rule, at: place ?? chengnan)
        guard let found = all.last(where: { $0.opens <= clock.now }) ?? all.last else { throw ProgramError("no duty of \(rule)") }
        return found
    }

    func photo() async throws -> String {
        try await hall.blobs.keep(try StandInPicture.jpeg(0x112233), media: "image/jpeg", at: clock.now)
    }

    func report(_ kind: String, _ fields: [String: String], by login: String, at place: Place.ID? = nil) async throws {
        let (who, where_, now) = (person(login), place ?? chengnan, clock.now)
        try await hall.act(by: .person(who), at: now) { act in
            try Reporting(act).report(kind, fields: fields, at: where_, by: who, at: now)
        }
    }

    func fill(_ duty: Duty, _ answers: [String: String], by login: String, at claimed: Instant? = nil, signers: [String] = []) async throws {
        let (who, filled) = (person(login), Filled(answers: answers, at: claimed, signers: signers.map(person)))
        try await hall.act(by: .person(who), at: clock.now) { act in
            try Filling(act: act).fill(duty.id, at: duty.place, filled, by: who)
        }
    }

    /// Moves the clock and does everything that has fallen due on the way.
    func move(to moment: Instant) async throws {
        _ = clock.move(to: moment)
        try await JobRunner(hall: hall).catchUp(to: clock.now)
    }

    // MARK: visits through the whole shell

    private let tokens = Mutex<[String: (token: String, csrf: String)]>([:])

    func signIn(_ login: String) async throws -> (token: String, csrf: String) {
        if let known = tokens.withLock({ $0[login] }) { return known }
        let token = try await Sessions(hall: hall).begin(person(login), at: clock.now)
        let csrf = try await Sessions(hall: hall).find(token, at: clock.now)?.0.csrf ?? ""
        tokens.withLock { $0[login] = (token, csrf) }
        return (token, csrf)
    }

    func get(_ path: String, as login: String? = nil, headers: [String: String] = [:]) async throws -> Reply {
        var request = Request(method: "GET", path: path, headers: headers)
        if let mark = path.firstIndex(of: "?") {
            request.path = String(path[..<mark])
            for (name, value) in try Submitted.pairs(String(path[path.index(after: mark)...])) { request.query[name] = value }
        }
        if let login { request.headers["cookie"] = (headers["cookie"].map { $0 + "; " } ?? "") + "hk=\(try await signIn(login).token)" }
        return await shell.respond(to: request)
    }

    func post(_ path: String, as login: String? = nil, _ fields: [String: String] = [:], headers: [String: String] = [:], csrf: Bool = true) async throws -> Reply {
        var all = fields
        var request = Request(method: "POST", path: path, headers: headers.merging(["content-type": "application/x-www-form-urlencoded"]) { own, _ in own })
        if let login {
            let session = try await signIn(login)
            request.headers["cookie"] = "hk=\(session.token)"
            if csrf { all["csrf"] = session.csrf }
        }
        request.body = Array(all.map { "\(Submitted.encode($0.key))=\(Submitted.encode($0.value))" }.joined(separator: "&").utf8)
        return await shell.respond(to: request)
    }
}

extension Reply {
    var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    /// What is sent piece by piece, whole.
    var streamed: String {
        get async { String(decoding: await streamedBytes, as: UTF8.self) }
    }
    var streamedBytes: [UInt8] {
        get async {
            switch body {
            case .bytes(let bytes): return bytes
            case .live: return []
            case .stream(let stream):
                var all: [UInt8] = []
                for await piece in stream { all += piece }
                return all
            }
        }
    }
}
