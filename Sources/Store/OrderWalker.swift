import Foundation

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

/// One of the two who look. Used by one task at a time; its images are read by both once nobody walks any more.
final class OrderWalker: @unchecked Sendable {
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
    /// What a stretch comes to: its part of each chain, and the turns it begins and ends with.
    struct Piece {
        var links: [(ChainName, Link)] = []
        var first: LastImages.Turn
        var last: LastImages.Turn
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
        var (first, last): (LastImages.Turn?, LastImages.Turn?) = (nil, nil)
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
            guard values[3].text.isSame(as: id), values[4].text.isSame(as: values[8].text) else { throw Unfit() }
            var sum = SHA256()
            sum.add(written)
            sum.add(body)
            guard sum.digest().isWritten(as: sealed) else { throw Unfit() }
            let turn = LastImages.Turn(number: try take(body, chain, expected), entry: LastImages.Name(id))
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

    /// Takes the images of a body that has the ledger's own form and says what its columns say; gives its turn.
    private func take(_ body: UnsafeRawBufferPointer, _ chain: UnsafeRawBufferPointer, _ entry: Int64) throws -> Int64 {
        var reader = CanonicalReader(body)
        guard reader.skips("{\"about\":"), says(&reader, values[14].text), reader.skips(",\"actor\":"), says(&reader, values[12].text),
            reader.skips(",\"alg\":\"sha256\",\"chain\":"), says(&reader, values[9].text), values[9].text.isSame(as: chain),
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
