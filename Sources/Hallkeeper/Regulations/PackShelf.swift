import Regulation
import Store
import Synchronization
import WorkCalendar

/// A rule with what every list of duties shows of it. Handed on by reference: rules are large.
final class RuleInForce: Sendable {
    let rule: Rule
    /// The first clauses it serves.
    let clauses: [String]

    init(_ rule: Rule, _ pack: Pack) {
        self.rule = rule
        clauses = Array(pack.clauses(of: rule).prefix(3))
    }
}

/// A pack with what the program looks up at every event.
final class PackInForce: Sendable {
    let hash: String
    let pack: Pack
    private let rules: [String: RuleInForce]
    /// A rule of that id, also that of a voluntary round.
    func rule(_ id: String) -> RuleInForce? { rules[id] ?? pack.rule(id).map { RuleInForce($0, pack) } }
    /// Kinds of event that any rule waits for, or that end any duty.
    let heard: Set<String>
    /// The rules that are counted from the last time they were done.
    let countedFromLast: [String]
    /// The kinds of thing that rules multiply by or wait for the end of.
    let kindsOfThing: [String]

    init(hash: String, pack: Pack) {
        self.hash = hash
        self.pack = pack
        var heard: Set<String> = []
        for rule in pack.rules {
            if let kind = rule.waitsFor { heard.insert(kind) }
            if let kind = rule.endsOn { heard.insert(kind) }
        }
        self.heard = heard
        rules = Dictionary(pack.rules.map { ($0.id, RuleInForce($0, pack)) }, uniquingKeysWith: { first, _ in first })
        countedFromLast = pack.rules.filter(\.isCountedFromLast).map(\.id)
        kindsOfThing = pack.items.filter(\.isKept).map(\.id)
    }
}

/// Packs already read, by hash. A version never changes, so nothing here is ever stale, whoever else looks here.
final class KnownPacks: Sendable {
    private let packs = Mutex<[String: PackInForce]>([:])

    subscript(_ hash: String) -> PackInForce? {
        get { packs.withLock { $0[hash] } }
        set { packs.withLock { $0[hash] = newValue } }
    }
}

/// The rulebook as it stands in the database.
final class PackShelf: Sendable {
    private let known: KnownPacks
    private let standing: StandingShelf

    init(standing: StandingShelf, known: KnownPacks) { (self.standing, self.known) = (standing, known) }

    /// The version of this hash; reads and checks its files once a process. Throws when it is not in the database.
    func pack(_ hash: String, _ tx: any Reading) throws -> PackInForce {
        if let found = known[hash] { return found }
        let files = try tx.rows("select name, body from pack_file where hash = \(hash) order by name").map {
            PackFile(name: try $0.text("name"), text: try $0.text("body"))
        }
        let read = PackReader.read(files)
        guard let pack = read.pack else {
            throw Fault(.other, "pack \(hash) does not read: \(read.mistakes.first?.description ?? "no files")")
        }
        let found = PackInForce(hash: hash, pack: pack)
        known[hash] = found
        return found
    }

    /// The version in force on a day; before the first one the first one. Nil before any was published.
    func inForce(on day: Day, _ tx: any Reading) throws -> PackInForce? {
        try standing.keep(.inForce(day), tx) { try read(day, tx) }
    }

    private func read(_ day: Day, _ tx: any Reading) throws -> PackInForce? {
        let row =
            try tx.one("select hash from pack_force where from_day <= \(day) order by from_day desc limit 1")
            ?? tx.one("select hash from pack_force order by from_day limit 1")
        guard let row else { return nil }
        return try pack(try row.text("hash"), tx)
    }
}

/// The statutory calendar as it stands in the database, read again when a notice was loaded.
final class CalendarShelf: Sendable {
    private let hours = Mutex<[String: OpeningHours]>([:])
    /// The notices as they were last read: the calendar they make is worth keeping when something else changed.
    private let last = Mutex<(rows: [Row], calendar: StatutoryCalendar)?>(nil)
    private let standing: StandingShelf

    init(standing: StandingShelf) { self.standing = standing }

    func calendar(_ tx: any Reading) throws -> StatutoryCalendar {
        try standing.keep(.calendar, tx) {
            let rows = try tx.rows("select * from calendar_notice order by level, year")
            if let (old, calendar) = last.withLock({ $0 }), old.map(\.values) == rows.map(\.values) { return calendar }
            let calendar = StatutoryCalendar(layers: try rows.compactMap { try CalendarNoticeRow(row: $0).layer })
            last.withLock { $0 = (rows, calendar) }
            return calendar
        }
    }

    /// Opening hours from their notation, parsed once; always open when they do not parse (they are checked on the way in).
    func hours(_ text: String) -> OpeningHours? {
        if let found = hours.withLock({ $0[text] }) { return found }
        guard let parsed = try? OpeningHours(parsing: text) else { return nil }
        hours.withLock { $0[text] = parsed }
        return parsed
    }
}

extension CalendarNoticeRow {
    /// The layer for the calendar; nil when the text is no notice (it is checked when loaded).
    var layer: CalendarLayer? {
        guard let notice = try? CalendarNotice(parsing: body) else { return nil }
        return notice.layer(author: by, reason: reason, addedAt: at, level: CalendarLayer.Level(rawValue: level) ?? .company)
    }
}
