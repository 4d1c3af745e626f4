import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Whoever is complained of is never assignee, approver, caller or told, also as the head of those who handle it (7.2-5).
@Suite struct PartyTests {
    private func told(_ world: TestWorld, _ subject: String) async throws -> Set<Person.ID> {
        try await world.hall.store.read { tx in
            Set(try tx.rows("select inbox.person as person from inbox join duty on duty.place = inbox.place and duty.id = inbox.duty where duty.subject = \(subject)").map { try $0.text("person") })
        }
    }

    @Test func `misconduct of the head of supervision is owed by and told to others, and is nowhere for the head`() async throws {
        let world = try await TestWorld.make(planned: false)
        let head = world.person("supervision-head")
        var intake = TestWorld.intake
        (intake.kind, intake.text, intake.respondent) = ("MD1", "监察负责人收受礼金", head)
        let case_ = try await world.takeIn(intake)
        let duty = try #require(try await world.owed(case_)["misconduct.taken-up"])
        try await world.move(to: world.clock.now.adding(minutes: 60))
        let people = try await told(world, case_.subject)
        #expect(!people.isEmpty && !people.contains(head))
        for link in [Site.today.link(), Site.complaints.link(), Site.inbox.link(), "/api/today"] {
            let page = try await world.get(link, as: "supervision-head").text
            #expect(!page.contains(duty.id) && !page.contains(case_.id) && !page.contains(case_.number), "\(link)")
        }
        for link in [Site.duty.link(duty.place, duty.id), Site.complaint.link(case_.id)] {
            #expect(try await world.get(link, as: "supervision-head").status == 404, "\(link)")
            #expect(try await world.get(link, as: "supervision").status != 404, "\(link)")
        }
        // Handed to them by a colleague: refused.
        let handed = try await world.post(Site.dutyHandover.link(duty.place, duty.id), as: "supervision", ["person": head])
        #expect(handed.status == 422 || handed.status == 403 || handed.status == 404)
        #expect(try await world.owed(case_)["misconduct.taken-up"]?.holder != head)
        // That somebody keeps out is an entry of supervision's own chain.
        let entries = try await world.hall.store.read { tx in try tx.rows("select place from entry where kind = 'conflict.avoided'").map { try $0.text("place") } }
        #expect(!entries.isEmpty && Set(entries) == [case_.place])
    }

    @Test func `somebody named later is out at once: what they owed goes to others, what they would be told to the next above`() async throws {
        let world = try await TestWorld.make(planned: false)
        let handler = world.person("handler-billing")
        let case_ = try await world.takeIn()
        let before = try #require(try await world.owed(case_)["complaint.contacted"])
        #expect(try await world.get("/api/today", as: "handler-billing").text.contains(before.id))
        _ = try await world.act(.nameParty, case_, ["person": "handler-billing", "reason": "客户点名"], by: "unit-head-billing")
        #expect(try await world.reload(case_).respondent == handler)
        #expect(try await !world.get("/api/today", as: "handler-billing").text.contains(before.id))
        #expect(try await world.get(Site.complaint.link(case_.id), as: "handler-billing").status == 404)
        #expect(try await world.get("/api/today", as: "unit-head-billing").text.contains(before.id))
        await #expect(throws: Refusal.self) { try await world.act(.sign, case_, by: "handler-billing") }
        try await world.move(to: world.clock.now.adding(minutes: 40))
        let people = try await told(world, case_.subject)
        #expect(!people.contains(handler) && people.contains(world.person("unit-head-billing")), "\(people)")
        await #expect(throws: FormProblems.self) { try await world.act(.nameParty, case_, ["person": "nobody-here", "reason": "x"], by: "unit-head-billing") }
    }

    @Test func `when all of a unit are out it climbs the ladder instead of staying with nobody`() async throws {
        let world = try await TestWorld.make(planned: false)
        let case_ = try await world.takeIn()
        _ = try await world.act(.nameParty, case_, ["person": "unit-head-billing", "reason": "客户点名"], by: "agent")
        // Everybody else of the unit is away.
        let unit = world.billing
        _ = try await world.hall.store.write { tx in try tx.run("delete from role_holder where place = \(unit) and role = 'handler'") }
        let duty = try #require(try await world.owed(case_)["complaint.contacted"])
        let (day, hall) = (world.hall.zone.day(of: world.clock.now), world.hall)
        let owing = try await hall.store.read { tx in
            let pack = try hall.packs.pack(duty.pack, tx).pack
            return try Roster(tx: tx).responsible(for: duty, rule: try #require(pack.rule(duty.rule)), pack: pack, on: day)
        }
        #expect(!owing.people.isEmpty && !owing.people.contains(world.person("unit-head-billing")))
    }

    @Test func `a misconduct case nobody takes up climbs to the head of supervision, then to the leader in charge of it, and to nobody else`() async throws {
        let world = try await TestWorld.make(planned: false)
        var intake = TestWorld.intake
        (intake.kind, intake.text) = ("MD1", "安装师傅收红包")
        let case_ = try await world.takeIn(intake)
        let of = { (logins: [String]) in Set(logins.map(world.person)) }
        try await world.move(to: world.clock.now.adding(minutes: 15))
        #expect(try await told(world, case_.subject) == of(["supervision", "supervision-head"]))
        try await world.move(to: world.clock.now.adding(minutes: 60))
        #expect(try await told(world, case_.subject) == of(["supervision", "supervision-head", "supervision-leader"]))
        #expect(try await world.get(Site.complaint.link(case_.id), as: "supervision-leader").status == 200)
        _ = try await world.act(.takeUp, case_, by: "supervision")
        // Thirty days, then three working days more: still nobody outside.
        try await world.move(to: world.clock.now.adding(minutes: 40 * 1440))
        #expect(try await told(world, case_.subject) == of(["supervision", "supervision-head", "supervision-leader"]))
        let outside = try await world.hall.store.read { tx in
            Int(try tx.one("select count(*) as n from inbox where duty in (select id from duty where subject = \(case_.subject)) and person not in (select person from role_holder where role in ('supervision', 'supervision-head', 'supervision-leader'))")?.int("n") ?? -1)
        }
        #expect(outside == 0)
    }
}
