import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct ComplaintLifeTests {
    @Test func `one step records, numbers and dispatches, and the unit owes contact in forty-five minutes`() async throws {
        let world = try await TestWorld.make()
        let c = try await world.takeIn()
        #expect(c.number == "TS20260302-0001" && c.stage == .dispatched && c.unit == world.billing)
        let owed = try await world.owed(c)
        #expect(owed["complaint.contacted"].map { ($0.due.ms - world.clock.now.ms) / 60_000 } == 45)
        #expect(owed["complaint.contacted"]?.place == world.billing)
        #expect(owed["complaint.signed"] != nil && owed["complaint.investigated"] != nil && owed["complaint.replied"] != nil)
        #expect(c.nextDue == owed["complaint.signed"]?.due && c.firstDue == owed["complaint.replied"]?.due)
        let dispatched = try await world.allDuties(c).first { $0.endsOn == "complaint.dispatched" }
        #expect(dispatched?.state == .done, "whoever takes it in dispatches it in the same step")
        #expect(try await world.takeIn().number == "TS20260302-0002")
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `the whole loop is closed only when reply, report, call-back and improvement are there`() async throws {
        let world = try await TestWorld.make()
        var c = try await world.replied(try await world.takeIn())
        for _ in 0..<1 { await #expect(throws: Refusal.self) { try await world.act(.close, c, by: "shift-lead") } }
        c = try await world.act(.report, c, ["summary": "已退补"], by: "handler-billing")
        c = try await world.act(.callBack, c, ["reached": "reached", "satisfaction": "4", "solved": "yes"], by: "agent")
        await #expect(throws: Refusal.self) { try await world.act(.close, c, by: "shift-lead") }
        c = try await world.act(.setImprovement, c, ["measure": "抄表拍照", "until": "2026-03-12"], by: "handler-billing")
        let set = try await world.owed(c)
        #expect(set["complaint.improved"] != nil && set["complaint.improvement-done"] != nil)
        await #expect(throws: Refusal.self) { try await world.act(.verifyImprovement, c, ["seen": "看过"], by: "unit-head-billing") }
        c = try await world.act(.carryOutImprovement, c, ["done": "抄表都拍了照"], by: "handler-billing")
        let carriedOut = try await world.owed(c)
        #expect(carriedOut["complaint.improvement-done"] == nil && carriedOut["complaint.improvement-looked-at"] != nil)
        await #expect(throws: Refusal.self) { try await world.act(.verifyImprovement, c, ["seen": "看过"], by: "handler-billing") }
        c = try await world.act(.verifyImprovement, c, ["seen": "看过"], by: "unit-head-billing")
        #expect(try await world.owed(c)["complaint.closed"] != nil, "whoever closes is told when the last gate opens")
        c = try await world.act(.close, c, by: "shift-lead")
        #expect(c.stage == .closed && c.nextDue == nil)
        #expect(try await world.owed(c).isEmpty)
        #expect(try await world.allDuties(c).allSatisfy { [.done, .late, .notRequired].contains($0.state) })
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what is only said is owed a closing too: once it is answered, praise once it is with its unit`() async throws {
        let world = try await TestWorld.make()
        var intake = TestWorld.intake
        intake.door = "opinion"
        var c = try await world.takeIn(intake)
        #expect(try await world.owed(c)["complaint.closed"] == nil)
        c = try await world.act(.reply, c, ["reply": "谢谢，我们会改", "result": "explained"], by: "handler-billing")
        #expect(try await world.owed(c)["complaint.closed"] != nil)
        c = try await world.act(.close, c, by: "shift-lead")
        #expect(try await world.owed(c).isEmpty)
        intake.door = "praise"
        c = try await world.takeIn(intake)
        #expect(try await world.owed(c)["complaint.closed"] != nil)
        c = try await world.act(.close, c, by: "shift-lead")
        #expect(try await world.owed(c).isEmpty && c.stage == .closed)
    }

    @Test func `what is lowered while it waits for an approval that is not needed any more waits for nobody`() async throws {
        let world = try await TestWorld.make()
        var intake = TestWorld.intake
        intake.severity = "S2"
        var c = try await world.takeIn(intake)
        c = try await world.act(.propose, c, ["opinion": "建议限期核查", "unit": world.billing], by: "specialist")
        #expect(try await world.owed(c)["complaint.approved"] != nil)
        c = try await world.act(.lower, c, ["severity": "S4", "reason": "影响很小"], by: "leader")
        #expect(c.stage == .cleared)
        let owed = try await world.owed(c)
        #expect(owed["complaint.approved"] == nil && owed["complaint.dispatched"] != nil)
        c = try await world.act(.dispatch, c, ["unit": world.billing], by: "specialist")
        #expect(c.stage == .dispatched)
        #expect(try await world.hall.ledger.verify().isEmpty)
    }

    @Test func `whom a case is about neither owes anything of it nor is told of it`() async throws {
        let world = try await TestWorld.make()
        var intake = TestWorld.intake
        intake.respondent = world.person("handler-billing")
        let c = try await world.takeIn(intake)
        let owed = try await world.owed(c)
        let duty = try #require(owed["complaint.contacted"])
        let owing = try await world.hall.store.read { [hall = world.hall] tx -> [Person.ID] in
            let pack = try hall.packs.pack(duty.pack, tx).pack
            guard let rule = pack.rule(duty.rule) else { return [] }
            return try Roster(tx: tx).responsible(for: duty, rule: rule, pack: pack, on: TestWorld.monday).people
        }
        #expect(!owing.contains(intake.respondent) && owing.contains(world.person("unit-head-billing")))
        try await world.move(to: TestWorld.at(11))
        let told = try await world.hall.store.read { tx in try tx.rows("select person from inbox where duty in (select id from duty where subject = \(c.subject))").map { try $0.text("person") } }
        #expect(!told.isEmpty && !told.contains(intake.respondent))
    }

    @Test func `several units each contact the customer themselves, one answers`() async throws {
        let world = try await TestWorld.make()
        var intake = TestWorld.intake
        intake.units = [world.billing, world.supply]
        var c = try await world.takeIn(intake)
        let subject = c.subject
        func contacts() async throws -> [String: Duty.State] {
            let rows = try await world.hall.store.read { tx in try tx.rows("select place, state from duty where subject = \(subject) and ends_on = 'complaint.contacted'").map { (try $0.text("place"), try $0.text("state")) } }
            return Dictionary(rows.map { ($0.0, Duty.State(rawValue: $0.1) ?? .open) }, uniquingKeysWith: { first, _ in first })
        }
        #expect(try await contacts() == [world.billing: .open, world.supply: .open])
        c = try await world.act(.contact, c, ["reached": "reached"], by: "handler-billing")
        #expect(try await contacts() == [world.billing: .done, world.supply: .open])
        c = try await world.act(.contact, c, ["reached": "reached"], by: "handler-supply")
        #expect(try await contacts() == [world.billing: .done, world.supply: .done])
        #expect(try await world.owed(c)["complaint.replied"]?.place == world.billing)
    }

    @Test func `what is sent back goes on under the first forty-five minutes, and only once`() async throws {
        let world = try await TestWorld.make()
        var c = try await world.takeIn()
        let first = try #require(try await world.owed(c)["complaint.contacted"]?.due)
        _ = world.clock.move(to: world.clock.now.adding(minutes: 20))
        c = try await world.act(.sendBack, c, ["reason": "水质问题，不归我们"], by: "handler-billing")
        #expect(try await world.owed(c)["complaint.dispatched"]?.place == world.callCentre, "the call centre decides who gets it")
        #expect(try await world.owed(c)["complaint.contacted"] == nil)
        c = try await world.act(.dispatch, c, ["unit": world.supply], by: "specialist")
        let again = try #require(try await world.owed(c)["complaint.contacted"])
        #expect(again.due == first && again.place == world.supply)
        await #expect(throws: Refusal.self) { try await world.act(.sendBack, c, ["reason": "也不归我们"], by: "handler-supply") }
        #expect(c.unit == world.supply)
    }

    @Test func `an improvement has an owner who is told, is carried out with proof, sent back where it does not hold, and verified by somebody else`() async throws {
        let world = try await TestWorld.make()
        var c = try await world.replied(try await world.takeIn())
        let head = world.person("unit-head-billing")
        func problem(_ owner: String, _ until: String = "2026-03-12") async throws -> String {
            do { _ = try await world.act(.setImprovement, c, ["measure": "抄表拍照", "owner": owner, "until": until], by: "handler-billing") } catch let problems as FormProblems { return problems.fields.map(\.field).joined() }
            return ""
        }
        #expect(try await problem(world.person("handler-supply")) == "owner")
        #expect(try await problem("nobody") == "owner")
        for day in ["2026-04-30", "2026-03-01"] { #expect(try await problem(head, day) == "until") }
        c = try await world.act(.setImprovement, c, ["measure": "抄表拍照", "owner": head, "until": "2026-03-12"], by: "handler-billing")
        #expect(c.improvement == .set && c.improvementOwner == head)
        #expect(try await world.get(Site.inbox.link(), as: "unit-head-billing").text.contains("有一项改进由你负责"))
        #expect(try await world.get(Site.complaints.link() + "?tab=mine", as: "unit-head-billing").text.contains(c.number))
        let page = try await world.get(Site.complaint.link(c.id), as: "handler-billing").text
        // The rail says how far it is, who answers for it and by when, also while the whole loop is owed its end later.
        let name = try #require(try await world.hall.store.read { tx in try Person.name(head, tx) })
        #expect(page.contains("3月12日") && page.contains("已定措施 · \(name)") && page.contains("落实改进"))
        c = try await world.act(.carryOutImprovement, c, ["done": "发了通知"], by: "handler-billing")
        #expect(c.improvement == .carriedOut && c.improvedBy == world.person("handler-billing"))
        for login in ["unit-head-billing", "handler-billing"] {
            await #expect(throws: Refusal.self) { try await world.act(.verifyImprovement, c, ["seen": "看过"], by: login) }
        }
        c = try await world.act(.sendBackImprovement, c, ["reason": "抽查三户没有照片", "until": "2026-03-20"], by: "department-head")
        #expect(c.improvement == .set && c.improvedBy.isEmpty)
        let owed = try await world.owed(c)
        let day = try #require(Day("2026-03-20"))
        #expect(owed["complaint.improvement-looked-at"] == nil && owed["complaint.improvement-done"].map { Zone.shanghai.day(of: $0.due) } == day)
        c = try await world.act(.carryOutImprovement, c, ["done": "补拍了照片"], by: "unit-head-billing")
        c = try await world.act(.verifyImprovement, c, ["seen": "二十户都有照片"], by: "department-head")
        #expect(c.improvement == .verified)
        #expect(try await world.owed(c).keys.allSatisfy { !$0.contains("improve") })
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `both deadlines stand on the page until it is answered, and which of them holds`() async throws {
        let world = try await TestWorld.make()
        var intake = TestWorld.intake
        intake.outerDue = world.clock.now.adding(minutes: 60 * 24)
        var c = try await world.takeIn(intake)
        let page = try await world.get(Site.complaint.link(c.id), as: "specialist").text
        #expect(page.contains("我们的答复期限") && page.contains("外部期限") && page.contains("外部期限更早，按它办。"))
        c = try await world.replied(c)
        #expect(try await !world.get(Site.complaint.link(c.id), as: "specialist").text.contains("外部期限更早"))
    }

    @Test func `nobody is called back in the noon rest or at night: the list of call-backs says from when on one may call`() async throws {
        let world = try await TestWorld.make()
        func note(_ hour: Int, _ minute: Int) async throws -> String {
            #expect(world.clock.move(to: TestWorld.at(hour, minute)))
            return try await world.get(Site.complaints.link() + "?tab=call-backs", as: "agent").text
        }
        #expect(try await !note(11, 59).contains("现在不打电话"))
        #expect(try await note(12, 0).contains("现在不打电话，今天 14:00 起再打（可致电时段 8:00–12:00、14:00–21:00）。"))
        #expect(try await !note(14, 0).contains("现在不打电话"))
        #expect(try await note(21, 30).contains("现在不打电话，明天 8:00 起再打"))
    }

    @Test func `what comes from above is proposed, approved and instructed before it is dispatched`() async throws {
        let world = try await TestWorld.make()
        var intake = TestWorld.intake
        (intake.channel, intake.severity, intake.outerNumber) = ("gov", "S2", "12345-9981")
        intake.outerDue = world.clock.now.adding(minutes: 90)
        var c = try await world.takeIn(intake)
        #expect(c.stage == .recorded && c.place == world.callCentre)
        #expect(c.nextDue == intake.outerDue, "the earlier of two deadlines wins")
        await #expect(throws: Refusal.self) { try await world.act(.dispatch, c, ["unit": world.billing], by: "agent") }
        c = try await world.act(.propose, c, ["opinion": "建议营业部核查", "unit": world.billing], by: "specialist")
        await #expect(throws: Refusal.self) { try await world.act(.approve, c, by: "leader") }
        c = try await world.act(.sendBackProposal, c, ["opinion": "写明时限"], by: "department-head")
        #expect(c.stage == .recorded)
        c = try await world.act(.propose, c, ["opinion": "三日内答复", "unit": world.billing], by: "specialist")
        c = try await world.act(.approve, c, ["opinion": "同意"], by: "department-head")
        #expect(c.stage == .approved)
        #expect(try await world.owed(c)["complaint.instructed"] != nil)
        c = try await world.act(.instruct, c, ["opinion": "速办"], by: "leader")
        #expect(c.stage == .cleared)
        c = try await world.act(.dispatch, c, ["unit": world.billing], by: "specialist")
        #expect(c.stage == .dispatched)
        #expect(try await world.owed(c)["complaint.investigated"]?.rule == "investigated-major")
    }

    @Test func `more time is asked for before the deadline, granted by another, once, and the first deadline stays`() async throws {
        let world = try await TestWorld.make()
        var c = try await world.takeIn()
        let before = try #require(try await world.owed(c)["complaint.replied"])
        c = try await world.act(.askFor, c, ["what": "extension", "until": "2026-03-16", "reason": "要送检水表"], by: "handler-billing")
        await #expect(throws: Refusal.self) { try await world.act(.grant, c, by: "handler-billing") }
        c = try await world.act(.grant, c, by: "unit-head-billing")
        let after = try #require(try await world.owed(c)["complaint.replied"])
        #expect(after.due == Zone.shanghai.instant(Day("2026-03-16") ?? TestWorld.monday, minute: 1440) && after.firstDue == before.due)
        #expect(c.firstDue == before.due)
        #expect(try await world.owed(c)["complaint.contacted"].map { ($0.due.ms - world.clock.now.ms) / 60_000 } == 45, "never the forty-five minutes")
        await #expect(throws: Refusal.self) { try await world.act(.askFor, c, ["what": "extension", "until": "2026-03-20", "reason": "再延"], by: "handler-billing") }
    }

    @Test func `a suspended case waits with its clocks, resumed early it gives back what was not needed`() async throws {
        let world = try await TestWorld.make()
        var c = try await world.takeIn()
        await #expect(throws: Refusal.self) { try await world.act(.askFor, c, ["what": "suspension", "suspension": "test", "until": "2026-03-06", "reason": "送检"], by: "handler-billing") }
        c = try await world.act(.contact, c, ["reached": "reached"], by: "handler-billing")
        let before = try #require(try await world.owed(c)["complaint.replied"]?.due)
        c = try await world.act(.askFor, c, ["what": "suspension", "suspension": "test", "until": "2026-03-06", "reason": "送检"], by: "handler-billing")
        c = try await world.act(.grant, c, by: "unit-head-billing")
        let until = Zone.shanghai.instant(Day("2026-03-06") ?? TestWorld.monday, minute: 1440)
        #expect(try await world.owed(c)["complaint.replied"]?.due.ms == before.ms + until.ms - world.clock.now.ms)
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1440))
        c = try await world.act(.resume, c, by: "handler-billing")
        #expect(try await world.owed(c)["complaint.replied"]?.due.ms == before.ms + 1440 * 60_000, "one day it was suspended")
    }

    @Test func `another severity exchanges the deadlines, counted from the first dispatch`() async throws {
        let world = try await TestWorld.make()
        var c = try await world.takeIn()
        _ = world.clock.move(to: world.clock.now.adding(minutes: 30))
        c = try await world.act(.raise, c, ["severity": "S2", "reason": "客户受伤"], by: "handler-billing")
        let owed = try await world.owed(c)
        #expect(owed["complaint.investigated"]?.rule == "investigated-major" && owed["complaint.replied"]?.rule == "replied-major")
        #expect(owed["complaint.investigated"]?.opens == c.firstDispatched)
        #expect(owed["complaint.contacted"]?.rule == "first-contact", "what both ask for goes on")
        await #expect(throws: Refusal.self) { try await world.act(.lower, c, ["severity": "S4", "reason": "看错了"], by: "handler-billing") }
        await #expect(throws: Refusal.self) { try await world.act(.lower, c, ["severity": "S4", "reason": "看错了"], by: "enterprise") }
        c = try await world.act(.lower, c, ["severity": "S4", "reason": "核实无人受伤"], by: "leader")
        #expect(try await world.owed(c)["complaint.investigated"]?.rule == "investigated")
    }

    @Test func `what came by web is called about in calling hours, what came by phone at any hour`() async throws {
        let world = try await TestWorld.make()
        _ = world.clock.move(to: TestWorld.at(23, 40))
        var intake = TestWorld.intake
        let byPhone = try await world.takeIn(intake)
        #expect(try await world.owed(byPhone)["complaint.contacted"]?.due == TestWorld.at(24, 25), "across midnight")
        intake.channel = "web"
        let byWeb = try await world.takeIn(intake)
        #expect(try await world.owed(byWeb)["complaint.contacted"]?.due == TestWorld.at(24 + 8, 45))
    }

    @Test func `the unit complained of does not call back, nor whoever replied`() async throws {
        let world = try await TestWorld.make()
        let c = try await world.replied(try await world.takeIn())
        await #expect(throws: Refusal.self) { try await world.act(.callBack, c, ["reached": "refused"], by: "handler-billing") }
        await #expect(throws: FormProblems.self) { try await world.act(.callBack, c, ["reached": "reached"], by: "agent") }
        let done = try await world.act(.callBack, c, ["reached": "reached", "satisfaction": "2", "solved": "no"], by: "agent")
        let again = try await world.act(.reopen, done, ["reason": "客户说没有解决"], by: "agent")
        #expect(again.stage == .dispatched && again.reopened == 1 && again.replied == nil)
        #expect(try await world.owed(again)["complaint.replied"]?.rule == "handled-again")
    }

    @Test func `of two who change a case in the same second one is told, and what they wrote is not lost`() async throws {
        let world = try await TestWorld.make()
        let c = try await world.takeIn()
        try await world.act(.sign, c, by: "handler-billing", version: c.version)
        await #expect(throws: Refusal.self) { try await world.act(.sign, c, by: "unit-head-billing", version: c.version) }
    }

    @Test func `the same case from a rebuilt database is the same`() async throws {
        let world = try await TestWorld.make()
        let c = try await world.closed(try await world.takeIn())
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
        #expect(try await world.reload(c).stage == .closed)
    }

    /// Every act at every stage by every kind of person: allowed or refused with a sentence, never a fault.
    @Test func `every act out of order or by the wrong role is refused with a sentence and changes nothing`() async throws {
        let world = try await TestWorld.make()
        let people = ["clerk-chengnan", "agent", "specialist", "handler-billing", "handler-supply", "unit-head-billing", "shift-lead", "department-head", "leader", "enterprise", "supervision", "cleaner-chengnan", "administrator"]
        let sent = [
            "opinion": "同意", "unit": world.supply, "reason": "原因", "reached": "reached", "said": "说过", "agreed": "2026-03-03 10:00", "seen": "看过", "facts": "事实", "evidence": "证据", "finding": "founded",
            "responsibility": "company", "cause": "other", "remedy": "补救", "promised": "2026-03-03 10:00", "reply": "答复", "result": "solved", "summary": "小结", "satisfaction": "4", "solved": "yes", "measure": "措施",
            "until": "2026-03-10", "what": "extension", "demand": "要求", "severity": "S1", "into": "x", "note": "备注", "conclusion": "结论", "kind": "BL1",
        ]
        let fresh = try await world.takeIn()
        let replied = try await world.replied(try await world.takeIn())
        let over = try await world.closed(try await world.takeIn())
        var (allowed, refused) = (0, 0)
        for c in [fresh, replied, over] {
            for what in ComplaintAct.allCases {
                for login in people {
                    let refusal = try await world.refusal(of: what, c, sent, as: login)
                    if let refusal {
                        refused += 1
                        #expect(refusal.allSatisfy { !$0.zh.isEmpty && !$0.en.isEmpty })
                    } else { allowed += 1 }
                    #expect(try await world.reload(c) == c)
                }
            }
        }
        #expect(allowed > 40 && refused > 1000, "\(allowed) allowed, \(refused) refused")
    }
}
