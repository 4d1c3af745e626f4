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
        guard let from = text.baseAddress, text.count > 0 else {
            put(byte: 0x22)
            return put(byte: 0x22)
        }
        // Room for the longest it can become; eight characters at once, of which those before the first that is escaped stand.
        let start = room(text.count * 6 + 10)
        var (to, at) = (start, 0)
        to.storeBytes(of: 0x22, as: UInt8.self)
        to += 1
        while at + 8 <= text.count {
            let word = (from + at).loadUnaligned(as: UInt64.self)
            to.storeBytes(of: word, as: UInt64.self)
            let marks = CanonicalReader.special(word)
            guard marks == 0 else {
                let plain = marks.trailingZeroBitCount >> 3
                to = escape(from.load(fromByteOffset: at + plain, as: UInt8.self), to + plain)
                at += plain + 1
                continue
            }
            (to, at) = (to + 8, at + 8)
        }
        while at < text.count {
            let byte = from.load(fromByteOffset: at, as: UInt8.self)
            at += 1
            guard byte >= 0x20, byte != 0x22, byte != 0x5C else {
                to = escape(byte, to)
                continue
            }
            to.storeBytes(of: byte, as: UInt8.self)
            to += 1
        }
        to.storeBytes(of: 0x22, as: UInt8.self)
        state.pointee.count += to + 1 - start
    }

    private func escape(_ byte: UInt8, _ to: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        to.storeBytes(of: 0x5C, as: UInt8.self)
        let short: UInt8 = switch byte {
        case 0x22, 0x5C: byte
        case 0x0A: 0x6E
        case 0x0D: 0x72
        case 0x09: 0x74
        default: 0
        }
        guard short == 0 else {
            (to + 1).storeBytes(of: short, as: UInt8.self)
            return to + 2
        }
        (to + 1).copyMemory(from: [0x75, 0x30, 0x30, 0x30 + byte >> 4, Self.digit(byte & 15)] as [UInt8], byteCount: 5)
        return to + 6
    }

    @inline(__always) private static func digit(_ half: UInt8) -> UInt8 { half < 10 ? 0x30 + half : 0x57 + half }

    /// A hash in lower-case hexadecimal.
    func put(hex digest: SHA256.Digest) {
        let to = room(64)
        withUnsafeBytes(of: digest.words) { bytes in
            for index in 0..<32 {
                (to + index * 2).storeBytes(of: Self.digit(bytes[index] >> 4), as: UInt8.self)
                (to + index * 2 + 1).storeBytes(of: Self.digit(bytes[index] & 15), as: UInt8.self)
            }
        }
        state.pointee.count += 64
    }

    /// A whole number in decimal digits.
    func put(_ number: Int64) {
        // Backwards into the end of forty bytes, which are then moved to where they belong.
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
