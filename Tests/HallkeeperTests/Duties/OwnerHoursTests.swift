import Regulation
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct OwnerHoursTests {
    @Test func `a department's deadline ends when the department stops business, not the hall it came from`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let place = world.chengnan
        let found = try await world.hall.store.read { [hall = world.hall] tx -> (PackInForce, PlaceFacts)? in
            guard let pack = try hall.packs.inForce(on: TestWorld.monday, tx), let row = try tx.one("select * from place where place = \(place)") else { return nil }
            return (pack, try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row)))
        }
        var (pack, facts) = try #require(found)
        let rule = try #require(pack.pack.rulesWaiting["feedback.escalated"]?.first { $0.role == "enterprise" })
        let early = try OpeningHours(parsing: "Mo-Fr 08:30-16:00")
        let own = try #require(Answer.deadline(of: rule, at: TestWorld.at(9, 30), fields: [:], place: facts, company: pack.pack.company))
        facts.owners["enterprise"] = WorkUnit(name: "office", hours: early, zone: .shanghai, calendar: facts.unit.calendar)
        let theirs = try #require(Answer.deadline(of: rule, at: TestWorld.at(9, 30), fields: [:], place: facts, company: pack.pack.company))
        #expect(own.due == TestWorld.at(17, 30, day: TestWorld.monday.adding(days: 1)))
        #expect(theirs.due == TestWorld.at(16, 0, day: TestWorld.monday.adding(days: 1)))
        _ = pack
    }
}
