import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct SimulationTests {
    private let monday = Day("2026-07-06") ?? Day(number: 0)

    @Test func `a summer week of three halls holds every invariant, and the same seed gives the same ledger`() async throws {
        let files = try TestWorld.pack()
        let first = try await Program.simulate(halls: 3, from: monday, days: 7, seed: 11, files: files)
        #expect(first.violations.isEmpty, "\(first.violations.prefix(5))")
        #expect(first.duties > 400)
        #expect(first.done + first.late + first.missed + first.waived + first.notRequired + first.open == first.duties)
        let again = try await Program.simulate(halls: 3, from: monday, days: 7, seed: 11, files: files, prove: false)
        #expect(again.ledgerHash == first.ledgerHash)
        let other = try await Program.simulate(halls: 3, from: monday, days: 2, seed: 12, files: files, prove: false)
        #expect(other.ledgerHash != first.ledgerHash)
    }

    @Test func `a made-up library runs a week on its own pack, with not one line of Swift`() async throws {
        let report = try await Program.simulate(halls: 2, from: monday, days: 7, seed: 3, files: try TestWorld.pack("library"))
        #expect(report.violations.isEmpty, "\(report.violations.prefix(5))")
        #expect(report.done > 20)
        #expect(report.ended.count >= 5)
    }

    @Test func `several processes live through whatever goes wrong, and the same seed is the same run`() async throws {
        let runner = try TroubledRunner(files: try TestWorld.pack())
        defer { runner.clear() }
        let first = try await runner.live(seed: 3, halls: 1, days: 1)
        #expect(first.violations.isEmpty, "\(first.violations.prefix(5))")
        #expect(first.deaths > 5 && first.commands > 100)
        let again = try await runner.live(seed: 3, halls: 1, days: 1)
        #expect(again.trace == first.trace && again.entries == first.entries)
        let other = try await runner.live(seed: 4, halls: 1, days: 1)
        #expect(other.violations.isEmpty, "\(other.violations.prefix(5))")
        #expect(other.trace != first.trace)
    }

    @Test func `coverage names all 94 clauses, computed`() async throws {
        let text = try await Program.coverage(TestWorld.root.appending(path: "packs/guangan").path, json: true)
        let ids = text.matches(of: /"id":"([^"]+)"/).map { String($0.1) }
        #expect(ids.count == 94)
        #expect(Set(ids).count == 94)
        #expect(text.contains("\"status\":\"definition\""))
        #expect(text.matches(of: /"status":"runs"/).count >= 80)
        // The loop of a complaint is lived, and every step of it has ended a duty.
        for id in ["7.1", "7.2-1", "7.2-2", "7.2-3", "7.2-4", "7.2-5", "7.3"] { #expect(text.contains(#""id":"\#(id)","rules":["#)) }
        for rule in ["first-contact", "investigated", "replied", "called-back", "improvement-concluded", "closed", "handling-approved", "leader-instructs", "misconduct-concluded"] { #expect(!text.contains("simulation:" + rule + "\""), "\(rule)") }
        #expect(!text.contains("event:complaint") && !text.contains("act:complaints"))
    }

    @Test func `every table is rebuilt from the entries alone`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        try await world.report("weather.reported", ["kind": "rain"], by: "guard-chengnan")
        try await world.move(to: TestWorld.at(14))
        let problems = try await world.hall.ledger.verify()
        #expect(problems.isEmpty, "\(problems.prefix(3).map(\.sentence.en))")
        let other = try await TestWorld.make(planned: false)
        _ = try await other.hall.store.write { tx in
            for type in Hallkeeper.kept { try tx.run(SQL(text: "delete from " + type.table.name, values: [])) }
            return 0
        }
        try await world.hall.ledger.rebuild(into: other.hall.store)
        for type in Hallkeeper.kept {
            let table = type.table
            let columns: String = table.columns.joined(separator: ", ")
            let order: String = table.key.joined(separator: ", ")
            let statement = SQL(text: "select " + columns + " from " + table.name + " order by " + order, values: [])
            let kept = try await world.hall.store.read { tx in try tx.rows(statement).map(\.values) }
            let rebuilt = try await other.hall.store.read { tx in try tx.rows(statement).map(\.values) }
            #expect(kept == rebuilt, "\(table.name)")
        }
    }

    @Test func `a row changed behind the ledger's back is found and named`() async throws {
        let world = try await TestWorld.make(at: 9, 30)
        let duty = try await world.duty("restroom")
        _ = try await world.hall.store.write { tx in try tx.run("update duty set state = 'done' where id = \(duty.id)") }
        let problems = try await world.hall.ledger.verify()
        #expect(problems.count == 1)
        #expect(problems.first?.sentence.en.contains(duty.id) == true)
    }
}
