import Store
import WorkCalendar

extension Program {
    /// Makes a token for another program, also while the server runs; gives it, this once.
    package static func addToken(_ configuration: Configuration, name: String, scopes: [String], days: Int?) async throws -> String {
        let hall = try await hallBeside(configuration)
        let token = "hk_" + Hash.hex(chance(24))
        try await hall.act(by: .machine("command"), at: hall.clock.now) { act in try APIToken.add(name, scopes: scopes, days: days, token: token, act) }
        hall.credentials.stop()
        await hall.close()
        return token
    }

    /// Ends a token at once, also while the server runs.
    package static func revokeToken(_ configuration: Configuration, name: String) async throws -> String {
        let hall = try await hallBeside(configuration)
        try await hall.act(by: .machine("command"), at: hall.clock.now) { act in try APIToken.revoke(name, act) }
        hall.credentials.stop()
        await hall.close()
        return "\(name) is refused from now on"
    }

    /// Every token that holds: name, scopes, until when.
    package static func tokens(_ configuration: Configuration) async throws -> [String] {
        let hall = try await hallBeside(configuration)
        let now = hall.clock.now
        let rows = try await hall.store.read { tx in
            try tx.rows("select name, scopes, ends from api_token where ended is null order by name").map { (try $0.text("name"), try $0.text("scopes"), try $0.optionalInstant("ends")) }
        }
        hall.credentials.stop()
        await hall.close()
        return rows.map { name, scopes, ends in "\(name)  \(scopes)  " + (ends.map { ($0 <= now ? "ended " : "until ") + $0.utc } ?? "until revoked") }
    }
}
