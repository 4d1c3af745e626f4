import Foundation
import Logging
import NIOPosix

@testable import Hallkeeper

/// The server over a real socket, with a few pages of its own.
enum LiveServer {
    static func serving(_ limits: Limits = Limits(), watchPort: Int = 0, _ body: (Talk) async throws -> Void) async throws {
        let hall = try await TestWorld.make(planned: false).hall
        let hub = hall.hub
        let site = [
            Entry("GET", Route("/one"), .anyone) { _ in .page("<p>1</p>") },
            Entry("POST", Route("/one"), .anyone, bodyLimit: 300) { _ in .page("<p>2</p>") },
            Entry("POST", Route("/large"), .anyone, bodyLimit: 8 << 20) { visit in .page("\(visit.request.body.count)") },
            Entry("GET", Route("/long"), .anyone) { _ in .file([UInt8](repeating: 0x61, count: 64 << 20), media: "application/octet-stream") },
            Entry("GET", Route("/who"), .anyone) { visit in
                .page("\(visit.request.remote) \(visit.request.isSecure ? "secure" : "plain")")
            },
            Entry("GET", Route("/events"), .anyone) { _ in
                Task {
                    try await Task.sleep(for: .milliseconds(300))
                    hub.publish("board")
                }
                return hub.events(["board"]) ?? Reply(status: 500)
            },
            Entry("GET", Route("/flood"), .anyone) { _ in
                let name = String(repeating: "x", count: 64 << 10)
                Task {
                    for _ in 0..<400 {
                        try await Task.sleep(for: .milliseconds(10))
                        hub.publish(name)
                    }
                }
                return hub.events([name]) ?? Reply(status: 500)
            },
        ] + WatchRoutes(hall: hall).entries
        let port = Int.random(in: 20_000...32_000)
        var server = Server(shell: Shell(hall: hall, site: site), host: "127.0.0.1", port: port, limits: limits)
        server.watchPort = watchPort
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        let running = Task { [server] in
            defer { isReady.finish() }
            try await server.run(log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { isReady.yield() }
        }
        for await _ in ready { break }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(Talk(port: port, hub: hub))) } catch { outcome = .failure(error) }
        running.cancel()
        _ = await running.result
        try outcome.get()
    }
}

/// One connection's worth of talk with a server on this machine.
struct Talk: Sendable {
    let port: Int
    /// Of the server's program.
    let hub: Hub

    /// Sends, then reads until the other end closes, those words have come, or nothing has come for ten seconds.
    func callAsFunction(_ text: String, _ words: String? = nil) async -> String {
        await withCheckedContinuation { continuation in
            // Blocking calls stay off the pool that the server itself runs on.
            DispatchQueue.global().async { continuation.resume(returning: exchange(text, words)) }
        }
    }

    private func exchange(_ text: String, _ words: String?) -> String {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var time = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return "no connection" }
        let bytes = Array(text.utf8)
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var heard = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while words.map({ !heard.contains($0) }) ?? true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            heard += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return heard
    }
}

/// One connection, step by step. Blocking calls stay off the pool that the server itself runs on.
final class Line: Sendable {
    private let socket: Int32

    /// Nil when nobody takes the connection. A small `window` makes the system take little on a reader's behalf.
    init?(port: Int, window: Int32 = 0) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if window > 0 {
            var size = window
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        guard isConnected else { return nil }
    }

    deinit { Glibc.close(socket) }

    /// Whether the other end still takes it.
    @discardableResult
    func say(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// What has come within a time; ends early when the other end closes.
    func hear(_ most: Int = 65_536, for time: Duration) async -> (text: String, isClosed: Bool) {
        let milliseconds = Int32(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000)
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [socket] in
                var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, milliseconds) > 0 else { return continuation.resume(returning: ("", false)) }
                var buffer = [UInt8](repeating: 0, count: most)
                let count = recv(socket, &buffer, buffer.count, 0)
                continuation.resume(returning: (count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : "", count <= 0))
            }
        }
    }

    /// Whether the other end has gone without a word of ours being read: its reset or its end is seen beneath what waits.
    var isGone: Bool {
        var waiting = pollfd(fd: socket, events: Int16(0x2000), revents: 0)
        return poll(&waiting, 1, 0) > 0 && waiting.revents & Int16(0x2000 | POLLERR | POLLHUP) != 0
    }

    /// Whether the other end goes within a time.
    func goes(within time: Duration) async throws -> Bool {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            if isGone { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return isGone
    }
}
