import WorkCalendar

/// One act inside its transaction. Lives in the closure only, and is made anew when the closure runs again, so that a
/// rerun draws the same ids.
package final class Act: Writing {
    package let now: Instant
    package let actor: Actor
    /// What is stored under the idempotency key for a request that comes twice; a link, usually.
    package var answer = ""
    /// The request it belongs to, or "".
    private let request: String
    private let tx: any Writing
    private var next: ID
    private let salt: (UInt64, UInt64)
    private var salted: UInt64 = 0
    private var drafts: [Draft] = []
    private var wakeUps: [@Sendable () -> Void] = []
    /// Places at which rows were kept.
    private(set) var touched: Set<String> = []

    init(_ tx: any Writing, actor: Actor, now: Instant, first: ID, salt: (UInt64, UInt64), request: String) {
        (self.tx, self.actor, self.now, self.salt, self.request) = (tx, actor, now, salt, request)
        next = first
    }

    /// A fresh id; later ones are larger.
    package func id() -> ID {
        next = next.successor
        return next
    }

    package func rows(_ sql: SQL) throws -> [Row] { try tx.rows(sql) }
    package func each(_ sql: SQL, _ body: (any RowView) throws -> Void) throws { try tx.each(sql, body) }
    package var mayWrite: Bool { true }
    package func numbers() throws -> Standing.Numbers? { try tx.numbers() }

    /// For tables that are not kept: sessions, drafts, queues of the program's own.
    @discardableResult
    package func run(_ sql: SQL) throws -> Int { try tx.run(sql) }

    /// Begins an entry: what is kept after it belongs to it.
    package func enter(
        chain: String, place: String, kind: String, about: String = "", effective: Instant? = nil, event: JSON
    ) throws {
        drafts.append(
            Draft(
                id: id(), chain: chain, place: place, kind: kind, about: about, effective: effective ?? now, event: event))
    }

    /// The image goes to the newest entry in the chain of the row's own place, so that the order of that chain is the order of
    /// the row's changes; to the newest entry where there is none.
    private func picture<Row: Kept>(_ row: Row, _ values: [Value]) throws {
        guard !drafts.isEmpty else { throw Fault(.noEntry, Row.table.name) }
        var index = drafts.count - 1
        if let position = Row.table.placePosition, position < values.count, case .text(let place) = values[position], drafts[index].chain != place {
            index = drafts.lastIndex { $0.chain == place } ?? index
        }
        drafts[index].images.append(Row.table.image(values))
        for position in Row.table.homePositions where position < values.count { if case .text(let home) = values[position] { touched.insert(home) } }
    }

    /// Keeps a row: inserted, or changed where its key is there already.
    package func keep<Row: Kept>(_ row: Row) throws {
        let values = row.values
        try tx.run(SQL(text: Row.table.upsertText, values: values))
        try picture(row, values)
    }

    /// Keeps a new row; `Fault(.unique)` when its key is there already.
    package func add<Row: Kept>(_ row: Row) throws {
        let values = row.values
        try tx.run(SQL(text: Row.table.insertText, values: values))
        try picture(row, values)
    }

    /// Keeps a row unless one like it is there (by any unique key); gives whether it was new.
    package func addIfNew<Row: Kept>(_ row: Row) throws -> Bool {
        let values = row.values
        guard try tx.run(SQL(text: Row.table.insertIfNewText, values: values)) > 0 else { return false }
        try picture(row, values)
        return true
    }

    /// Puts personal text in its own table and a salted commitment to it in the entry; gives its id.
    package func personal(_ text: String, place: String) throws -> ID {
        guard !drafts.isEmpty else { throw Fault(.noEntry, "personal") }
        let id = id()
        salted += 1
        let seed = "\(salt.0):\(salt.1):\(salted):\(id)"
        let salt = Hash.sha256(hex: seed)
        try tx.run("insert into personal (place, id, salt, text) values (\(place), \(id), \(salt), \(text))")
        var item: [UInt8] = [0x5B]
        JSON.write(id.description, &item)
        item.append(0x2C)
        JSON.write(Hash.sha256(hex: salt + text), &item)
        item.append(0x5D)
        drafts[drafts.count - 1].personal.append(item)
        return id
    }

    /// Destroys a personal text as the law demands: text and salt go, the commitment stays, the chain still verifies.
    package func erase(_ id: ID, place: String) throws {
        guard !drafts.isEmpty else { throw Fault(.noEntry, "personal") }
        try tx.run("update personal set salt = '', text = '' where place = \(place) and id = \(id)")
    }

    /// The same by the id's text, as rows keep it.
    package func erase(_ id: String, place: String) throws {
        guard !drafts.isEmpty else { throw Fault(.noEntry, "personal") }
        try tx.run("update personal set salt = '', text = '' where place = \(place) and id = \(id)")
    }

    /// Called once after the act is durable: wake-ups, never facts.
    package func afterCommit(_ wakeUp: @escaping @Sendable () -> Void) { wakeUps.append(wakeUp) }

    /// The act's place among all acts. Drawn inside the transaction: who changes what another has changed began after that
    /// one's commit, so draws later. Ids do not tell: they are drawn before an act has its turn, by the process's clock.
    private func turn(sealing: Bool) throws -> Int64 {
        let row = try tx.one(
            sealing ? "update entry_turn set last = last + 1 where one = 1 returning last as turn" : "select nextval('entry_turn') as turn")
        guard let row else { throw Fault(.other, "no turn") }
        return try row.int("turn")
    }

    /// Writes the entries; on SQLite seals them in the same commit.
    func finish(sealing: Bool) throws -> [@Sendable () -> Void] {
        if drafts.isEmpty { return wakeUps }
        let turn = try turn(sealing: sealing)
        var heads: [String: (seq: Int64, hash: String)] = [:]
        for draft in drafts {
            let body = draft.body(actor: actor.text, recorded: now, request: request, turn: turn)
            let text = String(decoding: body, as: UTF8.self)
            try tx.run(
                """
                insert into entry (place, id, chain, recorded, effective, actor, kind, about, body)
                values (\(draft.place), \(draft.id), \(draft.chain), \(now), \(draft.effective), \(actor.text), \(draft.kind), \(draft.about), \(text))
                """)
            guard sealing else { continue }
            let head = try heads[draft.chain] ?? Seal.head(draft.chain, tx).map { ($0.seq, $0.hash) } ?? (0, Seal.genesis)
            heads[draft.chain] = try Seal.add(draft.chain, after: head, entry: draft.id.description, place: draft.place, body: body, tx)
        }
        return wakeUps
    }
}
