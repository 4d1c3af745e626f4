import Synchronization

/// Who wants to know when something changed: live boards, inboxes. Only wake-ups, never facts.
final class Hub: Sendable {
    /// On whose behalf a line is open. It ends with what it rests on: a session, a screen's token.
    struct Ear: Hashable, Sendable {
        enum Ground: Hashable, Sendable {
            case session(String)
            case screen(String)
        }
        var ground: Ground
        /// Empty for a screen.
        var person = ""

        /// Whose lines are counted together.
        fileprivate var holder: String {
            if !person.isEmpty { return person }
            switch ground {
            case .session(let id): return "session:" + id
            case .screen(let token): return "screen:" + token
            }
        }
    }
    private struct Line {
        let channels: Set<String>
        let ear: Ear?
        let continuation: AsyncStream<[UInt8]>.Continuation
    }
    private struct State {
        var next = 0
        var lines: [Int: Line] = [:]
        /// Whose lines listen to a channel.
        var listeners: [String: Set<Int>] = [:]
        /// How many lines somebody holds.
        var held: [String: Int] = [:]
        var isBeating = false
    }
    private let state = Mutex(State())
    /// A sign of life each so many seconds keeps proxies from closing the line; a slice of all each second.
    private static let beat = 15
    /// Lines one person or screen may hold: windows left open must not take everybody's place.
    static let mostAnEar = 64

    private let seen = Mutex<String?>(nil)
    /// The newest entry that was looked at for changes of who may listen.
    var seenEntry: String? { seen.withLock { $0 } }
    func sawEntry(_ id: String) { seen.withLock { $0 = id } }

    /// How many lines are open.
    var lines: Int { state.withLock { $0.lines.count } }

    private let outward = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Who carries wake-ups to the other processes.
    func carry(by carrier: @escaping @Sendable (String) -> Void) { outward.withLock { $0 = carrier } }

    /// Something changed here: whoever waits here is woken, and in the other processes.
    func publish(_ channel: String) {
        wake(channel)
        outward.withLock { $0 }?(channel)
    }

    /// Wakes whoever waits here; for "", everybody: something may have been said that nobody heard.
    func wake(_ channel: String) {
        if channel.isEmpty {
            for line in state.withLock({ Array($0.lines.values) }) { for own in line.channels { line.continuation.yield(Array("data: \(own)\n\n".utf8)) } }
            return
        }
        let waiting = state.withLock { state in (state.listeners[channel] ?? []).compactMap { state.lines[$0]?.continuation } }
        let bytes = Array("data: \(channel)\n\n".utf8)
        for continuation in waiting { continuation.yield(bytes) }
    }

    /// Everybody on whose behalf a line is open.
    var ears: Set<Ear> { state.withLock { Set($0.lines.values.compactMap(\.ear)) } }

    /// Ends the lines of whoever may no longer listen; a browser asks again and is then refused or let in anew.
    func hangUp(where gone: (Ear) -> Bool) {
        let ended = state.withLock { $0.lines.values.filter { $0.ear.map(gone) ?? false }.map(\.continuation) }
        for continuation in ended { continuation.finish() }
    }

    /// Server-sent events: a line when something changed, now and then a sign of life. Nil when whoever listens has more
    /// lines open than anybody needs.
    func events(_ channels: Set<String>, for ear: Ear? = nil) -> Reply? {
        // A reader who does not read must not fill the memory: the newest wake-up is as good as all of them.
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingNewest(16))
        let (id, begins) = state.withLock { state -> (Int?, Bool) in
            if let ear, state.held[ear.holder, default: 0] >= Self.mostAnEar { return (nil, false) }
            state.next += 1
            if let ear { state.held[ear.holder, default: 0] += 1 }
            for channel in channels { state.listeners[channel, default: []].insert(state.next) }
            state.lines[state.next] = Line(channels: channels, ear: ear, continuation: continuation)
            defer { state.isBeating = true }
            return (state.next, !state.isBeating)
        }
        guard let id else { return nil }
        continuation.onTermination = { [weak self] _ in self?.forget(id) }
        continuation.yield(Array(": here\n\n".utf8))
        if begins { Task { [weak self] in await Self.beat(self) } }
        return Reply(
            headers: [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")],
            body: .stream(stream))
    }

    private func forget(_ id: Int) {
        state.withLock { state in
            guard let line = state.lines.removeValue(forKey: id) else { return }
            for channel in line.channels {
                state.listeners[channel]?.remove(id)
                if state.listeners[channel]?.isEmpty == true { state.listeners[channel] = nil }
            }
            guard let holder = line.ear?.holder, let count = state.held[holder] else { return }
            state.held[holder] = count > 1 ? count - 1 : nil
        }
    }

    /// One task for all lines, until none is left.
    private static func beat(_ hub: Hub?) async {
        weak let hub = hub
        let here = Array(": here\n\n".utf8)
        var second = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            second = (second + 1) % beat
            guard let hub else { return }
            let waiting = hub.state.withLock { state -> [AsyncStream<[UInt8]>.Continuation] in
                if state.lines.isEmpty { state.isBeating = false }
                return state.lines.filter { $0.key % beat == second }.map(\.value.continuation)
            }
            for continuation in waiting { continuation.yield(here) }
            if !hub.state.withLock({ $0.isBeating }) { return }
        }
    }
}
