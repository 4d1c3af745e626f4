import Regulation
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct PublishingTests {
    /// The shipped pack with some words of one file in place of others.
    private func pack(_ changes: [(String, String, String)]) throws -> [PackFile] {
        var files = try TestWorld.pack()
        for (name, old, new) in changes {
            let index = try #require(files.firstIndex { $0.name == name })
            try #require(files[index].text.contains(old), "\(name) lacks \(old)")
            files[index].text = files[index].text.replacing(old, with: new, maxReplacements: 1)
        }
        return files
    }

    private static let later = ("rules/1.2-inside.yaml", "due: 2 working-day\n    do: repair", "due: 3 working-day\n    do: repair")

    private func publishTomorrow(_ world: TestWorld, _ files: [PackFile]) async throws {
        let day = TestWorld.monday.adding(days: 1)
        try await Publishing(hall: world.hall).publish(files, from: day, by: .clock, at: world.clock.now)
        try await world.move(to: TestWorld.at(9, day: day))
    }

    @Test func `an open duty keeps the version that opened it`() async throws {
        let world = try await TestWorld.make()
        try await world.report("equipment.faulted", ["equipment": "ticket-machine"], by: "guide-chengnan")
        let before = try await world.duty("repair")
        try await publishTomorrow(world, try pack([Self.later]))
        let after = try await world.duty("repair")
        #expect((after.pack, after.due) == (before.pack, before.due))
    }

    @Test func `two versions whose days have both come after an outage plan a day once, by the later one`() async throws {
        let world = try await TestWorld.make()
        let (tomorrow, after) = (TestWorld.monday.adding(days: 1), TestWorld.monday.adding(days: 2))
        let publishing = Publishing(hall: world.hall)
        try await publishing.publish(try pack([("company.yaml", "2026.1", "2026.2")]), from: tomorrow, by: .clock, at: world.clock.now)
        let daily = try pack([("company.yaml", "2026.1", "2026.3"), ("rules/1.3-cleaning.yaml", "every: half-day", "every: day")])
        try await publishing.publish(daily, from: after, by: .clock, at: world.clock.now)
        // Nothing ran until the third day.
        try await world.move(to: TestWorld.at(9, day: after))
        let occasions = try await world.duties("restroom", at: world.chengnan).filter { $0.day == after }.map(\.occasion)
        #expect(occasions == ["\(after)/day"])
    }

    @Test func `where the pack says running switch, an open duty follows the version in force, once, with an entry`() async throws {
        let world = try await TestWorld.make()
        try await world.report("equipment.faulted", ["equipment": "ticket-machine"], by: "guide-chengnan")
        let before = try await world.duty("repair")
        try await publishTomorrow(
            world,
            try pack([
                ("company.yaml", "language: zh", "language: zh\nrunning: switch"),
                Self.later,
            ]))
        let after = try await world.duty("repair")
        #expect(after.id == before.id)
        #expect(after.pack != before.pack)
        #expect(after.due == before.due.adding(minutes: 24 * 60))
        #expect(after.firstDue == before.firstDue)
        let entries = try await world.hall.store.read { tx in
            try tx.one("select count(*) as n from entry where kind = 'duty.switched' and about = \("duty:" + after.id)")?.int("n")
        }
        #expect(entries == 1)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `before it is in force, whoever may see packs sees what changes, where, and who is lacking`() async throws {
        let world = try await TestWorld.make()
        let files = try pack([
            ("rules/1.3-cleaning.yaml", "every: half-day", "every: day"),
            ("roles.yaml", "roles:\n", "roles:\n  - {id: gardener, name: {zh: 园丁, en: Gardener}, sits: hall, may: [today], optional: yes}\n"),
            ("rules/1.1-outside.yaml", "who: outdoor-cleaner\n    stand-in: [cleaner]", "who: gardener"),
        ])
        try await Publishing(hall: world.hall).publish(files, from: TestWorld.monday.adding(days: 7), by: .clock, at: world.clock.now)
        let list = try await world.get("/packs", as: "administrator")
        #expect(list.text.contains("/packs/2026-03-09"))
        let page = try await world.get("/packs/2026-03-09", as: "administrator")
        #expect(page.status == 200)
        #expect(page.text.contains("没有人担任“园丁”"))
        #expect(page.text.contains("城南"))
        #expect(try await world.get("/packs/2026-03-10", as: "administrator").status == 404)
        #expect(try await world.get("/packs/nonsense", as: "administrator").status == 404)
    }
}
