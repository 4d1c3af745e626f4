extension Ledger {
    /// What a column holds in rows that were written before it came: its default in the table's definition. Images of that
    /// time lack it.
    func defaults() async throws -> [String: [String: JSON]] {
        let (names, engine) = (kept.map { $0.table.name }, store.engine)
        return try await store.read { tx in
            var all: [String: [String: JSON]] = [:]
            for name in names {
                let rows = try tx.rows(
                    engine == .sqlite
                        ? "select name, dflt_value as standard from pragma_table_info(\(name)) where dflt_value is not null"
                        : """
                        select column_name::text as name, column_default::text as standard from information_schema.columns
                        where table_schema = current_schema() and table_name = \(name) and column_default is not null
                        """)
                for row in rows { all[name, default: [:]][try row.text("name")] = Self.literal(try row.text("standard")) }
            }
            return all
        }
    }

    /// A default as SQL has it: `1`, `''`, `'x'::text`.
    private static func literal(_ text: String) -> JSON {
        guard text.first == "'" else { return Int64(text).map { JSON.int($0) } ?? .null }
        let inside = text.dropFirst()
        let end = inside.lastIndex(of: "'") ?? inside.endIndex
        return .string(String(inside[..<end]).replacing("''", with: "'"))
    }
}
