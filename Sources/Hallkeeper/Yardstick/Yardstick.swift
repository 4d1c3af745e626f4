import Foundation
import Logging
import Regulation
import Store
import StoreSQLite
import WorkCalendar

/// What the benchmarks stand on: made worlds of a size, and bare programs to compare with. Not part of serving.
package enum Yardstick {
    static let day = Day("2026-03-02") ?? Day(number: 0)
    static var nine: Instant { Zone.shanghai.instant(day, minute: 540) }

    static func hall(_ folder: String, _ clock: any Clock, durability: SQLiteStore.Durability = .full) async throws -> Hallkeeper {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var log = Logger(label: "yardstick") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .warning
        let store = try SQLiteStore(path: folder + "/hallkeeper.sqlite", durability: durability)
        try await store.migrate(try Hallkeeper.migrations)
        let blobs = try SQLiteStore(path: folder + "/photos.sqlite", durability: durability)
        try await blobs.migrate(try Hallkeeper.migrations)
        return Hallkeeper(
            store: store, blobs: Blobs(store: blobs), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: log)
    }

    /// A utility of three halls at nine on a Monday, with so many duties of the past at a hundred places, and so many open ones
    /// that one cleaner owes today. Prints, as JSON, the sessions a driver needs.
    package static func world(_ folder: String, duties: Int, open: Int) async throws -> String {
        let clock = StandingClock(Zone.shanghai.instant(day, minute: 0))
        let hall = try await hall(folder, clock, durability: .none)
        var founder = WorldFounder(
            hall: hall, files: try PackFolder.shipped(), notices: try ShippedCalendars.texts(), starts: day, chance: Chance(seed: 9))
        let world = try await founder.found(halls: 3, at: clock.now)
        _ = clock.move(to: nine)
        for place in try await Planning(hall: hall).behind(at: clock.now) { _ = try await Planning(hall: hall).plan(place, at: clock.now) }
        let place = world.places["chengnan"] ?? ""
        let sample = try await hall.store.read { tx in
            try tx.one("select * from duty where place = \(place) and rule = 'restroom' order by id limit 1").map(Duty.init(row:))
        }
        guard let sample else { throw ProgramError("the pack has no rule restroom") }
        try await fill(hall, sample, halls: world.halls, count: duties)
        let now = clock.now
        _ = try await hall.store.write { tx in
            try tx.run("update duty set state = 'waived', next_at = null where seat = \(place) and state = 'open'")
            for index in 0..<open {
                var duty = sample
                (duty.id, duty.occasion) = ("OPEN\(index)", "open-\(index)")
                (duty.opens, duty.due, duty.firstDue) = (now, now.adding(minutes: 300 + index), now.adding(minutes: 300 + index))
                (duty.lapses, duty.nextAt) = (nil, duty.due)
                try tx.run(SQL(text: Duty.table.insertText, values: duty.values))
            }
            for (name, value) in [("clock", "demo"), ("now", String(now.ms))] {
                try tx.run("insert into setting (name, value) values (\(name), \(value)) on conflict (name) do update set value = excluded.value")
            }
            return 0
        }
        var sessions: [String: JSON] = [:]
        for login in ["clerk-chengnan", "cleaner-chengnan", "administrator"] {
            guard let person = world.residents.first(where: { $0.login == login })?.person else { continue }
            let token = try await Sessions(hall: hall).begin(person, at: clock.now)
            let csrf = try await Sessions(hall: hall).find(token, at: clock.now)?.0.csrf ?? ""
            sessions[login] = .object(["token": .string(token), "csrf": .string(csrf)])
        }
        hall.credentials.stop()
        await hall.store.close()
        return JSON.object(["sessions": .object(sessions)]).text
    }

    /// Duties that were done long ago.
    private static func fill(_ hall: Hallkeeper, _ sample: Duty, halls: [Place.ID], count: Int) async throws {
        let places = halls + (0..<97).map { "PLACE\($0)" }
        for start in stride(from: 0, to: count, by: 20_000) {
            _ = try await hall.store.write { tx in
                for index in start..<min(count, start + 20_000) {
                    var duty = sample
                    (duty.id, duty.occasion, duty.place) = ("PAST\(index)", "past-\(index)", places[index % places.count])
                    (duty.seat, duty.state, duty.nextAt, duty.lapses) = (duty.place, .done, nil, nil)
                    duty.day = sample.day.adding(days: -1 - index % 700)
                    (duty.doneAt, duty.doneBy) = (duty.due, "somebody")
                    try tx.run(SQL(text: Duty.table.insertText, values: duty.values))
                }
                return 0
            }
        }
    }
}
