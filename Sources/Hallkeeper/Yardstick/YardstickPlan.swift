import Foundation
import Regulation
import Store
import StoreSQLite
import WorkCalendar

extension Yardstick {
    /// Founds one hall with its people, copies it, and plans a day of all: thought out alone, then stored. Prints seconds of
    /// each, and how many duties it made.
    package static func plan(_ folder: String, halls count: Int) async throws -> String {
        let clock = StandingClock(Zone.shanghai.instant(day, minute: 0))
        let hall = try await hall(folder, clock)
        var founder = WorldFounder(
            hall: hall, files: try PackFolder.shipped(), notices: try ShippedCalendars.texts(), starts: day, chance: Chance(seed: 9))
        let world = try await founder.found(halls: 3, at: clock.now)
        try await copy(hall, world, count: count)
        _ = clock.move(to: nine)
        let now = clock.now
        // Thought out: what the rules ask of each hall, in memory.
        let (pack, facts) = try await hall.store.read { tx -> (PackInForce, [PlaceFacts]) in
            guard let pack = try hall.packs.inForce(on: day, tx) else { throw ProgramError("no pack") }
            let finder = FactFinder(tx: tx, hall: hall)
            return (pack, try world.halls.map { try finder.facts(of: Place(row: try tx.one("select * from place where place = \($0)") ?? Row(columns: Columns([]), values: [])), pack: pack) })
        }
        var started = ContinuousClock.now
        var thought = 0
        for index in 0..<count { thought += DutyPlan.duties(pack.pack, at: facts[index % facts.count], on: day) { _ in ["A", "B"] }.count }
        let thinking = started.duration(to: .now).inSeconds
        // Stored: what the job does, place by place, durable.
        started = .now
        var opened = 0
        while true {
            let behind = try await Planning(hall: hall).behind(at: now)
            if behind.isEmpty { break }
            opened += try await withThrowingTaskGroup(of: Int.self) { group in
                for place in behind { group.addTask { try await Planning(hall: hall).plan(place, at: now) } }
                return try await group.reduce(0, +)
            }
        }
        let storing = started.duration(to: .now).inSeconds
        hall.credentials.stop()
        await hall.store.close()
        return "{\"rules\":\(pack.pack.rules.count),\"thought\":\(thought),\"think_s\":\(thinking),\"opened\":\(opened),\"store_s\":\(storing),\"memory_mb\":\(Disk.memory >> 20)}"
    }

    /// More halls like the first ones: places, what they have, who works there.
    private static func copy(_ hall: Hallkeeper, _ world: World, count: Int) async throws {
        let tables = ["place", "trait_answer", "role_holder", "qualification"]
        for start in stride(from: 0, to: max(0, count - world.halls.count), by: 1000) {
            _ = try await hall.store.write { tx in
                for table in tables {
                    for (index, source) in world.halls.enumerated() {
                        let rows = try tx.rows(SQL(text: "select * from \(table) where place = ?", values: [.text(source)]))
                        for number in start..<min(start + 1000, count - world.halls.count) where number % world.halls.count == index {
                            for row in rows {
                                let names = row.columns.names
                                let values = names.map { name -> Value in name == "place" ? .text("HALL\(number)") : row[name] ?? .null }
                                try tx.run(SQL(text: "insert into \(table) (\(names.joined(separator: ", "))) values (\(names.map { _ in "?" }.joined(separator: ", ")))", values: values))
                            }
                        }
                    }
                }
                return 0
            }
        }
    }

    /// The clock's work where so many duties are open and two hundred of them have fallen due. Prints milliseconds of looking
    /// and of doing.
    package static func sweep(_ folder: String, open: Int) async throws -> String {
        let clock = StandingClock(nine)
        _ = try await world(folder, duties: 0, open: open)
        let hall = try await hall(folder, clock)
        let now = clock.now.adding(minutes: 1)
        _ = try await hall.store.write { tx in
            try tx.run("update duty set next_at = null where next_at < \(now)")
            // The same two hundred, however many wait beside them.
            return try tx.run("update duty set next_at = \(now.adding(minutes: -1)), due = \(now.adding(minutes: -1)) where id in (select id from duty where id like 'OPEN%' order by id limit 200)")
        }
        var looks: [Double] = []
        for _ in 0..<50 {
            let started = ContinuousClock.now
            _ = try await Clockwork(hall: hall).due(at: now)
            looks.append(started.duration(to: .now).inSeconds * 1000)
        }
        let started = ContinuousClock.now
        let due = try await Clockwork(hall: hall).due(at: now)
        for one in due { try await Clockwork(hall: hall).tick(one.place, one.duty, at: now) }
        let doing = started.duration(to: .now).inSeconds * 1000
        hall.credentials.stop()
        await hall.store.close()
        return "{\"due\":\(due.count),\"look_ms\":\(looks.sorted()[25]),\"do_ms\":\(doing)}"
    }

    /// How many fdatasyncs of 4 KiB a second the disk under a folder takes: the floor under every durable write.
    package static func disk(_ folder: String) throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = open(folder + "/floor", O_RDWR | O_CREAT, 0o600)
        guard file >= 0 else { throw ProgramError("cannot write in \(folder)") }
        defer {
            close(file)
            unlink(folder + "/floor")
        }
        let page = [UInt8](repeating: 7, count: 4096)
        let started = ContinuousClock.now
        var count = 0
        while started.duration(to: .now) < .seconds(1) {
            _ = pwrite(file, page, page.count, off_t(count % 256 * 4096))
            fdatasync(file)
            count += 1
        }
        return "{\"fdatasync_per_s\":\(count)}"
    }
}
