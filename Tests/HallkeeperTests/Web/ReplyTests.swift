import CZlib
import Synchronization
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct ReplyTests {
    /// A shell with one page of its own beside none of the product's.
    private func shell(
        _ method: String = "GET", _ permission: Permission = .anyone, deadline: Duration = .seconds(30),
        _ handler: @escaping @Sendable (Visit) async throws -> Reply
    ) async throws -> Shell {
        let hall = try await TestWorld.make(planned: false).hall
        var shell = Shell(hall: hall, site: [Entry(method, Route("/one"), permission, bodyLimit: 100, handler)])
        shell.deadline = deadline
        return shell
    }

    private let long: HTML = "<p>\(Array(repeating: 1, count: 2000), { "<i>\($0)</i>" })</p>"

    @Test func `a page that takes too long is given up at once, though it does not stop`() async throws {
        let ended = Mutex(false)
        let shell = try await shell(deadline: .milliseconds(50)) { _ in
            // Deaf to being told to stop, as a call into C would be.
            await Task.detached { try? await Task.sleep(for: .seconds(3600)) }.value
            return .redirect("/")
        }
        let clock = ContinuousClock()
        let passed = await clock.measure {
            let reply = await shell.respond(to: Request(method: "GET", path: "/one"))
            #expect(reply.status == 503)
            #expect(reply.header("retry-after") != nil)
            ended.withLock { $0 = true }
        }
        #expect(ended.withLock { $0 } && passed < .seconds(1800))
    }

    @Test func `a fault of ours is a sentence and a number to ask with, never its details`() async throws {
        struct Secret: Error { var text = "select password" }
        let shell = try await shell { _ in throw Secret() }
        let reply = await shell.respond(to: Request(method: "GET", path: "/one"))
        #expect(reply.status == 500)
        #expect(!reply.text.contains("select password"))
        #expect(reply.text.contains(reply.header("x-request-id") ?? "?"))
        let json = await shell.respond(to: Request(method: "GET", path: "/one", headers: ["accept": "application/json"]))
        #expect(json.status == 500 && json.header("content-type")?.hasPrefix("application/json") == true)
    }

    @Test func `a program gets each problem of a form beside its field`() async throws {
        let shell = try await shell { _ in
            throw FormProblems(fields: [("a", Text("甲", "first")), ("b", Text("乙", "second"))])
        }
        let reply = await shell.respond(
            to: Request(method: "GET", path: "/one", headers: ["accept": "application/json", "accept-language": "en"]))
        #expect(reply.status == 422)
        #expect(reply.text == #"{"error":"first","fields":{"a":"first","b":"second"},"status":422}"#)
    }

    @Test func `the API asks for sign-in with a status, pages with the way there and back`() async throws {
        let world = try await TestWorld.make(planned: false)
        let api = try await world.get("/api/today")
        #expect(api.status == 401 && api.header("content-type")?.hasPrefix("application/json") == true)
        let page = try await world.get("/clauses?q=a%26b")
        #expect(page.status == 303)
        #expect(page.header("location") == "/sign-in?next=%2Fclauses%3Fq%3Da%2526b")
    }

    @Test(arguments: [
        ("fr-FR,en-GB;q=0.8,zh;q=0.5", "en"), ("zh-TW,en;q=0.9", "zh-CN"), ("fr", "zh-CN"), ("", "zh-CN"), ("EN", "en"),
    ])
    func `a stranger's language is the first the browser asks for that there is`(_ asked: String, _ language: String) async throws {
        let shell = try await shell { .page("\($0.words.language.rawValue)") }
        let reply = await shell.respond(to: Request(method: "GET", path: "/one", headers: ["accept-language": asked]))
        #expect(reply.text == language)
    }

    @Test(arguments: [
        (["origin": "null"], 400), (["origin": "null", "sec-fetch-site": "same-origin"], 303),
        (["origin": "https://hall.example", "host": "hall.example"], 303), (["sec-fetch-site": "same-site"], 400),
        (["origin": "https://hall.example.evil", "host": "hall.example"], 400), ([:], 303),
    ] as [([String: String], Int)])
    func `a form comes from our own pages or not at all, signed in or not`(_ headers: [String: String], _ status: Int) async throws {
        let shell = try await shell("POST") { _ in .redirect("/") }
        #expect(await shell.respond(to: Request(method: "POST", path: "/one", headers: headers)).status == status)
    }

    @Test(arguments: [("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("", false), ("identity", false)])
    func `text is packed for who can unpack it, and says that it depends`(_ accepted: String, _ isPacked: Bool) async throws {
        let page = long
        let shell = try await shell { _ in .page(page) }
        let reply = await shell.respond(to: Request(method: "GET", path: "/one", headers: ["accept-encoding": accepted]))
        #expect((reply.header("content-encoding") == "gzip") == isPacked)
        #expect(reply.header("vary") == "accept-encoding")
        guard case .bytes(let bytes) = reply.body else { return }
        #expect((isPacked ? unpacked(bytes) : bytes) == Array(page.text.utf8))
    }

    @Test func `an unchanged page is not sent again, whatever the list of tags looks like`() async throws {
        let shell = try await shell { _ in .page("<p>1</p>") }
        let first = await shell.respond(to: Request(method: "GET", path: "/one"))
        let tag = try #require(first.header("etag"))
        #expect(tag.hasPrefix("W/\""))
        for list in [tag, String(tag.dropFirst(2)), "\"x\", \(tag)", "*"] {
            let reply = await shell.respond(to: Request(method: "GET", path: "/one", headers: ["if-none-match": list]))
            #expect(reply.status == 304 && reply.text.isEmpty, "\(list)")
        }
        let other = await shell.respond(to: Request(method: "GET", path: "/one", headers: ["if-none-match": "W/\"x\""]))
        #expect(other.status == 200)
    }

    @Test func `HEAD is answered where GET is; a transport header only over TLS`() async throws {
        let shell = try await shell { _ in .page("<p>1</p>") }
        let plain = await shell.respond(to: Request(method: "HEAD", path: "/one"))
        #expect(plain.status == 200 && plain.header("strict-transport-security") == nil)
        let secure = await shell.respond(to: Request(method: "GET", path: "/one", isSecure: true))
        #expect(secure.header("strict-transport-security") != nil)
        #expect(secure.header("x-content-type-options") == "nosniff")
    }

    @Test func `a style sheet is kept for ever under its own hash only`() async throws {
        let world = try await TestWorld.make(planned: false)
        let own = try await world.get(Assets.link("hallkeeper.css"))
        #expect(own.status == 200 && own.header("cache-control")?.contains("immutable") == true)
        let old = try await world.get(Assets.route.link("00000000", "hallkeeper.css"))
        #expect(old.status == 200 && old.header("cache-control") == "no-cache")
        #expect(try await world.get(Assets.route.link("00000000", "en.yaml")).status == 404)
    }

    private func unpacked(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return [] }
        defer { inflateEnd(&stream) }
        var (input, out) = (bytes, [UInt8](repeating: 0, count: 1 << 20))
        input.withUnsafeMutableBufferPointer { source in
            out.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                _ = inflate(&stream, Z_FINISH)
            }
        }
        return Array(out.prefix(Int(stream.total_out)))
    }
}

@Suite struct LimitTests {
    @Test func `so many a minute for each key, and again in the next`() {
        let limit = RateLimit()
        let start = Instant(ms: 1_000_000)
        for _ in 0..<3 { #expect(limit.allows("a", perMinute: 3, at: start)) }
        #expect(!limit.allows("a", perMinute: 3, at: start.adding(ms: 59_999)))
        #expect(limit.allows("b", perMinute: 3, at: start))
        #expect(limit.allows("a", perMinute: 3, at: start.adding(minutes: 1)))
    }

    @Test func `a clock set back does not lock anybody out`() {
        let limit = RateLimit()
        #expect(limit.allows("a", perMinute: 1, at: Instant(ms: 9_000_000)))
        #expect(limit.allows("a", perMinute: 1, at: Instant(ms: 1_000_000)))
    }

    @Test func `what others have counted counts here, and what makes no sense is left`() {
        let (limit, other) = (RateLimit(), RateLimit())
        let now = Instant(ms: 1_000_000)
        other.carry {}
        for _ in 0..<3 { #expect(other.allows("a", perMinute: 3, at: now)) }
        // Who is stopped already is not told of again and again.
        #expect(!other.allows("a", perMinute: 3, at: now))
        let words = other.untold()
        #expect(words.count == 1 && words[0].hasSuffix(":1:3") && other.untold().isEmpty)
        for word in words + ["", "zz:1:1", "12:0:1", "12:1:-4", "12:1", ",,:"] { limit.hear(word, at: now) }
        #expect(!limit.isFree("a", perMinute: 3, at: now) && limit.isFree("b", perMinute: 1, at: now))
        #expect(limit.untold().isEmpty)
    }

    @Test(arguments: [
        (nil, 1, "10.0.0.9"), ("1.2.3.4", 1, "1.2.3.4"), ("6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.0.0.1", 2, "1.2.3.4"), ("1.2.3.4", 0, "10.0.0.9"), ("1.2.3.4", 5, "1.2.3.4"),
    ] as [(String?, Int, String)])
    func `only our own proxies say who the client is`(_ forwarded: String?, _ proxies: Int, _ client: String) {
        #expect(Server.client(forwarded: forwarded, proxies: proxies, peer: "10.0.0.9") == client)
    }

    @Test func `a subscriber hears its own channels only, in the order of their news`() async {
        let hub = Hub()
        var heard: [String] = []
        guard case .live(let opening)? = hub.events(["a", "b"])?.body else { return #expect(Bool(false), "no line") }
        let stream = opening.stream()
        for channel in ["a", "c", "b"] { hub.publish(channel) }
        for await bytes in stream {
            heard.append(String(decoding: bytes, as: UTF8.self))
            if heard.count == 3 { break }
        }
        #expect(heard == [": here\n\n", "data: a\n\n", "data: b\n\n"])
    }

    @Test func `a line that nobody reads any more takes no place, and nobody takes everybody's`() async {
        let hub = Hub()
        let ear = Hub.Ear(ground: .session("s"), person: "p")
        var open = (0..<Hub.mostAnEar).compactMap { _ in hub.events(["a"], for: ear) }
        #expect(open.count == Hub.mostAnEar && hub.lines == Hub.mostAnEar)
        #expect(hub.events(["a"], for: Hub.Ear(ground: .session("another"), person: "p")) == nil)
        #expect(hub.events(["a"], for: Hub.Ear(ground: .session("s"), person: "q")) != nil)
        open.removeAll()
        #expect(hub.lines == 0)
        // Nor does one that was read for a while.
        for _ in 0..<3 {
            guard case .live(let opening)? = hub.events(["a"], for: ear)?.body else { return #expect(Bool(false), "no line") }
            var heard = opening.stream().makeAsyncIterator()
            #expect(await heard.next() != nil)
        }
        #expect(hub.lines == 0)
        #expect(hub.events(["a"], for: ear) != nil)
    }
}
