import Regulation
import Store
import WorkCalendar

/// A thing on a hall's register: which, where it stands, in whose care, in which state, how old. When it runs out is not
/// kept: the pack's table says it from the days that are (docs/rules/items.md).
struct Item: Sendable, Kept, Hashable {
    typealias ID = String
    /// `away`: sent to be serviced. A thing that is retired has `ended`.
    enum State: String, Sendable, CaseIterable { case inUse = "in-use", spare, faulty, away, retired }

    var place: Place.ID
    var id: ID
    /// The kind, by its id in the pack.
    var kind: String
    /// The type of the kind, or "".
    var type: String
    /// The number or name written on it; one of a kind at a hall.
    var name: String
    /// The zone it stands in, by its id in the pack, or "".
    var zone: String
    /// Where exactly, in words; may be empty.
    var spot: String
    /// Who looks after it, or "": the director.
    var custodian: Person.ID
    var state: State
    /// The day it was made; nil: nobody knows.
    var made: Day?
    /// The day of its last service.
    var serviced: Day?
    /// Hash of the photo of its newest label, or "".
    var photo: String
    var by: Person.ID
    var at: Instant
    var ended: Instant?

    static let table = Table(
        name: "item", key: ["place", "id"],
        columns: ["place", "id", "kind", "type", "name", "zone", "spot", "custodian", "state", "made", "serviced", "photo", "by_person", "at", "ended"])
    var values: [Value] {
        [
            .text(place), .text(id), .text(kind), .text(type), .text(name), .text(zone), .text(spot), .text(custodian), .text(state.rawValue),
            made.bound, serviced.bound, .text(photo), .text(by), at.bound, ended.bound,
        ]
    }

    /// What duties and findings about it name.
    var subject: String { Self.prefix + id }
    static let prefix = "item:"

    /// The id in a subject; nil when it is about something else.
    static func id(in subject: String) -> ID? { subject.hasPrefix(prefix) ? String(subject.dropFirst(prefix.count)) : nil }

    /// Whether the rounds come by: it is there, and not away to be serviced.
    var isLookedAt: Bool { ended == nil && state != .away }

    /// What is due next, by the pack's table; nil: it never runs out.
    func due(_ pack: Pack) -> ItemType.Due? { pack.item(kind)?.type(type)?.due(made: made, serviced: serviced) }

    /// Its last valid day. A thing whose age nobody knows counts as run out on the day it was entered.
    func expiry(_ pack: Pack, _ zone: Zone) -> Day? {
        guard ended == nil, let due = due(pack) else { return nil }
        return due.day ?? zone.day(of: at)
    }
}

extension Item {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), id: try row.text("id"), kind: try row.text("kind"), type: try row.text("type"), name: try row.text("name"),
            zone: try row.text("zone"), spot: try row.text("spot"), custodian: try row.text("custodian"), state: State(rawValue: try row.text("state")) ?? .inUse,
            made: try row.optionalText("made").flatMap { Day($0) }, serviced: try row.optionalText("serviced").flatMap { Day($0) }, photo: try row.text("photo"),
            by: try row.text("by_person"), at: try row.instant("at"), ended: try row.optionalInstant("ended"))
    }

    /// Those of a place that are not retired, by kind and name.
    static func all(at place: Place.ID, _ tx: any Reading) throws -> [Item] {
        try tx.rows("select * from item where place = \(place) and ended is null order by kind, name, id").map(Item.init(row:))
    }

    static func find(_ id: ID, at place: Place.ID, _ tx: any Reading) throws -> Item {
        guard let row = try tx.one("select * from item where place = \(place) and id = \(id)") else { throw Refusal.notFound }
        return try Item(row: row)
    }

    /// subject → the thing, of those subjects of duties and findings that name one; one statement for all.
    static func named(_ subjects: [String], at places: [Place.ID], _ tx: any Reading) throws -> [String: Item] {
        let ids = Set(subjects.compactMap(id(in:))).sorted()
        guard !ids.isEmpty else { return [:] }
        let rows = try tx.rows("select * from item where place in \(list: Set(places).sorted()) and id in \(list: ids)").map(Item.init(row:))
        return Dictionary(rows.map { ($0.subject, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The kind's word and the number on it: `灭火器 3 号`.
    func title(_ pack: Pack) -> Text {
        let kind = pack.item(kind)?.name ?? Text(kind, kind)
        return Text("\(kind.zh) \(name)", "\(kind.en) \(name)")
    }
}
