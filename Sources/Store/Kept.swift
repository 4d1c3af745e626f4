/// A table whose rows are kept by acts: every change of a row is also an image in an entry.
package struct Table: Sendable {
    package let name: String
    package let key: [String]
    package let columns: [String]
    /// Positions of the key's columns, and of all columns in the order of their names' bytes (the canonical order).
    let keyPositions: [Int]
    /// Where a row says to which place it belongs.
    let placePosition: Int?
    /// Where a row says at which places it matters: its own, and whose roster answers for it.
    let homePositions: [Int]
    let sorted: [Int]
    let upsertText: String
    package let insertText: String
    let insertIfNewText: String

    package init(name: String, key: [String], columns: [String]) {
        self.name = name
        self.key = key
        self.columns = columns
        placePosition = columns.firstIndex(of: "place")
        homePositions = ["place", "seat"].compactMap { columns.firstIndex(of: $0) }
        keyPositions = key.compactMap { columns.firstIndex(of: $0) }
        sorted = columns.indices.sorted { columns[$0].utf8.lexicographicallyPrecedes(columns[$1].utf8) }
        let names = columns.joined(separator: ", ")
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let changes = columns.filter { !key.contains($0) }.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        insertText = "insert into \(name) (\(names)) values (\(marks))"
        insertIfNewText = insertText + " on conflict do nothing"
        upsertText = insertText + " on conflict (\(key.joined(separator: ", "))) do "
            + (changes.isEmpty ? "nothing" : "update set " + changes)
    }
}

/// A row that acts keep. Columns hold texts, integers or nothing; personal text stands elsewhere, here only its id.
package protocol Kept: Sendable {
    static var table: Table { get }
    init(row: Row) throws
    /// In the order of `table.columns`.
    var values: [Value] { get }
}
