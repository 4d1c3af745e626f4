import Foundation
import Regulation
import Store
import StorePostgres
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct FigureTests {
    /// One whole loop, one contacted too late, one not answered in time, one misconduct.
    private func lived() async throws -> (TestWorld, [Complaint]) {
        let world = try await TestWorld.make(planned: false)
        let whole = try await world.closed(try await world.takeIn())
        var late = try await world.takeIn()
        try await world.move(to: world.clock.now.adding(minutes: 60))
        late = try await world.act(.sign, late, by: "handler-billing")
        late = try await world.act(.contact, late, ["reached": "unreachable"], by: "handler-billing")
        var grave = TestWorld.intake
        (grave.kind, grave.text) = ("MD1", "索要红包")
        try await world.takeIn(grave)
        var other = TestWorld.intake
        (other.kind, other.text) = ("SP3", "停水未恢复")
        let silent = try await world.takeIn(other)
        return (world, [whole, late, silent])
    }

    @Test func `every figure counts what its formula says, and its number opens exactly those cases`() async throws {
        let (world, cases) = try await lived()
        let page = try await world.get(Site.figures.link(), as: "shift-lead").text
        #expect(page.contains("K1 ") && page.contains("受理"))
        let scope = ComplaintFigure.Scope(sight: ComplaintSight(program: ()), from: "202603", to: "202603")
        let now = world.clock.now
        let hall = world.hall
        let counts = try #require(try await hall.store.read { tx in try FigureSums(tx: tx, hall: hall).tallies(scope, at: now) }[.init(month: "202603", value: "")])
        #expect(counts.n == 3, "misconduct is not counted")
        #expect(counts["K1"] == .init(part: 1, whole: 2))
        #expect(counts["K1a"] == .init(part: 1, whole: 2))
        #expect(counts["K3"] == .init(part: 1, whole: 1))
        #expect(counts["K4"] == .init(part: 1, whole: 1))
        #expect(counts["K5"] == .init(part: 1, whole: 1))
        #expect(counts["K6"] == .init(part: 1, whole: 1))
        #expect(counts["K8"] == .init(part: 1, whole: 1))
        #expect(counts["K12"] == .init(part: 1, whole: 1))
        for (id, count) in ComplaintFigure.all.map({ ($0.id, counts[$0.id]) }) {
            for (side, n) in [("part", count.part), ("rest", count.whole - count.part), ("whole", count.whole)] {
                let rows = try await world.get(Site.figureRows.link() + "?month=202603&figure=\(id)&side=\(side)", as: "shift-lead").text
                #expect(rows.matches(of: /<li class="line/).count == n, "\(id) \(side)")
            }
        }
        let lateOnes = try await world.get(Site.figureRows.link() + "?month=202603&figure=K1&side=rest", as: "shift-lead").text
        #expect(lateOnes.contains(cases[1].number) && !lateOnes.contains(cases[0].number))
        // Fewer than five are no share.
        #expect(!page.contains("50.0 %"))
    }

    @Test func `a table holds exactly the rows, no personal data, and that it was taken is an entry`() async throws {
        let (world, cases) = try await lived()
        let reply = try await world.get(Site.figureTable.link() + "?month=202603&side=all", as: "enterprise")
        let lines = await reply.streamed.split(separator: "\r\n")
        #expect(lines.count == 4 && lines[1].contains(cases[0].number))
        for secret in ["王敏", "13800138000", "红包", "翻倍"] { #expect(!lines.contains { $0.contains(secret) }, "\(secret)") }
        #expect(try await world.entries("complaint.exported") == 1)
        #expect(try await world.get(Site.figureTable.link() + "?month=202603&unit=\(world.billing)", as: "enterprise").streamed.split(separator: "\r\n").count == 3)
    }

    @Test func `figures are for whom the rulebook gives them, and clumsy questions are no fault`() async throws {
        let world = try await TestWorld.make(planned: false)
        for route in [Site.figures, Site.figureRows, Site.figureTable, Site.served] {
            #expect(try await world.get(route.link(), as: "clerk-chengnan").status == 403)
            #expect(try await world.get(route.link() + "?month=99&figure=x&side=%27&unit=%22&after=%3B", as: "leader").status == 200)
        }
    }

    @Test func `figures, queue and search say on PostgreSQL what the rows say`() async throws {
        let first = try #require(Day("2026-03-02"))
        let url = try #require(PostgresServer.shared, "PostgreSQL 15 is needed").database()
        let report = try await Program.simulate(halls: 1, from: first, days: 6, seed: 4, files: try TestWorld.pack(), database: url)
        #expect(report.violations.isEmpty, "\(report.violations.prefix(3))")
        let store = try PostgresStore(url: url, connections: 1)
        let hall = Hallkeeper(store: store, blobs: Blobs(store: store), clock: StandingClock(TestWorld.at(9)), ids: Program.ids(Program.chance), chance: Program.chance, log: .init(label: "test"))
        let now = Zone.shanghai.instant(first.adding(days: 6), minute: 0)
        let sight = ComplaintSight(program: ())
        let (cases, texts, counts) = try await store.read { tx -> ([Complaint], [String: String], Tally?) in
            let cases = try tx.rows("select * from complaint where series = 'TS'").map(Complaint.init(row:))
            return (cases, try ComplaintReader(tx: tx, hall: hall).texts(cases.map(\.text)), try FigureSums(tx: tx, hall: hall).tallies(.init(sight: sight, from: "202603", to: "202603"), at: now)[.init(month: "202603", value: "")])
        }
        #expect(cases.count > 5)
        let found = try #require(counts)
        #expect(found.n == cases.count)
        #expect(found["K4"].part == cases.filter { $0.replied != nil && $0.isFull && $0.calledBack != nil }.count)
        #expect(found["K1"].part == cases.filter { c in c.contactDue.map { due in c.firstContact.map { $0 <= due } ?? false } ?? false }.count)
        // Sums kept by the program say the same as the rows.
        while try await FigureSums.keep(hall, at: now) {}
        let kept = try await store.read { tx in try FigureSums(tx: tx, hall: hall).tallies(.init(sight: sight, from: "202603", to: "202603"), at: now) }[.init(month: "202603", value: "")]
        #expect(kept?.part == found.part && kept?.whole == found.whole && kept.map { Set($0.spans) } == Set(found.spans))
        for word in ["水", "水费", "停水", "没人", "xyz"] {
            let matching = try #require(ComplaintQuestion(.postgres, word)).condition()
            let n = try await store.read { tx in try tx.one("select count(*) as n from complaint where series = 'TS' and \(sql: matching)")?.int("n") }
            #expect(n == Int64(cases.filter { texts[$0.text]?.contains(word) == true }.count), "\(word)")
        }
        let book = try #require(PackReader.read(try TestWorld.pack()).pack).caseBook
        let filter = try ComplaintFilter(tab: .open, asked: "", book: book, tree: PlaceTree([]), zone: .shanghai, now: now)
        let queue = try await store.read { tx in try filter.page(sight, .postgres, at: now, most: 100, after: "", tx) }
        #expect(queue.map(\.id) == cases.filter { !$0.isOver }.sorted { ($0.nextDue?.ms ?? .max, $0.id) < ($1.nextDue?.ms ?? .max, $1.id) }.map(\.id))
        await store.close()
    }
}
