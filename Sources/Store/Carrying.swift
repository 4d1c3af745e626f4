/// Carries every table of one store into another, engine to engine, in pages. Each page and the note of how far it came are
/// one transaction, so that what was interrupted goes on where it stopped; until the end the target carries a mark that it
/// is half of something.
package struct Carrying: Sendable {
    package let from: any Store
    package let to: any Store
    /// What is not carried: what a migration makes, and what is made anew.
    private let without: Set<String>
    /// Which tables go; all but `without` when nil.
    private let only: Set<String>?
    private static let page = 300

    package init(from: any Store, to: any Store, without: Set<String>, only: Set<String>? = nil) {
        (self.from, self.to, self.without, self.only) = (from, to, without, only)
    }

    /// The row of `setting` that says a database is half of something; it holds whose, and how far.
    package static let mark = "half-moved"

    package struct Table: Sendable {
        let name: String
        let columns: [String]
        let key: [String]
    }

    /// The tables both have, with their columns and keys; throws when one has a table or column the other lacks.
    package func tables() async throws -> [Table] {
        let (ours, theirs) = (try await Self.tables(from), try await Self.tables(to))
        let wanted = ours.filter { !without.contains($0.name) && only?.contains($0.name) != false }
        for table in wanted {
            guard let other = theirs.first(where: { $0.name == table.name }), Set(other.columns) == Set(table.columns), !table.key.isEmpty else {
                throw Fault(.other, "table \(table.name) is not the same on both sides")
            }
        }
        return wanted
    }

    private static func tables(_ store: any Store) async throws -> [Table] {
        try await store.read { tx in
            let rows =
                store.engine == .sqlite
                ? try tx.rows(
                    """
                    select m.name as tab, i.name as col, i.pk as pk from sqlite_master m join pragma_table_info(m.name) i
                    where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\' and m.sql not like 'create virtual%' order by m.name, i.cid
                    """)
                : try tx.rows(
                    """
                    select c.table_name::text as tab, c.column_name::text as col, coalesce(k.ordinal_position, 0)::bigint as pk
                    from information_schema.columns c
                    join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
                    left join information_schema.table_constraints p on p.table_schema = c.table_schema and p.table_name = c.table_name and p.constraint_type = 'PRIMARY KEY'
                    left join information_schema.key_column_usage k on k.constraint_name = p.constraint_name and k.table_schema = c.table_schema
                        and k.table_name = c.table_name and k.column_name = c.column_name
                    where c.table_schema = current_schema() order by c.table_name, c.ordinal_position
                    """)
            var order: [String] = []
            var columns: [String: [String]] = [:]
            var keys: [String: [(Int64, String)]] = [:]
            for row in rows {
                let (table, column, place) = (try row.text("tab"), try row.text("col"), try row.int("pk"))
                if columns[table] == nil { order.append(table) }
                columns[table, default: []].append(column)
                if place > 0 { keys[table, default: []].append((place, column)) }
            }
            return order.map { name in
                Table(name: name, columns: columns[name] ?? [], key: (keys[name] ?? []).sorted { $0.0 < $1.0 }.map(\.1))
            }
        }
    }

    private func text(_ table: Table, after: [Value]) -> SQL {
        let order = table.key.joined(separator: ", ")
        var text = "select \(table.columns.joined(separator: ", ")) from \(table.name)"
        if !after.isEmpty { text += " where (\(order)) > (\(Array(repeating: "?", count: after.count).joined(separator: ", ")))" }
        return SQL(text: text + " order by \(order) limit \(Self.page)", values: after)
    }

    /// Where an interrupted run stopped: the table, and the key of its last row.
    struct Place: Sendable {
        var source: String
        var table: String
        var after: [Value]

        var text: String {
            String(decoding: JSON.object([
                "source": .string(source), "table": .string(table),
                "after": .array(after.map { value in
                    switch value {
                    case .int(let number): .int(number)
                    case .text(let text): .string(text)
                    default: .null
                    }
                }),
            ]).canonical, as: UTF8.self)
        }

        init(source: String, table: String, after: [Value]) { (self.source, self.table, self.after) = (source, table, after) }

        init?(_ text: String) {
            guard let json = try? JSON(parsing: Array(text.utf8)), let source = json["source"]?.string, let table = json["table"]?.string else { return nil }
            let after = (json["after"]?.array ?? []).map { item -> Value in
                if let number = item.int { return .int(number) }
                return item.string.map { .text($0) } ?? .null
            }
            self.init(source: source, table: table, after: after)
        }
    }

    /// Carries all rows; `source` names what is carried, so that a half of something else is refused. `said` hears of each
    /// table that is through. With no mark of its own a run may be repeated: what is there stays.
    package func run(source: String, marked: Bool, said: @Sendable (String, Int) -> Void) async throws {
        var begin: Place?
        if marked {
            let found = try await to.read { tx in try tx.one("select value from setting where name = \(Self.mark)")?.text("value") }
            if let found {
                guard let place = Place(found), place.source == source else { throw Fault(.conflict, "the target holds half of another database") }
                begin = place
            } else {
                guard try await to.read({ tx in try tx.one("select 1 as one from entry limit 1") == nil && tx.one("select 1 as one from person limit 1") == nil }) else {
                    throw Fault(.conflict, "the target is not empty")
                }
                let first = Place(source: source, table: "", after: []).text
                _ = try await to.write { tx in
                    try tx.run("delete from setting")
                    return try tx.run("insert into setting (name, value) values (\(Self.mark), \(first))")
                }
            }
        }
        for table in try await tables() {
            var after: [Value] = []
            if let begin {
                if table.name < begin.table { continue }
                if table.name == begin.table { after = begin.after }
            }
            var count = 0
            while true {
                let from = after
                let rows = try await self.from.read { tx in try tx.rows(text(table, after: from)) }
                guard let last = rows.last else { break }
                after = table.key.map { last[$0] ?? .null }
                let (place, names) = (Place(source: source, table: table.name, after: after).text, table.columns.joined(separator: ", "))
                let marks = "(" + Array(repeating: "?", count: table.columns.count).joined(separator: ", ") + ")"
                try await to.write { tx in
                    for row in rows {
                        if table.name == "setting", row["name"] == .text(Self.mark) { continue }
                        try tx.run(SQL(text: "insert into \(table.name) (\(names)) values \(marks) on conflict do nothing", values: table.columns.map { row[$0] ?? .null }))
                    }
                    if marked { try tx.run("update setting set value = \(place) where name = \(Self.mark)") }
                }
                count += rows.count
                if rows.count < Self.page { break }
            }
            said(table.name, count)
        }
    }

    /// How many rows each table has and a sum over the hashes of all its rows, whatever their order: two stores with the
    /// same sums hold the same facts.
    package static func sums(_ store: any Store, _ tables: [Table]) async throws -> [String: String] {
        var sums: [String: String] = [:]
        for table in tables {
            var (after, count, sum) = ([Value](), 0, [UInt64](repeating: 0, count: 4))
            let columns = table.columns.sorted()
            let carrying = Carrying(from: store, to: store, without: [])
            while true {
                let from = after
                let rows = try await store.read { tx in try tx.rows(carrying.text(table, after: from)) }
                for row in rows {
                    if table.name == "setting", row["name"] == .text(mark) { continue }
                    var bytes: [UInt8] = []
                    for column in columns {
                        let (kind, value): (UInt8, [UInt8]) =
                            switch row[column] ?? .null {
                            case .null: (0, [])
                            case .int(let number): (1, Array(String(number).utf8))
                            case .text(let text): (2, Array(text.utf8))
                            case .bytes(let raw): (3, raw)
                            }
                        bytes.append(kind)
                        bytes += Array(String(value.count).utf8) + [0x3A] + value
                    }
                    let hash = Hash.sha256(bytes)
                    for part in 0..<4 {
                        let word = hash[(part * 8)..<(part * 8 + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                        sum[part] = sum[part] &+ word
                    }
                    count += 1
                }
                guard let last = rows.last, rows.count == page else { break }
                after = table.key.map { last[$0] ?? .null }
            }
            sums[table.name] = "\(count):" + sum.map { String($0, radix: 16) }.joined(separator: ".")
        }
        return sums
    }

    /// The end: acts go on counting where they stood, what came sealed waits for no seal, and the mark goes.
    package func finish() async throws {
        let last = try await from.read { [from] tx in
            try tx.one(from.engine == .sqlite ? "select last from entry_turn" : "select case when is_called then last_value else 0 end as last from entry_turn")?.int("last") ?? 0
        }
        _ = try await to.write { [to] tx in
            if to.engine == .sqlite {
                try tx.run("update entry_turn set last = \(last)")
            } else {
                try tx.run("delete from unsealed where exists (select 1 from seal where seal.entry = unsealed.entry)")
                if last > 0 { _ = try tx.rows("select setval('entry_turn', \(last)) as last") }
            }
            return try tx.run("delete from setting where name = \(Self.mark)")
        }
    }
}
