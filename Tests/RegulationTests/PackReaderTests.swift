import Foundation
import Testing
import WorkCalendar

@testable import Regulation

/// The two packs that are shipped, as they stand in the repository.
enum ShippedPack {
    static func files(_ name: String) throws -> [PackFile] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("packs/\(name)").resolvingSymlinksInPath()
        let paths = try #require(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
        return try paths.filter { $0.hasSuffix(".yaml") }.map { path in
            PackFile(name: path, text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
        }
    }
}

@Suite struct ShippedPackTests {
    @Test(arguments: ["guangan", "library"])
    func `a shipped pack has no mistakes at all`(name: String) throws {
        let (pack, mistakes) = PackReader.read(try ShippedPack.files(name))
        #expect(mistakes.map(\.description) == [])
        #expect(pack?.company.pack == name)
    }

    @Test func `the shipped rulebook has its 94 clauses, in the order of the text`() throws {
        let pack = try #require(PackReader.read(try ShippedPack.files("guangan")).pack)
        #expect(pack.clauses.count == 94)
        #expect(Set(pack.clauses.map(\.id)).count == 94)
        #expect(pack.clauses.first?.id == "1.1-1")
        let groups = pack.clauses.map(\.group).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        #expect(groups.first == "1.1")
        #expect(try #require(groups.firstIndex(of: "1.2")) < (try #require(groups.firstIndex(of: "5.3"))))
    }

    @Test func `what the shipped rules say arrives as it is written`() throws {
        let pack = try #require(PackReader.read(try ShippedPack.files("guangan")).pack)
        let round = try #require(pack.rule("opening-round"))
        #expect(round.due == .anchor(.opening, minutes: -5))
        #expect(round.who == .points)
        #expect(round.each == .role)
        let boards = try #require(pack.rule("price-boards"))
        #expect(boards.due == .field("from"))
        #expect(boards.steps?.first == Step(offset: Period(1, .day), isBefore: true, tell: ["who"]))
        let cooling = try #require(pack.rule("cooling"))
        #expect(cooling.season == "summer")
        #expect(
            cooling.conditions == [
                Condition(field: "degrees", test: .above(28)), Condition(field: "where", test: .equals("outdoors")),
            ])
        #expect(pack.rule("extinguisher-renewed")?.occasion == .expires("extinguisher", before: Period(30, .day)))
        #expect(pack.rule("destruction")?.signedBy == SignedBy(count: 2, roles: ["director", "document-keeper"]))
        #expect(pack.rule("temperature-log")?.steps == [])
        #expect(pack.rule("lit-sign-long-days")?.due == .clock(20 * 60))
        #expect(pack.rule("lit-sign-long-days")?.season == "long-days")
        #expect(pack.form("temperature-log")?.field("indoors")?.bandTo == 28)
        #expect(pack.rules.compactMap(\.notByDoerOf).contains("danger-removed"))
    }
}

@Suite struct PackReaderTests {
    @Test func `scalars are typed by where they stand`() throws {
        let (read, mistakes) = SmallPack().read()
        let pack = try #require(read, "\(mistakes)")
        #expect(mistakes == [])
        #expect(pack.company.edition == "7.10")
        #expect(pack.company.facts["is-no"] == "no")
        #expect(pack.company.halfDayEnds == 12 * 60 + 30)
        #expect(pack.company.sendWindow == 480..<1260)
        #expect(pack.company.callingHours == [480..<720, 840..<1260])
        #expect(pack.clauses.map(\.id) == ["1.10", "7-2"])
        #expect(pack.event("weather.reported")?.fields.first?.options.map(\.id) == ["rain", "on"])
        #expect(pack.event("weather.reported")?.fields.dropFirst().first?.from == -40.5)
        #expect(pack.rule("round")?.due == .clock(750))
    }

    @Test(arguments: ["12:00-08:00", "08:00-12:00 11:00-13:00", "08:00-12:00 12:00-13:00", "08:00", "8-12", "08:00-12:00, 14:00-21:00"])
    func `calling hours are spans in order that do not touch`(written: String) throws {
        let mistakes = try SmallPack().changing("company.yaml", "08:00-12:00 14:00-21:00", "\"\(written)\"").read().mistakes
        #expect(mistakes.count == 1 && mistakes.first?.sentence.en.contains("list of spans in order") == true, "\(mistakes)")
    }

    @Test(arguments: [(7 * 60, 8 * 60, false), (8 * 60, nil, false), (719, nil, false), (720, 840, false), (839, 840, false), (840, nil, false), (1260, 480, true), (1439, 480, true)] as [(Int, Int?, Bool)])
    func `outside the calling hours it is known when they begin`(minute: Int, begins: Int?, isTomorrow: Bool) throws {
        let company = try #require(SmallPack().read().pack).company
        let next = company.callingBegins(after: minute)
        #expect(next?.minute == begins && (next?.isTomorrow ?? false) == isTomorrow)
        #expect(company.mayCall(minute) == (begins == nil))
    }

    @Test func `one word stands for a list of one`() throws {
        let pack = try #require(SmallPack().read().pack)
        #expect(pack.rule("restroom")?.standIns == ["head"])
        #expect(pack.clauses.map(\.binds) == [["hall"], ["hall", "department:safety"]])
    }

    @Test func `the program's own events are found beside the pack's`() throws {
        let pack = try #require(SmallPack().read().pack)
        let finding = try #require(pack.event("finding.recorded"))
        #expect(finding.isProgram)
        #expect(finding.fields.map(\.id) == ["severity", "point", "clause", "form"])
        #expect(pack.event("weather.reported")?.isProgram == false)
    }

    @Test(arguments: [
        ("45 min", Moment.period(Period(45, .minute))), ("3 day", .period(Period(3, .day))),
        ("30 days", .period(Period(30, .day))), ("1 month", .period(Period(1, .month))),
        ("2 service-hour", .period(Period(2, .serviceHour))), ("30 service-min", .period(Period(30, .serviceMinute))),
        ("1 working-day", .period(Period(1, .workingDay))), ("closing - 60 min", .anchor(.closing, minutes: -60)),
        ("opening + 2 hours", .anchor(.opening, minutes: 120)), ("end of half-day", .anchor(.endOfHalfDay, minutes: 0)),
        ("end of quarter", .anchor(.endOfQuarter, minutes: 0)), ("\"22:00\"", .clock(1320)), ("7:05", .clock(425)),
        ("same-day", .sameDay), ("{at: held}", .field("held")),
    ])
    func `a time is read as it is written`(text: String, moment: Moment) throws {
        let small = try SmallPack().changing("rules/a.yaml", "due: 15 min", "due: \(text)")
        let (pack, mistakes) = small.read()
        #expect(mistakes == [])
        #expect(pack?.rule("mat")?.due == moment)
    }

    @Test func `a period takes its options`() throws {
        let small = try SmallPack().changing(
            "rules/a.yaml", "due: 15 min", "due: 3 day\n    end: midnight\n    cutoff: yes\n    roll: no")
        #expect(
            small.read().pack?.rule("mat")?.due
                == .period(Period(3, .day, options: [.midnight, .cutoff, .noRoll])))
    }

    @Test(arguments: [
        ("{months: 6}", Cadence.interval(Period(6, .month), fromLast: false)),
        ("{days: 30, from: last-done}", .interval(Period(30, .day), fromLast: true)), ("last-open-day", .lastOpenDay),
    ])
    func `a cadence is read as it is written`(text: String, cadence: Cadence) throws {
        let small = try SmallPack().changing("rules/a.yaml", "every: half-day", "every: \(text)")
        #expect(small.read().pack?.rule("restroom")?.occasion == .every(cadence))
    }

    @Test func `files are taken in the order of the rulebook, two before ten`() {
        let names = ["rules/10-x.yaml", "rules/2-x.yaml", "rules/1.2-a.yaml", "rules/1.10-a.yaml", "rules/1.1-a.yaml"]
        #expect(
            names.sorted(by: PackReader.isBefore)
                == ["rules/1.1-a.yaml", "rules/1.2-a.yaml", "rules/1.10-a.yaml", "rules/2-x.yaml", "rules/10-x.yaml"])
    }

    @Test func `two mistakes in two files are both told, in the order of files and lines`() throws {
        let small = try SmallPack().changing("rules/a.yaml", "who: guide", "who: guid")
            .changing("roles.yaml", "may: [today, waive]", "may: [today, waiv]")
        #expect(
            small.mistakes == [
                "roles.yaml:2:67: unknown permission “waiv” (did you mean “waive”?)",
                "rules/a.yaml:9:10: unknown role “guid” (did you mean “guide”?)",
            ])
        #expect(small.read().pack == nil)
    }

    @Test func `every mistake of one rule is told, not the first alone`() throws {
        let rule = """
              - id: Bad_Id
                clauses: 1.10
                title: {zh: 坏}
                every: fortnight
                due: soon
                each: item
                steps: [{after: 0 minn, tell: [head]}]
            """
        let small = try SmallPack().changing("rules/a.yaml", "rules:\n", "rules:\n\(rule)\n")
        let lines = small.read().mistakes.map(\.line)
        #expect(Set(lines) == [2, 3, 4, 5, 6, 7, 8])
        let texts = small.mistakes.joined(separator: "\n")
        for missing in ["clause", "who"] { #expect(texts.contains("“\(missing)” is missing")) }
        #expect(texts.contains("exactly one of do and ends-on is needed"))
        let company = SmallPack(files: ["company.yaml": "zone: Mars"])
        #expect(company.mistakes.count == 4, "\(company.mistakes)")
    }

    @Test func `broken YAML is told with its line, and what it hid is not told as missing`() throws {
        let small = try SmallPack().changing("forms/done.yaml", "type: count, to: 10}", "type: count, to: 10")
        let mistakes = small.read().mistakes
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.file == "forms/done.yaml")
        #expect(mistakes.first?.sentence.en.hasPrefix("not readable as YAML") == true)
        #expect((5...6).contains(mistakes.first?.line ?? 0))
    }

    @Test func `a key written twice is refused at its place`() throws {
        let small = try SmallPack().changing("forms/done.yaml", "fields:", "title: {zh: 又, en: Again}\nfields:")
        #expect(small.mistakes == ["forms/done.yaml:2:1: key “title” is written twice"])
    }

    @Test func `anchors are refused, since they hide what stands where`() throws {
        let small = try SmallPack().changing("rules/a.yaml", "who: guide", "who: &g guide")
        #expect(small.mistakes.contains { $0.hasSuffix("anchors and aliases are not allowed in a pack") })
    }

    @Test func `a pack without company says so once`() {
        var small = SmallPack()
        small.files["company.yaml"] = nil
        #expect(small.mistakes == ["company.yaml:1:1: company.yaml is missing"])
    }

    @Test func `an empty file is told`() {
        #expect(SmallPack().adding("gates.yaml", "# nothing yet").mistakes == ["gates.yaml:1:1: the file is empty"])
    }

    @Test func `what no scalar should be never brings the reader down`() {
        for text in [
            "[]", "{}", "- - -", "~", "{rules: 3}", "{rules: [3, {id: [1]}]}", "rules: [{id: {}}]", "? [a]\n: b",
        ] {
            for name in ["rules/a.yaml", "company.yaml", "events.yaml", "rounds/round.yaml", "roles.yaml"] {
                var small = SmallPack()
                small.files[name] = text
                #expect(small.read().pack == nil, "\(name): \(text)")
            }
        }
    }
}
