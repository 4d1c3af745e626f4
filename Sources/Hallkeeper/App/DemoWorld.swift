import Foundation
import Logging
import Regulation
import Store
import WorkCalendar

/// The demo utility: founded once, lived for thirty days through the program's own acts, then going on where its clock stood.
enum DemoWorld {
    static let password = "demo-hallkeeper"
    static let pin = "1234"
    /// The Monday at which the demo begins for its visitor.
    static let monday = Day("2026-11-23") ?? Day(number: 20_780)

    /// Whom to try: one of each kind that sees something else.
    static func tries(_ hall: Hallkeeper, _ w: Words) async throws -> [SignInPage.Try] {
        let wanted = ["guide-chengnan", "guard-chengnan", "cleaner-chengnan", "cashier-chengnan", "director-chengnan", "shift-lead", "inspector", "enterprise", "safety", "leader", "administrator"]
        let day = hall.zone.day(of: hall.clock.now)
        let rows = try await hall.store.read { [hall] tx in
            let pack = try hall.packs.inForce(on: day, tx)?.pack
            return try tx.rows(
                """
                select person.login as login, min(role_holder.role) as role, place.name_zh as zh, place.name_en as en from person
                join role_holder on role_holder.person = person.person join place on place.place = role_holder.place
                where person.login in \(list: wanted) group by person.login, place.name_zh, place.name_en
                """
            ).map { row -> (String, Text) in
                let login = try row.text("login")
                let name = pack?.role(login.split(separator: "-chengnan").first.map(String.init) ?? login)?.name ?? Text(login, login)
                let place = Text(try row.text("zh"), try row.text("en"))
                return (login, name == place ? name : Text(name.zh + " · " + place.zh, name.en + " · " + place.en))
            }
        }
        return wanted.compactMap { login in rows.first { $0.0 == login }.map { SignInPage.Try(login: $0.0, label: w($0.1)) } }
    }

    /// Founds and lives the demo on an empty database; gives the moment at which its clock stands.
    static func live(_ hall: Hallkeeper, clock: StandingClock, files: [PackFile], days: Int = 30, say: (String) -> Void) async throws {
        let first = monday.adding(days: -days)
        _ = clock.move(to: hall.zone.instant(first, minute: 0))
        let notices = try ShippedCalendars.texts()
        var founder = WorldFounder(hall: hall, files: files, notices: notices, starts: first, chance: Chance(seed: 20_261_123))
        let world = try await founder.found(halls: 3, at: clock.now)
        let photo = try await hall.blobs.keep(try StandInPicture.jpeg(0x8AA39B), media: "image/jpeg", at: clock.now)
        // One hash serves everybody: these sign-ins exist only in a database whose clock is made up.
        let (secret, pinSecret) = (try await hall.credentials.hash(password), try await hall.credentials.hash(pin))
        let people = Set(world.residents.map(\.person)).sorted()
        _ = try await hall.store.write { tx in
            for person in people {
                try tx.run(
                    "insert into credential (person, password, pin, failures, locked_until) values (\(person), \(secret), \(pinSecret), 0, 0) on conflict (person) do nothing")
            }
            return try tx.run("insert into setting (name, value) values ('clock', 'demo') on conflict (name) do nothing")
        }
        try await OldCases.take(hall, at: clock.now)
        if let place = world.halls.first { try await DemoPlan.make(at: place, hall, by: .person(world.administrator), at: clock.now) }
        let simulation = Simulation(hall: hall, clock: clock, world: world, chance: Chance(seed: 42), photo: photo)
        for number in 0..<days {
            try await simulation.live(from: first.adding(days: number), days: 1)
            if number % 5 == 4 { say("  \(number + 1)/\(days)") }
        }
        // The Monday itself until it is nearly nine: the opening round is on, some of it done.
        try await simulation.live(from: monday, days: 1, until: hall.zone.instant(monday, minute: 8 * 60 + 57))
        try await remember(hall)
    }

    /// Writes where the clock stands, so that the next start goes on from there.
    static func remember(_ hall: Hallkeeper) async throws {
        guard hall.clock.isMadeUp else { return }
        let now = String(hall.clock.now.ms)
        _ = try await hall.store.write { tx in
            try tx.run("insert into setting (name, value) values ('now', \(now)) on conflict (name) do update set value = excluded.value")
        }
    }
}
