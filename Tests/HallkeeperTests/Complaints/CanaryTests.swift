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
            Site.complaintBeside.link() + "?phone=13700009999&kind=MD1&text=" + Submitted.encode("抄表员索要"), Site.ledger.link() + "?q=misconduct", Site.complaint.link(misconduct),
            Site.complaintSlip.link(misconduct), "/today?place=" + (world.world.places["department:supervision"] ?? ""),
        ]
        for place in world.world.places.values { for route in [Site.place, Site.board, Site.roster, Site.plan, Site.evening, Site.labels, Site.scoresOfHall] { links.insert(route.link(place)) } }
        for entry in world.shell.site where entry.method == "GET" && ![Site.events, Site.metrics, Site.figureTable, Site.complaintExport].contains(entry.route) {
            if !entry.route.pattern.contains(":") { links.insert(entry.route.pattern) }
            if entry.route.pattern.hasPrefix("/complaints/:complaint") { links.insert(entry.route.link(complaint.id)) }
        }
        for login in logins {
            for link in links.sorted() {
                let reply = try await world.get(link, as: login)
                var text = reply.text.replacing(/name="key" value="[0-9a-f]*"/, with: "").replacing(/name="csrf" value="[^"]*"/, with: "")
                // A ticket of a round and the mark of a request are drawn anew each time.
                text = text.replacing(/[0-9a-f]{32,}/, with: "")
                pages[login + " " + link] = "\(reply.status) " + text
            }
        }
        return pages
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
}
