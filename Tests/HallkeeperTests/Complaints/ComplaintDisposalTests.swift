import Foundation
@testable import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// What nobody has to keep any longer goes, by two people's word; what is needed longer stays.
@Suite struct ComplaintDisposalTests {
    private static func day(_ text: String) -> Day { Day(text) ?? Day(number: 0) }

    private static func life(ended: String, years: Int?, keptUntil: String = "", today: Day) -> ComplaintLife {
        var c = Complaint()
        (c.kind, c.keptUntil) = ("K", keptUntil)
        c.ended = Zone.shanghai.instant(day(ended), minute: 17 * 60)
        var standing = ComplaintLife.Standing(person: "p", callCentre: "x", book: CaseBook(), zone: .shanghai, now: Zone.shanghai.instant(today, minute: 600))
        standing.retention = years
        return ComplaintLife(complaint: c, standing: standing)
    }

    /// docs/rules/complaints.md, Retention.
    @Test(arguments: [
        ("2026-03-02", 3, "", "2029-03-02"), ("2024-02-29", 3, "", "2027-02-28"), ("2024-02-29", 4, "", "2028-02-29"), ("2026-03-02", 3, "2028-01-01", "2029-03-02"),
        ("2026-03-02", 3, "2030-01-01", "2030-01-01"), ("2026-03-02", 10, "", "2036-03-02"), ("2026-03-02", nil, "", nil),
    ] as [(String, Int?, String, String?)])
    func `a case is kept up to and including the corresponding day, longer where somebody said so`(_ ended: String, _ years: Int?, _ keptUntil: String, _ last: String?) {
        #expect(Self.life(ended: ended, years: years, keptUntil: keptUntil, today: Self.day("2050-01-01")).retentionEnds == last.flatMap { Day($0) })
        guard let last else { return #expect(Self.life(ended: ended, years: years, today: Self.day("2050-01-01")).disposalHindrance != nil) }
        #expect(Self.life(ended: ended, years: years, keptUntil: keptUntil, today: Self.day(last)).disposalHindrance != nil)
        #expect(Self.life(ended: ended, years: years, keptUntil: keptUntil, today: Self.day(last).adding(days: 1)).disposalHindrance == nil)
    }

    @Test func `the list holds on each day just what may be proposed on it`() async throws {
        let world = try await TestWorld.make(planned: false)
        var book = CaseBook()
        book.retention = 3
        book.kinds = [
            CaseBook.Kind(id: "K", name: Text("一", "one"), under: "", services: [], isConfidential: false, isEmergency: false, unit: ""),
            CaseBook.Kind(id: "L", name: Text("二", "two"), under: "", services: [], isConfidential: false, isEmergency: false, unit: "", retention: 4),
            CaseBook.Kind(id: "M", name: Text("三", "three"), under: "L", services: [], isConfidential: false, isEmergency: false, unit: ""),
        ]
        #expect(book.retention(ofKind: "M") == 4 && book.retention(ofKind: "K") == 3)
        var (held, left) = (0, 0)
        for ended in ["2024-02-28", "2024-02-29", "2024-03-01", "2023-12-31"].map(Self.day) {
            for kind in ["K", "L", "M"] {
                let years = book.retention(ofKind: kind) ?? 0
                for keptUntil in ["", ended.adding(months: years * 12 + 1).description] {
                    for shift in -3...35 {
                        let today = ended.adding(months: years * 12).adding(days: shift)
                        let at = Zone.shanghai.instant(ended, minute: 1439)
                        let row: SQL = "(select \(kind) as kind, cast(\(at) as bigint) as ended, '' as disposal, cast(\(keptUntil) as text) as kept_until) complaint"
                        let isListed = try await world.hall.store.read { [book] tx in try tx.one("select 1 as one from \(sql: row) where \(sql: book.disposable(on: today, .shanghai))") != nil }
                        var life = Self.life(ended: ended.description, years: years, keptUntil: keptUntil, today: today)
                        life = ComplaintLife(complaint: { var c = life.complaint; c.ended = at; return c }(), standing: life.standing)
                        #expect(isListed == (life.disposalHindrance == nil), "\(ended) \(kind) \(keptUntil) \(today)")
                        if isListed { held += 1 } else { left += 1 }
                    }
                }
            }
        }
        #expect(held > 300 && left > 300)
    }

    @Test func `one proposes, another approves, and every word and photo goes while the figures stay`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        (intake.text, intake.address, intake.account, intake.files) = ("quokka 水费翻倍", "中桥街 12 号", "0417229031", [try await world.blobs(0x445566)])
        var c = try await world.closed(try await world.takeIn(intake))
        let kept = try await world.closed(try await world.takeIn())
        let open = try await world.takeIn()
        let tracking = c.tracking
        #expect(try await world.refusal(of: .proposeDisposal, c, [:], as: "shift-lead")?.first?.zh.contains("要保管到 2029-03-02") == true)
        _ = world.clock.move(to: TestWorld.at(9, day: Self.day("2029-03-03")))
        #expect(try await world.refusal(of: .proposeDisposal, open, [:], as: "shift-lead") != nil, "what is open is kept")
        #expect(try await world.refusal(of: .proposeDisposal, c, [:], as: "agent") != nil)
        #expect(try await world.refusal(of: .dispose, c, [:], as: "department-head")?.first?.zh.contains("先提出") == true)
        let list = try await world.get(Site.complaints.link() + "?tab=disposal", as: "shift-lead").text
        #expect(list.contains(c.number) && list.contains(kept.number) && !list.contains(open.number) && list.contains("保管期满"))
        c = try await world.act(.proposeDisposal, c, ["reason": "期满"], by: "shift-lead")
        for login in ["shift-lead", "unit-head-billing", "agent", "supervision"] { #expect(try await world.refusal(of: .dispose, c, [:], as: login) != nil, "\(login)") }
        #expect(try await world.get(Site.complaint.link(c.id), as: "department-head").text.contains("已提出销毁"))
        c = try await world.act(.dispose, c, ["opinion": "同意"], by: "department-head")
        #expect(c.disposal == .destroyed && c.phone.isEmpty && c.account.isEmpty && c.number.hasPrefix("TS"))
        // What was said at any step, by whom or whatever, is gone; what another's case says is there.
        let left = try await world.hall.store.read { tx in try tx.rows("select text from personal where text <> ''").map { try $0.text("text") } }
        let own = try await world.hall.store.read { [c] tx in try tx.rows("select texts, files from complaint_step where complaint = \(c.id) and act <> 'dispose'").map { (try $0.text("texts"), try $0.text("files")) } }
        #expect(!left.contains("quokka 水费翻倍") && !left.contains("中桥街 12 号") && left.contains(TestWorld.intake.text))
        #expect(own.count > 8 && own.allSatisfy { $0 == "{}" && $1.isEmpty })
        try await Scrubbing.turn(world.hall, at: world.clock.now)
        #expect(try await world.hall.store.read { tx in try tx.one("select 1 as one from blob") == nil })
        // It is found by its number alone, its page says what became of it, and its code opens nothing.
        #expect(try await world.get(Site.complaints.link() + "?tab=closed&q=quokka", as: "enterprise").text.contains(c.number) == false)
        #expect(try await world.get(Site.complaints.link() + "?tab=closed&q=state:destroyed", as: "enterprise").text.contains(c.number))
        let page = try await world.get(Site.complaint.link(c.id), as: "enterprise").text
        #expect(page.contains("内容已销毁") && page.contains(c.number) && !page.contains("13800138000"))
        #expect(try await world.hall.store.read { tx in try tx.one("select 1 as one from complaint where tracking = \(tracking)") == nil })
        #expect(c.satisfaction == "4" && c.finding == "founded" && c.firstContact != nil && c.replied != nil, "what figures are made of")
        for what in [ComplaintAct.reopen, .note, .supplement, .keepLonger, .proposeDisposal, .dispose] {
            #expect(try await world.refusal(of: what, c, ["reason": "x", "note": "x", "until": "2030-01-01"], as: what == .reopen ? "agent" : what == .proposeDisposal ? "shift-lead" : "enterprise")?.first?.zh.contains("已销毁") == true, "\(what)")
        }
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `what a court may ask for is kept longer, with a reason, and many are done at once`() async throws {
        let world = try await TestWorld.make(planned: false)
        var cases: [Complaint] = []
        for _ in 0..<3 { cases.append(try await world.closed(try await world.takeIn())) }
        #expect(try await world.refusal(of: .keepLonger, cases[0], ["until": "2030-01-01", "reason": "诉讼"], as: "unit-head-billing") != nil)
        cases[0] = try await world.act(.keepLonger, cases[0], ["until": "2030-01-01", "reason": "诉讼"], by: "enterprise")
        _ = world.clock.move(to: TestWorld.at(9, day: Self.day("2029-03-03")))
        #expect(try await world.refusal(of: .proposeDisposal, cases[0], [:], as: "shift-lead")?.first?.zh.contains("2030-01-01") == true)
        #expect(try await world.refusal(of: .keepLonger, cases[1], ["until": "2029-03-03", "reason": "诉讼"], as: "enterprise") != nil, "a day to come")
        let (ids, lead, enterprise, now) = (cases.map(\.id), world.person("shift-lead"), world.person("enterprise"), world.clock.now)
        for (what, who) in [(ComplaintAct.proposeDisposal, lead), (.dispose, enterprise)] {
            _ = try await world.hall.act(by: .person(who), at: now) { act in try Bulk.begin(what, ids, [:], by: who, act) }
            _ = try await Bulk.work(world.hall, at: now)
        }
        for (number, c) in cases.enumerated() { #expect(try await world.reload(c).disposal == (number == 0 ? .none : .destroyed)) }
        #expect(try await world.get(Site.complaint.link(cases[0].id), as: "enterprise").text.contains("保管到 2030-01-01"))
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `misconduct is kept for ten years and destroyed by supervision alone`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        (intake.kind, intake.door, intake.text) = ("MD1", "report", "wombat 收红包")
        var c = try await world.takeIn(intake)
        c = try await world.act(.takeUp, c, by: "supervision")
        c = try await world.act(.conclude, c, ["conclusion": "属实", "finding": "founded"], by: "supervision")
        _ = world.clock.move(to: TestWorld.at(9, day: Self.day("2030-03-03")))
        #expect(try await world.refusal(of: .proposeDisposal, c, [:], as: "supervision")?.first?.zh.contains("2036-03-02") == true)
        _ = world.clock.move(to: TestWorld.at(9, day: Self.day("2036-03-03")))
        for login in ["shift-lead", "enterprise", "leader"] { for what in ComplaintAct.disposal { #expect(try await world.refusal(of: what, c, ["until": "2037-01-01", "reason": "x"], as: login) != nil, "\(what) \(login)") } }
        #expect(try await world.get(Site.complaints.link() + "?tab=disposal", as: "supervision").text.contains(c.number))
        #expect(try await !world.get(Site.complaints.link() + "?tab=disposal", as: "shift-lead").text.contains(c.number))
        c = try await world.act(.proposeDisposal, c, by: "supervision")
        #expect(try await world.refusal(of: .dispose, c, [:], as: "supervision") != nil)
        c = try await world.act(.dispose, c, by: "supervision-head")
        #expect(try await world.hall.store.read { tx in try tx.one("select 1 as one from personal where text like '%wombat%'") == nil })
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }
}

extension TestWorld {
    /// A picture of that colour among the photos.
    fileprivate func blobs(_ colour: Int32) async throws -> String {
        try await hall.blobs.keep(try StandInPicture.jpeg(colour), media: "image/jpeg", at: clock.now)
    }
}
