import Store
import Synchronization
import WorkCalendar

/// Knows, apart from the program, what was sent and acknowledged, and what was committed when by the true time.
final class Witness: Sendable {
    /// A row that was added, as the store was told.
    enum Note: Sendable, Hashable {
        case step(place: String, duty: String, step: Int64, at: Int64)
        /// A duty was written, and with it its timer.
        case timer(duty: String)
        case message(place: String, duty: String, step: Int64, person: String)

        /// Nil for statements nobody asks about.
        init?(_ sql: SQL) {
            func text(_ index: Int) -> String { if index < sql.values.count, case .text(let text) = sql.values[index] { text } else { "" } }
            func int(_ index: Int) -> Int64 { if index < sql.values.count, case .int(let number) = sql.values[index] { number } else { 0 } }
            if sql.text.hasPrefix("insert into step (") {
                self = .step(place: text(0), duty: text(1), step: int(2), at: int(3))
            } else if sql.text.hasPrefix("insert into duty (") {
                self = .timer(duty: text(1))
            } else if sql.text.hasPrefix("insert into inbox (") {
                self = .message(place: text(0), duty: text(1), step: int(2), person: text(3))
            } else {
                return nil
            }
        }
    }
    struct Commit: Sendable {
        var note: Note
        var at: Instant
        var process: Int
    }
    enum Verdict: Sendable { case sent, acknowledged, refused }
    private struct State {
        var requests: [String: Verdict] = [:]
        var commits: [Commit] = []
        var breaches: [String] = []
        var commands = 0
        var repeats = 0
        /// Turns of the clock that went through, by the true time at which they began and ended.
        var turns: [(began: Instant, ended: Instant)] = []
        var mailed: Instant?
        var planned: Instant?
        var trace = Hash.sha256(hex: "")
        var lines = 0
    }
    private let time: SimulatedTime
    private let state = Mutex(State())
    /// Each line of the trace, when somebody wants to read it.
    private let tell: (@Sendable (String) -> Void)?

    init(_ time: SimulatedTime, tell: (@Sendable (String) -> Void)? = nil) { (self.time, self.tell) = (time, tell) }

    func sent(_ key: String) {
        state.withLock { state in
            state.commands += 1
            if state.requests[key] == nil { state.requests[key] = .sent }
        }
    }
    func acknowledged(_ key: String) { state.withLock { $0.requests[key] = .acknowledged } }
    func refused(_ key: String) { state.withLock { $0.requests[key] = .refused } }
    func repeated() { state.withLock { $0.repeats += 1 } }
    func breach(_ what: String) {
        state.withLock { $0.breaches.append(what) }
        trace("breach: " + what)
    }
    func committed(_ notes: [Note], in process: Int) {
        guard !notes.isEmpty else { return }
        let now = time.now
        state.withLock { state in for note in notes { state.commits.append(Commit(note: note, at: now, process: process)) } }
    }
    func turned(at moment: Instant) {
        let now = time.now
        state.withLock { $0.turns.append((moment, now)) }
    }
    func mailed(at moment: Instant) { state.withLock { $0.mailed = moment } }
    func planned(at moment: Instant) { state.withLock { $0.planned = moment } }
    /// When the last turn of the planning began that went through.
    var planned: Instant? { state.withLock { $0.planned } }
    /// When the last turn of those who send messages began that went through.
    var mailed: Instant? { state.withLock { $0.mailed } }

    /// One line of what happened: into the hash by which two runs are compared.
    func trace(_ line: String) {
        let full = "\(time.now.ms) \(line)"
        tell?(full)
        state.withLock { state in
            state.trace = Hash.sha256(hex: state.trace + full)
            state.lines += 1
        }
    }

    var requests: [String: Verdict] { state.withLock { $0.requests } }
    var commits: [Commit] { state.withLock { $0.commits } }
    var breaches: [String] { state.withLock { $0.breaches } }
    var commands: Int { state.withLock { $0.commands } }
    var repeats: Int { state.withLock { $0.repeats } }
    var turns: [(began: Instant, ended: Instant)] { state.withLock { $0.turns } }
    var traced: String { state.withLock { $0.trace } }
    /// What was acknowledged before a restore of an older copy, and done after it, is gone with that copy.
    func forget(after moment: Instant) {
        state.withLock { state in
            state.requests = [:]
            state.commits.removeAll { $0.at >= moment }
        }
    }
}
