import ArgumentParser
import Foundation
import Hallkeeper
import WorkCalendar

struct PackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack", abstract: "Check, compare, plan and publish rulebooks.",
        subcommands: [Check.self, CoverageOf.self, Plan.self, Diff.self, Publish.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every mistake with file, line and column.")
        @Argument(help: "folder of the pack") var folder: String
        @Flag(help: "print JSON") var json = false
        @OptionGroup var place: DatabaseOptions

        func run() async throws {
            do { if try !Program.checkPack(folder, json: json) { throw ExitCode.failure } } catch { throw plain(error) }
        }
    }

    struct CoverageOf: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "coverage", abstract: "Which clauses run, and what the others wait for.")
        @Argument(help: "folder of the pack") var folder: String
        @Flag(help: "print JSON") var json = false
        @OptionGroup var place: DatabaseOptions

        func run() async throws {
            do { print(try await Program.coverage(folder, json: json)) } catch { throw plain(error) }
        }
    }

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What a day asks of halls.")
        @Argument(help: "folder of the pack") var folder: String
        @Option(help: "the day, YYYY-MM-DD") var day: String
        @Option(help: "CSV of halls: code,name,hours,traits (traits separated by spaces)") var halls: String?
        @OptionGroup var place: DatabaseOptions

        func run() async throws {
            guard let day = Day(day) else { throw ValidationError("a day is written YYYY-MM-DD") }
            do { print(try Program.plan(folder, day: day, halls: try halls.map(readText))) } catch { throw plain(error) }
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What another edition changes, and which duties of which halls.")
        @Argument(help: "folder of the old pack") var old: String
        @Argument(help: "folder of the new pack") var new: String
        @Option(help: "the day it would come into force, YYYY-MM-DD") var from: String?
        @Option(help: "CSV of halls: code,name,hours,traits (default: the halls of the database, else two made-up ones)") var halls: String?
        @OptionGroup var place: DatabaseOptions

        func run() async throws {
            let day = try from.map { text in
                guard let day = Day(text) else { throw ValidationError("a day is written YYYY-MM-DD") }
                return day
            }
            let configuration = halls == nil && !place.flags.isEmpty ? place.configuration() : nil
            do { print(try await Program.diff(old, new, from: day, halls: try halls.map(readText), configuration)) } catch { throw plain(error) }
        }
    }

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a version into the database, in force from a day.")
        @Argument(help: "folder of the pack") var folder: String
        @Option(help: "the day, YYYY-MM-DD") var from: String
        @OptionGroup var place: DatabaseOptions

        func run() async throws {
            guard let day = Day(from) else { throw ValidationError("a day is written YYYY-MM-DD") }
            do { print(try await Program.publish(place.configuration(), folder, from: day)) } catch { throw plain(error) }
        }
    }
}

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Live days of halls from a seed, and check what must hold.")
    @Option(help: "how many halls") var halls = 3
    @Option(help: "first day, YYYY-MM-DD") var from = "2026-01-01"
    @Option(help: "how many days") var days = 7
    @Option(help: "seed") var seed: UInt64 = 1
    @Option(help: "folder of the pack (default: the shipped one)") var pack: String?
    @Flag(help: "print JSON") var json = false
    @Flag(help: "several processes over one store, with whatever can go wrong (docs/rules/simulation.md)") var faults = false
    @Option(help: "with --faults: how many seeds, from --seed on") var seeds = 1
    @Flag(help: "with --faults: print what happens, line by line") var trace = false
    @Option(help: "with --faults: only these troubles, separated by semicolons") var only: String?
    @Flag(help: "with --faults: stop at the first seed in which something does not hold") var untilFound = false
    @Option(help: "with --faults: plant this fault between the program and its store") var plant: String?
    @OptionGroup var place: DatabaseOptions

    func run() async throws {
        if faults { return try await runFaults() }
        guard let day = Day(from) else { throw ValidationError("a day is written YYYY-MM-DD") }
        guard (1...1000).contains(halls), (1...3660).contains(days) else { throw ValidationError("halls 1–1000, days 1–3660") }
        let report: SimulationReport
        do {
            let files = try pack.map(PackFolder.read) ?? PackFolder.shipped()
            report = try await Program.simulate(halls: halls, from: day, days: days, seed: seed, files: files, database: place.database ?? "", data: place.data)
        } catch { throw plain(error) }
        print(json ? report.json : report.text)
        if !report.violations.isEmpty { throw ExitCode.failure }
    }

    private func runFaults() async throws {
        guard (1...40).contains(halls), (1...366).contains(days), (1...1_000_000).contains(seeds) else { throw ValidationError("halls 1–40, days 1–366, seeds 1–1000000") }
        if let plant, !TroubledRunner.plantable.contains(plant) { throw ValidationError("can be planted: \(TroubledRunner.plantable.joined(separator: "; "))") }
        let files = try pack.map(PackFolder.read) ?? PackFolder.shipped()
        let runner = try TroubledRunner(files: files)
        defer { runner.clear() }
        let troubles: [String]? = only?.split(separator: ";").map(String.init)
        let say: @Sendable (String) -> Void = { line in print(line) }
        let tell = trace ? say : nil
        var failed = false
        for number in 0..<UInt64(seeds) {
            let report = try await runner.live(seed: seed + number, halls: halls, days: days, only: troubles, fault: plant, tell: tell)
            print(json ? report.json : report.text)
            failed = failed || !report.violations.isEmpty
            if failed, untilFound { break }
        }
        if failed { throw ExitCode.failure }
    }
}
