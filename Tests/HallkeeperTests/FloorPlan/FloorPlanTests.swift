import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct FloorPlanTests {
    private static let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 400\"><rect width=\"800\" height=\"400\"/><script>evil()</script></svg>"

    private func upload(_ world: TestWorld, _ text: String = drawing, as login: String = "administrator", to place: Place.ID? = nil) async throws -> Reply {
        let session = try await world.signIn(login)
        let body = "--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n\(session.csrf)\r\n--b\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"plan.svg\"\r\ncontent-type: image/svg+xml\r\n\r\n\(text)\r\n--b--\r\n"
        let request = Request(
            method: "POST", path: Site.planPicture.link(place ?? world.chengnan),
            headers: ["cookie": "hk=\(session.token)", "content-type": "multipart/form-data; boundary=b"], body: Array(body.utf8))
        return await world.shell.respond(to: request)
    }

    private func put(_ world: TestWorld, _ target: String, _ x: String, _ y: String, as login: String = "administrator") async throws -> Reply {
        try await world.post(Site.planMarks.link(world.chengnan), as: login, ["target": target, "x": x, "y": y])
    }

    /// Found wanting in the restroom and put on record.
    private func wanting(_ world: TestWorld) async throws -> Finding {
        let answers = ["air": "ok", "floor": "serious", "floor.note": "积水", "floor.photo": try await world.photo(), "basin": "ok", "toilet": "ok", "paper": "ok"]
        try await world.fill(try await world.duty("restroom"), answers, by: "cleaner-chengnan")
        let place = world.chengnan
        let rows = try await world.hall.store.read { tx in try tx.rows("select * from finding where place = \(place) order by id").map(Finding.init(row:)) }
        return try #require(rows.last)
    }

    @Test func `a plan is uploaded, kept with who and when, and shown from a sandbox of its own`() async throws {
        let world = try await TestWorld.make()
        #expect(try await world.get(Site.plan.link(world.chengnan), as: "director-chengnan").text.contains("还没有平面图"))
        let drawn = try await upload(world)
        #expect(drawn.status == 303, "\(drawn.text)")
        #expect(drawn.headers.contains { $0.0 == "set-cookie" && $0.1.removingPercentEncoding?.contains("1 处") == true })
        let place = world.chengnan
        let plan = try #require(try await world.hall.store.read { tx in try FloorPlan.current(at: place, tx) })
        #expect((plan.width, plan.height, plan.by) == (1000, 500, world.person("administrator")))
        #expect(plan.at == world.clock.now)
        let image = try await world.get(Site.planImage.link(place, plan.id), as: "director-chengnan")
        #expect(image.status == 200)
        #expect(image.header("content-type") == "image/svg+xml")
        #expect(image.header("content-security-policy")?.hasPrefix("sandbox;") == true)
        #expect(!image.text.contains("evil"))
        let page = try await world.get(Site.plan.link(place), as: "director-chengnan").text
        #expect(page.contains("<img src=\"\(Site.planImage.link(place, plan.id))\""))
        // A second one: the first stays in the ledger and under its address.
        _ = world.clock.move(to: TestWorld.at(9, 5))
        #expect(try await upload(world, Self.drawing.replacing("400", with: "800")).status == 303)
        #expect(try await world.hall.store.read { tx in try FloorPlan.current(at: place, tx) }?.height == 1000)
        #expect(try await world.get(Site.planImage.link(place, plan.id), as: "director-chengnan").status == 200)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what is no plan is refused on the page, in a sentence`() async throws {
        let world = try await TestWorld.make(planned: false)
        let refused = try await upload(world, "this is no picture")
        #expect(refused.status == 415)
        #expect(refused.text.contains("不是能打开的平面图"))
        #expect(try await upload(world, "<svg viewBox=\"0 0 100000 5\"><path d=\"M0 0\"/></svg>").status == 413)
        let nothing = try await world.post(Site.planPicture.link(world.chengnan), as: "administrator", [:])
        #expect(nothing.status == 422)
        #expect(nothing.text.contains("请选一张平面图"))
    }

    @Test func `a finding stands on the plan at its point, else in its zone, else only in the list`() async throws {
        let world = try await TestWorld.make()
        _ = try await upload(world)
        let finding = try await wanting(world)
        let (page, link) = (Site.plan.link(world.chengnan), Site.finding.link(finding.place, finding.id))
        let bare = try await world.get(page, as: "director-chengnan").text
        #expect(bare.contains("没有放到图上") && bare.contains(link) && !bare.contains("<a class=\"mark serious"))
        #expect(try await put(world, "point/restroom-check/floor", "250", "500").status == 303)
        let placed = try await world.get(page, as: "director-chengnan").text
        // 250 of 1000 across; 500 thousandths of a height that is half the width.
        #expect(placed.contains("<a class=\"mark serious") && placed.contains("<path d=\"M250 223L277 270H223Z\"/>"), "\(placed)")
        #expect(!placed.contains("没有放到图上"))
        #expect(try await world.post(Site.planMarks.link(world.chengnan), as: "administrator", ["target": "point/restroom-check/floor", "take": "yes"]).status == 303)
        #expect(try await world.get(page, as: "director-chengnan").text.contains("没有放到图上"))
        #expect(try await world.post(Site.planMarks.link(world.chengnan), as: "administrator", ["target": "point/restroom-check/floor", "take": "yes"]).status == 404)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a point without a place of its own is shown in its zone`() throws {
        let pack = try #require(try PackReaderOfTests.pack())
        let points = HallPoints(pack, at: try FloorPlanTests.facts()) { pack.form($0) }
        let zone = PlanMark(place: "x", kind: .zone, target: "racks", x: 10, y: 20, by: "", at: Instant(ms: 0), removed: nil)
        let spots = PlanSpots(points, in: pack, marks: [zone])
        #expect(spots.mark(form: "hall-round", point: "editions")?.x == 10)
        #expect(spots.key(form: "hall-round", point: "editions").kind == .zone)
        #expect(spots.mark(form: "hall-round", point: "keys") == nil)
        let own = PlanMark(place: "x", kind: .point, target: "hall-round/editions", x: 30, y: 40, by: "", at: Instant(ms: 0), removed: nil)
        let both = PlanSpots(points, in: pack, marks: [zone, own])
        #expect(both.mark(form: "hall-round", point: "editions")?.x == 30)
        #expect(both.key(form: "hall-round", point: "editions").kind == .point)
        #expect(both.key(form: "gone", point: "gone").id == "gone/gone")
    }

    @Test func `a point a hall added of its own can be put on the plan, and leads its zone to it`() async throws {
        let world = try await TestWorld.make(planned: false)
        let place = world.chengnan
        #expect(try await world.post(Site.ownPoints.link(place, "restroom-check"), as: "director-chengnan", ["title": "后窗", "zone": "windows"]).status == 303)
        _ = try await upload(world)
        #expect(try await world.get(Site.planEdit.link(place), as: "administrator").text.contains("后窗"))
        #expect(try await put(world, "point/restroom-check/own-1", "5", "5").status == 303)
        // Of another hall it is none.
        #expect(try await world.post(Site.planMarks.link(world.chengbei), as: "administrator", ["target": "point/restroom-check/own-1", "x": "5", "y": "5"]).status == 422)
    }

    @Test func `a place off the plan, a target that is none and a missing number are refused`() async throws {
        let world = try await TestWorld.make(planned: false)
        for (target, x, y) in [("zone/racks", "1001", "5"), ("zone/racks", "-1", "5"), ("zone/racks", "x", ""), ("zone/moon", "5", "5"), ("", "5", "5"), ("person/x", "5", "5")] {
            #expect(try await put(world, target, x, y).status == 422, "\(target) \(x) \(y)")
        }
        #expect(try await put(world, "zone/racks", "1000", "0").status == 303)
        #expect(try await world.get(Site.planEdit.link(world.chengnan), as: "administrator").text.contains("1000 / 0"))
    }

    @Test func `the heat map counts a month by place, and each number opens its rows`() async throws {
        let world = try await TestWorld.make()
        _ = try await upload(world)
        let finding = try await wanting(world)
        _ = try await put(world, "point/restroom-check/floor", "250", "500")
        let link = Site.planHeat.link(world.chengnan)
        let page = try await world.get(link, as: "director-chengnan").text
        #expect(page.contains("2026-03") && page.contains("class=\"heat\""))
        #expect(page.contains("<td>1</td><td>0</td><td>1</td><td>0</td>"))
        #expect(!page.contains(Site.finding.link(finding.place, finding.id)))
        let rows = try await world.get(link + "?month=2026-03&at=point%2Frestroom-check%2Ffloor", as: "director-chengnan").text
        #expect(rows.contains(Site.finding.link(finding.place, finding.id)))
        #expect(page.contains("month=2026-02") && !page.contains("month=2026-04"))
        let before = try await world.get(link + "?month=2026-02", as: "director-chengnan").text
        #expect(before.contains("这个月没有发现问题") && before.contains("month=2026-03") && before.contains("month=2026-01"))
        for edge in ["0001-01", "9999-12", "0000-00"] { #expect(try await world.get(link + "?month=\(edge)", as: "director-chengnan").status == 200, "\(edge)") }
        #expect(try await world.get(link + "?month=nonsense", as: "director-chengnan").text.contains("2026-03"))
    }

    @Test func `a thing of the register stands on the plan with its state and leads to its page; a finding about it stands there too`() async throws {
        let world = try await TestWorld.make()
        _ = try await upload(world)
        let place = world.chengnan
        let items = try await world.hall.store.read { tx in try Item.all(at: place, tx) }
        let (late, other) = (try #require(items.first { $0.name == "3" }), try #require(items.first { $0.name == "1" }))
        #expect(try await world.get(Site.planEdit.link(place), as: "administrator").text.contains("<option value=\"thing/\(late.id)\""))
        let bare = try await world.get(Site.plan.link(place), as: "director-chengnan").text
        #expect(bare.contains(Site.item.link(place, late.id)) && !bare.contains("class=\"thing "))
        #expect(try await world.get(Site.plan.link(place), as: "administrator").text.contains("没有放到图上"), "said to who can put it there")
        #expect(try await put(world, "thing/\(late.id)", "300", "400").status == 303)
        let placed = try await world.get(Site.plan.link(place), as: "director-chengnan").text
        #expect(placed.contains("class=\"thing done\" href=\"\(Site.item.link(place, late.id))\""), "\(placed)")
        // Whoever looks after places and not after registers sees it and is led nowhere they may not go.
        let seen = try await world.get(Site.plan.link(place), as: "administrator").text
        #expect(seen.contains(">3</text>"))
        if try await world.get(Site.item.link(place, late.id), as: "administrator").status == 404 { #expect(!seen.contains(Site.item.link(place, late.id))) }
        // A finding about another thing goes to its point or zone, one about this to it.
        for item in [late, other] {
            let duty = try #require(try await world.duties("extinguisher-looked-at", at: place).first { $0.subject == item.subject })
            try await world.fill(duty, ["place": "ok", "parts": "ok", "dates": "ok"].merging(["pressure": "serious", "pressure.note": "指针在红区", "pressure.photo": try await world.photo()]) { $1 }, by: "director-chengnan")
        }
        let found = try await world.get(Site.plan.link(place), as: "director-chengnan").text
        #expect(found.components(separatedBy: "<a class=\"mark serious").count == 2, "one of two stands on the plan")
        #expect(try await world.get(Site.planHeat.link(place) + "?month=2026-03&at=thing%2F\(late.id)", as: "director-chengnan").text.contains("灭火器 3"))
        // Another hall's thing cannot be put here.
        #expect(try await world.post(Site.planMarks.link(world.chengbei), as: "administrator", ["target": "thing/\(late.id)", "x": "5", "y": "5"]).status == 422)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a thing that is replaced leaves its place on the plan to the new one; one that is retired leaves it free`() async throws {
        let world = try await TestWorld.make()
        _ = try await upload(world)
        let (place, photo) = (world.chengnan, try await world.photo())
        let items = try await world.hall.store.read { tx in try Item.all(at: place, tx) }
        let (first, second) = (try #require(items.first { $0.name == "1" }), try #require(items.first { $0.name == "2" }))
        #expect(try await put(world, "thing/\(first.id)", "300", "400").status == 303)
        #expect(try await put(world, "thing/\(second.id)", "500", "400").status == 303)
        let fresh = try await world.hall.act(by: .person(world.person("director-chengnan")), at: world.clock.now) { act in
            try ItemActs(act: act).retire(second.id, reason: "搬走了", at: place)
            return try ItemActs(act: act).replace(first.id, type: first.type, made: "2026-02", photo: photo, at: place, by: act.by)
        }
        let marks = try await world.hall.store.read { tx in try PlanMark.all(at: place, tx) }.filter { $0.kind == .thing }
        #expect(marks.first { $0.target == fresh.id }.map { [$0.x, $0.y] } == [300, 400] && !marks.contains { $0.target == first.id })
        let page = try await world.get(Site.plan.link(place), as: "director-chengnan").text
        #expect(page.contains(Site.item.link(place, fresh.id)) && !page.contains(Site.item.link(place, second.id)))
    }

    @Test func `a plan is seen with the board of its hall, and changed by who looks after places`() async throws {
        let world = try await TestWorld.make(planned: false)
        _ = try await upload(world)
        let place = world.chengnan
        let plan = try #require(try await world.hall.store.read { tx in try FloorPlan.current(at: place, tx) })
        for link in [Site.plan.link(place), Site.planHeat.link(place), Site.planImage.link(place, plan.id)] {
            #expect(try await world.get(link, as: "guide-chengnan").status == 200)
            #expect(try await world.get(link, as: "enterprise").status == 200)
            #expect(try await world.get(link, as: "director-chengbei").status == 404)
            #expect(try await world.get(link, as: "cleaner-chengnan").status == 403)
            #expect(try await world.get(link).status == 303)
        }
        // Another hall's address does not open this hall's picture.
        #expect(try await world.get(Site.planImage.link(world.chengbei, plan.id), as: "director-chengbei").status == 404)
        for who in ["director-chengnan", "guide-chengnan", "enterprise"] {
            #expect(try await world.get(Site.planEdit.link(place), as: who).status == 403)
            #expect(try await upload(world, as: who).status == 403)
            #expect(try await put(world, "zone/racks", "5", "5", as: who).status == 403)
        }
        #expect(try await world.get(Site.planEdit.link("nowhere"), as: "administrator").status == 404)
    }
}

/// The shipped pack and a hall that has everything, without a database.
private enum PackReaderOfTests {
    static func pack() throws -> Pack? { PackReader.read(try TestWorld.pack()).pack }
}

extension FloorPlanTests {
    fileprivate static func facts() throws -> PlaceFacts {
        PlaceFacts(
            id: "x", kind: "hall", traits: [:],
            unit: WorkUnit(name: "x", hours: try OpeningHours(parsing: "24/7"), zone: .shanghai, calendar: StatutoryCalendar(layers: []), keepsWorkingDays: false, closures: [:]),
            closures: [:], lastDone: [:], expiries: [], starts: nil)
    }
}
