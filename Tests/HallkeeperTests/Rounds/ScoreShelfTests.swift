import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Sums of patrolled points are kept by month, and made anew when the month's patrols change.
@Suite struct ScoreShelfTests {
    /// A point of a patrol on a day, as bare as its table allows.
    private func add(_ world: TestWorld, _ number: Int, part: String, zone: String, got: Int, day: String) async throws {
        let place = world.chengnan
        _ = try await world.hall.store.write { tx in
            try tx.run(
                """
                insert into patrol_point values (\(place), 'P', \(number), 'hall-round', 'p', '', \(part), \(zone), \(zone), 1, 0, 'ok', \(got), 100, '', '', \(day), 1,
                '', '', '', '', '', '', '', null, '')
                """)
        }
    }

    @Test func `a month is summed once, and again when its patrols are others`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (shelf, halls) = (ScoreShelf(), [world.chengnan])
        let march = try #require(Month("2026-03"))
        func sums(_ mark: ScoreRoutes.Cell) async throws -> ScoreShelf.Sums {
            try await world.hall.store.read { tx in try shelf.sums(halls, march, mark, tx) }
        }
        try await add(world, 1, part: "a", zone: "大厅", got: 100, day: "2026-03-02")
        try await add(world, 2, part: "b", zone: "大厅", got: 50, day: "2026-03-31")
        try await add(world, 3, part: "b", zone: "门口", got: 0, day: "2026-04-01")
        let one = ScoreRoutes.Cell(count: 1, total: 7500, vetoed: 0)
        let first = try await sums(one)
        #expect(first.groups == ["a": .init(n: 1, got: 100, possible: 100), "b": .init(n: 1, got: 50, possible: 100)])
        #expect(first.zones == [Text("大厅", "大厅"): .init(n: 2, got: 150, possible: 200)])
        try await add(world, 4, part: "a", zone: "门口", got: 0, day: "2026-03-09")
        #expect(try await sums(one) == first)
        #expect(try await sums(ScoreRoutes.Cell(count: 2, total: 12_500, vetoed: 0)).groups["a"] == .init(n: 2, got: 100, possible: 200))
        // Of a month without patrols nothing is asked.
        #expect(try await sums(ScoreRoutes.Cell()) == ScoreShelf.Sums())
    }
}
