import Foundation
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct SiteTests {
    @Test func `only these addresses are open to anyone`() async throws {
        let world = try await TestWorld.make(planned: false)
        let open = world.shell.site.filter { $0.permission == .anyone }.map { "\($0.method) \($0.route.pattern)" }.sorted()
        #expect(
            open == [
                "GET /", "GET /api/openapi.json", "GET /api/v1/complaints", "GET /api/v1/complaints/:complaint", "GET /api/v1/openapi.yaml", "GET /assets/:hash/:name", "GET /dev/pages", "GET /events", "GET /health", "GET /language/:language",
                "GET /log/:code", "GET /offline", "GET /ready", "GET /service", "GET /service/privacy", "GET /set-up", "GET /sign-in", "GET /track", "GET /track/:code", "GET /track/:code/receipt", "GET /worker.js", "POST /api/v1/complaints",
                "POST /api/v1/complaints/:complaint/attachments", "POST /api/v1/complaints/:complaint/notes", "POST /api/v1/complaints/:complaint/transitions", "POST /log/:code", "POST /service", "POST /set-up", "POST /sign-in",
                "POST /sign-in/pin", "POST /track", "POST /track/:code/acts/:act",
            ])
    }

    @Test func `whoever is not signed in gets no further than sign-in, on every other entry of the map`() async throws {
        let world = try await TestWorld.make(planned: false)
        for entry in world.shell.site where entry.permission != .anyone && entry.permission != .device {
            let path = entry.route.link("x", "y", "z")
            let reply = entry.method == "GET" ? try await world.get(path) : try await world.post(path, ["a": "b"])
            let isAway = reply.status == 303 && reply.header("location")?.hasPrefix("/sign-in") == true
            #expect(isAway || reply.status == 401, "\(entry.method) \(path) answered \(reply.status)")
        }
    }

    @Test func `whoever lacks an entry's permission is refused, on every entry that names one`() async throws {
        let world = try await TestWorld.make(planned: false)
        for entry in world.shell.site {
            guard case .may(let permission) = entry.permission else { continue }
            // The archive's people may only do their own duties and report.
            let who = ["report"].contains(permission) ? "leader" : "cleaner-chengnan"
            let path = entry.route.link("x", "y", "z")
            let reply = entry.method == "GET" ? try await world.get(path, as: who) : try await world.post(path, as: who, ["a": "b"])
            #expect(reply.status == 403, "\(entry.method) \(path) answered \(reply.status) to \(who)")
        }
    }

    @Test func `a hall's people do not see another hall's duties, boards or findings`() async throws {
        let world = try await TestWorld.make()
        let other = try await world.duty("restroom", at: world.chengbei)
        #expect(try await world.get(Site.duty.link(other.place, other.id), as: "cleaner-chengnan").status == 404)
        #expect(try await world.post(Site.duty.link(other.place, other.id), as: "cleaner-chengnan", ["x": "ok"]).status == 404)
        #expect(try await world.get(Site.board.link(world.chengbei), as: "director-chengnan").status == 404)
        #expect(try await world.get(Site.evening.link(world.chengbei), as: "director-chengnan").status == 404)
        #expect(try await world.get(Site.roster.link(world.chengbei), as: "director-chengnan").status == 404)
    }

    @Test func `another method on a known address is 405 with what it can be used for`() async throws {
        let world = try await TestWorld.make(planned: false)
        let reply = await world.shell.respond(to: Request(method: "DELETE", path: "/today"))
        #expect(reply.status == 405)
        #expect(reply.header("allow") == "GET, HEAD")
    }

    @Test func `every page has samples that render in both languages without a missing word`() {
        for language in Language.allCases {
            let words = Words.of(language)
            let pages = Gallery.all(words)
            #expect(pages.count >= 23)
            for (name, html) in pages {
                let text = html.text.replacing(/<[^>]*>/, with: " ")
                let missing = text.firstMatch(of: /\b(nav|today|duty|form|point|state|fact|story|coverage|board|halls|evening|inbox|report|people|roster|me|place|clause|packs|ledger|demo|sign-in|carry|error|set-up|finding|answer|patrol|difference|score|month|rounds|cadence|voluntary|queue|walk|notice|case|act|bulk|customer|deputy)\.[a-z][a-z-]+\b/)
                #expect(missing == nil, "\(name) in \(language): \(missing.map { String($0.0) } ?? "")")
            }
        }
    }

    @Test func `every word a page asks for is there in both languages, and both have the same keys`() throws {
        let (zh, en) = (Words.of(.zh).keys, Words.of(.en).keys)
        #expect(zh == en)
        #expect(zh.count > 100)
        let sources = TestWorld.root.appending(path: "Sources/Hallkeeper")
        for name in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where name.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            for match in text.matches(of: /\b(?:w|words)\("([a-z][a-z0-9-]*\.[a-z0-9.-]+)"/) {
                let key = String(match.1)
                if key.hasSuffix(".") || key.hasSuffix("-") {
                    if !zh.contains(where: { $0.hasPrefix(key) }) { Issue.record("\(name): \(key)…") }
                } else if !zh.contains(key) {
                    Issue.record("\(name): \(key)")
                }
            }
        }
    }

    @Test func `only the clock asks the system for the time`() throws {
        let sources = TestWorld.root.appending(path: "Sources")
        for name in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where name.hasSuffix(".swift") && !name.hasSuffix("/Clock.swift") {
            let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            #expect(text.firstMatch(of: /\bDate\(\)|Date\.now\b/) == nil, "\(name)")
        }
    }

    @Test func `nothing of this company stands outside its pack`() throws {
        let sources = TestWorld.root.appending(path: "Sources")
        for name in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where name.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            #expect(!text.contains("爱众") && !text.contains("2983315") && !text.contains("华西都市报"), "\(name)")
        }
    }
}

@Suite struct CoverageNumberTests {
    @Test func `each number at the head of the coverage map opens exactly the rows it counts`() async throws {
        let world = try await TestWorld.make(at: 9)
        try await world.move(to: TestWorld.at(22))
        let map = try await world.get("/coverage", as: "administrator").text
        for what in ["required", "late", "missed", "wanting", "rectified"] {
            let pattern = try Regex("/coverage/\(what)\\?[^\"]*\"><small>[^<]*</small><b>([0-9]+)</b>", as: (Substring, Substring).self)
            let figure = try #require(map.firstMatch(of: pattern).flatMap { Int($0.1) }, "\(what)")
            let list = try await world.get("/coverage/\(what)?from=2026-03-01&to=2026-03-02", as: "administrator").text
            let heads = list.matches(of: /<span class="right">([0-9]+)<\/span>/).compactMap { Int($0.1) }
            #expect(heads.contains(figure) || figure == 0, "\(what): \(figure) against \(heads)")
        }
        #expect(try await world.get("/coverage/nonsense", as: "administrator").status == 404)
    }
}
