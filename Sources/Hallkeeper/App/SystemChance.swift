import Synchronization

/// The system's chance, drawn a few thousand bytes at a time: each byte is handed out once.
final class SystemChance: Sendable {
    private let drawn = Mutex<(bytes: [UInt8], next: Int)>(([], 0))
    private static let size = 4096

    func bytes(_ count: Int) -> [UInt8] {
        guard count <= Self.size else { return (0..<(count + Self.size - 1) / Self.size).flatMap { bytes(min(Self.size, count - $0 * Self.size)) } }
        return drawn.withLock { drawn in
            if drawn.next + count > drawn.bytes.count {
                var generator = SystemRandomNumberGenerator()
                drawn.bytes = (0..<Self.size / 8).flatMap { _ in withUnsafeBytes(of: generator.next(), Array.init) }
                drawn.next = 0
            }
            let range = drawn.next..<drawn.next + count
            drawn.next = range.upperBound
            let given = Array(drawn.bytes[range])
            // What was given is a secret of whoever asked.
            for index in range { drawn.bytes[index] = 0 }
            return given
        }
    }
}
