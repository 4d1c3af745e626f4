import CCrypto

/// SHA-256 from Debian's libcrypto.
package enum Hash {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { SHA256.of($0).bytes }
    }

    /// HMAC-SHA256 (RFC 2104) of bytes under a key.
    package static func hmac(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        _ = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, &length)
        return code
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Lower-case hexadecimal.
    package static func hex(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A hash that grows piece by piece, for what does not fit into memory.
    package struct Running: ~Copyable {
        private let context = EVP_MD_CTX_new()

        package init() { _ = EVP_DigestInit_ex(context, EVP_sha256(), nil) }
        deinit { EVP_MD_CTX_free(context) }

        package mutating func add(_ bytes: [UInt8]) { _ = EVP_DigestUpdate(context, bytes, bytes.count) }

        /// Ends it.
        package var hex: String {
            var digest = [UInt8](repeating: 0, count: 32)
            var length: UInt32 = 0
            _ = EVP_DigestFinal_ex(context, &digest, &length)
            return Hash.hex(digest)
        }
    }

    package static func sha256(hex text: String) -> String { hex(sha256(Array(text.utf8))) }
}
