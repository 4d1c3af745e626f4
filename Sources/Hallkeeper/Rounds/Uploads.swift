import Store
import WorkCalendar

/// Photos on their way from a phone: each by itself, in parts, resumed where the line was lost. A photo is there when all
/// its bytes are and their hash is the one announced; then it is made small and kept like any other.
struct Uploads: Sendable {
    let hall: Hallkeeper
    /// A part; a phone on a thin line sends smaller ones.
    static let mostPart = 1 << 20
    /// Unfinished bytes one person may leave here.
    static let mostUnfinished = 256 << 20

    struct Progress: Sendable, Equatable {
        /// Bytes there without a gap from the start.
        var received: Int
        /// The hash under which it is kept; nil while bytes are missing.
        var blob: String?
    }

    func progress(_ sha: String, by person: Person.ID) async throws -> Progress {
        try await hall.blobs.store.read { tx in
            if let row = try tx.one("select blob from upload where sha = \(sha) and person = \(person)") { return Progress(received: 0, blob: try row.text("blob")) }
            var end = 0
            for row in try tx.rows("select start, length(bytes) as n from upload_part where sha = \(sha) and person = \(person) order by start") {
                let start = Int(try row.int("start"))
                guard start <= end else { break }
                end = max(end, start + Int(try row.int("n")))
            }
            return Progress(received: end, blob: nil)
        }
    }

    /// Takes a part. Refuses more than a photo may have, and a whole whose hash is not the one announced: that one is
    /// thrown away and can be sent again.
    func take(_ bytes: [UInt8], of sha: String, from start: Int, total: Int, by person: Person.ID, at now: Instant) async throws -> Progress {
        guard sha.utf8.count == 64, sha.allSatisfy({ $0.isASCII && $0.isHexDigit }), start >= 0, total > 0 else { throw Submitted.broken }
        guard total <= Photo.mostBytes else {
            throw Refusal.tooLarge(Text("照片超过 12 MB，请换一张小一些的。", "The photo is over 12 MB; please choose a smaller one."))
        }
        guard bytes.count <= Self.mostPart, start <= total - bytes.count else { throw Submitted.broken }
        let known = try await progress(sha, by: person)
        if known.blob != nil { return known }
        // Most photos come in one piece: they are never laid down in parts.
        if start == 0, bytes.count == total { return try await finish(bytes, sha, by: person, at: now) }
        let unfinished = try await hall.blobs.store.read { tx in
            try tx.one("select coalesce(sum(length(bytes)), 0) as n from upload_part where person = \(person)")?.int("n") ?? 0
        }
        guard unfinished + Int64(bytes.count) <= Int64(Self.mostUnfinished) else {
            throw Refusal.tooMany(Text("没传完的照片太多，请等前面的传完。", "Too many unfinished photos; please let those before be sent first."))
        }
        _ = try await hall.blobs.store.write { tx in
            // A part that comes late, after the line broke and the photo was sent again, must not be left behind.
            guard try tx.one("select 1 as one from upload where sha = \(sha) and person = \(person)") == nil else { return 0 }
            return try tx.run(
                """
                insert into upload_part (sha, person, start, bytes, at) values (\(sha), \(person), \(start), \(bytes), \(now))
                on conflict (sha, person, start) do update set bytes = excluded.bytes, at = excluded.at
                """)
        }
        let next = try await progress(sha, by: person)
        guard next.blob == nil, next.received >= total else { return next }
        return try await finish(try await whole(of: sha, total, by: person), sha, by: person, at: now)
    }

    private func whole(of sha: String, _ total: Int, by person: Person.ID) async throws -> [UInt8] {
        // Part by part, so that a large photo is held once, not three times.
        try await hall.blobs.store.read { tx in
            var whole: [UInt8] = []
            whole.reserveCapacity(total)
            for row in try tx.rows("select start from upload_part where sha = \(sha) and person = \(person) order by start") {
                let start = Int(try row.int("start"))
                guard start <= whole.count, let part = try tx.one("select bytes from upload_part where sha = \(sha) and person = \(person) and start = \(start)") else { continue }
                whole.append(contentsOf: try part.bytes("bytes").dropFirst(whole.count - start))
            }
            return whole
        }
    }

    /// All its bytes: what is not what was announced, or no picture, is thrown away and can be sent again.
    private func finish(_ whole: [UInt8], _ sha: String, by person: Person.ID, at now: Instant) async throws -> Progress {
        func forget() async throws {
            _ = try await hall.blobs.store.write { tx in try tx.run("delete from upload_part where sha = \(sha) and person = \(person)") }
        }
        guard Hash.hex(Hash.sha256(whole)) == sha else {
            // Another line of the same phone was quicker, and took the parts with it.
            let known = try await progress(sha, by: person)
            if known.blob != nil { return known }
            try await forget()
            throw Refusal.conflict(Text("照片传坏了，请再传一次。", "The photo was damaged on its way; please send it again."))
        }
        let small: [UInt8]
        do { small = try await hall.darkroom.shrink(whole) } catch {
            try await forget()
            throw error
        }
        let blob = Hash.hex(Hash.sha256(small))
        _ = try await hall.blobs.store.write { tx in
            try Blobs.keep(small, as: blob, media: "image/jpeg", at: now, tx)
            try tx.run("insert into upload (sha, person, blob, at) values (\(sha), \(person), \(blob), \(now)) on conflict (sha, person) do nothing")
            return try tx.run("delete from upload_part where sha = \(sha) and person = \(person)")
        }
        return Progress(received: whole.count, blob: blob)
    }

    /// Lets go of parts nobody has added to for so long that their phone will not come back.
    func forget(before moment: Instant) async throws {
        _ = try await hall.blobs.store.write { tx in try tx.run("delete from upload_part where at < \(moment)") }
    }

    /// The kept hashes of photos this person has sent; those not there are missing from the answer.
    func kept(_ shas: [String], by person: Person.ID) async throws -> [String: String] {
        guard !shas.isEmpty else { return [:] }
        return try await hall.blobs.store.read { tx in
            Dictionary(
                try tx.rows("select sha, blob from upload where person = \(person) and sha in \(list: Array(Set(shas)).sorted())").map { (try $0.text("sha"), try $0.text("blob")) },
                uniquingKeysWith: { first, _ in first })
        }
    }
}
