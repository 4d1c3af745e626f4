import CCrypto

/// SHA-256 piece by piece on libcrypto's own routine, without its look-ups by name: what hashes an entry each few
/// microseconds cannot pay for those.
package struct SHA256 {
    package struct Digest: Hashable, Sendable {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
        package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

        /// The 32 bytes.
        package var bytes: [UInt8] { withUnsafeBytes(of: words, Array.init) }

        private static let digits = Array("0123456789abcdef".utf8)

        /// Whether these are its 64 hexadecimal characters.
        func isWritten(as text: UnsafeRawBufferPointer) -> Bool {
            guard text.count == 64 else { return false }
            return withUnsafeBytes(of: words) { bytes in
                Self.digits.withUnsafeBufferPointer { digits in
                    var difference: UInt8 = 0
                    for (index, byte) in bytes.enumerated() {
                        difference |= text[index * 2] ^ digits[Int(byte >> 4)] | text[index * 2 + 1] ^ digits[Int(byte & 15)]
                    }
                    return difference == 0
                }
            }
        }
    }

    private var context = SHA256_CTX()

    package init() { SHA256_Init(&context) }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) { SHA256_Update(&context, bytes.baseAddress, bytes.count) }

    /// Ends it.
    package mutating func digest() -> Digest {
        var digest = Digest()
        withUnsafeMutableBytes(of: &digest.words) { _ = SHA256_Final($0.baseAddress?.assumingMemoryBound(to: UInt8.self), &context) }
        return digest
    }

    package static func of(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hash = SHA256()
        hash.add(bytes)
        return hash.digest()
    }
}
