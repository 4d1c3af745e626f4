import ArgumentParser
import Foundation
import Hallkeeper
import WorkCalendar

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check the ledger and every table kept by it.")
    @OptionGroup var place: DatabaseOptions
    @Option(help: "a printed seal, CHAIN:SEQ:HASH; may be given several times") var seal: [String] = []
    @Option(help: "file of the public key that checks the signatures of seals") var publicKey: String?
    @Option(help: "file of the key that signs; its public half checks") var ledgerKey: String?

    func run() async throws {
        let isWhole: Bool
        do {
            isWhole = try await Program.verify(place.configuration(ledgerKey.map { ["ledger-key": $0] } ?? [:]), seals: seal, publicKey: publicKey)
        } catch { throw plain(error) }
        if !isWhole { throw ExitCode.failure }
    }
}

struct Seals: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the newest seal of every hall, for keeping outside the database.")
    @OptionGroup var place: DatabaseOptions
    @Option(help: "as they stood at the end of this day, YYYY-MM-DD") var day: String?

    func run() async throws {
        let wanted = day.flatMap { Day($0) }
        if day != nil, wanted == nil { throw ValidationError("a day is written YYYY-MM-DD") }
        do { for line in try await Program.seals(place.configuration(), day: wanted) { print(line) } } catch { throw plain(error) }
    }
}

struct Scrub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take off the disk what the law had erased, now instead of by night.")
    @OptionGroup var place: DatabaseOptions

    func run() async throws {
        do { print(try await Program.scrub(place.configuration())) } catch { throw plain(error) }
    }
}

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "key", abstract: "The key that signs the ledger's seals.", subcommands: [Make.self])
    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key; the public half gets the ending .pub.")
        @Argument(help: "file to make") var file: String
        func run() async throws {
            do { print(try Program.makeKey(file)) } catch { throw plain(error) }
        }
    }
}
