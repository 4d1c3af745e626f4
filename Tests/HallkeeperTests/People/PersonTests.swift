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
}
