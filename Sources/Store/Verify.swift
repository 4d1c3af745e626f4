import Synchronization
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
    /// Two workers share it: chains are cut into stretches of so many entries, tables compared side by side. `inOrder`: what is
    /// whole is found to be so by one reading in the order of the file; only where something does not fit is it looked for.
    package func verify(printed: [Seal] = [], key: PublicKey? = nil, stretch: Int64 = 4000, inOrder: Bool = true) async throws -> [LedgerProblem] {
        let shapes = try await shapes()
        if inOrder, try await isWholeInOrder(shapes, printed: printed, stretch: stretch) { return try await verifySignatures(key) }
        let chains = try await store.read { tx in
            try tx.rows("""
                with recursive known (chain) as (
                    select min(chain) from seal
                    union all select (select min(chain) from seal where chain > known.chain) from known where known.chain is not null
                )
                select chain, (select max(seq) from seal where seal.chain = known.chain) as seq from known where chain is not null order by chain
                """).map { (try $0.text("chain"), try $0.int("seq")) }
        }
        let walkers = try await walk(chains, shapes, Dictionary(grouping: printed, by: \.chain), stretch)
        var problems = Dictionary(walkers.flatMap { $0.problems.map { ($0.key, $0.value) } }, uniquingKeysWith: +).sorted { $0.key < $1.key }.flatMap(\.value)
        let names = Set(chains.map(\.0))
        for seal in printed where !names.contains(seal.chain) {
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
        problems += try await compare(shapes, walkers, chains.map(\.0), stretch)
        problems += try await verifySignatures(key)
        return problems
    }

    /// The kept tables as the verifier sees them.
    func shapes() async throws -> [Shape] {
        let defaults = try await defaults()
        return kept.map { Shape($0.table, defaults: defaults[$0.table.name] ?? [:]) }
    }

    /// Chains in stretches of some thousand entries, small chains several in one reading.
    private func walk(_ chains: [(String, Int64)], _ shapes: [Shape], _ printed: [String: [Seal]], _ most: Int64) async throws -> [Walker] {
        var units: [[Stretch]] = [[]]
        var size: Int64 = 0
        for (number, (chain, end)) in chains.enumerated() {
            var after: Int64 = 0
            repeat {
                let upTo = min(end, after + most)
                if size > 0, size + upTo - after > most {
                    units.append([])
                    size = 0
                }
                units[units.count - 1].append(Stretch(chain: chain, number: Int32(number), after: after, upTo: upTo, isLast: upTo >= end))
                size += upTo - after
                after = upTo
            } while after < end
        }
        let work = Queue(units)
        return try await withThrowingTaskGroup(of: Walker.self) { [store] group in
            for _ in 0..<2 {
                group.addTask {
                    let walker = Walker(shapes, printed)
                    while let (order, unit) = work.next() {
                        try await store.read { tx in for stretch in unit { try walker.walk(stretch, order, tx) } }
                    }
                    return walker
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Rows changed behind the ledger's back, both ways.
    private func compare(_ shapes: [Shape], _ walkers: [Walker], _ chains: [String], _ most: Int64) async throws -> [LedgerProblem] {
        let sizes = shapes.indices.map { index in walkers.reduce(0) { $0 + $1.images[index].images.count } }
        let work = Queue(shapes.indices.sorted { sizes[$0] > sizes[$1] })
        let found = try await withThrowingTaskGroup(of: [Int: [LedgerProblem]].self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var found: [Int: [LedgerProblem]] = [:]
                    while let (_, index) = work.next() {
                        let comparison = Comparison(shapes[index], walkers.map { $0.images[index] }, chains)
                        while try await store.read({ tx in try comparison.page(tx, limit: most) }) {}
                        found[index] = comparison.ended()
                    }
                    return found
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
        return shapes.indices.flatMap { found[$0] ?? [] }
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

/// Work handed out in its order to whoever is free.
final class Queue<Item: Sendable>: Sendable {
    private let items: [Item]
    private let position = Mutex(0)

    init(_ items: [Item]) { self.items = items }

    func next() -> (Int, Item)? {
        let index = position.withLock { position in
            defer { position += 1 }
            return position
        }
        return index < items.count ? (index, items[index]) : nil
    }
}

/// One table beside its last images. Used by one task at a time.
private final class Comparison: @unchecked Sendable {
    private let shape: Shape
    private let chains: [String]
    private var images = LastImages()
    private var problems: [LedgerProblem] = []
    private var after: [Value] = []
    private var image: [UInt8] = []
    private var key: [UInt8] = []
    private var parts: [Range<Int>]

    init(_ shape: Shape, _ images: [LastImages], _ chains: [String]) {
        (self.shape, self.chains) = (shape, chains)
        parts = Array(repeating: 0..<0, count: shape.members.count)
        self.images = images.first ?? LastImages()
        for other in images.dropFirst() { self.images.add(other) }
    }

    /// Compares some rows in the order of their key; gives whether there may be more.
    func page(_ tx: any Reading, limit: Int64) throws -> Bool {
        let table = shape.table
        var count: Int64 = 0
        try tx.each(table.pageText(after: after, limit: Int(limit))) { row in
            count += 1
            write(row)
            let found = key.withUnsafeBytes { images.see($0) }
            if count == limit { after = table.keyPositions.map { Self.value(row.value($0)) } }
            guard let found else { return say(key, "", 0, Text("流水里没有这一行", "the ledger knows no such row")) }
            if found.hash != image.withUnsafeBytes({ SHA256.of($0) }) {
                say(key, chains[Int(found.chain)], found.seq, Text("与流水不符", "differs from the ledger"))
            }
        }
        return count == limit
    }

    /// The canonical image of a row and its key.
    private func write(_ row: any RowView) {
        image.removeAll(keepingCapacity: true)
        key.removeAll(keepingCapacity: true)
        image.append(contentsOf: shape.begin)
        for (position, column) in shape.table.sorted.enumerated() {
            image.append(contentsOf: shape.members[position])
            let start = image.count
            switch row.value(column) {
            case .null: image.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C])
            case .int(let number): JSON.write(number, &image)
            case .text(let text): JSON.write(utf8: text, &image)
            case .bytes(let bytes): Self.write(blob: bytes, &image)
            }
            parts[position] = start..<image.count
        }
        image.append(0x7D)
        image.append(0x5D)
        for (number, position) in shape.keys.enumerated() {
            if number > 0 { key.append(0x2C) }
            let part = image[parts[position]]
            key.append(contentsOf: part.first == 0x7B ? part.dropFirst(Self.blob.count).dropLast() : part)
        }
    }

    /// No kept row holds a blob: whatever its bytes are, it is not the text of the same bytes, nor of their hexadecimal digits.
    private static func write(blob bytes: UnsafeRawBufferPointer, _ image: inout [UInt8]) {
        image.append(contentsOf: blob)
        JSON.write(Hash.hex(Array(bytes)), &image)
        image.append(0x7D)
    }
    private static let blob = Array("{\"blob\":".utf8)

    private static func value(_ raw: RawValue) -> Value {
        switch raw {
        case .null: .null
        case .int(let number): .int(number)
        case .text(let text): .text(String(decoding: text, as: UTF8.self))
        case .bytes(let bytes): .bytes(Array(bytes))
        }
    }

    /// What was said of it, and the rows that are gone.
    func ended() -> [LedgerProblem] {
        for image in images.images where !image.isSeen { say(images.key(of: image), chains[Int(image.chain)], image.seq, Text("这一行不见了", "the row is gone")) }
        return problems
    }

    private func say(_ key: [UInt8], _ chain: String, _ seq: Int64, _ what: Text) {
        let values = (try? JSON(parsing: [0x5B] + key + [0x5D]).array) ?? []
        let name = values.map { $0.string ?? $0.int.map { String($0) } ?? "\($0)" }.joined(separator: "/")
        problems.append(
            LedgerProblem(chain, seq, "", Text("表 \(shape.table.name) 的 \(name)：\(what.zh)", "table \(shape.table.name), \(name): \(what.en)")))
    }
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
