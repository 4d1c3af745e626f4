import Regulation
import Store
import Synchronization
import WorkCalendar

/// Sums of patrols and their points by hall and month, kept once they are made: a year of a hall is hundreds of thousands of
/// points, and those of past months stay as they are. The pages drawn of them are kept too. Never stale: a patrol's score and points come with its end and never
/// change, so a hall whose newest end is the same has the same sums, and a month with the same patrols too.
final class ScoreShelf: Sendable {
    /// Patrols together.
    struct Cell: Sendable, Equatable {
        var count = 0, total = 0, vetoed = 0
        var mean: Int? { count > 0 ? Score.divide(total, count) : nil }
        static func + (a: Cell, b: Cell) -> Cell { Cell(count: a.count + b.count, total: a.total + b.total, vetoed: a.vetoed + b.vetoed) }
    }

    /// What points got of what was possible.
    struct Sum: Sendable, Equatable {
        var n = 0, got = 0, possible = 0
        static func + (a: Sum, b: Sum) -> Sum { Sum(n: a.n + b.n, got: a.got + b.got, possible: a.possible + b.possible) }
    }

    /// By round, by group of clauses, by zone.
    struct Sums: Sendable, Equatable {
        var rounds: [String: Cell] = [:]
        var groups: [String: Sum] = [:]
        var zones: [Text: Sum] = [:]
        /// All rounds together.
        var cell: Cell { rounds.values.reduce(Cell(), +) }
        mutating func add(_ other: Sums) {
            rounds.merge(other.rounds, uniquingKeysWith: +)
            groups.merge(other.groups, uniquingKeysWith: +)
            zones.merge(other.zones, uniquingKeysWith: +)
        }
    }

    /// What some halls came to in some months: hall by hall and month by month, and all of it.
    struct Gathered: Sendable {
        /// place → `2026-11` → its patrols.
        var cells: [Place.ID: [String: Cell]] = [:]
        var whole = Sums()
    }

    /// One hall, as of its newest end. Months that were looked at and had no patrols are there, empty.
    private struct Year: Sendable {
        var mark: Instant?
        var months: [String: Sums] = [:]
    }
    fileprivate struct Question: Hashable, Sendable {
        var halls: [Place.ID]
        var from: Day
        var to: Day
    }
    /// What a page of scores is drawn of beside the sums.
    struct Sheet: Sendable {
        var halls: [Place.ID]
        var from: Month
        var to: Month
        var isWhole: Bool
        var language: Language
        var tree: PlaceTree
        var pack: PackInForce
        fileprivate var key: SheetKey { SheetKey(question: Question(halls: halls, from: from.first, to: to.last), isWhole: isWhole, language: language) }
    }
    fileprivate struct SheetKey: Hashable, Sendable {
        var question: Question
        var isWhole: Bool
        var language: Language
    }
    /// A page as it was drawn, good as long as nothing ended since and the places and the pack are the same.
    private struct Drawn: Sendable {
        var marks: [Instant?]
        var tree: PlaceTree
        var pack: PackInForce
        var page: DrawnPage
    }
    private struct Shelf: Sendable {
        var years: [Place.ID: Year] = [:]
        var gathered: [Question: (marks: [Instant?], answer: Gathered)] = [:]
        var drawn: [SheetKey: Drawn] = [:]
    }
    private let shelf = Mutex(Shelf())
    /// So many questions are kept with their answers; then it begins anew.
    private static let most = 400
    /// Two patrols may end in one moment. What ended just now is not kept: the next may still come with the same mark.
    private static let settled: Int64 = 2_000

    /// The page of some halls as it was drawn before, or drawn now of their sums and kept.
    func page(_ sheet: Sheet, at now: Instant, _ tx: any Reading, draw: (Gathered) -> DrawnPage) throws -> DrawnPage {
        let marks = try marks(of: sheet.halls, tx)
        let own = sheet.halls.map { marks[$0] }
        if let known = shelf.withLock({ $0.drawn[sheet.key] }), known.marks == own, known.tree === sheet.tree, known.pack === sheet.pack { return known.page }
        let page = draw(try sums(sheet.halls, from: sheet.from, to: sheet.to, marks: marks, at: now, tx))
        guard areSettled(own, at: now) else { return page }
        shelf.withLock { shelf in
            if shelf.drawn.count >= Self.most { shelf.drawn.removeAll() }
            shelf.drawn[sheet.key] = Drawn(marks: own, tree: sheet.tree, pack: sheet.pack, page: page)
        }
        return page
    }

    /// The sums of some halls over whole months, from the shelf, or read where a hall has patrols it had not.
    func sums(_ halls: [Place.ID], from: Month, to: Month, at now: Instant, _ tx: any Reading) throws -> Gathered {
        try sums(halls, from: from, to: to, marks: marks(of: halls, tx), at: now, tx)
    }

    private func areSettled(_ marks: [Instant?], at now: Instant) -> Bool { marks.allSatisfy { $0.map { isSettled($0, at: now) } ?? true } }
    private func isSettled(_ mark: Instant, at now: Instant) -> Bool { mark.ms < now.ms - Self.settled }

    private func sums(_ halls: [Place.ID], from: Month, to: Month, marks: [Place.ID: Instant], at now: Instant, _ tx: any Reading) throws -> Gathered {
        let question = Question(halls: halls, from: from.first, to: to.last)
        let own = halls.map { marks[$0] }
        if let known = shelf.withLock({ $0.gathered[question] }), known.marks == own { return known.answer }
        var answer = Gathered()
        for place in halls {
            guard let mark = marks[place] else { continue }
            let months = try months(of: place, mark, from: from, to: to, isSettled: isSettled(mark, at: now), tx)
            answer.cells[place] = months.compactMapValues { $0.rounds.isEmpty ? nil : $0.cell }
            for sums in months.values { answer.whole.add(sums) }
        }
        guard areSettled(own, at: now) else { return answer }
        let made = answer
        shelf.withLock { shelf in
            if shelf.gathered.count >= Self.most { shelf.gathered.removeAll() }
            shelf.gathered[question] = (own, made)
        }
        return answer
    }

    /// When the newest patrol of each hall ended; a hall without one is not there.
    private func marks(of halls: [Place.ID], _ tx: any Reading) throws -> [Place.ID: Instant] {
        var marks: [Place.ID: Instant] = [:]
        for row in try tx.rows(
            "select place.place as place, (select max(patrol.ended) from patrol where patrol.place = place.place) as mark from place where place.place in \(list: halls)")
        {
            if let mark = try row.optionalInstant("mark") { marks[try row.text("place")] = mark }
        }
        return marks
    }

    private func months(of place: Place.ID, _ mark: Instant, from: Month, to: Month, isSettled: Bool, _ tx: any Reading) throws -> [String: Sums] {
        var asked: [Month] = []
        var month = from
        while month.first <= to.first {
            asked.append(month)
            month = month.adding(1)
        }
        let names = Set(asked.map(\.text))
        let known = shelf.withLock { $0.years[place] } ?? Year()
        if known.mark == mark, names.isSubset(of: known.months.keys) { return known.months.filter { names.contains($0.key) } }
        var fresh = try rounds(of: place, from: from.first, to: to.last, tx)
        for month in asked where fresh[month.text] == nil { fresh[month.text] = Sums() }
        // A month with the very same patrols has the same points.
        let changed = asked.filter { month in fresh[month.text]?.rounds.isEmpty == false && fresh[month.text]?.rounds != known.months[month.text]?.rounds }
        for (month, sums) in fresh where !changed.contains(where: { $0.text == month }) { fresh[month] = known.months[month] ?? sums }
        if let first = changed.first, let last = changed.last {
            for (month, sums) in try points(of: place, from: first.first, to: last.last, tx) where changed.contains(where: { $0.text == month }) {
                fresh[month]?.groups = sums.groups
                fresh[month]?.zones = sums.zones
            }
        }
        guard isSettled else { return fresh }
        let (months, isSame) = (fresh, known.mark == mark)
        shelf.withLock { shelf in
            shelf.years[place] = Year(mark: mark, months: isSame ? known.months.merging(months) { $1 } : months)
        }
        return fresh
    }

    private func rounds(of place: Place.ID, from: Day, to: Day, _ tx: any Reading) throws -> [String: Sums] {
        var found: [String: Sums] = [:]
        for row in try tx.rows(
            """
            select form, substr(day, 1, 7) as month, count(*) as n, cast(sum(score) as bigint) as total, cast(sum(case when vetoes > 0 then 1 else 0 end) as bigint) as vetoed
            from patrol where place = \(place) and day >= \(from) and day <= \(to) and score is not null group by form, substr(day, 1, 7)
            """)
        {
            let cell = Cell(count: Int(try row.int("n")), total: Int(try row.int("total")), vetoed: Int(try row.int("vetoed")))
            found[try row.text("month"), default: Sums()].rounds[try row.text("form")] = cell
        }
        return found
    }

    private func points(of place: Place.ID, from: Day, to: Day, _ tx: any Reading) throws -> [String: Sums] {
        var found: [String: Sums] = [:]
        for row in try tx.rows(
            """
            select substr(day, 1, 7) as month, part, zone_zh, zone_en, count(*) as n, cast(sum(got) as bigint) as got, cast(sum(possible) as bigint) as possible
            from patrol_point where place = \(place) and day >= \(from) and day <= \(to) and possible > 0 group by substr(day, 1, 7), part, zone_zh, zone_en
            """)
        {
            let sum = Sum(n: Int(try row.int("n")), got: Int(try row.int("got")), possible: Int(try row.int("possible")))
            let (month, part, zone) = (try row.text("month"), try row.text("part"), Text(try row.text("zone_zh"), try row.text("zone_en")))
            var sums = found[month] ?? Sums()
            sums.groups[part] = (sums.groups[part] ?? Sum()) + sum
            sums.zones[zone] = (sums.zones[zone] ?? Sum()) + sum
            found[month] = sums
        }
        return found
    }
}
