import Foundation
import Testing
import WorkCalendar

@testable import Regulation

/// The tables of docs/rules/scores.md: rows whose first cell begins with a letter, by the names of their heads.
enum ScoreTable {
    static func rows(_ mark: String) throws -> [[String]] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/rules/scores.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("| \(mark)") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }.filter { $0[0].dropFirst().allSatisfy(\.isNumber) }
    }

    static func figure(_ hundredths: Int?) -> String {
        hundredths.map { "\($0 / 100).\($0 % 100 < 10 ? "0" : "")\($0 % 100)" } ?? ""
    }
}

@Suite struct ScoreTests {
    private func point(_ text: String) throws -> ScoredPoint {
        var words = text.split(separator: " ").map(String.init)
        let isVeto = words.last?.hasSuffix("!") == true
        if isVeto { words[1].removeLast() }
        let parts = words[1].split(separator: "×").map(String.init)
        return ScoredPoint(
            id: text, clause: words[0], zone: Text(words[0], words[0]), weight: parts.count > 1 ? try #require(Int(parts[1])) : 1,
            isVeto: isVeto, answer: try #require(ScoredPoint.Answer(rawValue: parts[0]), "\(text)"))
    }

    @Test func `every row of the table of scores comes out as written`() throws {
        let rows = try ScoreTable.rows("S")
        #expect(rows.count == 20)
        for row in rows {
            var scores = Scores()
            if row[1] != "–" {
                scores.groups = try row[1].split(separator: " ").map { word in
                    let parts = word.split(separator: ":").map(String.init)
                    return Scores.Group(
                        id: parts[0], name: Text(parts[0], parts[0]), clauses: [parts[0]], weight: try #require(Int(parts[1])))
                }
            }
            let points = try row[2].split(separator: ";").map { try point($0.trimmingCharacters(in: .whitespaces)) }
            let score = scores.score(points)
            #expect(score.groups.map { ScoreTable.figure($0.hundredths) }.joined(separator: ", ") == row[3], "\(row[0]) groups")
            #expect(ScoreTable.figure(score.uncapped) == row[4], "\(row[0]) before the cap")
            #expect(ScoreTable.figure(score.hundredths) == row[5], "\(row[0]) score")
            #expect((score.hundredths.map(scores.grade) ?? "") == row[6], "\(row[0]) grade")
        }
    }

    @Test func `a zone is scored by its own points, without groups and without the cap`() {
        var scores = Scores()
        scores.groups = [Scores.Group(id: "g", name: Text("g", "g"), clauses: ["1"], weight: 7)]
        let score = scores.score([
            ScoredPoint(id: "a", clause: "1-1", zone: Text("外", "out"), answer: .ok),
            ScoredPoint(id: "b", clause: "1-2", zone: Text("内", "in"), isVeto: true, answer: .serious),
            ScoredPoint(id: "c", clause: "1-3", zone: Text("外", "out"), answer: .minor),
        ])
        #expect(score.zones.map(\.name.en) == ["out", "in"])
        #expect(score.zones.map(\.hundredths) == [7500, 0])
        #expect(score.vetoes == ["b"])
        #expect(score.counts == [.ok: 1, .serious: 1, .minor: 1])
    }

    @Test func `a clause belongs to the group that names it before the one that names its stem`() {
        var scores = Scores()
        scores.groups = [
            Scores.Group(id: "all", name: Text("a", "a"), clauses: ["1.2"], weight: 1),
            Scores.Group(id: "one", name: Text("b", "b"), clauses: ["1.2-6"], weight: 1),
        ]
        #expect(scores.group(of: "1.2-6")?.id == "one")
        #expect(scores.group(of: "1.2-7")?.id == "all")
        #expect(scores.group(of: "1.3-7") == nil)
    }

    @Test func `a number counts only where the pack says what it should be, and outside of that it is wanting`() {
        var field = Field(id: "t", title: Text("t", "t"), kind: .number)
        #expect(field.scored("20") == nil)
        (field.bandFrom, field.bandTo, field.severity) = (16, 28, "serious")
        #expect(field.scored("16") == .ok)
        #expect(field.scored("28.5") == .serious)
        #expect(field.scored("") == nil)
        #expect(field.scored("warm") == nil)
        field.kind = .point
        #expect(field.scored("wanting") == .serious)
        #expect(field.scored("na") == .na)
    }
}

@Suite struct DrawTests {
    @Test func `every row of the table of draws comes out as written`() throws {
        let rows = try ScoreTable.rows("R")
        #expect(rows.count == 4)
        for row in rows {
            let points = row[1].split(separator: " ").map(String.init)
            let drawn = Draw.points(try #require(Int(row[2])), of: points, seed: try #require(UInt64(row[3])))
            #expect(drawn.joined(separator: " ") == row[4], "\(row[0])")
        }
    }

    @Test func `the same seed draws the same points, and no point is favoured`() {
        let points = (0..<40).map { "p\($0)" }
        #expect(Draw.points(10, of: points, seed: 99) == Draw.points(10, of: points, seed: 99))
        var often: [String: Int] = [:]
        for seed in 0..<4000 { for point in Draw.points(10, of: points, seed: UInt64(seed)) { often[point, default: 0] += 1 } }
        // 1,000 each are expected; five standard deviations are about 137.
        #expect(points.allSatisfy { (860...1140).contains(often[$0] ?? 0) }, "\(often)")
    }
}

@Suite struct DifferenceTests {
    private func moment(_ clock: String) throws -> Instant {
        let parts = clock.split(separator: ":").compactMap { Int64($0) }
        try #require(parts.count == 2)
        return Instant(ms: (parts[0] * 60 + parts[1]) * 60_000)
    }

    private func answer(_ text: String) throws -> OwnAnswer {
        let words = text.split(separator: " ").map(String.init)
        try #require(words.count == 6, "\(text)")
        let name = words[0].split(separator: "/").map(String.init)
        return OwnAnswer(
            form: name[0], point: name[1], clause: words[1], zone: words[2], title: words[3],
            answer: try #require(ScoredPoint.Answer(rawValue: words[4])), at: try moment(words[5]), record: words[5])
    }

    @Test func `every row of the table of differences comes out as written`() throws {
        let rows = try ScoreTable.rows("D")
        #expect(rows.count == 17)
        for row in rows {
            let seen = try answer(row[1])
            let own = try row[2].split(separator: ";").map { try answer($0.trimmingCharacters(in: .whitespaces)) }
            for list in [own, own.reversed()] {
                let found = Difference.match(
                    form: seen.form, point: seen.point, clause: seen.clause, zone: seen.zone, title: seen.title, at: seen.at, in: list)
                #expect((found?.by.rawValue ?? "") == row[3], "\(row[0])")
                #expect((found.map { "\($0.answer.answer.rawValue) \($0.answer.record)" } ?? "") == row[4], "\(row[0])")
                let verdict = found.flatMap { Difference.verdict(hall: $0.answer.answer, inspector: seen.answer) }
                #expect((verdict?.rawValue ?? "") == row[5], "\(row[0])")
            }
        }
    }
}

@Suite struct ScorePackTests {
    private let groups = """
        scores:
          minor: 40
          veto-cap: 30
          grades: {gold: 90, silver: 60}
          below: none
          groups:
            - {id: one, name: {zh: 甲, en: One}, clauses: 1.10, weight: 3}
            - {id: two, name: {zh: 乙, en: Two}, clauses: ["7"], weight: 2}
        """

    @Test func `a pack says how it is scored, and what it does not say is as documented`() throws {
        let plain = try #require(SmallPack().read().pack).company.scores
        #expect(plain == Scores())
        #expect(plain.minor == 50 && plain.vetoCap == 59 && plain.below == "D")
        let read = SmallPack().adding("company.yaml", groups).read()
        let scores = try #require(read.pack, "\(read.mistakes)").company.scores
        #expect(scores.minor == 40 && scores.vetoCap == 30 && scores.below == "none")
        #expect(scores.grades == [Scores.Grade(name: "gold", from: 90), Scores.Grade(name: "silver", from: 60)])
        #expect(scores.groups.map(\.weight) == [3, 2])
        #expect(scores.group(of: "7-2")?.id == "two")
        let weighed = try SmallPack().changing("rounds/round.yaml", "title: {zh: 门, en: Door}", "weight: 4, veto: yes, title: {zh: 门, en: Door}").read().pack
        let door = try #require(weighed?.form("round")?.field("door"))
        #expect(door.weight == 4 && door.isVeto)
        #expect(weighed?.form("round")?.field("light")?.weight == 1)
    }

    @Test(arguments: [
        ("grades: {gold: 90, silver: 60}", "grades: {gold: 60, silver: 90}", "18:30: grades stand from the highest down"),
        ("minor: 40", "minor: 140", "16:10: 140 is not between 0 and 100"),
        ("clauses: 1.10", "clauses: 1.11", "company.yaml:21:50: unknown clause “1.11” (did you mean “1.10”?)"),
        ("clauses: [\"7\"]", "clauses: [\"7\", 1.10]", "“1.10” is in the score group “one” already"),
        ("clauses: [\"7\"]", "clauses: []", "rounds/round.yaml:4:24: clause “7-2” is in no score group"),
        ("id: two", "id: one", "“one” is there already"),
        ("veto-cap", "veto-cup", "17:3: unknown key “veto-cup” (did you mean “veto-cap”?)"),
    ])
    func `what is wrong with scores is told where it stands`(old: String, new: String, said: String) {
        let mistakes = SmallPack().adding("company.yaml", groups.replacing(old, with: new)).mistakes
        #expect(mistakes.contains { $0.contains(said) }, "\(mistakes)")
    }

    @Test func `a form that is no round has neither weight nor veto`() throws {
        let pack = try SmallPack().changing("forms/done.yaml", "type: tick", "type: tick, weight: 2")
        #expect(pack.mistakes.contains { $0.contains("only points of a round have “weight”") })
    }

    @Test func `a new edition tells what it changes in weights, vetoes and groups`() throws {
        let old = try #require(SmallPack().read().pack)
        let new = try #require(
            SmallPack().adding("company.yaml", groups)
                .changing("rounds/round.yaml", "title: {zh: 门, en: Door}", "weight: 4, veto: yes, title: {zh: 门, en: Door}").read().pack)
        let changes = PackDiff.diff(old, new).filter { $0.kind != .unchanged }
        #expect(changes.map(\.id) == ["round/door", "small"])
        #expect(changes.first?.detail.en == "weight: – → 4; veto: – → yes")
        #expect(changes.last?.detail.en.contains("two Two 2: 7") == true)
    }

    @Test func `the shipped pack weighs its groups to a hundred and has its vetoes`() throws {
        let pack = try #require(PackReader.read(try ShippedPack.files("guangan")).pack)
        #expect(pack.company.scores.groups.reduce(0) { $0 + $1.weight } == 100)
        #expect(pack.company.scores.groups.count == 10)
        let vetoes = pack.forms.flatMap { form in form.fields.filter(\.isVeto).map { "\(form.id)/\($0.id)" } }
        #expect(vetoes.contains("opening-round/exits-clear"))
        #expect(vetoes.contains("extinguisher-look/dates"))
    }
}
