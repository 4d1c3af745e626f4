import Regulation
import Store
import StorePostgres
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The forty-five minutes of 7.2 across midnight, a holiday, a restart and two processes.
@Suite struct ComplaintClockTests {
    private func due(_ world: TestWorld, _ moment: Instant, _ channel: String) async throws -> Instant? {
        _ = world.clock.move(to: moment)
        var intake = TestWorld.intake
        intake.channel = channel
        return try await world.owed(try await world.takeIn(intake))["complaint.contacted"]?.due
    }

    @Test func `by the wall clock over midnight and on a holiday; by web within calling hours, holidays too`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (first, second) = (try #require(Day("2026-10-01")), try #require(Day("2026-10-02")))
        #expect(try await due(world, TestWorld.at(23, 40), "hotline") == TestWorld.at(24, 25))
        #expect(try await due(world, TestWorld.at(10, day: first), "hotline") == TestWorld.at(10, 45, day: first), "National Day")
        #expect(try await due(world, TestWorld.at(11, 40, day: first), "web") == TestWorld.at(12, 25, day: first), "a holiday has calling hours too")
        #expect(try await due(world, TestWorld.at(23, 30, day: first), "web") == TestWorld.at(8, 45, day: second))
    }

    private func told(_ hall: Hallkeeper, _ c: Complaint) async throws -> (steps: [Int], overdue: Int, inbox: Int) {
        let (subject, engine) = (c.subject, hall.store)
        return try await engine.read { tx in
            let duty = try tx.one("select id from duty where subject = \(subject) and ends_on = 'complaint.contacted' and subject <> ''")?.text("id") ?? ""
            return (
                try tx.rows("select step from step where duty = \(duty) order by step").map { Int(try $0.int("step")) },
                Int(try tx.one("select count(*) as n from entry where kind = 'duty.overdue' and about = \("duty:" + duty)")?.int("n") ?? 0),
                Int(try tx.one("select count(*) as n from (select person, step from inbox where duty = \(duty) group by person, step having count(*) > 1) twice")?.int("n") ?? 0)
            )
        }
    }

    @Test func `a process that was down when they ran out tells it once when it is back, and the deadline is the same`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        let before = try #require(try await world.owed(c)["complaint.contacted"]?.due)
        // Down from now on; another process opens the same data three hours later.
        _ = world.clock.move(to: world.clock.now.adding(minutes: 180))
        let again = Hallkeeper(store: world.hall.store, blobs: world.hall.blobs, clock: world.clock, ids: Program.ids(Program.chance), chance: Program.chance, log: .init(label: "test"))
        for _ in 0..<2 { try await JobRunner(hall: again).catchUp(to: world.clock.now) }
        #expect(try await world.owed(c)["complaint.contacted"]?.due == before)
        let told = try await told(again, c)
        #expect(told.steps == Array(Set(told.steps)).sorted() && told.inbox == 0 && told.overdue <= 1)
        #expect(told.steps.contains(1), "the unit's head has been told")
    }

    @Test func `two processes on one PostgreSQL take each step once`() async throws {
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let first = try #require(Day("2026-03-02"))
        _ = try await Program.simulate(halls: 1, from: first, days: 2, seed: 4, files: try TestWorld.pack(), database: url)
        let clock = StandingClock(Zone.shanghai.instant(first.adding(days: 2), minute: 600))
        func process() throws -> Hallkeeper {
            let store = try PostgresStore(url: url, connections: 3)
            return Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: .init(label: "test"))
        }
        let (one, other) = (try process(), try process())
        let (taker, place) = try await one.store.read { tx in
            (try tx.one("select person from role_holder where role = 'agent' order by person")?.text("person") ?? "", try tx.one("select place from place where kind = 'call-centre'")?.text("place") ?? "")
        }
        var intake = TestWorld.intake
        intake.tracking = TrackingCode.draw(one)
        let full = intake
        let c = try await one.act(by: .person(taker), at: clock.now) { act in try ComplaintActs(act).record(full, by: taker, at: place) }
        for minutes in [31, 46, 121] {
            _ = clock.move(to: Zone.shanghai.instant(first.adding(days: 2), minute: 600 + minutes))
            let now = clock.now
            await withTaskGroup(of: Void.self) { group in
                for hall in [one, other] {
                    group.addTask {
                        for due in (try? await Clockwork(hall: hall).due(at: now)) ?? [] { try? await Clockwork(hall: hall).tick(due.place, due.duty, at: now) }
                        let sending = Sending(hall: hall)
                        for item in (try? await sending.due(at: now)) ?? [] { try? await sending.send(item.place, item.duty, item.step, at: now) }
                    }
                }
            }
        }
        let told = try await told(other, c)
        #expect(told.steps == [0, 1, 2] && told.inbox == 0, "\(told)")
        await one.store.close()
        await other.store.close()
    }
}
