/// A kept table as the verifier sees it: what stands between the values of an image, and which values are the key.
struct Shape: Sendable {
    let table: Table
    let defaults: [String: JSON]
    /// `["duty",{` and then `"about":`, `,"at":` … in the order of their names.
    let begin: [UInt8]
    let members: [[UInt8]]
    /// Positions of the key's columns among the sorted members.
    let keys: [Int]

    init(_ table: Table, defaults: [String: JSON]) {
        (self.table, self.defaults) = (table, defaults)
        var begin: [UInt8] = [0x5B]
        JSON.write(table.name, &begin)
        self.begin = begin + [0x2C, 0x7B]
        members = table.sorted.enumerated().map { index, position in
            var text: [UInt8] = index == 0 ? [] : [0x2C]
            JSON.write(table.columns[position], &text)
            return text + [0x3A]
        }
        keys = table.keyPositions.compactMap { table.sorted.firstIndex(of: $0) }
    }

    /// An image that was written before a column came, or before one went, or in another form, as the table has it now.
    func completed(_ members: [String: JSON]) -> [UInt8] {
        let whole = Dictionary(table.columns.map { ($0, members[$0] ?? defaults[$0] ?? .null) }, uniquingKeysWith: { first, _ in first })
        return JSON.array([.string(table.name), .object(whole)]).canonical
    }
}

/// The last image of each row of one table, by the bytes of its key, as a hash with where it stands. Last is by the
/// turn of the act, and inside an act by the id of the entry; entries of one row may stand in several chains.
struct LastImages {
    struct Image {
        var key: Range<Int>
        var mark: UInt64
        var turn: Turn
        var hash: SHA256.Digest
        var chain: Int32
        var seq: Int64
        var isSeen = false
    }

    /// The first 32 bytes of an entry's id, in the order of ids.
    struct Name: Comparable {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        init(_ bytes: UnsafeRawBufferPointer) {
            withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(32))) }
            words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        }
        static func == (a: Name, b: Name) -> Bool { a.words == b.words }
        static func < (a: Name, b: Name) -> Bool { a.words < b.words }
    }

    /// When an entry counts: by its act's turn, inside an act by its id.
    struct Turn: Comparable {
        var number: Int64
        var entry: Name
        static func < (a: Turn, b: Turn) -> Bool { (a.number, a.entry) < (b.number, b.entry) }
    }

    private(set) var images: [Image] = []
    private var keys: [UInt8] = []
    private var slots = [Int32](repeating: -1, count: 64)

    private static func mark(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var mark = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var at = 0
        while at + 8 <= bytes.count {
            let (high, low) = (mark ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
            mark = high ^ low
            at += 8
        }
        for index in at..<bytes.count { mark = (mark ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
        return mark ^ mark >> 29
    }

    /// Where the key stands, or the free slot for it.
    private func slot(_ key: UnsafeRawBufferPointer, _ mark: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: mark) & (slots.count - 1)
        keys.withUnsafeBytes { all in
            while slots[slot] >= 0 {
                let image = images[Int(slots[slot])]
                if image.mark == mark, image.key.count == key.count,
                    UnsafeRawBufferPointer(rebasing: all[image.key]).elementsEqual(key) { return }
                slot = (slot + 1) & (slots.count - 1)
            }
        }
        return slot
    }

    /// Takes an image unless a later entry's is there.
    mutating func take(_ key: UnsafeRawBufferPointer, _ turn: Turn, _ hash: SHA256.Digest, chain: Int32, seq: Int64) {
        let mark = Self.mark(key)
        let slot = slot(key, mark)
        let position = Int(slots[slot])
        if position >= 0 {
            guard !(images[position].turn > turn) else { return }
            (images[position].turn, images[position].hash, images[position].chain, images[position].seq) = (turn, hash, chain, seq)
            return
        }
        slots[slot] = Int32(images.count)
        images.append(Image(key: keys.count..<keys.count + key.count, mark: mark, turn: turn, hash: hash, chain: chain, seq: seq))
        keys.append(contentsOf: key)
        if images.count * 2 > slots.count { grow() }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 4)
        for (position, image) in images.enumerated() {
            var slot = Int(truncatingIfNeeded: image.mark) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(position)
        }
    }

    /// The images of another part of the ledger.
    mutating func add(_ other: LastImages) {
        other.keys.withUnsafeBytes { all in
            for image in other.images {
                take(UnsafeRawBufferPointer(rebasing: all[image.key]), image.turn, image.hash, chain: image.chain, seq: image.seq)
            }
        }
    }

    /// The image of a row's key, now known to have its row; nil when the ledger knows none.
    mutating func see(_ key: UnsafeRawBufferPointer) -> Image? {
        let position = Int(slots[slot(key, Self.mark(key))])
        guard position >= 0 else { return nil }
        images[position].isSeen = true
        return images[position]
    }

    /// The key's values as JSON writes them, parted by commas.
    func key(of image: Image) -> [UInt8] { Array(keys[image.key]) }
}
