import Foundation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct LabelTests {
    /// All labels of the hall, made with the one button.
    private func labelled(_ world: TestWorld) async throws -> [Label] {
        #expect(try await world.post(Site.labels.link(world.chengnan), as: "administrator", ["what": "all"]).status == 303)
        let place = world.chengnan
        return try await world.hall.store.read { tx in try Label.all(at: place, tx) }
    }

    private func label(_ kind: Label.Kind, _ target: String, in labels: [Label]) throws -> Label {
        try #require(labels.first { $0.kind == kind && $0.target == target }, "\(labels.map(\.target))")
    }

    @Test func `a code is ten characters without look-alikes, and is read however it is typed`() {
        let code = Label.code((0..<10).map { UInt8($0 * 27) })
        #expect(code.count == 10)
        #expect(!code.contains { "ILOU".contains($0) })
        #expect(Label.read("o1l23-abcde") == "01123ABCDE")
        #expect(Label.read("01123 ABCDE") == "01123ABCDE")
        #expect(Label.read("01123ABCD") == nil)
        #expect(Label.read("01123ABCD!") == nil)
    }

    @Test func `one button labels every zone, round and public log of the pack once, and again only what is missing`() async throws {
        let world = try await TestWorld.make()
        let labels = try await labelled(world)
        #expect(labels.contains { $0.kind == .zone && $0.target == "racks" })
        #expect(labels.contains { $0.kind == .round && $0.target == "opening-round" })
        #expect(labels.filter { $0.kind == .log }.map(\.target) == ["restroom"])
        #expect(Set(labels.map(\.code)).count == labels.count)
        #expect(try await labelled(world).count == labels.count)
        let first = try #require(labels.first)
        #expect(try await world.post(Site.labelRevocation.link(world.chengnan, first.code), as: "administrator", [:]).status == 303)
        #expect(try await world.post(Site.labelRevocation.link(world.chengnan, first.code), as: "administrator", [:]).status == 409)
        let after = try await labelled(world)
        #expect(after.count == labels.count)
        #expect(!after.contains { $0.code == first.code })
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `scanning a zone opens the point whose turn it is, for who owes the round`() async throws {
        let world = try await TestWorld.make(at: 8, 40)
        let labels = try await labelled(world)
        let round = try label(.round, "restroom-check", in: labels)
        let duty = try await world.duty("restroom")
        let scanned = try await world.get(Site.scan.link(round.code), as: "cleaner-chengnan")
        #expect(scanned.status == 303)
        #expect(scanned.header("location") == Site.duty.link(duty.place, duty.id) + "#f-air")
        // The anchor is there.
        #expect(try await world.get(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan").text.contains("id=\"f-air\""))
        // A guard owes their part of the opening round: the zone leads to their own point.
        let zone = try label(.zone, "outside", in: labels)
        let guarded = try await world.get(Site.scan.link(zone.code), as: "guard-chengnan")
        #expect(guarded.status == 303, "\(guarded.text.prefix(900))")
        #expect(guarded.header("location")?.contains("#f-") == true)
    }

    @Test func `scanning where nothing is open says who is on it, what is next and when`() async throws {
        let world = try await TestWorld.make(at: 8, 40)
        let round = try label(.round, "restroom-check", in: try await labelled(world))
        let others = try await world.get(Site.scan.link(round.code), as: "guide-chengnan")
        #expect(others.status == 200)
        #expect(others.text.contains("正由别人做") && others.text.contains("保洁员"))
        let duty = try await world.duty("restroom")
        try await world.fill(duty, ["air": "ok", "floor": "ok", "basin": "ok", "toilet": "ok", "paper": "ok"], by: "cleaner-chengnan")
        let later = try await world.get(Site.scan.link(round.code), as: "cleaner-chengnan")
        #expect(later.status == 200)
        #expect(later.text.contains("下一次") && later.text.contains("上一次"))
        #expect(later.text.contains("8:40"))
        // In the evening today's are over: the next one is tomorrow's.
        try await world.move(to: TestWorld.at(22))
        let night = try await world.get(Site.scan.link(round.code), as: "cleaner-chengnan")
        #expect(night.text.contains("3月3日"), "\(night.text)")
    }

    @Test func `what supervision owes in a hall is not told to who scans there, only to supervision itself`() async throws {
        let world = try await TestWorld.make(at: 8, 40)
        let link = try label(.round, "patrol-round", in: try await labelled(world)).link
        #expect(!(try await world.duties("patrol", at: world.chengnan).isEmpty))
        for login in ["guide-chengnan", "director-chengnan"] {
            let page = try await world.get(link, as: login)
            #expect(page.status == 200 && !page.text.contains("正由别人做") && !page.text.contains("抽查人员"), "\(login)")
        }
        #expect(try await world.get(link, as: "enterprise").text.contains("抽查人员"))
    }

    @Test func `a phone learns beforehand where the codes of its own hall lead, and nothing of other halls' or other people's rounds`() async throws {
        let world = try await TestWorld.make(at: 8, 40)
        let labels = try await labelled(world)
        let round = try label(.round, "restroom-check", in: labels)
        let duty = try await world.duty("restroom")
        func links(_ login: String) async throws -> [String: String] {
            let reply = try await world.get(Site.scans.link(), as: login)
            #expect(reply.status == 200 && reply.header("cache-control") == "no-store")
            guard case .bytes(let bytes) = reply.body else { return [:] }
            return try JSONDecoder().decode([String: String].self, from: Data(bytes))
        }
        let own = try await links("cleaner-chengnan")
        #expect(own[round.link] == Site.duty.link(duty.place, duty.id) + "#f-air")
        // The same place a scan leads to where there is a network.
        for (link, target) in own { #expect(try await world.get(link, as: "cleaner-chengnan").header("location") == target) }
        #expect(try await links("guide-chengnan")[round.link] == nil)
        #expect(try await links("cleaner-chengbei").isEmpty)
        #expect(try await links("administrator").isEmpty)
        #expect(try await world.get(Site.scans.link()).status == 303)
    }

    @Test func `a thing leads to the points of the zone it stands in, and without one to its own page`() async throws {
        let world = try await TestWorld.make(at: 8, 40)
        let link = Site.labels.link(world.chengnan)
        #expect(try await world.post(link, as: "administrator", ["what": "thing", "name": "灯箱", "zone": "outside"]).status == 303)
        #expect(try await world.post(link, as: "administrator", ["what": "thing", "name": "3 号叫号机", "zone": ""]).status == 303)
        #expect(try await world.post(link, as: "administrator", ["what": "thing", "name": "灯箱", "zone": ""]).status == 422)
        #expect(try await world.post(link, as: "administrator", ["what": "thing", "name": "", "zone": ""]).status == 422)
        #expect(try await world.post(link, as: "administrator", ["what": "thing", "name": "x", "zone": "moon"]).status == 404)
        let place = world.chengnan
        let labels = try await world.hall.store.read { tx in try Label.all(at: place, tx) }
        let lamp = try #require(labels.first { $0.name == "灯箱" })
        let machine = try #require(labels.first { $0.name == "3 号叫号机" })
        #expect(try await world.get(Site.scan.link(lamp.code), as: "guard-chengnan").status == 303)
        let page = try await world.get(Site.scan.link(machine.code), as: "guard-chengnan")
        #expect(page.status == 200)
        #expect(page.text.contains("3 号叫号机"))
    }

    @Test func `a code is for the people of its hall; strangers, revoked and unknown codes find nothing`() async throws {
        let world = try await TestWorld.make(at: 8, 40)
        let round = try label(.round, "restroom-check", in: try await labelled(world))
        let link = Site.scan.link(round.code)
        #expect(try await world.get(link, as: "cleaner-chengbei").status == 404)
        #expect(try await world.get(link, as: "enterprise").status == 200)
        let away = try await world.get(link)
        #expect(away.status == 303)
        #expect(away.header("location") == "/sign-in?next=" + Submitted.encode(link))
        #expect(try await world.get(Site.scan.link("0000000000"), as: "cleaner-chengnan").status == 404)
        _ = try await world.post(Site.labelRevocation.link(world.chengnan, round.code), as: "administrator", [:])
        #expect(try await world.get(link, as: "cleaner-chengnan").status == 404)
    }

    @Test func `labels are looked after by who looks after places or devices, and by nobody else`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (own, other) = (Site.labels.link(world.chengnan), Site.labels.link("nowhere"))
        for who in ["director-chengnan", "guide-chengnan", "leader"] {
            #expect(try await world.get(own, as: who).status == 403)
            #expect(try await world.post(own, as: who, ["what": "all"]).status == 403)
            #expect(try await world.get(Site.labelSheet.link(world.chengnan), as: who).status == 403)
            #expect(try await world.post(Site.labelRevocation.link(world.chengnan, "0000000000"), as: who, [:]).status == 403)
        }
        #expect(try await world.get(own, as: "administrator").status == 200)
        #expect(try await world.get(other, as: "administrator").status == 404)
        #expect(try await world.post(own, as: "administrator", ["what": "all"], csrf: false).status == 400)
    }

    @Test func `the sheet carries the address that was given, the log's its own, and refuses what is no address`() async throws {
        let world = try await TestWorld.make(planned: false)
        let labels = try await labelled(world)
        let log = try label(.log, "restroom", in: labels)
        let zone = try label(.zone, "racks", in: labels)
        let link = Site.labelSheet.link(world.chengnan)
        let chosen = "&c.\(log.code)=1&c.\(zone.code)=1"
        let reply = try await world.get(link + "?sheet=99x38&address=https%3A%2F%2Fstaff.example%2F&public=https%3A%2F%2Fopen.example" + chosen, as: "administrator")
        #expect(reply.status == 200)
        #expect(reply.header("content-type") == "application/pdf")
        guard case .bytes(let pdf) = reply.body else { return }
        let codes = try Tool.inFolder { folder in
            try Data(pdf).write(to: folder.appending(path: "x.pdf"))
            _ = try Tool.run("pdftoppm", ["-r", "300", "-gray", folder.appending(path: "x.pdf").path, folder.appending(path: "p").path])
            return try Tool.run("zbarimg", ["--raw", "-q", folder.appending(path: "p-1.pgm").path]).split(separator: "\n").map(String.init).sorted()
        }
        #expect(codes == ["https://open.example/log/\(log.code)", "https://staff.example/q/\(zone.code)"])
        for bad in ["javascript:alert(1)", "ftp://x", "https://x/?a=1", "https://" + String(repeating: "x", count: 90)] {
            let refused = try await world.get(link + "?address=" + Submitted.encode(bad), as: "administrator")
            #expect(refused.status == 422, "\(bad)")
        }
        for start in ["-9223372036854775808", "9223372036854775807", "x"] { #expect(try await world.get(link + "?start=\(start)", as: "administrator").status == 200) }
        #expect(try await world.get(link + "?sheet=3x3", as: "administrator").status == 422)
        let empty = Site.labelSheet.link(world.chengbei)
        #expect(try await world.get(empty, as: "administrator").status == 409)
    }
}
