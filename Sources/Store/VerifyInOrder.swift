import WorkCalendar

/// Something does not fit: the other way has to say what.
struct Unfit: Error {}

extension Ledger {
    /// Whether everything is as it was written, told by reading entries, seals and rows in the order in which they lie in the
    /// file, each once (docs/rules/ledger.md, "Two ways to verify"). True only where `verify` would name nothing of chains, seals,
    /// personal texts and rows. False says nothing but that the other way has to look: it is also the answer where entries and
    /// seals do not lie side by side, where some are of before there were turns, and always on PostgreSQL.
    func isWholeInOrder(_ shapes: [Shape], printed: [Seal], stretch: Int64) async throws -> Bool {
        guard store.engine == .sqlite else { return false }
        do {
            let end = try await store.read { tx in
                let end = try tx.one("select coalesce(max(rowid), 0) as n from entry")?.int("n") ?? 0
                guard try tx.one("select coalesce(max(rowid), 0) as n from seal")?.int("n") == end else { throw Unfit() }
                return end
            }
            let likeness = Likeness()
            let frozen = FrozenShapes(shapes)
            // Rows as there are now; later ones are put where they fit.
            let rows = try await sizes(frozen)
            let workers = (0..<2).map { _ in OrderWalker(frozen, likeness, rows) }
            defer { for worker in workers { worker.free() } }
            let heads = try await walk(to: end, stretch, workers)
            for seal in printed where heads[ChainName(seal.chain)] == nil { throw Unfit() }
            for seal in printed {
                guard try await store.read({ tx in try tx.one("select hash from seal where chain = \(seal.chain) and seq = \(seal.seq)")?.text("hash") }) == seal.hash else { throw Unfit() }
            }
            try await compare(frozen, stretch, workers)
            return workers.allSatisfy { $0.texts.areAllSeen && $0.images.allSatisfy(\.areAllSeen) }
        } catch is Unfit { return false }
    }

    /// All entries and seals; gives the heads of the chains.
    private func walk(to end: Int64, _ stretch: Int64, _ workers: [OrderWalker]) async throws -> [ChainName: OrderWalker.Head] {
        let work = Queue(stride(from: 0, to: end, by: Int64.Stride(stretch)).map { ($0, min(end, $0 + stretch)) })
        let pieces = try await withThrowingTaskGroup(of: [(Int, OrderWalker.Piece)].self) { [store] group in
            for worker in workers {
                group.addTask {
                    var pieces: [(Int, OrderWalker.Piece)] = []
                    while let (order, (after, upTo)) = work.next() {
                        pieces.append((order, try await store.read { tx in try worker.walk(after, upTo, tx) }))
                    }
                    return pieces
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        var heads: [ChainName: OrderWalker.Head] = [:]
        var last: LastImages.Turn?
        for piece in pieces {
            if let last { guard last < piece.first else { throw Unfit() } }
            last = piece.last
            for (chain, link) in piece.links {
                let before = heads[chain] ?? .genesis
                guard link.seq == before.seq + 1, link.prev == before.hash else { throw Unfit() }
                heads[chain] = link.head
            }
        }
        return heads
    }

    /// The last place in the file of each kept table, and of personal texts behind them.
    private func sizes(_ shapes: FrozenShapes) async throws -> [Int64] {
        try await store.read { tx in
            try (shapes.shapes.map(\.table.name) + ["personal"]).map { try tx.one(SQL(text: "select coalesce(max(rowid), 0) as n from \($0)", values: []))?.int("n") ?? 0 }
        }
    }

    /// All rows of all kept tables, and personal texts, which stand behind them.
    private func compare(_ shapes: FrozenShapes, _ stretch: Int64, _ workers: [OrderWalker]) async throws {
        let ends = try await sizes(shapes)
        let units = ends.indices.flatMap { index in stride(from: 0, to: ends[index], by: Int64.Stride(stretch)).map { (index, $0, min(ends[index], $0 + stretch)) } }
        let work = Queue(units)
        try await withThrowingTaskGroup(of: Void.self) { [store] group in
            for worker in workers {
                group.addTask {
                    while let (_, (index, after, upTo)) = work.next() {
                        try await store.read { tx in
                            if index == shapes.all.count { return try worker.compareTexts(workers.map(\.texts), after, upTo, tx) }
                            try worker.compare(index, workers.map { $0.images[index] }, after, upTo, tx)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
