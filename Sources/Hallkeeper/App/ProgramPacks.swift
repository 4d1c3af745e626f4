import Foundation
import Regulation
import Store
import WorkCalendar

extension Program {
    /// The sentence of any error, in English, for the command line.
    package static func sentence(of error: any Error) -> String {
        switch error {
        case let refusal as Refusal: refusal.sentence.en
        case let problems as FormProblems: problems.fields.map { "\($0.field): \($0.sentence.en)" }.joined(separator: "\n")
        case let pack as PackMistakes: pack.mistakes.map(\.description).joined(separator: "\n")
        default: "\(error)"
        }
    }

    /// Prints every mistake; true when none is an error.
    package static func checkPack(_ folder: String, json: Bool) throws -> Bool {
        let read = PackReader.read(try PackFolder.read(folder))
        if json {
            let list = read.mistakes.map { mistake -> JSON in
                .object([
                    "file": .string(mistake.file), "line": .int(Int64(mistake.line)), "column": .int(Int64(mistake.column)),
                    "severity": .string(mistake.severity.rawValue), "text": .string(mistake.sentence.en), "textZh": .string(mistake.sentence.zh),
                    "hint": mistake.hint.map { .string($0) } ?? .null,
                ])
            }
            print(JSON.object(["mistakes": .array(list)]).text)
        } else {
            for mistake in read.mistakes { print((mistake.severity == .warning ? "warning: " : "") + mistake.description) }
            if let pack = read.pack {
                print("\(pack.company.pack) \(pack.company.edition): \(pack.clauses.count) clauses, \(pack.rules.count) rules, \(pack.forms.count) forms, \(pack.events.filter { !$0.isProgram }.count) events")
            }
        }
        return read.pack != nil
    }

    private static func pack(_ folder: String) throws -> (Pack, [PackFile]) {
        let files = try PackFolder.read(folder)
        let read = PackReader.read(files)
        guard let pack = read.pack else { throw PackMistakes(mistakes: read.mistakes) }
        return (pack, files)
    }

    /// What the program can do by itself today.
    static let capabilities = Coverage.Capabilities(
        events: Set([
            "duty.done", "duty.missed", "duty.overdue", "duty.waived", "finding.recorded", "finding.rectified", "finding.rechecked",
            "qualification.granted", "trait.answered", "place.closed", "roster.changed", "complaint.recorded", "complaint.passed-down", "complaint.cleared", "complaint.ready",
            "misconduct.recorded", "item.registered", "item.changed", "item.renewed", "item.retired",
        ]).union(ComplaintAct.allCases.compactMap(\.event)), acts: ["complaints"], gates: ["role-filled", "trained", "signed-by"], expiries: ["qualification", "items"])

    /// Coverage of a pack, computed: a month of a utility with every trait is lived, and what it ended is counted.
    package static func coverage(_ folder: String, json: Bool) async throws -> String {
        let (pack, files) = try pack(folder)
        // December holds the end of a month, a quarter and a year.
        guard let first = Day("2025-12-01") else { return "" }
        let report = try await simulate(halls: 1, from: first, days: 31, seed: 7, files: files, prove: false, everything: true)
        // Seasons of other months are lived too, so that summer rules are seen to end.
        var ended = report.ended
        if let summer = Day("2025-07-01") {
            ended.formUnion(try await simulate(halls: 1, from: summer, days: 10, seed: 8, files: files, prove: false, everything: true).ended)
        }
        let status = Coverage.status(pack, capabilities, ended: ended)
        guard json else {
            return status.map { clause in
                let waiting = clause.waitingFor.isEmpty ? "" : "  waiting for " + clause.waitingFor.joined(separator: ", ")
                return "\(clause.id)  \(clause.status.rawValue)\(waiting)"
            }.joined(separator: "\n") + "\n\(status.filter { $0.status == .runs }.count) run, \(status.filter { $0.status == .waiting }.count) wait, \(status.filter { $0.status == .definition }.count) define"
        }
        return JSON.object([
            "clauses": .array(
                status.map { clause in
                    .object([
                        "id": .string(clause.id), "status": .string(clause.status.rawValue), "rules": .array(clause.rules.map { .string($0) }),
                        "waitingFor": clause.waitingFor.isEmpty ? .null : .string(clause.waitingFor.joined(separator: ", ")),
                    ])
                })
        ]).text
    }

    /// Halls to plan for: of a file, or one with every trait and one with none.
    private static func halls(_ pack: Pack, _ csv: String?) throws -> [(String, PlaceFacts)] {
        let calendar = StatutoryCalendar(layers: try ShippedCalendars.layers())
        func facts(_ code: String, _ hours: String, _ traits: Set<String>) throws -> (String, PlaceFacts) {
            let parsed: OpeningHours
            do { parsed = try OpeningHours(parsing: hours) } catch { throw ProgramError("\(code): \(error.sentence.en)") }
            var answers: [String: TraitAnswer] = [:]
            for trait in pack.traits {
                answers[trait.id] = TraitAnswer(conditions: trait.hasTwoAnswers ? traits.contains(trait.id) : nil, installed: traits.contains(trait.id))
            }
            return (code, PlaceFacts(id: code, kind: "hall", traits: answers, unit: WorkUnit(name: code, hours: parsed, zone: Zone(pack.company.zone) ?? .shanghai, calendar: calendar)))
        }
        guard let csv else {
            let hours = "Mo-Fr 08:30-17:30; Sa,Su 09:00-16:30"
            return [try facts("every-trait", hours, Set(pack.traits.map(\.id))), try facts("no-trait", hours, [])]
        }
        return try CSVFile(csv: csv).rows.map { row in
            let traits = Set((row["traits"] ?? "").split(separator: " ").map(String.init))
            return try facts(row["code"] ?? row["name"] ?? "hall", row["hours"].flatMap { $0.isEmpty ? nil : $0 } ?? "Mo-Fr 08:30-17:30", traits)
        }
    }

    package static func plan(_ folder: String, day: Day, halls csv: String?) throws -> String {
        let (pack, _) = try pack(folder)
        return try halls(pack, csv).map { code, facts in
            let plans = DutyPlan.duties(pack, at: facts, on: day) { _ in [] }.sorted { ($0.due, $0.rule) < ($1.due, $1.rule) }
            return "\(code) \(day): \(plans.count) duties\n"
                + plans.map { plan in
                    "  \(facts.unit.zone.text(plan.due))  \(plan.rule)\(plan.subject.isEmpty ? "" : " [\(plan.subject)]")  \(plan.occasion)  \(plan.role)  \(pack.rule(plan.rule)?.title.en ?? "")"
                }.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// What another edition changes: of the pack, then which duties of which halls. The halls are those of a database, of
    /// a file, or one with every trait and one with none.
    package static func diff(_ old: String, _ new: String, from day: Day?, halls csv: String?, _ configuration: Configuration?) async throws -> String {
        let (before, _) = try pack(old)
        let (after, files) = try pack(new)
        var lines: [String] = []
        var unchanged = 0
        for change in PackDiff.diff(before, after) {
            if change.kind == .unchanged { unchanged += 1 } else { lines.append("\(change.kind.rawValue)  \(change.noun.rawValue) \(change.id)  \(change.detail.en)") }
        }
        lines.append("\(unchanged) unchanged")
        if let configuration {
            let hall = try await hall(configuration)
            let first = day ?? hall.zone.day(of: hall.clock.now)
            let preview = try await hall.store.read { tx in
                try PackPreview(from: before, to: PackInForce(hash: Publishing.hash(files), pack: after), on: first, hall: hall, tx)
            }
            for group in preview.groups {
                let names = group.places.map(\.name.en).joined(separator: ", ")
                lines += group.effect.lines.map { "\(names): \(effect($0))" }
                lines += group.lacking.map { "\($0.places.map(\.name.en).joined(separator: ", ")): nobody is \(after.role($0.role)?.name.en ?? $0.role)" }
            }
            if preview.left > 0 { lines.append("\(preview.left) more kinds of place were not worked out") }
            await hall.store.close()
        } else {
            let first = day ?? Day("2026-03-02") ?? Day(number: 20_514)
            for (name, facts) in try halls(after, csv) {
                let effect = PackEffect(from: before, to: after, at: facts, first: first, days: PackPreview.days) { _ in ["anybody"] }
                lines += effect.lines.map { "\(name): \(Self.effect($0))" }
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func effect(_ line: PackEffect.Line) -> String {
        "\(line.kind.rawValue)  \(line.rule)\(line.count > 0 ? "  \(line.count)× in \(PackPreview.days) days" : "")  \(line.detail.en)"
    }

    package static func publish(_ configuration: Configuration, _ folder: String, from day: Day) async throws -> String {
        let hall = try await hall(configuration)
        let hash = try await Publishing(hall: hall).publish(try PackFolder.read(folder), from: day, by: .machine("command"), at: hall.clock.now)
        await hall.close()
        return "published \(hash.prefix(12)), in force from \(day)"
    }
}

extension SimulationReport {
    package var text: String {
        var lines = [
            "\(duties) duties: \(done) on time, \(late) late, \(missed) missed, \(waived) waived, \(notRequired) not required, \(open) open",
            "\(escalations) steps of ladders, \(entries) entries, ledger \(ledgerHash.prefix(16)), \(String(format: "%.1f", seconds)) s",
        ]
        for (sentence, count) in refusals.sorted(by: { $0.value > $1.value }).prefix(12) { lines.append("refused \(count)×: \(sentence)") }
        lines += violations.map { "VIOLATION: \($0)" }
        if violations.isEmpty { lines.append("no violations") }
        return lines.joined(separator: "\n")
    }
}
