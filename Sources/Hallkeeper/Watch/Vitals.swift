import Store
import Synchronization
import WorkCalendar

/// How the program is doing: read from indexes, at most each fifteen seconds, however often it is asked.
final class Vitals: Sendable {
    let disk: Disk
    static let every: Duration = .seconds(15)
    private let last = Mutex<(at: ContinuousClock.Instant, text: String)?>(nil)
    private let stopping = Mutex(false)

    init(disk: Disk) { self.disk = disk }

    private let trouble = Mutex<String?>(nil)

    /// Why the store writes no more; nil while it does.
    var cannotWrite: String? { trouble.withLock { $0 } }
    func cannotWrite(_ why: String) { trouble.withLock { $0 = why } }

    /// Told to stop: still answers, but wants no new visitors.
    var isStopping: Bool { stopping.withLock { $0 } }
    func stop() { stopping.withLock { $0 = true } }

    /// The gauges in Prometheus's text form.
    func text(_ hall: Hallkeeper) async throws -> String {
        if let last = last.withLock({ $0 }), last.at.duration(to: .now) < Self.every { return last.text }
        var out = ""
        func gauge(_ name: String, _ about: String, _ value: Int64?) {
            guard let value else { return }
            out += Metrics.head(Metrics.Measure(name: name, kind: .gauge, about: about)) + Metrics.line(name, "", Double(value))
        }
        let now = hall.clock.now
        let own = try await Self.read(hall.store, at: now)
        gauge("hallkeeper_duties_open", "Duties that are open.", own.open)
        gauge("hallkeeper_duties_due", "Open duties whose time comes within a day.", own.due)
        gauge("hallkeeper_duties_overdue", "Open duties past their time.", own.overdue)
        gauge("hallkeeper_sweep_lag_seconds", "How far the clock's work is behind.", own.sweep.map { ($0 + 999) / 1000 })
        gauge("hallkeeper_outbox_age_seconds", "How long the oldest message that may go has waited.", own.outbox.map { ($0 + 999) / 1000 })
        gauge("hallkeeper_erased_on_disk_seconds", "How long something erased as the law demands has stood on the disk.", own.erased.map { $0 / 1000 })
        let room = disk.room
        gauge("hallkeeper_database_bytes", "The database.", own.size ?? disk.used)
        gauge("hallkeeper_disk_free_bytes", "What is left on its disk.", room?.free)
        gauge("hallkeeper_disk_bytes", "Its disk.", room?.total)
        gauge("hallkeeper_disk_low", "1 below a tenth or a gibibyte.", room.map { $0.isLow ? 1 : 0 })
        gauge("hallkeeper_writes_stopped", "1 after a write could not be made durable.", cannotWrite == nil ? 0 : 1)
        gauge("hallkeeper_live_boards", "Lines on which wake-ups go out.", Int64(hall.hub.lines))
        gauge("hallkeeper_memory_bytes", "Memory in use.", Disk.memory)
        let text = out
        last.withLock { $0 = (.now, text) }
        return text
    }

    struct Counts: Sendable {
        var open: Int64
        var due: Int64
        var overdue: Int64
        /// Milliseconds.
        var sweep: Int64?
        var outbox: Int64?
        /// Milliseconds; nought when there is nothing.
        var erased: Int64?
        /// Bytes, where only the database knows.
        var size: Int64?
    }

    static func read(_ store: any Store, at now: Instant) async throws -> Counts {
        try await store.read { tx in
            func number(_ sql: SQL) throws -> Int64? { try tx.one(sql)?.optionalInt("n") }
            func behind(_ moment: Int64?) -> Int64 { moment.map { max(0, now.ms - $0) } ?? 0 }
            // Whoever watches over the program is not told how much there is for supervision to do.
            let known: SQL = "not (duty.subject >= 'misconduct:' and duty.subject < 'misconduct;')"
            return Counts(
                open: try number("select count(*) as n from duty where state = 'open' and due >= 0 and \(sql: known)") ?? 0,
                due: try number("select count(*) as n from duty where state = 'open' and due >= \(now) and due < \(now.adding(minutes: 1440)) and \(sql: known)") ?? 0,
                overdue: try number("select count(*) as n from duty where state = 'open' and due < \(now) and \(sql: known)") ?? 0,
                sweep: behind(try number("select min(next_at) as n from duty where next_at is not null")),
                outbox: behind(try number("select min(opens) as n from outbox where state = 'waiting'")),
                erased: behind(try Scrubbing.waiting(tx)?.ms),
                size: store.engine == .postgres ? try number("select pg_database_size(current_database()) as n") : nil)
        }
    }
}
