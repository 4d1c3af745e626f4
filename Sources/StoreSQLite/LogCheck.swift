import Foundation

/// Whether the log that a crash left was damaged since. SQLite takes a frame that does not add up for the log's end and
/// says nothing: every act after it would be gone. A power cut leaves at most the last commit unfinished, for each commit
/// is made durable before the next; so whole commits behind a frame that does not add up were there, and are not a torn end.
enum LogCheck {
    private static let headerSize = 32
    private static let frameHeader = 24

    /// A sentence that names the file and where; nil when the log is whole, torn at its end only, or not there.
    static func damage(of path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe), data.count > headerSize else { return nil }
        return data.withUnsafeBytes { bytes in damage(in: bytes).map { "\(path) \($0)" } }
    }

    private static func damage(in log: UnsafeRawBufferPointer) -> String? {
        func word(_ at: Int) -> UInt32 { UInt32(bigEndian: log.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }
        // A file that was made longer and then lost its content is all nought: nothing was ever in it.
        guard (0..<headerSize).contains(where: { log[$0] != 0 }) else { return nil }
        let isBig = log[3] & 1 == 1
        let size = Int(word(8))
        var sum = Sum(isBig: isBig)
        sum.add(log, 0, 24)
        guard word(0) & ~1 == 0x377F_0682, sum.isAt(log, 24), (512...65_536).contains(size), size & (size - 1) == 0 else {
            return "is damaged at its beginning; the acts in it cannot be read"
        }
        let salts = (word(16), word(20))
        let frame = frameHeader + size
        let count = (log.count - headerSize) / frame
        var number = 0
        while number < count {
            let at = headerSize + number * frame
            guard word(at + 8) == salts.0, word(at + 12) == salts.1 else { break }
            var next = sum
            next.add(log, at, 8)
            next.add(log, at + frameHeader, size)
            guard next.isAt(log, at + 16) else { break }
            sum = next
            number += 1
        }
        // What follows and belongs to this turn of the log: how many ends of commits, and whether one is not the last.
        var (ends, isFollowed) = (0, false)
        for later in number..<max(number, count) {
            let at = headerSize + later * frame
            guard word(at + 8) == salts.0, word(at + 12) == salts.1 else { continue }
            if ends > 0 { isFollowed = true }
            if word(at + 4) != 0 { ends += 1 }
        }
        return ends > 1 || isFollowed ? "is damaged in frame \(number + 1) of \(count); \(ends) commits after it cannot be read" : nil
    }

    /// SQLite's checksum of the log: two running sums over pairs of words.
    private struct Sum {
        let isBig: Bool
        private var one: UInt32 = 0
        private var two: UInt32 = 0

        init(isBig: Bool) { self.isBig = isBig }

        mutating func add(_ log: UnsafeRawBufferPointer, _ from: Int, _ length: Int) {
            var (a, b, at) = (one, two, from)
            let end = from + length
            while at < end {
                let (x, y) = (log.loadUnaligned(fromByteOffset: at, as: UInt32.self), log.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
                a = a &+ (isBig ? UInt32(bigEndian: x) : UInt32(littleEndian: x)) &+ b
                b = b &+ (isBig ? UInt32(bigEndian: y) : UInt32(littleEndian: y)) &+ a
                at += 8
            }
            (one, two) = (a, b)
        }

        /// Whether the two sums stand there; they are always written big end first.
        func isAt(_ log: UnsafeRawBufferPointer, _ at: Int) -> Bool {
            UInt32(bigEndian: log.loadUnaligned(fromByteOffset: at, as: UInt32.self)) == one
                && UInt32(bigEndian: log.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self)) == two
        }
    }
}
