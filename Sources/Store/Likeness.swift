/// Tells whether bytes are the same without keeping them: NH (Black, Halevi, Krawczyk, Krovetz and Rogaway: UMAC, 1999) under
/// words drawn anew for each use and shown to nobody. Two different texts have the same mark once in 2^64 uses, whoever wrote
/// them: who does not know the words cannot look for two. A hash for one look, never to be kept.
final class Likeness: @unchecked Sendable {
    struct Mark: Equatable {
        var high: UInt64
        var low: UInt64

        /// Both halves in one: the lower bits of a sum of products alone say little.
        @inline(__always) var folded: UInt64 {
            let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: high ^ 0xA076_1D64_78BD_642F)
            return product.high ^ product.low
        }
    }

    private static let words = 2048
    /// That many bytes fit under the words; what is longer is hashed behind them with SHA-256.
    static let most = words * 8
    private let drawn: UnsafeMutablePointer<UInt64>

    init() {
        var source = SystemRandomNumberGenerator()
        drawn = .allocate(capacity: Self.words + 2)
        for index in 0..<Self.words + 2 { (drawn + index).initialize(to: source.next()) }
    }
    deinit { drawn.deallocate() }

    @inline(__always) private static func add(_ a: UInt64, _ b: UInt64, _ mark: inout Mark) {
        let product = a.multipliedFullWidth(by: b)
        let (low, carry) = mark.low.addingReportingOverflow(product.low)
        mark.low = low
        mark.high = mark.high &+ product.high &+ (carry ? 1 : 0)
    }

    func mark(_ bytes: UnsafeRawBufferPointer) -> Mark {
        let count = bytes.count
        var mark = Mark(high: 0, low: 0)
        // The length is a word like the others: what is filled up with zeros is another text.
        Self.add(UInt64(count) &+ drawn[Self.words], drawn[Self.words + 1], &mark)
        guard count > 0, let base = bytes.baseAddress else { return mark }
        guard count <= Self.most else { return long(bytes) }
        var (at, word) = (0, 0)
        while at + 16 <= count {
            let first = (base + at).loadUnaligned(as: UInt64.self), second = (base + at + 8).loadUnaligned(as: UInt64.self)
            Self.add(first &+ drawn[word], second &+ drawn[word + 1], &mark)
            at += 16
            word += 2
        }
        guard at < count else { return mark }
        var rest: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &rest) { $0.copyMemory(from: UnsafeRawBufferPointer(start: base + at, count: count - at)) }
        Self.add(rest.0 &+ drawn[word], rest.1 &+ drawn[word + 1], &mark)
        return mark
    }

    private func long(_ bytes: UnsafeRawBufferPointer) -> Mark {
        var hash = SHA256()
        hash.add(UnsafeRawBufferPointer(start: drawn, count: 64))
        hash.add(bytes)
        let words = hash.digest().words
        return Mark(high: words.0, low: words.1)
    }
}
