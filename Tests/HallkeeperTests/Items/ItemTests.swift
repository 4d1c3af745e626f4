import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The register of extinguishers (5.3-1): entered, looked at one by one, warned of, serviced, replaced, retired.
@Suite struct ItemTests {
    private func items(_ world: TestWorld, at place: Place.ID? = nil) async throws -> [Item] {
        let id = place ?? world.chengnan
        return try await world.hall.store.read { tx in try Item.all(at: id, tx) }
    }

    private func item(_ world: TestWorld, _ name: String) async throws -> Item { try #require(try await items(world).first { $0.name == name }) }

    /// A form with a photo of the label, as a browser sends it.
    private func send(_ world: TestWorld, _ link: String, as login: String, _ fields: [String: String], photo: Bool = true) async throws -> Reply {
        let session = try await world.signIn(login)
        var request = Request(method: "POST", path: link)
        request.headers = ["cookie": "hk=\(session.token)", "content-type": "multipart/form-data; boundary=b"]
        for (name, value) in fields.merging(["csrf": session.csrf], uniquingKeysWith: { own, _ in own }) {
            request.body += Array("--b\r\ncontent-disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        if photo {
            request.body += Array("--b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\ncontent-type: image/jpeg\r\n\r\n".utf8) + (try StandInPicture.jpeg(0x445566)) + Array("\r\n".utf8)
        }
        request.body += Array("--b--\r\n".utf8)
        return await world.shell.respond(to: request)
    }

    private let look = ["place": "ok", "pressure": "ok", "parts": "ok", "dates": "ok"]

    @Test func `each extinguisher has its own monthly look by the hall and its own check by the department`() async throws {
        let world = try await TestWorld.make()
        let all = try await items(world)
        #expect(all.count == 5)
        let looks = try await world.duties("extinguisher-looked-at", at: world.chengnan)
        #expect(Set(looks.map(\.subject)) == Set(all.map(\.subject)))
        #expect(looks.allSatisfy { $0.role == "director" && $0.form == "extinguisher-look" })
        let checks = try await world.duties("extinguisher-checked", at: world.chengnan)
        #expect(checks.count == 5 && checks.allSatisfy { $0.role == "safety" && $0.seat != world.chengnan })
        let duty = try #require(looks.first)
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "director-chengnan").text
        let thing = try #require(all.first { $0.subject == duty.subject })
        #expect(page.contains("月查灭火器（灭火器 \(thing.name)）") && page.contains(Site.item.link(duty.place, thing.id)))
        #expect(page.contains("全部合格，交"), "one button where all is well")
        // Next month they come anew; what is away to be serviced is not asked for.
        var away = ItemActs.Draft(thing)
        away.state = .away
        let typed = away
        try await world.hall.act(by: .clock, at: world.clock.now) { act in try ItemActs(act: act).change(thing.id, to: typed, at: world.chengnan) }
        try await world.move(to: TestWorld.at(9, day: Day("2026-04-01") ?? TestWorld.monday))
        let april = try await world.duties("extinguisher-looked-at", at: world.chengnan).filter { $0.occasion == "2026-04/month" }
        #expect(april.count == 4 && !april.contains { $0.subject == thing.subject })
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what is wanting at one extinguisher is that one's finding, and does not join another's`() async throws {
        let world = try await TestWorld.make()
        let looks = try await world.duties("extinguisher-looked-at", at: world.chengnan)
        let photo = try await world.photo()
        for duty in looks.prefix(2) {
            try await world.fill(duty, look.merging(["pressure": "serious", "pressure.note": "指针在红区", "pressure.photo": photo]) { $1 }, by: "director-chengnan")
        }
        let findings = try await world.hall.store.read { tx in try tx.rows("select * from finding where form = 'extinguisher-look' order by id").map(Finding.init(row:)) }
        #expect(findings.count == 2 && findings.allSatisfy { $0.times == 1 && $0.severity == "serious" && $0.clause == "5.3-1" })
        #expect(Set(findings.map(\.subject)) == Set(looks.prefix(2).map(\.subject)))
        let names = try await items(world).filter { item in findings.contains { $0.subject == item.subject } }.map(\.name)
        let list = try await world.get(Site.findings.link(), as: "director-chengnan").text
        for name in names { #expect(list.contains("压力在绿区（灭火器 \(name)）")) }
        let first = try #require(findings.first)
        let thing = try #require(Item.id(in: first.subject))
        #expect(try await world.get(Site.finding.link(first.place, first.id), as: "director-chengnan").text.contains(Site.item.link(world.chengnan, thing)))
        #expect(try await world.get(Site.item.link(world.chengnan, thing), as: "director-chengnan").text.contains(Site.finding.link(first.place, first.id)))
        // Put right and looked at again by another, it is closed; the other stays open.
        try await world.hall.act(by: .person(world.person("director-chengnan")), at: world.clock.now) { act in
            try FindingActs(act: act).rectify(first.id, at: first.place, note: "换了一具", photos: [photo], by: world.person("director-chengnan"))
        }
        try await world.hall.act(by: .person(world.person("guard-chengnan")), at: world.clock.now) { act in
            try FindingActs(act: act).recheck(first.id, at: first.place, note: "", isRight: true, by: world.person("guard-chengnan"))
        }
        let open = try await world.hall.store.read { tx in try tx.rows("select id from finding where form = 'extinguisher-look' and state = 'open'").map { try $0.text("id") } }
        #expect(open == findings.dropFirst().map(\.id))
    }

    @Test func `thirty days before it runs out the director owes a renewal, which servicing ends and which then is counted from that day`() async throws {
        let world = try await TestWorld.make()
        // Water-based, never serviced, three years on 12 April.
        let item = try await item(world, "1")
        #expect(item.type == "water" && item.made == Day("2023-04-12"))
        #expect(try await world.duties("extinguisher-renewed", at: world.chengnan).isEmpty)
        try await world.move(to: TestWorld.at(9, day: Day("2026-03-13") ?? TestWorld.monday))
        let duty = try #require(try await world.duties("extinguisher-renewed", at: world.chengnan).first { $0.subject == item.subject })
        #expect(duty.isOpen && world.hall.zone.day(of: duty.due) == Day("2026-04-12"))
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "director-chengnan").text
        #expect(page.contains("2026年4月12日 周日到期") && page.contains("去登记维修或更换"))
        let own = Site.item.link(world.chengnan, item.id)
        #expect(try await world.get(own, as: "director-chengnan").text.contains("2026-04-12 前维修 · 还有 30 天"))
        let renewal = Site.itemRenewal.link(world.chengnan, item.id)
        #expect(try await send(world, renewal, as: "director-chengnan", ["how": "serviced", "day": "2026-03-12"], photo: false).text.contains("还差 1 张新标签的照片"))
        #expect(try await send(world, renewal, as: "director-chengnan", ["how": "serviced", "day": "2026-03-14"]).text.contains("不能晚于今天"))
        #expect(try await send(world, renewal, as: "director-chengnan", ["how": "serviced", "day": "2026-03-12"]).status == 303)
        #expect(try await world.duties("extinguisher-renewed", at: world.chengnan).first { $0.id == duty.id }?.state == .done)
        #expect(try await world.get(own, as: "director-chengnan").text.contains("2027-03-12 前维修"), "then every year")
        try await world.move(to: TestWorld.at(9, day: Day("2026-04-20") ?? TestWorld.monday))
        #expect(try await world.duties("extinguisher-renewed", at: world.chengnan).filter { $0.subject == item.subject }.count == 1)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `past its end it can only be replaced: the old one is retired, the new one has its number, and what was owed is over`() async throws {
        let world = try await TestWorld.make()
        // Clean gas, ten years on 12 April, serviced in between.
        let item = try await item(world, "3")
        #expect(item.type == "clean-gas" && item.serviced != nil)
        try await world.move(to: TestWorld.at(9, day: Day("2026-04-13") ?? TestWorld.monday))
        let duty = try #require(try await world.duties("extinguisher-renewed", at: world.chengnan).first { $0.subject == item.subject })
        #expect(duty.isOpen && duty.due < world.clock.now)
        let renewal = Site.itemRenewal.link(world.chengnan, item.id)
        let late = try await world.get(Site.item.link(world.chengnan, item.id), as: "director-chengnan").text
        #expect(late.contains("报废已过期 1 天") && late.contains("只能更换") && !late.contains("value=\"serviced\""))
        #expect(try await send(world, renewal, as: "director-chengnan", ["how": "serviced", "day": "2026-04-13"]).status == 409)
        #expect(try await send(world, renewal, as: "director-chengnan", ["how": "replaced", "type": "clean-gas", "made": ""]).text.contains("写新器材的出厂日期"))
        let done = try await send(world, renewal, as: "director-chengnan", ["how": "replaced", "type": "dry-powder", "made": "2026-02"])
        let fresh = try await self.item(world, "3")
        #expect(done.status == 303 && done.header("location") == Site.item.link(world.chengnan, fresh.id) && fresh.id != item.id)
        #expect(fresh.type == "dry-powder" && fresh.made == Day("2026-02-01") && fresh.zone == item.zone && fresh.serviced == nil && !fresh.photo.isEmpty)
        #expect(try await world.duties("extinguisher-renewed", at: world.chengnan).first { $0.id == duty.id }?.state == .late)
        #expect(try await world.duties("extinguisher-looked-at", at: world.chengnan).filter { $0.subject == item.subject && $0.isOpen }.isEmpty)
        #expect(try await send(world, renewal, as: "director-chengnan", ["how": "replaced", "type": "dry-powder", "made": "2026-02"]).status == 409, "replaced already")
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a thing nobody knows the age of counts as run out, until its days are corrected`() async throws {
        let world = try await TestWorld.make()
        let link = Site.itemsOf.link(world.chengnan)
        #expect(try await world.post(link, as: "director-chengnan", ["kind": "extinguisher", "type": "co2", "name": "9", "state": "in-use"]).status == 303)
        let item = try await item(world, "9")
        #expect(try await world.get(link, as: "director-chengnan").text.contains("没有出厂日期，不能用"))
        try await world.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 1)))
        let duty = try #require(try await world.duties("extinguisher-renewed", at: world.chengnan).first { $0.subject == item.subject })
        #expect(try await send(world, Site.itemRenewal.link(world.chengnan, item.id), as: "director-chengnan", ["how": "serviced", "day": "2026-03-03"]).status == 409)
        let corrected = ["type": "co2", "name": "9", "state": "in-use", "made": "2024/5/18"]
        #expect(try await world.post(Site.item.link(world.chengnan, item.id), as: "director-chengnan", corrected).status == 303)
        #expect(try await world.duties("extinguisher-renewed", at: world.chengnan).first { $0.id == duty.id }?.state == .notRequired)
        #expect(try await world.get(Site.item.link(world.chengnan, item.id), as: "director-chengnan").text.contains("2029-05-18 前维修"))
    }

    @Test func `retiring needs a reason, and ends what was owed about it`() async throws {
        let world = try await TestWorld.make()
        let item = try await item(world, "2")
        let link = Site.itemRetirement.link(world.chengnan, item.id)
        #expect(try await world.post(link, as: "director-chengnan", ["reason": ""]).text.contains("写一句为什么停用"))
        #expect(try await world.post(link, as: "director-chengnan", ["reason": "门厅拆了"]).status == 303)
        #expect(try await items(world).count == 4)
        #expect(try await world.duties("extinguisher-looked-at", at: world.chengnan).first { $0.subject == item.subject }?.state == .notRequired)
        #expect(try await world.get(Site.item.link(world.chengnan, item.id), as: "director-chengnan").text.contains("已停用"))
        #expect(try await world.post(link, as: "director-chengnan", ["reason": "again"]).status == 409)
    }

    @Test func `what is typed wrong is said field by field, and nothing of it is kept`() async throws {
        let world = try await TestWorld.make()
        let link = Site.itemsOf.link(world.chengnan)
        let good = ["kind": "extinguisher", "type": "co2", "name": "8", "made": "2024-05-18"]
        for (fields, sentence) in [
            (["name": ""], "写编号"), (["name": "1"], "编号“1”已经有了"), (["type": "foam"], "选类型"), (["kind": "plant"], "选物品种类"), (["made": "18.5.2024"], "日期写成"),
            (["made": "2026-13"], "日期写成"), (["made": "2026-03-03"], "不能晚于今天"), (["serviced": "2024-01-01"], "不能早于出厂日期"), (["zone": "moon"], "没有这个区域"),
            (["custodian": world.person("guard-chengbei")], "保管人要是本厅的人"), (["name": String(repeating: "长", count: 61)], "最多 60 个字"),
        ] as [([String: String], String)] {
            let reply = try await world.post(link, as: "director-chengnan", good.merging(fields) { $1 })
            #expect(reply.status == 422 && reply.text.contains(sentence), "\(fields): \(reply.status)")
        }
        #expect(try await items(world).count == 5)
    }

    @Test func `a table comes in by the names of its columns, changes known numbers, and is taken whole or not at all`() async throws {
        let world = try await TestWorld.make()
        let link = Site.itemImport.link(world.chengnan)
        let login = "guard-chengnan"
        let table = "编号,类型,出厂日期,位置,保管人,种类,维修日期\n1,,,门厅左,,灭火器,2026-01-05\n20,干粉,2024-06,\"库房, 里间\",\(login),灭火器,\n21,co2,2025/1/2,,,extinguisher,\n"
        #expect(try await world.post(link, as: "director-chengnan", ["csv": table]).status == 422, "an empty type is no type")
        let right = table.replacing("1,,,门厅左", with: "1,water,2023-04-12,门厅左")
        #expect(try await world.post(link, as: "director-chengnan", ["csv": right]).status == 303)
        let all = try await items(world)
        #expect(all.count == 7)
        #expect(all.first { $0.name == "1" }?.spot == "门厅左" && all.first { $0.name == "1" }?.serviced == Day("2026-01-05"))
        #expect(all.first { $0.name == "20" }?.custodian == world.person(login) && all.first { $0.name == "20" }?.spot == "库房, 里间")
        // Out and in again changes nothing.
        let out = try await world.get(Site.itemTable.link(world.chengnan), as: "director-chengnan")
        #expect(out.header("content-type")?.hasPrefix("text/csv") == true)
        #expect(try await world.post(link, as: "director-chengnan", ["csv": out.text]).status == 303)
        #expect(try await items(world) == all)
        let wrong = "kind,name,type,made\nextinguisher,30,co2,2024-01\nextinguisher,31,foam,2024-01\nextinguisher,32,co2,soon\n"
        let refused = try await world.post(link, as: "director-chengnan", ["csv": wrong])
        #expect(refused.status == 422 && refused.text.contains("第 3 行") && refused.text.contains("第 4 行") && !refused.text.contains("第 2 行"))
        #expect(try await items(world) == all)
        #expect(try await world.post(link, as: "director-chengnan", ["csv": "kind,name\n\"x"]).text.contains("没有写完整"))
        #expect(try await world.post(link, as: "director-chengnan", ["csv": ""]).text.contains("没有行"))
    }

    @Test func `its label leads to its open look, and else to its page`() async throws {
        let world = try await TestWorld.make()
        #expect(try await world.post(Site.labels.link(world.chengnan), as: "administrator", ["what": "all"]).status == 303)
        let item = try await item(world, "2")
        let labels = try await world.hall.store.read { tx in try Label.all(at: world.chengnan, tx) }
        #expect(labels.count { $0.kind == .item } == 5)
        let label = try #require(labels.first { $0.kind == .item && $0.target == item.id })
        #expect(try await world.get(Site.labels.link(world.chengnan), as: "administrator").text.contains("灭火器 2"))
        let duty = try #require(try await world.duties("extinguisher-looked-at", at: world.chengnan).first { $0.subject == item.subject })
        #expect(try await world.get(label.link, as: "director-chengnan").header("location") == Site.duty.link(duty.place, duty.id) + "#f-place")
        #expect(try await world.get(Site.scans.link(), as: "director-chengnan").text.contains(duty.id), "also where there is no network")
        let check = try #require(try await world.duties("extinguisher-checked", at: world.chengnan).first { $0.subject == item.subject })
        #expect(try await world.get(label.link, as: "safety").header("location") == Site.duty.link(check.place, check.id) + "#f-card")
        try await world.fill(duty, look, by: "director-chengnan")
        #expect(try await world.get(label.link, as: "director-chengnan").header("location") == Site.item.link(world.chengnan, item.id))
        #expect(try await world.get(label.link, as: "cleaner-chengbei").status == 404)
    }

    @Test func `a hall's register is read by its own people and by who looks over all halls, and kept by the director and the safety department`() async throws {
        let world = try await TestWorld.make()
        let item = try await item(world, "2")
        let (list, own) = (Site.itemsOf.link(world.chengnan), Site.item.link(world.chengnan, item.id))
        for login in ["guide-chengnan", "director-chengnan", "enterprise", "safety"] {
            #expect(try await world.get(list, as: login).status == 200, "\(login)")
            #expect(try await world.get(own, as: login).status == 200, "\(login)")
        }
        for login in ["cleaner-chengbei", "director-chengbei"] {
            #expect(try await world.get(list, as: login).status == 404)
            #expect(try await world.get(own, as: login).status == 404)
            #expect(try await world.get(Site.itemTable.link(world.chengnan), as: login).status == 404)
        }
        #expect(try await world.post(list, as: "director-chengbei", ["kind": "extinguisher"]).status == 404)
        #expect(try await world.post(own, as: "director-chengbei", ["name": "x"]).status == 404)
        #expect(try await world.post(Site.itemRetirement.link(world.chengnan, item.id), as: "director-chengbei", ["reason": "x"]).status == 404)
        #expect(try await send(world, Site.itemRenewal.link(world.chengnan, item.id), as: "director-chengbei", ["how": "serviced", "day": "2026-03-01"]).status == 404)
        #expect(try await send(world, Site.itemRenewal.link(world.chengnan, item.id), as: "guide-chengnan", ["how": "serviced", "day": "2026-03-01"]).status == 403)
        #expect(try await world.get(Site.item.link(world.chengbei, item.id), as: "safety").status == 404, "not under another hall")
        let all = try await world.get(Site.items.link(), as: "safety").text
        #expect(all.contains("城南营业厅") && all.contains("城北营业厅"))
        #expect(try await world.get(Site.items.link(), as: "director-chengnan").header("location") == list)
        #expect(try await !world.get(list, as: "guide-chengnan").text.contains("登记一件"))
    }
}
