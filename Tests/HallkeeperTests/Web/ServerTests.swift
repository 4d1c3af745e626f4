import Foundation
import Logging
import Synchronization
import Testing

@testable import Hallkeeper

/// The thin part that tests of the shell do not see, over real sockets.
@Suite(.serialized) struct ServerTests {
    @Test func `a body declared too large is refused before it is sent; one that grows too large is refused too`() async throws {
        try await serving { talk in
            let asked = ContinuousClock.now
            let declared = await talk("POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n")
            #expect(declared.hasPrefix("HTTP/1.1 413"))
            #expect(declared.lowercased().contains("connection: close"))
            // The rest never comes; the connection is not kept for it.
            #expect(asked.duration(to: .now) < .seconds(4.8))
            let chunk = "ff\r\n" + String(repeating: "a", count: 255) + "\r\n"
            let grown = await talk(
                "POST /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n")
            #expect(grown.hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test func `HEAD has GET's headers and no body; other methods get 405 and what is allowed`() async throws {
        try await serving { talk in
            let head = await talk("HEAD /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
            let other = await talk("PUT /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(other.hasPrefix("HTTP/1.1 405") && other.lowercased().contains("allow: get, post"))
        }
    }

    @Test func `events arrive one by one while the line is open`() async throws {
        try await serving { talk in
            let events = await talk("GET /events HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "data: board")
            #expect(events.contains("text/event-stream"))
            #expect(events.contains(": here"))
            #expect(events.contains("data: board"))
        }
    }

    @Test func `who asks is the connection's other end, or who our proxy says`() async throws {
        try await serving { talk in
            #expect(await talk("GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasSuffix("127.0.0.1 plain"))
            let behind = "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
            #expect(await talk("GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(behind)\r\n").hasSuffix("1.2.3.4 secure"))
        }
    }

    @Test(arguments: ["\0\r\n\r\n", "GET\r\n\r\n", "GET /one HTTP/9.9\r\n\r\n", "GET /%zz%00?%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"])
    func `nonsense on the line ends in a refusal, and the next visitor is served`(_ nonsense: String) async throws {
        try await serving { talk in
            let reply = await talk(nonsense)
            #expect(!reply.hasPrefix("HTTP/1.1 2") && reply != "no connection")
            #expect(await talk("GET /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        }
    }

    // MARK: a server of its own for each test

    private func serving(_ body: (Talk) async throws -> Void) async throws {
        let hall = try await TestWorld.make(planned: false).hall
        let hub = Hub()
        let site = [
            Entry("GET", Route("/one"), .anyone) { _ in .page("<p>1</p>") },
            Entry("POST", Route("/one"), .anyone, bodyLimit: 300) { _ in .page("<p>2</p>") },
            Entry("GET", Route("/who"), .anyone) { visit in
                .page("\(visit.request.remote) \(visit.request.isSecure ? "secure" : "plain")")
            },
            Entry("GET", Route("/events"), .anyone) { _ in
                Task {
                    try await Task.sleep(for: .milliseconds(300))
                    hub.publish("board")
                }
                return hub.events(["board"])
            },
        ]
        // Below the ports that the system gives to callers: one of those may be waiting out its last connection.
        let port = Int.random(in: 20_000...32_000)
        let server = Server(shell: Shell(hall: hall, site: site), host: "127.0.0.1", port: port)
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        let running = Task {
            defer { isReady.finish() }
            try await server.run(log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { isReady.yield() }
        }
        for await _ in ready { break }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(Talk(port: port))) } catch { outcome = .failure(error) }
        running.cancel()
        _ = await running.result
        try outcome.get()
    }
}

/// One connection's worth of talk with a server on this machine.
private struct Talk: Sendable {
    let port: Int

    /// Sends, then reads until the other end closes, those words have come, or nothing has come for five seconds.
    func callAsFunction(_ text: String, _ words: String? = nil) async -> String {
        await withCheckedContinuation { continuation in
            // Blocking calls stay off the pool that the server itself runs on.
            DispatchQueue.global().async { continuation.resume(returning: exchange(text, words)) }
        }
    }

    private func exchange(_ text: String, _ words: String?) -> String {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var time = timeval(tv_sec: 5, tv_usec: 0)
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
