import CCrypto

/// The half of an Ed25519 key that checks signatures; may be given to anybody.
package struct PublicKey: Hashable, Sendable {
    let raw: [UInt8]
    /// What stands before the 32 bytes in the usual DER form, so that other programs read the file too.
    private static let head: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    init(raw: [UInt8]) { self.raw = raw }

    package init(pem: String) throws {
        raw = try PEM.read(pem, "PUBLIC KEY", Self.head)
    }

    package var pem: String { PEM.write(Self.head + raw, "PUBLIC KEY") }

    /// By which a signature names its key: the first 16 characters of the hash of the 32 bytes.
    package var name: String { String(Hash.hex(Hash.sha256(raw)).prefix(16)) }

    package func fits(_ signature: [UInt8], _ text: String) -> Bool {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count), let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        let bytes = Array(text.utf8)
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}

/// An Ed25519 key that signs seals. It lives in a file, never in the database.
package struct SigningKey: Sendable {
    private let raw: [UInt8]
    package let publicKey: PublicKey
    private static let head: [UInt8] = [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]

    /// From 32 bytes of chance.
    package init(seed: [UInt8]) throws {
        guard seed.count == 32, let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            throw Fault(.other, "an Ed25519 key has 32 bytes")
        }
        defer { EVP_PKEY_free(key) }
        var half = [UInt8](repeating: 0, count: 32)
        var length = half.count
        guard EVP_PKEY_get_raw_public_key(key, &half, &length) == 1, length == 32 else { throw Fault(.other, "the key is none") }
        raw = seed
        publicKey = PublicKey(raw: half)
    }

    package init(pem: String) throws {
        try self.init(seed: try PEM.read(pem, "PRIVATE KEY", Self.head))
    }

    package var pem: String { PEM.write(Self.head + raw, "PRIVATE KEY") }

    /// 64 bytes; the same text gives the same ones.
    package func sign(_ text: String) throws -> [UInt8] {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, raw, raw.count), let context = EVP_MD_CTX_new() else {
            throw Fault(.other, "the key cannot be used")
        }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        let bytes = Array(text.utf8)
        var signature = [UInt8](repeating: 0, count: 64)
        var length = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &length, bytes, bytes.count) == 1, length == 64
        else { throw Fault(.other, "the key cannot sign") }
        return signature
    }
}

/// The usual text form of keys, for the one kind we use: a fixed head and 32 bytes.
private enum PEM {
    static func write(_ bytes: [UInt8], _ label: String) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = Int(EVP_EncodeBlock(&text, bytes, Int32(bytes.count)))
        return "-----BEGIN \(label)-----\n\(String(decoding: text.prefix(count), as: UTF8.self))\n-----END \(label)-----\n"
    }

    static func read(_ pem: String, _ label: String, _ head: [UInt8]) throws -> [UInt8] {
        let lines = pem.split(whereSeparator: \.isNewline).map(String.init)
        let text = Array(lines.filter { !$0.hasPrefix("-----") }.joined().utf8)
        var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3 + 3)
        guard lines.first == "-----BEGIN \(label)-----", EVP_DecodeBlock(&bytes, text, Int32(text.count)) >= head.count + 32,
            bytes.starts(with: head)
        else { throw Fault(.other, "the file holds no Ed25519 \(label.lowercased())") }
        return Array(bytes[head.count..<head.count + 32])
    }
}
