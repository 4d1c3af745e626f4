import Foundation

/// Bytes written one after the other into memory that is used again: canonical images of rows, many a second.
struct Ink {
    private struct State {
        var base: UnsafeMutableRawPointer
        var count: Int
        var room: Int
    }
    private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State(base: .allocate(byteCount: 4096, alignment: 16), count: 0, room: 4096))
    }

    /// Gives its memory back.
    func free() {
        state.pointee.base.deallocate()
        state.deallocate()
    }

    var count: Int { state.pointee.count }
    func clear() { state.pointee.count = 0 }

    /// What was written, good until more is.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: state.pointee.base, count: state.pointee.count) }
    subscript(range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: state.pointee.base + range.lowerBound, count: range.count) }

    /// Room for so many bytes more; gives where they begin.
    @inline(__always) private func room(_ more: Int) -> UnsafeMutableRawPointer {
        if state.pointee.count + more > state.pointee.room { grow(more) }
        return state.pointee.base + state.pointee.count
    }

    private func grow(_ more: Int) {
        let old = state.pointee
        let room = max(old.room * 2, old.count + more)
        let base = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 16)
        base.copyMemory(from: old.base, byteCount: old.count)
        old.base.deallocate()
        state.pointee = State(base: base, count: old.count, room: room)
    }

    @inline(__always) func put(byte: UInt8) {
        room(1).storeBytes(of: byte, as: UInt8.self)
        state.pointee.count += 1
    }

    @inline(__always) func put(_ bytes: UnsafeRawBufferPointer) {
        guard let from = bytes.baseAddress else { return }
        memcpy(room(bytes.count), from, bytes.count)
        state.pointee.count += bytes.count
    }

    /// What was written there once more.
    func put(again range: Range<Int>) {
        let to = room(range.count)
        memcpy(to, state.pointee.base + range.lowerBound, range.count)
        state.pointee.count += range.count
    }

    /// A text as JSON has it.
    func put(text: UnsafeRawBufferPointer) {
        guard CanonicalReader.isPlain(text) else {
            var written: [UInt8] = []
            JSON.write(utf8: text, &written)
            written.withUnsafeBytes { put($0) }
            return
        }
        let to = room(text.count + 2)
        to.storeBytes(of: 0x22, as: UInt8.self)
        if let from = text.baseAddress { memcpy(to + 1, from, text.count) }
        (to + 1 + text.count).storeBytes(of: 0x22, as: UInt8.self)
        state.pointee.count += text.count + 2
    }

    /// A whole number in decimal digits.
    func put(_ number: Int64) {
        // Backwards into the end of twenty bytes, which are then moved to where they belong.
        let to = room(40)
        var (rest, at) = (number.magnitude, 40)
        repeat {
            at -= 1
            let digit = rest % 10
            (to + at).storeBytes(of: 0x30 | UInt8(truncatingIfNeeded: digit), as: UInt8.self)
            rest /= 10
        } while rest > 0
        if number < 0 {
            at -= 1
            (to + at).storeBytes(of: 0x2D, as: UInt8.self)
        }
        memmove(to, to + at, 40 - at)
        state.pointee.count += 40 - at
    }
}
