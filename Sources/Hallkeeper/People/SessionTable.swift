import Store
import WorkCalendar

/// Sessions as rows: revocable, found by the hash of their token.
extension Sessions {
    /// A new session; gives the token for the cookie, which stands nowhere here.
    func begin(_ person: Person.ID, at now: Instant) async throws -> String {
        let token = Hash.hex(hall.chance(32))
        let (hash, id, csrf) = (Hash.sha256(hex: token), Hash.hex(hall.chance(8)), Hash.hex(hall.chance(16)))
        let ends = now.adding(minutes: Self.lifetimeMinutes)
        _ = try await hall.store.write { tx in
            try tx.run(
                """
                insert into session (token, id, person, csrf, created, seen, ends, revoked)
                values (\(hash), \(id), \(person), \(csrf), \(now), \(now), \(ends), null)
                """)
        }
        return token
    }

    /// Whose session this token was, when it ended by its time alone and not long ago; nil for one signed out or unknown.
    func lapsed(_ token: String, at now: Instant) async throws -> Person.ID? {
        let (hash, since) = (Hash.sha256(hex: token), now.adding(minutes: -Self.graceMinutes))
        return try await hall.store.read { tx in
            try tx.one(
                """
                select session.person as person from session join person on person.person = session.person and person.active = 1
                where token = \(hash) and revoked is null and ends <= \(now) and ends > \(since)
                """)?.text("person")
        }
    }

    /// The session of a token, with who it is and what they may today; nil when it has ended or was revoked.
    func find(_ token: String, at now: Instant) async throws -> (SessionFacts, Viewer)? {
        let hash = Hash.sha256(hex: token)
        return try await hall.store.read { [hall] tx in
            let session = try hall.standing.session(hash, tx) {
                try tx.one("select id, person, csrf, ends from session where token = \(hash) and revoked is null").map {
                    StandingShelf.KnownSession(id: try $0.text("id"), person: try $0.text("person"), csrf: try $0.text("csrf"), ends: try $0.instant("ends"))
                }
            }
            guard let session, session.ends > now,
                let viewer = try ViewerFinder(tx: tx, hall: hall).viewer(session.person, on: hall.zone.day(of: now))
            else { return nil }
            return (SessionFacts(id: session.id, person: viewer.person.id, csrf: session.csrf), viewer)
        }
    }

    func end(_ id: String, at now: Instant) async throws {
        _ = try await hall.store.write { tx in try tx.run("update session set revoked = \(now) where id = \(id)") }
    }
}
