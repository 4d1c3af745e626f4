import Testing
import WorkCalendar

@testable import Regulation

@Suite struct PackDiffTests {
    let old = SmallPack()

    /// What is not unchanged between the small pack and another.
    private func changes(_ new: SmallPack, from: SmallPack? = nil) throws -> [PackChange] {
        let (before, after) = ((from ?? old).read(), new.read())
        let first = try #require(before.pack, "\(before.mistakes)")
        let second = try #require(after.pack, "\(after.mistakes)")
        return PackDiff.diff(first, second).filter { $0.kind != .unchanged }
    }

    @Test func `a pack does not differ from itself, and everything of it is named`() throws {
        let pack = try #require(old.read().pack)
        let all = PackDiff.diff(pack, pack)
        #expect(all.allSatisfy { $0.kind == .unchanged })
        #expect(all.filter { $0.noun == .rule }.map(\.id) == ["restroom", "mat", "round"])
        #expect(all.filter { $0.noun == .point }.map(\.id) == ["round/door", "round/light"])
        #expect(all.filter { $0.noun == .event }.map(\.id) == ["weather.reported"])
        // It has no gate and keeps no register.
        #expect(Set(all.map(\.noun)) == Set(PackChange.Noun.allCases).subtracting([.gate, .item]))
        let shipped = try #require(PackReader.read(try ShippedPack.files("guangan")).pack)
        #expect(Set(PackDiff.diff(shipped, shipped).map(\.noun)) == Set(PackChange.Noun.allCases))
    }

    @Test func `a comment and another way of writing change nothing`() throws {
        let new = try old.changing("rules/a.yaml", "stand-in: head", "stand-in: [head]   # the same")
        #expect(try changes(new) == [])
    }

    @Test func `a deadline that changes is told before and after`() throws {
        let new = try old.changing("rules/a.yaml", "due: 15 min", "due: 10 min")
        #expect(
            try changes(new) == [
                PackChange(
                    kind: .changed, noun: .rule, id: "mat",
                    detail: Text("due: 15 min → 10 min", "due: 15 min → 10 min"))
            ])
    }

    @Test(arguments: [
        (
            "rules/a.yaml", "where: {kind: {is: rain}, degrees: {above: 2}}", "where: {kind: {is: rain}}",
            PackChange.Noun.rule
        ),
        ("rules/a.yaml", "due: 15 min", "due: 15 min\n    end: midnight", .rule),
        ("rules/a.yaml", "due: 15 min", "due: 15 min\n    steps: []", .rule),
        ("rules/a.yaml", "every: half-day", "every: {days: 3}", .rule),
        ("clauses/1.yaml", "en: Do one", "en: Do one well", .clause),
        ("roles.yaml", "may: [today, waive]", "may: [today]", .role),
        ("events.yaml", "to: 60", "to: 50", .event),
        ("events.yaml", "name: {zh: 雨, en: Rain}", "name: {zh: 雨, en: Rainfall}", .event),
        ("forms/done.yaml", "to: 10", "to: 11", .form),
        ("rounds/round.yaml", "en: Light", "en: Lamp", .point),
        ("traits.yaml", "en: Restroom", "en: Toilet", .trait),
        ("zones.yaml", "en: Lobby", "en: Hall", .zone),
        ("roles.yaml", "valid: 1 year", "valid: 2 year", .topic),
        ("company.yaml", "send-window: 08:00-21:00", "send-window: 08:00-20:00", .company),
        ("company.yaml", "14:00-21:00", "14:30-21:00", .company),
    ])
    func `whatever says something else is changed, and nothing but it`(
        file: String, before: String, after: String, noun: PackChange.Noun
    ) throws {
        let found = try changes(try old.changing(file, before, after))
        #expect(found.map(\.kind) == [.changed])
        #expect(found.map(\.noun) == [noun])
        #expect(found.first?.detail.en.contains("→") == true)
    }

    @Test func `what is new is added, and seen from the other side withdrawn`() throws {
        let new = old.adding(
            "rules/b.yaml",
            "rules:\n  - {id: more, clause: \"7-2\", title: {zh: 多, en: More}, every: day, who: head, do: done}")
        let title = Text("多", "More")
        #expect(try changes(new) == [PackChange(kind: .added, noun: .rule, id: "more", detail: title)])
        #expect(try changes(old, from: new) == [PackChange(kind: .withdrawn, noun: .rule, id: "more", detail: title)])
    }

    @Test func `a clause in another place has moved, and those it passed have not`() throws {
        let nine = "  - {id: \"9-1\", title: {zh: 九, en: Nine}, text: {zh: 九, en: Nine}, binds: hall, definition: yes}"
        let last = old.adding("clauses/1.yaml", nine)
        let first = try old.changing("clauses/1.yaml", "clauses:", "clauses:\n\(nine)")
        #expect(
            try changes(first, from: last).map { "\($0.kind) \($0.noun) \($0.id)" } == ["moved clause 9-1"])
    }

    @Test func `a point that goes to another round has moved there`() throws {
        let round = """
            id: other
            title: {zh: 另, en: Other}
            points:
              - {id: lock, clause: "7-2", title: {zh: 锁, en: Lock}}
            """
        let rule = """
            rules:
              - {id: other, clause: "7-2", title: {zh: 另, en: Other}, every: week, who: head, do: other}
            """
        let door = "  - {id: door, clause: \"7-2\", role: guide, title: {zh: 门, en: Door}}"
        let before = old.adding("rounds/other.yaml", round).adding("rules/b.yaml", rule)
        let after = try before.changing("rounds/round.yaml", "\(door)\n", "").adding("rounds/other.yaml", door)
        #expect(
            try changes(after, from: before) == [
                PackChange(
                    kind: .moved, noun: .point, id: "other/door",
                    detail: Text("由“round/door”移来", "moved here from “round/door”"))
            ])
    }

    @Test func `the longest run that keeps its order stays`() {
        #expect(PackDiff.longestRising([]) == [])
        #expect(PackDiff.longestRising([0, 1, 2]) == [0, 1, 2])
        #expect(PackDiff.longestRising([3, 0, 1, 2]) == [0, 1, 2])
        #expect(PackDiff.longestRising([1, 2, 0, 3]) == [1, 2, 3])
        #expect(PackDiff.longestRising([2, 1, 0]).count == 1)
    }

    @Test func `the two shipped packs have nothing in common but their words for it`() throws {
        let guangan = try #require(PackReader.read(try ShippedPack.files("guangan")).pack)
        let library = try #require(PackReader.read(try ShippedPack.files("library")).pack)
        let clauses = PackDiff.diff(guangan, library).filter { $0.noun == .clause }
        #expect(clauses.count { $0.kind == .withdrawn } == 94)
        #expect(clauses.count { $0.kind == .added } == 11)
        #expect(PackDiff.diff(guangan, guangan).allSatisfy { $0.kind == .unchanged })
    }
}
