import CEpoll
import Foundation
import Synchronization

/// Where wake-ups of one line go. None of it waits for anybody.
protocol Listener: Sendable {
    /// Says something; false when nobody listens any more.
    func tell(_ bytes: [UInt8]) -> Bool
    /// Ends the line.
    func end()
}

/// A line that is read in this process.
final class StreamListener: Listener {
    private let continuation: AsyncStream<[UInt8]>.Continuation

    private init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

    /// The stream is its reader's alone: the line ends when nobody holds it any more.
    static func make(onEnd: @escaping @Sendable () -> Void) -> (StreamListener, AsyncStream<[UInt8]>) {
        // A reader who does not read must not fill the memory: the newest wake-up is as good as all of them.
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingNewest(16))
        continuation.onTermination = { _ in onEnd() }
        return (StreamListener(continuation), stream)
    }

    func tell(_ bytes: [UInt8]) -> Bool {
        if case .terminated = continuation.yield(bytes) { return false }
        return true
    }
    func end() { continuation.finish() }
}

/// A socket the server has let go of: thousands of boards wait for days, and none of them needs more than its descriptor.
final class SocketListener: Listener {
    private struct State {
        /// -1: closed.
        var descriptor: Int32
        /// How often in a row the other end had no room.
        var full = 0
        /// What was said is not read: it is thrown away with the line.
        var isStuck = false
    }
    private let state: Mutex<State>
    /// Signs of life that find no room one after the other, until it is believed that nobody reads.
    private static let patience = 3
    private let onEnd: @Sendable () -> Void

    /// Takes a descriptor that is its own, and closes it once.
    init(_ descriptor: Int32, onEnd: @escaping @Sendable () -> Void) {
        state = Mutex(State(descriptor: descriptor))
        self.onEnd = onEnd
    }

    deinit { end() }

    func tell(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.descriptor >= 0 else { return false }
            let sent = bytes.withUnsafeBytes { send(state.descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }
            if sent == bytes.count {
                state.full = 0
                return true
            }
            // No room: a wake-up that is lost is made up for by the next. Half of one would spoil the line.
            if sent < 0, errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR { state.full += 1 } else { state.full = Self.patience }
            state.isStuck = state.full >= Self.patience
            return !state.isStuck
        }
    }

    func end() {
        let isFirst = state.withLock { state in
            guard state.descriptor >= 0 else { return false }
            // Reset where nobody reads: the system would keep on offering it. Ended in order else, also while the server still holds it.
            var reset = linger(l_onoff: 1, l_linger: 0)
            if state.isStuck { setsockopt(state.descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size)) } else { shutdown(state.descriptor, Int32(SHUT_RDWR)) }
            close(state.descriptor)
            state.descriptor = -1
            return true
        }
        if isFirst { onEnd() }
    }
}

/// Sees when the other end of a line has gone. One thread for all lines, as long as there are any.
final class LineEnds: Sendable {
    private let poll: Int32
    private let gone: @Sendable (Int) -> Void

    /// `gone` is told the number of each line whose other end has hung up.
    init?(_ gone: @escaping @Sendable (Int) -> Void) {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        self.gone = gone
        guard poll >= 0 else { return nil }
        let thread = Thread { [poll, weak self] in
            var events = [epoll_event](repeating: epoll_event(), count: 256)
            while true {
                let count = epoll_wait(poll, &events, 256, 1000)
                guard let self else { break }
                for index in 0..<max(0, Int(count)) { self.gone(Int(events[index].data.u64)) }
            }
            close(poll)
        }
        thread.stackSize = 256 << 10
        thread.start()
    }

    /// Watches a descriptor until it is closed; false when that cannot be.
    func watch(_ descriptor: Int32, as number: Int) -> Bool {
        // What a browser still says is not read: only that it has gone, once.
        var event = epoll_event(events: EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLONESHOT.rawValue, data: epoll_data_t(u64: UInt64(number)))
        return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0
    }
}
