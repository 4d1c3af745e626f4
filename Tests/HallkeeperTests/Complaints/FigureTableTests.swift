import Foundation
import Regulation
import Store
import Testing
import WorkCalendar

@testable import Hallkeeper

/// The tables of docs/rules/figures.md, worked out by hand, against the program.
@Suite struct FigureTableTests {
    private static func rows(_ holds: (String) -> Bool) throws -> [[String]] {
        let text = try String(contentsOf: TestWorld.root.appending(path: "docs/rules/figures.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
        }.filter { holds($0[0]) }
    }
    private static func isCase(_ text: String) -> Bool { text.hasPrefix("C") && text.dropFirst().allSatisfy(\.isNumber) }
    private static let now = Zone.shanghai.instant(Day("2026-03-20") ?? TestWorld.monday, minute: 0)

    private static func moment(_ text: some StringProtocol) -> Instant? { Zone.shanghai.parse("2026-03-" + text.replacingOccurrences(of: " ", with: "T")) }

    /// The cases of the table, as rows; each begins with its name.
    static func live(_ world: TestWorld) async throws -> [String: Complaint] {
        var made: [String: Complaint] = [:]
        for (index, row) in try rows(isCase).filter({ $0.count == 16 }).enumerated() {
            var (c, unit) = (TestWorld.blank(world, index), ComplaintUnit())
            c.door = row[1]
            c.recorded = try #require(moment(row[2]))
            c.day = Zone.shanghai.day(of: c.recorded).description.filter { $0 != "-" }
            c.contactDue = moment(row[3])
            c.firstContact = moment(row[4])
            (c.firstDue, c.replyDue, c.replied) = (moment(row[8]), moment(row[9]), moment(row[10]))
            let called = row[11].split(separator: " ").map(String.init)
            if called.count == 3 { (c.calledBack, c.callBack, c.satisfaction, c.solved) = (c.replied?.adding(minutes: 60), called[0], called[1], called[2] == "–" ? "" : called[2]) }
            c.finding = row[12] == "–" ? "" : row[12]
            let improvement = row[13].split(separator: " ").map(String.init)
            c.improvement = Complaint.Improvement(rawValue: improvement[0]) ?? .none
            if improvement.count > 2 { c.improvementUntil = moment(improvement[1] + " " + improvement[2]) }
            let marks = row[14].split(separator: " ").map(String.init)
            (c.sentBack, c.extended, c.reopened) = (marks.contains("sent-back") ? 1 : 0, marks.contains("extended") ? 1 : 0, marks.contains("reopened") ? 1 : 0)
            c.repeatOf = marks.contains("repeat") ? "another" : ""
            c.firstDispatched = marks.contains("undispatched") ? nil : c.recorded
            c.ended = moment(row[15])
            c.stage = c.ended != nil ? .closed : c.replied != nil ? .replied : .dispatched
            (unit.place, unit.complaint, unit.unit, unit.dispatched) = (c.place, c.id, c.unit, c.recorded)
            (unit.agreed, unit.visited) = (moment(row[6]), moment(row[7]))
            var steps: [(act: String, at: Instant, fields: String)] = []
            if let tried = c.firstContact {
                let reached = moment(row[5])
                if reached != tried { steps.append(("contact", tried, #"{"reached":"unreachable"}"#)) }
                if let reached { steps.append(("contact", reached, #"{"reached":"reached"}"#)) }
            }
            if marks.contains("raised") { steps.append(("raise", c.recorded, "{}")) }
            if improvement.count == 5, let at = moment(improvement[3] + " " + improvement[4]) { steps.append(("verify-improvement", at, "{}")) }
            let (kept, line, did) = (c, unit, steps)
            try await world.hall.act(by: .clock, at: now) { act in
                try act.enter(Event(kind: "complaint.recorded", about: kept.subject, at: kept.recorded), at: kept.place)
                try act.act.keep(kept)
                try act.act.keep(line)
                for one in did {
                    var step = ComplaintStep()
                    (step.place, step.id, step.complaint, step.act, step.at, step.recorded, step.fields) = (kept.place, act.act.id().description, kept.id, one.act, one.at, one.at, one.fields)
                    try act.act.keep(step)
                }
                try FigureSums.touch(kept, act.act)
            }
            made[row[0]] = c
        }
        return made
    }

    @Test func `every figure counts exactly the cases of the table, and its numbers open exactly these`() async throws {
        let world = try await TestWorld.make(planned: false)
        let cases = try await Self.live(world)
        #expect(cases.count == 13)
        _ = world.clock.move(to: Self.now)
        let names = Dictionary(cases.map { ($0.value.number, $0.key) }, uniquingKeysWith: { first, _ in first })
        let figures = try Self.rows { $0.hasPrefix("K") }.filter { $0.count == 3 }
        #expect(figures.count == ComplaintFigure.all.count)
        func check(_ how: String) async throws {
            let hall = world.hall
            let tally = try #require(try await hall.store.read { tx in
                try FigureSums(tx: tx, hall: hall).tallies(.init(sight: ComplaintSight(program: ()), from: "202603", to: "202603"), at: Self.now)
            }[.init(month: "202603", value: "")])
            #expect(tally.n == 13)
            for row in figures {
                let (part, rest) = (row[1].split(separator: " ").map(String.init), row[2].split(separator: " ").map(String.init))
                #expect(tally[row[0]] == .init(part: part.count, whole: part.count + rest.count), "\(row[0]) \(how)")
            }
            let spans = Set(try Self.rows(Self.isCase).filter { $0.count == 3 }.map { Tally.Span(calendar: Int32($0[1]) ?? -1, working: Int32($0[2]) ?? -1) })
            #expect(Set(tally.spans) == spans && tally.spans.count == 7, "\(how)")
            for (name, path) in [("calendar", \Tally.Span.calendar as KeyPath<Tally.Span, Int32> & Sendable), ("working", \Tally.Span.working)] {
                let row = try #require(try Self.rows { $0 == name }.first)
                let times = try #require(tally.times(path))
                #expect([times.mean, times.median, times.p90].map(String.init) == Array(row[1...3]), "\(name) \(how)")
            }
        }
        try await check("from the rows")
        while try await FigureSums.keep(world.hall, at: Self.now) {}
        #expect(try await world.hall.store.read { tx in try tx.one("select 1 as one from complaint_stale") } == nil)
        try await check("from the sums")
        for row in figures {
            let (part, rest) = (Set(row[1].split(separator: " ").map(String.init)), Set(row[2].split(separator: " ").map(String.init)))
            for (side, wanted) in [("part", part), ("rest", rest), ("whole", part.union(rest))] {
                let html = try await world.get(Site.figureRows.link() + "?month=202603&figure=\(row[0])&side=\(side)", as: "shift-lead").text
                let found = Set(html.matches(of: /TS2026[0-9-]+/).compactMap { names[String($0.0)] })
                #expect(found == wanted, "\(row[0]) \(side)")
            }
        }
    }

    @Test func `a case that ends or is taken up again changes the sums of its day, and cases about oneself are not in them`() async throws {
        let world = try await TestWorld.make(planned: false)
        let cases = try await Self.live(world)
        while try await FigureSums.keep(world.hall, at: Self.now) {}
        let hall = world.hall
        func n(_ sight: ComplaintSight, _ chosen: [ComplaintFigure.Dim: [String]] = [:]) async throws -> Tally {
            try await hall.store.read { tx in try FigureSums(tx: tx, hall: hall).tallies(.init(sight: sight, from: "202603", to: "202603", chosen: chosen), at: Self.now) }[.init(month: "202603", value: "")] ?? Tally()
        }
        var sight = ComplaintSight(program: ())
        sight.person = world.person("leader")
        #expect(try await n(sight).n == 13)
        var own = try #require(cases["C1"])
        own.respondent = sight.person
        own.version += 1
        var ended = try #require(cases["C5"])
        ended.ended = Self.now
        ended.version += 1
        let changed = [own, ended]
        try await hall.act(by: .clock, at: Self.now) { act in
            for one in changed {
                try act.enter(Event(kind: "complaint.changed", about: one.subject, at: Self.now), at: one.place)
                try act.act.keep(one)
                try FigureSums.touch(one, act.act)
            }
        }
        for _ in 0..<2 {
            #expect(try await n(sight).n == 12)
            #expect(try await n(sight)["K5"].part == 1)
            #expect(try await n(sight).spans.count == 6)
            #expect(try await n(ComplaintSight(program: ())).n == 13)
            #expect(try await n(sight, [.unit: [world.billing]]).n == 12)
            #expect(try await n(sight, [.unit: [world.billing], .door: ["opinion"]]).n == 1)
            #expect(try await n(sight, [.unit: ["nobody"]]).n == 0)
            while try await FigureSums.keep(hall, at: Self.now) {}
        }
    }

    @Test func `complaints are set beside customers as the table says`() throws {
        let rows = try Self.rows { $0 == "–" || Int($0) != nil }.filter { $0.count == 4 }
        #expect(rows.count == 5)
        for row in rows {
            let one = PerCustomers(complaints: try #require(Int(row[1])), customers: Int(row[0]))
            #expect(PerCustomers.written(one.perMillion) == row[2], "\(row)")
            #expect(PerCustomers.perThousand(one.perMillion) == row[3], "\(row)")
        }
    }

    @Test(arguments: [("182000", 182_000), ("182,000", 182_000), (" １８２ ０００ ", 182_000), ("18.2万", nil), ("-5", nil), ("", nil), ("99999999999", nil)])
    func `a number of customers is read as people write it`(_ text: String, _ number: Int?) {
        #expect(CustomersServed.read(text) == number)
    }
}

extension TestWorld {
    /// A case with nothing but what every case has.
    static func blank(_ world: TestWorld, _ index: Int) -> Complaint {
        var c = Complaint()
        (c.place, c.id, c.series, c.seq, c.kind, c.severity, c.channel, c.service) = (world.callCentre, "C\(index)" + String(repeating: "0", count: 20), "TS", index + 1, "BL2", "S4", "hotline", "water")
        (c.number, c.unit, c.tracking, c.recordedBy) = ("TS2026-\(100 + index)", world.billing, "track\(index)", "clock")
        return c
    }
}
