import Store
import WorkCalendar

/// Ends live lines when what they rest on has ended: a session signed out here or at another process, a screen's token
/// taken back, a role given or taken. Whoever may still listen asks again by themselves.
struct Listening: Sendable {
    let hall: Hallkeeper
    private static let page = 200
    private static let aboutPeople = ["role.given", "role.ended", "roster.changed", "person.deactivated"]

    func sweep(at now: Instant) async throws {
        let ears = hall.hub.ears
        let changed = try await changed()
        guard !ears.isEmpty else { return }
        var (sessions, screens): ([String: String], [String]) = ([:], [])
        for ear in ears {
            switch ear.ground {
            case .session(let id): sessions[id] = ear.person
            case .screen(let token): screens.append(token)
            }
        }
        let (people, tokens) = (Set(sessions.values).sorted(), screens.sorted())
        var (good, shown): (Set<String>, Set<String>) = ([], [])
        for from in stride(from: 0, to: people.count, by: Self.page) {
            let part = Array(people[from..<min(from + Self.page, people.count)])
            good.formUnion(try await hall.store.read { tx in
                try tx.rows("select id from session where person in \(list: part) and revoked is null and ends > \(now)").map { try $0.text("id") }
            })
        }
        for from in stride(from: 0, to: tokens.count, by: Self.page) {
            let part = Array(tokens[from..<min(from + Self.page, tokens.count)])
            shown.formUnion(try await hall.store.read { tx in
                try tx.rows("select token from device where token in \(list: part) and revoked is null").map { try $0.text("token") }
            })
        }
        let (alive, showing) = (good, shown)
        hall.hub.hangUp { ear in
            switch ear.ground {
            case .session(let id): !alive.contains(id) || changed.contains(ear.person)
            case .screen(let token): !showing.contains(token)
            }
        }
    }

    /// People whose roles changed since the last look.
    private func changed() async throws -> Set<Person.ID> {
        let since = hall.hub.seenEntry
        let rows = try await hall.store.read { tx in
            guard let since else { return try tx.rows("select id, kind, about from entry order by id desc limit 1").map { (try $0.text("id"), "", "") } }
            return try tx.rows("select id, kind, about from entry where id > \(since) order by id limit 2000").map { (try $0.text("id"), try $0.text("kind"), try $0.text("about")) }
        }
        if let last = rows.last { hall.hub.sawEntry(last.0) }
        return Set(rows.filter { Self.aboutPeople.contains($0.1) && $0.2.hasPrefix("person:") }.map { String($0.2.dropFirst("person:".count)) })
    }
}
