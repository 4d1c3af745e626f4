import Store
import WorkCalendar

/// Shares work among the processes on one database. On SQLite there is one process, and everything is its own.
struct Claims: Sendable {
    let hall: Hallkeeper
    /// So long what was taken up is left to whoever took it: what a process held when it was killed or stood still is late by as much,
    /// and by as much again when the next is killed with it.
    static let holdsMilliseconds: Int64 = 10_000

    /// Those of the wanted that are now this process's own, for so long: nobody else has taken them up, or too long ago.
    func take(_ wanted: [String], at now: Instant, holding: Int64 = holdsMilliseconds) async throws -> Set<String> {
        guard hall.store.engine == .postgres, !wanted.isEmpty else { return Set(wanted) }
        let (who, until) = (hall.mark, now.adding(ms: holding))
        return try await hall.store.write { tx in
            var own: Set<String> = []
            for what in wanted.sorted() {
                let isOurs = try tx.run(
                    """
                    insert into claim (what, who, until) values (\(what), \(who), \(until))
                    on conflict (what) do update set who = excluded.who, until = excluded.until where claim.until < \(now)
                    """)
                if isOurs > 0 { own.insert(what) }
            }
            return own
        }
    }

    /// Lets go of what is done.
    func give(_ done: Set<String>) async throws {
        guard hall.store.engine == .postgres, !done.isEmpty else { return }
        let who = hall.mark
        _ = try await hall.store.write { tx in
            for what in done.sorted() { try tx.run("delete from claim where what = \(what) and who = \(who)") }
        }
    }

    /// Does the wanted that are ours, four at a time on PostgreSQL; gives how many those were. The first that fails is thrown
    /// after the others are through.
    func each<Item: Sendable>(
        _ wanted: [Item], named name: @Sendable (Item) -> String, at now: Instant, _ body: @escaping @Sendable (Item) async throws -> Void
    ) async throws -> Int {
        if hall.store.engine == .sqlite {
            // One that cannot be done does not hold up those after it.
            var failure: (any Error)?
            for item in wanted where !Task.isCancelled {
                do { try await body(item) } catch { failure = failure ?? error }
            }
            if let failure { throw failure }
            return wanted.count
        }
        let own = try await take(wanted.map(name), at: now)
        let ours = wanted.filter { own.contains(name($0)) }
        var failure: (any Error)?
        for start in stride(from: 0, to: ours.count, by: 4) where !Task.isCancelled {
            await withTaskGroup(of: (any Error)?.self) { group in
                for item in ours[start..<min(ours.count, start + 4)] {
                    group.addTask {
                        do { try await body(item) } catch { return error }
                        return nil
                    }
                }
                for await error in group { failure = failure ?? error }
            }
        }
        try await give(own)
        if let failure { throw failure }
        return ours.count
    }
}
