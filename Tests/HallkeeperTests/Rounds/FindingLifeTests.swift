import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The life of a finding (docs/rules/rounds.md).
@Suite struct FindingLifeTests {
    private func record(_ world: TestWorld, _ severity: String = "minor", point: String = "floor", by login: String = "cleaner-chengnan", fixed: Bool = false) async throws -> Finding {
        let (place, who, now) = (world.chengnan, world.person(login), world.clock.now)
        let wanting = Wanting(point: point, clause: "1.3-7", severity: severity, note: "脏", photos: "", isFixed: fixed)
        return try await world.hall.act(by: .person(who), at: now) { act in
            try FindingActs(act: act).record(wanting, "r", form: "restroom-check", at: place, by: who, at: now)
        }
    }

    private func find(_ world: TestWorld, _ id: String) async throws -> Finding {
        try #require(try await world.hall.store.read { tx in try tx.one("select * from finding where id = \(id)").map(Finding.init(row:)) })
    }

    private func rectify(_ world: TestWorld, _ finding: Finding, by login: String, photos: [String] = []) async throws {
        let who = world.person(login)
        try await world.hall.act(by: .person(who), at: world.clock.now) { act in
            try FindingActs(act: act).rectify(finding.id, at: finding.place, note: "已处理", photos: photos, by: who)
        }
    }

    private func recheck(_ world: TestWorld, _ finding: Finding, right: Bool, by login: String, note: String = "看过") async throws {
        let who = world.person(login)
        try await world.hall.act(by: .person(who), at: world.clock.now) { act in
            try FindingActs(act: act).recheck(finding.id, at: finding.place, note: note, isRight: right, by: who)
        }
    }

    private func seen(_ world: TestWorld, by login: String) async throws {
        let (place, who, now) = (world.chengnan, world.person(login), world.clock.now)
        try await world.hall.act(by: .person(who), at: now) { act in
            try FindingActs(act: act).seenInOrder("floor", form: "restroom-check", at: place, by: who, at: now)
        }
    }

    @Test func `found again while it is open it joins and counts, and opens no second duty`() async throws {
        let world = try await TestWorld.make()
        let first = try await record(world)
        #expect(try await record(world).id == first.id)
        #expect(try await record(world).times == 3)
        #expect(try await world.duties("minor-rectified", at: world.chengnan).count == 1)
        // Worse than before, it is owed anew, as that.
        #expect(try await record(world, "danger").severity == "danger")
        #expect(try await world.duties("danger-removed", at: world.chengnan).count == 1)
    }

    @Test func `a minor one is closed by the next round of another person, not by whoever put it right`() async throws {
        let world = try await TestWorld.make()
        let finding = try await record(world)
        try await rectify(world, finding, by: "director-chengnan")
        try await seen(world, by: "director-chengnan")
        #expect(try await find(world, finding.id).state == .rectified)
        try await seen(world, by: "cleaner-chengnan")
        let closed = try await find(world, finding.id)
        #expect(closed.state == .rechecked)
        #expect(closed.recheckedBy == world.person("cleaner-chengnan"))
    }

    @Test func `a serious one asks for a photo, then another person's re-check opens, which sends it back with a word or closes it`() async throws {
        let world = try await TestWorld.make()
        let finding = try await record(world, "serious")
        #expect(try await world.duties("serious-rechecked", at: world.chengnan).isEmpty, "nothing to look at before it is put right")
        await #expect(throws: FormProblems.self) { try await rectify(world, finding, by: "director-chengnan") }
        let photo = try await world.photo()
        try await rectify(world, finding, by: "director-chengnan", photos: [photo])
        #expect(try await world.duties("serious-rechecked", at: world.chengnan).filter(\.isOpen).count == 1)
        await #expect(throws: Refusal.self) { try await recheck(world, finding, right: true, by: "director-chengnan") }
        await #expect(throws: FormProblems.self) { try await recheck(world, finding, right: false, by: "clerk-chengnan", note: "") }
        try await recheck(world, finding, right: false, by: "clerk-chengnan", note: "还有一半")
        let back = try await find(world, finding.id)
        #expect(back.state == .open && back.reopened == 1)
        #expect(try await world.duties("serious-rechecked", at: world.chengnan).filter(\.isOpen).isEmpty)
        #expect(try await world.duties("serious-rectified", at: world.chengnan).filter(\.isOpen).count == 1)
        try await rectify(world, back, by: "director-chengnan", photos: [photo])
        try await recheck(world, back, right: true, by: "clerk-chengnan")
        #expect(try await find(world, finding.id).state == .rechecked)
        #expect(try await world.duties("serious-rectified", at: world.chengnan).filter(\.isOpen).isEmpty)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test(arguments: [(29, true), (31, false)])
    func `back within thirty days of closing it is a relapse and says so, later it is a new one`(days: Int, isRelapse: Bool) async throws {
        let world = try await TestWorld.make()
        let finding = try await record(world)
        try await rectify(world, finding, by: "director-chengnan")
        try await seen(world, by: "cleaner-chengnan")
        _ = world.clock.move(to: world.clock.now.adding(minutes: days * 1440))
        let again = try await record(world)
        #expect(again.id != finding.id)
        #expect(again.relapseOf == (isRelapse ? finding.id : ""))
        let page = try await world.get(Site.finding.link(again.place, again.id), as: "director-chengnan").text
        #expect(page.contains("30 天内又发生") == isRelapse)
    }

    @Test func `put right on the spot it is rectified at once by whoever found it, and still looked at by another`() async throws {
        let world = try await TestWorld.make()
        let finding = try await record(world, fixed: true)
        #expect(finding.state == .rectified)
        #expect(finding.rectifiedBy == world.person("cleaner-chengnan"))
        #expect(try await world.duties("minor-rectified", at: world.chengnan).filter(\.isOpen).isEmpty)
        try await seen(world, by: "cleaner-chengnan")
        #expect(try await find(world, finding.id).state == .rectified)
    }

    @Test func `where there is danger the place is closed off until the re-check, elsewhere it is not`() async throws {
        let world = try await TestWorld.make()
        let finding = try await record(world, "danger")
        let link = Site.closingOff.link(finding.place, finding.id)
        #expect(try await world.post(link, as: "director-chengbei").status == 404)
        #expect(try await world.post(link, as: "director-chengnan").status == 303)
        #expect(try await find(world, finding.id).closedOffAt == world.clock.now)
        #expect(try await world.post(link, as: "director-chengnan").status == 409)
        let minor = try await record(world, point: "basin")
        #expect(try await world.post(Site.closingOff.link(minor.place, minor.id), as: "director-chengnan").status == 422)
        #expect(try await world.get("/findings", as: "director-chengnan").text.contains("现场已封闭"))
    }

    @Test func `what is wrong with the lighting goes to the property company, who may see it and nothing else of the hall`() async throws {
        let world = try await TestWorld.make()
        let (place, who, now) = (world.chengnan, world.person("director-chengnan"), world.clock.now)
        let finding = try await world.hall.act(by: .person(who), at: now) { act in
            try FindingActs(act: act).record(
                Wanting(point: "lamps", clause: "5.4-5", severity: "serious", note: "灯不亮", photos: ""), "r", form: "lighting-round", at: place, by: who, at: now)
        }
        let other = try await record(world)
        #expect(try await world.duties("lighting-rectified", at: place).count == 1)
        #expect(try await world.duties("serious-rectified", at: place).isEmpty)
        #expect(try await world.get(Site.finding.link(place, finding.id), as: "property").status == 200)
        #expect(try await world.get(Site.finding.link(place, other.id), as: "property").status == 404)
        #expect(try await world.get(Site.notice.link(place, other.id), as: "property").status == 404)
        let notice = try await world.get(Site.notice.link(place, finding.id), as: "director-chengnan").text
        #expect(notice.contains("整改通知单") && notice.contains("2026年3月2日 周一"), "on paper days have their year, today's too")
        #expect(try await world.get("/findings", as: "director-chengbei").text.contains("地面墙面干净") == false)
    }
}
