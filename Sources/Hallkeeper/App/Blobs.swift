import Store
import WorkCalendar

/// Photos by the hash of their content, in a store of their own (an SQLite file beside the database, a table on
/// PostgreSQL): a blob is durable before the row that names it.
struct Blobs: Sendable {
    let store: any Store

    /// Keeps the bytes and gives their hash; the same bytes twice are one blob.
    func keep(_ bytes: [UInt8], media: String, at now: Instant) async throws -> String {
        let hash = Hash.hex(Hash.sha256(bytes))
        _ = try await store.write { tx in try Self.keep(bytes, as: hash, media: media, at: now, tx) }
        return hash
    }

    /// Keeps bytes whose hash is known, in a write of the photos' store that is under way.
    @discardableResult
    static func keep(_ bytes: [UInt8], as hash: String, media: String, at now: Instant, _ tx: any Writing) throws -> Int {
        try tx.run("insert into blob (hash, media, bytes, at) values (\(hash), \(media), \(bytes), \(now)) on conflict (hash) do nothing")
    }

    /// A photo made small: once, when it is first asked for. Nil when there is no such photo.
    func small(_ hash: String, in darkroom: Darkroom, at now: Instant) async throws -> [UInt8]? {
        let known = try await store.read { tx in try tx.one("select bytes from thumb where hash = \(hash)")?.bytes("bytes") }
        if let known { return known }
        guard let (media, bytes) = try await find(hash), media == "image/jpeg" else { return nil }
        let small = try await darkroom.shrink(bytes, to: Photo.smallSide)
        _ = try await store.write { tx in
            try tx.run("insert into thumb (hash, bytes, at) values (\(hash), \(small), \(now)) on conflict (hash) do nothing")
        }
        return small
    }

    /// A photo as it was kept; `Fault(.damaged)` when its bytes are no longer those of its hash.
    func find(_ hash: String) async throws -> (media: String, bytes: [UInt8])? {
        try await store.read { tx in
            guard let row = try tx.one("select media, bytes from blob where hash = \(hash)") else { return nil }
            let bytes = try row.bytes("bytes")
            guard Hash.hex(Hash.sha256(bytes)) == hash else { throw Fault(.damaged, "photo \(hash)") }
            return (try row.text("media"), bytes)
        }
    }
}

extension Hallkeeper {
    /// Makes a photo small and keeps it. One of a confidential case carries sixteen bytes of chance (a JPEG comment): photos are
    /// found by the hash of what is in them, and whoever has the same picture must not find out that we were sent it.
    func keepPhoto(_ bytes: [UInt8], isConfidential: Bool, at now: Instant) async throws -> String {
        var small = try await darkroom.shrink(bytes)
        if isConfidential, small.starts(with: [0xFF, 0xD8]) { small.insert(contentsOf: [0xFF, 0xFE, 0, 34] + Array(Hash.hex(chance(16)).utf8), at: 2) }
        return try await blobs.keep(small, media: "image/jpeg", at: now)
    }
}
