import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// What the rulebook and the domain say of special turns of a case: unreached customers, verdicts of two levels, joined and
/// repeated cases, supervision, conversion, dissolved units.
@Suite struct ComplaintLawTests {
    @Test func `tries that reach nobody lie half an hour apart; who is reached can be noted at any time`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.contact, c, ["reached": "unreachable"], by: "handler-billing")
        #expect(try await world.owed(c)["complaint.contacted"] == nil, "a first try in time is in time")
        _ = world.clock.move(to: world.clock.now.adding(minutes: 12))
        let tooSoon = c
        let problems = try await #require(throws: FormProblems.self) { try await world.act(.contact, tooSoon, ["reached": "unreachable"], by: "handler-billing") }
        #expect(problems.fields.first?.sentence.zh.contains("才 12 分") == true)
        await #expect(throws: Refusal.self) { try await world.act(.noVisit, tooSoon, ["reason": "可"], by: "handler-billing"); try await world.act(.investigate, try await world.reload(tooSoon), Self.inquiry, by: "handler-billing") }
        for _ in 0..<2 {
            _ = world.clock.move(to: world.clock.now.adding(minutes: 30))
            c = try await world.act(.contact, try await world.reload(c), ["reached": "unreachable"], by: "handler-billing")
        }
        c = try await world.act(.investigate, c, Self.inquiry, by: "handler-billing")
        #expect(c.stage == .investigated && !c.isReached, "three tries are enough to go on")
        var other = try await world.takeIn()
        other = try await world.act(.contact, other, ["reached": "unreachable"], by: "handler-billing")
        _ = world.clock.move(to: world.clock.now.adding(minutes: 3))
        other = try await world.act(.contact, other, ["reached": "reached"], by: "handler-billing")
        #expect(other.isReached)
    }
    static let inquiry = ["facts": "估抄", "evidence": "照片", "finding": "founded", "responsibility": "company", "cause": "procedure", "remedy": "退补"]

    @Test func `a visit is agreed anew twice at most, each time by the customer's word`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.agreeVisit, c, ["agreed": "2026-03-03 10:00"], by: "handler-billing")
        let first = c
        await #expect(throws: FormProblems.self) { try await world.act(.agreeVisit, first, ["agreed": "2026-03-03 11:00"], by: "handler-billing") }
        for hour in [11, 12] { c = try await world.act(.agreeVisit, c, ["agreed": "2026-03-03 \(hour):00", "said": "晚一点"], by: "handler-billing") }
        let last = c
        await #expect(throws: Refusal.self) { try await world.act(.agreeVisit, last, ["agreed": "2026-03-03 15:00", "said": "再晚"], by: "handler-billing") }
    }

    @Test func `whoever does something about a case has signed for it`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.contact, c, ["reached": "reached"], by: "handler-billing")
        #expect(try await world.owed(c)["complaint.signed"] == nil)
        #expect(try await world.allDuties(c).first { $0.endsOn == "complaint.signed" }?.state == .done)
    }

    @Test func `what was done before it was noted counts from when it was done: the signing too`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        let spoken = TestWorld.at(9, 10)
        // Twenty minutes to sign have passed, forty-five to contact have not; the customer was reached after ten.
        _ = world.clock.move(to: world.clock.now.adding(minutes: 40))
        c = try await world.act(.contact, c, ["reached": "reached", "at": "2026-03-02 09:10"], by: "handler-billing")
        for what in ["complaint.signed", "complaint.contacted"] {
            let duty = try #require(try await world.allDuties(c).first { $0.endsOn == what })
            #expect(duty.state == .done && duty.doneAt == spoken && spoken <= duty.due, "\(what)")
        }
    }

    @Test func `whoever agrees on a visit with the customer has contacted them`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.agreeVisit, c, ["agreed": "2026-03-03 10:00"], by: "handler-billing")
        let owed = try await world.owed(c)
        #expect(owed["complaint.contacted"] == nil && owed["complaint.signed"] == nil && c.isReached && c.firstContact == world.clock.now)
        // Agreed after a try that reached nobody: spoken to all the same, and the first try stays the first.
        var other = try await world.takeIn()
        let tried = world.clock.now
        other = try await world.act(.contact, other, ["reached": "unreachable"], by: "handler-billing")
        _ = world.clock.move(to: world.clock.now.adding(minutes: 5))
        other = try await world.act(.agreeVisit, other, ["agreed": "2026-03-03 10:00"], by: "handler-billing")
        #expect(other.isReached && other.firstContact == tried)
    }

    @Test func `a unit signs within twenty minutes of getting a case, not of the first unit's`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        _ = world.clock.move(to: world.clock.now.adding(minutes: 60))
        c = try await world.act(.dispatch, c, ["unit": world.supply], by: "specialist")
        let signs = try #require(try await world.allDuties(c).first { $0.endsOn == "complaint.signed" && $0.place == world.supply })
        #expect(signs.due == world.clock.now.adding(minutes: 20))
        let again = try #require(try await world.allDuties(c).first { $0.endsOn == "complaint.contacted" && $0.place == world.supply })
        #expect(again.due < world.clock.now, "the forty-five minutes are the customer's and run from the first dispatch")
    }

    @Test func `nothing stays open with nobody owing anything: an answered opinion and praise passed on are owed to be closed`() async throws {
        let world = try await TestWorld.make(planned: false)
        var (opinion, praise) = (TestWorld.intake, TestWorld.intake)
        (opinion.door, praise.door) = ("opinion", "praise")
        var said = try await world.takeIn(opinion)
        #expect(try await world.owed(said)["complaint.closed"] == nil)
        said = try await world.act(.reply, said, ["reply": "已转营业厅改进", "result": "explained"], by: "handler-billing")
        #expect(try await world.owed(said)["complaint.closed"]?.role == "shift-lead")
        let thanks = try await world.takeIn(praise)
        #expect(try await world.owed(thanks)["complaint.closed"] != nil && thanks.nextDue != nil)
        for open in [said, thanks] { #expect(try await world.act(.close, open, by: "shift-lead").isOver) }
    }

    @Test func `nobody reached after the answer: three calls on two days, then it goes on`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.replied(try await world.takeIn())
        for _ in 0..<3 { c = try await world.act(.callBack, c, ["reached": "unreachable"], by: "agent") }
        #expect(c.stage == .replied && c.calledBack == nil, "three calls on one day are not enough")
        #expect(try await world.owed(c)["complaint.called-back"] != nil)
        let reachable = c
        await #expect(throws: FormProblems.self) { try await world.act(.callBack, reachable, ["reached": "exempt"], by: "agent") }
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1440))
        c = try await world.act(.callBack, c, ["reached": "unreachable"], by: "agent")
        #expect(c.stage == .calledBack && c.callTries == 4 && c.satisfaction == "0")
    }

    @Test func `an interim reply stops no clock`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        let before = try await world.owed(c).mapValues(\.due)
        c = try await world.act(.interim, c, ["reply": "水表已送检，周四有结果"], by: "handler-billing")
        var after = try await world.owed(c).mapValues(\.due)
        after["complaint.signed"] = before["complaint.signed"]
        #expect(after == before && c.replied == nil && c.stage == .dispatched)
    }

    @Test func `of joined cases one is investigated; each customer is still contacted, answered and called back, and it can be split off`() async throws {
        let world = try await TestWorld.make(planned: false)
        var main = try await world.takeIn()
        var other = try await world.takeIn()
        other = try await world.act(.combine, other, ["into": main.id, "reason": "同一片停水"], by: "agent")
        #expect(!other.isOver && other.combinedInto == main.id)
        let owing = try await world.owed(other)
        #expect(owing["complaint.contacted"] != nil && owing["complaint.replied"] != nil)
        #expect(try await world.owed(other)["complaint.investigated"] == nil, "the other does it for both")
        let (joined, master) = (other, main)
        await #expect(throws: FormProblems.self) { try await world.act(.combine, master, ["into": joined.id, "reason": "倒过来"], by: "agent") }
        await #expect(throws: Refusal.self) { try await world.act(.reply, joined, ["reply": "好了", "result": "solved"], by: "handler-billing") }
        main = try await world.replied(main)
        await #expect(throws: Refusal.self, "its own customer is contacted first") { try await world.act(.reply, joined, ["reply": "好了", "result": "solved"], by: "handler-billing") }
        other = try await world.act(.contact, other, ["reached": "reached"], by: "handler-billing")
        other = try await world.act(.reply, other, ["reply": "已恢复供水", "result": "solved"], by: "handler-billing")
        #expect(other.finding == "founded", "found where it is joined to")
        let answered = other
        await #expect(throws: Refusal.self) { try await world.act(.close, answered, by: "shift-lead") }
        other = try await world.act(.callBack, other, ["reached": "reached", "satisfaction": "5", "solved": "yes"], by: "agent")
        other = try await world.act(.close, other, by: "shift-lead")
        #expect(other.stage == .closed)

        var third = try await world.takeIn()
        third = try await world.act(.combine, third, ["into": main.id, "reason": "像同一件"], by: "agent")
        third = try await world.act(.split, third, ["reason": "其实是另一栋楼"], by: "agent")
        #expect(third.combinedInto.isEmpty)
        #expect(try await world.owed(third)["complaint.investigated"].map { $0.due } == Zone.shanghai.instant(TestWorld.monday.adding(days: 3), minute: 17 * 60 + 30), "its own inquiry again, counted from its dispatch")
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `supervised with a day: it is owed, shown and not closed before it is released`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        let fresh = c
        await #expect(throws: FormProblems.self) { try await world.act(.supervise, fresh, ["demand": "快办", "until": "2026-03-01"], by: "enterprise") }
        c = try await world.act(.supervise, c, ["demand": "周四前办好", "until": "2026-03-05"], by: "enterprise")
        let duty = try #require(try await world.owed(c)["complaint.released"])
        #expect(duty.due == Zone.shanghai.instant(Day("2026-03-05") ?? TestWorld.monday, minute: 1440) && duty.place == world.billing)
        c = try await world.act(.release, c, by: "enterprise")
        #expect(try await world.owed(c)["complaint.released"] == nil && !c.isSupervised)
    }

    @Test func `a request is unreasonable by the word of two people of two levels, and is answered all the same`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.contact, c, ["reached": "reached"], by: "handler-billing")
        c = try await world.act(.noVisit, c, ["reason": "账上可查"], by: "handler-billing")
        c = try await world.act(.investigate, c, ["facts": "按价目收费", "finding": "unfounded", "responsibility": "none", "cause": "information", "remedy": "解释"], by: "handler-billing")
        c = try await world.act(.askFor, c, ["what": "unreasonable", "reason": "要求免除全部水费"], by: "handler-billing")
        let asked = c
        await #expect(throws: Refusal.self, "the second level does not go first") { try await world.act(.grant, asked, by: "enterprise") }
        await #expect(throws: Refusal.self, "another unit's head has no say") { try await world.act(.grant, asked, by: "unit-head-supply") }
        c = try await world.act(.grant, c, by: "unit-head-billing")
        #expect(c.request == .unreasonable && c.verdict.isEmpty, "one level is not enough")
        let half = c
        await #expect(throws: Refusal.self, "not the same person again") { try await world.act(.grant, half, by: "unit-head-billing") }
        c = try await world.act(.grant, c, by: "enterprise")
        #expect(c.request == .none && c.verdict == "unreasonable")
        let judged = c
        await #expect(throws: Refusal.self) { try await world.act(.close, judged, by: "shift-lead") }
        c = try await world.act(.reply, c, ["reply": "依据价目文件第 3 条", "result": "unable"], by: "handler-billing")
        c = try await world.act(.callBack, c, ["reached": "refused"], by: "agent")
        c = try await world.act(.close, c, by: "shift-lead")
        #expect(c.stage == .closed)
    }

    @Test func `not accepted only on its two grounds, by two levels, and answered all the same`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        let fresh = c
        await #expect(throws: FormProblems.self) { try await world.act(.askFor, fresh, ["what": "decline", "reason": "不想办"], by: "handler-billing") }
        await #expect(throws: FormProblems.self) { try await world.act(.askFor, fresh, ["what": "decline", "ground": "boring", "reason": "不想办"], by: "handler-billing") }
        c = try await world.act(.askFor, c, ["what": "decline", "ground": "not-ours", "reason": "小区二次供水，已转物业"], by: "handler-billing")
        c = try await world.act(.grant, c, by: "unit-head-billing")
        let half = c
        await #expect(throws: Refusal.self) { try await world.act(.grant, half, by: "department-head") }
        c = try await world.act(.grant, c, by: "enterprise")
        #expect(c.verdict == "declined" && c.ground == "not-ours" && !c.isOver)
        let owing = try await world.owed(c)
        #expect(owing["complaint.investigated"] == nil && owing["complaint.replied"] != nil)
        c = try await world.act(.reply, c, ["reply": "已转物业，电话 …", "result": "redirected"], by: "handler-billing")
        let answered = c
        await #expect(throws: Refusal.self, "the call-back is not skipped") { try await world.act(.close, answered, by: "shift-lead") }
    }

    @Test func `converted it goes on as another case under the same code, each names the other`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        intake.door = "suggestion"
        let old = try await world.takeIn(intake)
        let ended = try await world.act(.convert, old, ["door": "complaint", "kind": "BL2", "reason": "其实是投诉"], by: "agent")
        #expect(ended.stage == .converted && ended.isOver)
        let fresh = try #require(try await world.hall.store.read { tx in try tx.one("select * from complaint where id = \(ended.convertedInto)").map(Complaint.init(row:)) })
        #expect(fresh.convertedFrom == old.id && fresh.door == "complaint" && fresh.stage == .dispatched && fresh.tracking == old.tracking)
        #expect(try await world.owed(fresh)["complaint.contacted"] != nil, "as a complaint it has its forty-five minutes")
        #expect(try await world.owed(ended).isEmpty)
        let back = try await world.act(.convert, fresh, ["door": "suggestion", "kind": "BL2", "reason": "客户只是提建议"], by: "agent")
        #expect(back.stage == .converted)
        await #expect(throws: FormProblems.self) { try await world.act(.convert, try await world.takeIn(), ["door": "report", "kind": "MD1", "reason": "索贿"], by: "agent") }
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what comes again is S3 the second time and S2 the third, by a person's word`() async throws {
        let world = try await TestWorld.make(planned: false)
        let first = try await world.closed(try await world.takeIn())
        var second = try await world.takeIn()
        second = try await world.act(.confirmRepeat, second, ["of": first.id], by: "agent")
        #expect(second.severity == "S3" && second.repeatOf == first.id)
        var intake = TestWorld.intake
        intake.repeatOf = second.id
        let third = try await world.takeIn(intake)
        #expect(third.severity == "S2" && third.stage == .recorded, "grave: proposed and approved before it is dispatched")
        let earlier = try await world.takeIn()
        _ = world.clock.move(to: world.clock.now.adding(minutes: 1))
        let later = try await world.takeIn()
        await #expect(throws: FormProblems.self, "a later one is nothing it could repeat") { try await world.act(.confirmRepeat, earlier, ["of": later.id], by: "agent") }
    }

    @Test func `what becomes grave while it is with a unit is approved all the same, and not closed before`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.raise, c, ["severity": "S2", "reason": "客户受伤"], by: "handler-billing")
        #expect(c.stage == .dispatched)
        #expect(try await world.owed(c)["complaint.proposed"]?.place == world.callCentre)
        c = try await world.act(.propose, c, ["opinion": "建议领导过问", "unit": world.billing], by: "specialist")
        c = try await world.act(.approve, c, by: "department-head")
        let half = c
        await #expect(throws: Refusal.self) { try await world.act(.instruct, half, by: "department-head") }
        c = try await world.act(.instruct, c, by: "leader")
        #expect(c.stage == .dispatched && c.approvals == 2 && c.unit == world.billing)
    }

    @Test func `an insufficient report goes back to the unit without more time`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.replied(try await world.takeIn())
        c = try await world.act(.report, c, ["summary": "已查"], by: "handler-billing")
        let reported = c
        await #expect(throws: Refusal.self) { try await world.act(.sendBackReport, reported, ["reason": "自己退"], by: "handler-billing") }
        c = try await world.act(.sendBackReport, c, ["reason": "没有写明原因"], by: "shift-lead")
        #expect(c.stage == .dispatched && c.returned == 1 && c.reported == nil)
        #expect(try await world.owed(c)["complaint.replied"]?.due == c.firstDue)
        c = try await world.act(.investigate, c, Self.inquiry, by: "handler-billing")
        c = try await world.act(.reply, c, ["reply": "补充说明", "result": "solved"], by: "handler-billing")
        #expect(try await world.owed(c)["complaint.reported"] != nil)
    }

    @Test func `after more time was granted the customer is told of it`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        c = try await world.act(.askFor, c, ["what": "extension", "until": "2026-03-16", "reason": "送检"], by: "handler-billing")
        c = try await world.act(.grant, c, by: "unit-head-billing")
        #expect(c.isUntold)
        #expect(try await world.owed(c)["complaint.told"]?.place == world.billing)
        c = try await world.act(.tell, c, ["said": "客户知道了，同意等到 16 日"], by: "handler-billing")
        #expect(try await world.owed(c)["complaint.told"] == nil)
        #expect(!c.isUntold)
    }

    @Test func `a unit dissolved with cases open: the call centre gets them, and the first forty-five minutes go on`() async throws {
        let world = try await TestWorld.make(planned: false)
        let c = try await world.takeIn()
        let first = try #require(try await world.owed(c)["complaint.contacted"]?.due)
        let answered = try await world.replied(try await world.takeIn())
        let (unit, now) = (world.billing, world.clock.now)
        #expect(try await world.post(Site.placeEnd.link(unit), as: "administrator", ["why-ended": "并入供水所，总经理 3 月 1 日令"]).status == 303)
        try await JobRunner(hall: world.hall).catchUp(to: now)
        var back = try await world.reload(c)
        #expect(back.unit.isEmpty)
        #expect(try await world.owed(back)["complaint.dispatched"]?.place == world.callCentre)
        back = try await world.act(.dispatch, back, ["unit": world.supply], by: "specialist")
        #expect(back.unit == world.supply)
        #expect(try await world.owed(back)["complaint.contacted"].map { $0.due == first && $0.place == world.supply } == true)
        var rest = try await world.reload(answered)
        rest = try await world.act(.dispatch, rest, ["unit": world.supply], by: "specialist")
        #expect(rest.stage == .replied && rest.unit == world.supply, "what is answered stays answered; the rest is done by the next unit")
        rest = try await world.act(.report, rest, ["summary": "接手后上报"], by: "handler-supply")
        #expect(rest.reported != nil)
    }

    @Test func `reopened for the second time its unit's head sees to it`() async throws {
        let world = try await TestWorld.make(planned: false)
        var c = try await world.takeIn()
        for times in 1...2 {
            if times == 1 {
                c = try await world.replied(c)
            } else {
                c = try await world.act(.investigate, c, Self.inquiry, by: "handler-billing")
                c = try await world.act(.reply, c, ["reply": "再次答复", "result": "solved"], by: "handler-billing")
            }
            c = try await world.act(.callBack, c, ["reached": "reached", "satisfaction": "1", "solved": "no"], by: "agent")
            c = try await world.act(.reopen, c, ["reason": "没解决"], by: "agent")
            #expect(try await world.allDuties(c).contains { $0.rule == "reopened-often" } == (times > 1))
        }
    }

    @Test func `somebody named to stand in approves within the dates, never what they proposed`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        intake.severity = "S2"
        var c = try await world.takeIn(intake)
        c = try await world.act(.propose, c, ["opinion": "建议", "unit": world.billing], by: "specialist")
        c = try await world.act(.approve, c, by: "department-head")
        let waiting = c
        await #expect(throws: Refusal.self) { try await world.act(.instruct, waiting, by: "enterprise") }
        let (holder, deputy, author, now) = (world.person("leader"), world.person("enterprise"), world.person("specialist"), world.clock.now)
        let seat = try #require(world.world.residents.first { $0.login == "leader" }?.place)
        for person in [deputy, author] {
            try await world.hall.act(by: .person(holder), at: now) { act in
                _ = try Deputy.name(person, inSteadOf: holder, role: "leader", at: seat, from: Day("2026-03-03"), until: Day("2026-03-04"), act)
            }
        }
        await #expect(throws: Refusal.self, "not before its first day") { try await world.act(.instruct, waiting, by: "enterprise") }
        _ = world.clock.move(to: now.adding(minutes: 1440))
        await #expect(throws: Refusal.self, "never what they proposed themselves") { try await world.act(.instruct, waiting, by: "specialist") }
        c = try await world.act(.instruct, c, by: "enterprise")
        #expect(c.stage == .cleared)
        await #expect(throws: FormProblems.self) {
            try await world.hall.act(by: .person(holder), at: now) { act in _ = try Deputy.name(holder, inSteadOf: holder, role: "leader", at: seat, from: Day("2026-03-03"), until: Day("2026-03-04"), act) }
        }
    }
}
