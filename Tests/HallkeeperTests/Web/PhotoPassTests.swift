import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Who may look at a photo (docs/rules/access.md, "Photos").
@Suite struct PhotoPassTests {
    /// Where the photos of a page are seen.
    private func photos(_ page: String) -> [String] { page.matches(of: /\/photos\/[0-9a-f]{64}(\/small)?\?pass=[0-9a-f]+/).map { String($0.output.0) } }

    @Test func `a photo is seen by whoever a page showed it to, and by nobody else who has its address`() async throws {
        let world = try await TestWorld.make(planned: false)
        let (hall, who, now, hash, other) = (world.chengnan, world.person("cleaner-chengnan"), world.clock.now, try await world.photo(), String(repeating: "a", count: 64))
        let wanting = Wanting(point: "floor", clause: "1.3-7", severity: "serious", note: "脏", photos: hash, isFixed: false)
        let finding = try await world.hall.act(by: .person(who), at: now) { act in
            try FindingActs(act: act).record(wanting, "r", form: "restroom-check", at: hall, by: who, at: now)
        }
        let link = try #require(photos(try await world.get(Site.finding.link(hall, finding.id), as: "director-chengnan").text).first)
        let bare = Site.photo.link(hash)
        #expect(link.hasPrefix(bare + "?"))
        #expect(try await world.get(link, as: "director-chengnan").status == 200)
        #expect(try await world.get(link.replacing("?", with: "/small?"), as: "director-chengnan").status == 200)
        for login in ["director-chengbei", "guide-chengnan", "administrator", "supervision"] {
            #expect(try await world.get(link, as: login).status == 404, "\(login)")
            #expect(try await world.get(link.replacing("?", with: "/small?"), as: login).status == 404, "\(login)")
        }
        for path in [bare, bare + "?pass=", Site.smallPhoto.link(hash), link.replacing(hash, with: other), link.dropLast() + (link.hasSuffix("0") ? "1" : "0")] {
            #expect(try await world.get(String(path), as: "director-chengnan").status == 404, "\(path)")
        }
        #expect(try await world.get(link).status == 303)
        // Whoever works there is shown it by their own page, and with that alone.
        let own = try #require(photos(try await world.get(Site.finding.link(hall, finding.id), as: "cleaner-chengnan").text).first)
        #expect(own != link)
        #expect(try await world.get(own, as: "cleaner-chengnan").status == 200)
        // Another session of the same person is another.
        let token = try await Sessions(hall: world.hall).begin(world.person("director-chengnan"), at: now)
        #expect(try await world.get(link, headers: ["cookie": "hk=\(token)"]).status == 404)
    }

    @Test func `no form takes a photo whose sender was not shown it`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        let pack = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.pack(duty.pack, tx) }
        let fields = try #require(pack.pack.form(duty.form)).fields
        let field = try #require(fields.first { $0.kind == .photo }).id
        var answers: [String: String] = [:]
        for other in fields where other.kind != .photo { answers[other.id] = other.kind == .tick || other.kind == .yesNo ? "yes" : other.options.first?.id ?? "1" }
        let (hash, path) = (try await world.photo(), Site.duty.link(duty.place, duty.id))
        func carried(_ login: String) async throws -> String { PhotoPass.$key.withValue(try await world.signIn(login).csrf) { PhotoPass.carried([hash]) } }
        for named in [hash, hash.uppercased(), " " + hash, hash + ".", hash + "." + String(repeating: "0", count: 32), try await carried("clerk-chengnan")] {
            let refused = try await world.post(path, as: "guard-chengnan", answers.merging([field: named]) { $1 })
            #expect(refused.status == 422 && refused.text.contains("还差 1 张照片") && photos(refused.text).isEmpty, "\(named)")
        }
        #expect(try await world.post(path, as: "guard-chengnan", answers.merging([field: try await carried("guard-chengnan")]) { $1 }).status == 303)
    }

    @Test func `a form that is shown again keeps the photos that came with it`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        let duty = try await world.duty("slip-mat")
        let hash = try await world.photo()
        let pack = try await world.hall.store.read { [hall = world.hall] tx in try hall.packs.pack(duty.pack, tx) }
        let field = try #require(pack.pack.form(duty.form)?.fields.first { $0.kind == .photo }).id
        let mine = PhotoPass.$key.withValue(try await world.signIn("guard-chengnan").csrf) { PhotoPass.carried([hash]) }
        // Done at a time that is none: refused, and shown again.
        let again = try await world.post(Site.duty.link(duty.place, duty.id), as: "guard-chengnan", [field: mine, "done-at": "x"])
        #expect(again.status == 422 && again.text.contains("value=\"\(mine)\""))
    }

    @Test func `what is no photo stays what was typed`() {
        let typed = ["note": "见 3 号柜台, 门口.", "n": "12", "hash": "beef"]
        #expect(PhotoPass.admitted(typed) == typed)
    }
}
