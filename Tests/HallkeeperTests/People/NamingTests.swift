import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Who names whom (docs/rules/access.md).
@Suite struct NamingTests {
    private func place(_ code: String, _ world: TestWorld) async throws -> Place.ID {
        try #require(try await world.hall.store.read { tx in try tx.one("select place from place where code = \(code)")?.text("place") })
    }

    /// Takes the PINs of supervision away, as if none of them had set one.
    private func withoutPINs(_ world: TestWorld) async throws {
        for login in ["supervision", "supervision-head", "supervision-leader"] {
            let person = world.person(login)
            _ = try await world.hall.store.write { tx in try tx.run("update credential set pin = '' where person = \(person)") }
        }
    }

    private func pin(_ login: String, _ world: TestWorld) async throws {
        let (secrets, person) = (try await Sessions(hall: world.hall).secrets(pin: "4711"), world.person(login))
        try await world.hall.act(by: .machine("test"), at: world.clock.now) { act in try PersonActs(act: act).keep(secrets, of: person) }
    }

    private func may(_ permission: String, _ login: String, _ world: TestWorld) async throws -> Bool {
        let (person, hall) = (world.person(login), world.hall)
        return try await hall.store.read { tx in try ViewerFinder(tx: tx, hall: hall).viewer(person, on: TestWorld.monday)?.may(permission) == true }
    }

    @Test(arguments: ["administrator", "enterprise", "supervision", "leader", "unit-head", "shift-lead"])
    func `whoever keeps the people of one hall names nobody to a role that sits elsewhere, by none of the forms`(role: String) async throws {
        let world = try await TestWorld.make(planned: false)
        let (director, hall) = (world.person("director-chengnan"), world.chengnan)
        let given = try await world.post(Site.person.link(director), as: "director-chengnan", ["do": "give", "place": hall, "role": role])
        #expect(given.status == 422 && given.text.contains("不设在"))
        let rostered = try await world.post(Site.roster.link(hall), as: "director-chengnan", ["day": TestWorld.monday.description, "who": "\(role)/\(director)/present"])
        #expect(rostered.status == 422 && rostered.text.contains("不设在"))
        let taken = try await world.post(Site.people.link(), as: "director-chengnan", ["name": "吴双", "login": "double", "password": "long enough", "place": hall, "role": role])
        #expect(taken.status == 422 && taken.text.contains("不设在") && taken.text.contains("吴双"))
        #expect(try await world.hall.store.read { tx in try tx.rows("select 1 as one from person where login = 'double'").isEmpty })
        for permission in ["company", "misconduct", "all-cases", "coverage"] { #expect(try await !may(permission, "director-chengnan", world)) }
        #expect(try await world.get(Site.ledger.link(), as: "director-chengnan").status == 403)
    }

    @Test func `what a form offers are the roles that sit where one keeps people`() async throws {
        let world = try await TestWorld.make(planned: false)
        let own = try await world.get(Site.people.link(), as: "director-chengnan").text
        #expect(own.contains("value=\"guide\"") && !own.contains("value=\"administrator\"") && !own.contains("value=\"supervision\""))
        let all = try await world.get(Site.people.link(), as: "administrator").text
        #expect(all.contains("value=\"administrator\"") && all.contains("value=\"supervision\""))
    }

    @Test func `nobody comes to see misconduct without the PIN of somebody who does, not even the administrator`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (me, department, helper) = (world.person("administrator"), try await place("supervision", world), world.person("supervision"))
        let give = ["do": "give", "place": department, "role": "supervision"]
        try await withoutPINs(world)
        let early = try await world.post(Site.person.link(me), as: "administrator", give)
        #expect(early.status == 422 && early.text.contains("还没有设 PIN"))
        try await pin("supervision", world)
        let alone = try await world.post(Site.person.link(me), as: "administrator", give)
        #expect(alone.status == 422 && alone.text.contains("监察人员在这里输入 PIN 同意") && alone.text.contains("name=\"voucher-pin\""))
        let wrong = try await world.post(Site.person.link(me), as: "administrator", give.merging(["voucher": helper, "voucher-pin": "0000"]) { _, new in new })
        #expect(wrong.status == 422 && wrong.text.contains("这个 PIN 不对"))
        let other = try await world.post(Site.person.link(me), as: "administrator", give.merging(["voucher": world.person("clerk-chengnan"), "voucher-pin": "1234"]) { _, new in new })
        #expect(other.status == 422)
        #expect(try await !may("misconduct", "administrator", world))
        let filling = try await world.post(Site.roster.link(department), as: "administrator", ["day": TestWorld.monday.description, "who": "supervision/\(me)/present"])
        #expect(filling.status == 422 && filling.text.contains("不能临时顶岗"))
        #expect(try await !may("misconduct", "administrator", world))

        let agreed = try await world.post(Site.person.link(me), as: "administrator", give.merging(["voucher": helper, "voucher-pin": "4711"]) { _, new in new })
        #expect(agreed.status == 303)
        #expect(try await may("misconduct", "administrator", world))
        let entry = try #require(try await world.hall.store.read { tx in try tx.one("select body from entry where kind = 'role.given' order by id desc limit 1")?.text("body") })
        #expect(entry.contains("\"voucher\":\"\(helper)\""))
    }

    @Test func `nobody alone ends the last of supervision to name the next, nor signs in as one of them`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await pin("supervision-head", world)
        let (department, one, head) = (try await place("supervision", world), world.person("supervision"), world.person("supervision-head"))
        let ways = [["do": "end", "which": "\(department)/supervision"], ["do": "secret", "password": "mine from now on"], ["do": "mail", "mail": "mine@example.cn"], ["do": "deactivate"]]
        for way in ways {
            let alone = try await world.post(Site.person.link(one), as: "administrator", way)
            #expect(alone.status == 422 && alone.text.contains("监察人员在这里输入 PIN 同意"), "\(way)")
        }
        #expect(try await may("misconduct", "supervision", world))
        for way in ways {
            let agreed = try await world.post(Site.person.link(one), as: "administrator", way.merging(["voucher": head, "voucher-pin": "4711"]) { _, new in new })
            #expect(agreed.status == 303, "\(way)")
        }
    }

    @Test func `the first of supervision is named by whoever keeps people`() async throws {
        let world = try await TestWorld.make(planned: false)
        _ = try await world.hall.store.write { tx in try tx.run("update role_holder set until_day = '2026-01-31' where role like 'supervision%'") }
        let department = try await place("supervision", world)
        #expect(try await world.post(Site.person.link(world.person("safety")), as: "administrator", ["do": "give", "place": department, "role": "supervision"]).status == 303)
    }

    @Test func `whoever keeps one hall does not change the sign-in of somebody who may more elsewhere`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (inspector, hall) = (world.person("inspector"), world.chengnan)
        #expect(try await world.post(Site.person.link(inspector), as: "administrator", ["do": "give", "place": hall, "role": "guide"]).status == 303)
        let page = try await world.get(Site.person.link(inspector), as: "director-chengnan")
        #expect(page.status == 200 && page.text.contains("由管理员改") && !page.text.contains("value=\"secret\""))
        for way in [["do": "secret", "password": "mine from now on"], ["do": "mail", "mail": "mine@example.cn"], ["do": "deactivate"]] {
            #expect(try await world.post(Site.person.link(inspector), as: "director-chengnan", way).status == 403)
        }
        #expect(try await world.post(Site.person.link(world.person("guide-chengnan")), as: "director-chengnan", ["do": "secret", "password": "fresh and long"]).status == 303)
    }

    @Test func `who is away and who fills in, from here or by sign-in name from elsewhere, is said for a day and no other`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (hall, day, path) = (world.chengnan, TestWorld.monday, Site.roster.link(world.chengnan))
        func people(_ on: Day) async throws -> Set<Person.ID> { Set(try await world.hall.store.read { tx in try Roster(tx: tx).people("guide", at: hall, on: on) }) }
        let guide = world.person("guide-chengnan")
        #expect(try await world.post(path, as: "director-chengnan", ["day": day.description, "who": "guide/\(guide)/away"]).status == 303)
        #expect(try await people(day).isEmpty)
        let page = try await world.get(path + "?day=\(day)", as: "director-chengnan").text
        #expect(page.contains("不在") && page.contains("回岗") && page.contains("安排顶岗"))
        let clerk = world.person("clerk-chengnan")
        #expect(try await world.post(path, as: "director-chengnan", ["day": day.description, "role": "guide", "person": clerk, "login": ""]).status == 303)
        #expect(try await world.post(path, as: "director-chengnan", ["day": day.description, "role": "guide", "person": "", "login": "guard-chengbei"]).status == 303)
        #expect(try await people(day) == [clerk, world.person("guard-chengbei")])
        #expect(try await people(day.adding(days: 1)) == [guide])
        #expect(try await world.get(path + "?day=\(day)", as: "director-chengnan").text.contains(">顶岗</span>"))
        #expect(try await world.post(path, as: "director-chengnan", ["day": day.description, "who": "guide/\(guide)/present"]).status == 303)
        #expect(try await people(day).contains(guide))
    }

    @Test func `a roster of yesterday, of nobody, of a name there is not, and of somebody inactive is refused in a sentence that keeps what was typed`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (day, path, guide) = (TestWorld.monday, Site.roster.link(world.chengnan), world.person("guide-chengnan"))
        let late = try await world.post(path, as: "director-chengnan", ["day": day.adding(days: -1).description, "who": "guide/\(guide)/away"])
        #expect(late.status == 422 && late.text.contains("过去的当班表不能改"))
        #expect(try await world.get(path + "?day=\(day.adding(days: -1))", as: "director-chengnan").text.contains("只看不改"))
        #expect(try await world.post(path, as: "director-chengnan", ["day": day.description, "role": "guide", "person": "", "login": ""]).text.contains("请选谁来顶岗"))
        let unknown = try await world.post(path, as: "director-chengnan", ["day": day.description, "role": "guide", "person": "", "login": "nobody-here"])
        #expect(unknown.status == 422 && unknown.text.contains("没有这个人") && unknown.text.contains("nobody-here"))
        #expect(try await world.post(Site.person.link(world.person("guard-chengnan")), as: "administrator", ["do": "deactivate"]).status == 303)
        #expect(try await world.post(path, as: "director-chengnan", ["day": day.description, "role": "guide", "person": "", "login": "guard-chengnan"]).status == 422)
        #expect(try await world.post(Site.roster.link(world.chengbei), as: "director-chengnan", ["day": day.description, "who": "guide/\(guide)/present"]).status == 404)
    }
}
