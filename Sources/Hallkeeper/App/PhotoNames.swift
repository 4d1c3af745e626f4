import Store

/// Which photos rows name: photos of rounds and items, files of cases, floor plans, pictures of how a point should look.
struct PhotoNames: Sendable {
    let store: any Store

    /// Whether a column names what is kept among the photos.
    private static func names(_ column: String, of table: String) -> Bool {
        ["answers", "files", "blob"].contains(column) || column.hasSuffix("photo") || column.hasSuffix("photos") || (table == "reference_photo" && column == "hash")
    }

    private static let columns: [(table: String, column: String)] = Hallkeeper.kept.map { $0.table }.flatMap { table in
        table.columns.filter { names($0, of: table.name) }.map { (table.name, $0) }
    }

    /// The photos rows name, each with a table.
    func all() async throws -> [String: String] {
        var named: [String: String] = [:]
        for (table, column) in Self.columns {
            let texts = try await store.read { tx in
                try tx.rows(SQL(text: "select \(column) as named from \(table) where length(\(column)) >= 64", values: [])).map { try $0.text("named") }
            }
            for text in texts { for hash in Self.hashes(in: text) { named[hash] = table } }
        }
        return named
    }

    /// Those of some photos that a row names. Goes through all rows that name any.
    func among(_ photos: [String]) async throws -> Set<String> {
        var named: Set<String> = []
        for (table, column) in Self.columns {
            named.formUnion(
                try await store.read { tx in
                    var found: Set<String> = []
                    for hash in photos where try tx.one(SQL(text: "select 1 as one from \(table) where length(\(column)) >= 64 and \(column) like ? limit 1", values: [.text("%\(hash)%")])) != nil {
                        found.insert(hash)
                    }
                    return found
                })
        }
        return named
    }

    /// Runs of exactly 64 hexadecimal characters.
    static func hashes(in text: String) -> [String] {
        text.utf8.split { byte in !(0x30...0x39).contains(byte) && !(0x61...0x66).contains(byte) }.filter { $0.count == 64 }.map { String(Substring($0)) }
    }
}
