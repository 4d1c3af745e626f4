import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Rounds as phones hand them in (docs/rules/rounds.md).
@Suite struct WalkTests {
    private let device = "a1b2c3d4e5f6a1b2c3d4e5f6"

    /// The points a role's part of a round asks, all in order.
    private func points(_ world: TestWorld, _ duty: Duty, at: Instant, change: [String: JSON] = [:]) async throws -> [JSON] {
        let place = duty.place
        let fields = try await world.hall.store.read { tx -> [Field] in
            let inForce = try world.hall.packs.pack(duty.pack, tx)
            guard let row = try tx.one("select * from place where place = \(place)"), let form = inForce.pack.form(duty.form) else { return [] }
            let facts = try FactFinder(tx: tx, hall: world.hall).facts(of: Place(row: row))
            let role = duty.subject.hasPrefix("role:") ? String(duty.subject.dropFirst(5)) : nil
            return form.fields(for: role, traits: facts.traits, on: duty.day, seasons: inForce.pack.company.seasons)
        }
        return fields.enumerated().map { index, field in
            if let own = change[field.id] { return own }
            return .object(["point": .string(field.id), "value": .string(field.kind == .point ? "ok" : "20"), "at": .int(at.ms + Int64(index) * 4000)])
        }
    }

    private func envelope(_ points: [JSON], began: Instant, ended: Instant?, sent: Instant, ticket: String = "", done: Bool = true, device: String? = nil) -> String {
        JSON.object([
            "v": .int(1), "device": .string(device ?? self.device), "began": .int(began.ms), "ended": ended.map { .int($0.ms) } ?? .null, "sent": .int(sent.ms),
            "ticket": .string(ticket), "done": .bool(done), "points": .array(points),
        ]).text
    }

    private func send(_ world: TestWorld, _ duty: Duty, _ body: String, as login: String, key: String? = nil) async throws -> (status: Int, json: JSON) {
        let session = try await world.signIn(login)
        var request = Request(method: "POST", path: Site.walk.link(duty.place, duty.id))
        request.headers = ["cookie": "hk=\(session.token)", "x-csrf": session.csrf, "content-type": "application/json", "accept": "application/json"]
        if let key { request.headers["idempotency-key"] = key }
        request.body = Array(body.utf8)
        let reply = await world.shell.respond(to: request)
        return (reply.status, (try? JSON(parsing: Array(reply.text.utf8))) ?? .null)
    }

    private func walks(_ world: TestWorld, _ duty: Duty) async throws -> [Walk] {
        let id = duty.id
        return try await world.hall.store.read { tx in try tx.rows("select * from walk where duty = \(id) order by person, device").map(Walk.init(row:)) }
    }

    private func state(_ world: TestWorld, _ duty: Duty) async throws -> Duty {
        let id = duty.id
        return try #require(try await world.hall.store.read { tx in try tx.one("select * from duty where id = \(id)").map(Duty.init(row:)) })
    }

    @Test func `a round sent from a cellar an hour later is done when it was walked, and received when it arrived`() async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        let ticket = try await Ticket(hall: world.hall).issue(for: duty.id, to: world.person("cleaner-chengnan"), at: world.clock.now)
        let (began, ended) = (TestWorld.at(9, 5), TestWorld.at(9, 12))
        let list = try await points(world, duty, at: began)
        try await world.move(to: TestWorld.at(10, 15))
        let said = try await send(world, duty, envelope(list, began: began, ended: ended, sent: world.clock.now, ticket: ticket), as: "cleaner-chengnan")
        #expect(said.status == 200)
        #expect(said.json["state"]?.string == "done")
        let after = try await state(world, duty)
        #expect(after.state == .done)
        #expect(after.doneAt == ended)
        #expect(after.receivedAt == TestWorld.at(10, 15))
        let walk = try #require(try await walks(world, duty).first)
        #expect(walk.state == .done && walk.record == after.record && walk.ticket == TestWorld.at(9))
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test(arguments: [-365 * 24 * 60, -90, 0, 45, 365 * 24 * 60])
    func `a phone whose clock is off by any amount is believed in how long ago, never in what date`(off minutes: Int) async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        let phone = { (hour: Int, minute: Int) in TestWorld.at(hour, minute).adding(minutes: minutes) }
        let list = try await points(world, duty, at: phone(9, 5))
        try await world.move(to: TestWorld.at(9, 40))
        let said = try await send(world, duty, envelope(list, began: phone(9, 5), ended: phone(9, 12), sent: phone(9, 40)), as: "cleaner-chengnan")
        #expect(said.json["state"]?.string == "done")
        #expect(try await state(world, duty).doneAt == TestWorld.at(9, 12))
        let walk = try #require(try await walks(world, duty).first)
        #expect(walk.isClockOff == (minutes != 0))
        #expect(walk.began == phone(9, 5), "what the phone said is kept as it said it")
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "director-chengnan").text
        #expect(page.contains("手机时间差") == (minutes != 0))
    }

    @Test func `done is not before the page was handed out, and not after now`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let ticket = try await Ticket(hall: world.hall).issue(for: duty.id, to: world.person("cleaner-chengnan"), at: world.clock.now)
        let early = TestWorld.at(8, 10)
        let list = try await points(world, duty, at: early)
        let said = try await send(world, duty, envelope(list, began: early, ended: early, sent: world.clock.now, ticket: ticket), as: "cleaner-chengnan")
        #expect(said.json["state"]?.string == "done")
        #expect(try await state(world, duty).doneAt == TestWorld.at(9, 30))
        // A ticket somebody made up, or of another duty, is worth nothing.
        let forged = "\(TestWorld.at(1).ms).\(String(repeating: "0", count: 32))"
        #expect(try await Ticket(hall: world.hall).read(forged, for: duty.id, of: world.person("cleaner-chengnan"), at: world.clock.now) == nil)
        #expect(try await Ticket(hall: world.hall).read(ticket, for: "other", of: world.person("cleaner-chengnan"), at: world.clock.now) == nil)
        #expect(try await Ticket(hall: world.hall).read(ticket, for: duty.id, of: world.person("guide-chengnan"), at: world.clock.now) == nil)
    }

    @Test func `what a phone answers after it handed the round in is kept beside it, and sent again changes nothing`() async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        let (first, second) = (try await points(world, duty, at: TestWorld.at(9, 5)), try await points(world, duty, at: TestWorld.at(9, 20)))
        try await world.move(to: TestWorld.at(9, 40))
        let one = envelope(first, began: TestWorld.at(9, 5), ended: TestWorld.at(9, 12), sent: world.clock.now)
        let two = envelope(second, began: TestWorld.at(9, 20), ended: TestWorld.at(9, 27), sent: world.clock.now)
        #expect(try await send(world, duty, one, as: "cleaner-chengnan").json["state"]?.string == "done")
        let done = try await state(world, duty)
        for body in [two, two, one] { #expect(try await send(world, duty, body, as: "cleaner-chengnan").status == 200) }
        let kept = try await walks(world, duty)
        #expect(kept.map(\.state) == [.done, .beside])
        #expect(kept.last?.answers.values.map(\.at).min() == TestWorld.at(9, 20), "the later answers are there")
        #expect(try await state(world, duty) == done, "what was handed in stands")
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `sent fifty times it is done once with the same answer each time, other content under the key is a conflict`() async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        let list = try await points(world, duty, at: TestWorld.at(9, 1))
        let body = envelope(list, began: TestWorld.at(9, 1), ended: TestWorld.at(9, 3), sent: TestWorld.at(9, 3))
        try await world.move(to: TestWorld.at(9, 5))
        let key = String(repeating: "5a", count: 16)
        var answers: Set<String> = []
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let said = try await send(world, duty, body, as: "cleaner-chengnan", key: key)
                    return "\(said.status) \(said.json.text)"
                }
            }
            for try await answer in group { answers.insert(answer) }
        }
        #expect(answers.count == 1, "\(answers)")
        let id = duty.id
        let records = try await world.hall.store.read { tx in try tx.one("select count(*) as n from record where duty = \(id)")?.int("n") }
        #expect(records == 1)
        let other = envelope(list, began: TestWorld.at(9, 1), ended: TestWorld.at(9, 4), sent: TestWorld.at(9, 4))
        #expect(try await send(world, duty, other, as: "cleaner-chengnan", key: key).status == 409)
        // Without the key, sent again after it was handed in: nothing changes, no entry is written.
        let before = try await world.hall.store.read { tx in try tx.one("select count(*) as n from entry")?.int("n") }
        #expect(try await send(world, duty, other, as: "cleaner-chengnan").json["state"]?.string == "done")
        #expect(try await world.hall.store.read { tx in try tx.one("select count(*) as n from entry")?.int("n") } == before)
    }

    @Test func `two phones of one person come to the same whatever order they arrive in`() async throws {
        var ends: Set<String> = []
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            let world = try await TestWorld.make(at: 9, 30)
            let duty = try await world.duty("restroom")
            let list = try await points(world, duty, at: TestWorld.at(9, 1))
            func one(_ minute: Int, _ value: String) throws -> JSON {
                .object(["point": list[0]["point"] ?? .null, "value": .string(value), "note": .string("n"), "at": .int(TestWorld.at(9, minute).ms)])
            }
            let now = world.clock.now
            let bodies = [
                envelope([try one(2, "minor")], began: now, ended: nil, sent: now, done: false, device: "aaaaaaaaaaaa"),
                envelope([try one(4, "ok")], began: now, ended: nil, sent: now, done: false, device: "bbbbbbbbbbbb"),
                envelope([try one(6, "not-seen")], began: now, ended: nil, sent: now, done: false, device: "aaaaaaaaaaaa"),
                envelope([try one(6, "minor")], began: now, ended: nil, sent: now, done: false, device: "bbbbbbbbbbbb"),
            ]
            for index in order { #expect(try await send(world, duty, bodies[index], as: "cleaner-chengnan").json["state"]?.string == "kept") }
            let merged = Walk.merged(try await walks(world, duty))
            ends.insert(merged.mapValues(\.value).description)
        }
        #expect(ends.count == 1, "\(ends)")
        #expect(ends.first?.contains("minor") == true, "at the same moment the device whose name sorts last counts")
    }

    @Test func `two people on one round are both kept, and where they differ the director reads it`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        // A colleague is handed the duty after the cleaner has begun it.
        let list = try await points(world, duty, at: TestWorld.at(9, 1))
        let now = world.clock.now
        #expect(try await send(world, duty, envelope(list, began: now, ended: nil, sent: now, done: false), as: "cleaner-chengnan").status == 200)
        let colleague = world.person("guard-chengnan")
        let giver = world.person("cleaner-chengnan")
        try await world.hall.act(by: .person(giver), at: now) { act in
            try DutyActs(act: act).hand(duty.id, at: duty.place, to: colleague, by: giver, mayHandOver: true)
        }
        let wanting = JSON.object(["point": list[0]["point"] ?? .null, "value": "wanting".json, "severity": "minor".json, "note": "有味".json, "at": .int(now.ms)])
        let theirs = [wanting] + list.dropFirst()
        #expect(try await send(world, duty, envelope(Array(theirs), began: now, ended: now, sent: now), as: "guard-chengnan").json["state"]?.string == "done")
        // The first one hands in too: kept beside.
        #expect(try await send(world, duty, envelope(list, began: now, ended: now, sent: now), as: "cleaner-chengnan").json["state"]?.string == "beside")
        #expect(try await walks(world, duty).map(\.state).sorted { $0.rawValue < $1.rawValue } == [.beside, .done])
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "director-chengnan").text
        #expect(page.contains("两人看法不同"))
    }

    @Test func `a round not handed in by the end of the shift closes as incomplete, its missed points named, what was wanting found`() async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        let list = try await points(world, duty, at: TestWorld.at(9, 1))
        let wanting = JSON.object(["point": list[0]["point"] ?? .null, "value": "wanting".json, "severity": "minor".json, "note": "有味".json, "at": .int(TestWorld.at(9, 1).ms)])
        let some = [wanting] + list.dropFirst().prefix(1)
        #expect(try await send(world, duty, envelope(Array(some), began: TestWorld.at(9), ended: nil, sent: TestWorld.at(9, 2), done: false), as: "cleaner-chengnan").status == 200)
        try await world.move(to: try #require(duty.lapses).adding(minutes: 5))
        #expect(try await state(world, duty).state == .missed)
        let walk = try #require(try await walks(world, duty).first)
        #expect(walk.state == .incomplete)
        #expect(walk.missing.split(separator: ",").count == list.count - 2)
        let findings = try await world.hall.store.read { tx in try tx.rows("select point, severity from finding").map { try $0.text("point") + "/" + $0.text("severity") } }
        #expect(findings.contains("\(list[0]["point"]?.string ?? "")/minor"))
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "director-chengnan").text
        #expect(page.contains("\(list.count - 2) 点没看"))
        // Handed in after closing: late, not lost; the duty stays missed.
        let all = envelope(list, began: TestWorld.at(9), ended: world.clock.now, sent: world.clock.now)
        #expect(try await send(world, duty, all, as: "cleaner-chengnan").json["state"]?.string == "late")
        #expect(try await state(world, duty).state == .missed)
        #expect(try await walks(world, duty).first?.state == .late)
    }

    @Test func `what needs another look is kept and named point by point, and what the rulebook no longer has is left out`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let now = world.clock.now
        var list = try await points(world, duty, at: now)
        let first = list[0]["point"]?.string ?? ""
        list[0] = .object(["point": .string(first), "value": "wanting".json, "severity": "serious".json, "at": .int(now.ms)])
        list.append(.object(["point": "gone-long-ago".json, "value": "ok".json, "at": .int(now.ms)]))
        let said = try await send(world, duty, envelope(list, began: now, ended: now, sent: now), as: "cleaner-chengnan")
        #expect(said.status == 200)
        #expect(said.json["state"]?.string == "problems")
        guard case .array(let problems) = said.json["problems"] ?? .null, case .array(let ignored) = said.json["ignored"] ?? .null else {
            Issue.record("no problems named")
            return
        }
        #expect(problems.first?["point"]?.string == first)
        #expect(ignored == ["gone-long-ago".json])
        #expect(try await state(world, duty).state == .open)
        #expect(try await walks(world, duty).first?.answers.count == list.count - 1)
    }

    @Test func `danger is known at once, before the round is handed in, and not twice after`() async throws {
        let world = try await TestWorld.make(at: 7, 50)
        let duty = try #require(try await world.duties("opening-round", at: world.chengnan).first { $0.subject == "role:guard" })
        let now = world.clock.now
        let photo = try await upload(world, as: "guard-chengnan", duty)
        var list = try await points(world, duty, at: now)
        let index = try #require(list.firstIndex { $0["point"]?.string == "exits-clear" })
        list[index] = .object([
            "point": "exits-clear".json, "value": "wanting".json, "severity": "danger".json, "note": "堆纸箱".json, "at": .int(now.ms),
            "photos": .array([.object(["sha": .string(photo), "taken": .int(now.ms), "live": .bool(true)])]),
        ])
        #expect(try await send(world, duty, envelope([list[index]], began: now, ended: nil, sent: now, done: false), as: "guard-chengnan").json["state"]?.string == "kept")
        #expect(try await world.duties("danger-removed", at: world.chengnan).count == 1)
        #expect(try await send(world, duty, envelope(list, began: now, ended: now, sent: now), as: "guard-chengnan").json["state"]?.string == "done")
        #expect(try await world.duties("danger-removed", at: world.chengnan).count == 1)
        let taken = try await world.hall.store.read { tx in try tx.rows("select * from photo").map(TakenPhoto.init(row:)) }
        #expect(taken.map(\.point) == ["exits-clear"] && taken.first?.isLive == true)
    }

    /// Sends a photo in two parts, the second twice, and gives its hash.
    private func upload(_ world: TestWorld, as login: String, _ duty: Duty) async throws -> String {
        let bytes = try StandInPicture.jpeg(0x445566)
        let sha = Hash.hex(Hash.sha256(bytes))
        let half = bytes.count / 2
        for (from, part) in [(0, bytes[..<half]), (half, bytes[half...]), (half, bytes[half...])] {
            let session = try await world.signIn(login)
            var request = Request(method: "POST", path: Site.upload.link(sha))
            request.query = ["from": String(from), "total": String(bytes.count)]
            request.headers = ["cookie": "hk=\(session.token)", "x-csrf": session.csrf, "accept": "application/json"]
            request.body = Array(part)
            #expect(await world.shell.respond(to: request).status == 200)
        }
        return sha
    }

    @Test func `answers that name a photo wait for it, and a photo in parts is there when its hash fits`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let now = world.clock.now
        var list = try await points(world, duty, at: now)
        let bytes = try StandInPicture.jpeg(0x445566)
        let sha = Hash.hex(Hash.sha256(bytes))
        list[0] = .object([
            "point": list[0]["point"] ?? .null, "value": "wanting".json, "severity": "serious".json, "note": "漏水".json, "at": .int(now.ms),
            "photos": .array([.object(["sha": .string(sha), "taken": .int(now.ms), "live": .bool(false)])]),
        ])
        let body = envelope(list, began: now, ended: now, sent: now)
        let waiting = try await send(world, duty, body, as: "cleaner-chengnan")
        #expect(waiting.status == 409)
        #expect(waiting.json["missing"] == .array([.string(sha)]))
        #expect(try await upload(world, as: "cleaner-chengnan", duty) == sha)
        // Another person's photo is not theirs to name.
        #expect(try await Uploads(hall: world.hall).kept([sha], by: world.person("guide-chengnan")).isEmpty)
        #expect(try await send(world, duty, body, as: "cleaner-chengnan").json["state"]?.string == "done")
        let left = try await world.hall.blobs.store.read { tx in try tx.one("select count(*) as n from upload_part")?.int("n") }
        #expect(left == 0)
    }

    @Test func `a hundred photos at one point are too many in a sentence and none is lost; over the points of a round they are one round`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let (now, me, uploads) = (world.clock.now, world.person("cleaner-chengnan"), Uploads(hall: world.hall))
        var shas: [JSON] = []
        for number in 1...100 {
            let bytes = try StandInPicture.jpeg(Int32(number * 0x1F3D5))
            let sha = Hash.hex(Hash.sha256(bytes))
            #expect(try await uploads.take(bytes, of: sha, from: 0, total: bytes.count, by: me, at: now).blob != nil)
            shas.append(.object(["sha": .string(sha), "taken": .int(now.ms), "live": .bool(true)]))
        }
        let list = try await points(world, duty, at: now)
        #expect(list.count == 5)
        func wanting(_ point: JSON, _ photos: [JSON], after seconds: Int64) -> JSON {
            .object(["point": point["point"] ?? .null, "value": "wanting".json, "severity": "serious".json, "note": "漏水".json, "at": .int(now.ms + seconds * 1000), "photos": .array(photos)])
        }
        let many = try await send(world, duty, envelope([wanting(list[0], shas, after: 0)] + list.dropFirst(), began: now, ended: now, sent: now), as: "cleaner-chengnan")
        #expect(many.json["state"]?.string == "problems" && many.json["problems"]?.array?.first?["sentence"]?.string?.contains("张照片") == true)
        let id = duty.id
        func kept() async throws -> Int { try await world.hall.store.read { tx in try tx.rows("select distinct hash from photo where duty = \(id)").count } }
        #expect(try await kept() == 100)
        let spread = list.enumerated().map { index, point in wanting(point, Array(shas[index * 20..<index * 20 + 20]), after: 99) }
        #expect(try await send(world, duty, envelope(spread, began: now, ended: now, sent: now), as: "cleaner-chengnan").json["state"]?.string == "done")
        let found = try await world.hall.store.read { tx in try tx.rows("select photos from finding where form = 'restroom-check'").map { try $0.text("photos").split(separator: ",").count } }
        #expect(found == [20, 20, 20, 20, 20])
        #expect(try await kept() == 100)
        #expect(try await world.get(Site.findings.link(), as: "director-chengnan").status == 200)
    }

    @Test func `a photo sent on several lines at once is one, and no part is left behind`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (me, now, uploads) = (world.person("cleaner-chengnan"), world.clock.now, Uploads(hall: world.hall))
        for colour in 1...6 {
            let bytes = try StandInPicture.jpeg(Int32(colour * 0x20304))
            let sha = Hash.hex(Hash.sha256(bytes))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = try await uploads.take(bytes, of: sha, from: 0, total: bytes.count, by: me, at: now) } }
                try await group.waitForAll()
            }
        }
        let counts = try await world.hall.blobs.store.read { tx in
            try tx.one("select (select count(*) from upload) as photos, (select count(*) from upload_part) as parts").map { (try $0.int("photos"), try $0.int("parts")) }
        }
        #expect(try #require(counts) == (6, 0))
    }

    @Test func `parts nobody added to for two months are let go of`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (me, uploads, sha) = (world.person("cleaner-chengnan"), Uploads(hall: world.hall), String(repeating: "ab", count: 32))
        _ = try await uploads.take([1, 2, 3], of: sha, from: 0, total: 10, by: me, at: world.clock.now)
        try await uploads.forget(before: world.clock.now)
        #expect(try await uploads.progress(sha, by: me).received == 3)
        try await uploads.forget(before: world.clock.now.adding(minutes: 1))
        #expect(try await uploads.progress(sha, by: me).received == 0)
    }

    @Test func `a photo used at two rounds is said at both`() async throws {
        let world = try await TestWorld.make(at: 9)
        let (duty, now) = (try await world.duty("restroom"), world.clock.now)
        let (place, me) = (duty.place, world.person("cleaner-chengnan"))
        let link = Site.duty.link(duty.place, duty.id)
        func keep(_ hash: String, at other: Duty.ID) async throws {
            try await world.hall.act(by: .clock, at: now) { act in
                try act.enter(Event(kind: "round.answered", about: "duty:\(other)", at: now), at: place)
                try act.act.keep(TakenPhoto(place: place, hash: hash, duty: other, point: "air", by: me, taken: now, isLive: true, isDrawn: false, at: now))
            }
        }
        try await keep("a", at: duty.id)
        try await keep("b", at: "another")
        #expect(try await !world.get(link, as: "director-chengnan").text.contains(Words.of(.zh)("walk.reused")))
        try await keep("a", at: "another")
        #expect(try await world.get(link, as: "director-chengnan").text.contains(Words.of(.zh)("walk.reused-n", n: 1)))
    }

    @Test func `a photo that arrives damaged, is none, or is too large gets a clear no and may be sent again`() async throws {
        let world = try await TestWorld.make(planned: false)
        let me = world.person("cleaner-chengnan")
        let uploads = Uploads(hall: world.hall)
        let bytes = try StandInPicture.jpeg(0x010203)
        let sha = Hash.hex(Hash.sha256(bytes))
        var damaged = bytes
        damaged[bytes.count / 2] ^= 0xFF
        await #expect(throws: Refusal.self) { try await uploads.take(damaged, of: sha, from: 0, total: bytes.count, by: me, at: world.clock.now) }
        #expect(try await uploads.progress(sha, by: me) == Uploads.Progress(received: 0, blob: nil))
        #expect(try await uploads.take(bytes, of: sha, from: 0, total: bytes.count, by: me, at: world.clock.now).blob != nil)
        let text = Array("this is no picture".utf8)
        await #expect(throws: Refusal.self) { try await uploads.take(text, of: Hash.hex(Hash.sha256(text)), from: 0, total: text.count, by: me, at: world.clock.now) }
        await #expect(throws: Refusal.self) { try await uploads.take([1], of: sha, from: 0, total: Photo.mostBytes + 1, by: me, at: world.clock.now) }
        await #expect(throws: Refusal.self) { try await uploads.take([1], of: sha, from: Int.max, total: 10, by: me, at: world.clock.now) }
    }

    @Test func `sixty points in twenty seconds are shown to the director as such`() throws {
        let at = Instant(ms: 1_000_000)
        func walk(_ points: Int, seconds: Int64) -> Walk {
            let answers = Dictionary(uniqueKeysWithValues: (0..<points).map { ("p\($0)", Walk.Answer(value: "ok", at: at)) })
            return Walk(
                place: "p", duty: "d", person: "x", device: "form", form: "f", pack: "h", answers: answers, began: at, ended: Instant(ms: at.ms + seconds * 1000),
                ticket: nil, sent: at, received: at, state: .done, record: "r", missing: "")
        }
        #expect(walk(60, seconds: 20).isHurried)
        #expect(!walk(60, seconds: 180).isHurried)
        #expect(!walk(5, seconds: 1).isHurried, "a short round may be quick")
    }

    @Test func `a round that is not theirs is refused, whatever is broken in it gets a sentence, and nothing is kept`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        let now = world.clock.now
        let list = try await points(world, duty, at: now)
        let body = envelope(list, began: now, ended: now, sent: now)
        #expect(try await send(world, duty, body, as: "guide-chengnan").status == 403)
        #expect(try await send(world, duty, body, as: "cleaner-chengbei").status == 404)
        for broken in ["", "{", "[]", "{\"v\":1}", body.replacing("\"v\":1", with: "\"v\":9"), body.replacing("\"at\":", with: "\"at\":-"), String(repeating: "[", count: 5000)] {
            let said = try await send(world, duty, broken, as: "cleaner-chengnan")
            #expect((400..<500).contains(said.status), "\(broken.prefix(40)): \(said.status)")
            #expect(said.json["error"]?.string?.isEmpty == false)
        }
        #expect(try await walks(world, duty).isEmpty)
    }

    @Test func `a session that ended by its time goes on with the PIN, one that was signed out does not`() async throws {
        let world = try await TestWorld.make()
        let token = try await world.signIn("cleaner-chengnan").token
        func renew(_ pin: String) async -> Reply {
            var request = Request(method: "POST", path: "/sign-in/pin")
            request.headers = ["cookie": "hk=\(token)", "content-type": "application/x-www-form-urlencoded", "accept": "application/json"]
            request.body = Array("pin=\(pin)".utf8)
            return await world.shell.respond(to: request)
        }
        #expect(await renew("1234").status == 401, "it has not ended yet: there is nothing to renew")
        _ = world.clock.move(to: world.clock.now.adding(minutes: Sessions.lifetimeMinutes + 60))
        #expect(try await world.get("/today", as: "cleaner-chengnan").status == 303)
        #expect(await renew("9999").status == 401)
        let good = await renew("1234")
        #expect(good.status == 200)
        #expect(good.headers.contains { $0.0 == "set-cookie" && $0.1.hasPrefix("hk=") })
        _ = world.clock.move(to: world.clock.now.adding(minutes: Sessions.graceMinutes))
        #expect(await renew("1234").status == 401, "too long ago")
    }
}

extension String {
    fileprivate var json: JSON { .string(self) }
}
