import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// A place's own page.
@Suite struct PlaceTests {
    private func answers(_ world: TestWorld) async throws -> [String: TraitRow] {
        let place = world.chengnan
        return try await world.hall.store.read { tx in
            Dictionary(try tx.rows("select * from trait_answer where place = \(place)").map(TraitRow.init(row:)).map { ($0.trait, $0) }) { $1 }
        }
    }

    private func entries(_ world: TestWorld) async throws -> Int64 {
        try await world.hall.store.read { tx in try tx.one("select count(*) as n from entry where kind = 'trait.answered'")?.int("n") ?? 0 }
    }

    @Test func `what a place has is answered in one go, and what was not touched is not answered anew`() async throws {
        let world = try await TestWorld.make(planned: false)
        let place = world.chengnan
        let path = Site.placeTrait.link(place)
        _ = try await world.hall.store.write { tx in try tx.run("delete from trait_answer where place = \(place) and trait in ('restroom', 'parking', 'big-screen')") }
        let page = try await world.get(Site.place.link(place), as: "administrator").text
        #expect(page.contains("还有 3 项没答"))
        // The page sends every answer there is, as it stands.
        var form = Dictionary(uniqueKeysWithValues: try await answers(world).map { (TraitChoice.field($0.key), $0.value.answer.choice.rawValue) })
        for (trait, row) in try await answers(world) where !row.reason.isEmpty { form[TraitChoice.why(trait)] = row.reason }
        let before = try await entries(world)
        #expect(try await world.post(path, as: "administrator", form).status == 303)
        #expect(try await entries(world) == before)
        form.merge(["trait-restroom": "installed", "trait-parking": "none", "why-parking": "临街，没有车位"]) { $1 }
        #expect(try await world.post(path, as: "administrator", form).status == 303)
        #expect(try await entries(world) == before + 2)
        let now = try await answers(world)
        #expect(now["restroom"]?.answer.installed == true)
        #expect(now["parking"]?.answer.conditions == false && now["parking"]?.reason == "临街，没有车位" && now["big-screen"] == nil)
        let shown = try await world.get(Site.place.link(place), as: "administrator").text
        #expect(shown.contains("还有 1 项没答") && shown.contains("value=\"临街，没有车位\""))
    }

    @Test func `where conditions are denied the reason is asked at its line, what was chosen is kept, and nothing is saved`() async throws {
        let world = try await TestWorld.make(planned: false)
        let before = try await entries(world)
        let refused = try await world.post(Site.placeTrait.link(world.chengnan), as: "administrator", ["trait-parking": "none", "trait-restroom": "missing"])
        #expect(refused.status == 422 && refused.text.contains("没有条件的，请写原因"))
        for id in ["trait-parking-none", "trait-restroom-missing"] { #expect(refused.text.firstMatch(of: try Regex("id=\"\(id)\"[^>]*checked")) != nil, "\(id)") }
        #expect(try await entries(world) == before)
        // What the form cannot say is not taken for an answer.
        #expect(try await world.post(Site.placeTrait.link(world.chengnan), as: "administrator", ["trait-restroom": "none", "trait-parking": "perhaps"]).status == 303)
        #expect(try await entries(world) == before)
    }

    @Test func `closing a place without a day or a reason says so and keeps the other`() async throws {
        let world = try await TestWorld.make(planned: false)
        let path = Site.placeClosure.link(world.chengnan)
        let undated = try await world.post(path, as: "administrator", ["reason": "总经理口头通知"])
        #expect(undated.status == 422 && undated.text.contains("请选日期") && undated.text.contains("value=\"总经理口头通知\""))
        let unreasoned = try await world.post(path, as: "administrator", ["day": "2026-03-05"])
        #expect(unreasoned.status == 422 && unreasoned.text.contains("请写谁为什么下令关闭") && unreasoned.text.contains("value=\"2026-03-05\""))
        #expect(try await world.post(path, as: "administrator", ["day": "2026-03-05", "reason": "总经理口头通知"]).status == 303)
        #expect(try await world.get(Site.place.link(world.chengnan), as: "administrator").text.contains("3月5日 周四 · 总经理口头通知"))
    }

    @Test func `places are added in the browser: another hall, a department the rulebook names, each once`() async throws {
        let world = try await TestWorld.make(planned: false)
        let company = world.world.company
        let made = try await world.post(Site.places.link(), as: "administrator", ["kind": "hall", "name": "东门营业厅", "parent": company, "hours": "Mo-Fr 09:00-17:00"])
        let link = try #require(made.header("location"))
        #expect(made.status == 303)
        let page = try await world.get(link, as: "administrator").text
        #expect(page.contains("东门营业厅") && page.contains("项没答"))
        let codes = try await world.hall.store.read { tx in try tx.rows("select code from place where kind = 'hall'").map { try $0.text("code") } }
        #expect(Set(codes).count == codes.count)
        let list = try await world.get(Site.places.link(), as: "administrator").text
        #expect(list.contains(link) && list.contains(Site.place.link(world.chengnan)))
        // All departments of the rulebook are there already, and there is one call centre.
        #expect(!list.contains("value=\"department:") && !list.contains("value=\"call-centre\""))
        #expect(try await world.post(Site.places.link(), as: "administrator", ["kind": "department:it", "name": "又一个信息部", "parent": company]).status == 422)
        _ = try await world.hall.store.write { tx in try tx.run("update place set ended = \(TestWorld.at(8)) where kind = 'department' and code = 'archive'") }
        #expect(try await world.get(Site.places.link(), as: "administrator").text.contains("value=\"department:archive\""))
        #expect(try await world.post(Site.places.link(), as: "administrator", ["kind": "unit", "name": "东门供水所", "parent": company]).header("location") == Site.places.link())
        #expect(try await world.get(Site.places.link(), as: "administrator").text.contains(">东门供水所</a>"))
    }

    @Test func `what is wrong with a new place is said at its field and what was typed is kept`() async throws {
        let world = try await TestWorld.make(planned: false)
        let good = ["kind": "hall", "name": "东门营业厅", "parent": world.world.company, "hours": "Mo-Fr 09:00-17:00", "code": "east"]
        for (field, value, words) in [("kind", "castle", "请选是什么场所"), ("name", "", "请写名称"), ("hours", "nine to five", "nine to five"), ("code", "the east", "不含空格"), ("code", "chengnan", "已经用了")] {
            let refused = try await world.post(Site.places.link(), as: "administrator", good.merging([field: value]) { $1 })
            #expect(refused.status == 422 && refused.text.contains(words) && refused.text.contains("class=\"problem\""), "\(field)")
            #expect(field == "name" || refused.text.contains("value=\"东门营业厅\""), "\(field)")
        }
        #expect(try await world.post(Site.places.link(), as: "administrator", good.merging(["parent": "nowhere"]) { $1 }).status == 404)
        #expect(try await world.post(Site.places.link(), as: "director-chengnan", good).status == 403)
    }

    @Test func `a place is found by its name, and of very many so many are listed`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (company, today) = (world.world.company, TestWorld.monday)
        try await world.hall.act(by: .machine("test"), at: world.clock.now) { act in
            for number in 1...PlacesPage.most { try PlaceActs(act: act).found(kind: "hall", parent: company, code: "more-\(number)", name: Text("分厅 \(number)", "Branch \(number)"), starts: today) }
        }
        let all = try await world.get(Site.places.link(), as: "administrator").text
        #expect(all.contains("个没有列出"))
        let one = try await world.get(Site.places.link() + "?q=" + Submitted.encode("分厅 299"), as: "administrator").text
        #expect(one.contains(">分厅 299</a>") && !one.contains(">分厅 298</a>") && !one.contains("个没有列出"))
        #expect(try await world.get(Site.places.link() + "?q=zzz", as: "administrator").text.contains("没有找到"))
    }

    @Test func `what a hall has is asked of halls alone`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.get(Site.place.link(world.world.company), as: "administrator").text.contains("trait-") == false)
    }

    @Test func `hours are changed from tomorrow on, and hours that do not read are said and kept`() async throws {
        let world = try await TestWorld.make()
        let (place, path, duties) = (world.chengnan, Site.placeHours.link(world.chengnan), try await world.duties("opening-round", at: world.chengnan).map(\.due))
        let refused = try await world.post(path, as: "administrator", ["hours": "nine to five"])
        #expect(refused.status == 422 && refused.text.contains("class=\"problem\"") && refused.text.contains("value=\"nine to five\""))
        #expect(try await world.post(path, as: "administrator", ["hours": "Mo-Fr 10:00-17:00"]).status == 303)
        #expect(try await world.get(Site.place.link(place), as: "administrator").text.contains("value=\"Mo-Fr 10:00-17:00\""))
        #expect(try await world.duties("opening-round", at: place).map(\.due) == duties)
        try await world.move(to: TestWorld.at(8, day: TestWorld.monday.adding(days: 1)))
        let next = try await world.duties("opening-round", at: place).map(\.due).filter { !duties.contains($0) }
        #expect(!next.isEmpty && !duties.isEmpty)
        let minute = { Zone.shanghai.minuteOfDay($0) }
        #expect(next.allSatisfy { minute($0) > duties.map(minute).max() ?? 0 })
    }

    @Test func `a hall that is dissolved owes nothing more, its roles end with the day, and nothing of it is changed afterwards`() async throws {
        let world = try await TestWorld.make()
        let place = world.chengnan
        let open = try await world.hall.store.read { tx in try tx.one("select count(*) as n from duty where place = \(place) and state = 'open'")?.int("n") ?? 0 }
        #expect(open > 0)
        let unreasoned = try await world.post(Site.placeEnd.link(place), as: "administrator", ["why-ended": ""])
        #expect(unreasoned.status == 422 && unreasoned.text.contains("请写谁为什么撤销"))
        #expect(try await world.post(Site.placeEnd.link(place), as: "administrator", ["why-ended": "两厅合并"]).status == 303)
        let (left, waived, holders) = try await world.hall.store.read { tx in
            (
                try tx.one("select count(*) as n from duty where place = \(place) and state = 'open'")?.int("n"), try tx.one("select count(*) as n from duty where place = \(place) and state = 'not-required'")?.int("n") ?? 0,
                try tx.one("select count(*) as n from role_holder where place = \(place) and until_day > \(TestWorld.monday)")?.int("n")
            )
        }
        #expect(left == 0 && waived >= open && holders == 0)
        #expect(try await !world.get(Site.places.link(), as: "administrator").text.contains(Site.place.link(place)))
        let page = try await world.get(Site.place.link(place), as: "administrator").text
        #expect(page.contains("撤销。做过的都留着") && !page.contains("<fieldset"))
        for (path, form) in [
            (Site.placeEnd.link(place), ["why-ended": "再来一次"]), (Site.placeHours.link(place), ["hours": "24/7"]), (Site.placeTrait.link(place), ["trait-restroom": "missing"]),
            (Site.placeClosure.link(place), ["day": "2026-03-05", "reason": "停业"]), (Site.places.link(), ["kind": "unit", "name": "下属", "parent": place]),
        ] { #expect(try await world.post(path, as: "administrator", form).status == 409, "\(path)") }
        #expect(try await world.post(Site.person.link(world.person("safety")), as: "administrator", ["do": "give", "place": place, "role": "guide"]).status == 422)
        // No day of it is planned any more, and its code is free.
        try await world.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 1)))
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from duty where place = \(place) and day > \(TestWorld.monday)")?.int("n") } == 0)
        #expect(try await world.post(Site.places.link(), as: "administrator", ["kind": "hall", "name": "新城南厅", "code": "chengnan", "parent": world.world.company]).status == 303)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what others hang on is not dissolved: the company, the call centre, supervision, a place with others below`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (company, centre, supervision, safety) = try await world.hall.store.read { tx in
            func id(_ kind: String, _ code: String) throws -> Place.ID { try tx.one("select place from place where kind = \(kind) and (\(code) = '' or code = \(code))")?.text("place") ?? "" }
            return (try id("company", ""), try id("call-centre", ""), try id("department", "supervision"), try id("department", "safety"))
        }
        for place in [company, centre] {
            let refused = try await world.post(Site.placeEnd.link(place), as: "administrator", ["why-ended": "不要了"])
            #expect(refused.status == 422 && refused.text.contains("不能撤销") && refused.text.contains("value=\"不要了\""))
        }
        #expect(try await world.post(Site.placeEnd.link(supervision), as: "administrator", ["why-ended": "不要了"]).status != 303)
        await #expect(throws: FormProblems.self) {
            try await world.hall.act(by: .person(world.person("administrator")), at: world.clock.now) { act in try PlaceActs(act: act).end(supervision, because: "不要了") }
        }
        #expect(try await world.post(Site.places.link(), as: "administrator", ["kind": "unit", "name": "下属单位", "parent": safety]).status == 303)
        #expect(try await world.post(Site.placeEnd.link(safety), as: "administrator", ["why-ended": "不要了"]).text.contains("下面还有场所"))
        // Nor where somebody holds such a role for want of a department: it would end without the PIN that ending it asks for.
        let hall = world.chengbei
        _ = try await world.hall.store.write { tx in try tx.run("update role_holder set place = \(hall) where role = 'supervision'") }
        let held = try await world.post(Site.placeEnd.link(hall), as: "administrator", ["why-ended": "不要了"])
        #expect(held.status != 303)
        await #expect(throws: FormProblems.self) {
            try await world.hall.act(by: .person(world.person("administrator")), at: world.clock.now) { act in try PlaceActs(act: act).end(hall, because: "不要了") }
        }
    }
}
