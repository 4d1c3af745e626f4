import Regulation
import Store
import WorkCalendar

/// The figures of cases (K1–K12), each with its numerator and denominator as conditions on `complaint`: what is counted and
/// the rows behind it are asked with the same words (docs/rules/figures.md). A case counts in the month in which it was taken
/// in. Misconduct and what was imported are in none of them: they have series of their own, and these ask for the other.
struct ComplaintFigure: Sendable {
    var id: String
    /// What counts.
    var part: @Sendable (Instant) -> SQL
    /// Of what.
    var whole: @Sendable (Instant) -> SQL
    /// Whether more is better.
    var isGood = true

    /// What is not over is judged as it is now, what is over as it was when it ended: so that ended cases never change.
    private static func then(_ now: Instant) -> SQL { "coalesce(complaint.ended, \(now))" }
    private static let dispatched: @Sendable (Instant) -> SQL = { _ in "complaint.first_dispatched is not null" }
    private static let contactDue: @Sendable (Instant) -> SQL = { now in "complaint.contact_due is not null and (complaint.first_contact is not null or complaint.contact_due < \(sql: then(now)))" }
    private static let reachedInTime: SQL = "exists (select 1 as one from complaint_step s where s.complaint = complaint.id and s.act = 'contact' and s.at <= complaint.contact_due and s.fields like '%\"reached\":\"reached\"%')"
    private static let rated: SQL = "complaint.satisfaction in ('5', '4', '3', '2', '1')"
    private static func did(_ act: StaticString) -> SQL { "exists (select 1 as one from complaint_step s where s.complaint = complaint.id and s.act = '\(raw: act)')" }

    static let all: [ComplaintFigure] = [
        ComplaintFigure(id: "K1", part: { _ in "complaint.first_contact <= complaint.contact_due" }, whole: contactDue),
        ComplaintFigure(id: "K1a", part: { _ in "complaint.first_contact <= complaint.contact_due and \(sql: reachedInTime)" }, whole: contactDue),
        ComplaintFigure(id: "K1b", part: { _ in "complaint.first_contact <= complaint.contact_due and not \(sql: reachedInTime)" }, whole: contactDue),
        ComplaintFigure(
            id: "K2", part: { now in "not exists (select 1 as one from complaint_unit u where u.complaint = complaint.id and u.agreed is not null and (u.visited > u.agreed or (u.visited is null and u.agreed < \(sql: then(now)))))" },
            whole: { now in "exists (select 1 as one from complaint_unit u where u.complaint = complaint.id and u.agreed is not null and (u.visited is not null or u.agreed < \(sql: then(now))))" }),
        ComplaintFigure(
            id: "K3", part: { _ in "complaint.replied <= complaint.first_due" },
            whole: { now in "complaint.first_due is not null and (complaint.replied is not null or complaint.first_due < \(sql: then(now)))" }),
        ComplaintFigure(
            id: "K3b", part: { _ in "complaint.replied <= complaint.reply_due" },
            whole: { now in "complaint.reply_due is not null and (complaint.replied is not null or complaint.reply_due < \(sql: then(now)))" }),
        ComplaintFigure(id: "K4", part: { _ in "complaint.called_back is not null" }, whole: { _ in "complaint.replied is not null and complaint.door in ('complaint', 'report')" }),
        ComplaintFigure(id: "K4b", part: { _ in "complaint.call_back = 'reached'" }, whole: { _ in "complaint.called_back is not null" }),
        ComplaintFigure(id: "K5", part: { _ in "complaint.satisfaction in ('5', '4', '3')" }, whole: { _ in rated }),
        ComplaintFigure(id: "K5b", part: { _ in rated }, whole: { _ in "complaint.called_back is not null" }),
        ComplaintFigure(id: "K6", part: { _ in "complaint.solved = 'yes'" }, whole: { _ in "complaint.solved in ('yes', 'no')" }),
        ComplaintFigure(id: "K7", part: { _ in "complaint.repeat_of <> ''" }, whole: { _ in "1 = 1" }, isGood: false),
        ComplaintFigure(id: "K8", part: { _ in "complaint.finding in ('founded', 'partly')" }, whole: { _ in "complaint.finding <> ''" }, isGood: false),
        ComplaintFigure(id: "K11a", part: { _ in "complaint.sent_back > 0" }, whole: dispatched, isGood: false),
        ComplaintFigure(id: "K11b", part: { _ in "complaint.extended > 0" }, whole: dispatched, isGood: false),
        ComplaintFigure(
            id: "K11c", part: { now in "(complaint.replied > complaint.first_due or (complaint.replied is null and complaint.first_due < \(sql: then(now))))" },
            whole: { _ in "complaint.first_dispatched is not null and complaint.first_due is not null" }, isGood: false),
        ComplaintFigure(id: "K11d", part: { _ in did("raise") }, whole: dispatched, isGood: false),
        ComplaintFigure(id: "K11e", part: { _ in "complaint.reopened > 0" }, whole: dispatched, isGood: false),
        ComplaintFigure(
            id: "K12",
            part: { _ in "complaint.improvement = 'verified' and exists (select 1 as one from complaint_step s where s.complaint = complaint.id and s.act = 'verify-improvement' and s.at <= complaint.improvement_until)" },
            whole: { now in "(complaint.improvement = 'verified' or (complaint.improvement in ('set', 'carried-out') and complaint.improvement_until < \(sql: then(now))))" }),
        // Not a share of its own: complaints proper, which K9 sets beside the customers served.
        complaints,
    ]
    static let complaints = ComplaintFigure(id: "K9", part: { _ in "complaint.door = 'complaint'" }, whole: { _ in "1 = 1" }, isGood: false)
    /// Those that are shares, in their order.
    static let shares = all.filter { $0.id != complaints.id }
    static func position(_ id: String) -> Int { all.firstIndex { $0.id == id } ?? 0 }

    /// What cases can be told apart by.
    enum Dim: String, Sendable, CaseIterable {
        case unit, kind, channel, hall, severity, service, door, cause
        var column: SQL {
            switch self {
            case .unit: "complaint.unit"
            case .kind: "complaint.kind"
            case .channel: "complaint.channel"
            case .hall: "complaint.hall"
            case .severity: "complaint.severity"
            case .service: "complaint.service"
            case .door: "complaint.door"
            case .cause: "complaint.cause"
            }
        }
    }

    /// Which cases: of months, of some units, kinds, channels …, as far as whoever asks may see.
    struct Scope: Sendable {
        var sight: ComplaintSight
        /// First and last month, `202611`.
        var from: String
        var to: String
        var chosen: [Dim: [String]] = [:]

        /// Those chosen, of these months.
        var condition: SQL { "complaint.series = 'TS' and complaint.day >= \(from + "00") and complaint.day <= \(to + "99") and \(sql: choice)" }
        /// Those chosen, of any month.
        var choice: SQL {
            var all = sight.condition
            for (dim, values) in chosen.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where !values.isEmpty { all = "\(sql: all) and \(sql: dim.column) in \(list: values)" }
            return all
        }
    }

    struct Count: Sendable, Equatable {
        var part = 0
        var whole = 0
        /// Hundredths of a percent; nil for fewer than five, which say nothing as a share.
        var share: Int? { whole >= 5 ? (part * 10_000 + whole / 2) / whole : nil }
    }
}

/// What was counted of some cases: how many, each figure, and how long they took to be answered.
struct Tally: Sendable, Equatable {
    var n = 0
    /// In the order of `ComplaintFigure.all`.
    var part = [Int](repeating: 0, count: ComplaintFigure.all.count)
    var whole = [Int](repeating: 0, count: ComplaintFigure.all.count)
    /// Minutes from intake to reply of each that was answered: by the calendar, and in working hours.
    var spans: [Span] = []
    struct Span: Sendable, Hashable {
        var calendar: Int32
        var working: Int32
    }

    subscript(id: String) -> ComplaintFigure.Count {
        let position = ComplaintFigure.position(id)
        return .init(part: part[position], whole: whole[position])
    }

    mutating func add(_ other: Tally, times: Int = 1) {
        n += times * other.n
        for index in part.indices {
            part[index] += times * other.part[index]
            whole[index] += times * other.whole[index]
        }
        if times > 0 { spans += other.spans } else { for span in other.spans { if let index = spans.firstIndex(of: span) { spans.remove(at: index) } } }
    }

    mutating func add(_ fact: Fact) {
        n += 1
        for index in part.indices where fact.whole >> index & 1 == 1 {
            whole[index] += 1
            if fact.part >> index & 1 == 1 { part[index] += 1 }
        }
        if let span = fact.span { spans.append(span) }
    }

    /// K10: mean, median, the ninetieth of a hundred, in minutes. Nil where nothing was answered.
    func times(_ path: KeyPath<Span, Int32> & Sendable) -> (mean: Int, median: Int, p90: Int)? {
        guard !spans.isEmpty else { return nil }
        let sorted = spans.map { $0[keyPath: path] }.sorted()
        let sum = sorted.reduce(0) { $0 + Int($1) }
        return ((sum + sorted.count / 2) / sorted.count, Int(sorted[(sorted.count - 1) / 2]), Int(sorted[(sorted.count * 9 + 9) / 10 - 1]))
    }
}

/// One case as the figures see it: which of them it is part of.
struct Fact: Sendable {
    var day: String
    var part: Int64
    var whole: Int64
    var values: [ComplaintFigure.Dim: String]
    var span: Tally.Span?
}
