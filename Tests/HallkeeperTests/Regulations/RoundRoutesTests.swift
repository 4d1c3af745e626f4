import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// Making rounds in the browser.
@Suite struct RoundRoutesTests {
    private let admin = "administrator"
    private let point = ["title": "镜子干净", "good": "无水渍", "zone": "restroom", "clause": "1.3-7", "weight": "2"]

    private func draft(_ world: TestWorld, _ form: String = "restroom-check") async throws -> RoundInMaking {
        try await world.hall.store.read { tx in try RoundInMaking(form, world.hall, tx) }
    }

    private func addPoint(_ world: TestWorld, _ fields: [String: String]? = nil, to form: String = "restroom-check") async throws -> Reply {
        try await world.post(Site.roundPoint.link(form, "new"), as: admin, fields ?? point)
    }

    @Test func `a point added is a draft until it is published, and asked from the day it is in force`() async throws {
        let world = try await TestWorld.make(at: 9)
        #expect(try await addPoint(world).status == 303)
        let made = try await draft(world)
        #expect(made.form.fields.last?.title == Text("镜子干净", "镜子干净") && made.form.fields.last?.weight == 2)
        #expect(made.before?.fields.count == 5, "what is in force is as it was")
        let page = try await world.get(Site.round.link("restroom-check"), as: admin).text
        #expect(page.contains("镜子干净") && page.contains("草稿"))
        // Three halls have a restroom, or not; those that have one are named with the minutes it costs.
        #expect(page.contains("5 → 6") && page.contains("56 → 56"))
        let day = TestWorld.monday.adding(days: 1)
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": day.description]).status == 303)
        let open = try await world.duty("restroom")
        try await world.move(to: TestWorld.at(9, day: day))
        let next = try await world.duty("restroom")
        #expect(next.pack != open.pack)
        #expect(try await world.get(Site.duty.link(next.place, next.id), as: "cleaner-chengnan").text.contains("镜子干净"))
        let editions = try await world.hall.store.read { tx in try tx.rows("select edition from pack_version order by at").map { try $0.text("edition") } }
        #expect(editions == ["2026.1", "2026.1-r1"])
        // The draft is gone, the round as it is now has six points.
        let now = try await draft(world)
        #expect(now.draft == nil && now.form.fields.count == 6)
        #expect(try await world.hall.ledger.verify(printed: []).isEmpty)
    }

    @Test func `a round begun ends on the version it began with`() async throws {
        let world = try await TestWorld.make(at: 9)
        let duty = try await world.duty("restroom")
        _ = try await addPoint(world)
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": TestWorld.monday.description]).status == 303)
        try await world.move(to: TestWorld.at(9, 10))
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "cleaner-chengnan").text
        #expect(!page.contains("镜子干净"))
        let answers = Dictionary(["air", "floor", "basin", "toilet", "paper"].map { ($0, "ok") }, uniquingKeysWith: { first, _ in first })
        try await world.fill(duty, answers, by: "cleaner-chengnan")
        let csv = try await world.get(Site.roundAnswers.link("restroom-check") + "?from=2026-03-01&to=2026-03-03", as: admin).text
        #expect(csv.contains("guangan 2026.1,") && !csv.contains("2026.1-r1"))
        #expect(csv.contains(",floor,ok,"))
    }

    @Test func `order, weights and words change, and points go by their id, not by their place`() async throws {
        let world = try await TestWorld.make(at: 9)
        #expect(try await world.post(Site.roundPointMove.link("restroom-check", "paper"), as: admin, ["to": "up"]).status == 303)
        #expect(try await draft(world).form.fields.map(\.id) == ["air", "floor", "basin", "paper", "toilet"])
        #expect(try await world.post(Site.roundPointMove.link("restroom-check", "paper"), as: admin, ["number": "1"]).status == 303)
        #expect(try await draft(world).form.fields.map(\.id) == ["paper", "air", "floor", "basin", "toilet"])
        // Further than the end is the end.
        #expect(try await world.post(Site.roundPointMove.link("restroom-check", "paper"), as: admin, ["number": "99"]).status == 303)
        #expect(try await draft(world).form.fields.last?.id == "paper")
        let before = try #require(try await draft(world).form.field("toilet"))
        #expect(try await world.post(Site.roundPoint.link("restroom-check", "toilet"), as: admin, ["title": "马桶", "clause": "1.3-7", "weight": "5", "severity": "serious", "veto": "yes"]).status == 303)
        let after = try #require(try await draft(world).form.field("toilet"))
        #expect((after.weight, after.isVeto, after.severity, after.title.zh) == (5, true, before.severity, "马桶"))
        #expect(try await world.post(Site.roundPointRemove.link("restroom-check", "air"), as: admin).status == 303)
        #expect(try await draft(world).form.field("air") == nil)
        #expect(try await world.post(Site.roundPointRemove.link("restroom-check", "air"), as: admin).status == 404)
        #expect(try await world.post(Site.roundDiscard.link("restroom-check"), as: admin).status == 303)
        #expect(try await draft(world).form.fields.map(\.id) == ["air", "floor", "basin", "toilet", "paper"])
    }

    @Test func `what is wrong with a point is said beside its field, and what was typed stays`() async throws {
        let world = try await TestWorld.make(at: 9)
        let wrong = try await addPoint(world, ["title": "", "good": "typed", "weight": "many", "zone": "moon", "clause": "9", "role": "king", "band-from": "5", "band-to": "1", "kind": "number"])
        #expect(wrong.status == 422)
        for sentence in ["写要看什么", "没有区域“moon”", "没有条款“9”", "没有岗位“king”", "权重写 1 到 100", "上限小于下限", "value=\"typed\""] { #expect(wrong.text.contains(sentence), "\(sentence)") }
        #expect(try await addPoint(world, point.merging(["id": "floor"]) { $1 }).text.contains("编号“floor”已经有了"))
        #expect(try await addPoint(world, point.merging(["id": "own-7"]) { $1 }).text.contains("编号只用小写字母"), "halls' own ids are theirs")
        #expect(try await addPoint(world, point.merging(["title": "a\u{202E}\"'<b>&#{}"]) { $1 }).status == 303)
        #expect(try await draft(world).form.fields.last?.title.zh == "a\u{202E}\"'<b>&#{}")
    }

    @Test func `how often a round is walked changes, what does not read is told at once`() async throws {
        let world = try await TestWorld.make(at: 9)
        let link = Site.roundSchedule.link("restroom-check")
        let rule = try #require(try await draft(world).rules.first)
        let nonsense = try await world.post(link, as: admin, ["rule": rule.id, "due": "whenever"])
        #expect(nonsense.status == 422 && nonsense.text.contains("whenever"))
        #expect(try await world.post(link, as: admin, ["rule": rule.id, "due": "{x: 1}"]).status == 422)
        #expect(try await draft(world).draft == nil, "nothing was kept")
        #expect(try await world.post(link, as: admin, ["rule": rule.id, "every": "day", "opens": "opening", "due": "closing", "lapses": "end of day"]).status == 303)
        let page = try await world.get(Site.round.link("restroom-check"), as: admin).text
        #expect(page.contains("56 → 28"), "half as many walks")
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-03"]).status == 303)
        let day = TestWorld.monday.adding(days: 1)
        try await world.move(to: TestWorld.at(19, day: day))
        let owed = try await world.duties("restroom", at: world.chengnan).filter { $0.day == day }
        #expect(owed.count == 1, "\(owed.map(\.occasion)) \(owed.map(\.pack))")
    }

    @Test func `a table goes out and comes back, by the names of its columns`() async throws {
        let world = try await TestWorld.make(at: 9)
        let csv = try await world.get(Site.roundTable.link("restroom-check"), as: admin)
        #expect(csv.header("content-disposition")?.contains("restroom-check.csv") == true)
        let whole = csv.text
        #expect(try await world.post(Site.roundImport.link("restroom-check"), as: admin, ["csv": whole, "what": "whole"]).status == 303)
        let same = try await draft(world)
        #expect(RoundWriter.yaml(same.form) == RoundWriter.yaml(try #require(same.before)), "what went out comes back the same")
        // Columns by name, in another order and in Chinese; the zone by its name; a new line is a new point.
        let own = "权重,检查点,编号,区域\n3,马桶,toilet,卫生间\n1,香薰,,卫生间\n"
        #expect(try await world.post(Site.roundImport.link("restroom-check"), as: admin, ["csv": own, "what": "some"]).status == 303)
        let made = try await draft(world)
        #expect(made.form.fields.count == 6)
        #expect(made.form.field("toilet")?.weight == 3 && made.form.field("toilet")?.clause == "1.3-7", "a column that is not there leaves what there was")
        #expect(made.form.fields.last.map { ($0.title.zh, $0.zone?.id) } ?? ("", nil) == ("香薰", "restroom"))
    }

    @Test func `every wrong line of a table is told by its number, and none of it is taken`() async throws {
        let world = try await TestWorld.make(at: 9)
        let csv = "id,title,zone,weight\nfloor,地面,restroom,1\n,,restroom,1\nx y,空格,restroom,1\nnew-one,新,moon,500\n"
        let reply = try await world.post(Site.roundImport.link("restroom-check"), as: admin, ["csv": csv, "what": "whole"])
        #expect(reply.status == 422)
        for sentence in ["第 3 行：写要看什么", "第 4 行：编号只用", "第 5 行：没有区域“moon”", "第 5 行：权重"] { #expect(reply.text.contains(sentence), "\(sentence)") }
        #expect(reply.text.contains("new-one,新,moon,500"), "what was pasted stays")
        #expect(try await draft(world).draft == nil)
        for broken in ["", "id,title", "id,title\n\"a,b"] {
            #expect(try await world.post(Site.roundImport.link("restroom-check"), as: admin, ["csv": broken]).status == 422, "\(broken)")
        }
    }

    @Test func `a table never carries a formula`() {
        for risky in ["=1+1", "+1", "-x", "@a", "\tx", "＝1"] {
            let cell = CSVText.cell(risky)
            #expect(cell.hasPrefix("\"'") || Double(risky) != nil, "\(cell)")
        }
        #expect(CSVText.cell("-5") == "-5")
        #expect(CSVText.cell("a,b\"c") == "\"a,b\"\"c\"")
    }

    @Test func `a new round begins with its rule, and is owed from the day it is in force`() async throws {
        let world = try await TestWorld.make(at: 9)
        let typed = ["id": "gas-room-round", "title": "燃气间巡检", "clause": "5.3-7", "role": "guard", "every": "day"]
        for (key, sentence) in [("id", "编号只用小写"), ("title", "写名称"), ("clause", "选它落实的条款"), ("role", "选谁来走"), ("every", "选多久走一次")] {
            var less = typed
            less[key] = ""
            #expect(try await world.post(Site.roundNew.link(), as: admin, less).text.contains(sentence), "\(key)")
        }
        #expect(try await world.post(Site.roundNew.link(), as: admin, typed.merging(["id": "restroom-check"]) { $1 }).text.contains("已经用了"))
        #expect(try await world.post(Site.roundNew.link(), as: admin, typed).status == 303)
        #expect(try await world.post(Site.roundNew.link(), as: admin, typed).text.contains("已经用了"))
        #expect(try await world.get(Site.rounds.link(), as: admin).text.contains("gas-room-round"))
        #expect(try await addPoint(world, ["title": "阀门关严", "clause": "5.3-7"], to: "gas-room-round").status == 303)
        #expect(try await world.post(Site.roundPublish.link("gas-room-round"), as: admin, ["from": "2026-03-03"]).status == 303)
        let day = TestWorld.monday.adding(days: 1)
        try await world.move(to: TestWorld.at(9, day: day))
        let duty = try await world.duty("gas-room-round")
        #expect(duty.role == "guard" && duty.day == day)
        let page = try await world.get(Site.duty.link(duty.place, duty.id), as: "guard-chengnan").text
        #expect(page.contains("阀门关严"))
    }

    @Test func `a round that would break the rulebook is not published, and the page says why`() async throws {
        let world = try await TestWorld.make(at: 9)
        // The opening round is shared out by role: a point that names none belongs to nobody.
        #expect(try await addPoint(world, ["title": "没人的点", "clause": "1.2-2"], to: "opening-round").status == 303)
        let page = try await world.get(Site.round.link("opening-round"), as: admin).text
        #expect(page.contains("要改，改好才能发布"))
        let reply = try await world.post(Site.roundPublish.link("opening-round"), as: admin, ["from": "2026-03-03"])
        #expect(reply.status == 422)
        let versions = try await world.hall.store.read { tx in try tx.one("select count(*) as n from pack_version")?.int("n") }
        #expect(versions == 1)
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-03"]).status == 409, "without a draft")
        _ = try await addPoint(world)
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-01"]).status == 422, "not in the past")
    }

    @Test func `two drafts of two rounds follow one another; one overtaken has to say that it counts`() async throws {
        let world = try await TestWorld.make(at: 9)
        _ = try await addPoint(world)
        _ = try await addPoint(world, ["title": "扶手", "role": "guard", "clause": "1.2-2"], to: "opening-round")
        #expect(try await world.post(Site.roundPublish.link("opening-round"), as: admin, ["from": "2026-03-04"]).status == 303)
        // The other draft is laid over the newer pack, and cannot be in force before it.
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-03"]).text.contains("2026-03-04"))
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-04"]).status == 303)
        let newest = try await world.hall.store.read { tx in try NewestPack(world.hall, tx) }
        #expect(newest.pack.form("opening-round")?.fields.contains { $0.title.zh == "扶手" } == true)
        #expect(newest.pack.form("restroom-check")?.fields.count == 6)
        #expect(newest.pack.company.edition == "2026.1-r2")
        // Published from a file meanwhile.
        _ = try await addPoint(world, ["title": "第二面镜子", "clause": "1.3-7"])
        var files = newest.files
        let index = try #require(files.firstIndex { $0.name == "rounds/restroom-check.yaml" })
        files[index].text = files[index].text.replacing("无水渍", with: "没有水渍")
        try await Publishing(hall: world.hall).publish(files, from: try #require(Day("2026-03-05")), by: .machine("command"), at: world.clock.now)
        #expect(try await world.get(Site.round.link("restroom-check"), as: admin).text.contains("以我的为准"))
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-06"]).status == 422)
        #expect(try await world.post(Site.roundPublish.link("restroom-check"), as: admin, ["from": "2026-03-06", "over": "yes"]).status == 303)
    }

    @Test func `how long a point takes is measured from the walks there were`() async throws {
        let world = try await TestWorld.make(at: 9)
        func costs() async throws -> RoundCosts {
            try await world.hall.store.read { tx in
                let pack = try NewestPack(world.hall, tx).pack
                return try RoundCosts(of: "restroom-check", from: pack, to: pack, on: TestWorld.monday, world.hall, tx)
            }
        }
        #expect(try await !costs().isMeasured)
        let duty = try await world.duty("restroom")
        let answers = Dictionary(["a", "b", "c", "d"].map { ($0, Walk.Answer(value: "ok", at: world.clock.now)) }, uniquingKeysWith: { first, _ in first })
        for seconds in [4, 8, 12, 16, 400] {
            let walk = Walk(
                place: duty.place, duty: "d\(seconds)", person: "p", device: "phone", form: "restroom-check", pack: duty.pack, answers: answers, began: world.clock.now,
                ended: Instant(ms: world.clock.now.ms + Int64(seconds) * 1000), ticket: nil, sent: world.clock.now, received: world.clock.now, state: .done, record: "", missing: "")
            try await world.hall.act(by: .clock, at: world.clock.now) { act in
                try act.enter(Event(kind: "round.handed-in", at: act.now), at: duty.place)
                try act.act.keep(walk)
            }
        }
        let measured = try await costs()
        #expect(measured.isMeasured && measured.seconds == 3, "the middle one; one that took a break does not count more")
    }
}
