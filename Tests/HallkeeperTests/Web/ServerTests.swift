import Foundation
import Testing

@testable import Hallkeeper

/// The thin part that tests of the shell do not see, over real sockets.
@Suite(.serialized) struct ServerTests {
    @Test func `a body declared too large is refused before it is sent; one that grows too large is refused too`() async throws {
        try await LiveServer.serving { talk in
            let asked = ContinuousClock.now
            let declared = await talk("POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n")
            #expect(declared.hasPrefix("HTTP/1.1 413"))
            #expect(declared.lowercased().contains("connection: close"))
            // The rest never comes; the connection is not kept for it.
            #expect(asked.duration(to: .now) < .seconds(30))
            let chunk = "ff\r\n" + String(repeating: "a", count: 255) + "\r\n"
            let grown = await talk(
                "POST /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n")
            #expect(grown.hasPrefix("HTTP/1.1 413"))
            #expect(await talk("POST /large HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", "HTTP/1.1 400").hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test func `HEAD has GET's headers and no body; other methods get 405 and what is allowed`() async throws {
        try await LiveServer.serving { talk in
            let head = await talk("HEAD /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
            let other = await talk("PUT /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(other.hasPrefix("HTTP/1.1 405") && other.lowercased().contains("allow: get, head, post"))
        }
    }

    @Test func `events arrive one by one while the line is open`() async throws {
        try await LiveServer.serving { talk in
            let events = await talk("GET /events HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "data: board")
            #expect(events.contains("text/event-stream"))
            #expect(events.contains(": here"))
            #expect(events.contains("data: board"))
        }
    }

    @Test func `who asks is the connection's other end, or who our proxy says`() async throws {
        try await LiveServer.serving { talk in
            #expect(await talk("GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasSuffix("127.0.0.1 plain"))
            let behind = "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
            #expect(await talk("GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(behind)\r\n").hasSuffix("1.2.3.4 secure"))
        }
    }

    @Test(arguments: ["\0\r\n\r\n", "GET\r\n\r\n", "GET /one HTTP/9.9\r\n\r\n", "GET /%zz%00?%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"])
    func `nonsense on the line ends in a refusal, and the next visitor is served`(_ nonsense: String) async throws {
        try await LiveServer.serving { talk in
            let reply = await talk(nonsense)
            #expect(!reply.hasPrefix("HTTP/1.1 2") && reply != "no connection")
            #expect(await talk("GET /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        }
    }
}
