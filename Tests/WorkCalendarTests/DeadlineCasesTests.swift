import Testing

@testable import WorkCalendar

@Suite struct DeadlineCasesTests {
    @Test(arguments: [("deadlines.csv", 25), ("peer-clocks.csv", 133)])
    func `every row of the case files passes`(file: String, rows: Int) throws {
        let result = try DeadlineCases.run(csv: try Cases.text(file), calendar: Cases.calendar)
        #expect(result.failures == [])
        #expect(result.passed == rows)
    }

    @Test func `columns may stand in any order and absent ones are empty`() throws {
        let csv = "\u{FEFF}expected,rule,id,start\r\n\"2026-02-14T17:30+08:00\",wd:1,A,2026-02-13T16:00+08:00\r\n\r\n"
        let result = try DeadlineCases.run(csv: csv, calendar: Cases.calendar)
        #expect(result.passed == 1 && result.failures == [])
    }

    @Test func `a wrong row fails and names itself and both instants`() throws {
        let csv = "id,start,rule,expected\nA,2026-02-13T16:00+08:00,wd:1,2026-02-16T17:30+08:00\n"
        let result = try DeadlineCases.run(csv: csv, calendar: Cases.calendar)
        #expect(result.passed == 0)
        #expect(result.failures == ["A: expected 2026-02-16T17:30+08:00, got 2026-02-14T17:30+08:00"])
    }

    @Test func `the right instant under a wrong offset fails`() throws {
        let csv = "start,rule,expected\n2026-02-13T16:00+08:00,wd:1,2026-02-14T09:30+00:00\n"
        #expect(try DeadlineCases.run(csv: csv, calendar: Cases.calendar).passed == 0)
    }

    @Test(arguments: [
        ("2026-12-30T10:00+08:00,wd:3,2027-01-05T17:30+08:00,", false),
        ("2026-12-30T10:00+08:00,wd:3,2027-01-05T17:30+08:00,provisional", true),
        ("2026-03-03T10:12+08:00,wd:1,2026-03-04T17:30+08:00,provisional", false),
        ("2026-03-03T10:12+08:00,wd:1,2026-03-04T17:30+08:00,amended", true),
    ])
    func `provisional must be flagged exactly where it is`(row: String, passes: Bool) throws {
        let result = try DeadlineCases.run(csv: "start,rule,expected,flags\n\(row)\n", calendar: Cases.calendar)
        #expect(result.passed == (passes ? 1 : 0), "\(result.failures)")
    }

    @Test(arguments: ["midnight cutoff", "midnight,cutoff", "cutoff; midnight", "cutoff|midnight"])
    func `several options are parted in any usual way`(options: String) throws {
        let answer = try DeadlineQuestion(start: "2026-03-03T20:30", rule: "wd:1", options: options)
            .answer(calendar: Cases.calendar)
        #expect(answer.text == "2026-03-06T00:00+08:00")
    }

    @Test(arguments: [
        ("x", "wd:1", "office", "", "Asia/Shanghai"), ("2026-03-03T10:00", "wd", "office", "", "Asia/Shanghai"),
        ("2026-03-03T10:00", "wd:-1", "office", "", "Asia/Shanghai"),
        ("2026-03-03T10:00", "week:1", "office", "", "Asia/Shanghai"),
        ("2026-03-03T10:00", "wd:1", "bureau", "", "Asia/Shanghai"),
        ("2026-03-03T10:00", "wd:1", "office", "fast", "Asia/Shanghai"),
        ("2026-03-03T10:00", "wd:1", "office", "", "Mars/Olympus"),
        ("2026-03-03T10:00", "between:later", "office", "", "Asia/Shanghai"),
    ])
    func `a question that cannot be read is refused in both languages`(
        start: String, rule: String, unit: String, options: String, zone: String
    ) {
        let mistake = #expect(throws: CaseMistake.self) {
            try DeadlineQuestion(start: start, rule: rule, unit: unit, options: options, zone: zone)
                .answer(calendar: Cases.calendar)
        }
        #expect(mistake?.sentence.zh.isEmpty == false && mistake?.sentence.en.isEmpty == false)
    }

    @Test func `the answer as JSON holds the instant, whether it may change, and why`() throws {
        let answer = try DeadlineQuestion(start: "2026-12-30T10:00", rule: "wd:3", unit: "hall")
            .answer(calendar: Cases.calendar)
        #expect(answer.json.hasPrefix(#"{"due":"2027-01-05T17:30+08:00","dueMs":"#))
        #expect(answer.json.contains(#""provisional":true,"reasons":[{"en":"from Wed 30 Dec 10:00"#))
        let minutes = try DeadlineQuestion(
            start: "2026-03-03T11:00", rule: "between:2026-03-03T15:00", unit: "office"
        ).answer(calendar: Cases.calendar)
        #expect(minutes.text == "120" && minutes.json.contains(#""minutes":120"#))
    }

    @Test func `a table with an open quote or without its columns is refused`() {
        #expect(throws: CaseMistake.self) { try DeadlineCases.run(csv: "id,\"x", calendar: Cases.calendar) }
        #expect(throws: CaseMistake.self) { try DeadlineCases.run(csv: "id,rule\n1,wd:1", calendar: Cases.calendar) }
        #expect(throws: CaseMistake.self) { try DeadlineCases.run(csv: "", calendar: Cases.calendar) }
    }
}
