import Foundation
import Store
import Testing
import WorkCalendar
import Yams

@testable import Hallkeeper

@Suite struct ComplaintAPITests {
    private func token(_ world: TestWorld, _ scopes: [String] = ["complaints:write"], days: Int? = nil) async throws -> String { try await world.token(scopes, days: days) }

    private func ask(_ world: TestWorld, _ method: String, _ path: String, _ token: String, _ body: String = "", _ more: [String: String] = [:]) async throws -> (reply: Reply, json: [String: JSON]) {
        try await world.program(token, method, path, body, more)
    }

    private static let body = #"{"kind":"BL2","channel":"web","text":"停水三天无人处理，水费还涨了","phone":"+86 138-0013-8000","name":"王敏"}"#

    @Test func `a program takes a case in, gets number, tracking code and deadlines, and finds it again`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        let (made, json) = try await ask(world, "POST", "/api/v1/complaints", token, Self.body, ["idempotency-key": "k-1"])
        #expect(made.status == 201 && json["number"] == .string("TS20260302-0001") && json["stage"] == .string("dispatched"))
        guard case .string(let id)? = json["id"], case .string(let code)? = json["trackingCode"], case .array(let deadlines)? = json["deadlines"] else {
            Issue.record("\(made.text)")
            return
        }
        #expect(code.count == 16 && deadlines.count >= 4 && made.header("location") == "/api/v1/complaints/" + id)
        for case .object(let deadline) in deadlines {
            guard case .string(let due)? = deadline["dueAt"], case .string(let why)? = deadline["why"], case .string? = deadline["stage"] else {
                Issue.record("\(deadline)")
                continue
            }
            #expect(due.hasSuffix("Z") && !why.isEmpty)
        }
        // Sent again: the same answer, nothing new. Other content under the key: refused.
        let again = try await ask(world, "POST", "/api/v1/complaints", token, Self.body, ["idempotency-key": "k-1"])
        #expect(again.reply.status == 201 && again.reply.text == made.text)
        #expect(try await ask(world, "POST", "/api/v1/complaints", token, Self.body.replacingOccurrences(of: "三天", with: "四天"), ["idempotency-key": "k-1"]).reply.status == 409)
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from complaint")?.int("n") } == 1)
        let (read, one) = try await ask(world, "GET", "/api/v1/complaints/" + id, token)
        #expect(read.status == 200 && one["text"] == .string("停水三天无人处理，水费还涨了") && one["phone"] == .string("13800138000"))
        let tag = try #require(read.header("etag"))
        #expect(try await ask(world, "GET", "/api/v1/complaints/" + id, token, "", ["if-none-match": tag]).reply.status == 304)
        for question in ["停水", "水", "8000", "13800138000", "wm", "王敏", "TS20260302-0001", "水费 停水"] {
            let (_, found) = try await ask(world, "GET", "/api/v1/complaints?q=" + Submitted.encode(question), token)
            guard case .array(let list)? = found["complaints"] else {
                Issue.record("\(question)")
                continue
            }
            #expect(list.count == 1, "\(question)")
        }
        for question in ["停电", "9000", "水停", "ym", "停水 停电"] {
            #expect(try await ask(world, "GET", "/api/v1/complaints?q=" + Submitted.encode(question), token).json["complaints"] == .array([]), "\(question)")
        }
    }

    @Test func `pages of cases follow each other by cursor, none twice, none left out`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        for _ in 0..<7 { try await world.takeIn() }
        var (seen, cursor): ([String], String) = ([], "")
        for _ in 0..<10 {
            let (_, page) = try await ask(world, "GET", "/api/v1/complaints?limit=3" + (cursor.isEmpty ? "" : "&cursor=" + cursor), token)
            if case .array(let list)? = page["complaints"] { for case .object(let one) in list { if case .string(let number)? = one["number"] { seen.append(number) } } }
            guard case .string(let next)? = page["next"] else { break }
            cursor = next
        }
        #expect(seen == (1...7).reversed().map { "TS20260302-000\($0)" })
    }

    @Test func `without a token, with a wrong, ended, outdated or lesser one nothing is given`() async throws {
        let world = try await TestWorld.make()
        let (reading, ending) = (try await token(world, ["complaints:read"]), try await token(world, days: 1))
        for (method, path) in [("GET", "/api/v1/complaints"), ("POST", "/api/v1/complaints"), ("GET", "/api/v1/complaints/x"), ("POST", "/api/v1/complaints/x/transitions"), ("POST", "/api/v1/complaints/x/notes")] {
            let none = await world.shell.respond(to: Request(method: method, path: path))
            #expect(none.status == 401 && none.header("content-type")?.hasPrefix("application/problem+json") == true)
            #expect(try await ask(world, method, path, "hk_wrong", method == "POST" ? Self.body : "").reply.status == 401)
        }
        #expect(try await ask(world, "POST", "/api/v1/complaints", reading, Self.body).reply.status == 403)
        #expect(try await ask(world, "GET", "/api/v1/complaints", reading).reply.status == 200)
        #expect(try await ask(world, "GET", "/api/v1/complaints", ending).reply.status == 200)
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1441))
        #expect(try await ask(world, "GET", "/api/v1/complaints", ending).reply.status == 401)
        try await world.hall.act(by: .machine("command"), at: world.clock.now) { act in try APIToken.revoke(reading, act) }
        #expect(try await ask(world, "GET", "/api/v1/complaints", reading).reply.status == 401)
    }

    @Test func `clumsy and hostile bodies get a sentence for each field, never a fault`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        let bodies: [(String, Int)] = [
            ("", 400), ("[]", 400), ("{", 400), ("{}", 422), (#"{"kind":"XX","channel":"web","text":"a","phone":"13800138000"}"#, 422), (#"{"kind":"BL2","channel":"pigeon","text":"a","phone":"13800138000"}"#, 422),
            (#"{"kind":"BL2","channel":"web","text":"a","phone":"call me"}"#, 422), (#"{"kind":["BL2"],"channel":"web","text":"a","phone":"13800138000"}"#, 422),
            (#"{"kind":"BL2","channel":"web","text":"a","phone":"13800138000","promised":"2020-01-01T00:00:00Z"}"#, 409), (#"{"kind":"BL2","channel":"web","text":"   ","phone":"13800138000"}"#, 422),
            (#"{"kind":"BL2","channel":"web","text":"\#(String(repeating: "长", count: 20_001))","phone":"13800138000"}"#, 422), (#"{"kind":"BL2","channel":"web","text":"a","phone":"13800138000","unit":"nowhere"}"#, 422),
        ]
        for (body, status) in bodies {
            let (reply, json) = try await ask(world, "POST", "/api/v1/complaints", token, body)
            #expect(reply.status == status, "\(body.prefix(80)): \(reply.text.prefix(200))")
            #expect(json["detail"] != nil && json["status"] == .int(Int64(status)))
        }
        for text in ["😀 emoji", "\u{202E}right to left", "NUL \\u0000 within", "<script>alert(1)</script>", "'; drop table complaint; --"] {
            let (reply, _) = try await ask(world, "POST", "/api/v1/complaints", token, #"{"kind":"BL2","channel":"web","text":"\#(text)","phone":"（０８２６）２３４５６７８"}"#)
            #expect(reply.status == 201, "\(text): \(reply.text)")
        }
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `misconduct is taken in and then exists for no program`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        let (made, json) = try await ask(world, "POST", "/api/v1/complaints", token, #"{"kind":"MD1","channel":"web","door":"report","text":"窗口索要红包暗号梧桐","anonymous":true}"#)
        #expect(made.status == 201 && json["deadlines"] == .array([]) && json["unit"] == .string(""))
        guard case .string(let id)? = json["id"] else { return }
        #expect(try await ask(world, "GET", "/api/v1/complaints/" + id, token).reply.status == 404)
        #expect(try await ask(world, "GET", "/api/v1/complaints", token).json["complaints"] == .array([]))
        #expect(try await ask(world, "GET", "/api/v1/complaints?q=" + Submitted.encode("梧桐"), token).json["complaints"] == .array([]))
        #expect(try await ask(world, "POST", "/api/v1/complaints/\(id)/notes", token, #"{"note":"x"}"#).reply.status == 404)
    }

    @Test func `a customer's word is passed on, what staff owe is not done by a program`() async throws {
        let world = try await TestWorld.make()
        let (token, c) = (try await token(world), try await world.takeIn())
        let path = "/api/v1/complaints/\(c.id)/transitions"
        #expect(try await ask(world, "POST", path, token, #"{"step":"supplement","note":"表号 0042"}"#).reply.status == 200)
        #expect(try await ask(world, "POST", path, token, #"{"step":"close"}"#).reply.status == 422)
        #expect(try await ask(world, "POST", path, token, #"{"step":"note","note":"x"}"#, ["if-match": "\"1\""]).reply.status == 412)
        #expect(try await ask(world, "POST", path, token, #"{"step":"withdraw","said":"不投诉了"}"#).reply.status == 200)
        #expect(try await world.reload(c).stage == .withdrawn)
    }

    @Test func `a token is made and ended on the command line while the server holds the data`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "token-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = Program.configuration(["data": folder.path])
        let hall = try await Program.hall(configuration)
        var founder = WorldFounder(hall: hall, files: try TestWorld.pack(), notices: [], starts: TestWorld.monday, chance: Chance(seed: 3))
        _ = try await founder.found(halls: 1, at: hall.clock.now)
        let token = try await Program.addToken(configuration, name: "partner", scopes: ["complaints:write"], days: nil)
        let shell = Shell(hall: hall, site: Site.entries(hall))
        func status() async -> Int { await shell.respond(to: Request(method: "GET", path: Site.apiComplaints.link(), headers: ["authorization": "Bearer " + token])).status }
        #expect(await status() == 200)
        _ = try await Program.revokeToken(configuration, name: "partner")
        #expect(await status() == 401)
        try await hall.ledger.sealPending()
        #expect(try await hall.ledger.verify(printed: []).isEmpty)
        hall.credentials.stop()
        await hall.close()
    }

    @Test func `a photo is attached once, made small; what is none is refused in a sentence`() async throws {
        let world = try await TestWorld.make(planned: false)
        let token = try await token(world)
        let made = try await ask(world, "POST", "/api/v1/complaints", token, Self.body)
        guard case .string(let id)? = made.json["id"] else { throw ProgramError("no id") }
        func attach(_ body: [UInt8], key: String) async -> Reply {
            var request = Request(method: "POST", path: "/api/v1/complaints/\(id)/attachments", headers: ["authorization": "Bearer " + token, "content-type": "image/jpeg", "idempotency-key": key])
            request.body = body
            return await world.shell.respond(to: request)
        }
        let photo = try StandInPicture.jpeg(0x336699)
        for _ in 0..<2 { #expect(await attach(photo, key: "photo-1").status == 200) }
        let files = try await world.hall.store.read { tx in try tx.rows("select files from complaint_step where complaint = \(id) and act = 'supplement'").map { try $0.text("files") } }
        #expect(files.count == 1 && files[0].count == 64)
        #expect(await attach(Array("no picture".utf8), key: "photo-2").status >= 400)
        #expect(await attach([], key: "photo-3").status == 400)
    }

    @Test func `the served description names every address and status the program has`() async throws {
        let world = try await TestWorld.make()
        let reply = await world.shell.respond(to: Request(method: "GET", path: "/api/v1/openapi.yaml"))
        #expect(reply.status == 200)
        let node = try #require(try Yams.compose(yaml: reply.text))
        #expect(node["openapi"]?.string == "3.1.0")
        let described = Set(node["paths"]?.mapping?.flatMap { path, item in (item.mapping?.keys.compactMap(\.string) ?? []).map { "\($0.uppercased()) \(path.string ?? "")" } } ?? [])
        let served = Set(Site.entries(world.hall).filter { $0.route.pattern.hasPrefix("/api/v1/complaints") }.map { "\($0.method) \($0.route.pattern.replacingOccurrences(of: ":complaint", with: "{id}"))" })
        #expect(described == served)
    }

    @Test func `whatever goes wrong anywhere under the API is said as a problem, with what may be done there`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        let cases: [(String, String, String, [String: String], Int)] = [
            ("GET", "/api/v1/nothing", "", [:], 404), ("DELETE", "/api/v1/complaints", "", [:], 405), ("PUT", "/api/v1/complaints/x", "", [:], 405), ("PATCH", "/api/v1/complaints/x/notes", "", [:], 405),
            ("GET", "/api/v1/complaints/x", "", [:], 404), ("POST", "/api/v1/complaints", Self.body, ["content-type": "text/plain"], 415), ("POST", "/api/v1/complaints/x/attachments", "abc", ["content-type": "text/html"], 415),
            ("POST", "/api/v1/complaints", String(repeating: "x", count: (2 << 20) + 1), [:], 413), ("POST", "/api/v1/complaints", Self.body, ["idempotency-key": ""], 400),
            ("POST", "/api/v1/complaints", Self.body, ["origin": "https://elsewhere.cn", "host": "own.cn"], 400),
        ]
        for (method, path, body, headers, status) in cases {
            var request = Request(method: method, path: path, headers: ["authorization": "Bearer " + token, "content-type": "application/json"].merging(headers) { _, own in own })
            request.body = Array(body.utf8)
            let reply = await world.shell.respond(to: request)
            let json = try? JSON(parsing: Array(reply.text.utf8))
            #expect(reply.status == status && reply.header("content-type")?.hasPrefix("application/problem+json") == true, "\(method) \(path): \(reply.status) \(reply.text.prefix(120))")
            #expect(json?["status"] == .int(Int64(status)) && json?["detail"]?.string?.isEmpty == false && json?["title"] != nil && json?["type"] != nil, "\(path)")
            if status == 405 { #expect(reply.header("allow")?.isEmpty == false) }
        }
    }

    @Test func `a case has one exact tag: the same while nothing changes, another in another language; a change needs it when it is named`() async throws {
        let world = try await TestWorld.make()
        let (token, c) = (try await token(world), try await world.takeIn())
        let path = "/api/v1/complaints/" + c.id
        let first = try await ask(world, "GET", path, token).reply
        let tag = try #require(first.header("etag"))
        #expect(first.headers.filter { $0.0 == "etag" }.count == 1 && !tag.hasPrefix("W/") && first.header("vary")?.contains("accept-language") == true)
        let again = try await ask(world, "GET", path, token, "", ["if-none-match": "\"x\", " + tag]).reply
        #expect(again.status == 304 && again.header("etag") == tag && again.text.isEmpty)
        #expect(try await ask(world, "GET", path, token, "", ["accept-language": "zh", "if-none-match": tag]).reply.status == 200)
        #expect(try await ask(world, "POST", path + "/notes", token, #"{"note":"一"}"#, ["if-match": tag]).reply.status == 200)
        let changed = try await ask(world, "POST", path + "/notes", token, #"{"note":"二"}"#, ["if-match": tag])
        #expect(changed.reply.status == 412 && changed.json["title"] == .string("Changed meanwhile"))
        #expect(try await ask(world, "POST", path + "/notes", token, #"{"note":"三"}"#, ["if-match": "*"]).reply.status == 200)
        #expect(try await ask(world, "GET", path, token, "", ["if-none-match": tag]).reply.status == 200)
    }

    @Test func `who asks too often or tries tokens is told how long to wait; a neighbour with a token is not held up`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        var last = try await ask(world, "GET", "/api/v1/complaints", "hk_wrong").reply
        for _ in 0..<ComplaintAPI.mostWrong { last = try await ask(world, "GET", "/api/v1/complaints", "hk_wrong").reply }
        #expect(last.status == 429 && last.header("retry-after") == "60")
        #expect(try await ask(world, "GET", "/api/v1/complaints", token).reply.status == 200)
    }

    @Test func `a stored answer comes again word for word with its status and place, also when the case has moved on`() async throws {
        let world = try await TestWorld.make()
        let token = try await token(world)
        let made = try await ask(world, "POST", "/api/v1/complaints", token, Self.body, ["idempotency-key": "k"])
        guard case .string(let id)? = made.json["id"] else { return }
        let note = try await ask(world, "POST", "/api/v1/complaints/\(id)/notes", token, #"{"note":"一"}"#, ["idempotency-key": "n"])
        let (again, other) = (try await ask(world, "POST", "/api/v1/complaints", token, Self.body, ["idempotency-key": "k"]), try await ask(world, "POST", "/api/v1/complaints/\(id)/notes", token, #"{"note":"一"}"#, ["idempotency-key": "n"]))
        #expect(again.reply.status == 201 && again.reply.text == made.reply.text && again.reply.header("location") == made.reply.header("location"))
        #expect(note.reply.status == 200 && other.reply.text == note.reply.text)
        // A refusal is not stored: mended, the same key goes through.
        #expect(try await ask(world, "POST", "/api/v1/complaints", token, "{}", ["idempotency-key": "m"]).reply.status == 422)
        #expect(try await ask(world, "POST", "/api/v1/complaints", token, Self.body, ["idempotency-key": "m"]).reply.status == 201)
        // Another program's key of the same name is another key.
        let second = try await self.token(world)
        #expect(try await ask(world, "POST", "/api/v1/complaints", second, Self.body, ["idempotency-key": "k"]).reply.text != made.reply.text)
    }
}
