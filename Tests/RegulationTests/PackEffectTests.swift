import Testing
import WorkCalendar

@testable import Regulation

@Suite struct PackEffectTests {
    let old = SmallPack()
    static let monday = Day("2026-03-02") ?? Day(number: 0)

    private func place(_ traits: Set<String> = ["restroom"]) throws -> PlaceFacts {
        let hours = try OpeningHours(parsing: "Mo-Fr 08:30-17:30")
        let unit = WorkUnit(name: "hall", hours: hours, zone: .shanghai, calendar: StatutoryCalendar(layers: []))
        var answers: [String: TraitAnswer] = [:]
        for trait in traits { answers[trait] = TraitAnswer(conditions: nil, installed: true) }
        return PlaceFacts(id: "hall", kind: "hall", traits: answers, unit: unit)
    }

    private func effect(_ new: SmallPack, at place: PlaceFacts) throws -> [String] {
        let (before, after) = (try #require(old.read().pack), try #require(new.read().pack, "\(new.mistakes)"))
        return PackEffect(from: before, to: after, at: place, first: Self.monday, days: 7) { _ in ["anybody"] }.lines.map {
            "\($0.kind) \($0.rule) \($0.count)"
        }
    }

    @Test func `the same pack changes nothing anywhere`() throws {
        #expect(try effect(old, at: place()) == [])
    }

    @Test func `a rule that asks once a day instead of each half day takes away ten duties of a week and gives five`() throws {
        let new = try old.changing("rules/a.yaml", "every: half-day", "every: day")
            .changing("rules/a.yaml", "due: end of half-day", "due: closing")
        #expect(try effect(new, at: place()) == ["appears restroom 5", "vanishes restroom 10"])
    }

    @Test func `a hall without the trait is not touched by a rule that binds the trait`() throws {
        let new = try old.changing("rules/a.yaml", "due: end of half-day", "due: end of half-day + 30 min")
        #expect(try effect(new, at: place()) == ["moves restroom 10"])
        #expect(try effect(new, at: place([])) == [])
    }

    @Test func `a rule on an event that says something else is told in its own words, though nobody knows how often`() throws {
        let new = try old.changing("rules/a.yaml", "due: 15 min", "due: 10 min")
        let pack = (try #require(old.read().pack), try #require(new.read().pack))
        let lines = PackEffect(from: pack.0, to: pack.1, at: try place(), first: Self.monday, days: 7) { _ in [] }.lines
        #expect(lines.map(\.kind) == [.changes])
        #expect(lines.first?.detail.en == "due: 15 min → 10 min")
    }

    @Test func `a withdrawn rule vanishes with all its duties`() throws {
        let yaml = "rules:\n  - {id: more, clause: \"7-2\", title: {zh: 多, en: More}, every: day, who: head, do: done}"
        let (before, after) = (try #require(old.adding("rules/b.yaml", yaml).read().pack), try #require(old.read().pack))
        let effect = PackEffect(from: before, to: after, at: try place(), first: Self.monday, days: 7) { _ in [] }
        #expect(effect.lines.map { "\($0.kind) \($0.rule) \($0.count)" } == ["vanishes more 5"])
        #expect(effect.more == -5)
    }

    @Test func `the roles a place needs are named with who stands in`() throws {
        let pack = try #require(old.read().pack)
        let roles = PackEffect.roles(pack, at: try place(), on: Self.monday).map { "\($0.role):\($0.standIns.joined(separator: ","))" }
        #expect(roles == ["guide:head", "guide:", "head:"])
    }
}
