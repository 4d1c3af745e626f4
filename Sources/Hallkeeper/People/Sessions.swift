import Store
import WorkCalendar

/// Signing in and out. Sessions are revocable rows; tokens stand there only as hashes.
struct Sessions: Sendable {
    let hall: Hallkeeper
    static let lifetimeMinutes = 14 * 24 * 60
    /// So long after its end a session may be gone on with by PIN: a phone that was away with rounds not sent.
    static let graceMinutes = 14 * 24 * 60
    /// The browser holds the token as long as it may be good for anything.
    static let cookieMinutes = lifetimeMinutes + graceMinutes
    static let failuresBeforeLock = 5
    static let lockMinutes = 15

    /// Sets password and PIN of a person (nil leaves it); the ledger says that it changed, not to what.
    func setSecrets(of person: Person.ID, password: String?, pin: String?, by actor: Actor, at now: Instant) async throws {
        if let password, password.count < 8 {
            throw FormProblems(fields: [("password", Text("密码至少 8 个字符。", "A password has at least 8 characters."))])
        }
        if let pin, pin.count < 4 || pin.count > 8 || !pin.allSatisfy(\.isNumber) {
            throw FormProblems(fields: [("pin", Text("PIN 为 4–8 位数字。", "A PIN has 4 to 8 digits."))])
        }
        var passwordHash: String?
        if let password { passwordHash = try await hall.credentials.hash(password) }
        var pinHash: String?
        if let pin { pinHash = try await hall.credentials.hash(pin) }
        let (newPassword, newPIN) = (passwordHash, pinHash)
        try await hall.act(by: actor, at: now) { act in
            guard let row = try act.act.one("select place from person where person = \(person)") else { throw Refusal.notFound }
            try act.enter(Event(kind: "secret.changed", about: "person:\(person)", at: now), at: try row.text("place"))
            let old = try act.act.one("select * from credential where person = \(person)")
            let keptPassword = try newPassword ?? old?.text("password") ?? ""
            let keptPIN = try newPIN ?? old?.text("pin") ?? ""
            try act.act.run(
                """
                insert into credential (person, password, pin, failures, locked_until)
                values (\(person), \(keptPassword), \(keptPIN), 0, 0)
                on conflict (person) do update set password = excluded.password, pin = excluded.pin, failures = 0, locked_until = 0
                """)
        }
    }

    /// Gives the person whose name and password fit. After five failures the name is locked for fifteen minutes; the
    /// sentence is the same whether the name exists or not, and a wrong name costs as much time as a wrong password.
    func signIn(login: String, password: String, at now: Instant) async throws -> Person {
        let found = try await hall.store.read { tx -> (Person, String, Int64, Int64)? in
            guard
                let row = try tx.one(
                    """
                    select person.*, credential.password as secret, credential.failures as failures, credential.locked_until as locked_until
                    from person join credential on credential.person = person.person where login = \(login) and active = 1
                    """)
            else { return nil }
            return (try Person(row: row), try row.text("secret"), try row.int("failures"), try row.int("locked_until"))
        }
        let wrong = Refusal.wrongSecret(Text("登录名或密码不对。", "The name or the password is not right."))
        guard let (person, secret, failures, lockedUntil) = found else {
            _ = try await hall.credentials.hash(password)
            throw wrong
        }
        if lockedUntil > now.ms {
            let minutes = (lockedUntil - now.ms) / 60_000 + 1
            throw Refusal.tooMany(Text("试错太多，请 \(minutes) 分钟后再试。", "Too many tries; again in \(minutes) min."))
        }
        if try await hall.credentials.verify(password, against: secret) {
            if failures > 0 { try await count(0, until: 0, person.id) }
            return person
        }
        let next = failures + 1
        let lock = next >= Self.failuresBeforeLock ? now.adding(minutes: Self.lockMinutes).ms : 0
        try await count(lock > 0 ? 0 : next, until: lock, person.id)
        throw wrong
    }

    private func count(_ failures: Int64, until: Int64, _ person: Person.ID) async throws {
        _ = try await hall.store.write { tx in
            try tx.run("update credential set failures = \(failures), locked_until = \(until) where person = \(person)")
        }
    }

    /// Whether the PIN is this person's: for signatures and the switch on a shared counter PC. Counts failures as sign-in does.
    func isPIN(_ pin: String, of person: Person.ID, at now: Instant) async throws -> Bool {
        let row = try await hall.store.read { tx in
            try tx.one("select pin, failures, locked_until from credential where person = \(person)")
        }
        guard let row else { return false }
        if try row.int("locked_until") > now.ms {
            throw Refusal.tooMany(Text("试错太多，请稍后再试。", "Too many tries; please wait a little."))
        }
        if try await hall.credentials.verify(pin, against: try row.text("pin")) {
            if try row.int("failures") > 0 { try await count(0, until: 0, person) }
            return true
        }
        let next = try row.int("failures") + 1
        let lock = next >= Self.failuresBeforeLock ? now.adding(minutes: Self.lockMinutes).ms : 0
        try await count(lock > 0 ? 0 : next, until: lock, person)
        return false
    }
}
