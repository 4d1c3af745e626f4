import WorkCalendar

/// A chain's head, signed: it vouches for every entry before it too, since each hash goes into the next.
package struct SealSignature: Hashable, Sendable {
    package let seal: Seal
    /// The name of the key.
    package let key: String
    package let signature: [UInt8]

    init(row: Row) throws {
        seal = Seal(chain: try row.text("chain"), seq: try row.int("seq"), hash: try row.text("hash"))
        key = try row.text("key")
        let text = Array(try row.text("sig").utf8)
        signature = stride(from: 0, to: text.count - 1, by: 2).map { at in
            UInt8(String(decoding: text[at..<at + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }
}

extension Ledger {
    /// Signs the head of every chain that went on since its last signature. What is signed is hashed again first: the key
    /// vouches for nothing it has not seen, and a chain that does not verify from its last signature on is named and left.
    package func sign(with key: SigningKey, at now: Instant) async throws {
        for head in try await heads() {
            let last = try await store.read { tx in
                try tx.one("select chain, seq, hash, key, sig from seal_signature where chain = \(head.chain) order by seq desc limit 1")
                    .map(SealSignature.init(row:))
            }
            if let last, last.seal.seq >= head.seq { continue }
            try await walk(to: head, from: last)
            let (text, name) = (Hash.hex(try key.sign(head.description)), key.publicKey.name)
            _ = try await store.write { tx in
                try tx.run(
                    """
                    insert into seal_signature (chain, seq, hash, key, sig, at)
                    values (\(head.chain), \(head.seq), \(head.hash), \(name), \(text), \(now)) on conflict do nothing
                    """)
            }
        }
    }

    /// Every body between the last signature and the head fits its hash, and each follows the one before.
    private func walk(to head: Seal, from signed: SealSignature?) async throws {
        var (seq, prev) = (signed?.seal.seq ?? 0, signed?.seal.hash ?? Seal.genesis)
        while seq < head.seq {
            let after = seq
            let rows = try await store.read { tx in
                try tx.rows(
                    """
                    select s.seq, s.prev, s.hash, e.body from seal s left join entry e on e.place = s.place and e.id = s.entry
                    where s.chain = \(head.chain) and s.seq > \(after) order by s.seq limit 500
                    """)
            }
            for row in rows where seq < head.seq {
                seq += 1
                guard case .text(let body)? = row["body"], try row.int("seq") == seq, try row.text("prev") == prev,
                    Seal.hash(prev, Array(body.utf8)) == (try row.text("hash"))
                else { throw Fault(.other, "chain \(head.chain) is not signed: entry \(seq) is not as it was sealed") }
                prev = try row.text("hash")
            }
            guard seq > after else { throw Fault(.other, "chain \(head.chain) is not signed: it ends at \(seq)") }
        }
        guard prev == head.hash else { throw Fault(.other, "chain \(head.chain) is not signed: its head changed") }
    }

    /// What the signatures say of the chains. With a key: each must be of it, and nothing may stand unsigned at the end.
    func verifySignatures(_ key: PublicKey?) async throws -> [LedgerProblem] {
        var problems: [LedgerProblem] = []
        let chains = try await heads()
        let ends = Dictionary(chains.map { ($0.chain, $0.seq) }, uniquingKeysWith: { first, _ in first })
        var signed: [String: Int64] = [:]
        let rows = try await store.read { tx in
            try tx.rows(
                """
                select g.chain, g.seq, g.hash, g.key, g.sig, s.hash as sealed from seal_signature g
                left join seal s on s.chain = g.chain and s.seq = g.seq order by g.chain, g.seq
                """
            ).map { (try SealSignature(row: $0), try $0.optionalText("sealed")) }
        }
        for (item, sealed) in rows {
            let (chain, seq) = (item.seal.chain, item.seal.seq)
            let end = ends[chain, default: 0]
            func say(_ zh: String, _ en: String) { problems.append(LedgerProblem(chain, seq, "", Text(zh, en))) }
            if seq > end {
                say("链 \(chain) 只到第 \(end) 条，签过第 \(seq) 条：尾部被截", "chain \(chain) ends at \(end), but entry \(seq) was signed: the tail was cut")
            } else if let sealed, sealed != item.seal.hash {
                say("链 \(chain) 第 \(seq) 条与签过的封印不同", "chain \(chain), entry \(seq): differs from the signed seal")
            }
            guard let key else { continue }
            if key.fits(item.signature, item.seal.description) {
                if sealed == item.seal.hash { signed[chain] = seq }
            } else {
                say("链 \(chain) 第 \(seq) 条的签名不是这把密钥的", "chain \(chain), entry \(seq): the signature is not of this key")
            }
        }
        guard key != nil else { return problems }
        for head in chains {
            let from = signed[head.chain, default: 0] + 1
            if from <= head.seq {
                problems.append(
                    LedgerProblem(
                        head.chain, from, "", Text("链 \(head.chain) 第 \(from)–\(head.seq) 条没有签名", "chain \(head.chain): entries \(from)–\(head.seq) are not signed")))
            }
        }
        return problems
    }
}
