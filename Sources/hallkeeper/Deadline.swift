import ArgumentParser
import Foundation
import Hallkeeper
import WorkCalendar

/// `hallkeeper deadline START RULE …`: when is it due, and why; or a file of cases, checked.
struct DeadlineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadline", abstract: "When is it due, and why; or check a file of cases.")

    @Argument(help: "start, e.g. 2026-03-03T10:12 or with an offset") var start: String?
    @Argument(help: "min:45, hour:24, wd:3, day:7, month:1, year:5, between:END") var rule: String?
    @Option(help: "office, hall, h24, or opening hours in OpenStreetMap's notation") var unit = "office"
    @Option(help: "midnight, cutoff, service, noroll; several separated by spaces") var option = ""
    @Option(help: "time zone") var zone = "Asia/Shanghai"
    @Option(help: "a CSV file of cases: prints each failing row, then 'N passed, M failed'") var cases: String?
    @Flag(help: "print JSON") var json = false
    @OptionGroup var place: DatabaseOptions

    func run() async throws {
        let calendar = StatutoryCalendar(layers: try ShippedCalendars.layers())
        if let cases {
            let text = try readText(cases)
            let result: (passed: Int, failures: [String])
            do { result = try DeadlineCases.run(csv: text, calendar: calendar) } catch { throw plain(error) }
            for failure in result.failures { print(failure) }
            print("\(result.passed) passed, \(result.failures.count) failed")
            if !result.failures.isEmpty { throw ExitCode.failure }
            return
        }
        guard let start, let rule else { throw ValidationError("give START and RULE, or --cases FILE") }
        do {
            let question = try DeadlineQuestion(
                start: start, rule: rule, unit: unit, options: option, zone: zone, holidays: "", works: "")
            let answer = try question.answer(calendar: calendar)
            print(json ? answer.json : answer.text)
            if !json { for reason in answer.reasons { print("  \(reason.en)  ·  \(reason.zh)") } }
        } catch { throw plain(error) }
    }
}
