import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct PublicServiceTests {
    static let form = ["kind": "BL2", "text": "水费翻倍，要求查表", "phone": "138 0013 8000", "name": "王敏"]

    /// A browser of a customer: its cookie comes along.
    private func ask(_ world: TestWorld, _ method: String, _ path: String, _ fields: [String: String] = [:], cookie: String = "") async throws -> Reply {
        var request = Request(method: method, path: path, headers: ["content-type": "application/x-www-form-urlencoded"])
        if let mark = path.firstIndex(of: "?") {
            request.path = String(path[..<mark])
            for (name, value) in try Submitted.pairs(String(path[path.index(after: mark)...])) { request.query[name] = value }
        }
        request.headers["cookie"] = cookie
        request.body = Array(fields.map { "\(Submitted.encode($0.key))=\(Submitted.encode($0.value))" }.joined(separator: "&").utf8)
        return await world.shell.respond(to: request)
    }

    private func cookie(_ reply: Reply) -> String {
        reply.headers.first { $0.0 == "set-cookie" && $0.1.hasPrefix("track=") }.map { String($0.1.prefix { $0 != ";" }) } ?? ""
    }

    private func sent(_ world: TestWorld, _ more: [String: String] = [:]) async throws -> (path: String, cookie: String, complaint: Complaint) {
        let reply = try await ask(world, "POST", Site.service.link(), Self.form.merging(more) { _, own in own })
        #expect(reply.status == 303, "\(reply.status)")
        let path = try #require(reply.header("location")?.split(separator: "?").first.map(String.init))
        let code = try #require(path.split(separator: "/").last.map(String.init))
        let complaint = try await world.hall.store.read { tx in try tx.one("select * from complaint where tracking = \(code)").map(Complaint.init(row:)) }
        return (path, cookie(reply), try #require(complaint))
    }

    @Test func `a customer writes without an account, gets a code, and sees by when they are answered`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world)
        #expect(complaint.stage == .dispatched && complaint.channel == "web" && complaint.unit == world.billing)
        let page = try await ask(world, "GET", path + "?new=1", cookie: cookie).text
        #expect(page.contains(TrackingCode.written(complaint.tracking)) && page.contains(complaint.number) && page.contains("最迟") && page.contains("正在办理"))
        // The promise is the clock's own.
        let due = try #require(try await world.owed(complaint)["complaint.replied"]).due
        #expect(page.contains(Times(words: Words.of(.zh), zone: world.hall.zone, now: world.clock.now).moment(due)))
    }

    @Test func `the code alone shows nothing; a wrong code and wrong digits are answered alike, and soon not at all`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, _, complaint) = try await sent(world)
        #expect(try await !ask(world, "GET", path).text.contains(complaint.number))
        #expect(try await !ask(world, "GET", path, cookie: "track=\(complaint.tracking).0000").text.contains(complaint.number))
        let digits = try await ask(world, "POST", Site.track.link(), ["code": complaint.tracking, "last": "0000"])
        let code = try await ask(world, "POST", Site.track.link(), ["code": "ABCDEFGHJKMNPQRS", "last": "8000"])
        #expect(digits.status == 422 && code.status == 422)
        #expect(digits.text.replacingOccurrences(of: complaint.tracking, with: "") == code.text.replacingOccurrences(of: "ABCDEFGHJKMNPQRS", with: ""))
        let right = try await ask(world, "POST", Site.track.link(), ["code": TrackingCode.written(complaint.tracking).lowercased(), "last": "8000"])
        #expect(right.status == 303 && cookie(right).contains(complaint.tracking))
        var last = 0
        for _ in 0..<12 { last = try await ask(world, "POST", Site.track.link(), ["code": complaint.tracking, "last": "0001"]).status }
        #expect(last == 429)
    }

    @Test func `the answer is read, rated and asked again by its customer; never an internal note`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world)
        _ = try await world.act(.note, complaint, ["note": "此户常投诉"], by: "handler-billing")
        #expect(try await ask(world, "POST", path + "/acts/supplement", ["note": "表在楼道"], cookie: cookie).status == 303)
        _ = try await world.replied(complaint)
        let page = try await ask(world, "GET", path, cookie: cookie).text
        #expect(page.contains("已退补 86 元，致歉") && page.contains("表在楼道") && !page.contains("此户常投诉") && !page.contains("抄表员估抄"))
        #expect(try await ask(world, "POST", path + "/acts/call-back", ["satisfaction": "2", "solved": "no", "said": "钱没到"], cookie: cookie).status == 303)
        #expect(try await world.reload(complaint).satisfaction == "2")
        #expect(try await ask(world, "POST", path + "/acts/reopen", ["reason": "钱没到"], cookie: cookie).status == 303)
        #expect(try await world.reload(complaint).stage == .dispatched)
        #expect(try await ask(world, "POST", path + "/acts/close", ["reason": "x"], cookie: cookie).status == 404)
        #expect(try await ask(world, "POST", path + "/acts/supplement", ["note": "x"]).status == 422)
    }

    @Test func `an anonymous reporter keeps talking with supervision through the code`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world, ["kind": "MD1", "text": "索要红包", "anonymous": "yes", "phone": "", "name": ""])
        #expect(complaint.isConfidential && complaint.phone.isEmpty)
        let page = try await ask(world, "GET", path, cookie: cookie).text
        #expect(page.contains("由专人处理") && !page.contains(complaint.number))
        _ = try await world.act(.takeUp, complaint, by: "supervision")
        _ = try await world.act(.supplement, complaint, ["note": "请问是哪一天？"], by: "supervision")
        #expect(try await ask(world, "GET", path, cookie: cookie).text.contains("请问是哪一天？"))
        #expect(try await ask(world, "POST", path + "/acts/supplement", ["note": "上周三"], cookie: cookie).status == 303)
        let other = try await ask(world, "POST", Site.track.link(), ["code": complaint.tracking, "last": ""])
        #expect(other.status == 303)
    }

    @Test func `a lesser matter returns to the normal path: its reporter's code goes on, nothing says where it came from`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world, ["kind": "MD1", "text": "师傅态度不好"])
        await #expect(throws: FormProblems.self) { try await world.act(.toNormalPath, complaint, ["reason": "属服务态度", "kind": "MD2", "unit": world.billing], by: "supervision") }
        let old = try await world.act(.toNormalPath, complaint, ["reason": "属服务态度", "kind": "SV1", "unit": world.billing], by: "supervision")
        #expect(old.stage == .closed && old.isConfidential && !old.combinedInto.isEmpty)
        let fresh = try #require(try await world.hall.store.read { tx in try tx.one("select * from complaint where tracking = \(complaint.tracking)").map(Complaint.init(row:)) })
        #expect(fresh.id == old.combinedInto && !fresh.isConfidential && fresh.stage == .dispatched && fresh.unit == world.billing && fresh.repeatOf.isEmpty)
        let page = try await world.get(Site.complaint.link(fresh.id), as: "handler-billing").text
        #expect(page.contains("师傅态度不好") && !page.contains(complaint.number) && !page.contains(complaint.id))
        #expect(try await ask(world, "GET", path, cookie: cookie).text.contains(fresh.number))
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what is missing is said, what fills in the hidden field leaves nothing, a flood is stopped`() async throws {
        let world = try await TestWorld.make(planned: false)
        let blank = try await ask(world, "POST", Site.service.link(), ["text": "<script>x</script>"])
        #expect(blank.status == 422 && blank.text.contains("&lt;script&gt;") && blank.text.contains("留个电话"))
        let robot = try await ask(world, "POST", Site.service.link(), Self.form.merging(["website": "http://x"]) { _, own in own })
        #expect(robot.status == 303)
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from complaint")?.int("n") } == 0)
        var last = 0
        for _ in 0..<8 { last = try await ask(world, "POST", Site.service.link(), ["text": "x"]).status }
        #expect(last == 429)
    }

    @Test func `pressed twice it is taken in once`() async throws {
        let world = try await TestWorld.make(planned: false)
        let form = Self.form.merging(["key": "0123456789abcdef0123456789abcdef"]) { _, own in own }
        for _ in 0..<2 { #expect(try await ask(world, "POST", Site.service.link(), form).status == 303) }
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from complaint")?.int("n") } == 1)
    }
}
