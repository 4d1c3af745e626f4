import Regulation
import Store
import StorePostgres
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The whole life as one table: every stage × every act × every kind of person, each allowed or refused with its sentence. What
/// may be done at a stage stands here by hand, whom the rulebook lets do it in the pack.
@Suite struct ComplaintTableTests {
    static let people = [
        "clerk-chengnan", "agent", "specialist", "shift-lead", "handler-billing", "unit-head-billing", "handler-supply", "unit-head-supply", "department-head", "leader", "enterprise", "supervision", "cleaner-chengnan",
        "administrator",
    ]
    /// stage → acts that may be done then, by the right person. `note`, `supplement` always.
    static let stages: [(name: String, acts: Set<ComplaintAct>)] = [
        // A major one is investigated even when it is withdrawn.
        ("recorded, to be approved", [.propose, .raise, .supervise, .confirmRepeat, .convert, .combine]),
        ("proposed", [.approve, .sendBackProposal, .raise, .supervise, .confirmRepeat, .convert]),
        ("approved", [.instruct, .sendBackProposal, .raise, .supervise, .confirmRepeat, .convert]),
        ("cleared", [.dispatch, .raise, .supervise, .confirmRepeat, .convert, .combine]),
        ("dispatched", [.dispatch, .sign, .sendBack, .contact, .agreeVisit, .noVisit, .promise, .interim, .assign, .askFor, .raise, .supervise, .combine, .confirmRepeat, .convert, .withdraw]),
        ("contacted", [.dispatch, .sendBack, .agreeVisit, .noVisit, .promise, .interim, .assign, .askFor, .raise, .supervise, .combine, .confirmRepeat, .convert, .withdraw]),
        ("visit agreed", [.dispatch, .sendBack, .agreeVisit, .visit, .promise, .interim, .assign, .askFor, .raise, .supervise, .combine, .confirmRepeat, .convert, .withdraw]),
        ("visit settled", [.dispatch, .sendBack, .investigate, .agreeVisit, .promise, .interim, .assign, .askFor, .raise, .supervise, .combine, .confirmRepeat, .convert, .withdraw]),
        ("more time asked for", [.dispatch, .sendBack, .investigate, .agreeVisit, .promise, .interim, .assign, .grant, .deny, .raise, .supervise, .combine, .confirmRepeat, .convert, .withdraw]),
        ("suspended", [.dispatch, .resume, .raise, .supervise, .combine, .confirmRepeat, .convert, .withdraw]),
        ("investigated", [.dispatch, .agreeVisit, .promise, .interim, .reply, .setImprovement, .assign, .askFor, .raise, .supervise, .confirmRepeat, .convert, .withdraw]),
        ("replied", [.agreeVisit, .report, .callBack, .setImprovement, .assign, .askFor, .raise, .supervise, .confirmRepeat, .withdraw]),
        ("reported", [.agreeVisit, .callBack, .setImprovement, .sendBackReport, .assign, .askFor, .raise, .supervise, .confirmRepeat, .withdraw]),
        ("called back, improvement set", [.agreeVisit, .setImprovement, .carryOutImprovement, .sendBackReport, .assign, .askFor, .raise, .supervise, .confirmRepeat, .withdraw]),
        ("called back, improvement carried out", [.agreeVisit, .verifyImprovement, .sendBackImprovement, .sendBackReport, .assign, .askFor, .raise, .supervise, .confirmRepeat, .withdraw]),
        ("called back, loop whole", [.agreeVisit, .sendBackReport, .close, .assign, .askFor, .raise, .supervise, .confirmRepeat, .withdraw]),
        ("supervised", [.agreeVisit, .sendBackReport, .release, .assign, .askFor, .raise, .confirmRepeat, .withdraw]),
        ("closed", [.reopen, .keepLonger]), ("withdrawn", [.keepLonger]), ("joined", [.dispatch, .sign, .sendBack, .contact, .agreeVisit, .noVisit, .promise, .interim, .assign, .askFor, .raise, .supervise, .split, .confirmRepeat, .withdraw]),
        ("misconduct", [.takeUp, .toNormalPath]), ("misconduct taken up", [.conclude, .toNormalPath]), ("misconduct concluded", [.keepLonger]),
    ]

    /// What is filled in: right for every act, wherever that can be.
    private static func sent(_ world: TestWorld, _ earlier: Complaint, _ other: Complaint) -> [String: String] {
        [
            "opinion": "同意", "unit": world.supply, "reason": "原因", "reached": "reached", "said": "说过", "agreed": "2026-03-03 10:00", "seen": "看过", "facts": "事实", "evidence": "证据", "finding": "founded",
            "responsibility": "company", "cause": "other", "remedy": "补救", "promised": "2026-03-03 10:00", "reply": "答复", "result": "solved", "summary": "小结", "satisfaction": "4", "solved": "yes", "measure": "措施", "done": "做了",
            "until": "2026-03-16", "what": "extension", "demand": "要求", "severity": "S1", "into": other.id, "of": earlier.id, "note": "备注", "conclusion": "结论", "kind": "BL1", "door": "opinion", "assignee": world.person("handler-billing"),
        ]
    }

    private static func cases(_ world: TestWorld, joinedTo target: Complaint) async throws -> [String: Complaint] {
        var made: [String: Complaint] = [:]
        func keep(_ name: String, _ c: Complaint) { made[name] = c }
        var grave = TestWorld.intake
        grave.severity = "S2"
        func live(_ steps: [(ComplaintAct, [String: String], String)], _ intake: Intake = TestWorld.intake) async throws -> Complaint {
            var c = try await world.takeIn(intake)
            for (act, sent, login) in steps { c = try await world.act(act, c, sent, by: login) }
            return c
        }
        let (h, u) = ("handler-billing", "unit-head-billing")
        let propose = (ComplaintAct.propose, ["opinion": "核查", "unit": world.billing], "specialist")
        let approve = (ComplaintAct.approve, [String: String](), "department-head")
        keep("recorded, to be approved", try await live([], grave))
        keep("proposed", try await live([propose], grave))
        keep("approved", try await live([propose, approve], grave))
        keep("cleared", try await live([propose, approve, (.instruct, [:], "leader")], grave))
        keep("dispatched", try await live([]))
        let contact = (ComplaintAct.contact, ["reached": "reached"], h)
        keep("contacted", try await live([contact]))
        keep("visit agreed", try await live([contact, (.agreeVisit, ["agreed": "2026-03-02 15:00"], h)]))
        let settled = [contact, (ComplaintAct.noVisit, ["reason": "账上可查"], h)]
        keep("visit settled", try await live(settled))
        keep("more time asked for", try await live(settled + [(.askFor, ["what": "extension", "until": "2026-03-16", "reason": "送检"], h)]))
        keep("suspended", try await live(settled + [(.askFor, ["what": "suspension", "suspension": "test", "until": "2026-03-06", "reason": "送检"], h), (.grant, [:], u)]))
        let inquiry = settled + [(ComplaintAct.investigate, ComplaintLawTests.inquiry, h)]
        keep("investigated", try await live(inquiry))
        let replied = inquiry + [(ComplaintAct.reply, ["reply": "已退补", "result": "solved"], h)]
        keep("replied", try await live(replied))
        let reported = replied + [(ComplaintAct.report, ["summary": "属实"], h)]
        keep("reported", try await live(reported))
        let called = reported + [(ComplaintAct.callBack, ["reached": "reached", "satisfaction": "4", "solved": "yes"], "agent"), (.setImprovement, ["measure": "拍照", "until": "2026-03-12"], h)]
        keep("called back, improvement set", try await live(called))
        let carriedOut = called + [(ComplaintAct.carryOutImprovement, ["done": "已拍照"], h)]
        keep("called back, improvement carried out", try await live(carriedOut))
        let whole = carriedOut + [(ComplaintAct.verifyImprovement, ["seen": "看过"], u)]
        keep("called back, loop whole", try await live(whole))
        keep("supervised", try await live(whole + [(.supervise, ["demand": "再核"], "enterprise")]))
        keep("closed", try await live(whole + [(.close, [:], "shift-lead")]))
        keep("withdrawn", try await live([(.withdraw, ["said": "不投诉了"], "agent")]))
        keep("joined", try await live([(.combine, ["into": target.id, "reason": "同一件"], "agent")]))
        var secret = TestWorld.intake
        (secret.kind, secret.door) = ("MD1", "report")
        keep("misconduct", try await live([], secret))
        keep("misconduct taken up", try await live([(.takeUp, [:], "supervision")], secret))
        keep("misconduct concluded", try await live([(.takeUp, [:], "supervision"), (.conclude, ["conclusion": "属实", "finding": "founded"], "supervision")], secret))
        return made
    }

    /// Whom it is for besides the rulebook's permission: whose turn it is, whose unit, whose own.
    private static func isTheirs(_ act: ComplaintAct, _ stage: String, _ login: String) -> Bool {
        if act.isUnits, act != .resume { return login.hasSuffix("-billing") }
        switch act {
        case .approve: return login == "department-head"
        case .instruct: return login == "leader"
        case .sendBackProposal: return login == (stage == "proposed" ? "department-head" : "leader")
        case .grant, .deny: return login != "unit-head-supply"
        case .keepLonger where !stage.hasPrefix("misconduct"): return !login.hasPrefix("unit-head")
        case .verifyImprovement, .sendBackImprovement: return login != "unit-head-supply"
        default: return true
        }
    }

    @Test func `every stage, every act, everybody: allowed or refused with a sentence, as the table says`() async throws {
        let world = try await TestWorld.make(planned: false)
        let earlier = try await world.takeIn()
        let target = try await world.takeIn()
        let made = try await Self.cases(world, joinedTo: target)
        let pack = try #require(try await world.hall.store.read { tx in try world.hall.packs.inForce(on: TestWorld.monday, tx)?.pack })
        let sent = Self.sent(world, earlier, target)
        let roles = Dictionary(world.world.residents.map { ($0.login, [$0.role]) }, uniquingKeysWith: +)
        func may(_ login: String, _ permission: String?) -> Bool {
            guard let permission else { return true }
            let granted = (roles[login] ?? []).contains { pack.role($0)?.may.contains(permission) == true }
            // Whoever looks after the program may what is no part of a case's life.
            let byOffice = (roles[login] ?? []).contains { pack.role($0)?.may.contains("company") == true } && !Role.neverByOffice.contains(permission)
            return granted || byOffice
        }
        var (allowed, refused, wrong) = (0, 0, [String]())
        for (stage, acts) in Self.stages {
            let c = try #require(made[stage], "\(stage)")
            let before = try await world.reload(c)
            for what in ComplaintAct.allCases {
                for login in Self.people {
                    let isAllowed = ([.note, .supplement].contains(what) || acts.contains(what)) && may(login, what.permission(isConfidential: c.isConfidential)) && Self.isTheirs(what, stage, login)
                    let refusal = try await world.refusal(of: what, c, sent, as: login)
                    let said = refusal?.first
                    if refusal == nil { allowed += 1 } else { refused += 1 }
                    if isAllowed != (said == nil) { wrong.append("\(stage) · \(what.rawValue) · \(login): \(said?.zh ?? "allowed")") }
                    if let said { #expect(said.zh.count > 3 && said.en.count > 3) }
                }
            }
            #expect(try await world.reload(c) == before, "\(stage): nothing tried has changed it")
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(40).joined(separator: "\n"))")
        #expect(allowed > 700 && refused > 8000, "\(allowed) allowed, \(refused) refused")
    }

    @Test(arguments: [Engine.sqlite, .postgres]) func `of sixteen who act on one case in the same moment one wins, the others are told`(_ engine: Engine) async throws {
        let url = engine == .postgres ? try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database() : nil
        let world = try await TestWorld.make(planned: false)
        var hall = world.hall
        var c = try await world.takeIn()
        var who = world.person("handler-billing")
        if let url {
            let first = try #require(Day("2026-03-02"))
            _ = try await Program.simulate(halls: 1, from: first, days: 2, seed: 4, files: try TestWorld.pack(), database: url)
            let store = try PostgresStore(url: url, connections: 8)
            let zone = Zone.shanghai
            hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: StandingClock(zone.instant(first.adding(days: 2), minute: 600)), ids: Program.ids(Program.chance), chance: Program.chance, log: .init(label: "test"))
            let (taker, place, handler) = try await store.read { tx in
                (
                    try tx.one("select person from role_holder where role = 'agent' order by person")?.text("person") ?? "", try tx.one("select place from place where kind = 'call-centre'")?.text("place") ?? "",
                    try tx.one("select person from role_holder join place on place.place = role_holder.place where role = 'handler' and place.code = 'billing'")?.text("person") ?? ""
                )
            }
            who = handler
            var intake = TestWorld.intake
            intake.tracking = TrackingCode.draw(hall)
            let full = intake
            c = try await hall.act(by: .person(taker), at: hall.clock.now) { act in try ComplaintActs(act).record(full, by: taker, at: place) }
        }
        let (racing, handler, version, id, book) = (hall, who, c.version, c.id, c.pack)
        for (round, what) in [ComplaintAct.sign, .contact, .noVisit].enumerated() {
            let fields = ["reached": "reached", "reason": "可查", "said": "好"]
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        do {
                            try await racing.act(by: .person(handler), at: racing.clock.now) { act in
                                let input = try ActInput(what, sent: fields, book: try act.hall.packs.pack(book, act.act).pack.caseBook, zone: act.hall.zone, now: act.now)
                                _ = try ComplaintActs(act).do(what, id, input, by: handler, version: version + round)
                            }
                            return "won"
                        } catch let refusal as Refusal { return refusal.sentence.zh.contains("刚才有别人") ? "told" : refusal.sentence.zh } catch { return "\(error)" }
                    }
                }
                var all: [String] = []
                for await outcome in group { all.append(outcome) }
                return all
            }
            #expect(outcomes.filter { $0 == "won" }.count == 1, "\(engine) \(what): \(outcomes)")
            #expect(outcomes.filter { $0 == "told" }.count == 15, "\(engine) \(what): \(outcomes)")
        }
        if engine == .postgres { await hall.store.close() }
    }
}
