import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Inspectors of the test world, and walking as they do.
extension TestWorld {
    func begin(_ choice: Patrolling.Choice, at place: Place.ID? = nil, by login: String = "inspector") async throws -> Patrol {
        let (who, place) = (person(login), place ?? chengnan)
        return try await hall.act(by: .person(who), at: clock.now) { act in try Patrolling(act: act).begin(at: place, choice, by: who) }
    }

    func finish(_ patrol: Patrol, _ answers: [String: String]) async throws -> Patrol {
        let who = patrol.inspector
        return try await hall.act(by: .person(who), at: clock.now) { act in
            try Patrolling(act: act).finish(patrol.id, at: patrol.place, answers: answers, by: who)
        }
    }

    /// Everything in order but what is said otherwise; numbers in the middle of their band.
    func answers(_ patrol: Patrol, _ own: [String: String] = [:]) async throws -> [String: String] {
        let (hash, place) = (patrol.pack, patrol.place)
        let (pack, facts) = try await hall.store.read { [hall] tx -> (Pack, PlaceFacts) in
            let pack = try hall.packs.pack(hash, tx)
            guard let row = try tx.one("select * from place where place = \(place)") else { throw Refusal.notFound }
            return (pack.pack, try FactFinder(tx: tx, hall: hall).facts(of: Place(row: row)))
        }
        var all: [String: String] = [:]
        let form = PatrolPlan.form(of: patrol, in: pack, isOwed: !patrol.duty.isEmpty)
        for field in form.fields(for: nil, traits: facts.traits, on: patrol.day, seasons: pack.company.seasons) {
            all[field.id] = field.kind == .point ? "ok" : "20"
        }
        return all.merging(own) { _, own in own }
    }

    func points(_ patrol: Patrol) async throws -> [PatrolPoint] {
        let (place, id) = (patrol.place, patrol.id)
        return try await hall.store.read { tx in
            try tx.rows("select * from patrol_point where place = \(place) and patrol = \(id) order by number").map(PatrolPoint.init(row:))
        }
    }

    func findings(of record: Record.ID) async throws -> [Finding] {
        try await hall.store.read { tx in try tx.rows("select * from finding where record = \(record) order by id").map(Finding.init(row:)) }
    }

    /// The guard's part of the opening round, all in order but what is said otherwise.
    func guardsRound(_ own: [String: String] = [:]) async throws {
        let duties = try await duties("opening-round", at: chengnan)
        let duty = try #require(duties.first { $0.subject == "role:guard" })
        let ids = ["guard-fit", "night-log", "door-sign", "barrier-free-clear", "parking-order", "exits-clear"]
        try await fill(duty, Dictionary(ids.map { ($0, "ok") }, uniquingKeysWith: { first, _ in first }).merging(own) { _, own in own }, by: "guard-chengnan")
    }
}

@Suite struct PatrolTests {
    @Test func `a patrol walked without network is handed in once, with the phone's own times, by its inspector alone`() async throws {
        let world = try await TestWorld.make(at: 9)
        let patrol = try await world.begin(.draw(count: 6, seed: "7"))
        let answers = try await world.answers(patrol)
        let phone = world.clock.now.adding(minutes: -500)
        func body(_ answers: [String: String], note: String = "") -> String {
            let points = answers.sorted { $0.key < $1.key }.enumerated().map { index, answer in
                JSON.object(["point": .string(answer.key), "value": .string(answer.value), "note": .string(note), "at": .int(phone.ms + Int64(index) * 5000)])
            }
            return JSON.object([
                "v": .int(1), "device": .string("a1b2c3d4e5f6a1b2c3d4e5f6"), "began": .int(phone.ms), "ended": .int(phone.ms + 60_000), "sent": .int(phone.ms + 90_000), "ticket": .string(""),
                "done": .bool(true), "points": .array(points),
            ]).text
        }
        func send(_ body: String, as login: String, key: String) async throws -> (status: Int, text: String) {
            let session = try await world.signIn(login)
            var request = Request(method: "POST", path: Site.patrolWalk.link(patrol.place, patrol.id))
            request.headers = ["cookie": "hk=\(session.token)", "x-csrf": session.csrf, "content-type": "application/json", "accept": "application/json", "idempotency-key": key]
            request.body = Array(body.utf8)
            let reply = await world.shell.respond(to: request)
            return (reply.status, reply.text)
        }
        let key = String(repeating: "5a", count: 16)
        #expect(try await send(body(answers), as: "enterprise", key: key).status == 404, "another inspector's")
        #expect(try await send(body(answers), as: "director-chengnan", key: key).status == 403)
        #expect(try await send("{", as: "inspector", key: key).status == 400)
        var less = answers
        let first = try #require(less.keys.sorted().first)
        less[first] = nil
        let problems = try await send(body(less), as: "inspector", key: String(repeating: "6b", count: 16))
        #expect(problems.status == 200 && problems.text.contains("problems") && problems.text.contains(first))
        let said = try await send(body(answers), as: "inspector", key: key)
        #expect(said.status == 200 && said.text.contains("done"))
        for _ in 0..<5 { #expect(try await send(body(answers), as: "inspector", key: key) == said) }
        #expect(try await send(body(answers, note: "x"), as: "inspector", key: key).status == 409, "other content under the key")
        #expect(try await send(body(answers), as: "inspector", key: String(repeating: "7c", count: 16)).status == 409, "handed in already")
        let (walks, records) = try await world.hall.store.read { tx in
            (
                try tx.rows("select * from walk where duty = \("patrol:" + patrol.id)").map(Walk.init(row:)),
                try tx.one("select count(*) as n from record where place = \(patrol.place) and form = ''")?.int("n")
            )
        }
        #expect(walks.count == 1 && records == 1)
        #expect(walks.first.map { ($0.began, $0.isClockOff, $0.answers.count) } ?? (world.clock.now, false, 0) == (phone, true, 6))
        #expect(try await world.points(patrol).count == 6)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `the same seed draws the same points, on record from the beginning`() async throws {
        let world = try await TestWorld.make()
        let first = try await world.begin(.draw(count: 12, seed: "20261123"))
        let again = try await world.begin(.draw(count: 12, seed: "20261123"), by: "enterprise")
        let other = try await world.begin(.draw(count: 12, seed: "7"))
        #expect(first.points.count == 12)
        #expect(Set(first.points).count == 12)
        #expect(first.points == again.points)
        #expect(first.points != other.points)
        let kept = try await world.hall.store.read { tx in try tx.rows("select * from patrol order by id").map(Patrol.init(row:)) }
        #expect(kept.map(\.seed) == ["20261123", "20261123", "7"])
        for bad in ["", "x", "-1", "99999999999999999999"] {
            await #expect(throws: Refusal.self) { _ = try await world.begin(.draw(count: 5, seed: bad)) }
        }
        await #expect(throws: Refusal.self) { _ = try await world.begin(.draw(count: 0, seed: "1")) }
        await #expect(throws: Refusal.self) { _ = try await world.begin(.round("box-opening")) }
    }

    @Test func `whoever belongs to the hall may not walk it, and whoever lacks the permission walks none`() async throws {
        let world = try await TestWorld.make()
        for login in ["director-chengnan", "guard-chengnan", "director-chengbei"] {
            await #expect(throws: Refusal.self, "\(login)") { _ = try await world.begin(.round("safety-round"), by: login) }
        }
        // An inspector who stands in at the hall for a day belongs to it that day, and to no other hall.
        let (inspector, place, day) = (world.person("inspector"), world.chengnan, TestWorld.monday)
        try await world.hall.act(by: .clock, at: world.clock.now) { act in
            try PersonActs(act: act).roster("clerk", inspector, at: place, on: day, present: true, reason: "代班")
        }
        let refusal = await #expect(throws: Refusal.self) { _ = try await world.begin(.round("safety-round")) }
        #expect(refusal?.sentence.en.contains("another inspector") == true)
        _ = try await world.begin(.round("safety-round"), at: world.chengbei)
        let page = try await world.get(Site.patrolNew.link(), as: "inspector").text
        #expect(!page.contains("place=\(world.chengnan)"))
        #expect(page.contains("place=\(world.chengbei)"))
    }

    @Test func `a veto caps the score, what does not apply leaves the denominator, and findings open the usual duties`() async throws {
        let world = try await TestWorld.make(at: 10)
        let photo = try await world.photo()
        let patrol = try await world.begin(.round("opening-round"))
        #expect(patrol.points.contains("opening-round/exits-clear"))
        // A number without a band and a signature are not scored, so they are not walked.
        #expect(!patrol.points.contains("opening-round/outdoor-temperature"))
        let done = try await world.finish(
            patrol,
            try await world.answers(
                patrol,
                [
                    "exits-clear": "danger", "exits-clear.note": "纸箱", "exits-clear.photo": photo, "clock-right": "minor", "clock-right.note": "慢十分钟",
                    "guide-fit": "not-seen", "indoor-temperature": "30", "honours-board": "na", "honours-board.note": "没有荣誉牌",
                ]))
        #expect(done.score == 5900)
        #expect(done.grade == "D")
        #expect(done.vetoes == 1)
        let uncapped = try #require(done.uncapped)
        #expect(uncapped > 5900)
        let points = try await world.points(done)
        let answers = Dictionary(points.map { ($0.point, $0) }, uniquingKeysWith: { first, _ in first })
        #expect(answers["guide-fit"]?.possible == 0 && answers["honours-board"]?.possible == 0)
        #expect(answers["indoor-temperature"]?.answer == .minor)
        #expect(answers["clock-right"].map { [$0.got, $0.possible] } == [50, 100])
        #expect(answers["exits-clear"].map { [$0.got, $0.possible] } == [0, 500])
        // What is kept is what the formula gives from what is kept.
        let pack = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.pack(done.pack, tx).pack }
        let again = pack.company.scores.score(points.map(\.scored))
        #expect(again.hundredths == done.score && again.uncapped == done.uncapped)
        let findings = try await world.findings(of: done.record)
        #expect(Set(findings.map(\.point)) == ["exits-clear", "clock-right", "indoor-temperature"])
        #expect(findings.allSatisfy { $0.form == "opening-round" && $0.by == world.person("inspector") })
        let danger = try #require(findings.first { $0.severity == "danger" })
        let owed = try await world.hall.store.read { tx in
            try tx.rows("select * from duty where subject = \("finding:" + danger.id) order by rule").map(Duty.init(row:))
        }
        #expect(owed.map(\.rule) == ["danger-removed"])
        #expect(try await world.hall.ledger.verify().isEmpty)
        await #expect(throws: Refusal.self) { _ = try await world.finish(patrol, [:]) }
    }

    @Test func `what is wanting needs a word, what is serious a photo, and nothing is kept before`() async throws {
        let world = try await TestWorld.make(at: 10)
        let patrol = try await world.begin(.draw(count: 6, seed: "5"))
        let answers = try await world.answers(patrol, [patrol.points[0]: "serious"])
        await #expect(throws: FormProblems.self) { _ = try await world.finish(patrol, answers) }
        let kept = try await world.hall.store.read { tx in Int(try tx.one("select count(*) as n from patrol where ended is not null")?.int("n") ?? -1) }
        #expect(kept == 0)
    }

    @Test func `a drawn point found wanting is a finding of its own round`() async throws {
        let world = try await TestWorld.make(at: 10)
        let patrol = try await world.begin(.draw(count: 12, seed: "3"))
        let name = try #require(patrol.points.first { !$0.hasSuffix("temperature") })
        let done = try await world.finish(patrol, try await world.answers(patrol, [name: "minor", name + ".note": "脏"]))
        let finding = try #require(try await world.findings(of: done.record).first)
        #expect("\(finding.form)/\(finding.point)" == name)
        let page = try await world.get(Site.finding.link(finding.place, finding.id), as: "director-chengnan")
        #expect(page.status == 200)
    }

    @Test func `the monthly patrol that is owed is ended by walking it`() async throws {
        let world = try await TestWorld.make(at: 10)
        let duty = try await world.duty("patrol")
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "inspector").text
        #expect(page.contains("/patrols/new?place=\(duty.place)&amp;what=round&amp;form=patrol-round"))
        let patrol = try await world.begin(.round("patrol-round"))
        #expect(patrol.duty == duty.id)
        let done = try await world.finish(patrol, try await world.answers(patrol))
        #expect(done.score == 10_000)
        #expect(try await world.duty("patrol").state == .done)
        #expect(try await world.duty("patrol").record == done.record)
        // A second one that month is a patrol all the same, and ends nothing.
        let second = try await world.begin(.round("patrol-round"))
        #expect(second.duty.isEmpty)
        // Somebody from above who does not owe it walks it without ending it.
        let other = try await world.begin(.round("patrol-round"), at: world.chengbei, by: "enterprise")
        #expect(other.duty.isEmpty)
    }

    @Test func `nothing is shown to the hall before it is finished, and everything after`() async throws {
        let world = try await TestWorld.make(at: 10)
        let patrol = try await world.begin(.round("safety-round"))
        let link = Site.patrol.link(patrol.place, patrol.id)
        #expect(try await world.get(link, as: "inspector").status == 200)
        #expect(try await world.get(link, as: "director-chengnan").status == 404)
        // Another inspector sees that it is under way, and cannot fill it in.
        let other = try await world.get(link, as: "enterprise")
        #expect(other.status == 200 && !other.text.contains("<form method=\"post\" action=\"\(link)\""))
        #expect(!(try await world.get("/patrols", as: "director-chengnan").text.contains(patrol.id)))
        #expect(try await world.get("/patrols", as: "enterprise").text.contains(patrol.id))
        let chain = try await world.hall.store.read { tx in try tx.rows("select chain from entry where kind = 'patrol.began'").map { try $0.text("chain") } }
        #expect(chain == [world.world.company])
        _ = try await world.finish(patrol, try await world.answers(patrol))
        for login in ["director-chengnan", "enterprise", "administrator", "inspector"] { #expect(try await world.get(link, as: login).status == 200) }
        #expect(try await world.get("/patrols", as: "director-chengnan").text.contains(patrol.id))
        #expect(try await world.get(link, as: "director-chengbei").status == 404)
    }

    @Test func `who may not is refused at every address of patrols`() async throws {
        let world = try await TestWorld.make(at: 10)
        let patrol = try await world.begin(.round("safety-round"))
        let done = try await world.finish(patrol, try await world.answers(patrol))
        let link = Site.patrol.link(done.place, done.id)
        for path in ["/patrols", "/differences", "/differences/rows", "/scores", Site.scoresOfHall.link(world.chengnan), link] {
            #expect(try await world.get(path, as: "guard-chengnan").status == 403, "\(path)")
            #expect(try await world.get(path, as: "inspector").status == 200, "\(path)")
            #expect(try await world.get(path, as: "director-chengnan").status == 200, "\(path)")
        }
        for path in ["/patrols?place=\(world.chengbei)", "/differences/rows?place=\(world.chengbei)", Site.scoresOfHall.link(world.chengbei)] {
            #expect(try await world.get(path, as: "director-chengnan").status == 404, "\(path)")
        }
        #expect(try await world.get("/patrols/new", as: "director-chengnan").status == 403)
        #expect(try await world.post("/patrols/new", as: "director-chengnan", ["place": world.chengnan, "what": "draw", "count": "3", "seed": "1"]).status == 403)
        #expect(try await world.post(link, as: "director-chengnan").status == 403)
        // Another inspector does not hand in what they did not walk.
        let second = try await world.begin(.round("safety-round"))
        #expect(try await world.post(Site.patrol.link(second.place, second.id), as: "enterprise").status == 404)
    }

    @Test func `an inspector walks it in the browser: hall, seed, points, result with its formula`() async throws {
        let world = try await TestWorld.make(at: 10)
        #expect(try await world.get("/patrols/new?place=\(world.chengnan)", as: "inspector").text.contains("name=\"seed\""))
        #expect(try await world.get("/patrols/new?place=nowhere", as: "inspector").status == 404)
        let refused = try await world.post("/patrols/new", as: "inspector", ["place": world.chengnan, "what": "draw", "count": "500", "seed": "12"])
        #expect(refused.status == 422)
        #expect(refused.text.contains("value=\"12\""))
        let begun = try await world.post("/patrols/new", as: "inspector", ["place": world.chengnan, "what": "draw", "count": "8", "seed": "12"])
        let link = try #require(begun.header("location"))
        #expect(try await world.get(link, as: "inspector").text.contains("<fieldset"))
        let empty = try await world.post(link, as: "inspector", [:])
        #expect(empty.status == 422)
        let patrol = try #require(try await world.hall.store.read { tx in try tx.one("select * from patrol").map(Patrol.init(row:)) })
        let done = try await world.post(link, as: "inspector", try await world.answers(patrol))
        #expect(done.status == 303)
        let page = try await world.get(link, as: "inspector").text
        #expect(page.contains("= 100.00"))
        #expect(page.contains("种子 12"))
        #expect(try await world.get("/patrols", as: "inspector").text.contains("100.00"))
    }

    @Test func `a beginning sent twice begins once, and a patrol handed in twice is kept once`() async throws {
        let world = try await TestWorld.make(at: 10)
        let key = String(repeating: "a", count: 32)
        let fields = ["place": world.chengnan, "what": "draw", "count": "4", "seed": "9", "key": key]
        let first = try await world.post("/patrols/new", as: "inspector", fields)
        let second = try await world.post("/patrols/new", as: "inspector", fields)
        let link = try #require(first.header("location"))
        #expect(second.header("location") == link)
        let patrol = try #require(try await world.hall.store.read { tx in try tx.one("select * from patrol").map(Patrol.init(row:)) })
        var answers = try await world.answers(patrol)
        answers["key"] = String(repeating: "b", count: 32)
        #expect(try await world.post(link, as: "inspector", answers).status == 303)
        #expect(try await world.post(link, as: "inspector", answers).status == 303)
        let count = try await world.hall.store.read { tx in Int(try tx.one("select count(*) as n from record where duty = ''")?.int("n") ?? 0) }
        #expect(count == 1)
    }

    @Test func `a patrol is in the ledger: its tables are rebuilt from entries alone, and a score changed behind its back is found`() async throws {
        let world = try await TestWorld.make(at: 10)
        let patrol = try await world.begin(.round("opening-round"))
        let done = try await world.finish(patrol, try await world.answers(patrol))
        let other = try await TestWorld.make(planned: false)
        _ = try await other.hall.store.write { tx in
            for type in Hallkeeper.kept { try tx.run(SQL(text: "delete from " + type.table.name, values: [])) }
            return 0
        }
        try await world.hall.ledger.rebuild(into: other.hall.store)
        for table in ["patrol", "patrol_point"] {
            let statement = SQL(text: "select * from \(table) order by 1, 2, 3", values: [])
            let kept = try await world.hall.store.read { tx in try tx.rows(statement).map(\.values) }
            let rebuilt = try await other.hall.store.read { tx in try tx.rows(statement).map(\.values) }
            #expect(!kept.isEmpty && kept == rebuilt, "\(table)")
        }
        _ = try await world.hall.store.write { tx in try tx.run("update patrol set score = 10000, grade = 'A+' where id = \(done.id)") }
        let problems = try await world.hall.ledger.verify()
        #expect(problems.count == 1 && problems[0].sentence.en.contains(done.id))
    }
}
