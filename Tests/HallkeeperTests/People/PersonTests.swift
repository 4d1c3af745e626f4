import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct PersonTests {
    @Test func `a training is recorded in the browser, holds as long as the pack says, and opens what asks for it`() async throws {
        let world = try await TestWorld.make()
        let topic = try #require(try await world.hall.store.read { tx in try world.hall.packs.inForce(on: TestWorld.monday, tx) }?.pack.topics.first { $0.valid != nil })
        let clerk = world.person("guide-chengnan")
        let saved = try await world.post("/people/\(clerk)", as: "administrator", ["do": "qualify", "topic": topic.id, "day": "2026-03-01"])
        #expect(saved.status == 303)
        let until = try await world.hall.store.read { tx in
            try tx.one("select until_day from qualification where person = \(clerk) and topic = \(topic.id) and granted = '2026-03-01'")?.day("until_day")
        }
        #expect(until == topic.lastDay(trainedOn: Day("2026-03-01") ?? TestWorld.monday))
        #expect(try await world.get("/people/\(clerk)", as: "administrator").text.contains(topic.name.zh))
    }

    @Test func `a training of tomorrow is refused in a sentence, and nobody records their own`() async throws {
        let world = try await TestWorld.make()
        let guide = world.person("guide-chengnan")
        let topic = try #require(try await world.hall.store.read { tx in try world.hall.packs.inForce(on: TestWorld.monday, tx) }?.pack.topics.first?.id)
        let early = try await world.post("/people/\(guide)", as: "administrator", ["do": "qualify", "topic": topic, "day": "2026-03-03"])
        #expect(early.status == 422)
        #expect(early.text.contains("培训日期不能晚于今天"))
        let own = try await world.post("/people/\(world.person("administrator"))", as: "administrator", ["do": "qualify", "topic": topic, "day": "2026-03-01"])
        #expect(own.status == 403)
    }

    @Test func `a role is given and ended, and whoever is made inactive is out at once`() async throws {
        let world = try await TestWorld.make()
        let guard_ = world.person("guard-chengnan")
        _ = try await world.signIn("guard-chengnan")
        #expect(try await world.get("/today", as: "guard-chengnan").status == 200)
        #expect(try await world.post("/people/\(guard_)", as: "administrator", ["do": "give", "place": world.chengnan, "role": "guide"]).status == 303)
        #expect(try await world.get("/people/\(guard_)", as: "administrator").text.contains("引导员"))
        #expect(try await world.post("/people/\(guard_)", as: "administrator", ["do": "end", "which": "\(world.chengnan)/guide"]).status == 303)
        let until = try await world.hall.store.read { tx in
            try tx.one("select until_day from role_holder where person = \(guard_) and role = 'guide'")?.day("until_day")
        }
        #expect(until == TestWorld.monday)
        #expect(try await world.post("/people/\(guard_)", as: "administrator", ["do": "deactivate"]).status == 303)
        #expect(try await world.get("/today", as: "guard-chengnan").status == 303)
    }

    @Test func `whoever signs out has the browser forget pages and photos, not rounds that wait to be sent`() async throws {
        let world = try await TestWorld.make(planned: false)
        let out = try await world.post(Site.signOut.link(), as: "cleaner-chengnan")
        #expect(out.header("clear-site-data") == "\"cache\"")
        #expect(try await world.get(Site.today.link(), as: "cleaner-chengnan").header("clear-site-data") == nil)
    }

    @Test func `whoever sits down at a PC left signed in sets neither password nor PIN without the password there is`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (clerk, sessions, now) = (world.person("clerk-chengnan"), Sessions(hall: world.hall), world.clock.now)
        for typed in [[:], ["current": "not this one"], ["current": "1234"]] {
            for field in [["password": "mine from now on"], ["pin": "9999"]] {
                let refused = try await world.post(Site.me.link(), as: "clerk-chengnan", ["do": "secret"].merging(typed) { $1 }.merging(field) { $1 })
                // The fourth of them in a row is the last that is looked at: the fifth is locked out.
                #expect([422, 429].contains(refused.status))
            }
        }
        _ = world.clock.move(to: now.adding(minutes: Sessions.lockMinutes + 1))
        #expect(try await sessions.signIn(login: "clerk-chengnan", password: TestWorld.password, at: world.clock.now).id == clerk)
        #expect(try await sessions.isPIN("1234", of: clerk, at: world.clock.now))
        let short = try await world.post(Site.me.link(), as: "clerk-chengnan", ["do": "secret", "current": TestWorld.password, "pin": "12"])
        #expect(short.status == 422 && short.text.contains("PIN 为 4–8 位数字"))
        #expect(try await world.post(Site.me.link(), as: "clerk-chengnan", ["do": "secret", "current": TestWorld.password]).status == 422)
        #expect(try await world.post(Site.me.link(), as: "clerk-chengnan", ["do": "secret", "current": TestWorld.password, "pin": "9999"]).status == 303)
        #expect(try await sessions.isPIN("9999", of: clerk, at: world.clock.now))
    }

    @Test func `whoever has no password yet shows their PIN, and whoever has neither is asked nothing`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (cleaner, now) = (world.person("cleaner-chengnan"), world.clock.now)
        _ = try await world.hall.store.write { tx in try tx.run("update credential set password = '' where person = \(cleaner)") }
        #expect(try await world.get(Site.me.link(), as: "cleaner-chengnan").text.contains("现在的 PIN"))
        #expect(try await world.post(Site.me.link(), as: "cleaner-chengnan", ["do": "secret", "current": "0000", "password": "mine from now on"]).status == 422)
        #expect(try await world.post(Site.me.link(), as: "cleaner-chengnan", ["do": "secret", "current": "1234", "password": "mine from now on"]).status == 303)
        #expect(try await Sessions(hall: world.hall).signIn(login: "cleaner-chengnan", password: "mine from now on", at: now).id == cleaner)
        let guide = world.person("guide-chengnan")
        _ = try await world.hall.store.write { tx in try tx.run("delete from credential where person = \(guide)") }
        #expect(try await !world.get(Site.me.link(), as: "guide-chengnan").text.contains("name=\"current\""))
        #expect(try await world.post(Site.me.link(), as: "guide-chengnan", ["do": "secret", "pin": "4711"]).status == 303)
    }

    @Test func `a new password signs one out everywhere else, and one set by the administrator everywhere`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (guide, sessions, now) = (world.person("guide-chengnan"), Sessions(hall: world.hall), world.clock.now)
        let phone = try await sessions.begin(guide, at: now)
        #expect(try await sessions.find(phone, at: now) != nil)
        #expect(try await world.post(Site.me.link(), as: "guide-chengnan", ["do": "secret", "current": TestWorld.password, "pin": "4711"]).status == 303)
        #expect(try await sessions.find(phone, at: now) != nil, "a new PIN ends nothing")
        #expect(try await world.post(Site.me.link(), as: "guide-chengnan", ["do": "secret", "current": TestWorld.password, "password": "mine from now on"]).status == 303)
        #expect(try await sessions.find(phone, at: now) == nil)
        #expect(try await sessions.lapsed(phone, at: now) == nil, "nor is it gone on with by PIN")
        #expect(try await world.get(Site.today.link(), as: "guide-chengnan").status == 200)
        #expect(try await world.post(Site.person.link(guide), as: "director-chengnan", ["do": "secret", "password": "fresh and long"]).status == 303)
        #expect(try await world.get(Site.today.link(), as: "guide-chengnan").status == 303)
    }

    @Test func `tries made at the same moment are counted one by one, and after five the right one is not looked at either`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (sessions, person, now) = (Sessions(hall: world.hall), world.person("director-chengnan"), world.clock.now)
        let looked = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<24 {
                group.addTask { number % 2 == 0 ? (try? await sessions.isPIN("0\(100 + number)", of: person, at: now)) == false
                    : (try? await sessions.signIn(login: "director-chengnan", password: "guess \(number)", at: now)).map { _ in true } ?? false }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(looked <= Sessions.failuresBeforeLock)
        await #expect(throws: Refusal.self) { try await sessions.isPIN("1234", of: person, at: now) }
        await #expect(throws: Refusal.self) { try await sessions.signIn(login: "director-chengnan", password: TestWorld.password, at: now) }
        let later = now.adding(minutes: Sessions.lockMinutes)
        #expect(try await sessions.isPIN("1234", of: person, at: later))
        #expect(try await sessions.signIn(login: "director-chengnan", password: TestWorld.password, at: later).id == person)
    }

    @Test func `somebody is taken on with their password in one act, or not at all`() async throws {
        struct Stopped: Error {}
        // The session is written, then the act; before anything else is, the program is stopped.
        let world = try await TestWorld.make(planned: false, wrap: { InterruptedStore($0, beforeWrite: 3) { throw Stopped() } })
        #expect(try await world.post(Site.people.link(), as: "administrator", ["name": "吴双", "login": "double", "password": "long enough", "place": world.chengnan, "role": "guide"]).status == 303)
        let kept = try await world.hall.store.read { tx in
            try tx.one("select password from credential join person on person.person = credential.person where login = 'double'")?.text("password")
        }
        #expect(try await world.hall.credentials.verify("long enough", against: try #require(kept)))
    }
}
