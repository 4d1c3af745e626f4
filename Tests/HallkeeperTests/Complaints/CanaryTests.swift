import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// One confidential case with a made-up word: for nobody but supervision does any page differ because of it (7.2-5).
@Suite struct CanaryTests {
    static let word = "薅羊毛"
    static let logins = [
        "guide-chengnan", "cleaner-chengnan", "guard-chengnan", "clerk-chengnan", "director-chengnan", "agent", "specialist", "shift-lead", "handler-billing", "unit-head-billing", "inspector",
        "enterprise", "department-head", "leader", "administrator",
    ]

    /// What every page says to everybody, without what is drawn anew for each form. The table of figures is left out: taking it is an entry.
    private static func crawled(_ world: TestWorld, _ complaint: Complaint, _ misconduct: String) async throws -> [String: String] {
        var pages: [String: String] = [:]
        var links: Set<String> = [
            Site.complaints.link() + "?q=" + Submitted.encode(word), Site.complaints.link() + "?q=9999", Site.complaints.link() + "?tab=closed",
            Site.ledger.link() + "?q=misconduct", Site.complaint.link(misconduct),
            Site.complaintSlip.link(misconduct), "/today?place=" + (world.world.places["department:supervision"] ?? ""),
        ]
        for entry in world.shell.site where entry.method == "GET" && ![Site.events, Site.metrics].contains(entry.route) && !entry.route.pattern.contains("export") {
            links.formUnion(try await filled(entry.route.pattern, world, complaint, misconduct))
        }
        // What the public sees is the same for everybody, and no address may ask too often.
        let open = ["/service", "/track", "/log", "/q/", "/api/v1"]
        for login in logins {
            for link in links.sorted() where login == logins[0] || !open.contains(where: { link.hasPrefix($0) }) {
                let reply = try await world.get(link, as: login)
                var text = reply.text.replacing(/name="key" value="[0-9a-f]*"/, with: "").replacing(/name="csrf" value="[^"]*"/, with: "")
                // A ticket of a round and the mark of a request are drawn anew each time.
                text = text.replacing(/[0-9a-f]{32,}/, with: "")
                pages[login + " " + link] = "\(reply.status) " + text
            }
            // What stands beside the intake form is asked for by post.
            for (number, question) in [["phone": "13700009999", "kind": "MD1", "text": "抄表员索要"], ["phone": "13700009999", "account": "0417229031"], ["text": word]].enumerated() {
                let reply = try await world.post(Site.complaintBeside.link(), as: login, question)
                pages[login + " beside \(number)"] = "\(reply.status) " + reply.text
            }
        }
        return pages
    }

    /// The addresses of a route: with every parameter that is known of the house filled in, up to a few of each kind, and with what
    /// is nowhere. A parameter nobody thought of fails the test.
    private static func filled(_ pattern: String, _ world: TestWorld, _ complaint: Complaint, _ misconduct: String) async throws -> [String] {
        guard pattern.contains(":") else { return [pattern] }
        if pattern == Assets.route.pattern || pattern == Site.language.pattern { return [] }
        let known = try await world.hall.store.read { tx -> [String: [String]] in
            func some(_ statement: SQL) throws -> [String] { try tx.rows(statement).map { try $0.text("v") } }
            return [
                ":place": try some("select place as v from place order by place"), ":duty": try some("select id as v from duty order by id limit 4"), ":record": try some("select id as v from record order by id limit 2"),
                ":finding": try some("select id as v from finding order by id limit 2"), ":person": try some("select person as v from person order by person limit 12"),
                ":complaint": [complaint.id, misconduct], ":code": [complaint.tracking, "ABCDEFGHJKMNPQRS"], ":token": ["x"], ":kind": ["complaint.found", "weather.reported"], ":what": ["running", "silent", "x"],
                ":clause": ["7.2-5", "2.4-4", "1.3-7"], ":patrol": ["x"], ":form": ["box-opening", "sealed-receipt", "restroom-check"], ":point": ["x"], ":version": try some("select hash as v from pack_version order by hash limit 1"),
                ":hash": try some("select hash as v from blob order by hash limit 2") + ["x"], ":sha": ["x"], ":act": ["note"], ":outlet": ["x"], ":subscription": ["x"],
            ]
        }
        var found = [""]
        for segment in pattern.split(separator: "/").map(String.init) {
            guard segment.hasPrefix(":") else {
                found = found.map { $0 + "/" + segment }
                continue
            }
            // Of a capability that came later: a few of anything, so that at least its refusals are compared.
            let values = known[segment] ?? ["x", complaint.id, misconduct]
            found = found.flatMap { start in values.map { start + "/" + Submitted.encode($0) } }
        }
        return Array(found.prefix(pattern.split(separator: ":").count > 2 ? 8 : 30))
    }

    @Test func `a misconduct case is on no page, in no count, list, search or ledger of anybody but supervision`() async throws {
        let world = try await TestWorld.make()
        let complaint = try await world.takeIn()
        let before = try await Self.crawled(world, complaint, "x")
        var intake = TestWorld.intake
        (intake.kind, intake.text, intake.phone, intake.name) = ("MD1", "抄表员索要\(Self.word)费", "13700009999", "孤舟客")
        let misconduct = try await world.takeIn(intake)
        #expect(misconduct.isConfidential)
        let after = try await Self.crawled(world, complaint, "x")
        #expect(before.count == after.count && before.count > 500)
        for (name, text) in after where before[name] != text {
            let (old, new) = (before[name] ?? "", text)
            let at = zip(old, new).prefix { $0 == $1 }.count
            Issue.record("\(name) differs: …\(old.dropFirst(max(0, at - 40)).prefix(160))… now …\(new.dropFirst(max(0, at - 40)).prefix(160))…")
        }
        // By its own address it is as if it were nowhere.
        for login in Self.logins {
            for link in [Site.complaint.link(misconduct.id), Site.complaintSlip.link(misconduct.id)] {
                let (there, nowhere) = (try await world.get(link, as: login), try await world.get(link.replacingOccurrences(of: misconduct.id, with: "x"), as: login))
                #expect(there.status == 404 && nowhere.status == 404 && there.text == nowhere.text, "\(login)")
            }
            #expect(try await world.post(Site.complaintAct.link(misconduct.id, "note"), as: login, ["note": "x"]).status == 404, "\(login)")
        }
        // The control: supervision sees it, in its list by number alone, in the case itself with each look an entry.
        let list = try await world.get(Site.complaints.link(), as: "supervision").text
        #expect(list.contains(misconduct.number) && !list.contains(Self.word))
        func looks() async throws -> Int64 { try await world.hall.store.read { tx in try tx.one("select count(*) as n from entry where kind = 'misconduct.looked'")?.int("n") ?? 0 } }
        let seen = try await looks()
        #expect(try await world.get(Site.complaint.link(misconduct.id), as: "supervision").text.contains(Self.word))
        #expect(try await looks() == seen + 1)
    }

    @Test func `what is done afterwards is answered alike, with and without it: numbers, deadlines, exports, the API, the public, what watches over the program`() async throws {
        func answers(with misconduct: Bool) async throws -> [String] {
            let world = try await TestWorld.make()
            try await world.takeIn()
            if misconduct {
                for kind in ["MD1", "MD4"] {
                    var intake = TestWorld.intake
                    (intake.kind, intake.text, intake.respondent) = (kind, "索要\(Self.word)费", world.person("director-chengnan"))
                    let grave = try await world.takeIn(intake)
                    _ = try await world.act(.takeUp, grave, by: "supervision")
                }
            }
            let token = try await world.token()
            let made = try await world.program(token, "POST", "/api/v1/complaints", #"{"kind":"BL2","channel":"web","text":"之后的一件","phone":"13800138000"}"#)
            var list = [made.json["number"], made.json["stage"], made.json["deadlines"], made.json["version"]].map { $0?.text ?? "" }
            let found = try await world.program(token, "GET", "/api/v1/complaints?q=" + Submitted.encode("索要"))
            list.append(found.reply.text)
            list.append(try await world.get(Site.figureTable.link() + "?kind=MD1", as: "enterprise").text)
            list.append(try await world.get(Site.figures.link(), as: "enterprise").text.replacing(/[0-9a-f]{32,}/, with: ""))
            list.append("\(try await world.takeIn().number)")
            // What an operator sees: how much is owed counts nothing of it.
            let metrics = await world.shell.respond(to: Request(method: "GET", path: Site.metrics.pattern, headers: ["authorization": "Bearer a token"], remote: "127.0.0.1")).text
            list.append(metrics.split(separator: "\n").filter { $0.hasPrefix("hallkeeper_duties") }.joined(separator: "\n"))
            return list
        }
        let (without, with) = (try await answers(with: false), try await answers(with: true))
        #expect(without.count == with.count && without.count > 7)
        for (one, other) in zip(without, with) where one != other {
            let at = zip(one, other).prefix { $0 == $1 }.count
            Issue.record("…\(one.dropFirst(max(0, at - 60)).prefix(200))… with it …\(other.dropFirst(max(0, at - 60)).prefix(200))…")
        }
        #expect(without.contains { $0.contains("TS20260302-0003") })
    }

    @Test func `of a sealed slip from the suggestion box the hall has one line on its sheet, nothing more`() async throws {
        let world = try await TestWorld.make()
        let (duty, supervision) = (try await world.duty("box-opened"), try #require(world.world.places["department:supervision"]))
        func entries(_ place: Place.ID) async throws -> [String] { try await world.hall.store.read { tx in try tx.rows("select kind from entry where place = \(place) order by id").map { try $0.text("kind") } } }
        let owing = try await world.hall.store.read { [hall = world.hall, clock = world.clock] tx in
            let pack = try hall.packs.pack(duty.pack, tx).pack
            return try Roster(tx: tx).responsible(for: duty, rule: try #require(pack.rule(duty.rule)), pack: pack, on: hall.zone.day(of: clock.now)).people
        }
        let opener = try #require(owing.first)
        let filled = Filled(answers: ["opener": "morning-inspector", "suggestions": "0", "complaints": "1", "sealed": "1", "praise": "0", "invalid": "0"], at: nil, signers: [])
        try await world.hall.act(by: .person(opener), at: world.clock.now) { act in try Filling(act: act).fill(duty.id, at: duty.place, filled, by: opener) }
        #expect(try await !entries(duty.place).contains { $0.hasPrefix("misconduct") })
        #expect(try await entries(supervision).contains("misconduct.sealed"))
        let receipt = try #require(try await world.duties("sealed-received").last)
        #expect(receipt.place == supervision && receipt.seat == supervision)
        #expect(try await !world.get(Site.board.link(world.chengnan), as: "director-chengnan").text.contains("密封"))
        #expect(try await world.get(Site.today.link(), as: "supervision").text.contains("密封"))
        let sheet = try await world.get(Site.duty.link(duty.place, duty.id), as: "director-chengnan").text
        #expect(sheet.contains("密封"))
    }
}
