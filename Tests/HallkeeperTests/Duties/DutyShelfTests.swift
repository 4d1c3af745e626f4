import Foundation
import Store
import StorePostgres
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Lists of duties are held until something they show has changed: never older than the last act that was answered.
@Suite struct DutyShelfTests {
    private func world() async throws -> (TestWorld, RecordingStore) {
        var made: RecordingStore?
        let world = try await TestWorld.make { store in
            let recording = RecordingStore(store)
            made = recording
            return recording
        }
        return (world, try #require(made))
    }

    /// Whether answering it read duties.
    private func reads(_ recording: RecordingStore, _ ask: () async throws -> Void) async throws -> Bool {
        recording.forget()
        try await ask()
        return recording.statements.contains { $0.contains("from duty where seat") || $0.contains("from duty where place") }
    }

    private func lines(_ page: String) -> [String] { page.split(separator: "\n").filter { $0.contains("<li class=\"line") || $0.contains("<div class=\"what\">") }.map(String.init) }

    @Test func `asked again a page reads no duty and says the same; another hall's acts change nothing`() async throws {
        let (world, recording) = try await world()
        let first = try await world.get(Site.today.link(), as: "cleaner-chengnan").text
        #expect(!lines(first).isEmpty)
        var again = ""
        let read = try await reads(recording) { again = try await world.get(Site.today.link(), as: "cleaner-chengnan").text }
        #expect(!read && lines(again) == lines(first))
        try await world.report("counter.paused", ["counter": "3", "reason": "break"], by: "clerk-chengbei", at: world.chengbei)
        let readAfter = try await reads(recording) { again = try await world.get(Site.today.link(), as: "cleaner-chengnan").text }
        #expect(!readAfter && lines(again) == lines(first))
        // The wall screen and the director's board of a hall are one list.
        _ = try await world.get(Site.board.link(world.chengnan), as: "director-chengnan")
        let readBoard = try await reads(recording) { _ = try await world.get(Site.board.link(world.chengnan), as: "department-head") }
        #expect(!readBoard)
    }

    @Test func `what is done, reported, late, handed on or no longer one's own is on the very next page`() async throws {
        let (world, _) = try await world()
        func today(_ login: String) async throws -> [String] { try await lines(world.get(Site.today.link(), as: login).text) }
        func board() async throws -> String { try await world.get(Site.board.link(world.chengnan), as: "director-chengnan").text }
        let (before, wall) = (try await today("clerk-chengnan"), try await board())
        try await world.report("counter.paused", ["counter": "3", "reason": "break"], by: "clerk-chengnan")
        let after = try await today("clerk-chengnan")
        #expect(after.count > before.count)
        #expect(try await board() != wall)
        let duty = try await world.duty("paused-sign")
        let again = try await board()
        // Time passes: what is late says so, and who was told, from what was read before.
        try await world.move(to: TestWorld.at(9, 7))
        #expect(try await today("clerk-chengnan") != after)
        #expect(try await board() != again)
        try await world.hall.act(by: .person(world.person("director-chengnan")), at: world.clock.now) { act in
            try DutyActs(act: act).waive(duty.id, at: duty.place, reason: "已有别的牌子", by: world.person("director-chengnan"))
        }
        #expect(try await !today("clerk-chengnan").contains { $0.contains(duty.id) })
    }

    @Test func `what was read before an act was answered is not held after it`() async throws {
        let world = try await TestWorld.make()
        let (hall, place, day) = (world.hall, world.chengnan, TestWorld.monday)
        let asked = DutyShelf.Asked(places: [place], kind: "test", until: nil, day: day)
        func list(since mark: UInt64) async throws -> Bool {
            try await hall.store.read { tx in
                var isRead = false
                _ = try hall.duties.list(asked, since: mark, tx) {
                    isRead = true
                    return []
                }
                return isRead
            }
        }
        let mark = hall.duties.mark()
        try await world.report("counter.paused", ["counter": "3", "reason": "break"], by: "clerk-chengnan")
        #expect(try await list(since: mark))
        #expect(try await list(since: hall.duties.mark()), "the first reading may have been of before")
        #expect(try await !list(since: hall.duties.mark()))
        try await world.report("counter.paused", ["counter": "4", "reason": "break"], by: "clerk-chengbei", at: world.chengbei)
        #expect(try await !list(since: hall.duties.mark()))
        // Whoever may still take it back sees its own state, not the shelf's.
        try await hall.act(by: .clock, at: world.clock.now) { act in
            var isRead = false
            _ = try hall.duties.list(asked, since: hall.duties.mark(), act.act) {
                isRead = true
                return []
            }
            #expect(isRead)
        }
    }

    @Test func `where several processes share the database nothing is held`() async throws {
        let store = try PostgresStore(url: try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database(), connections: 1)
        try await store.migrate(try Hallkeeper.migrations)
        let shelf = DutyShelf(isAlone: store.engine == .sqlite)
        for _ in 0..<2 {
            #expect(
                try await store.read { tx in
                    var isRead = false
                    _ = try shelf.list(DutyShelf.Asked(places: ["p"], kind: "test", until: nil, day: TestWorld.monday), since: shelf.mark(), tx) {
                        isRead = true
                        return []
                    }
                    return isRead
                })
        }
        await store.close()
    }
}
