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

struct Move: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring everything into another, empty database: from a folder to PostgreSQL, or back. Nobody may serve either meanwhile.")
    @Option(help: "data folder, or postgresql:// address") var from: String
    @Option(help: "data folder, or postgresql:// address; empty, or half of the same move") var to: String

    func run() async throws {
        do { print(try await Program.move(from: from, to: to) { print($0) }) } catch { throw plain(error) }
    }
}

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the tables of a database up to this program; serving does it too, where it may.")
    @OptionGroup var place: DatabaseOptions

    func run() async throws {
        do { print(try await Program.migrate(place.configuration())) } catch { throw plain(error) }
    }
}
