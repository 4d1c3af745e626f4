/// The last image of each row of one table, where a ledger is read in the order it was written: which key and which bytes are
/// known by their marks alone. What is put later counts.
struct LatestImages {
    struct Image {
        /// The key's mark, folded to one word: were two keys' the same, one would not be found, and the other way be taken.
        fileprivate var key: UInt64
        /// Its place among all entries, twice, and one more once its row was found; 0: none stands here.
        fileprivate var state: Int64
        var bytes: Likeness.Mark
        var entry: Int64 { state >> 1 }
        var isSeen: Bool { state & 1 == 1 }
        mutating func see() { state |= 1 }
    }

    private struct Table {
        var slots: UnsafeMutablePointer<Image>
        var mask: Int
        var count: Int
    }
    /// Behind a pointer: one worker fills it, and nobody has to be asked whether another does so just now.
    private let table: UnsafeMutablePointer<Table>

    /// Room for about so many rows from the beginning; it grows where there are more.
    init(rows: Int64 = 0) {
        var size = 64
        while size < min(rows, 1 << 24) { size *= 2 }
        table = .allocate(capacity: 1)
        table.initialize(to: Table(slots: Self.empty(size), mask: size - 1, count: 0))
    }

    /// Gives its memory back.
    func free() {
        table.pointee.slots.deallocate()
        table.deallocate()
    }

    private static func empty(_ count: Int) -> UnsafeMutablePointer<Image> {
        let slots = UnsafeMutablePointer<Image>.allocate(capacity: count)
        slots.initialize(repeating: Image(key: 0, state: 0, bytes: Likeness.Mark(high: 0, low: 0)), count: count)
        return slots
    }

    @inline(__always) private static func slot(_ key: UInt64, _ slots: UnsafeMutablePointer<Image>, _ mask: Int) -> UnsafeMutablePointer<Image> {
        var index = Int(truncatingIfNeeded: key) & mask
        while slots[index].state != 0, slots[index].key != key { index = (index + 1) & mask }
        return slots + index
    }

    /// Puts an image of an entry that was written after all whose images were put before.
    func put(_ key: Likeness.Mark, _ bytes: Likeness.Mark, entry: Int64) {
        let key = key.folded
        let slot = Self.slot(key, table.pointee.slots, table.pointee.mask)
        let isNew = slot.pointee.state == 0
        slot.pointee = Image(key: key, state: entry << 1, bytes: bytes)
        guard isNew else { return }
        table.pointee.count += 1
        if table.pointee.count * 3 > table.pointee.mask * 2 { grow() }
    }

    private func grow() {
        let (old, count) = (table.pointee.slots, table.pointee.mask + 1)
        let (slots, mask) = (Self.empty(count * 2), count * 2 - 1)
        for index in 0..<count where old[index].state != 0 { Self.slot(old[index].key, slots, mask).pointee = old[index] }
        old.deallocate()
        (table.pointee.slots, table.pointee.mask) = (slots, mask)
    }

    /// The image of a key; nil when there is none.
    func image(_ key: Likeness.Mark) -> UnsafeMutablePointer<Image>? {
        let slot = Self.slot(key.folded, table.pointee.slots, table.pointee.mask)
        return slot.pointee.state == 0 ? nil : slot
    }

    /// Whether each image's row was found.
    var areAllSeen: Bool { (0...table.pointee.mask).allSatisfy { table.pointee.slots[$0].state == 0 || table.pointee.slots[$0].isSeen } }
}
