import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The first start over an empty database.
@Suite struct SetUpTests {
    private static let filled = [
        "code": "0123-4567", "pack": "guangan", "company": "广安爱众水务", "hall": "城南营业厅", "hours": "Mo-Fr 08:30-17:30", "trait-restroom": "installed", "trait-parking": "none",
        "name": "吴双", "login": "wu", "password": "long enough",
    ]

    private func count(_ table: String, _ world: TestWorld) async throws -> Int64 {
        try await world.hall.store.read { tx in try tx.one(SQL(text: "select count(*) as n from \(table)", values: []))?.int("n") ?? 0 }
    }

    @Test func `an empty database leads to the set-up, which founds company, hall, administrator, calendar and rulebook, and is gone`() async throws {
        let world = try await TestWorld.empty()
        world.hall.openSetUp("0123-4567")
        #expect(try await world.get(Site.signIn.link()).header("location") == Site.setUp.link())
        #expect(try await world.get(Site.setUp.link()).status == 200)
        #expect(try await world.post(Site.setUp.link(), Self.filled).header("location") == Site.signIn.link())
        let person = try await Sessions(hall: world.hall).signIn(login: "wu", password: "long enough", at: world.clock.now)
        let viewer = try await world.hall.store.read { [hall = world.hall] tx in try ViewerFinder(tx: tx, hall: hall).viewer(person.id, on: TestWorld.monday) }
        #expect(viewer?.may("company") == true && viewer?.may("people") == true && viewer?.may("misconduct") == false)
        let (hall, pack, calendar) = try await world.hall.store.read { [hall = world.hall] tx in
            (try tx.one("select * from place where kind = 'hall'").map(Place.init(row:)), try hall.packs.inForce(on: TestWorld.monday, tx), try hall.calendars.calendar(tx))
        }
        #expect(hall?.name.zh == "城南营业厅" && pack?.pack.company.pack == "guangan" && calendar.isAnnounced(year: 2026))
        #expect(try await count("trait_answer", world) == 2)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
        // The first page says what to do next, until somebody else is there.
        let place = try #require(hall).id
        func today() async throws -> String {
            let token = try await Sessions(hall: world.hall).begin(person.id, at: world.clock.now)
            return try await world.get(Site.today.link(), headers: ["cookie": "hk=\(token)"]).text
        }
        let first = try await today()
        for link in [Site.people.link(), Site.place.link(place), Site.board.link(place), Site.me.link()] { #expect(first.contains("<li><a href=\"\(link)\">"), "\(link)") }
        try await world.hall.act(by: .person(person.id), at: world.clock.now) { act in try PersonActs(act: act).takeOn(name: "高明", login: "gao", at: place) }
        #expect(try await !today().contains(Words.of(.zh)("first.title")))
        // Nobody sets it up twice.
        #expect(try await world.get(Site.setUp.link()).status == 404)
        #expect(try await world.post(Site.setUp.link(), Self.filled).status == 404)
        #expect(try await count("person", world) == 2)
    }

    @Test(arguments: [("code", "9999", "一次性口令不对"), ("company", "", "请写名称"), ("hall", "", "请写名称"), ("hours", "nine to five", "nine to five"), ("name", "", "请写姓名"), ("login", "two words", "不含空格"), ("password", "short", "密码至少 8 个字符"), ("pack", "../../etc", "没有这个规范包")])
    func `what is wrong in it is said at its field, what was typed is kept, and nothing is founded`(field: String, value: String, words: String) async throws {
        let world = try await TestWorld.empty()
        world.hall.openSetUp("0123-4567")
        let refused = try await world.post(Site.setUp.link(), Self.filled.merging([field: value]) { $1 })
        #expect(refused.status == 422 && refused.text.contains(words))
        #expect(refused.text.contains("class=\"problem\""))
        #expect(field == "company" || refused.text.contains("value=\"广安爱众水务\""))
        #expect(!refused.text.contains("long enough"))
        for table in ["person", "place", "entry", "pack_force", "calendar_notice"] { #expect(try await count(table, world) == 0, "\(table)") }
    }

    @Test func `without the code the program printed there is no set-up`() async throws {
        let world = try await TestWorld.empty()
        #expect(try await world.post(Site.setUp.link(), Self.filled).status == 422)
        #expect(try await world.post(Site.setUp.link(), Self.filled.merging(["code": ""]) { $1 }).status == 422)
    }

    @Test func `of two who set it up in the same moment one does, whole`() async throws {
        let world = try await TestWorld.empty()
        world.hall.openSetUp("0123-4567")
        async let one = world.post(Site.setUp.link(), Self.filled)
        async let two = world.post(Site.setUp.link(), Self.filled.merging(["login": "other", "company": "另一家"]) { $1 })
        #expect(try await [one.status, two.status].sorted() == [303, 404])
        #expect(try await count("person", world) == 1)
        #expect(try await count("place", world) == 2)
        #expect(try await count("credential", world) == 1)
    }
}
