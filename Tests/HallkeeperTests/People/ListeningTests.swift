import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// A live line ends with what it rests on.
@Suite struct ListeningTests {
    private func line(_ world: TestWorld, _ login: String) async throws -> AsyncStream<[UInt8]> {
        let reply = try await world.get("/events?place=\(world.chengnan)", as: login)
        guard case .live(let opening) = reply.body, reply.status == 200 else { throw ProgramError("no line: \(reply.status)") }
        return opening.stream()
    }

    /// How many lines are left once the sweep has run.
    private func left(_ world: TestWorld) async throws -> Int {
        try await Listening(hall: world.hall).sweep(at: world.clock.now)
        return world.hall.hub.lines
    }

    /// Waits for the end of a line that was ended: what was said on it before is read first.
    private func hearOut(_ stream: AsyncStream<[UInt8]>) async { for await _ in stream {} }

    @Test(arguments: [true, false]) func `who signs out hears nothing more; who stays goes on`(_ leaves: Bool) async throws {
        let world = try await TestWorld.make(planned: false)
        let stream = try await line(world, "guard-chengnan")
        if leaves { #expect(try await world.post("/sign-out", as: "guard-chengnan").status == 303) }
        #expect(try await left(world) == (leaves ? 0 : 1))
        if leaves { await hearOut(stream) }
    }

    @Test func `whoever's roles change is asked again; the others are not`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await Listening(hall: world.hall).sweep(at: world.clock.now)
        let (changed, other) = (try await line(world, "guard-chengnan"), try await line(world, "guide-chengnan"))
        let (person, place) = (world.person("guard-chengnan"), world.chengnan)
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            try PersonActs(act: act).give("cleaner", to: person, at: place, from: TestWorld.monday)
        }
        #expect(try await left(world) == 1)
        await hearOut(changed)
        let still = try #require(world.hall.hub.ears.first)
        #expect(still.person == world.person("guide-chengnan"))
        withExtendedLifetime(other) {}
    }

    @Test func `a session that has run its time is over for its lines too`() async throws {
        let world = try await TestWorld.make(planned: false)
        let stream = try await line(world, "guard-chengnan")
        _ = world.clock.move(to: world.clock.now.adding(minutes: Sessions.lifetimeMinutes + 1))
        #expect(try await left(world) == 0)
        await hearOut(stream)
    }
}
