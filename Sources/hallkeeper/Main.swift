import ArgumentParser
import Foundation
import Hallkeeper

@main
struct Hallkeeper: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hallkeeper", abstract: "Runs a utility's service halls by their own rulebook.",
        subcommands: [
            Serve.self, Demo.self, PackCommand.self, DeadlineCommand.self, Simulate.self, Verify.self, Seals.self, KeyCommand.self, Scrub.self, BackupCommand.self, Restore.self, Move.self, Migrate.self, PlaceCommand.self, PersonCommand.self,
            RosterCommand.self, ItemCommand.self, CustomerCommand.self, CalendarCommand.self, UserCommand.self, TokenCommand.self, CaseCommand.self, Config.self,
        ])
}

/// Where the database is; every command takes these.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "folder of the SQLite database (default: data)") var data: String?
    @Option(help: "postgresql:// address instead of a folder") var database: String?

    var flags: [String: String] {
        var flags: [String: String] = [:]
        if let data { flags["data"] = data }
        if let database { flags["database"] = database }
        return flags
    }

    func configuration(_ more: [String: String] = [:]) -> Configuration {
        Program.configuration(flags.merging(more) { _, new in new })
    }
}

/// A file's text; `-` is standard input.
func readText(_ path: String) throws -> String {
    if path == "-" { return String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self) }
    guard let data = FileManager.default.contents(atPath: path) else { throw ProgramError("cannot read \(path)") }
    return String(decoding: data, as: UTF8.self)
}

/// The sentence of an error, for the command line.
func plain(_ error: any Error) -> any Error {
    error is ProgramError || error is ExitCode || error is ValidationError ? error : ProgramError(Program.sentence(of: error))
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve the database to browsers.")
    @OptionGroup var place: DatabaseOptions
    @Option(help: "port to listen on") var port: Int?
    @Option(help: "address to listen on") var host: String?
    @Option(help: "groups of routes: staff,public,api,display") var groups: String?
    @Option(help: "file of the key that signs the ledger's seals") var ledgerKey: String?
    @Option(help: "folder for a backup every night") var backups: String?

    func run() async throws {
        var more: [String: String] = [:]
        if let port { more["port"] = String(port) }
        if let host { more["host"] = host }
        if let groups { more["groups"] = groups }
        if let ledgerKey { more["ledger-key"] = ledgerKey }
        if let backups { more["backups"] = backups }
        do { try await Program.serve(place.configuration(more)) } catch { throw plain(error) }
    }
}

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve a made-up utility with thirty days of history.")
    @OptionGroup var place: DatabaseOptions
    @Option(help: "port to listen on") var port: Int?
    @Option(help: "address to listen on") var host: String?
    @Option(help: "folder of the pack (default: the shipped one)") var pack: String?
    @Option(help: "days of history") var days = 30

    func run() async throws {
        var more: [String: String] = [:]
        if let port { more["port"] = String(port) }
        if let host { more["host"] = host }
        do { try await Program.demo(place.configuration(more), pack: pack, days: max(0, min(days, 400))) } catch { throw plain(error) }
    }
}

struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every setting, its value and where it came from.")
    @OptionGroup var place: DatabaseOptions

    func run() async throws {
        for setting in place.configuration().settings {
            print("\(setting.name) = \(setting.value.isEmpty ? "–" : setting.value)  (\(setting.source))  \(setting.about)")
        }
    }
}
