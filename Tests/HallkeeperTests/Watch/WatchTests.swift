import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct WatchTests {
    private func ask(_ world: TestWorld, _ path: String, from remote: String = "", headers: [String: String] = [:]) async -> Reply {
        await world.shell.respond(to: Request(method: "GET", path: path, headers: headers, remote: remote))
    }

    @Test func `whoever asks for the figures is on this machine or brings the token`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(await ask(world, "/metrics").status == 401)
        #expect(await ask(world, "/metrics", from: "10.0.0.7").status == 401)
        #expect(await ask(world, "/metrics", from: "127.0.0.1", headers: ["x-forwarded-for": "127.0.0.1"]).status == 401)
        #expect(await ask(world, "/metrics", from: "127.0.0.1", headers: ["authorization": "Bearer another"]).status == 401)
        #expect(await ask(world, "/metrics", from: "127.0.0.1").status == 200)
        #expect(await ask(world, "/metrics", from: "10.0.0.7", headers: ["authorization": "Bearer a token"]).status == 200)
    }

    @Test func `the figures count requests by pattern, acts, commits, duties and how far behind the clock is`() async throws {
        let world = try await TestWorld.make()
        let duty = try await world.duty("restroom")
        _ = try await world.get(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan")
        _ = try await world.get("/nowhere/\(duty.id)")
        _ = world.clock.move(to: TestWorld.at(23))
        let text = await ask(world, "/metrics", from: "127.0.0.1").text
        #expect(text.contains("hallkeeper_request_seconds_count{method=\"GET\",route=\"/duties/:place/:duty\",status=\"200\"} 1\n"))
        #expect(text.contains("route=\"-\",status=\"404\""))
        #expect(!text.contains(duty.id))
        #expect(text.contains("hallkeeper_act_seconds_count{by=\"clock\"}"))
        #expect(text.contains("hallkeeper_commit_acts_bucket{le=\"+Inf\"}"))
        func value(_ name: String) -> Int { text.firstMatch(of: try! Regex("\n\(name) ([0-9]+)\n")).flatMap { Int($0.output[1].substring ?? "") } ?? -1 }
        let open = try await world.hall.store.read { tx in try tx.rows("select due from duty where state = 'open'").map { try $0.instant("due") } }
        #expect(value("hallkeeper_duties_open") == open.count && open.count > 20)
        #expect(value("hallkeeper_duties_overdue") == open.filter { $0 < world.clock.now }.count)
        // Nothing was swept since nine: the first thing that fell due after it is hours behind.
        #expect(value("hallkeeper_sweep_lag_seconds") > 3600)
        #expect(value("hallkeeper_memory_bytes") > 1 << 20)
        // Every line is a comment or a name with a number.
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z_]+(\{[^}]*\})? [0-9.e+-]+/) != nil, "\(line)")
        }
    }

    @Test func `a histogram's buckets add up, and a value on an edge belongs below it`() {
        let metrics = Metrics()
        for value in [1.0, 2, 3, 500] { metrics.observe(.batches, "", value) }
        let text = metrics.text
        for (edge, count) in [("1", 1), ("2", 2), ("4", 3), ("256", 3), ("+Inf", 4)] {
            #expect(text.contains("hallkeeper_commit_acts_bucket{le=\"\(edge)\"} \(count)\n"))
        }
        #expect(text.contains("hallkeeper_commit_acts_sum 506\n") && text.contains("hallkeeper_commit_acts_count 4\n"))
    }

    @Test func `it lives without its store, but is not ready; nor while it stops, nor with another's migrations`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(await ask(world, "/ready").status == 200)
        _ = try await world.hall.store.write { tx in try tx.run("insert into migration (name, checksum) values ('9999-newer', '')") }
        #expect(await ask(world, "/ready").status == 503)
        _ = try await world.hall.store.write { tx in try tx.run("delete from migration where name = '9999-newer'") }
        #expect(await ask(world, "/ready").status == 200)
        world.hall.vitals.stop()
        let stopping = await ask(world, "/ready")
        #expect(stopping.status == 503 && stopping.text.contains("stopping"))
        await world.hall.store.close()
        #expect(await ask(world, "/health").status == 200)
        let away = await ask(world, "/ready")
        #expect(away.status == 503 && away.text.contains("does not answer"))
    }

    @Test(arguments: [true, false]) func `a disk that is nearly full is told to the administrator and to whoever watches`(_ isLow: Bool) async throws {
        let disk = Disk(folder: nil) { Disk.Room(free: (isLow ? 5 : 50) << 30, total: 100 << 30) }
        let world = try await TestWorld.make(planned: false, disk: disk)
        let words = Words.of(.zh)("disk.low", ["room": "5120 MiB / 102400 MiB"])
        #expect(try await world.get("/me", as: "administrator").text.contains(words) == isLow)
        #expect(try await !world.get("/me", as: "cleaner-chengnan").text.contains(words))
        #expect(await ask(world, "/ready").text.contains("disk low") == isLow)
    }

    @Test func `a tenth or a gibibyte is low, whichever is more`() throws {
        #expect(!Disk.Room(free: 11 << 30, total: 100 << 30).isLow)
        #expect(Disk.Room(free: 9 << 30, total: 100 << 30).isLow)
        #expect(Disk.Room(free: 1 << 29, total: 2 << 30).isLow)
        let here = try #require(Disk(folder: "/tmp").room)
        #expect(here.free > 0 && here.total >= here.free)
        #expect(Disk(folder: nil).room == nil)
        #expect(Disk.memory > 1 << 20)
    }

    @Test func `a request's mark is in the reply and in the entry it led to; what is no mark is not taken`() async throws {
        let world = try await TestWorld.make(at: 9)
        _ = try await world.signIn("guide-chengnan")
        var request = Request(method: "POST", path: Site.report.link("weather.reported"), headers: ["content-type": "application/x-www-form-urlencoded"])
        let session = try await world.signIn("guide-chengnan")
        request.headers["cookie"] = "hk=\(session.token)"
        request.body = Array("csrf=\(session.csrf)&kind=rain".utf8)
        request.id = Request.mark("proxy-mark.0042")
        let reply = await world.shell.respond(to: request)
        #expect(reply.status == 303)
        #expect(reply.header("x-request-id") == "proxy-mark.0042")
        let bodies = try await world.hall.store.read { tx in try tx.rows("select kind, body from entry order by id").map { (try $0.text("kind"), try $0.text("body")) } }
        let marked = bodies.filter { $0.1.contains("\"request\":\"proxy-mark.0042\"") }
        #expect(marked.contains { $0.0 == "weather.reported" })
        // What no request led to says nothing of one: entries of before keep their form.
        #expect(bodies.filter { $0.0 == "day.planned" }.allSatisfy { !$0.1.contains("\"request\"") })
        #expect(try await world.hall.ledger.verify().isEmpty)
        for other in [nil, "short", String(repeating: "a", count: 65), "with space", "quo\"te-mark", "line\nbreak-mark"] { #expect(Request.mark(other).isEmpty) }
        #expect(try await world.get("/health").header("x-request-id")?.count == 12)
    }
}
