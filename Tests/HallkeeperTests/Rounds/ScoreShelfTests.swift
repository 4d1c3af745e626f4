import Regulation
import Store
import Synchronization
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Sums of patrols and their points are kept by hall and month, and made anew where a hall has patrols it had not.
@Suite struct ScoreShelfTests {
    /// A patrol with points, as bare as its table allows.
    private func add(_ world: TestWorld, _ id: String, at place: Place.ID, day: String, score: Int, vetoes: Int = 0, ended: Int64, _ points: [(part: String, zone: String, got: Int)]) async throws {
        _ = try await world.hall.store.write { tx in
            try tx.run("insert into patrol values (\(place), \(id), 'hall-round', '', '', '', '', \(day), 1, \(ended), '', '', \(score), \(score), 'B', \(vetoes), 1)")
            for (number, point) in points.enumerated() {
                try tx.run(
                    """
                    insert into patrol_point values (\(place), \(id), \(number), 'hall-round', 'p', '', \(point.part), \(point.zone), \(point.zone), 1, 0, 'ok', \(point.got), 100, '', '', \(day), 1,
                    '', '', '', '', '', '', '', null, '')
                    """)
            }
            return 0
        }
    }

    @Test func `a hall is summed once, and again where its newest patrol is another; a month with the same patrols keeps its sums`() async throws {
        var made: RecordingStore?
        let world = try await TestWorld.make(planned: false) { store in
            let recording = RecordingStore(store)
            made = recording
            return recording
        }
        let recording = try #require(made)
        let (shelf, halls, now) = (ScoreShelf(), [world.chengnan, world.chengbei], world.clock.now)
        let (february, april) = (try #require(Month("2026-02")), try #require(Month("2026-04")))
        func sums() async throws -> ScoreShelf.Gathered {
            recording.forget()
            return try await world.hall.store.read { tx in try shelf.sums(halls, from: february, to: april, at: now, tx) }
        }
        try await add(world, "A", at: world.chengnan, day: "2026-03-02", score: 7500, ended: 10, [("a", "大厅", 100), ("b", "大厅", 50)])
        try await add(world, "B", at: world.chengnan, day: "2026-04-01", score: 9000, vetoes: 1, ended: 20, [("b", "门口", 0)])
        try await add(world, "C", at: world.chengbei, day: "2026-03-31", score: 8000, ended: 15, [("a", "大厅", 100)])
        try await add(world, "D", at: world.chengnan, day: "2026-01-31", score: 100, ended: 5, [("a", "大厅", 0)])
        let first = try await sums()
        #expect(first.cells[world.chengnan] == ["2026-03": .init(count: 1, total: 7500), "2026-04": .init(count: 1, total: 9000, vetoed: 1)])
        #expect(first.cells[world.chengbei] == ["2026-03": .init(count: 1, total: 8000)])
        #expect(first.whole.rounds == ["hall-round": .init(count: 3, total: 24_500, vetoed: 1)])
        #expect(first.whole.groups == ["a": .init(n: 2, got: 200, possible: 200), "b": .init(n: 2, got: 50, possible: 200)])
        #expect(first.whole.zones == [Text("大厅", "大厅"): .init(n: 3, got: 250, possible: 300), Text("门口", "门口"): .init(n: 1, got: 0, possible: 100)])
        #expect(recording.statements.count == 3)
        // Nothing ended since: nothing of the halls is read but when their newest ended.
        let again = try await sums()
        #expect(again.whole == first.whole && recording.statements.count == 1)
        // Another patrol at one hall: the other's points, and those of months with the same patrols, are not read again.
        _ = try await world.hall.store.write { tx in try tx.run("update patrol_point set got = 1 where patrol in ('B', 'C')") }
        try await add(world, "E", at: world.chengnan, day: "2026-03-09", score: 5000, ended: 30, [("a", "门口", 0)])
        let third = try await sums()
        #expect(third.whole.groups["a"] == .init(n: 3, got: 200, possible: 300) && third.cells[world.chengnan]?["2026-03"] == .init(count: 2, total: 12_500))
        #expect(third.whole.groups["b"] == first.whole.groups["b"])
        #expect(recording.statements.count == 3)
    }

    @Test func `what ended just now is read each time, for another may end in the same moment`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (shelf, march, now) = (ScoreShelf(), try #require(Month("2026-03")), world.clock.now)
        func total() async throws -> Int {
            try await world.hall.store.read { tx in try shelf.sums([world.chengnan], from: march, to: march, at: now, tx).whole.cell.total }
        }
        try await add(world, "A", at: world.chengnan, day: "2026-03-02", score: 7500, ended: now.ms - 100, [])
        #expect(try await total() == 7500)
        try await add(world, "B", at: world.chengnan, day: "2026-03-02", score: 500, ended: now.ms - 100, [])
        #expect(try await total() == 8000)
    }

    @Test func `a page of scores is drawn once, and again when a patrol ended, a place has another name, or another pack is in force`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (shelf, march, now) = (ScoreShelf(), try #require(Month("2026-03")), world.clock.now)
        let tree = try await world.hall.tree.tree(world.hall.store)
        let day = Zone.shanghai.day(of: now)
        let pack = try #require(try await world.hall.store.read { tx in try world.hall.packs.inForce(on: day, tx) })
        let other = PackInForce(hash: "other", pack: pack.pack)
        let drawings = Mutex(0)
        func page(tree: PlaceTree, pack: PackInForce, language: Language = .zh) async throws -> String {
            let sheet = ScoreShelf.Sheet(halls: [world.chengnan], from: march, to: march, isWhole: false, language: language, tree: tree, pack: pack)
            return try await world.hall.store.read { tx in
                try shelf.page(sheet, at: now, tx) { gathered in
                    let number = drawings.withLock { $0 += 1; return $0 }
                    return DrawnPage(RefusalPage(status: number, sentence: "\(gathered.whole.cell.total)"), .of(language))
                }
            }.title
        }
        try await add(world, "A", at: world.chengnan, day: "2026-03-02", score: 7500, ended: 10, [])
        #expect(try await page(tree: tree, pack: pack) == "1")
        #expect(try await page(tree: tree, pack: pack) == "1")
        #expect(try await page(tree: tree, pack: pack, language: .en) == "2")
        try await add(world, "B", at: world.chengnan, day: "2026-03-03", score: 500, ended: 20, [])
        #expect(try await page(tree: tree, pack: pack) == "3")
        #expect(try await page(tree: PlaceTree(tree.places), pack: pack) == "4")
        #expect(try await page(tree: tree, pack: other) == "5")
        // What ended just now may get company in the same moment: not kept.
        try await add(world, "C", at: world.chengnan, day: "2026-03-04", score: 500, ended: now.ms - 100, [])
        #expect(try await page(tree: tree, pack: pack) == "6")
        #expect(try await page(tree: tree, pack: pack) == "7")
    }
}
