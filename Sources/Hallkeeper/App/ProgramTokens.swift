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
}
