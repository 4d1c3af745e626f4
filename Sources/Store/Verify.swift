import WorkCalendar

/// Something in the ledger or in the tables that is not as it was written, and where.
package struct LedgerProblem: Hashable, Sendable {
    package let chain: String
    package let seq: Int64
    package let entry: String
    package let sentence: Text
    init(_ chain: String, _ seq: Int64, _ entry: String, _ sentence: Text) {
        (self.chain, self.seq, self.entry, self.sentence) = (chain, seq, entry, sentence)
    }
}

extension Ledger {
    private static let page = 500

    /// Walks every chain and compares every kept table with the last image of each row. Names what is unsealed, altered,
    /// missing, too much, out of order, and a tail cut off before a printed seal. Memory grows with kept rows, not entries.
    package func verify(printed: [Seal] = [], key: PublicKey? = nil) async throws -> [LedgerProblem] {
        var problems: [LedgerProblem] = []
        var images = Images(kept: kept, defaults: try await defaults())
        let chains = try await store.read { tx in
            try tx.rows("""
                with recursive known (chain) as (
                    select min(chain) from seal
                    union all select (select min(chain) from seal where chain > known.chain) from known where known.chain is not null
                )
                select chain from known where chain is not null order by chain
                """).map { try $0.text("chain") }
        }
        var sealed: Int64 = 0
        for chain in chains { sealed += try await verify(chain, &problems, &images, printed) }
        for seal in printed where !chains.contains(seal.chain) {
            problems.append(
                LedgerProblem(
                    seal.chain, seal.seq, "",
                    Text("链 \(seal.chain) 不见了，印过第 \(seal.seq) 条", "chain \(seal.chain) is gone; entry \(seal.seq) was printed")))
        }
        let unsealed = try await store.read { tx in
            try tx.rows(
                """
                select id, chain from entry where not exists (select 1 from seal where seal.entry = entry.id)
                order by id limit 100
                """
            ).map { (try $0.text("id"), try $0.text("chain")) }
        }
        for (id, chain) in unsealed {
            problems.append(LedgerProblem(chain, 0, id, Text("条目 \(id) 没有封入链", "entry \(id) is not sealed")))
        }
        problems += try await compare(images)
        problems += try await verifySignatures(key)
        return problems
    }

    private func verify(
        _ chain: String, _ problems: inout [LedgerProblem], _ images: inout Images, _ printed: [Seal]
    ) async throws -> Int64 {
        var (last, prev) = (Int64(0), Seal.genesis)
        while true {
            let after = last
            let rows = try await store.read { tx in
                try tx.rows(
                    """
                    select s.seq, s.entry, s.prev, s.hash, e.id, e.place, e.chain, e.recorded, e.effective, e.actor, e.kind, e.about, e.body
                    from seal s left join entry e on e.id = s.entry and e.place = s.place
                    where s.chain = \(chain) and s.seq > \(after) order by s.seq limit \(Self.page)
                    """)
            }
            for row in rows {
                let seq = try row.int("seq")
                let entry = try row.text("entry")
                func say(_ zh: String, _ en: String) { problems.append(LedgerProblem(chain, seq, entry, Text(zh, en))) }
                if seq != last + 1 {
                    say("链 \(chain) 缺第 \(last + 1)–\(seq - 1) 条", "chain \(chain) lacks entries \(last + 1)–\(seq - 1)")
                }
                if try row.text("prev") != prev {
                    say("链 \(chain) 第 \(seq) 条接不上前一条", "chain \(chain), entry \(seq): does not follow the one before")
                }
                prev = try row.text("hash")
                last = seq
                for seal in printed where seal.chain == chain && seal.seq == seq && seal.hash != prev {
                    say("链 \(chain) 第 \(seq) 条与印出的封印不同", "chain \(chain), entry \(seq): differs from the printed seal")
                }
                guard case .text(let body)? = row["body"] else {
                    say("链 \(chain) 第 \(seq) 条的条目 \(entry) 不见了", "chain \(chain), entry \(seq): entry \(entry) is gone")
                    continue
                }
                let bytes = Array(body.utf8)
                if Seal.hash(try row.text("prev"), bytes) != prev {
                    say("链 \(chain) 第 \(seq) 条被改动过", "chain \(chain), entry \(seq): was altered")
                    continue
                }
                guard let json = try? JSON(parsing: bytes), try agrees(json, row) else {
                    say("链 \(chain) 第 \(seq) 条的列与正文不符", "chain \(chain), entry \(seq): columns and body differ")
                    continue
                }
                images.take(json, chain, seq)
                try await checkPersonal(json, chain, seq, entry, &problems)
            }
            if rows.count < Self.page { break }
        }
        for seal in printed where seal.chain == chain && seal.seq > last {
            problems.append(
                LedgerProblem(
                    chain, seal.seq, "",
                    Text(
                        "链 \(chain) 只到第 \(last) 条，印过第 \(seal.seq) 条：尾部被截", "chain \(chain) ends at \(last), but entry \(seal.seq) was printed: the tail was cut")))
        }
        return last
    }

    private func agrees(_ json: JSON, _ row: Row) throws -> Bool {
        for name in ["place", "chain", "actor", "kind", "about"] where json[name]?.string != (try row.text(name)) { return false }
        for name in ["recorded", "effective"] where json[name]?.int != (try row.int(name)) { return false }
        return json["entry"]?.string == (try row.text("id"))
    }

    private func checkPersonal(
        _ json: JSON, _ chain: String, _ seq: Int64, _ entry: String, _ problems: inout [LedgerProblem]
    ) async throws {
        guard let place = json["place"]?.string else { return }
        for item in json["personal"]?.array ?? [] {
            guard let pair = item.array, pair.count == 2, let id = pair[0].string, let commitment = pair[1].string else { continue }
            let found = try await store.read { tx in
                try tx.one("select salt, text from personal where place = \(place) and id = \(id)")
                    .map { (try $0.text("salt"), try $0.text("text")) }
            }
            guard let (salt, text) = found else {
                problems.append(LedgerProblem(chain, seq, entry, Text("个人文字 \(id) 不见了", "personal text \(id) is gone")))
                continue
            }
            if salt.isEmpty && text.isEmpty {
                // Destroyed as the law demands: by an act of its own, which says so.
                let told = try await store.read { tx in
                    try tx.one("select 1 as one from entry where place = \(place) and about = \(id) and kind = 'personal.erased' limit 1") != nil
                }
                guard !told else { continue }
                problems.append(
                    LedgerProblem(chain, seq, entry, Text("个人文字 \(id) 未经流水就被抹去", "personal text \(id) was erased without an act")))
                continue
            }
            if Hash.sha256(hex: salt + text) != commitment {
                problems.append(LedgerProblem(chain, seq, entry, Text("个人文字 \(id) 被改动过", "personal text \(id) was altered")))
            }
        }
    }

    /// Rows changed behind the ledger's back, both ways.
    private func compare(_ images: Images) async throws -> [LedgerProblem] {
        var problems: [LedgerProblem] = []
        for type in kept {
            let table = type.table
            var expected = images.last[table.name] ?? [:]
            var after: [Value] = []
            while true {
                let from = after
                let rows = try await store.read { tx in try tx.rows(table.pageText(after: from, limit: Self.page)) }
                for row in rows {
                    let values = table.columns.map { row[$0] ?? .null }
                    let key = table.keyPositions.map { values[$0] }
                    after = key
                    guard let image = expected.removeValue(forKey: key) else {
                        problems.append(problem(table, key, "", 0, Text("流水里没有这一行", "the ledger knows no such row")))
                        continue
                    }
                    if image.hash != Hash.sha256(table.image(values)) {
                        problems.append(problem(table, key, image.chain, image.seq, Text("与流水不符", "differs from the ledger")))
                    }
                }
                if rows.count < Self.page { break }
            }
            for (key, image) in expected {
                problems.append(problem(table, key, image.chain, image.seq, Text("这一行不见了", "the row is gone")))
            }
        }
        return problems
    }

    private func problem(_ table: Table, _ key: [Value], _ chain: String, _ seq: Int64, _ what: Text) -> LedgerProblem {
        let name = key.map {
            switch $0 {
            case .text(let text): text
            case .int(let number): String(number)
            default: "\($0)"
            }
        }.joined(separator: "/")
        return LedgerProblem(
            chain, seq, "", Text("表 \(table.name) 的 \(name)：\(what.zh)", "table \(table.name), \(name): \(what.en)"))
    }

    /// Writes every kept table of another, empty store from the entries of this one alone.
    package func rebuild(into other: any Store) async throws {
        let defaults = try await defaults()
        let tables = Dictionary(kept.map { ($0.table.name, $0.table) }, uniquingKeysWith: { first, _ in first })
        let order = try await order()
        for start in stride(from: 0, to: order.count, by: Self.page) {
            let page = Array(order[start..<min(order.count, start + Self.page)])
            let found = try await store.read { tx in
                try tx.rows("select id, body from entry where id in \(list: page)").map { (try $0.text("id"), try $0.text("body")) }
            }
            let byID = Dictionary(found, uniquingKeysWith: { first, _ in first })
            let bodies = page.compactMap { id in byID[id].map { (id, $0) } }
            try await other.write { tx in
                for (_, body) in bodies {
                    for image in try JSON(parsing: Array(body.utf8))["rows"]?.array ?? [] {
                        guard let pair = image.array, pair.count == 2, let name = pair[0].string,
                            let table = tables[name], let members = pair[1].object
                        else { throw Fault(.other, "an image that is no row") }
                        let values = table.columns.map { column -> Value in
                            switch members[column] ?? defaults[name]?[column] {
                            case .int(let number)?: .int(number)
                            case .string(let text)?: .text(text)
                            default: .null
                            }
                        }
                        try tx.run(SQL(text: table.upsertText, values: values))
                    }
                }
            }
        }
    }

    /// The ids of all entries in the order they count: by turn, inside an act by id.
    private func order() async throws -> [String] {
        var found: [(turn: Int64, id: String)] = []
        var after = ""
        while true {
            let from = after
            let rows = try await store.read { tx in
                try tx.rows("select id, body from entry where id > \(from) order by id limit \(Self.page)").map {
                    (try JSON(parsing: Array($0.text("body").utf8))["turn"]?.int ?? 0, try $0.text("id"))
                }
            }
            found += rows
            guard let last = rows.last, rows.count == Self.page else { break }
            after = last.1
        }
        return found.sorted { ($0.turn, $0.id) < ($1.turn, $1.id) }.map(\.id)
    }
}

/// The last image of each row, by table and key, as a hash with where it stands. Last is by the turn of the act, and inside
/// an act by the id of the entry; entries of one row may stand in several chains.
struct Images {
    struct Image {
        var chain: String
        var seq: Int64
        var turn: Int64
        var entry: String
        var hash: [UInt8]
    }
    var last: [String: [[Value]: Image]] = [:]
    private var tables: [String: Table] = [:]

    mutating func take(_ json: JSON, _ chain: String, _ seq: Int64) {
        let (turn, entry) = (json["turn"]?.int ?? 0, json["entry"]?.string ?? "")
        for item in json["rows"]?.array ?? [] {
            guard let pair = item.array, pair.count == 2, let name = pair[0].string, let members = pair[1].object else { continue }
            let whole = completed(name, members)
            let key = keys(name).map { column -> Value in
                switch members[column] {
                case .int(let number)?: .int(number)
                case .string(let text)?: .text(text)
                default: .null
                }
            }
            if let old = last[name]?[key], (old.turn, old.entry) > (turn, entry) { continue }
            last[name, default: [:]][key] = Image(chain: chain, seq: seq, turn: turn, entry: entry, hash: Hash.sha256(whole.map { JSON.array([.string(name), .object($0)]).canonical } ?? item.canonical))
        }
    }

    private let defaults: [String: [String: JSON]]

    init(kept: [any Kept.Type], defaults: [String: [String: JSON]]) {
        self.defaults = defaults
        for type in kept { tables[type.table.name] = type.table }
    }

    /// An image that was written before a column came, or before one went, as the table has it now; nil when it fits as it is.
    private func completed(_ name: String, _ members: [String: JSON]) -> [String: JSON]? {
        guard let table = tables[name], members.count != table.columns.count || table.columns.contains(where: { members[$0] == nil }) else { return nil }
        return Dictionary(uniqueKeysWithValues: table.columns.map { ($0, members[$0] ?? defaults[name]?[$0] ?? .null) })
    }

    private func keys(_ name: String) -> [String] { tables[name]?.key ?? [] }
}

extension Table {
    /// One page of rows in the order of the key, after a key.
    func pageText(after: [Value], limit: Int) -> SQL {
        let order = key.joined(separator: ", ")
        var text = "select \(columns.joined(separator: ", ")) from \(name)"
        if !after.isEmpty { text += " where (\(order)) > (\(Array(repeating: "?", count: after.count).joined(separator: ", ")))" }
        text += " order by \(order) limit \(limit)"
        return SQL(text: text, values: after)
    }
}
