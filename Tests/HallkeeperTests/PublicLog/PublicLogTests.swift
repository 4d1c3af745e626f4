import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct PublicLogTests {
    private static let clean = ["air": "ok", "floor": "ok", "basin": "ok", "toilet": "ok", "paper": "ok"]

    /// The link of the restroom's public log.
    private func log(_ world: TestWorld) async throws -> String {
        _ = try await world.post(Site.labels.link(world.chengnan), as: "administrator", ["what": "all"])
        let place = world.chengnan
        let labels = try await world.hall.store.read { tx in try Label.all(at: place, tx) }
        return try #require(labels.first { $0.kind == .log }).link
    }

    @Test func `anybody reads when it was cleaned and by which role, and no name or sign-in of anybody stands there`() async throws {
        let world = try await TestWorld.make(at: 9)
        let link = try await log(world)
        var answers = Self.clean
        answers["paper"] = "minor"
        answers["paper.note"] = "没有纸了"
        try await world.fill(try await world.duty("restroom"), answers, by: "cleaner-chengnan")
        let page = try await world.get(link)
        #expect(page.status == 200)
        #expect(page.text.contains("保洁员") && page.text.contains("9:00") && page.text.contains("按时"))
        #expect(page.text.contains("1 项不好"))
        #expect(!page.text.contains("没有纸了"))
        #expect(page.header("set-cookie") == nil)
        let people = try await world.hall.store.read { tx in
            try tx.rows("select person.login as login, personal.text as name, person.person as id from person join personal on personal.id = person.name")
                .map { [try $0.text("login"), try $0.text("name"), try $0.text("id")] }
        }
        #expect(people.count > 20)
        // A sign-in of two letters stands in every page by chance.
        for person in people { for word in person where word.count > 2 || word.contains(where: { !$0.isASCII }) { #expect(!page.text.contains(word), "\(word)") } }
    }

    @Test func `one press sends the cleaner within a quarter of an hour, and a second is told that it is known`() async throws {
        let world = try await TestWorld.make(at: 10, 5)
        let link = try await log(world)
        #expect(try await world.get(link).text.contains("<button"))
        let pressed = try await world.post(link)
        #expect(pressed.status == 303)
        #expect(pressed.header("location") == link)
        let duties = try await world.duties("restroom-unclean", at: world.chengnan)
        #expect(duties.count == 1)
        let duty = try #require(duties.first)
        #expect(duty.role == "cleaner" && duty.form == "restroom-check" && duty.isOpen)
        #expect(duty.due == TestWorld.at(10, 20))
        _ = world.clock.move(to: TestWorld.at(10, 9))
        let again = try await world.get(link).text
        #expect(again.contains("10:05") && again.contains("10:20") && !again.contains("<button"))
        #expect(try await world.post(link).status == 303)
        #expect(try await world.duties("restroom-unclean").count == 1)
        let place = world.chengnan
        let events = try await world.hall.store.read { tx in
            try tx.rows("select by_person from event where place = \(place) and kind = 'restroom.reported-unclean'").map { try $0.text("by_person") }
        }
        #expect(events == ["customer"])
        // Cleaned: it stands in the log, and the button is back.
        try await world.fill(duty, Self.clean, by: "cleaner-chengnan")
        let after = try await world.get(link).text
        #expect(after.contains("10:09") && after.contains("<button"))
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `pressing is throttled for an address, and a hall is not called out more than four times an hour`() async throws {
        let world = try await TestWorld.make(at: 10)
        let link = try await log(world)
        for _ in 0..<3 { #expect(try await world.post(link).status == 303) }
        #expect(try await world.post(link).status == 429)
        for minute in [2, 4, 6] {
            try await world.fill(try await world.duty("restroom-unclean"), Self.clean, by: "cleaner-chengnan")
            _ = world.clock.move(to: TestWorld.at(10, minute))
            #expect(try await world.post(link).status == 303)
        }
        try await world.fill(try await world.duty("restroom-unclean"), Self.clean, by: "cleaner-chengnan")
        _ = world.clock.move(to: TestWorld.at(10, 8))
        #expect(try await world.post(link).status == 429)
        _ = world.clock.move(to: TestWorld.at(11, 1))
        #expect(try await world.post(link).status == 303)
    }

    @Test func `a press from another site is refused, and so is one while the hall is closed`() async throws {
        let world = try await TestWorld.make(at: 10)
        let link = try await log(world)
        #expect(try await world.post(link, headers: ["sec-fetch-site": "cross-site"]).status == 400)
        #expect(try await world.post(link, headers: ["origin": "https://evil.example", "host": "hall.example"]).status == 400)
        #expect(try await world.duties("restroom-unclean").isEmpty)
        _ = world.clock.move(to: TestWorld.at(20))
        #expect(try await world.post(link).status == 409)
        let closed = try await world.get(link).text
        #expect(!closed.contains("<button") && closed.contains("现在没有开门"))
    }

    @Test func `the browser's language is spoken, a link changes it without a cookie, and the press keeps it`() async throws {
        let world = try await TestWorld.make(at: 10)
        let link = try await log(world)
        let english = try await world.get(link, headers: ["accept-language": "en-GB,en;q=0.9"])
        #expect(english.text.contains("Opening hours") && english.text.contains("lang=\"en\""))
        let chinese = try await world.get(link + "?lang=zh-CN", headers: ["accept-language": "en-GB"])
        #expect(chinese.text.contains("营业时间") && chinese.text.contains("action=\"\(link)?lang=zh-CN\""))
        #expect(try await world.get(link + "?lang=xx").text.contains("营业时间"))
    }

    @Test func `a log is there only by its own code, while the label hangs, the hall has the thing and the pack shows it`() async throws {
        let world = try await TestWorld.make(at: 10)
        let link = try await log(world)
        #expect(try await world.get("/log/0000000000").status == 404)
        #expect(try await world.post("/log/0000000000").status == 404)
        #expect(try await world.post("/log/no-code").status == 404)
        let place = world.chengnan
        let labels = try await world.hall.store.read { tx in try Label.all(at: place, tx) }
        let zone = try #require(labels.first { $0.kind == .zone })
        #expect(try await world.get(Site.log.link(zone.code)).status == 404)
        // The staff's address of the same code leads here.
        let code = String(link.dropFirst("/log/".count))
        #expect(try await world.get(Site.scan.link(code), as: "cleaner-chengnan").header("location") == link)
        _ = try await world.post(Site.placeTrait.link(place), as: "administrator", ["trait-restroom": "missing"])
        #expect(try await world.get(link).status == 404)
        _ = try await world.post(Site.placeTrait.link(place), as: "administrator", ["trait-restroom": "installed"])
        #expect(try await world.get(link).status == 200)
        _ = try await world.post(Site.labelRevocation.link(place, code), as: "administrator", [:])
        #expect(try await world.get(link).status == 404)
    }

    @Test func `whoever stands in is shown by their own role, and what was not done is shown too`() async throws {
        let world = try await TestWorld.make(at: 0, 1)
        let link = try await log(world)
        let (cleaner, place) = (world.person("cleaner-chengnan"), world.chengnan)
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            let away = RosterLine(place: place, day: TestWorld.monday, role: "cleaner", person: cleaner, present: false, reason: "", by: "clock", at: act.now)
            try act.keep(Change(away, Event(kind: "roster.changed", at: act.now, fields: ["role": "cleaner"])), at: place)
        }
        try await world.move(to: TestWorld.at(10))
        try await world.fill(try await world.duty("restroom"), Self.clean, by: "guard-chengnan")
        let stoodIn = try await world.get(link).text
        #expect(stoodIn.contains("保安") && !stoodIn.contains("保洁员"))
        try await world.move(to: TestWorld.at(22))
        let evening = try await world.get(link).text
        #expect(evening.contains("没有做"))
    }

    @Test func `a process that serves only the public has the log and nothing of the staff's`() async throws {
        let world = try await TestWorld.make(at: 10)
        let link = try await log(world)
        let outside = Shell(hall: world.hall, site: Site.entries(world.hall, groups: [.publicly]))
        #expect(await outside.respond(to: Request(method: "GET", path: link)).status == 200)
        #expect(await outside.respond(to: Request(method: "GET", path: "/today")).status == 404)
        #expect(await outside.respond(to: Request(method: "GET", path: Site.labels.link(world.chengnan))).status == 404)
    }
}
