import Foundation
import Regulation
import Store
import StorePostgres
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct DifferencePageTests {
    @Test func `what the hall ticked the same day stands beside what the inspector saw`() async throws {
        let world = try await TestWorld.make(at: 8)
        try await world.guardsRound(["door-sign": "minor", "door-sign.note": "灯不亮"])
        try await world.move(to: TestWorld.at(10))
        let photo = try await world.photo()
        let patrol = try await world.begin(.round("opening-round"))
        let done = try await world.finish(
            patrol, try await world.answers(patrol, ["exits-clear": "danger", "exits-clear.note": "纸箱堵住", "exits-clear.photo": photo, "parking-order": "not-seen"]))
        let points = Dictionary(try await world.points(done).map { ($0.point, $0) }, uniquingKeysWith: { first, _ in first })
        #expect(points["exits-clear"]?.verdict == .glossed)
        #expect(points["exits-clear"]?.own?.at == TestWorld.at(8))
        #expect(points["exits-clear"]?.own?.role == "guard")
        #expect(points["door-sign"]?.verdict == .mended)
        #expect(points["barrier-free-clear"]?.verdict == .agree)
        #expect(points["parking-order"]?.own?.answer == .ok && points["parking-order"]?.verdict == nil)
        // Nobody has walked the cleaner's part.
        #expect(points["clean-in-and-out"]?.own == nil)
        let counts = try await DifferenceRoutes(hall: world.hall).counts([world.chengnan, world.chengbei], from: TestWorld.monday, to: TestWorld.monday)
        #expect(counts == [world.chengnan: ["2026-03": DifferenceRoutes.Count(compared: 5, glossed: 1, mended: 1, agreed: 3, saidInOrder: 4)]])
        let page = try await world.get("/differences?month=2026-03", as: "enterprise").text
        #expect(page.contains("4 个里 1 个"))
        #expect(!page.contains("25.0 %"))
        // Each number opens exactly its rows.
        for (verdict, count) in [("glossed", 1), ("mended", 1), ("agree", 3), ("", 5)] {
            let rows = try await world.get("/differences/rows?place=\(world.chengnan)&month=2026-03&verdict=\(verdict)", as: "enterprise").text
            #expect(rows.matches(of: /<article/).count == count, "\(verdict)")
            #expect(rows.contains("<span class=\"right\">\(count)</span>"), "\(verdict)")
        }
        let row = try await world.get("/differences/rows?place=\(world.chengnan)&month=2026-03&verdict=glossed", as: "enterprise").text
        #expect(row.contains("纸箱堵住") && row.contains(photo) && row.contains("保安") && row.contains("抽查人员") && row.contains("抽查之前"))
        #expect(try await world.get("/differences/rows?place=\(world.chengnan)&month=2026-02", as: "enterprise").text.matches(of: /<article/).isEmpty)
    }

    @Test func `what the hall ticks later that day is set beside it when the day is over, once`() async throws {
        let world = try await TestWorld.make(at: 7, 40)
        let patrol = try await world.begin(.round("opening-round"))
        let done = try await world.finish(patrol, try await world.answers(patrol, ["door-sign": "minor", "door-sign.note": "灯不亮"]))
        #expect(try await world.points(done).allSatisfy { $0.own == nil })
        _ = world.clock.move(to: TestWorld.at(8))
        try await world.guardsRound()
        try await world.move(to: TestWorld.at(0, 5, day: TestWorld.monday.adding(days: 1)))
        let sign = try #require(try await world.points(done).first { $0.point == "door-sign" })
        #expect(sign.verdict == .glossed)
        #expect(sign.own?.at == TestWorld.at(8))
        let compared = try await world.hall.store.read { tx in try tx.one("select * from patrol").map(Patrol.init(row:))?.compared }
        #expect(compared != nil)
        try await world.move(to: TestWorld.at(9, day: TestWorld.monday.adding(days: 1)))
        let entries = try await world.hall.store.read { tx in Int(try tx.one("select count(*) as n from entry where kind = 'patrol.compared'")?.int("n") ?? 0) }
        #expect(entries == 1)
        #expect(try await world.hall.ledger.verify().isEmpty)
    }

    @Test func `what the hall put right on the spot it says was in order, and a finding already open is joined`() async throws {
        let world = try await TestWorld.make(at: 8)
        try await world.guardsRound([
            "door-sign": "minor", "door-sign.note": "灯不亮", "door-sign.fixed": "yes", "night-log": "minor", "night-log.note": "没写",
        ])
        try await world.move(to: TestWorld.at(10))
        let patrol = try await world.begin(.round("opening-round"))
        let done = try await world.finish(patrol, try await world.answers(patrol, ["night-log": "minor", "night-log.note": "还没写"]))
        let points = Dictionary(try await world.points(done).map { ($0.point, $0) }, uniquingKeysWith: { first, _ in first })
        #expect(points["door-sign"]?.verdict == .agree)
        #expect(points["night-log"]?.verdict == .agree)
        let open = try await world.hall.store.read { tx in try tx.rows("select * from finding where point = 'night-log'").map(Finding.init(row:)) }
        #expect(open.count == 1)
        let page = try await world.get(Site.patrol.link(done.place, done.id), as: "enterprise").text
        #expect(page.contains(Site.finding.link(done.place, open[0].id)))
    }

    @Test func `a correction stands for what it corrects, and a patrol is never asked`() async throws {
        let world = try await TestWorld.make(at: 8)
        try await world.guardsRound()
        let duty = try #require(try await world.duties("opening-round", at: world.chengnan).first { $0.subject == "role:guard" })
        let who = world.person("guard-chengnan")
        let ids = ["guard-fit", "night-log", "door-sign", "barrier-free-clear", "parking-order", "exits-clear"]
        var answers = Dictionary(ids.map { ($0, "ok") }, uniquingKeysWith: { first, _ in first })
        (answers["door-sign"], answers["door-sign.note"]) = ("minor", "灯不亮")
        let corrected = answers
        try await world.hall.act(by: .person(who), at: world.clock.now) { act in
            _ = try Correcting(act: act).correct(duty.record, at: duty.place, answers: corrected, why: "看错了", by: who, mayCorrect: false)
        }
        try await world.move(to: TestWorld.at(10))
        let patrol = try await world.begin(.round("opening-round"))
        let done = try await world.finish(patrol, try await world.answers(patrol))
        #expect(try await world.points(done).first { $0.point == "door-sign" }?.verdict == .mended)
        // The second patrol meets the first one's record of the same round, and does not take it for the hall's.
        let second = try await world.begin(.round("opening-round"))
        let again = try await world.finish(second, try await world.answers(second))
        #expect(try await world.points(again).first { $0.point == "clean-in-and-out" }?.own == nil)
    }
}

@Suite struct ScorePageTests {
    @Test func `a month is the mean of its patrols, and each figure opens them`() async throws {
        let world = try await TestWorld.make(at: 10)
        for wanting in [[:], ["public-area": "minor", "public-area.note": "积水"]] as [[String: String]] {
            let patrol = try await world.begin(.round("safety-round"))
            _ = try await world.finish(patrol, try await world.answers(patrol, wanting))
        }
        let patrols = try await world.hall.store.read { tx in try tx.rows("select * from patrol order by id").map(Patrol.init(row:)) }
        let scores = patrols.compactMap(\.score)
        #expect(scores.count == 2 && scores[0] == 10_000 && scores[1] < 10_000)
        let (march, halls, now) = (Month(of: TestWorld.monday), [world.chengnan, world.chengbei], world.clock.now)
        let cells = try await world.hall.store.read { tx in try world.hall.scores.sums(halls, from: march, to: march, at: now, tx).cells }
        #expect(cells.filter { !$0.value.isEmpty } == [world.chengnan: ["2026-03": ScoreRoutes.Cell(count: 2, total: scores.reduce(0, +), vetoed: 0)]])
        let sum: Int = scores.reduce(0, +)
        let mean: String = ScoreFigure.text((sum + 1) / 2)
        for path in ["/scores?month=2026-03", Site.scoresOfHall.link(world.chengnan) + "?month=2026-03"] {
            let page = try await world.get(path, as: "leader").text
            #expect(page.contains(mean), "\(path)")
            #expect(page.contains("<svg class=\"chart\""))
            let link: String = "/patrols?place=\(world.chengnan)&amp;month=2026-03"
            #expect(page.contains(link))
            #expect(page.contains("消防、用电与防盗"))
        }
        #expect(try await world.get("/patrols?place=\(world.chengnan)&month=2026-03", as: "leader").text.matches(of: /<li class="line/).count == 2)
    }

    @Test func `a month without patrols leaves a gap in the trend, and is not drawn as nought`() {
        let chart = ScoreChart(values: [9000, nil, 8000, 7000, nil, 10_000], labels: ["a", "b", "c", "d", "e", "f"], lines: [("A", 95)])
        let drawn = chart.svg(Words.of(.en)).text
        #expect(drawn.matches(of: /<circle/).count == 4)
        #expect(drawn.matches(of: /<polyline/).count == 1)
        #expect(drawn.contains("a 90.00, c 80.00, d 70.00, f 100.00"))
    }

    @Test func `whatever month is asked for, the pages answer`() async throws {
        let world = try await TestWorld.make(at: 10)
        for month in ["2026-03", "0001-01", "9999-12", "2026-13", "x", ""] {
            for path in ["/patrols", "/differences", "/differences/rows", "/scores"] {
                #expect(try await world.get("\(path)?month=\(month)", as: "enterprise").status == 200, "\(path) \(month)")
            }
        }
        #expect(Month("2026-01")?.adding(-1).text == "2025-12")
        #expect(Month("2024-02")?.last == Day("2024-02-29"))
    }

    @Test func `figures, differences and months are the same on PostgreSQL`() async throws {
        let server = try #require(PostgresServer.shared, "PostgreSQL 15 is needed")
        let first = try #require(Day("2026-03-02"))
        let url = try server.database()
        let report = try await Program.simulate(halls: 2, from: first, days: 12, seed: 8, files: try TestWorld.pack(), database: url)
        #expect(report.violations.isEmpty, "\(report.violations.prefix(3))")
        let store = try PostgresStore(url: url, connections: 2)
        let clock = StandingClock(Zone.shanghai.instant(first.adding(days: 12), minute: 0))
        let hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: clock, ids: Program.ids(Program.chance), chance: Program.chance, log: .init(label: "test"))
        let (patrols, points, halls) = try await store.read { tx in
            (
                try tx.rows("select * from patrol where score is not null").map(Patrol.init(row:)), try tx.rows("select * from patrol_point").map(PatrolPoint.init(row:)),
                try tx.rows("select place from place where kind = 'hall'").map { try $0.text("place") }
            )
        }
        #expect(!patrols.isEmpty && points.contains { $0.verdict != nil })
        let (from, to) = (Month(of: first), Month(of: first.adding(days: 30)))
        let cells = try await store.read { tx in try hall.scores.sums(halls, from: from, to: to, at: clock.now, tx).cells }
        let all: [ScoreRoutes.Cell] = cells.values.flatMap { Array($0.values) }
        let total: Int = patrols.compactMap(\.score).reduce(0, +)
        #expect(all.map(\.total).reduce(0, +) == total)
        let counts = try await DifferenceRoutes(hall: hall).counts(halls, from: first, to: first.adding(days: 30))
        let sums = counts.values.flatMap { Array($0.values) }.reduce(DifferenceRoutes.Count(), +)
        #expect(sums.compared == points.filter { $0.verdict != nil }.count)
        #expect(sums.glossed == points.filter { $0.verdict == .glossed }.count)
        #expect(sums.saidInOrder == points.filter { $0.verdict != nil && $0.own?.answer == .ok }.count)
        #expect(patrols.allSatisfy { $0.compared != nil || $0.day >= first.adding(days: 11) })
        await store.close()
    }
}
