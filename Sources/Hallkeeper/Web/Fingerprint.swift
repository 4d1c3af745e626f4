/// A mark of bytes by which a browser's copy is known to be the same: quick, for what nobody gains by forging.
enum Fingerprint {
    /// 16 hexadecimal digits.
    static func of(_ bytes: [UInt8]) -> String {
        var (a, b): (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count), 0xD1B5_4A32_D192_ED03)
        bytes.withUnsafeBytes { raw in
            var at = 0
            while at + 16 <= raw.count {
                (a, b) = mixed(a ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self), b ^ raw.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
                at += 16
            }
            var (low, high): (UInt64, UInt64) = (0, 0)
            for index in at..<raw.count {
                if index - at < 8 { low = low << 8 | UInt64(raw[index]) } else { high = high << 8 | UInt64(raw[index]) }
            }
            (a, b) = mixed(a ^ low, b ^ high)
        }
        (a, b) = mixed(a, b)
        let text = String(a ^ b, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    private static func mixed(_ a: UInt64, _ b: UInt64) -> (UInt64, UInt64) {
        let first = (a ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: b ^ 0xE703_7ED1_A0B4_28DB)
        return (first.high ^ first.low, (b &+ first.low) ^ (a << 32 | a >> 32))
    }
}
