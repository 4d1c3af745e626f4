import WorkCalendar

/// A request's own mark: the same one twice is one act.
package struct IdempotencyKey: Hashable, Sendable {
    package let key: String
    /// A digest of what was asked: the same key with other content is a conflict.
    package let digest: String
    package init(key: String, digest: String) { (self.key, self.digest) = (key, digest) }
}

/// The request was carried out before; this was the answer.
package struct Replayed: Error, Sendable { package let answer: String }

/// Every act ever accepted, in order, chained by hashes.
package struct Ledger: Sendable {
    package let store: any Store
    package let kept: [any Kept.Type]
    private let ids: IDs
    private let chance: @Sendable () -> UInt64
    private let touched: @Sendable (Set<String>) -> Void

    /// `kept` are all tables that can be rebuilt from entries; `chance` salts personal texts; `touched` hears of the places at
    /// which an act of this process has kept rows, after its commit and before it is answered.
    package init(store: any Store, ids: IDs, kept: [any Kept.Type], chance: @escaping @Sendable () -> UInt64, touched: @escaping @Sendable (Set<String>) -> Void = { _ in }) {
        (self.store, self.ids, self.kept, self.chance, self.touched) = (store, ids, kept, chance, touched)
    }

    /// One act, one transaction: rows, entries, duties and outgoing messages commit together or not at all.
    /// With a key, the second request of the same content throws `Replayed`; other content throws `Fault(.conflict)`.
    package func act<T: Sendable>(
        by actor: Actor, at now: Instant, key: IdempotencyKey? = nil, _ body: @escaping @Sendable (Act) throws -> T
    ) async throws -> T {
        let first = ids.block(at: now)
        let salt = (chance(), chance())
        let request = RequestMark.id
        let sealing = store.engine == .sqlite
        var tries = 0
        while true {
            do {
                let (result, wakeUps, places) = try await store.write { tx -> (T, [@Sendable () -> Void], Set<String>) in
                    if let key { try Self.look(key, actor, tx) }
                    let act = Act(tx, actor: actor, now: now, first: first, salt: salt, request: request)
                    let result = try body(act)
                    let wakeUps = try act.finish(sealing: sealing)
                    if let key {
                        try tx.run(
                            """
                            insert into idempotency (actor, key, digest, answer, at)
                            values (\(actor.text), \(key.key), \(key.digest), \(act.answer), \(now))
                            """)
                    }
                    return (result, wakeUps, act.touched)
                }
                touched(places)
                for wakeUp in wakeUps { wakeUp() }
                return result
            } catch let fault as Fault where fault.kind == .commitUnknown && key != nil && tries < 3 {
                // The key decides whether the lost commit was kept: asking again is safe.
                tries += 1
            } catch let fault as Fault where key != nil && fault.kind == .unique("idempotency_pkey") && tries < 3 {
                // The same request was under way elsewhere and is done by now: its answer is there.
                tries += 1
            }
        }
    }

    private static func look(_ key: IdempotencyKey, _ actor: Actor, _ tx: any Reading) throws {
        guard
            let row = try tx.one("select digest, answer from idempotency where actor = \(actor.text) and key = \(key.key)")
        else { return }
        guard try row.text("digest") == key.digest else { throw Fault(.conflict, "key used with other content") }
        throw Replayed(answer: try row.text("answer"))
    }

    /// Seals what is committed and not sealed yet (PostgreSQL), in the order it was written, one sealer at a time. Gives how
    /// many entries that were.
    @discardableResult
    package func sealPending() async throws -> Int {
        guard store.engine == .postgres else { return 0 }
        var sealed = 0
        while true {
            let count = try await sealBatch()
            sealed += count
            if count < Self.batch { return sealed }
        }
    }

    private static let batch = 2000

    private func sealBatch() async throws -> Int {
        // Most of the time nothing waits: then nothing is locked either.
        guard try await store.read({ tx in try tx.one("select turn from unsealed limit 1") != nil }) else { return 0 }
        return try await store.write { tx in
            // A transaction-scoped advisory lock would wait; a second sealer has nothing to do, so it just leaves.
            guard try tx.one("select pg_try_advisory_xact_lock(7205759403792793) as got")?["got"] == .text("t") else { return 0 }
            let rows = try tx.rows(
                """
                select u.turn, e.place, e.id, e.chain, e.body from unsealed u join entry e on e.place = u.place and e.id = u.entry
                order by u.turn limit \(Self.batch)
                """)
            var heads: [String: (seq: Int64, hash: String)] = [:]
            for row in rows {
                let chain = try row.text("chain")
                let head = try heads[chain] ?? Seal.head(chain, tx).map { ($0.seq, $0.hash) } ?? (0, Seal.genesis)
                heads[chain] = try Seal.add(
                    chain, after: head, entry: try row.text("id"), place: try row.text("place"),
                    body: Array(try row.text("body").utf8), tx)
            }
            // One by one: a smaller turn may have been committed meanwhile, and waits for the next time.
            for row in rows { try tx.run("delete from unsealed where turn = \(try row.int("turn"))") }
            return rows.count
        }
    }

    /// The newest seal of every chain, in the order of chains; of those whose entries were recorded before a moment, when
    /// one is given. Hops from chain to chain by the index, so that a long ledger costs no more than a short one.
    package func heads(before moment: Instant? = nil) async throws -> [Seal] {
        try await store.read { tx in
            try tx.rows(
                """
                with recursive hop(chain) as (
                    select min(chain) from seal
                    union all select (select min(chain) from seal where chain > hop.chain) from hop where hop.chain is not null
                ) select chain from hop where chain is not null order by chain
                """
            ).compactMap { try Seal.head(try $0.text("chain"), before: moment, tx) }
        }
    }

    /// One hash over the heads of all chains: two ledgers with the same one hold the same acts.
    package func hash() async throws -> String {
        Hash.sha256(hex: try await heads().map(\.description).joined(separator: "\n"))
    }
}
