import WorkCalendar

/// The chain: `seal(chain, seq, entry, place, prev, hash)`, append-only. `hash` = SHA-256 of the 64 characters of `prev`
/// followed by the entry's body; the first `prev` is 64 zeros.
package struct Seal: Hashable, Sendable, CustomStringConvertible {
    package let chain: String
    package let seq: Int64
    package let hash: String

    package init(chain: String, seq: Int64, hash: String) {
        (self.chain, self.seq, self.hash) = (chain, seq, hash)
    }

    /// From what is printed: `CHAIN:SEQ:HASH`.
    package init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let seq = Int64(parts[1]), parts[2].count == 64 else { return nil }
        self.init(chain: parts[0], seq: seq, hash: parts[2])
    }

    package var description: String { "\(chain):\(seq):\(hash)" }

    static let genesis = String(repeating: "0", count: 64)

    /// The newest seal of a chain of an entry recorded before a moment.
    package static func head(_ chain: String, before moment: Instant?, _ tx: any Reading) throws -> Seal? {
        guard let moment else { return try head(chain, tx) }
        return try tx.one(
            """
            select s.seq, s.hash from seal s join entry e on e.place = s.place and e.id = s.entry
            where s.chain = \(chain) and e.recorded < \(moment) order by s.seq desc limit 1
            """
        ).map { Seal(chain: chain, seq: try $0.int("seq"), hash: try $0.text("hash")) }
    }

    /// The newest seal of a chain.
    package static func head(_ chain: String, _ tx: any Reading) throws -> Seal? {
        try tx.one("select seq, hash from seal where chain = \(chain) order by seq desc limit 1").map {
            Seal(chain: chain, seq: try $0.int("seq"), hash: try $0.text("hash"))
        }
    }

    static func hash(_ prev: String, _ body: [UInt8]) -> String {
        var (prev, hash) = (prev, SHA256())
        prev.withUTF8 { hash.add(UnsafeRawBufferPointer($0)) }
        body.withUnsafeBytes { hash.add($0) }
        return Hash.hex(hash.digest().bytes)
    }

    static func add(
        _ chain: String, after head: (seq: Int64, hash: String), entry: String, place: String, body: [UInt8], _ tx: any Writing
    ) throws -> (seq: Int64, hash: String) {
        let hash = hash(head.hash, body)
        let seq = head.seq + 1
        try tx.run(
            "insert into seal (chain, seq, entry, place, prev, hash) values (\(chain), \(seq), \(entry), \(place), \(head.hash), \(hash))")
        return (seq, hash)
    }
}
