import Foundation
import Testing

@testable import Hallkeeper

/// What one connection may take from the others, over real sockets, with short times. Each limit has its control: the
/// same conduct under the ordinary, long times is borne, so what ends it is the limit.
@Suite(.serialized) struct LimitsTests {
    private static let asked = "GET /one HTTP/1.1\r\nHost: h\r\n\r\n"

    private func limits(_ change: (inout Limits) -> Void) -> Limits {
        var limits = Limits()
        limits.look = .milliseconds(100)
        change(&limits)
        return limits
    }

    @Test(arguments: [true, false]) func `whoever connects and asks nothing, or half a line, is closed`(_ isLimited: Bool) async throws {
        let limits = limits { if isLimited { ($0.first, $0.request) = (.seconds(1), .seconds(1)) } }
        try await LiveServer.serving(limits) { talk in
            let silent = try #require(Line(port: talk.port))
            let halved = try #require(Line(port: talk.port))
            halved.say("GET /one HTTP/1.1\r\nHos")
            #expect(try await silent.goes(within: .seconds(2.5)) == isLimited)
            #expect(try await halved.goes(within: .seconds(0.5)) == isLimited)
        }
    }

    @Test(arguments: [true, false]) func `a body that drips is closed at the request's deadline, however steadily it drips`(_ isLimited: Bool) async throws {
        let limits = limits { if isLimited { $0.request = .seconds(1) } }
        try await LiveServer.serving(limits) { talk in
            let line = try #require(Line(port: talk.port))
            line.say("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
            for _ in 0..<25 {
                line.say("a")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(line.isGone == isLimited)
        }
    }

    @Test func `a large body that keeps coming may take longer than a small one`() async throws {
        let limits = limits { ($0.request, $0.bytesPerSecond) = (.seconds(1), 100 << 10) }
        try await LiveServer.serving(limits) { talk in
            let line = try #require(Line(port: talk.port))
            line.say("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: \(400 << 10)\r\n\r\n")
            for _ in 0..<20 {
                line.say(String(repeating: "a", count: 20 << 10))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(await line.hear(for: .seconds(5)).text.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test(arguments: [true, false]) func `whoever stops reading a long answer is closed`(_ isLimited: Bool) async throws {
        let limits = limits { if isLimited { $0.stall = .seconds(1) } }
        try await LiveServer.serving(limits) { talk in
            let line = try #require(Line(port: talk.port, window: 4096))
            line.say("GET /long HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await line.hear(1024, for: .seconds(5)).text.hasPrefix("HTTP/1.1 200"))
            #expect(try await line.goes(within: .seconds(4)) == isLimited)
        }
    }

    @Test(arguments: [false, true]) func `a live board that no longer reads its events is closed`(_ reads: Bool) async throws {
        try await LiveServer.serving { talk in
            let line = try #require(Line(port: talk.port, window: reads ? 0 : 4096))
            line.say("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await line.hear(1024, for: .seconds(5)).text.hasPrefix("HTTP/1.1 200"))
            if reads {
                let end = ContinuousClock.now + .seconds(2)
                while ContinuousClock.now < end { _ = await line.hear(1 << 20, for: .milliseconds(200)) }
                #expect(!line.isGone)
            } else {
                #expect(try await line.goes(within: .seconds(4)))
                #expect(talk.hub.lines == 0)
            }
        }
    }

    @Test func `a live board is its socket alone: heard at once, gone at once, and in order when the program stops`() async throws {
        var left: Line?
        try await LiveServer.serving(limits { $0.connections = 8 }) { talk in
            var lines: [Line] = []
            for _ in 0..<8 {
                let line = try #require(Line(port: talk.port))
                line.say("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
                let head = await line.hear(for: .seconds(5)).text
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.contains("content-type: text/event-stream\r\n") && head.contains("connection: close\r\n"))
                lines.append(line)
            }
            #expect(talk.hub.lines == 8)
            // The server has let go of all of them: it answers others as before, and has no more room for boards.
            #expect(await talk(Self.asked.replacingOccurrences(of: "Host: h", with: "Host: h\r\nConnection: close")).hasPrefix("HTTP/1.1 200"))
            #expect(await talk("GET /events HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 503"))
            talk.hub.publish("board")
            for line in lines {
                var heard = ""
                for _ in 0..<5 where !heard.contains("data: board\n\n") { heard += await line.hear(for: .seconds(2)).text }
                #expect(heard.contains("data: board\n\n"))
            }
            lines.removeFirst(5)
            for _ in 0..<40 where talk.hub.lines != 3 { try await Task.sleep(for: .milliseconds(50)) }
            #expect(talk.hub.lines == 3)
            let again = try #require(Line(port: talk.port))
            again.say("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await again.hear(for: .seconds(5)).text.hasPrefix("HTTP/1.1 200"))
            left = again
        }
        #expect(try await #require(left).goes(within: .seconds(3)))
    }

    @Test func `a live board with nothing to say outlives every deadline of a request`() async throws {
        let limits = limits { ($0.first, $0.request, $0.keepAlive, $0.stall) = (.seconds(1), .seconds(1), .seconds(1), .seconds(1)) }
        try await LiveServer.serving(limits) { talk in
            let line = try #require(Line(port: talk.port))
            line.say("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await !line.goes(within: .seconds(3)))
        }
    }

    @Test func `a connection is kept between requests, and closed when nothing more is asked`() async throws {
        try await LiveServer.serving(limits { $0.keepAlive = .seconds(1) }) { talk in
            let line = try #require(Line(port: talk.port))
            for _ in 0..<3 {
                line.say(Self.asked)
                #expect(await line.hear(for: .seconds(5)).text.hasPrefix("HTTP/1.1 200"))
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(try await line.goes(within: .seconds(3)))
        }
    }

    @Test(arguments: [true, false]) func `at the cap no more are let in until somebody leaves; in a crowd the silent leave soon`(_ isQuick: Bool) async throws {
        let limits = limits { limits in
            (limits.connections, limits.first, limits.keepAlive) = (20, .seconds(60), .seconds(60))
            limits.crowded = isQuick ? .seconds(1) : .seconds(60)
        }
        try await LiveServer.serving(limits) { talk in
            let idle = (0..<60).compactMap { _ in Line(port: talk.port) }
            #expect(idle.count == 60)
            let last = try #require(Line(port: talk.port))
            last.say(Self.asked)
            // Sixty silent ones stand before it, twenty places; each leaves after a second, but only when told to.
            #expect(await last.hear(for: .seconds(8)).text.hasPrefix("HTTP/1.1 200") == isQuick)
            #expect(idle.filter(\.isGone).isEmpty == !isQuick)
        }
    }

    @Test func `a crowd at the door does not keep out whoever watches over the program`() async throws {
        let limits = limits { ($0.connections, $0.first, $0.crowded) = (10, .seconds(60), .seconds(60)) }
        let watchPort = Int.random(in: 20_000...32_000)
        try await LiveServer.serving(limits, watchPort: watchPort) { talk in
            let idle = (0..<30).compactMap { _ in Line(port: talk.port) }
            #expect(idle.count == 30)
            let shut = try #require(Line(port: talk.port))
            shut.say("GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await shut.hear(for: .seconds(1)).text.isEmpty)
            for path in ["/health", "/ready", "/metrics"] {
                #expect(await Talk(port: watchPort, hub: Hub())("GET \(path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            }
            #expect(await Talk(port: watchPort, hub: Hub())("GET /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test func `large bodies on their way share one room; small ones always find some`() {
        let room = BodyRoom(most: 30 << 20)
        #expect(room.takes(12 << 20) && room.takes(12 << 20) && !room.takes(12 << 20))
        for _ in 0..<10_000 { #expect(room.takes(64 << 10)) }
        room.leaves(12 << 20)
        #expect(room.takes(12 << 20))
    }

    @Test func `who finds no room for a large body is asked to come again, and finds it once the others have gone`() async throws {
        try await LiveServer.serving(limits { $0.bodies = 1 << 20 }) { talk in
            let size = 700 << 10
            let head = "POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\nConnection: close\r\n\r\n"
            let first = try #require(Line(port: talk.port))
            first.say(head + String(repeating: "a", count: 1000))
            try await Task.sleep(for: .milliseconds(300))
            #expect(await talk(head + String(repeating: "a", count: 1000), "HTTP/1.1 503").contains("503"))
            first.say(String(repeating: "a", count: size - 1000))
            #expect(await first.hear(for: .seconds(5)).text.hasPrefix("HTTP/1.1 200"))
            #expect(await talk(head + String(repeating: "a", count: size)).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `no more connections are let in than there are files for, and some files are left for the program`() {
        #expect(Limits().within(openFiles: 1024).connections == (1024 - Limits.ownFiles) / 2)
        #expect(Limits().within(openFiles: 1 << 20).connections == Limits().connections)
        #expect(Limits().within(openFiles: 10).connections == 8)
        #expect(Limits.raiseOpenFiles() >= 1024)
    }

    @Test func `out of open files it waits without turning in circles, and answers again when there are some`() async throws {
        let port = Int.random(in: 20_000...32_000)
        let data = FileManager.default.temporaryDirectory.appending(path: "hallkeeper-files-\(port)").path
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
        program.arguments = [
            "--nofile=44:44", TestWorld.root.appending(path: ".build/debug/hallkeeper").path, "serve", "--data", data, "--port", String(port),
        ]
        (program.standardOutput, program.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try program.run()
        defer {
            program.terminate()
            try? FileManager.default.removeItem(atPath: data)
        }
        let health = "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        for _ in 0..<200 {
            if await Talk(port: port, hub: Hub())(health).hasPrefix("HTTP/1.1 200") { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        do {
            let idle = (0..<100).compactMap { _ in Line(port: port) }
            #expect(idle.count == 100)
            // A loop that turned in circles would use up its processor in each window; what belongs to the start ends in one.
            var least = 1.0
            for _ in 0..<6 where least >= 0.2 {
                let (before, begun) = (try Self.ticks(program.processIdentifier), ContinuousClock.now)
                try await Task.sleep(for: .seconds(1))
                let passed = Double((ContinuousClock.now - begun).components.seconds) + 1e-18 * Double((ContinuousClock.now - begun).components.attoseconds)
                least = min(least, Double(try Self.ticks(program.processIdentifier) - before) / (passed * 100))
            }
            #expect(least < 0.2, "of a processor")
            _ = idle
        }
        var last = ""
        for _ in 0..<5 where !last.hasPrefix("HTTP/1.1 200") { last = await Talk(port: port, hub: Hub())(health) }
        #expect(last.hasPrefix("HTTP/1.1 200"))
    }

    /// Hundredths of a second a process has used.
    private static func ticks(_ process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
}
