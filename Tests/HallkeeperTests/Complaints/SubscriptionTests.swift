import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct SubscriptionTests {
    private func rows(_ world: TestWorld) async throws -> [(event: String, stage: String, state: String, tries: Int)] {
        try await world.hall.store.read { tx in try tx.rows("select * from announcement order by id").map { (try $0.text("event"), try $0.text("stage"), try $0.text("state"), Int(try $0.int("tries"))) } }
    }

    private static let form = ["name": "12345", "address": "http://127.0.0.1:9/hook", "secret": "0123456789abcdef"]

    @Test func `each change of a case is put on its way with its act, internal notes and misconduct are not`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.post(Site.subscriptions.link(), as: "administrator", Self.form).status == 303)
        let case_ = try await world.takeIn()
        _ = try await world.act(.note, case_, ["note": "此户常投诉"], by: "handler-billing")
        _ = try await world.act(.sign, case_, by: "handler-billing")
        var grave = TestWorld.intake
        grave.kind = "MD1"
        let misconduct = try await world.takeIn(grave)
        _ = try await world.act(.takeUp, misconduct, by: "supervision")
        let list = try await rows(world)
        #expect(list.map(\.event) == ["complaint.recorded", "complaint.dispatched", "complaint.signed"] && list.map(\.stage) == ["recorded", "dispatched", "dispatched"])
        let (subscription, announcement) = try await world.hall.store.read { tx in
            (try #require(try Subscription.all(tx).first), try #require(try tx.rows("select * from announcement order by id").map(Announcement.init(row:)).last))
        }
        let text = subscription.json(announcement).text
        for word in ["王敏", "13800138000", "水费", "billing"] { #expect(!text.contains(word)) }
        #expect(text.contains(case_.number) && text.contains("complaint.signed"))
    }

    @Test func `a receiver that does not answer is tried again, later ones wait behind, at last it stands as not delivered and can be sent again`() async throws {
        let world = try await TestWorld.make(planned: false)
        #expect(try await world.post(Site.subscriptions.link(), as: "administrator", Self.form).status == 303)
        try await world.takeIn()
        try await Announcing(hall: world.hall).run(at: world.clock.now)
        #expect(try await rows(world).map(\.tries) == [1, 0])
        for _ in 0..<16 {
            _ = world.clock.move(to: world.clock.now.adding(minutes: 300))
            try await Announcing(hall: world.hall).run(at: world.clock.now)
        }
        #expect(try await rows(world).map(\.state) == ["failed", "failed"])
        let page = try await world.get(Site.subscriptions.link(), as: "administrator").text
        #expect(page.contains("没送到") && !page.contains("0123456789abcdef"))
        let id = try #require(try await world.hall.store.read { tx in try Subscription.all(tx).first?.id })
        #expect(try await world.post(Site.subscriptionAgain.link(id), as: "administrator").status == 303)
        #expect(try await rows(world).allSatisfy { $0.state == "waiting" && $0.tries == 0 })
        #expect(try await world.post(Site.subscriptionEnd.link(id), as: "administrator").status == 303)
        try await Announcing(hall: world.hall).run(at: world.clock.now)
        #expect(try await rows(world).allSatisfy { $0.state == "moot" })
        #expect(try await world.hall.store.read { tx in try tx.one("select secret || address as s from subscription")?.text("s") } == "")
    }

    @Test func `only an administrator keeps them, and an address inside, a short secret and a name in use are refused`() async throws {
        let world = try await TestWorld.make(planned: false)
        for login in ["director-chengnan", "agent", "supervision", "leader"] { #expect(try await world.get(Site.subscriptions.link(), as: login).status == 403, "\(login)") }
        for (field, value) in [("address", "http://169.254.169.254/"), ("address", "ftp://x"), ("secret", "short"), ("name", "")] {
            #expect(try await world.post(Site.subscriptions.link(), as: "administrator", Self.form.merging([field: value]) { _, own in own }).status == 422, "\(field)")
        }
        #expect(try await world.post(Site.subscriptions.link(), as: "administrator", Self.form).status == 303)
        #expect(try await world.post(Site.subscriptions.link(), as: "administrator", Self.form).status == 422)
    }
}
