import ArgumentParser
import Foundation
import Hallkeeper

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "backup", abstract: "Copy everything while the server runs; checked before it has its name.")
    @OptionGroup var place: DatabaseOptions
    @Option(help: "folder in which backups stand") var to: String
    @Option(help: "keep the newest of this many days") var daily = 7
    @Option(help: "keep the newest of this many weeks") var weekly = 5
    @Option(help: "keep the newest of this many months") var monthly = 12

    func run() async throws {
        guard daily >= 0, weekly >= 0, monthly >= 0 else { throw ValidationError("numbers to keep are not negative") }
        do { print(try await Program.backup(place.configuration(), to: to, daily: daily, weekly: weekly, monthly: monthly)) } catch { throw plain(error) }
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a data folder from a backup; checks all of it first.")
    @Argument(help: "a backup, or the folder in which they stand (then the newest)") var from: String
    @OptionGroup var place: DatabaseOptions

    func run() async throws {
        do { print(try await Program.restore(place.configuration(), from: from)) } catch { throw plain(error) }
    }
}
