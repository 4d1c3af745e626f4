import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct AlarmTests {
    private func away(_ login: String, _ role: String, _ world: TestWorld, on day: Day) async throws {
        let (person, place) = (world.person(login), world.chengnan)
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            try PersonActs(act: act).roster(role, person, at: place, on: day, present: false, reason: "病假")
        }
    }

    private func alarms(_ world: TestWorld) async throws -> [(place: String, mark: String, state: String)] {
        try await world.hall.store.read { tx in
            try tx.rows("select place, duty, state from outbox where duty like 'role:%' order by place, duty").map {
                (try $0.text("place"), try $0.text("duty"), try $0.text("state"))
            }
        }
    }

    /// A role of the hall that owes something, that the pack does not call optional, and that one person fills.
    private let role = "director"

    @Test func `a role nobody fills is an alarm to who keeps the roster, once a day, and dropped when somebody steps in`() async throws {
        let world = try await TestWorld.make(planned: false)
        let day = TestWorld.monday
        try await away("director-chengnan", role, world, on: day)
        try await world.move(to: TestWorld.at(9, 5))
        let mark = Unfilled.mark(role, day)
        let mine = try await alarms(world).filter { $0.place == world.chengnan && $0.mark == mark }
        #expect(mine.map(\.state) == ["sent"])
        let receivers = try await world.hall.store.read { tx in
            try tx.rows("select person from inbox where duty = \(mark)").map { try $0.text("person") }
        }
        #expect(!receivers.isEmpty)
        try await world.move(to: TestWorld.at(9, 30))
        #expect(try await alarms(world).filter { $0.mark == mark && $0.place == world.chengnan }.count == 1)
        // Whoever gets it sees who is missing and is led to the roster.
        let someone = try #require(world.world.residents.first { receivers.contains($0.person) }?.login)
        let page = try await world.get("/inbox", as: someone)
        #expect(page.text.contains("没有人当“"))
        #expect(page.text.contains(Site.roster.link(world.chengnan)))
    }

    @Test func `while everybody is there, nothing is said`() async throws {
        let world = try await TestWorld.make()
        try await world.move(to: TestWorld.at(9, 30))
        #expect(try await alarms(world).filter { $0.place == world.chengnan }.isEmpty)
    }

    @Test func `after an outage, what no longer matters is not sent, and each person reads one line of how many there were`() async throws {
        let world = try await TestWorld.make(at: 9)
        // Two duties fall due while the program stands still, and are done by somebody before it goes on.
        try await world.report("equipment.faulted", ["equipment": "ticket-machine"], by: "guide-chengnan")
        let sign = try await world.duty("fault-sign")
        try await world.move(to: sign.due.adding(minutes: 1))
        // The ladder's message waits in the outbox as if the program had stopped before sending it.
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            for row in try act.act.rows("select * from outbox where duty = \(sign.id)") {
                var outgoing = try Outgoing(row: row)
                outgoing.state = .waiting
                try act.enter(Event(kind: "test.put-back", at: act.now), at: sign.place)
                try act.act.keep(outgoing)
            }
            for row in try act.act.rows("select person from inbox where duty = \(sign.id)") {
                _ = try act.act.run("delete from inbox where duty = \(sign.id) and person = \(try row.text("person"))")
            }
        }
        try await world.fill(sign, ["sign": "yes", "told": "维修"], by: "guide-chengnan")
        try await world.move(to: sign.due.adding(minutes: 60))
        let (summaries, sent) = try await world.hall.store.read { tx in
            (
                try tx.rows("select person, why from inbox where duty like 'summary/%'").map { (try $0.text("person"), try $0.text("why")) },
                try tx.one("select count(*) as n from inbox where duty = \(sign.id)")?.int("n")
            )
        }
        #expect(sent == 0)
        #expect(summaries.map(\.1) == ["moot:1"])
        let director = try #require(world.world.residents.first { $0.person == summaries.first?.0 }?.login)
        #expect(try await world.get("/inbox", as: director).text.contains("1 条提醒已不需要处理"))
    }
}
