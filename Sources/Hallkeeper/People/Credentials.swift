import CArgon2
import Foundation
import Store

/// Passwords and PINs, hashed with Argon2id (19 MiB, two passes) on threads of their own, so that sign-ins cannot starve pages.
final class Credentials: Sendable {
    private let threads = OwnThreads(2)
    private let chance: @Sendable (Int) -> [UInt8]

    /// `chance` gives that many random bytes.
    init(chance: @escaping @Sendable (Int) -> [UInt8]) {
        self.chance = chance
    }

    /// The encoded hash, to be kept.
    func hash(_ secret: String) async throws -> String {
        let salt = chance(16)
        return try await threads.run {
            var encoded = [CChar](repeating: 0, count: 128)
            let bytes = Array(secret.utf8)
            let status = argon2id_hash_encoded(2, 19 * 1024, 1, bytes, bytes.count, salt, salt.count, 32, &encoded, encoded.count)
            guard status == ARGON2_OK.rawValue else { throw Fault(.other, "argon2 \(status)") }
            return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    func verify(_ secret: String, against encoded: String) async throws -> Bool {
        guard !encoded.isEmpty else { return false }
        return try await threads.run {
            let bytes = Array(secret.utf8)
            return argon2id_verify(encoded, bytes, bytes.count) == ARGON2_OK.rawValue
        }
    }

    func stop() { threads.stop() }
}
