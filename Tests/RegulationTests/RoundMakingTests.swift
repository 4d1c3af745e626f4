import Foundation
import Testing
import WorkCalendar

@testable import Regulation

/// Rounds written back into a pack, single values changed in its files, and what a round costs.
@Suite struct RoundMakingTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func files(_ pack: String) throws -> [PackFile] {
        let folder = Self.root.appending(path: "packs/\(pack)")
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }.sorted().map {
            PackFile(name: $0, text: try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
        }
    }

    @Test(arguments: ["guangan", "library"])
    func `every form of a shipped pack says the same after it was written and read again`(name: String) throws {
        let before = try files(name)
        let old = try #require(PackReader.read(before).pack)
        var after = before.filter { !$0.name.hasPrefix("rounds/") && !$0.name.hasPrefix("forms/") }
        for form in old.forms {
            after.append(PackFile(name: "\(form.isRound ? "rounds" : "forms")/\(form.id).yaml", text: RoundWriter.yaml(form, head: ["# kept"])))
        }
        let read = PackReader.read(after)
        let new = try #require(read.pack, "\(read.mistakes.map(\.description))")
        let changes = PackDiff.diff(old, new).filter { $0.kind != .unchanged && $0.kind != .moved }
        #expect(changes.isEmpty, "\(changes)")
    }

    @Test(arguments: ["a \"quoted\" word", "back\\slash", "two\nlines", "tab\there", "# no comment", "yes", "1.10", "", "emoji 🧯 and \u{202E}turned", "\u{1}\u{85}\u{2028}", "{a: b}", "- x", "'single'"])
    func `whatever people type comes back as they typed it`(words: String) throws {
        var form = Form(id: "r", title: Text("巡检", "Round"), annex: nil, isRound: true, fields: [], emits: [])
        var field = Field(id: "p", title: Text("标题\(words)", "title \(words)"), kind: .point)
        field.good = words.isEmpty ? nil : Text(words, words)
        form.fields = [field]
        let read = PackReader.round(PackFile(name: "rounds/r.yaml", text: RoundWriter.yaml(form)), zones: [])
        #expect(read.mistakes.isEmpty, "\(read.mistakes.map(\.description))")
        #expect(read.form?.fields.first?.title == field.title)
        #expect(read.form?.fields.first?.good == field.good)
    }

    @Test func `editions count on`() {
        #expect(PackEdit.nextEdition("2026.1") == "2026.1-r1")
        #expect(PackEdit.nextEdition("2026.1-r1") == "2026.1-r2")
        #expect(PackEdit.nextEdition("2026.1-r99") == "2026.1-r100")
        #expect(PackEdit.nextEdition("beta-red") == "beta-red-r1")
    }

    private static let text = """
        # kept
        rules:
          - id: one
            clause: "1.1-1"      # why
            every: opening
            due: opening - 5 min # sooner
            do: round
          - {id: two, every: {months: 3}, due: end of month, title: {zh: "一, 二", en: 'it''s'}, do: round}
        """

    @Test(arguments: [
        ("one", [("every", "day")], "    every: opening", "    every: day"),
        ("one", [("due", "opening - 10 min")], "    due: opening - 5 min # sooner", "    due: opening - 10 min # sooner"),
        ("one", [("clause", "\"1.2-2\"")], "clause: \"1.1-1\"      # why", "clause: \"1.2-2\"      # why"),
        ("one", [("due", "")], "    due: opening - 5 min # sooner\n", ""),
        ("one", [("lapses", "closing")], "  - id: one\n", "  - id: one\n    lapses: closing\n"),
        ("two", [("every", "week")], "every: {months: 3}", "every: week"),
        ("two", [("due", "12:30")], "due: end of month", "due: 12:30"),
        ("two", [("lapses", "closing")], "{id: two,", "{id: two, lapses: closing,"),
        ("two", [("title", "x")], "title: {zh: \"一, 二\", en: 'it''s'}", "title: x"),
    ])
    func `one value is changed and every other byte stays`(id: String, changes: [(String, String)], old: String, new: String) throws {
        let changed = try #require(PackEdit.set(changes.map { (key: $0.0, value: $0.1) }, of: id, in: "rules", Self.text))
        #expect(changed == Self.text.replacing(old, with: new))
    }

    @Test func `what cannot be told apart is refused, not guessed`() {
        #expect(PackEdit.set([(key: "due", value: "")], of: "two", in: "rules", Self.text) == nil, "a key between braces is not taken out")
        #expect(PackEdit.set([(key: "due", value: "x")], of: "three", in: "rules", Self.text) == nil)
        #expect(PackEdit.set([(key: "due", value: "x")], of: "one", in: "rules", "rules: [") == nil)
        #expect(PackEdit.set("edition", to: "\"2\"", in: "pack: a\nedition: \"1\" # x\n") == "pack: a\nedition: \"2\" # x\n")
    }

    @Test func `every rule of the shipped packs that asks for a round can have its times changed`() throws {
        for name in ["guangan", "library"] {
            let files = try files(name)
            let pack = try #require(PackReader.read(files).pack)
            for rule in pack.rulesPlanned where rule.form.flatMap(pack.form)?.isRound == true {
                let file = try #require(files.first { $0.name.hasPrefix("rules/") && PackEdit.set([], of: rule.id, in: "rules", $0.text) != nil }, "\(rule.id)")
                var next = files
                let index = try #require(next.firstIndex { $0.name == file.name })
                next[index].text = try #require(PackEdit.set([(key: "every", value: "week"), (key: "due", value: "end of week"), (key: "opens", value: "start of day"), (key: "lapses", value: "end of week")], of: rule.id, in: "rules", file.text))
                let read = PackReader.read(next)
                let changed = read.pack?.rule(rule.id)
                #expect(changed.map { $0.occasion == .every(.week) && $0.due == .anchor(.endOfWeek, minutes: 0) } == true, "\(rule.id): \(read.mistakes.map(\.description))")
            }
        }
    }

    @Test func `a point more costs each hall that has the thing so many seconds a day, and no other`() throws {
        let pack = try #require(PackReader.read(try files("guangan")).pack)
        let hours = try OpeningHours(parsing: "Mo-Fr 08:30-17:30; Sa,Su 09:00-16:30")
        let unit = WorkUnit(name: "hall", hours: hours, zone: .shanghai, calendar: StatutoryCalendar(layers: []))
        let day = try #require(Day("2026-03-02"))
        func cost(_ pack: Pack, restroom: Bool) -> RoundCost {
            let facts = PlaceFacts(id: "hall", kind: "hall", traits: ["restroom": TraitAnswer(conditions: nil, installed: restroom)], unit: unit)
            return RoundCost.of("restroom-check", in: pack, at: facts, first: day, days: 28) { _ in ["anybody"] }
        }
        let with = cost(pack, restroom: true)
        // Twice a day, five points, 28 days.
        #expect((with.walks, with.points, with.pointsOnce) == (56, 280, 5))
        #expect(with.secondsADay(atSecondsAPoint: 6) == 60)
        #expect(cost(pack, restroom: false).walks == 0)
        var form = try #require(pack.form("restroom-check"))
        form.fields.append(Field(id: "mirror", title: Text("镜子", "Mirror"), kind: .point))
        let more = Pack(
            company: pack.company, clauses: pack.clauses, roles: pack.roles, topics: pack.topics, traits: pack.traits, events: pack.events, gates: pack.gates, rules: pack.rules,
            forms: pack.forms.map { $0.id == form.id ? form : $0 }, zones: pack.zones)
        #expect(cost(more, restroom: true).points == 336)
        #expect(cost(more, restroom: false) == cost(pack, restroom: false))
    }
}
