import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// What a hall does with its rounds: points of its own, photos of how it should look here, a round nobody owes.
@Suite struct HallRoundTests {
    private func ok(_ world: TestWorld, _ duty: Duty, except: [String: String] = [:]) async throws -> [String: String] {
        let form = try #require(
            try await world.hall.store.read { tx in try PlaceForms(tx: tx).asked(by: duty, in: world.hall.packs.pack(duty.pack, tx).pack) })
        var answers = Dictionary(form.fields.map { ($0.id, $0.kind == .point ? "ok" : "20") }, uniquingKeysWith: { first, _ in first })
        answers.merge(except) { $1 }
        return answers
    }

    private func add(_ world: TestWorld, to form: String, _ fields: [String: String], as login: String = "director-chengnan") async throws -> Reply {
        try await world.post(Site.ownPoints.link(world.chengnan, form), as: login, fields)
    }

    @Test func `a point a hall adds is asked from the next round, at that hall alone, and what it finds is followed like any other`() async throws {
        let world = try await TestWorld.make(at: 9)
        let before = try await world.duty("restroom")
        #expect(try await add(world, to: "restroom-check", ["title": "后窗插销", "good": "插好", "zone": "restroom", "clause": "5.3-7"]).status == 303)
        // The round that is open already stays as it was.
        #expect(try await !world.get(Site.duty.link(before.place, before.id), as: "cleaner-chengnan").text.contains("后窗插销"))
        try await world.fill(before, try await ok(world, before), by: "cleaner-chengnan")
        try await world.move(to: TestWorld.at(14))
        let next = try await world.duty("restroom")
        #expect(next.id != before.id)
        let page = try await world.get(Site.duty.link(next.place, next.id), as: "cleaner-chengnan").text
        #expect(page.contains("后窗插销") && page.contains("data-point=\"own-1\""))
        let elsewhere = try await world.duty("restroom", at: world.chengbei)
        #expect(try await !world.get(Site.duty.link(elsewhere.place, elsewhere.id), as: "cleaner-chengbei").text.contains("后窗插销"))
        // Not answered it is missing; wanting it becomes a finding with its own words.
        var answers = try await ok(world, next)
        answers["own-1"] = nil
        await #expect(throws: FormProblems.self) { try await world.fill(next, answers, by: "cleaner-chengnan") }
        answers.merge(["own-1": "minor", "own-1.note": "松了"]) { $1 }
        try await world.fill(next, answers, by: "cleaner-chengnan")
        let findings = try await world.get(Site.findings.link(), as: "director-chengnan").text
        #expect(findings.contains("后窗插销"))
        let done = try await world.get(Site.duty.link(next.place, next.id), as: "director-chengnan").text
        #expect(done.contains("后窗插销"))
        // Ended, it is asked no more, and what was answered keeps its words.
        #expect(try await world.post(Site.ownPointEnd.link(world.chengnan, "restroom-check", "own-1"), as: "director-chengnan").status == 303)
        try await world.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 1)))
        let tomorrow = try await world.duty("restroom")
        #expect(try await !world.get(Site.duty.link(tomorrow.place, tomorrow.id), as: "cleaner-chengnan").text.contains("后窗插销"))
        #expect(try await world.get(Site.findings.link(), as: "director-chengnan").text.contains("后窗插销"))
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a hall cannot remove the company's points, nor touch another hall's`() async throws {
        let world = try await TestWorld.make(at: 9)
        let refused = try await world.post(Site.ownPointEnd.link(world.chengnan, "restroom-check", "floor"), as: "director-chengnan")
        #expect(refused.status == 403)
        #expect(refused.text.contains("公司的检查点"))
        #expect(try await world.post(Site.ownPointEnd.link(world.chengnan, "restroom-check", "nothing"), as: "director-chengnan").status == 404)
        #expect(try await world.get(Site.hallRound.link(world.chengbei, "restroom-check"), as: "director-chengnan").status == 404)
        #expect(try await world.post(Site.ownPoints.link(world.chengbei, "restroom-check"), as: "director-chengnan", ["title": "x"]).status == 404)
        #expect(try await world.post(Site.referencePhoto.link(world.chengbei, "restroom-check", "floor"), as: "director-chengnan", ["remove": "yes"]).status == 404)
        #expect(try await world.get(Site.rounds.link(), as: "cleaner-chengnan").status == 403)
        #expect(try await world.get(Site.rounds.link(), as: "director-chengnan").text.contains(Site.hallRound.link(world.chengnan, "restroom-check")))
    }

    @Test func `what is wrong with an added point is said beside its field, and what was typed stays`() async throws {
        let world = try await TestWorld.make(at: 9)
        let empty = try await add(world, to: "restroom-check", ["title": "", "good": "看得见"])
        #expect(empty.status == 422)
        #expect(empty.text.contains("写要看什么") && empty.text.contains("value=\"看得见\""))
        #expect(try await add(world, to: "restroom-check", ["title": String(repeating: "长", count: 81)]).text.contains("最多 80 个字"))
        #expect(try await add(world, to: "restroom-check", ["title": "x", "zone": "moon"]).text.contains("没有这个区域"))
        #expect(try await add(world, to: "restroom-check", ["title": "x", "clause": "9.9-9"]).text.contains("没有这个条款"))
        // A round shared out by role has to know whose point it is.
        #expect(try await add(world, to: "opening-round", ["title": "x"]).text.contains("选谁来看这一点"))
        #expect(try await add(world, to: "opening-round", ["title": "x", "role": "guard"]).status == 303)
        #expect(try await add(world, to: "fault-sign", ["title": "x"]).status == 404, "a form that is no round")
        for number in 1...OwnPointActs.most { #expect(try await add(world, to: "restroom-check", ["title": "点 \(number)"]).status == 303) }
        #expect(try await add(world, to: "restroom-check", ["title": "one too many"]).text.contains("最多加 30 个点"))
    }

    @Test func `the photo of how it looks here when it is good stands beside its point, at this hall alone`() async throws {
        let world = try await TestWorld.make(at: 9)
        let session = try await world.signIn("director-chengnan")
        func send(_ bytes: [UInt8]) async throws -> Reply {
            var request = Request(method: "POST", path: Site.referencePhoto.link(world.chengnan, "restroom-check", "floor"))
            request.headers = ["cookie": "hk=\(session.token)", "content-type": "multipart/form-data; boundary=b"]
            request.body = Array("--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n\(session.csrf)\r\n--b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n".utf8) + bytes + Array("\r\n--b--\r\n".utf8)
            return await world.shell.respond(to: request)
        }
        #expect(try await send(Array("no picture".utf8)).status == 415)
        #expect(try await send(try StandInPicture.jpeg(0x44AA66)).status == 303)
        let duty = try await world.duty("restroom")
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan").text
        let link = try #require(page.firstMatch(of: /\/photos\/[0-9a-f]{64}\/small\?pass=[0-9a-f]+/).map { String($0.0) })
        #expect(page.contains("本厅标准"))
        let small = try await world.get(link, as: "cleaner-chengnan")
        #expect(small.status == 200 && small.header("content-type") == "image/jpeg")
        #expect(try await world.get(link, as: nil).status == 303)
        let elsewhere = try await world.duty("restroom", at: world.chengbei)
        #expect(try await !world.get(Site.duty.link(elsewhere.place, elsewhere.id), as: "cleaner-chengbei").text.contains("本厅标准"))
        #expect(try await world.post(Site.referencePhoto.link(world.chengnan, "restroom-check", "floor"), as: "director-chengnan", ["remove": "yes"]).status == 303)
        #expect(try await !world.get(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan").text.contains("本厅标准"))
        #expect(try await world.post(Site.referencePhoto.link(world.chengnan, "restroom-check", "nothing"), as: "director-chengnan", ["remove": "yes"]).status == 404)
    }

    @Test func `a small photo is made once, is small, and there is none of what is no photo`() async throws {
        let world = try await TestWorld.make(planned: false)
        let hash = try await world.hall.blobs.keep(try StandInPicture.jpeg(0x112233), media: "image/jpeg", at: world.clock.now)
        let first = try #require(try await world.hall.blobs.small(hash, in: world.hall.darkroom, at: world.clock.now))
        let header = try #require(PictureHeader(first))
        #expect(max(header.width, header.height) <= Photo.smallSide)
        #expect(try await world.hall.blobs.small(hash, in: world.hall.darkroom, at: world.clock.now) == first)
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from thumb")?.int("n") } == 1)
        #expect(try await world.get("/photos/\(String(repeating: "0", count: 64))/small", as: "cleaner-chengnan").status == 404)
    }

    // MARK: voluntary

    private func begin(_ world: TestWorld, _ form: String, as login: String, at place: Place.ID? = nil) async throws -> Reply {
        try await world.post(Site.voluntary.link(), as: login, ["place": place ?? world.chengnan, "form": form])
    }

    private func figures(_ world: TestWorld) async throws -> [String] {
        let map = try await world.get("/coverage", as: "administrator").text
        let halls = try await world.get(Site.halls.link(), as: "administrator").text
        let strip = try await world.get(Site.evening.link(world.chengnan), as: "director-chengnan").text
        let tiles = strip.matches(of: /<b>([0-9]+)<\/b>/).map { String($0.1) }
        return map.matches(of: /<small>[^<]*<\/small><b>([0-9]+)<\/b>/).map { String($0.1) } + halls.matches(of: /<td[^>]*>([0-9]+)</).map { String($0.1) } + tiles
    }

    @Test func `a voluntary round moves no percentage, and what it finds is followed to its end`() async throws {
        let world = try await TestWorld.make(at: 9)
        let before = try await figures(world)
        #expect(!before.isEmpty)
        let reply = try await begin(world, "restroom-check", as: "director-chengnan")
        #expect(reply.status == 303)
        let duty = try #require(try await world.duties("voluntary:restroom-check").first)
        #expect(reply.header("location") == Site.duty.link(duty.place, duty.id))
        #expect(try await figures(world) == before)
        try await world.fill(duty, try await ok(world, duty), by: "director-chengnan")
        #expect(try await figures(world) == before)
        #expect(try await !world.get(Site.board.link(world.chengnan), as: "director-chengnan").text.contains("自愿"))
        // What is found wanting is a finding, with the duty to put it right, as on any round.
        _ = try await begin(world, "restroom-check", as: "guide-chengnan")
        let second = try #require(try await world.duties("voluntary:restroom-check").last)
        try await world.fill(second, try await ok(world, second, except: ["floor": "minor", "floor.note": "有水"]), by: "guide-chengnan")
        let finding = try await world.hall.store.read { tx in try tx.one("select id from finding")?.text("id") }
        let owed = try await world.hall.store.read { tx in try tx.one("select count(*) as n from duty where subject = \("finding:" + (finding ?? ""))")?.int("n") }
        #expect(owed == 1)
        // The duty that was owed is still owed.
        #expect(try await world.duty("restroom").state == .open)
    }

    @Test func `begun twice it is one, it belongs to whoever began it, and it is over with the day without being missed`() async throws {
        let world = try await TestWorld.make(at: 9)
        _ = try await begin(world, "opening-round", as: "guide-chengnan")
        _ = try await begin(world, "opening-round", as: "guide-chengnan")
        let duties = try await world.duties("voluntary:opening-round")
        #expect(duties.count == 1)
        let duty = try #require(duties.first)
        await #expect(throws: Refusal.self) { try await world.fill(duty, try await ok(world, duty), by: "guard-chengnan") }
        // It asks every role's points: whoever walks because they want to walks all of it.
        #expect(try await world.get(Site.duty.link(duty.place, duty.id), as: "guide-chengnan").text.contains("data-point"))
        #expect(try await world.get(Site.today.link(), as: "guide-chengnan").text.contains("自愿"))
        try await world.move(to: TestWorld.at(1, day: TestWorld.monday.adding(days: 1)))
        let over = try #require(try await world.duties("voluntary:opening-round").first)
        #expect(over.state == .notRequired)
        let entries = try await world.hall.store.read { tx in try tx.rows("select kind from entry where about = \("duty:" + duty.id)").map { try $0.text("kind") } }
        #expect(!entries.contains("duty.missed") && !entries.contains("duty.overdue"), "\(entries)")
        let told = try await world.hall.store.read { tx in try tx.one("select count(*) as n from outbox where duty = \(duty.id)")?.int("n") }
        #expect(told == 0)
    }

    @Test func `nobody walks at a hall that is not theirs, nor a round that is none`() async throws {
        let world = try await TestWorld.make(at: 9)
        #expect(try await begin(world, "restroom-check", as: "cleaner-chengnan", at: world.chengbei).status == 404)
        #expect(try await begin(world, "fault-sign", as: "cleaner-chengnan").status == 404)
        #expect(try await begin(world, "restroom-check", as: "enterprise").status == 404)
        #expect(try await world.get(Site.voluntary.link(), as: "enterprise").text.contains("没有营业厅的岗位"))
        #expect(try await world.get(Site.voluntary.link(), as: "cleaner-chengnan").text.contains("restroom-check"))
    }

    @Test func `a voluntary round left unfinished keeps what it found`() async throws {
        let world = try await TestWorld.make(at: 9)
        _ = try await begin(world, "restroom-check", as: "guide-chengnan")
        let duty = try #require(try await world.duties("voluntary:restroom-check").first)
        let session = try await world.signIn("guide-chengnan")
        var request = Request(method: "POST", path: Site.walk.link(duty.place, duty.id))
        request.headers = ["cookie": "hk=\(session.token)", "x-csrf": session.csrf, "content-type": "application/json"]
        let now = world.clock.now.ms
        request.body = Array(
            "{\"v\":1,\"device\":\"a1b2c3d4e5f6a1b2c3d4e5f6\",\"began\":\(now),\"ended\":null,\"sent\":\(now),\"ticket\":\"\",\"done\":false,\"points\":[{\"point\":\"floor\",\"value\":\"minor\",\"note\":\"有水\",\"at\":\(now)}]}".utf8)
        #expect(await world.shell.respond(to: request).status == 200)
        try await world.move(to: TestWorld.at(1, day: TestWorld.monday.adding(days: 1)))
        #expect(try await world.duties("voluntary:restroom-check").first?.state == .notRequired)
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from finding where point = 'floor'")?.int("n") } == 1)
    }
}
