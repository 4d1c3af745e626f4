import Store
import WorkCalendar

/// Counts cases for the figures. What has ended never changes, so it is summed once a day of intake and kept; what is open is
/// counted now; a day on which something ended, or was taken up again, is counted from its rows until it is summed anew.
/// Whoever may not see all cases, or chooses by two things at once, is answered from the rows.
struct FigureSums {
    let tx: any Reading
    let hall: Hallkeeper
    private let counted = Counted()

    /// What is open, counted once for all that is asked within one reading: a page asks several times, each of other months.
    private final class Counted {
        var open: [SQL: [Fact]] = [:]
    }

    init(tx: any Reading, hall: Hallkeeper) { (self.tx, self.hall) = (tx, hall) }

    struct Slot: Hashable {
        var month: String
        var value: String
    }

    /// By month and, where asked, by what they are told apart by.
    func tallies(_ scope: ComplaintFigure.Scope, by dim: ComplaintFigure.Dim? = nil, at now: Instant) throws -> [Slot: Tally] {
        var found: [Slot: Tally] = [:]
        func take(_ facts: [Fact], times: Int = 1) {
            for fact in facts {
                var one = Tally()
                one.add(fact)
                found[Slot(month: String(fact.day.prefix(6)), value: dim.flatMap { fact.values[$0] } ?? ""), default: Tally()].add(one, times: times)
            }
        }
        guard scope.sight.seesAll, scope.chosen.count <= 1, dim == nil || scope.chosen.isEmpty || scope.chosen[dim ?? .unit] != nil else {
            take(try facts(scope.condition, at: now))
            return found
        }
        let (first, last) = (scope.from + "00", scope.to + "99")
        let stale = try tx.rows("select distinct day from complaint_stale where day >= \(first) and day <= \(last)").map { try $0.text("day") }
        let kept = dim ?? scope.chosen.keys.first
        let name = kept?.rawValue ?? ""
        let chosen: SQL = kept.flatMap { scope.chosen[$0] }.map { "and value in \(list: $0)" } ?? ""
        let isStale = Set(stale)
        for row in try tx.rows("select day, value, counts, spans from complaint_sum where dim = \(name) \(sql: chosen) and day >= \(first) and day <= \(last)") {
            let day = try row.text("day")
            guard !isStale.contains(day) else { continue }
            found[Slot(month: String(day.prefix(6)), value: dim == nil ? "" : try row.text("value")), default: Tally()].add(Tally(counts: try row.text("counts"), spans: try row.bytes("spans")))
        }
        take(try open(scope, at: now))
        if !stale.isEmpty { take(try facts("complaint.series = 'TS' and complaint.day in \(list: stale) and complaint.ended is not null and \(sql: scope.choice)", at: now)) }
        // Those about whoever asks are none of their business, in sums either.
        if !scope.sight.person.isEmpty, let own = try about(scope, stale, now) { take(own, times: -1) }
        return found
    }

    private func open(_ scope: ComplaintFigure.Scope, at now: Instant) throws -> [Fact] {
        let condition: SQL = "complaint.ended is null and complaint.series = 'TS' and \(sql: scope.choice)"
        let all = try counted.open[condition] ?? facts(condition, at: now)
        counted.open[condition] = all
        let (first, last) = (scope.from + "00", scope.to + "99")
        return all.filter { $0.day >= first && $0.day <= last }
    }

    private func about(_ scope: ComplaintFigure.Scope, _ stale: [String], _ now: Instant) throws -> [Fact]? {
        let (me, first, last) = (scope.sight.person, scope.from + "00", scope.to + "99")
        guard try tx.one("select 1 as one from complaint where complaint.respondent <> '' and complaint.respondent = \(me) limit 1") != nil else { return nil }
        var open = scope
        open.sight.person = ""
        return try facts("complaint.respondent <> '' and complaint.respondent = \(me) and complaint.series = 'TS' and complaint.day >= \(first) and complaint.day <= \(last) and complaint.ended is not null and complaint.day not in \(list: stale + [""]) and \(sql: open.choice)", at: now)
    }

    /// Cases as the figures see them.
    func facts(_ condition: SQL, at now: Instant) throws -> [Fact] {
        let dims = ComplaintFigure.Dim.allCases
        var (part, whole): (SQL, SQL) = ("0", "0")
        for (index, figure) in ComplaintFigure.all.enumerated() {
            let bit = Int64(1) << index
            whole = "\(sql: whole) + case when \(sql: figure.whole(now)) then \(sql: SQL(text: String(bit), values: [])) else 0 end"
            part = "\(sql: part) + case when \(sql: figure.part(now)) then \(sql: SQL(text: String(bit), values: [])) else 0 end"
        }
        var columns: SQL = "complaint.day, complaint.recorded, complaint.replied"
        for dim in dims { columns = "\(sql: columns), \(sql: dim.column)" }
        var units: [String: WorkUnit?] = [:]
        func unit(_ id: String) throws -> WorkUnit? {
            if let known = units[id] { return known }
            let row = try tx.one("select * from place where place = \(id)")
            let found = try row.map { try FactFinder(tx: tx, hall: hall).unit(of: try Place(row: $0)) }
            units[id] = .some(found)
            return found
        }
        return try tx.rows("select \(sql: columns), \(sql: part) as part, \(sql: whole) as whole from complaint where \(sql: condition)").map { row in
            var fact = Fact(day: try row.text("day"), part: try row.int("part"), whole: try row.int("whole"), values: [:])
            for dim in dims { fact.values[dim] = try row.text(dim.rawValue) }
            if let replied = try row.optionalInstant("replied") {
                let recorded = try row.instant("recorded")
                let working = try unit(fact.values[.unit] ?? "")?.openMilliseconds(from: recorded, to: replied) ?? replied.ms - recorded.ms
                fact.span = .init(calendar: Int32(clamping: (replied.ms - recorded.ms) / 60_000), working: Int32(clamping: working / 60_000))
            }
            return fact
        }
    }

    // MARK: - Keeping them

    /// Names the day of a case that is over, or was: its sums are made anew. In the act that keeps the case.
    static func touch(_ complaint: Complaint, _ tx: Act) throws {
        guard complaint.series == "TS", complaint.isOver || complaint.reopened > 0 else { return }
        let (day, mark) = (complaint.day, complaint.id + "." + String(complaint.version))
        try tx.run("insert into complaint_stale (day, mark) values (\(day), \(mark)) on conflict (day, mark) do nothing")
    }

    /// What the kept sums are sums of; when it changes they are all made anew.
    static let edition = ComplaintFigure.all.map(\.id).joined(separator: " ") + " " + ComplaintFigure.Dim.allCases.map(\.rawValue).joined(separator: " ")

    /// Sums up to so many of the days named, oldest first; gives whether there were more.
    @discardableResult
    static func keep(_ hall: Hallkeeper, at now: Instant, most: Int = 40) async throws -> Bool {
        let (days, isOther) = try await hall.store.read { tx in
            (
                try tx.rows("select distinct day from complaint_stale order by day limit \(most + 1)").map { try $0.text("day") },
                try tx.one("select value from setting where name = 'figures'")?.text("value") != edition
            )
        }
        if isOther {
            _ = try await hall.store.write { tx in
                try tx.run("insert into complaint_stale (day, mark) select distinct day, 'all' from complaint where series = 'TS' and day >= '0' on conflict (day, mark) do nothing")
                return try tx.run("insert into setting (name, value) values ('figures', \(edition)) on conflict (name) do update set value = excluded.value")
            }
            return true
        }
        for day in days.prefix(most) { try await sum(day, hall, at: now) }
        return days.count > most
    }

    private static func sum(_ day: String, _ hall: Hallkeeper, at now: Instant) async throws {
        _ = try await hall.store.write { tx in
            let marks = try tx.rows("select mark from complaint_stale where day = \(day)").map { try $0.text("mark") }
            guard !marks.isEmpty else { return 0 }
            var sums: [[String]: Tally] = [:]
            for fact in try FigureSums(tx: tx, hall: hall).facts("complaint.series = 'TS' and complaint.day = \(day) and complaint.confidential = 0 and complaint.ended is not null", at: now) {
                sums[["", ""], default: Tally()].add(fact)
                for (dim, value) in fact.values { sums[[dim.rawValue, value], default: Tally()].add(fact) }
            }
            try tx.run("delete from complaint_sum where day = \(day)")
            for (key, tally) in sums {
                try tx.run("insert into complaint_sum (day, dim, value, counts, spans) values (\(day), \(key[0]), \(key[1]), \(tally.counts), \(tally.spanBytes))")
            }
            // Only the marks that were there: what another process has changed meanwhile is summed next time.
            for mark in marks { try tx.run("delete from complaint_stale where day = \(day) and mark = \(mark)") }
            return sums.count
        }
    }
}

extension Tally {
    /// As it is kept: how many, then part and whole of each figure.
    var counts: String { ([n] + zip(part, whole).flatMap { [$0, $1] }).map(String.init).joined(separator: " ") }

    var spanBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(spans.count * 8)
        for span in spans { for value in [span.calendar, span.working] { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) } } }
        return bytes
    }

    init(counts: String, spans bytes: [UInt8]) {
        self.init()
        var numbers: [Int] = []
        numbers.reserveCapacity(1 + 2 * part.count)
        var value = 0
        for byte in counts.utf8 {
            if byte == 0x20 {
                numbers.append(value)
                value = 0
            } else {
                value = value * 10 + Int(byte & 15)
            }
        }
        numbers.append(value)
        n = numbers.first ?? 0
        for index in part.indices where 2 * index + 2 < numbers.count { (part[index], whole[index]) = (numbers[2 * index + 1], numbers[2 * index + 2]) }
        spans.reserveCapacity(bytes.count / 8)
        bytes.withUnsafeBytes { raw in
            for at in stride(from: 0, to: raw.count - raw.count % 8, by: 8) {
                spans.append(.init(calendar: Int32(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: Int32.self)), working: Int32(littleEndian: raw.loadUnaligned(fromByteOffset: at + 4, as: Int32.self))))
            }
        }
    }
}
