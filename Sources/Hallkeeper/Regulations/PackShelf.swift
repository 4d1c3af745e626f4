import Regulation
import Store
import Synchronization
import WorkCalendar

/// A pack with what the program looks up at every event.
final class PackInForce: Sendable {
    let hash: String
    let pack: Pack
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
        countedFromLast = pack.rules.filter(\.isCountedFromLast).map(\.id)
        kindsOfThing = pack.items.filter(\.isKept).map(\.id)
    }
}

/// Packs already read, by hash. A version never changes, so nothing here is ever stale.
final class PackShelf: Sendable {
    private let shelf = Mutex<[String: PackInForce]>([:])

    /// The version of this hash; reads and checks its files once a process. Throws when it is not in the database.
    func pack(_ hash: String, _ tx: any Reading) throws -> PackInForce {
        if let known = shelf.withLock({ $0[hash] }) { return known }
        let files = try tx.rows("select name, body from pack_file where hash = \(hash) order by name").map {
            PackFile(name: try $0.text("name"), text: try $0.text("body"))
        }
        let read = PackReader.read(files)
        guard let pack = read.pack else {
            throw Fault(.other, "pack \(hash) does not read: \(read.mistakes.first?.description ?? "no files")")
        }
        let found = PackInForce(hash: hash, pack: pack)
        shelf.withLock { $0[hash] = found }
        return found
    }

    /// The version in force on a day; before the first one the first one. Nil before any was published.
    func inForce(on day: Day, _ tx: any Reading) throws -> PackInForce? {
        let row =
            try tx.one("select hash from pack_force where from_day <= \(day) order by from_day desc limit 1")
            ?? tx.one("select hash from pack_force order by from_day limit 1")
        guard let row else { return nil }
        return try pack(try row.text("hash"), tx)
    }
}

/// The statutory calendar as it stands in the database, read again when a notice was loaded.
final class CalendarShelf: Sendable {
    private let known = Mutex<(mark: String, calendar: StatutoryCalendar)?>(nil)
    private let hours = Mutex<[String: OpeningHours]>([:])

    func calendar(_ tx: any Reading) throws -> StatutoryCalendar {
        let row = try tx.one("select count(*) as n, max(at) as latest from calendar_notice")
        let mark = "\(try row?.int("n") ?? 0):\(try row?.optionalInt("latest") ?? 0)"
        if let (old, calendar) = known.withLock({ $0 }), old == mark { return calendar }
        let layers = try tx.rows("select * from calendar_notice order by level, year").compactMap {
            try CalendarNoticeRow(row: $0).layer
        }
        let calendar = StatutoryCalendar(layers: layers)
        known.withLock { $0 = (mark, calendar) }
        return calendar
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
