import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct ClockworkTests {
    private func identities(_ world: TestWorld) async throws -> [String] {
        try await world.hall.store.read { tx in
            try tx.rows("select place, rule, subject, occasion, due from duty where cause = '' order by place, rule, subject, occasion").map { row in
                try ["place", "rule", "subject", "occasion"].map { try row.text($0) }.joined(separator: "|") + "|\(try row.int("due"))"
            }
        }
    }

    @Test func `planning twice makes nothing new`() async throws {
        let world = try await TestWorld.make()
        let before = try await identities(world)
        for place in world.world.halls { _ = try await Planning(hall: world.hall).plan(place, at: world.clock.now) }
        #expect(try await identities(world) == before)
        #expect(before.count > 60)
    }

    @Test func `the first moment of a duty is the first of all its moments, whatever rule, time and end it has`() async throws {
        let world = try await TestWorld.make()
        let (hall, chengnan) = (world.hall, world.chengnan)
        let (inForce, unit) = try await hall.store.read { tx in
            let place = try #require(try tx.one("select * from place where place = \(chengnan)").map(Place.init(row:)))
            return (try #require(try hall.packs.inForce(on: TestWorld.monday, tx)), try FactFinder(tx: tx, hall: hall).unit(of: place))
        }
        let planned = try await hall.store.read { tx in try tx.rows("select * from duty where place = \(chengnan) and state = 'open'").map(Duty.init(row:)) }
        var (compared, before) = (0, 0)
        for rule in inForce.pack.rules {
            for base in planned.prefix(6) {
                for (opens, lapses) in [(-600, nil), (-30, 0), (0, 10), (-2000, -15), (-5, 90)] as [(Int, Int?)] {
                    var duty = base
                    (duty.rule, duty.opens) = (rule.id, duty.due.adding(minutes: opens))
                    duty.lapses = lapses.map { duty.due.adding(minutes: $0) }
                    let all = Timeline(of: duty, rule: rule, pack: inForce.pack, unit: unit).moments
                    #expect(Timeline.first(of: duty, rule: rule, pack: inForce.pack, unit: unit) == all.first?.at, "\(rule.id) \(opens) \(String(describing: lapses))")
                    compared += 1
                    before += all.first.map { $0.at < duty.due } == true ? 1 : 0
                }
            }
        }
        #expect(compared > 1000 && before > 50)
    }

    @Test func `planned each hour or once after a week's outage, the duties are the same`() async throws {
        let (often, once) = (try await TestWorld.make(), try await TestWorld.make())
        for hour in 1...(7 * 24) { try await often.move(to: TestWorld.at(9).adding(minutes: hour * 60)) }
        try await once.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 7)))
        #expect(try await identities(often) == (try await identities(once)))
        for world in [often, once] {
            let late = try await world.hall.store.read { tx in
                try tx.one("select count(*) as n from duty where state = 'open' and next_at < \(world.clock.now)")?.int("n")
            }
            #expect(late == 0)
        }
        func steps(_ world: TestWorld) async throws -> [String] {
            try await world.hall.store.read { tx in
                try tx.rows("select d.place, d.rule, d.subject, d.occasion, s.step, s.at from step s join duty d on d.id = s.duty order by 1, 2, 3, 4, 5").map {
                    "\(try $0.text("place"))|\(try $0.text("rule"))|\(try $0.text("subject"))|\(try $0.text("occasion"))|\(try $0.int("step"))|\(try $0.int("at"))"
                }
            }
        }
        let (a, b) = (try await steps(often), try await steps(once))
        #expect(a == b)
        #expect(a.count > 20)
    }

    @Test func `a timer whose moment has moved is set anew instead of being looked at for ever`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        // As if the hours had changed since: the timer says now, the ladder says later.
        _ = try await world.hall.store.write { tx in try tx.run("update duty set next_at = \(TestWorld.at(9, 0)), next_step = 0 where id = \(duty.id)") }
        try await Clockwork(hall: world.hall).tick(duty.place, duty.id, at: world.clock.now)
        let next = try #require(try await world.duty("restroom").nextAt)
        #expect(next >= world.clock.now)
    }

    @Test func `two clocks at once take each step once`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        _ = world.clock.move(to: duty.due.adding(minutes: 200))
        let now = world.clock.now
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await Clockwork(hall: world.hall).tick(duty.place, duty.id, at: now) } }
            return try await group.reduce(0, +)
        }
        let rows = try await world.hall.store.read { tx in try tx.one("select count(*) as n from step where duty = \(duty.id)")?.int("n") }
        #expect(Int64(taken) == rows)
        #expect(taken >= 1)
    }

    @Test func `a late duty climbs to the director's inbox, and says why they are told`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        try await world.move(to: duty.due.adding(minutes: 1))
        let director = world.person("director-chengnan")
        let why = try await world.hall.store.read { tx in
            try tx.rows("select why from inbox where duty = \(duty.id) and person = \(director)").map { try $0.text("why") }
        }
        #expect(why == ["role:director"])
        let page = try await world.get("/inbox", as: "director-chengnan").text
        #expect(page.contains("1.2-16"))
    }

    @Test func `a message that has become moot is dropped`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let place = world.chengnan
        let duty = try await world.duty("restroom")
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            try act.enter(Event(kind: "test", at: act.now), at: place)
            _ = try act.act.addIfNew(Outgoing(place: place, duty: duty.id, step: 7, tell: "director", immediate: false, opens: act.now.adding(minutes: 5), state: .waiting))
            var done = duty
            done.state = .waived
            done.nextAt = nil
            try act.act.keep(done)
        }
        _ = world.clock.move(to: world.clock.now.adding(minutes: 6))
        #expect(try await Sending(hall: world.hall).send(place, duty.id, 7, at: world.clock.now).isEmpty)
        let state = try await world.hall.store.read { tx in try tx.one("select state from outbox where duty = \(duty.id) and step = 7")?.text("state") }
        #expect(state == "moot")
    }

    @Test func `a half-day round not done by its end is missed for good`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.move(to: TestWorld.at(13))
        let mornings = try await world.duties("restroom", at: world.chengnan).filter { $0.occasion.hasSuffix("/am") }
        let duty = try #require(mornings.first)
        #expect(duty.state == .missed)
        #expect(duty.nextAt == nil)
    }

    @Test func `a day closed by order is not required, not missed`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let tomorrow = TestWorld.monday.adding(days: 1)
        let administrator = world.world.administrator
        try await world.hall.act(by: .person(administrator), at: world.clock.now) { act in
            try PlaceActs(act: act).close(world.chengnan, on: tomorrow, reason: "停电")
        }
        try await world.move(to: TestWorld.at(20, day: tomorrow))
        let states = try await world.duties("restroom", at: world.chengnan).filter { $0.day == tomorrow }.map(\.state)
        #expect(!states.isEmpty)
        #expect(states.allSatisfy { $0 == .notRequired })
    }

    @Test func `a clock that jumps over five minutes makes escalation wait until it is confirmed`() throws {
        let watch = ClockWatch()
        let start = ContinuousClock.now
        #expect(watch.jump(wall: Instant(ms: 0), monotonic: start) == 0)
        #expect(watch.jump(wall: Instant(ms: 61_000), monotonic: start.advanced(by: .seconds(60))) == 0)
        #expect(watch.jump(wall: Instant(ms: 61_000 + 3_600_000), monotonic: start.advanced(by: .seconds(61))) > 3_500_000)
        let timers = Timers()
        timers.check(atStart: Instant(ms: 10), lastEntry: Instant(ms: 2_010))
        #expect(!timers.arePaused, "clocks of two processes differ by seconds")
        timers.check(atStart: Instant(ms: 10), lastEntry: Instant(ms: 600_000))
        #expect(timers.arePaused)
        timers.confirm()
        #expect(!timers.arePaused)
    }

    @Test func `a jump is noticed before a timer believes it`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let time = SimulatedTime(world.clock.now)
        let wall = WallClock(time)
        let hall = SimulatedProcess.hall(world.hall.store, wall, KnownPacks(), 3)
        let job = Jobs.all.first { $0.name == Jobs.steps }
        let steps = try #require(job)
        try await JobRunner(hall: hall).turn(steps)
        let before = try await hall.store.read { tx in try tx.rows("select step from step").count }
        wall.set(off: 86_400_000)
        try await JobRunner(hall: hall).turn(steps)
        #expect(hall.timers.arePaused)
        let taken = try await hall.store.read { tx in try tx.rows("select step from step").count }
        let told = try await hall.store.read { tx in try tx.rows("select id from entry where kind = 'clock.jumped'").count }
        #expect(taken == before && told == 1)
    }

    @Test func `a deadline moved behind us is told of at once, and no step of it is left out`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        // The company works on Saturday: what was due on Monday is due on Saturday.
        let friday = TestWorld.monday.adding(days: 4)
        try await world.move(to: TestWorld.at(10, day: friday))
        let inForce = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.inForce(on: TestWorld.monday, tx) }
        let kind = try #require(inForce?.pack.event("key.lost"))
        var fields: [String: String] = [:]
        for field in kind.fields { fields[field.id] = field.options.first?.id ?? (field.kind == .day ? friday.description : "1") }
        try await world.report("key.lost", fields, by: "director-chengnan")
        let before = try await world.duty("lock-changed")
        #expect(before.due == TestWorld.at(17, 30, day: friday.adding(days: 3)))
        try await world.move(to: TestWorld.at(9, day: friday.adding(days: 2)))
        let text = "year: 2026\npapers: []\ndays:\n  - {day: 2026-03-07, off: no, name: 调休}\n"
        try await CalendarLoading(hall: world.hall).load(text, level: "company", reason: "按令", by: .clock, at: world.clock.now)
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        let after = try await world.duty("lock-changed")
        #expect(after.due < world.clock.now && after.nextAt.map { $0 <= after.due } == true, "what it had not brought yet comes now")
        try await world.move(to: world.clock.now.adding(minutes: 1))
        let about = "duty:" + after.id
        let overdue = try await world.hall.store.read { tx in try tx.rows("select id from entry where kind = 'duty.overdue' and about = \(about)").count }
        #expect(overdue == 1)
    }

    @Test func `who was stopped amid what concerns all does not set back who went on`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let text = "year: 2026\npapers: []\ndays:\n  - {day: 2026-03-03, off: yes, name: 公司放假}\n"
        try await CalendarLoading(hall: world.hall).load(text, level: "company", reason: "按令", by: .clock, at: world.clock.now)
        let (now, store) = (world.clock.now, world.hall.store)
        let other = SimulatedProcess.hall(store, world.clock, KnownPacks(), 4)
        let places = Int(try await store.read { tx in try tx.one("select count(*) as n from place where ended is null")?.int("n") ?? 0 })
        // Stopped before its last write; meanwhile the other does it all.
        let stopped = SimulatedProcess.hall(InterruptedStore(store, beforeWrite: places + 1) { while try await Spreading(hall: other).work(at: now) {} }, world.clock, KnownPacks(), 5)
        #expect(try await Spreading(hall: stopped).work(at: now))
        let rows = try await store.read { tx in try tx.rows("select * from fanout").map(Fanout.init(row:)) }
        #expect(rows.map(\.state) == [.done] && rows.map(\.done) == [places])
        let entries = try await store.read { tx in try tx.rows("select id from entry where kind = 'fanout.advanced'").count }
        #expect(entries == 1)
    }

    @Test func `a new notice moves open deadlines it touches and leaves an entry for each`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let place = world.chengnan
        let inForce = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.inForce(on: TestWorld.monday, tx) }
        let pack = try #require(inForce)
        let rule = try #require(pack.pack.rule("lock-changed"))
        let kind = try #require(pack.pack.event("key.lost"))
        var fields: [String: String] = [:]
        for field in kind.fields { fields[field.id] = field.options.first?.id ?? (field.kind == .day ? "2026-03-02" : "1") }
        try await world.report("key.lost", fields, by: "director-chengnan")
        let before = try await world.duty(rule.id)
        #expect(before.due == TestWorld.at(17, 30, day: TestWorld.monday.adding(days: 1)))
        // The company gives Tuesday off.
        let text = "year: 2026\npapers: []\ndays:\n  - {day: 2026-03-03, off: yes, name: 公司放假}\n"
        try await CalendarLoading(hall: world.hall).load(text, level: "company", reason: "按令", by: .clock, at: world.clock.now)
        while try await Spreading(hall: world.hall).work(at: world.clock.now) {}
        let after = try await world.duty(rule.id)
        #expect(after.due == TestWorld.at(17, 30, day: TestWorld.monday.adding(days: 2)))
        #expect(after.firstDue == before.due)
        let about = "duty:" + after.id
        let entries = try await world.hall.store.read { tx in
            try tx.one("select count(*) as n from entry where place = \(place) and kind = 'duty.moved' and about = \(about)")?.int("n")
        }
        #expect(entries == 1)
    }

    @Test func `a withdrawn rule's open duties end as not required, done ones stay`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        var files = try TestWorld.pack()
        // The new edition asks nothing of the afternoon temperature any more.
        let rule = "temperature-log"
        for index in files.indices where files[index].name.hasPrefix("rules/") {
            files[index].text = without(rule, files[index].text)
        }
        try #require(PackReader.read(files).pack != nil)
        let today = TestWorld.monday
        try await Publishing(hall: world.hall).publish(files, from: today, by: .clock, at: world.clock.now)
        try await JobRunner(hall: world.hall).catchUp(to: world.clock.now)
        let states = try await world.duties(rule).map(\.state)
        #expect(states.allSatisfy { $0 == .notRequired })
    }

    /// A rules file without one of its rules.
    private func without(_ rule: String, _ text: String) -> String {
        var lines: [String] = []
        var isSkipping = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  - ") { isSkipping = line.hasPrefix("  - id: \(rule)") }
            if !isSkipping { lines.append(String(line)) }
        }
        return lines.joined(separator: "\n")
    }
}
