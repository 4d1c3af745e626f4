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

    /// A new password, a new PIN, or both (nil leaves what there is), hashed. Refuses what is too short to keep.
    func secrets(password: String? = nil, pin: String? = nil) async throws -> Secrets {
        if let password, password.count < 8 {
            throw FormProblems(fields: [("password", Text("密码至少 8 个字符。", "A password has at least 8 characters."))])
        }
        if let pin, pin.count < 4 || pin.count > 8 || !pin.allSatisfy(\.isNumber) {
            throw FormProblems(fields: [("pin", Text("PIN 为 4–8 位数字。", "A PIN has 4 to 8 digits."))])
        }
        var secrets = Secrets()
        if let password { secrets.password = try await hall.credentials.hash(password) }
        if let pin { secrets.pin = try await hall.credentials.hash(pin) }
        return secrets
    }

    /// Gives the person whose name and password fit. After five failures the name is locked for fifteen minutes; the
    /// sentence is the same whether the name exists or not, and a wrong name costs as much time as a wrong password.
    func signIn(login: String, password: String, at now: Instant) async throws -> Person {
        let found = try await hall.store.read { tx -> (Person, String)? in
            guard
                let row = try tx.one(
                    """
                    select person.*, credential.password as secret from person
                    join credential on credential.person = person.person where login = \(login) and active = 1
                    """)
            else { return nil }
            return (try Person(row: row), try row.text("secret"))
        }
        let wrong = Refusal.wrongSecret(Text("登录名或密码不对。", "The name or the password is not right."))
        guard let (person, secret) = found else {
            _ = try await hall.credentials.hash(password)
            throw wrong
        }
        guard try await isRight(password, against: secret, of: person.id, at: now) else { throw wrong }
        return person
    }

    /// Whether a secret fits. The try is counted before it is looked at, so that many at once are not one: the fifth that fails
    /// locks password and PIN for fifteen minutes, and what comes meanwhile is refused unread. One that fits forgets the others.
    private func isRight(_ given: String, against secret: String, of person: Person.ID, at now: Instant) async throws -> Bool {
        let (last, lock) = (Self.failuresBeforeLock - 1, now.adding(minutes: Self.lockMinutes))
        let until = try await hall.store.write { tx -> Int64? in
            let counted = try tx.run(
                """
                update credential set locked_until = case when failures < \(last) then locked_until else \(lock) end,
                failures = case when failures < \(last) then failures + 1 else 0 end where person = \(person) and locked_until <= \(now)
                """)
            return counted > 0 ? nil : try tx.one("select locked_until from credential where person = \(person)")?.int("locked_until") ?? now.ms
        }
        if let until {
            let minutes = max(1, (until - now.ms + 59_999) / 60_000)
            throw Refusal.tooMany(Text("试错太多，请 \(minutes) 分钟后再试。", "Too many tries; again in \(minutes) min."))
        }
        guard try await hall.credentials.verify(given, against: secret) else { return false }
        _ = try await hall.store.write { tx in try tx.run("update credential set failures = 0, locked_until = 0 where person = \(person)") }
        return true
    }

    /// Whether the PIN is this person's: for signatures and the switch on a shared counter PC. Counts failures as sign-in does.
    func isPIN(_ pin: String, of person: Person.ID, at now: Instant) async throws -> Bool {
        guard let secret = try await hall.store.read({ tx in try tx.one("select pin from credential where person = \(person)")?.text("pin") }), !secret.isEmpty else { return false }
        return try await isRight(pin, against: secret, of: person, at: now)
    }

    /// What somebody proves with that it is them: their password, their PIN where they have no password yet, or nothing where
    /// they have neither.
    enum Known: String { case password, pin, nothing }

    static func known(to person: Person.ID, _ tx: any Reading) throws -> (kind: Known, secret: String) {
        guard let row = try tx.one("select password, pin from credential where person = \(person)") else { return (.nothing, "") }
        let (password, pin) = (try row.text("password"), try row.text("pin"))
        return password.isEmpty ? (pin.isEmpty ? .nothing : .pin, pin) : (.password, password)
    }

    /// Whether whoever sits there is the one who is signed in.
    func isThem(_ given: String, person: Person.ID, at now: Instant) async throws -> Bool {
        let known = try await hall.store.read { tx in try Self.known(to: person, tx) }
        if known.kind == .nothing { return true }
        return try await isRight(given, against: known.secret, of: person, at: now)
    }
}

/// A password and a PIN as they are kept; nil leaves what there is. Hashed before the act that keeps them, since hashing takes
/// long and an act holds the writer.
struct Secrets: Sendable {
    var password: String?
    var pin: String?
}
