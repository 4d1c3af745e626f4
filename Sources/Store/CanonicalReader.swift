import Foundation

/// Goes through the canonical bytes of an entry's body without taking them apart (docs/rules/ledger.md). It knows only the
/// one form the ledger writes; whatever is written otherwise it leaves to the reader of any JSON.
struct CanonicalReader {
    let bytes: UnsafeRawBufferPointer
    var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Nothing is left.
    var isAtEnd: Bool { at == bytes.count }

    /// Steps over these bytes, or stays.
    @inline(__always) mutating func skips(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { skips(UnsafeRawBufferPointer($0)) }
    }

    /// The same of bytes that are mostly some ten: two words, one over the other, instead of a call.
    @inline(__always) mutating func skips(bytes word: UnsafeRawBufferPointer) -> Bool {
        let count = word.count
        guard count >= 8, count <= 16 else { return skips(word) }
        guard at + count <= bytes.count else { return false }
        let first = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ word.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let last = bytes.loadUnaligned(fromByteOffset: at + count - 8, as: UInt64.self) ^ word.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        guard first | last == 0 else { return false }
        at += count
        return true
    }

    @inline(__always) mutating func skips(_ word: [UInt8]) -> Bool { word.withUnsafeBytes { skips($0) } }

    @inline(__always) private mutating func skips(_ word: UnsafeRawBufferPointer) -> Bool {
        guard at + word.count <= bytes.count, let base = bytes.baseAddress, let other = word.baseAddress, memcmp(base + at, other, word.count) == 0 else { return false }
        at += word.count
        return true
    }

    /// A string with its quotes; nil when it is not in the shortest form, or no UTF-8.
    mutating func string() -> Range<Int>? {
        let start = at
        guard at < bytes.count, bytes[at] == 0x22 else { return nil }
        at += 1
        while at < bytes.count {
            // Eight plain characters at once, or as many as stand before one that is not.
            while at + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let marks = Self.special(word) | word & Self.high
                guard marks == 0 else {
                    at += marks.trailingZeroBitCount >> 3
                    break
                }
                at += 8
            }
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            switch byte {
            case 0x22:
                at += 1
                return start..<at
            case 0x5C: guard escape() else { return nil }
            case 0..<0x20: return nil
            case 0x20..<0x80: at += 1
            default:
                // Such characters seldom stand alone.
                repeat { guard multibyte(bytes[at]) else { return nil } } while at < bytes.count && bytes[at] >= 0x80
            }
        }
        return nil
    }

    /// Whether a text stands in JSON as it is: nothing in it has to be escaped.
    static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        while at + 8 <= text.count {
            guard special(text.loadUnaligned(fromByteOffset: at, as: UInt64.self)) == 0 else { return false }
            at += 8
        }
        while at < text.count {
            let byte = text[at]
            guard byte >= 0x20, byte != 0x22, byte != 0x5C else { return false }
            at += 1
        }
        return true
    }

    /// Marks the upper bit of bytes that have to be escaped, from the least on; those above the first may be marked wrongly.
    @inline(__always) static func special(_ word: UInt64) -> UInt64 { has(word, 0x22) | has(word, 0x5C) | hasControl(word) }

    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    @inline(__always) private static func has(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let other = word ^ (ones &* UInt64(byte))
        return (other &- ones) & ~other & high
    }
    @inline(__always) private static func hasControl(_ word: UInt64) -> UInt64 { (word &- ones &* 0x20) & ~word & high }

    private mutating func escape() -> Bool {
        guard at + 1 < bytes.count else { return false }
        switch bytes[at + 1] {
        case 0x22, 0x5C, 0x6E, 0x72, 0x74:
            at += 2
            return true
        case 0x75:
            guard at + 5 < bytes.count, bytes[at + 2] == 0x30, bytes[at + 3] == 0x30, bytes[at + 4] == 0x30 || bytes[at + 4] == 0x31,
                let low = Self.digit(bytes[at + 5])
            else { return false }
            let code = (bytes[at + 4] - 0x30) * 16 + low
            guard code != 0x0A, code != 0x0D, code != 0x09 else { return false }
            at += 6
            return true
        default: return false
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// One character of several bytes, as UTF-8 allows it.
    private mutating func multibyte(_ first: UInt8) -> Bool {
        let (length, from, to): (Int, UInt8, UInt8) = switch first {
        case 0xC2...0xDF: (2, 0x80, 0xBF)
        case 0xE0: (3, 0xA0, 0xBF)
        case 0xED: (3, 0x80, 0x9F)
        case 0xE1...0xEF: (3, 0x80, 0xBF)
        case 0xF0: (4, 0x90, 0xBF)
        case 0xF1...0xF3: (4, 0x80, 0xBF)
        case 0xF4: (4, 0x80, 0x8F)
        default: (0, 0, 0)
        }
        guard length > 0, at + length <= bytes.count, bytes[at + 1] >= from, bytes[at + 1] <= to else { return false }
        for other in 2..<max(2, length) where bytes[at + other] & 0xC0 != 0x80 { return false }
        at += length
        return true
    }

    /// A whole number; nil when it is longer than any that surely fits.
    mutating func number() -> Range<Int>? {
        let start = at
        if at < bytes.count, bytes[at] == 0x2D { at += 1 }
        let digits = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        let count = at - digits
        guard count > 0, count <= 18, count == 1 || bytes[digits] != 0x30, digits == start || bytes[digits] != 0x30 else { return nil }
        return start..<at
    }

    /// Any value; members of an object must stand in the order of their names, so that none stands there twice.
    mutating func value(depth: Int = 0) -> Range<Int>? {
        let start = at
        guard at < bytes.count, depth < 60 else { return nil }
        switch bytes[at] {
        case 0x22: return string()
        case 0x6E: return skips("null") ? start..<at : nil
        case 0x74: return skips("true") ? start..<at : nil
        case 0x66: return skips("false") ? start..<at : nil
        case 0x5B:
            at += 1
            if skips("]") { return start..<at }
            while true {
                guard value(depth: depth + 1) != nil else { return nil }
                if skips(",") { continue }
                return skips("]") ? start..<at : nil
            }
        case 0x7B:
            at += 1
            if skips("}") { return start..<at }
            var last: Range<Int>?
            while true {
                guard let name = string(), skips(":") else { return nil }
                // Escapes sort otherwise than what they stand for.
                guard !self[name].contains(0x5C) else { return nil }
                if let last, !self[last].dropLast().lexicographicallyPrecedes(self[name].dropLast()) { return nil }
                last = name
                guard value(depth: depth + 1) != nil else { return nil }
                if skips(",") { continue }
                return skips("}") ? start..<at : nil
            }
        default: return number()
        }
    }

    /// The bytes of a range.
    subscript(range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
}
