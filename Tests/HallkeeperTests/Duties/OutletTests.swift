import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct OutletTests {
    private func outlet(_ world: TestWorld, _ kind: String, at place: Place.ID, address: String = "https://robot.example.cn/send?key=1", secret: String = "0123456789abcdef", urgent: Bool = true) async throws {
        let reply = try await world.post(Site.outlets.link(place), as: "administrator", ["kind": kind, "address": address, "secret": secret, "class": urgent ? "urgent" : "all"])
        #expect(reply.status == 303, "\(reply.status)")
    }

    private func first(_ world: TestWorld, at place: Place.ID) async throws -> Outlet {
        try #require(try await world.hall.store.read { tx in try Outlet.all(at: place, tx).first })
    }

    @Test func `each receiver gets the request it wants, signed as it checks it`() async throws {
        let world = try await TestWorld.make(planned: false)
        let now = Instant(ms: 1_700_000_000_000)
        try await outlet(world, "dingtalk", at: world.billing, secret: "SECabc")
        let ding = try await first(world, at: world.billing).request("你好", [:], at: now)
        // HMAC-SHA256 of "1700000000000\nSECabc" under SECabc, base64, as DingTalk's own page computes it.
        #expect(ding.url == "https://robot.example.cn/send?key=1&timestamp=1700000000000&sign=" + Submitted.encode(Data(Hash.hmac(Array("1700000000000\nSECabc".utf8), key: Array("SECabc".utf8))).base64EncodedString()))
        #expect(String(decoding: ding.body, as: UTF8.self) == #"{"msgtype":"text","text":{"content":"你好"}}"#)
        try await outlet(world, "webhook", at: world.supply)
        let hook = try await first(world, at: world.supply).request("x", ["event": .string("test")], at: now)
        let body = String(decoding: hook.body, as: UTF8.self)
        #expect(hook.headers.contains { $0 == ("x-hallkeeper-signature", "sha256=" + Hash.hex(Hash.hmac(Array(("1700000000." + body).utf8), key: Array("0123456789abcdef".utf8)))) })
    }

    @Test func `HMAC is that of RFC 4231`() {
        #expect(Hash.hex(Hash.hmac(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `what a robot refuses with 200 is not taken for delivered`() async throws {
        let world = try await TestWorld.make(planned: false)
        try await outlet(world, "wecom", at: world.billing)
        let robot = try await first(world, at: world.billing)
        #expect(robot.verdict(200, Array(#"{"errcode":0,"errmsg":"ok"}"#.utf8)) == nil)
        #expect(robot.verdict(200, Array(#"{"errcode":45009,"errmsg":"api freq out of limit"}"#.utf8))?.contains("45009") == true)
        #expect(robot.verdict(200, Array("<html>".utf8)) != nil)
        #expect(robot.verdict(502, []) == "HTTP 502")
    }

    @Test func `an urgent step of a unit's duty goes to its outlets, an ordinary one only where all is wanted, misconduct nowhere`() async throws {
        let world = try await TestWorld.make(planned: false)
        // Nothing listens there: each try fails and is tried again later.
        try await outlet(world, "wecom", at: world.billing, address: "http://127.0.0.1:9/urgent")
        try await world.takeIn()
        func rows() async throws -> [(String, Int)] {
            try await world.hall.store.read { tx in try tx.rows("select delivery.state as state, delivery.tries as tries, duty.rule as rule, delivery.step as step from delivery join duty on duty.place = delivery.place and duty.id = delivery.duty order by delivery.made, delivery.id").map { (try $0.text("rule") + " " + $0.text("state"), Int(try $0.int("tries"))) } }
        }
        try await world.move(to: world.clock.now.adding(minutes: 19))
        let early = try await rows()
        #expect(early.isEmpty, "\(early)")
        try await world.move(to: world.clock.now.adding(minutes: 12))
        let waiting = try await rows()
        #expect(waiting.contains { $0 == ("first-contact waiting", 1) }, "\(waiting)")
        for _ in 0..<8 { try await world.move(to: world.clock.now.adding(minutes: 300)) }
        let gone = try await rows().first { $0.0.hasPrefix("first-contact") }
        #expect(gone?.0 == "first-contact failed", "\(gone as Any)")
        let page = try await world.get(Site.outlets.link(world.billing), as: "administrator").text
        #expect(page.contains("没送到") && !page.contains("0123456789abcdef"))
        let supervision = world.world.places["department:supervision"] ?? ""
        _ = try await world.hall.store.write { tx in try tx.run("insert into outlet (id, place, kind, address, secret, urgent, origin, made) values ('s', \(supervision), 'wecom', 'http://127.0.0.1:9/', '', 0, '', 1)") }
        var grave = TestWorld.intake
        grave.kind = "MD1"
        try await world.takeIn(grave)
        try await world.move(to: world.clock.now.adding(minutes: 30))
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from delivery where outlet = 's'")?.int("n") } == 0)
    }

    @Test func `an address that is none, of this network, or without a secret is refused; only who keeps places adds one`() async throws {
        let world = try await TestWorld.make(planned: false)
        for address in ["", "ftp://x", "http://169.254.169.254/", "javascript:1", "https://", "https://user:pass@x.cn/"] {
            let reply = try await world.post(Site.outlets.link(world.billing), as: "administrator", ["kind": "wecom", "address": address])
            #expect(reply.status == 422 && reply.text.contains("https://"), "\(address)")
        }
        #expect(try await world.post(Site.outlets.link(world.billing), as: "administrator", ["kind": "webhook", "address": "https://x.cn/", "secret": "short"]).status == 422)
        #expect(try await world.post(Site.outlets.link(world.billing), as: "director-chengnan", ["kind": "wecom", "address": "https://x.cn/"]).status == 403)
        try await outlet(world, "wecom", at: world.billing)
        let one = try await first(world, at: world.billing)
        #expect(try await world.post(Site.outletEnd.link(world.billing, one.id), as: "administrator").status == 303)
        #expect(try await world.hall.store.read { tx in try tx.one("select secret || address as s from outlet")?.text("s") } == "")
        #expect(try await world.post(Site.outletTest.link(world.billing, one.id), as: "administrator").status == 404)
    }
}
