import Foundation
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct ShellTests {
    @Test func `text is escaped, HTML is not`() {
        let name = "<script>\"&'"
        let inner: HTML = "<b>\(name)</b>"
        #expect(inner.text == "<b>&lt;script&gt;&quot;&amp;&#39;</b>")
        let outer: HTML = "<p>\(inner)\(when: true, "on")\(when: false, "off")\([1, 2], { "<i>\($0)</i>" })</p>"
        #expect(outer.text == "<p><b>&lt;script&gt;&quot;&amp;&#39;</b>on<i>1</i><i>2</i></p>")
    }

    @Test func `a wrong password and an unknown name get the same sentence; five failures lock the name`() async throws {
        let world = try await TestWorld.make(planned: false)
        let wrong = try await world.post("/sign-in", ["login": "guide-chengnan", "password": "no"])
        let unknown = try await world.post("/sign-in", ["login": "nobody", "password": "no"])
        #expect(wrong.status == 401 && unknown.status == 401)
        #expect(wrong.text.contains("登录名或密码不对。") && unknown.text.contains("登录名或密码不对。"))
        for _ in 0..<4 { _ = try await world.post("/sign-in", ["login": "guide-chengnan", "password": "no"]) }
        let locked = try await world.post("/sign-in", ["login": "guide-chengnan", "password": TestWorld.password])
        #expect(locked.status == 429)
        _ = world.clock.move(to: world.clock.now.adding(minutes: 16))
        let after = try await world.post("/sign-in", ["login": "guide-chengnan", "password": TestWorld.password])
        #expect(after.status == 303)
        #expect(after.header("set-cookie")?.contains("HttpOnly; SameSite=Lax") == true)
    }

    @Test func `a revoked session is no session`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.get("/today", as: "guide-chengnan").status == 200)
        let out = try await world.post("/sign-out", as: "guide-chengnan")
        #expect(out.status == 303)
        #expect(try await world.get("/today", as: "guide-chengnan").status == 303)
    }

    @Test func `a form from another site, or without its token, is refused`() async throws {
        let world = try await TestWorld.make(planned: false)
        let cross = try await world.post("/me", as: "guide-chengnan", ["theme": "dark"], headers: ["sec-fetch-site": "cross-site"])
        #expect(cross.status == 400)
        let origin = try await world.post("/me", as: "guide-chengnan", ["theme": "dark"], headers: ["origin": "https://elsewhere.example", "host": "hall.example"])
        #expect(origin.status == 400)
        let bare = try await world.post("/me", as: "guide-chengnan", ["theme": "dark"], csrf: false)
        #expect(bare.status == 400)
        #expect(try await world.post("/me", as: "guide-chengnan", ["theme": "dark"]).status == 303)
    }

    @Test func `what was done is said on the page somebody opens, not to a script that fetches pages for later`() async throws {
        let world = try await TestWorld.make(planned: false)
        func today(_ mode: String?) async throws -> (isSaid: Bool, isTaken: Bool) {
            var headers = ["cookie": "flash=" + Submitted.encode("已保存。")]
            headers["sec-fetch-mode"] = mode
            let reply = try await world.get("/today", as: "guide-chengnan", headers: headers)
            return (reply.text.contains("已保存。"), reply.header("set-cookie")?.contains("flash=;") == true)
        }
        #expect(try await today("cors") == (false, false))
        #expect(try await today("same-origin") == (false, false))
        #expect(try await today("navigate") == (true, true))
        // Browsers of before 2020 do not say.
        #expect(try await today(nil) == (true, true))
    }

    @Test func `a session that ends in mid-form loses nothing that was typed`() async throws {
        let world = try await TestWorld.make(planned: false)
        let kept = try await world.post("/report/weather.reported", ["kind": "rain", "note": "门口积水 <3>", "pin": "1234"])
        #expect(kept.status == 401)
        #expect(kept.text.contains("name=\"carry.note\" value=\"门口积水 &lt;3&gt;\""))
        #expect(!kept.text.contains("1234"))
        let back = try await world.post(
            "/sign-in", ["login": "guide-chengnan", "password": TestWorld.password, "next": "/report/weather.reported", "carry.kind": "rain", "carry.note": "门口积水 <3>"])
        #expect(back.status == 200)
        #expect(back.text.contains("action=\"/report/weather.reported\""))
        #expect(back.text.contains("value=\"门口积水 &lt;3&gt;\""))
        // In the words of the form: the event's field and the option's name, not their ids.
        #expect(back.text.contains("<dd>雨</dd>"))
        #expect(!back.text.contains("<dt>kind</dt>"))
    }

    @Test func `a refusal keeps the way on to every other page for whoever is signed in`() async throws {
        let world = try await TestWorld.make(planned: false)
        let reply = try await world.get("/duties/nowhere/none", as: "guide-chengnan")
        #expect(reply.status == 404)
        #expect(reply.text.contains("class=\"side\""))
        #expect(try await world.get("/nowhere").text.contains("class=\"bare\""))
    }

    @Test func `when the clock is in doubt everybody reads it, and only who runs the company confirms it`() async throws {
        let world = try await TestWorld.make()
        world.hall.timers.doubt(.jumped(milliseconds: 3_600_000))
        let guide = try await world.get("/today", as: "guide-chengnan").text
        #expect(guide.contains(Words.of(.zh)("clock.jumped")))
        #expect(!guide.contains("/clock/confirmation"))
        let before = try await world.duties("restroom", at: world.chengnan).map(\.state)
        _ = world.clock.move(to: TestWorld.at(22))
        try await JobRunner(hall: world.hall).catchUp(to: world.clock.now)
        #expect(try await world.duties("restroom", at: world.chengnan).map(\.state) == before)
        #expect(try await world.post("/clock/confirmation", as: "guide-chengnan").status == 403)
        #expect(try await world.get("/today", as: "administrator").text.contains("/clock/confirmation"))
        #expect(try await world.post("/clock/confirmation", as: "administrator").status == 303)
        try await JobRunner(hall: world.hall).catchUp(to: world.clock.now)
        #expect(try await world.duties("restroom", at: world.chengnan).map(\.state) != before)
    }

    @Test func `signing in leads only to ways inside this system`() async throws {
        let world = try await TestWorld.make(planned: false)
        let reply = try await world.post("/sign-in", ["login": "guide-chengnan", "password": TestWorld.password, "next": "//evil.example"])
        #expect(reply.header("location") == "/today")
    }

    @Test func `the same form sent twice is one act, the same key with other content a conflict`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let key = String(repeating: "ab", count: 16)
        let first = try await world.post("/report/weather.reported", as: "guard-chengnan", ["kind": "rain", "key": key])
        let second = try await world.post("/report/weather.reported", as: "guard-chengnan", ["kind": "rain", "key": key])
        #expect(first.status == 303 && second.status == 303)
        let place = world.chengnan
        let count = try await world.hall.store.read { tx in try tx.one("select count(*) as n from event where place = \(place)")?.int("n") }
        #expect(count == 1)
        let other = try await world.post("/report/weather.reported", as: "guard-chengnan", ["kind": "snow", "key": key])
        #expect(other.status == 409)
    }

    @Test func `every reply has a strict policy without inline, pages an ETag, large ones gzip`() async throws {
        let world = try await TestWorld.make()
        let page = try await world.get("/today", as: "guide-chengnan", headers: ["accept-encoding": "gzip"])
        #expect(page.header("content-security-policy")?.contains("default-src 'none'") == true)
        #expect(page.header("content-security-policy")?.contains("unsafe-inline") == false)
        #expect(page.header("content-encoding") == "gzip")
        let plain = try await world.get("/clauses", as: "guide-chengnan")
        let tag = try #require(plain.header("etag"))
        #expect(try await world.get("/clauses", as: "guide-chengnan", headers: ["if-none-match": tag]).status == 304)
        #expect(plain.text.firstMatch(of: /<script(?![^>]*src=)|style="|onclick=/) == nil)
    }

    @Test func `a body over the limit is refused in words`() async throws {
        let world = try await TestWorld.make(planned: false)
        var request = Request(method: "POST", path: "/sign-in", headers: ["content-type": "application/x-www-form-urlencoded"])
        request.body = Array(repeating: 0x61, count: (2 << 20) + 1)
        let reply = await world.shell.respond(to: request)
        #expect(reply.status == 413)
        #expect(reply.text.contains("2 MB"))
    }

    @Test(arguments: ["%zz=1", "a=%ff%fe", String(repeating: "a=1&", count: 1200)])
    func `a broken form is a clear no, never a crash`(_ body: String) async throws {
        let world = try await TestWorld.make(planned: false)
        var request = Request(method: "POST", path: "/sign-in", headers: ["content-type": "application/x-www-form-urlencoded"])
        request.body = Array(body.utf8)
        #expect(await world.shell.respond(to: request).status == 400)
    }

    @Test func `hostile multipart bodies are refused, a good one is read whole`() throws {
        var request = Request(method: "POST", path: "/x", headers: ["content-type": "multipart/form-data; boundary=zz"])
        for body in ["", "--zz", "--zz\r\n", "--zz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end", "--yy--"] {
            request.body = Array(body.utf8)
            #expect(throws: Refusal.self) { try Submitted(request) }
        }
        request.body = Array(
            "--zz\r\nContent-Disposition: form-data; name=\"词\"\r\n\r\n值\r\n--zz\r\nContent-Disposition: form-data; name=\"p\"; filename=\"照片.jpg\"\r\n\r\n\u{1}\u{2}\r\n--zz--\r\n".utf8)
        let form = try Submitted(request)
        #expect(form["词"] == "值")
        #expect(form.files.first?.bytes == [1, 2])
        #expect(form.files.first?.name == "照片.jpg")
    }

    @Test func `a PIN hands the counter PC to a colleague; the former person's session is over`() async throws {
        let world = try await TestWorld.make()
        let clerk = world.person("clerk-chengnan")
        #expect(try await world.post("/counter", as: "cashier-chengnan", ["person": clerk, "pin": "9999"]).status == 401)
        let switched = try await world.post("/counter", as: "cashier-chengnan", ["person": clerk, "pin": "1234"])
        #expect(switched.status == 303)
        #expect(try await world.get("/today", as: "cashier-chengnan").status == 303)
    }

    @Test(arguments: ["administrator", "supervision", "clerk-chengbei"])
    func `a PIN opens the session of a colleague who works there, nobody else's, and cannot be tried out`(login: String) async throws {
        let world = try await TestWorld.make(planned: false)
        let other = world.person(login)
        for pin in ["1234", "0000", "0001", "0002", "0003", "0004"] { #expect(try await world.post("/counter", as: "cashier-chengnan", ["person": other, "pin": pin]).status == 403) }
        #expect(try await world.get("/today", as: "cashier-chengnan").status == 200)
        #expect(try await world.post("/sign-in", ["login": login, "password": TestWorld.password]).status == 303, "nobody is locked out by it")
    }

    @Test func `on the public's pages the language chosen there holds, whoever is signed in; on staff's their own`() async throws {
        let world = try await TestWorld.make(planned: false)
        let english = ["cookie": "lang=en"]
        #expect(try await world.get(Site.service.link(), as: "clerk-chengnan", headers: english).text.contains("<html lang=\"en\""))
        #expect(try await world.get(Site.today.link(), as: "clerk-chengnan", headers: english).text.contains("<html lang=\"zh-CN\""))
        #expect(try await world.get(Site.service.link(), as: "clerk-chengnan").text.contains("<html lang=\"zh-CN\""))
    }

    @Test func `whoever handles, calls back, approves or supervises has cases at the foot of their phone's screen`() async throws {
        let world = try await TestWorld.make(planned: false)
        func foot(_ login: String) async throws -> Bool {
            let page = try await world.get(Site.today.link(), as: login).text
            return page[try #require(page.range(of: "<nav class=\"bottom\"")).lowerBound...].contains(Site.complaints.link())
        }
        for login in ["agent", "handler", "unit-head", "leader", "department-head", "supervision"] { #expect(try await foot(login), "\(login)") }
        #expect(try await !foot("cleaner-chengnan"))
    }

    @Test func `a wall screen's token shows one hall's board, read only, without names`() async throws {
        let world = try await TestWorld.make()
        let reply = try await world.post("/places/\(world.chengnan)/devices", as: "administrator")
        let token = try #require(reply.text.firstMatch(of: /\/screen\/([0-9a-f]{32})/)?.1)
        let board = try await world.get("/screen/\(token)")
        #expect(board.status == 200)
        #expect(board.text.contains("城南营业厅"))
        for resident in world.world.residents where resident.place == world.chengnan { #expect(!board.text.contains(">\(resident.name)<")) }
        #expect(try await world.get("/screen/\(String(repeating: "0", count: 32))").status == 404)
    }

    @Test func `the JSON API says what Today says, and is described`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let reply = try await world.get("/api/today", as: "guard-chengnan")
        #expect(reply.status == 200)
        #expect(reply.text.contains("\"rule\":\"slip-mat\""))
        #expect(try await world.get("/api/today").status == 401)
        let described = try await world.get("/api/openapi.json")
        #expect(described.text.contains("/api/duties/{place}/{duty}"))
    }

    @Test(arguments: [Language.zh, .en])
    func `what is typed where nobody can read it is known as a secret, on every page there is`(language: Language) throws {
        var found = 0
        for (name, page) in Gallery.all(Words.of(language)) {
            for input in page.text.matches(of: /<input[^>]*type="password"[^>]*>/) {
                // What the phone asks of itself has no name and is sent by its own script.
                guard let field = input.output.firstMatch(of: /\bname="([^"]*)"/) else { continue }
                #expect(Submitted.isSecret(String(field.1)), "\(name): \(field.1)")
                found += 1
            }
        }
        #expect(found > 8)
    }

    @Test func `neither password nor PIN is carried over a sign-in, nor part of what is kept to know a form again`() async throws {
        let world = try await TestWorld.make(planned: false)
        let secrets = ["password": "mine from now on", "current": "the old one", "pin": "4711", "pin1": "4712", "voucher-pin": "4713", "secret": "a robot's"]
        let away = try await world.post(Site.me.link(), secrets.merging(["do": "secret", "note": "见三号柜台"]) { $1 })
        #expect(away.status == 401 && away.text.contains("见三号柜台"))
        for value in secrets.values { #expect(!away.text.contains(value), "\(value)") }
        let key = String(repeating: "a", count: 32)
        func digest(_ form: [String: String]) async throws -> String? {
            var visit = Visit(request: Request(method: "POST", path: "/x"), parameters: [], form: Submitted(), now: world.clock.now, words: Words.of(.zh), zone: .shanghai)
            let (session, person) = (try await world.signIn("guide-chengnan"), world.person("guide-chengnan"))
            visit.viewer = try await Sessions(hall: world.hall).find(session.token, at: world.clock.now)?.1
            #expect(visit.viewer?.person.id == person)
            visit.form.fields = form.merging(["key": key]) { $1 }.map { ($0.key, $0.value) }
            return try await Desk(world.hall, visit).key?.digest
        }
        let plain = try #require(try await digest(["note": "x"]))
        #expect(try await digest(["note": "y"]) != plain)
        #expect(try await digest(secrets.merging(["note": "x"]) { $1 }) == plain)
    }
}
