import ArgumentParser
import Hallkeeper

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "token", abstract: "Keys with which other programs come in.", subcommands: [Add.self, List.self, Revoke.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it; it is shown this once.")
        @Argument(help: "what it is for") var name: String
        @Option(help: "complaints:read or complaints:write; may be given several times") var scope: [String] = []
        @Option(help: "days it holds (default: until it is revoked)") var days: Int?
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { print(try await Program.addToken(place.configuration(), name: name, scopes: scope, days: days)) } catch { throw plain(error) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tokens that hold, with their scopes and until when; never the tokens themselves.")
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { for line in try await Program.tokens(place.configuration()) { print(line) } } catch { throw plain(error) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a token at once.")
        @Argument(help: "its name") var name: String
        @OptionGroup var place: DatabaseOptions
        func run() async throws {
            do { try await Program.revokeToken(place.configuration(), name: name) } catch { throw plain(error) }
        }
    }
}
