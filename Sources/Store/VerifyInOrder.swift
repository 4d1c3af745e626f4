import Foundation
import WorkCalendar

/// Something does not fit: the other way has to say what.
private struct Unfit: Error {}

extension Ledger {
    /// Whether everything is as it was written, told by reading entries, seals and rows in the order in which they lie in the
    /// file, each once (docs/rules/ledger.md, "Two ways to verify"). True only where `verify` would name nothing of chains, seals,
    /// personal texts and rows. False says nothing but that the other way has to look: it is also the answer where entries and
    /// seals do not lie side by side, where some are of before there were turns, and always on PostgreSQL.
    func isWholeInOrder(_ shapes: [Shape], printed: [Seal], stretch: Int64) async throws -> Bool {
        guard store.engine == .sqlite else { return false }
        do {
            let end = try await store.read { tx in
                let end = try tx.one("select coalesce(max(rowid), 0) as n from entry")?.int("n") ?? 0
                guard try tx.one("select coalesce(max(rowid), 0) as n from seal")?.int("n") == end else { throw Unfit() }
                return end
            }
            let likeness = Likeness()
            let frozen = FrozenShapes(shapes)
            // Rows as there are now; later ones are put where they fit.
            let rows = try await sizes(frozen)
            let workers = (0..<2).map { _ in OrderWalker(frozen, likeness, rows) }
            defer { for worker in workers { worker.free() } }
            let heads = try await walk(to: end, stretch, workers)
            for seal in printed where heads[ChainName(seal.chain)] == nil { throw Unfit() }
            for seal in printed {
                guard try await store.read({ tx in try tx.one("select hash from seal where chain = \(seal.chain) and seq = \(seal.seq)")?.text("hash") }) == seal.hash else { throw Unfit() }
            }
            try await compare(frozen, stretch, workers)
            return workers.allSatisfy { $0.texts.areAllSeen && $0.images.allSatisfy(\.areAllSeen) }
        } catch is Unfit { return false }
    }

    /// All entries and seals; gives the heads of the chains.
    private func walk(to end: Int64, _ stretch: Int64, _ workers: [OrderWalker]) async throws -> [ChainName: OrderWalker.Head] {
        let work = Queue(stride(from: 0, to: end, by: Int64.Stride(stretch)).map { ($0, min(end, $0 + stretch)) })
        let pieces = try await withThrowingTaskGroup(of: [(Int, OrderWalker.Piece)].self) { [store] group in
            for worker in workers {
                group.addTask {
                    var pieces: [(Int, OrderWalker.Piece)] = []
                    while let (order, (after, upTo)) = work.next() {
                        pieces.append((order, try await store.read { tx in try worker.walk(after, upTo, tx) }))
                    }
                    return pieces
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        var heads: [ChainName: OrderWalker.Head] = [:]
        var last: OrderWalker.Turn?
        for piece in pieces {
            if let last { guard last < piece.first else { throw Unfit() } }
            last = piece.last
            for (chain, link) in piece.links {
                let before = heads[chain] ?? .genesis
                guard link.seq == before.seq + 1, link.prev == before.hash else { throw Unfit() }
                heads[chain] = link.head
            }
        }
        return heads
    }

    /// The last place in the file of each kept table, and of personal texts behind them.
    private func sizes(_ shapes: FrozenShapes) async throws -> [Int64] {
        try await store.read { tx in
            try (shapes.shapes.map(\.table.name) + ["personal"]).map { try tx.one(SQL(text: "select coalesce(max(rowid), 0) as n from \($0)", values: []))?.int("n") ?? 0 }
        }
    }

    /// All rows of all kept tables, and personal texts, which stand behind them.
    private func compare(_ shapes: FrozenShapes, _ stretch: Int64, _ workers: [OrderWalker]) async throws {
        let ends = try await sizes(shapes)
        let units = ends.indices.flatMap { index in stride(from: 0, to: ends[index], by: Int64.Stride(stretch)).map { (index, $0, min(ends[index], $0 + stretch)) } }
        let work = Queue(units)
        try await withThrowingTaskGroup(of: Void.self) { [store] group in
            for worker in workers {
                group.addTask {
                    while let (_, (index, after, upTo)) = work.next() {
                        try await store.read { tx in
                            if index == shapes.all.count { return try worker.compareTexts(workers.map(\.texts), after, upTo, tx) }
                            try worker.compare(index, workers.map { $0.images[index] }, after, upTo, tx)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// The name of a chain, as long as an id may be.
struct ChainName: Hashable {
    private var words: SIMD4<UInt64> = .zero
    private var count: Int

    init(_ text: String) { self = Array(text.utf8).withUnsafeBytes { ChainName($0) } }

    /// Longer names have one name together: whoever has two chains of that kind is asked the other way.
    init(_ bytes: UnsafeRawBufferPointer) {
        count = bytes.count
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(32))) }
    }
    var isWhole: Bool { count <= 32 }
}

/// The kept tables with their bytes where nobody counts references: asked some ten million times a second.
private final class FrozenShapes: @unchecked Sendable {
    struct Frozen {
        let begin: UnsafeRawBufferPointer
        let members: UnsafeBufferPointer<UnsafeRawBufferPointer>
        let keys: UnsafeBufferPointer<Int>
    }
    let shapes: [Shape]
    let all: UnsafeBufferPointer<Frozen>
    private let names: [String: Int]
    /// By a small hash of a table's name: the only table that has it, or -1.
    private let quick: UnsafeMutablePointer<Int>
    private var memory: [UnsafeMutableRawPointer] = []

    init(_ shapes: [Shape]) {
        self.shapes = shapes
        var memory: [UnsafeMutableRawPointer] = []
        func frozen(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            bytes.withUnsafeBytes { if let base = $0.baseAddress { copy.copyMemory(from: base, byteCount: bytes.count) } }
            memory.append(copy)
            return UnsafeRawBufferPointer(start: copy, count: bytes.count)
        }
        func frozen<Item>(list: [Item]) -> UnsafeBufferPointer<Item> {
            let copy = UnsafeMutableBufferPointer<Item>.allocate(capacity: max(1, list.count))
            _ = copy.initialize(from: list)
            return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(copy)[0..<list.count])
        }
        all = frozen(
            list: shapes.map { shape in
                Frozen(begin: frozen(shape.begin), members: frozen(list: shape.members.map { frozen($0) }), keys: frozen(list: shape.keys))
            })
        names = Dictionary(shapes.enumerated().map { ($0.element.table.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        quick = .allocate(capacity: 256)
        quick.initialize(repeating: -1, count: 256)
        for (index, shape) in shapes.enumerated() {
            let slot = Array(shape.table.name.utf8).withUnsafeBytes { Self.slot($0) }
            quick[slot] = quick[slot] == -1 ? index : -2
        }
        self.memory = memory
    }

    deinit {
        for index in all.indices {
            all[index].members.deallocate()
            all[index].keys.deallocate()
        }
        all.deallocate()
        quick.deallocate()
        for part in memory { part.deallocate() }
    }

    @inline(__always) private static func slot(_ name: UnsafeRawBufferPointer) -> Int {
        guard name.count > 1 else { return 0 }
        return (name.count &* 37 &+ Int(name[0]) &* 5 &+ Int(name[name.count - 1]) &* 11 &+ Int(name[name.count / 2]) &* 3) & 255
    }

    /// The table an image is of, standing at its beginning; nil when it is none of these.
    @inline(__always) func index(at reader: CanonicalReader) -> Int? {
        var ahead = reader
        guard ahead.skips("["), let text = ahead.string() else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: reader.bytes[text.lowerBound + 1..<text.upperBound - 1])
        let known = quick[Self.slot(name)]
        if known >= 0 {
            let begin = all[known].begin
            return begin.count == name.count + 5 && memcmp(begin.baseAddress! + 2, name.baseAddress!, name.count) == 0 ? known : nil
        }
        return known == -1 ? nil : names[String(decoding: name, as: UTF8.self)]
    }

    func index(_ name: String) -> Int? { names[name] }
}

/// One of the two who look. Used by one task at a time; its images are read by both once nobody walks any more.
private final class OrderWalker: @unchecked Sendable {
    /// A hash as it is written: 64 characters.
    struct Written {
        var words: SIMD8<UInt64>
        static func == (a: Written, b: Written) -> Bool {
            let other = a.words ^ b.words
            return other[0] | other[1] | other[2] | other[3] | other[4] | other[5] | other[6] | other[7] == 0
        }
    }

    /// Where a chain stands.
    struct Head {
        var seq: Int64
        var hash: Written
        static let genesis = Head(seq: 0, hash: Written(words: SIMD8(repeating: 0x3030_3030_3030_3030)))
    }
    /// What a stretch has of one chain: its first entry's place and what it follows, and the last.
    struct Link {
        var seq: Int64
        var prev: Written
        var head: Head
    }
    /// An act's place among all acts, and inside it the entry's.
    struct Turn {
        var number: Int64
        var entry: LastImages.Name
        static func < (a: Turn, b: Turn) -> Bool { a.number < b.number || a.number == b.number && a.entry < b.entry }
    }
    struct Piece {
        var links: [(ChainName, Link)] = []
        var first: Turn
        var last: Turn
    }

    let images: [LatestImages]
    /// The commitments of personal texts, by place and id.
    let texts: LatestImages
    private let shapes: FrozenShapes
    private let likeness: Likeness
    private let ink = Ink()
    private let parts: UnsafeMutablePointer<Range<Int>>
    /// The row at hand.
    private let values: UnsafeMutablePointer<RawValue>

    /// `rows`: how many each table has, and personal texts; each of two workers finds about half of them.
    init(_ shapes: FrozenShapes, _ likeness: Likeness, _ rows: [Int64]) {
        (self.shapes, self.likeness) = (shapes, likeness)
        images = shapes.shapes.indices.map { LatestImages(rows: rows[$0]) }
        texts = LatestImages(rows: rows[shapes.shapes.count])
        let most = shapes.all.map(\.members.count).max() ?? 0
        parts = .allocate(capacity: max(1, most))
        parts.initialize(repeating: 0..<0, count: max(1, most))
        values = .allocate(capacity: max(Self.columns, most))
        values.initialize(repeating: .null, count: max(Self.columns, most))
    }

    /// Gives its memory back.
    func free() {
        for table in images { table.free() }
        texts.free()
        ink.free()
        parts.deallocate()
        values.deallocate()
    }

    // MARK: entries

    private static let columns = 16

    /// Walks entries and seals that lie side by side. Throws when one does not fit.
    func walk(_ after: Int64, _ upTo: Int64, _ tx: any Reading) throws -> Piece {
        var links: [(ChainName, Link)] = []
        var places: [ChainName: Int] = [:]
        var (name, place) = (ChainName(""), -1)
        var (first, last): (Turn?, Turn?) = (nil, nil)
        var expected = after
        try tx.each(
            """
            select s.rowid, s.chain, s.seq, s.entry, s.place, s.prev, s.hash,
                e.id, e.place, e.chain, e.recorded, e.effective, e.actor, e.kind, e.about, e.body
            from seal s cross join entry e on e.rowid = s.rowid where s.rowid > \(after) and s.rowid <= \(upTo) order by s.rowid
            """
        ) { row in
            expected += 1
            row.read(Self.columns, into: values)
            let (written, sealed) = (values[5].text, values[6].text)
            guard values[0].int == expected, let seq = values[2].int, let prev = Self.written(written), let hash = Self.written(sealed) else { throw Unfit() }
            let chain = values[1].text
            let found = ChainName(chain)
            if place < 0 || found != name {
                guard found.isWhole else { throw Unfit() }
                (name, place) = (found, places[found] ?? -1)
                if place < 0 {
                    place = links.count
                    places[found] = place
                    links.append((found, Link(seq: seq, prev: prev, head: Head(seq: seq - 1, hash: prev))))
                }
            }
            guard links[place].1.head.seq + 1 == seq, links[place].1.head.hash == prev else { throw Unfit() }
            links[place].1.head = Head(seq: seq, hash: hash)
            let (id, body) = (values[7].text, values[15].text)
            guard Self.same(values[3].text, id), Self.same(values[4].text, values[8].text) else { throw Unfit() }
            var sum = SHA256()
            sum.add(written)
            sum.add(body)
            guard sum.digest().isWritten(as: sealed) else { throw Unfit() }
            let turn = Turn(number: try take(body, chain, expected), entry: LastImages.Name(id))
            guard turn.number > 0, id.count <= 32 else { throw Unfit() }
            if let last { guard last < turn else { throw Unfit() } } else { first = turn }
            last = turn
        }
        guard expected == upTo, let first, let last else { throw Unfit() }
        return Piece(links: links, first: first, last: last)
    }

    @inline(__always) private static func written(_ text: UnsafeRawBufferPointer) -> Written? {
        text.count == 64 ? Written(words: text.loadUnaligned(as: SIMD8<UInt64>.self)) : nil
    }

    @inline(__always) private static func same(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let left = a.baseAddress, let right = b.baseAddress else { return true }
        return memcmp(left, right, a.count) == 0
    }

    /// Takes the images of a body that has the ledger's own form and says what its columns say; gives its turn.
    private func take(_ body: UnsafeRawBufferPointer, _ chain: UnsafeRawBufferPointer, _ entry: Int64) throws -> Int64 {
        var reader = CanonicalReader(body)
        guard reader.skips("{\"about\":"), says(&reader, values[14].text), reader.skips(",\"actor\":"), says(&reader, values[12].text),
            reader.skips(",\"alg\":\"sha256\",\"chain\":"), says(&reader, values[9].text), Self.same(values[9].text, chain),
            reader.skips(",\"effective\":"), let effective = number(&reader), effective == values[11].int, reader.skips(",\"entry\":"), says(&reader, values[7].text),
            reader.skips(",\"event\":"), reader.value() != nil, reader.skips(",\"kind\":"), says(&reader, values[13].text),
            reader.skips(",\"personal\":"), let personal = reader.value(), reader.skips(",\"place\":"), says(&reader, values[8].text),
            reader.skips(",\"recorded\":"), let recorded = number(&reader), recorded == values[10].int
        else { throw Unfit() }
        if reader.skips(",\"request\":"), reader.string() == nil { throw Unfit() }
        guard reader.skips(",\"rows\":[") else { throw Unfit() }
        if !reader.skips("]") {
            repeat { try takeRow(&reader, entry) } while reader.skips(",")
            guard reader.skips("]") else { throw Unfit() }
        }
        guard reader.skips(",\"sig\":\"\",\"turn\":"), let turn = number(&reader), reader.skips("}"), reader.isAtEnd else { throw Unfit() }
        if personal.count > 2 { try takeTexts(reader[personal], values[8].text, entry) }
        return turn
    }

    /// The personal texts an entry names, each with its commitment.
    private func takeTexts(_ list: UnsafeRawBufferPointer, _ place: UnsafeRawBufferPointer, _ entry: Int64) throws {
        var reader = CanonicalReader(list)
        guard reader.skips("[") else { throw Unfit() }
        repeat {
            guard reader.skips("["), let id = reader.string(), reader.skips(","), let text = reader.string(), text.count == 66, reader.skips("]") else { throw Unfit() }
            ink.clear()
            ink.put(text: place)
            ink.put(byte: 0x2C)
            ink.put(reader[id])
            let (key, commitment) = (likeness.mark(ink.bytes), likeness.mark(reader[text.lowerBound + 1..<text.upperBound - 1]))
            if let known = texts.image(key), known.pointee.bytes != commitment { throw Unfit() }
            texts.put(key, commitment, entry: entry)
        } while reader.skips(",")
        guard reader.skips("]"), reader.isAtEnd else { throw Unfit() }
    }

    /// Whether the next string is this text.
    @inline(__always) private func says(_ reader: inout CanonicalReader, _ text: UnsafeRawBufferPointer) -> Bool {
        guard CanonicalReader.isPlain(text) else {
            ink.clear()
            ink.put(text: text)
            return reader.skips(bytes: ink.bytes)
        }
        let (at, end) = (reader.at, reader.at + text.count + 1)
        guard end < reader.bytes.count, reader.bytes[at] == 0x22, reader.bytes[end] == 0x22 else { return false }
        if let base = text.baseAddress, let other = reader.bytes.baseAddress, memcmp(base, other + at + 1, text.count) != 0 { return false }
        reader.at = end + 1
        return true
    }

    @inline(__always) private func number(_ reader: inout CanonicalReader) -> Int64? {
        guard let digits = reader.number() else { return nil }
        var (number, at) = (Int64(0), digits.lowerBound)
        let isNegative = reader.bytes[at] == 0x2D
        if isNegative { at += 1 }
        // At most eighteen digits: they fit.
        while at < digits.upperBound {
            number = number &* 10 &+ Int64(reader.bytes[at] - 0x30)
            at += 1
        }
        return isNegative ? -number : number
    }

    /// One image: its bytes as they stand, where it has just the columns the table has today; else as the table would write it now.
    private func takeRow(_ reader: inout CanonicalReader, _ entry: Int64) throws {
        let from = reader
        if let index = shapes.index(at: reader) {
            let shape = shapes.all[index]
            if reader.skips(bytes: shape.begin), hasMembers(shape, &reader) {
                let bytes = UnsafeRawBufferPointer(rebasing: reader.bytes[from.at..<reader.at])
                return images[index].put(key(shape, reader.bytes), likeness.mark(bytes), entry: entry)
            }
            reader = from
        }
        guard let item = reader.value() else { throw Unfit() }
        guard let pair = try? JSON(parsing: Array(reader[item])).array, pair.count == 2, let name = pair[0].string, let members = pair[1].object, let index = shapes.index(name) else { return }
        let shape = shapes.shapes[index]
        let (key, whole) = (shape.key { members[$0] ?? .null }, shape.completed(members))
        images[index].put(key.withUnsafeBytes { likeness.mark($0) }, whole.withUnsafeBytes { likeness.mark($0) }, entry: entry)
    }

    private func hasMembers(_ shape: FrozenShapes.Frozen, _ reader: inout CanonicalReader) -> Bool {
        for position in 0..<shape.members.count {
            guard reader.skips(bytes: shape.members[position]), let value = reader.value() else { return false }
            parts[position] = value
        }
        return reader.skips("}]")
    }

    /// The mark of the key's values as JSON writes them, parted by commas.
    @inline(__always) private func key(_ shape: FrozenShapes.Frozen, _ bytes: UnsafeRawBufferPointer) -> Likeness.Mark {
        if shape.keys.count == 1 { return likeness.mark(UnsafeRawBufferPointer(rebasing: bytes[parts[shape.keys[0]]])) }
        ink.clear()
        for number in 0..<shape.keys.count {
            if number > 0 { ink.put(byte: 0x2C) }
            ink.put(UnsafeRawBufferPointer(rebasing: bytes[parts[shape.keys[number]]]))
        }
        return likeness.mark(ink.bytes)
    }

    // MARK: rows

    /// Holds rows against their last images. Throws when one does not fit.
    func compare(_ index: Int, _ images: [LatestImages], _ after: Int64, _ upTo: Int64, _ tx: any Reading) throws {
        let (shape, table) = (shapes.all[index], shapes.shapes[index].table)
        // All columns in the order of their names, as images have them.
        let columns = table.sorted.map { table.columns[$0] }.joined(separator: ", ")
        try tx.each(SQL(text: "select \(columns) from \(table.name) where rowid > ? and rowid <= ?", values: [.int(after), .int(upTo)])) { row in
            row.read(shape.members.count, into: values)
            ink.clear()
            ink.put(shape.begin)
            for column in 0..<shape.members.count {
                ink.put(shape.members[column])
                let start = ink.count
                switch values[column] {
                case .null: ink.put(UnsafeRawBufferPointer(start: Self.null.utf8Start, count: 4))
                case .int(let number): ink.put(number)
                case .text(let text): ink.put(text: text)
                // No kept row holds one.
                case .bytes: throw Unfit()
                }
                parts[column] = start..<ink.count
            }
            ink.put(byte: 0x7D)
            ink.put(byte: 0x5D)
            let bytes = likeness.mark(ink.bytes)
            // Behind the image, in the same memory.
            let end = ink.count
            for number in 0..<shape.keys.count {
                if number > 0 { ink.put(byte: 0x2C) }
                let part = parts[shape.keys[number]]
                ink.put(again: part)
            }
            let key = likeness.mark(ink[end..<ink.count])
            var latest: UnsafeMutablePointer<LatestImages.Image>?
            for table in images {
                guard let image = table.image(key) else { continue }
                guard !image.pointee.isSeen else { throw Unfit() }
                image.pointee.see()
                if let other = latest, other.pointee.entry >= image.pointee.entry { continue }
                latest = image
            }
            guard let latest, latest.pointee.bytes == bytes else { throw Unfit() }
        }
    }
    private static let null: StaticString = "null"

    /// Holds personal texts against their commitments; what stands in no entry is not asked about. Throws when one does not fit.
    func compareTexts(_ texts: [LatestImages], _ after: Int64, _ upTo: Int64, _ tx: any Reading) throws {
        try tx.each("select place, id, salt, text from personal where rowid > \(after) and rowid <= \(upTo)") { row in
            ink.clear()
            ink.put(text: row.text(0))
            ink.put(byte: 0x2C)
            ink.put(text: row.text(1))
            let key = likeness.mark(ink.bytes)
            var known: LatestImages.Image?
            for table in texts {
                guard let image = table.image(key) else { continue }
                guard !image.pointee.isSeen, known.map({ $0.bytes == image.pointee.bytes }) ?? true else { throw Unfit() }
                image.pointee.see()
                known = image.pointee
            }
            guard let known else { return }
            guard case .text(let salt) = row.value(2), case .text(let text) = row.value(3) else { throw Unfit() }
            if salt.count == 0, text.count == 0 {
                // Destroyed as the law demands: by an act of its own, which says so.
                let (place, id) = (row.string(0), row.string(1))
                guard try tx.one("select 1 as one from entry where place = \(place) and about = \(id) and kind = 'personal.erased' limit 1") != nil else { throw Unfit() }
                return
            }
            var sum = SHA256()
            sum.add(salt)
            sum.add(text)
            ink.clear()
            ink.put(hex: sum.digest())
            guard likeness.mark(ink.bytes) == known.bytes else { throw Unfit() }
        }
    }
}
