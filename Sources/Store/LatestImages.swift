/// The last image of each row of one table, where a ledger is read in the order it was written: which key and which bytes are
/// known by their marks alone. What is put later counts.
struct LatestImages {
    struct Image {
        var key: Likeness.Mark
        var bytes: Likeness.Mark
        /// Its place among all entries; 0: none stands here.
        var entry: Int64
        /// Whether its row was found.
        var isSeen: Bool
    }

    private struct State {
        var slots: UnsafeMutablePointer<Image>
        var mask: Int
        var count: Int
    }
    /// Behind a pointer: one worker fills it, and nobody has to be asked whether another does so just now.
    private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State(slots: Self.empty(64), mask: 63, count: 0))
    }

    /// Gives its memory back.
    func free() {
        state.pointee.slots.deallocate()
        state.deallocate()
    }

    private static func empty(_ count: Int) -> UnsafeMutablePointer<Image> {
        let slots = UnsafeMutablePointer<Image>.allocate(capacity: count)
        slots.initialize(repeating: Image(key: Likeness.Mark(high: 0, low: 0), bytes: Likeness.Mark(high: 0, low: 0), entry: 0, isSeen: false), count: count)
        return slots
    }

    @inline(__always) private static func slot(_ key: Likeness.Mark, _ slots: UnsafeMutablePointer<Image>, _ mask: Int) -> UnsafeMutablePointer<Image> {
        var index = Int(truncatingIfNeeded: key.low) & mask
        while slots[index].entry != 0, slots[index].key != key { index = (index + 1) & mask }
        return slots + index
    }

    /// Puts an image of an entry that was written after all whose images were put before.
    func put(_ key: Likeness.Mark, _ bytes: Likeness.Mark, entry: Int64) {
        let slot = Self.slot(key, state.pointee.slots, state.pointee.mask)
        let isNew = slot.pointee.entry == 0
        slot.pointee = Image(key: key, bytes: bytes, entry: entry, isSeen: false)
        guard isNew else { return }
        state.pointee.count += 1
        if state.pointee.count * 2 > state.pointee.mask { grow() }
    }

    private func grow() {
        let (old, count) = (state.pointee.slots, state.pointee.mask + 1)
        let (slots, mask) = (Self.empty(count * 4), count * 4 - 1)
        for index in 0..<count where old[index].entry != 0 { Self.slot(old[index].key, slots, mask).pointee = old[index] }
        old.deallocate()
        (state.pointee.slots, state.pointee.mask) = (slots, mask)
    }

    /// The image of a key; nil when there is none.
    func image(_ key: Likeness.Mark) -> UnsafeMutablePointer<Image>? {
        let slot = Self.slot(key, state.pointee.slots, state.pointee.mask)
        return slot.pointee.entry == 0 ? nil : slot
    }

    /// Whether each image's row was found.
    var areAllSeen: Bool { (0...state.pointee.mask).allSatisfy { state.pointee.slots[$0].entry == 0 || state.pointee.slots[$0].isSeen } }
}
