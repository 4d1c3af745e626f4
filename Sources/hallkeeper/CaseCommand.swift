import ArgumentParser
import Foundation
import Hallkeeper

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "complaint", abstract: "Cases.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take old cases in from a CSV file (UTF-8, GB18030): history, nothing is owed about them. The same file twice adds nothing.")
        @Argument(help: "file, or - for standard input") var file: String
        @Option(help: "FIELD=COLUMN, e.g. text=正文; may be given several times (default: by the heads)") var column: [String] = []
        @Option(help: "FIELD:WORD=ID, e.g. channel:网站=web; may be given several times") var value: [String] = []
        @Option(help: "FIELD=ID where nothing is said, e.g. kind=OT3; may be given several times") var `default`: [String] = []
        @Flag(help: "only say what would be") var dry = false
        @OptionGroup var place: DatabaseOptions

        func run() async throws {
            let data = file == "-" ? try FileHandle.standardInput.readToEnd() : FileManager.default.contents(atPath: file)
            guard let data else { throw ProgramError("cannot read \(file)") }
            do {
                print(
                    try await Program.importCases(
                        place.configuration(), [UInt8](data), name: file == "-" ? "" : URL(fileURLWithPath: file).lastPathComponent, columns: column, values: value, defaults: `default`, dry: dry))
            } catch { throw plain(error) }
        }
    }
}
