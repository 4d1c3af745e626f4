import Store
import Synchronization
import WorkCalendar

/// Whether escalation and lapsing may go on. They wait after the clock jumped by over five minutes, or when the program
/// starts at a time before its last entry, until somebody confirms the time; service goes on meanwhile.
final class Timers: Sendable {
    enum Doubt: Sendable, Equatable {
        case jumped(milliseconds: Int64)
        case startedBefore(lastEntry: Instant)
        /// Over a year after the last entry: nobody was away that long, but a clock's battery may have been.
        case startedLongAfter(lastEntry: Instant)
    }
    private let state = Mutex<Doubt?>(nil)
    private let watchman = ClockWatch()

    var arePaused: Bool { state.withLock { $0 != nil } }
    var doubt: Doubt? { state.withLock { $0 } }

    /// Somebody looked at the clock and says it is right.
    func confirm() { state.withLock { $0 = nil } }
    func doubt(_ doubt: Doubt) { state.withLock { $0 = doubt } }

    /// At start: a clock that stands before the last entry is not trusted. Clocks of processes differ by seconds; that is no reason.
    func check(atStart now: Instant, lastEntry: Instant?) {
        guard let lastEntry else { return }
        if now.adding(ms: ClockWatch.tolerance) < lastEntry { doubt(.startedBefore(lastEntry: lastEntry)) }
        if now > lastEntry.adding(minutes: 366 * 24 * 60) { doubt(.startedLongAfter(lastEntry: lastEntry)) }
    }

    /// A process begins: its clock against the last entry anybody has made.
    func start(_ hall: Hallkeeper) async throws {
        guard !hall.clock.isMadeUp else { return }
        let last = try await hall.store.read { tx in try tx.one("select recorded from entry order by id desc limit 1")?.instant("recorded") }
        check(atStart: hall.clock.now, lastEntry: last)
    }

    static let setting = "clock-confirmed"

    /// Which confirmation was the last, in whichever process.
    private static func confirmation(_ hall: Hallkeeper) async throws -> String {
        try await hall.store.read { tx in try tx.one("select value from setting where name = \(setting)")?.text("value") ?? "" }
    }

    /// Looks at the clock each second until cancelled; a jump is recorded.
    func watch(_ hall: Hallkeeper) async {
        guard !hall.clock.isMadeUp else { return }
        var before: String?
        while !Task.isCancelled {
            // Confirmed to another process: it holds for all on this database.
            if arePaused {
                let said = try? await Self.confirmation(hall)
                if let before, let said, said != before { confirm() }
                before = before ?? said
            } else {
                before = nil
            }
            await look(hall)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Holds the wall clock against the monotonic one; a jump raises the doubt at once and is recorded. Asked before every
    /// turn of a job too, for a jump must not be acted upon in the second before the next look.
    func look(_ hall: Hallkeeper) async {
        guard !hall.clock.isMadeUp else { return }
        let now = hall.clock.now
        let jump = watchman.jump(wall: now, monotonic: hall.clock.monotonic)
        guard jump != 0 else { return }
        doubt(.jumped(milliseconds: jump))
        hall.log.warning("the clock jumped", metadata: ["milliseconds": "\(jump)"])
        try? await hall.act(by: .clock, at: now) { act in
            try act.enter(Event(kind: "clock.jumped", at: now, fields: ["milliseconds": String(jump)]), at: act.company().id)
        }
    }
}
