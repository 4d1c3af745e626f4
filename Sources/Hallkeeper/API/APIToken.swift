import Foundation
import Store
import WorkCalendar

/// What another program may, by the token it shows: scopes, until when. The token itself is shown once and kept nowhere.
struct APIToken: Sendable {
    static let scopes = ["complaints:read", "complaints:write"]
    var name: String
    var scopes: Set<String>

    /// Writing includes reading what one has written about.
    func may(_ scope: String) -> Bool { scopes.contains(scope) || (scope == "complaints:read" && scopes.contains("complaints:write")) }

    /// The token of a request; nil when there is none that holds at that moment.
    static func find(_ request: Request, _ hall: Hallkeeper, at now: Instant) async throws -> APIToken? {
        guard let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") else { return nil }
        let hash = Hash.sha256(hex: String(header.dropFirst("bearer ".count)).trimmingCharacters(in: .whitespaces))
        return try await hall.store.read { tx in
            // A program signs in without a session: what its acts ask of what seldom changes is on the shelf from here on.
            try hall.standing.open(tx)
            return try tx.one("select name, scopes from api_token where hash = \(hash) and ended is null and (ends is null or ends > \(now))").map {
                APIToken(name: try $0.text("name"), scopes: Set(try $0.text("scopes").split(separator: ",").map(String.init)))
            }
        }
    }

    /// Makes one; an entry says so, without the token. Refuses a name in use and scopes nobody knows.
    static func add(_ name: String, scopes: [String], days: Int?, token: String, _ act: HallAct) throws {
        for scope in scopes where !Self.scopes.contains(scope) {
            throw Refusal.invalid(field: "scope", Text("没有“\(scope)”这个权限。", "There is no scope “\(scope)”: \(Self.scopes.joined(separator: ", "))."))
        }
        guard !scopes.isEmpty else { throw Refusal.invalid(field: "scope", Text("至少要一个权限。", "At least one scope is needed.")) }
        guard !name.isEmpty, name.count <= 80 else { throw Refusal.invalid(field: "name", Text("名称 1 到 80 个字。", "A name has 1 to 80 characters.")) }
        guard try act.act.one("select 1 as one from api_token where name = \(name) and ended is null") == nil else {
            throw Refusal.conflict(Text("已有叫“\(name)”的密钥。", "There is a token called “\(name)” already."))
        }
        let company = try act.company().id
        let (hash, list, ends) = (Hash.sha256(hex: token), scopes.joined(separator: ","), days.map { act.now.adding(minutes: $0 * 1440) })
        try act.enter(Event(kind: "token.added", at: act.now, fields: ["name": name, "scopes": list]), at: company)
        try act.act.run("insert into api_token (hash, name, scopes, made, ends) values (\(hash), \(name), \(list), \(act.now), \(ends))")
    }

    /// Ends one; a program that shows it from now on is refused.
    static func revoke(_ name: String, _ act: HallAct) throws {
        let company = try act.company().id
        try act.enter(Event(kind: "token.revoked", at: act.now, fields: ["name": name]), at: company)
        guard try act.act.run("update api_token set ended = \(act.now) where name = \(name) and ended is null") > 0 else { throw Refusal.notFound }
    }
}
