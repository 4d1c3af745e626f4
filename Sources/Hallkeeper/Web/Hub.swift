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
        /// None until its answer has begun.
        var listener: (any Listener)?
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

    /// In a shell of its own: a bare closure in a lock is wrapped once more each time it is looked at, and calls all its wraps.
    private struct Carrier: Sendable { let carry: @Sendable (String) -> Void }
    private let outward = Mutex<Carrier?>(nil)

    /// Who carries wake-ups to the other processes.
    func carry(by carrier: @escaping @Sendable (String) -> Void) { outward.withLock { $0 = Carrier(carry: carrier) } }

    /// Something changed here: whoever waits here is woken, and in the other processes.
    func publish(_ channel: String) {
        wake(channel)
        outward.withLock { $0 }?.carry(channel)
    }

    /// Wakes whoever waits here; for "", everybody: something may have been said that nobody heard.
    func wake(_ channel: String) {
        if channel.isEmpty {
            for (id, line) in state.withLock({ $0.lines }) { for own in line.channels { tell(id, line.listener, Array("data: \(own)\n\n".utf8)) } }
            return
        }
        let waiting = state.withLock { state in (state.listeners[channel] ?? []).map { ($0, state.lines[$0]?.listener) } }
        let bytes = Array("data: \(channel)\n\n".utf8)
        for (id, listener) in waiting { tell(id, listener, bytes) }
    }

    private func tell(_ id: Int, _ listener: (any Listener)?, _ bytes: [UInt8]) {
        if let listener, !listener.tell(bytes) { forget(id) }
    }

    /// Everybody on whose behalf a line is open.
    var ears: Set<Ear> { state.withLock { Set($0.lines.values.compactMap(\.ear)) } }

    /// Ends the lines of whoever may no longer listen; a browser asks again and is then refused or let in anew.
    func hangUp(where gone: (Ear) -> Bool) {
        for id in state.withLock({ $0.lines.filter { $0.value.ear.map(gone) ?? false }.map(\.key) }) { forget(id) }
    }

    /// Ends all lines: the program stops.
    func hangUp() { for id in state.withLock({ Array($0.lines.keys) }) { forget(id) } }

    /// A line that is promised, until somebody listens on it or it is let go of.
    final class Opening: Sendable {
        private let hub: Hub
        private let id: Int
        private let isTaken = Mutex(false)

        fileprivate init(_ hub: Hub, _ id: Int) { (self.hub, self.id) = (hub, id) }
        deinit { if !isTaken.withLock({ $0 }) { hub.forget(id) } }

        /// Listened to within this process.
        func stream() -> AsyncStream<[UInt8]> {
            isTaken.withLock { $0 = true }
            let (listener, stream) = StreamListener.make { [weak hub, id] in hub?.forget(id) }
            hub.begin(id, listener)
            return stream
        }

        /// Listened to at the other end of a socket, whose descriptor is the line's own from here on; `onEnd` is called once
        /// when it has been closed: at once where the line cannot be.
        func takes(_ descriptor: Int32, onEnd: @escaping @Sendable () -> Void) {
            let listener = SocketListener(descriptor, onEnd: onEnd)
            guard hub.ends?.watch(descriptor, as: id) == true else { return listener.end() }
            isTaken.withLock { $0 = true }
            hub.begin(id, listener)
        }
    }

    private let watched = Mutex<LineEnds?>(nil)
    private var ends: LineEnds? {
        watched.withLock { watched in
            watched = watched ?? LineEnds { [weak self] in self?.forget($0) }
            return watched
        }
    }

    /// Server-sent events: a line when something changed, now and then a sign of life. Nil when whoever listens has more
    /// lines open than anybody needs.
    func events(_ channels: Set<String>, for ear: Ear? = nil) -> Reply? {
        let (id, begins) = state.withLock { state -> (Int?, Bool) in
            if let ear, state.held[ear.holder, default: 0] >= Self.mostAnEar { return (nil, false) }
            state.next += 1
            if let ear { state.held[ear.holder, default: 0] += 1 }
            for channel in channels { state.listeners[channel, default: []].insert(state.next) }
            state.lines[state.next] = Line(channels: channels, ear: ear)
            defer { state.isBeating = true }
            return (state.next, !state.isBeating)
        }
        guard let id else { return nil }
        if begins { Task { [weak self] in await Self.beat(self) } }
        return Reply(
            headers: [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")],
            body: .live(Opening(self, id)))
    }

    private static let here = Array(": here\n\n".utf8)

    private func begin(_ id: Int, _ listener: any Listener) {
        let isThere = state.withLock { state in
            guard state.lines[id] != nil else { return false }
            state.lines[id]?.listener = listener
            return true
        }
        // Let go of before its answer began: signed out, or the program stops.
        if !isThere { return listener.end() }
        tell(id, listener, Self.here)
    }

    private func forget(_ id: Int) {
        let listener = state.withLock { state -> (any Listener)? in
            guard let line = state.lines.removeValue(forKey: id) else { return nil }
            for channel in line.channels {
                state.listeners[channel]?.remove(id)
                if state.listeners[channel]?.isEmpty == true { state.listeners[channel] = nil }
            }
            if let holder = line.ear?.holder, let count = state.held[holder] { state.held[holder] = count > 1 ? count - 1 : nil }
            return line.listener
        }
        listener?.end()
    }

    /// One task for all lines, until none is left.
    private static func beat(_ hub: Hub?) async {
        weak let hub = hub
        var second = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            second = (second + 1) % beat
            guard let hub else { return }
            let waiting = hub.state.withLock { state -> [(Int, (any Listener)?)] in
                if state.lines.isEmpty { state.isBeating = false }
                return state.lines.filter { $0.key % beat == second }.map { ($0.key, $0.value.listener) }
            }
            for (id, listener) in waiting { hub.tell(id, listener, here) }
            if !hub.state.withLock({ $0.isBeating }) { return }
        }
    }
}
