/// Tables of worked cases, run row by row.
///
/// Columns in any order, absent ones empty: `id, start, rule, unit, holidays, works, zone, options, expected, flags`.
package enum DeadlineCases {
    /// Runs each row of a table on a calendar: how many pass, and a line for each that does not, with its id.
    /// Throws when the text is no such table.
    package static func run(
        csv: String, calendar: StatutoryCalendar
    ) throws -> (passed: Int, failures: [String]) {
        let table = try CaseTable(csv: csv)
        for needed in ["start", "rule", "expected"] where !table.columns.contains(needed) {
            throw CaseMistake(Text("缺少列“\(needed)”。", "The column “\(needed)” is missing."))
        }
        var passed = 0
        var failures: [String] = []
        for (index, row) in table.rows.enumerated() {
            if let failure = failure(of: row, calendar: calendar) {
                let name = row["id"].flatMap { $0.isEmpty ? nil : $0 } ?? "row \(index + 1)"
                failures.append("\(name): \(failure)")
            } else {
                passed += 1
            }
        }
        return (passed, failures)
    }

    /// What is wrong with a row; nil when it passes.
    private static func failure(of row: [String: String], calendar: StatutoryCalendar) -> String? {
        func field(_ name: String, else fallback: String = "") -> String {
            guard let value = row[name], !value.isEmpty else { return fallback }
            return value
        }
        let answer: DeadlineAnswer
        do {
            let question = try DeadlineQuestion(
                start: field("start"), rule: field("rule"), unit: field("unit", else: "office"),
                options: field("options"), zone: field("zone", else: "Asia/Shanghai"),
                holidays: field("holidays"), works: field("works"))
            answer = try question.answer(calendar: calendar)
        } catch {
            return "\(error)"
        }
        let expected = field("expected")
        guard matches(answer, expected) else { return "expected \(expected), got \(answer.text)" }
        // `amended` is a note; what is provisional must be reported as such, and nothing else may be.
        let flags = field("flags").split { $0.isWhitespace || ",;|+".contains($0) }
        let expectsProvisional = flags.contains("provisional")
        if expectsProvisional != answer.provisional {
            return expectsProvisional ? "expected provisional, got final" : "expected final, got provisional"
        }
        return nil
    }

    /// The same instant under the same offset; `24:00` and seconds of zero may be written either way.
    private static func matches(_ answer: DeadlineAnswer, _ expected: String) -> Bool {
        switch answer.result {
        case .minutes(let minutes): return Int(expected) == minutes
        case .due(let due):
            guard let written = WrittenInstant(expected), let offset = written.offsetMinutes else { return false }
            let instant = Instant(ms: written.localMs - Int64(offset) * 60_000)
            return instant == due && Int64(offset) * 60_000 == answer.zone.offset(at: due)
        }
    }
}
