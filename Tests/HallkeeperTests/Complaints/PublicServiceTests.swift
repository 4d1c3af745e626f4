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

    /// The form as it is given out, filled in as long ago as a person takes.
    private func opened(_ world: TestWorld, _ more: [String: String] = [:], seconds: Int64 = 20) async throws -> [String: String] {
        let page = try await ask(world, "GET", Site.service.link()).text
        func hidden(_ name: String) throws -> String { String(try #require(try Regex("name=\"\(name)\" value=\"([^\"]*)\"").firstMatch(in: page)?.output[1].substring)) }
        let own = ["key": try hidden("key"), "opened": try hidden("opened")]
        _ = world.clock.move(to: world.clock.now.adding(ms: seconds * 1000))
        return Self.form.merging(own) { _, new in new }.merging(more) { _, new in new }
    }

    private func kept(_ world: TestWorld) async throws -> Int64 { try await world.hall.store.read { tx in try tx.one("select count(*) as n from complaint")?.int("n") ?? 0 } }

    private func cookie(_ reply: Reply) -> String {
        reply.headers.first { $0.0 == "set-cookie" && $0.1.hasPrefix("track=") }.map { String($0.1.prefix { $0 != ";" }) } ?? ""
    }

    private func sent(_ world: TestWorld, _ more: [String: String] = [:]) async throws -> (path: String, cookie: String, complaint: Complaint) {
        let reply = try await ask(world, "POST", Site.service.link(), try await opened(world, more))
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
        // Also with the right ones, for a while; nobody is told which it was.
        #expect(try await ask(world, "POST", Site.track.link(), ["code": complaint.tracking, "last": "8000"]).status == 429)
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

    @Test func `what is missing is said and kept; what a program fills in or sends at once is shown again, not dropped`() async throws {
        let world = try await TestWorld.make(planned: false)
        let blank = try await ask(world, "POST", Site.service.link(), try await opened(world, ["text": "<script>x</script>", "kind": "", "phone": ""]))
        #expect(blank.status == 422 && blank.text.contains("&lt;script&gt;") && blank.text.contains("留个电话"))
        let robot = try await ask(world, "POST", Site.service.link(), try await opened(world, ["website": "http://x"]))
        #expect(robot.status == 422 && robot.text.contains("请留空") && robot.text.contains("水费翻倍") && !robot.text.contains("http://x"))
        let quick = try await ask(world, "POST", Site.service.link(), try await opened(world, seconds: 1))
        #expect(quick.status == 422 && quick.text.contains("再按一次") && quick.text.contains("水费翻倍"))
        let bare = try await ask(world, "POST", Site.service.link(), Self.form)
        let forged = try await ask(world, "POST", Site.service.link(), try await opened(world, ["opened": "1.0123456789abcdef0123456789abcdef"]))
        let stale = try await ask(world, "POST", Site.service.link(), try await opened(world, seconds: 25 * 3600))
        // The ticket of one form opens no other.
        let (one, other) = (try await opened(world), try await opened(world))
        let swapped = try await ask(world, "POST", Site.service.link(), one.merging(["key": other["key"] ?? ""]) { _, new in new })
        for reply in [bare, forged, stale, swapped] { #expect(reply.status == 422 && reply.text.contains("再按一次")) }
        #expect(try await kept(world) == 0)
        // Corrected at once: whoever was told what is missing is not made to wait.
        let page = try await ask(world, "POST", Site.service.link(), try await opened(world, ["text": ""])).text
        func hidden(_ name: String) throws -> String { String(try #require(try Regex("name=\"\(name)\" value=\"([^\"]*)\"").firstMatch(in: page)?.output[1].substring)) }
        let mended = Self.form.merging(["key": try hidden("key"), "opened": try hidden("opened")]) { _, new in new }
        #expect(try await ask(world, "POST", Site.service.link(), mended).status == 303)
        #expect(try await kept(world) == 1)
    }

    @Test func `a hall's shared address sends on all day; beyond thirty an hour by computing or a minute's wait, at most so many`() async throws {
        let world = try await TestWorld.make(planned: false)
        for number in 0..<PublicGate.mostFreely { #expect(try await ask(world, "POST", Site.service.link(), try await opened(world, seconds: 5)).status == 303, "\(number)") }
        let page = try await ask(world, "GET", Site.service.link()).text
        #expect(page.contains("data-bits=\"15\"") && page.contains("public.js"))
        let held = try await ask(world, "POST", Site.service.link(), try await opened(world, seconds: 5))
        #expect(held.status == 422 && held.text.contains("等一分钟") && held.text.contains("水费翻倍"))
        var form = try await opened(world, seconds: 5)
        let mark = form["opened"] ?? ""
        form["work"] = (0..<5_000_000).lazy.map(String.init).first { PublicGate.isWork($0, for: mark) } ?? ""
        #expect(try await ask(world, "POST", Site.service.link(), form).status == 303)
        // A number found once is worth nothing for another form.
        #expect(try await ask(world, "POST", Site.service.link(), try await opened(world, ["work": form["work"] ?? ""], seconds: 5)).status == 422)
        // Without scripts: a minute.
        for _ in 0..<10 { #expect(try await ask(world, "POST", Site.service.link(), try await opened(world, seconds: 61)).status == 303) }
        #expect(try await kept(world) == Int64(PublicGate.mostFreely) + 11)
        var last = 0
        for _ in 0..<40 { last = try await ask(world, "POST", Site.service.link(), ["text": "x"]).status }
        #expect(last == 429)
    }

    @Test func `digits are tried out neither through the form nor with made-up cookies, from however many addresses`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world)
        func guess(_ number: Int, from remote: String) async -> Int {
            var request = Request(method: "GET", path: path, headers: ["cookie": "track=\(complaint.tracking).\(10_000 + number)".replacingOccurrences(of: ".1", with: ".")])
            request.remote = remote
            return await world.shell.respond(to: request).status
        }
        var answers: [Int] = []
        for number in 0..<20 { answers.append(await guess(number, from: "10.0.0.\(number)")) }
        #expect(answers.filter { $0 == 200 }.count <= PublicGate.wrongForCode && answers.last == 429)
        for day in 0..<10 {
            _ = world.clock.move(to: world.clock.now.adding(minutes: 2))
            for number in 0..<5 { answers.append(await guess(number, from: "10.1.\(day).\(number)")) }
        }
        #expect(answers.filter { $0 == 200 }.count <= PublicGate.wrongForCodeADay)
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1441))
        #expect(try await ask(world, "GET", path, cookie: cookie).text.contains(complaint.number))
    }

    @Test func `the receipt has code, picture and promises, and nothing of the matter or of anybody`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world)
        let page = try await ask(world, "GET", path + "/receipt", cookie: cookie).text
        #expect(page.contains(TrackingCode.written(complaint.tracking)) && page.contains("<svg") && page.contains(complaint.number) && page.contains("答复您") && page.contains("0826-2983315"))
        for word in ["王敏", "8000", "水费", "抄表"] { #expect(!page.contains(word), "\(word)") }
        #expect(try await !ask(world, "GET", path + "/receipt").text.contains(complaint.number))
        #expect(try await world.get(Site.complaintReceipt.link(complaint.id), as: "agent").text.contains(TrackingCode.written(complaint.tracking)))
        #expect(try await world.get(Site.complaintReceipt.link(complaint.id), as: "guide-chengnan").status == 404)
        let notice = try await ask(world, "GET", Site.privacy.link()).text
        for word in ["谁在处理", "收集什么", "为了什么", "保存多久", "您可以"] { #expect(notice.contains(word)) }
        let form = try await ask(world, "GET", Site.service.link()).text
        #expect(try #require(form.range(of: "不记录您的网络地址")).lowerBound < #require(form.range(of: "<form")).lowerBound)
    }

    @Test func `what a customer was told never goes back without a word`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (path, cookie, complaint) = try await sent(world)
        func shown() async throws -> (done: Set<String>, page: String) {
            let page = try await ask(world, "GET", path, cookie: cookie).text
            return (Set(page.matches(of: try Regex("<li class=\"done\" [^>]*><b>([^<]*)</b>")).compactMap { $0.output[1].substring.map(String.init) }), page)
        }
        var before = try await shown().done
        let steps: [(ComplaintAct, [String: String], String)] = [
            (.sign, [:], "handler-billing"), (.contact, ["reached": "reached", "said": "好"], "handler-billing"), (.noVisit, ["reason": "系统内可查"], "handler-billing"),
            (.askFor, ["what": "extension", "until": "2026-03-20", "reason": "等换表"], "handler-billing"), (.grant, [:], "unit-head-billing"),
            (.investigate, ["facts": "估抄", "evidence": "无照片", "finding": "founded", "responsibility": "company", "cause": "procedure", "remedy": "退费"], "handler-billing"),
            (.reply, ["reply": "已退补", "result": "solved"], "handler-billing"),
        ]
        for (what, fields, login) in steps {
            _ = try await world.act(what, complaint, fields, by: login)
            let (done, page) = try await shown()
            #expect(before.isSubset(of: done), "\(what): \(before) → \(done)")
            if what == .grant { #expect(page.contains("原定") && page.contains("24:00")) }
            before = done
        }
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1))
        #expect(try await ask(world, "POST", path + "/acts/call-back", ["satisfaction": "1", "solved": "no"], cookie: cookie).status == 303)
        let rated = try await shown().done
        #expect(try await ask(world, "POST", path + "/acts/reopen", ["reason": "没到账"], cookie: cookie).status == 303)
        let (done, page) = try await shown()
        #expect(!rated.isSubset(of: done) && page.contains("您要求再办") && page.contains("上次的答复") && page.contains("已退补"))
    }

    @Test func `pressed twice it is taken in once`() async throws {
        let world = try await TestWorld.make(planned: false)
        let form = try await opened(world)
        for _ in 0..<2 { #expect(try await ask(world, "POST", Site.service.link(), form).status == 303) }
        #expect(try await kept(world) == 1)
    }

    @Test func `a photo of a confidential case is found by nobody who has the same picture`() async throws {
        let world = try await TestWorld.make(planned: false)
        let picture = try StandInPicture.jpeg(0x336699)
        let (plain, again) = (try await world.hall.keepPhoto(picture, isConfidential: false, at: world.clock.now), try await world.hall.keepPhoto(picture, isConfidential: false, at: world.clock.now))
        let (quiet, other) = (try await world.hall.keepPhoto(picture, isConfidential: true, at: world.clock.now), try await world.hall.keepPhoto(picture, isConfidential: true, at: world.clock.now))
        #expect(plain == again && quiet != plain && quiet != other)
        let bytes = try #require(try await world.hall.blobs.find(quiet)?.bytes)
        #expect(try Photo.shrink(bytes).width > 0)
    }
}
