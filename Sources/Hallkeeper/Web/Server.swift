import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import WorkCalendar

/// Hummingbird around the shell: reads the request within its limit, writes the reply. Nothing else knows of the network.
struct Server {
    let shell: Shell
    let host: String
    let port: Int
    /// How many proxies in front are ours; what they say about the client is believed, what stands before them is not.
    var proxies = 1
    /// What one connection may take.
    var limits = Limits()

    /// A request's context that knows where the connection comes from.
    struct PeerContext: RequestContext, RemoteAddressRequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel
        var remoteAddress: SocketAddress? { channel.remoteAddress }

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
            channel = source.channel
        }
    }

    /// The client's address: of the list the proxies wrote, the one that the outermost of ours saw.
    static func client(forwarded: String?, proxies: Int, peer: String) -> String {
        let list = (forwarded ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard proxies > 0, !list.isEmpty else { return peer }
        return list[max(0, list.count - proxies)]
    }

    private struct Responder: HTTPResponder {
        typealias Context = PeerContext
        let shell: Shell
        let proxies: Int
        let bodies: BodyRoom
        let lines: LineRoom

        func respond(to request: HummingbirdCore.Request, context: PeerContext) async throws -> Response {
            var headers: [String: String] = [:]
            for field in request.headers {
                let name = field.name.canonicalName
                headers[name] = headers[name].map { $0 + (name == "cookie" ? "; " : ", ") + field.value } ?? field.value
            }
            if headers["host"] == nil, let authority = request.head.authority { headers["host"] = authority }
            var own = Request(
                method: request.method.rawValue, path: request.uri.path, headers: headers,
                remote: Server.client(
                    forwarded: headers["x-forwarded-for"], proxies: proxies, peer: context.remoteAddress?.ipAddress ?? ""),
                isSecure: proxies > 0 && headers["x-forwarded-proto"] == "https",
                id: proxies > 0 ? Request.mark(headers["x-request-id"]) : "")
            if let query = request.uri.query {
                for (name, value) in (try? Submitted.pairs(query)) ?? [] where !value.utf8.contains(0) { own.query[name] = value }
            }
            let most = (try? shell.find(own.method, own.path))?.0.bodyLimit ?? 64 << 10
            if let declared = headers["content-length"].flatMap({ Int($0) }), declared > most {
                return await tooLarge(own, most, context.channel)
            }
            if own.method != "GET", own.method != "HEAD" {
                let size = headers["content-length"].flatMap { Int($0) } ?? most
                guard bodies.takes(size) else { return await turnedAway(own, .busy, context.channel) }
                defer { bodies.leaves(size) }
                do { own.body = Array(buffer: try await request.body.collect(upTo: most)) } catch is NIOTooManyBytesError {
                    return await tooLarge(own, most, context.channel)
                } catch {
                    return await turnedAway(own, .badRequest(Text("这次提交没有完整到达，请再发一次。", "What was sent did not arrive whole; please send it again.")), context.channel)
                }
            }
            var reply = await shell.respond(to: own)
            // So that proxies let go of the connections they keep, before they are closed under them.
            if shell.hall.vitals.isStopping { reply.set("connection", "close") }
            if case .live(let opening) = reply.body { return await live(opening, reply, isHead: own.method == "HEAD", context.channel) }
            return Self.response(reply, isHead: own.method == "HEAD")
        }

        /// Takes the socket of a live board away from the server, once the head of the answer is on its way: all that the
        /// server keeps of a connection – handlers, tasks, buffers – goes, the line stays. What is given back goes nowhere.
        private func live(_ opening: Hub.Opening, _ reply: Reply, isHead: Bool, _ channel: any Channel) async -> Response {
            guard !isHead, lines.come() else {
                return isHead ? Self.response(reply, isHead: true) : Response(status: .serviceUnavailable, headers: [.retryAfter: "5"])
            }
            let head = Array(("HTTP/1.1 200 OK\r\n" + reply.headers.map { "\($0.0): \($0.1)\r\n" }.joined() + "connection: close\r\n\r\n").utf8)
            let own = try? await channel.eventLoop.submit { () -> Int32? in
                let found = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { fcntl($0, F_DUPFD_CLOEXEC, 0) }
                guard let own = found, own >= 0 else { return nil }
                // Nothing was written to it yet, so that the head has room.
                guard head.withUnsafeBytes({ send(own, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }) == head.count else {
                    close(own)
                    return nil
                }
                return own
            }.get()
            defer { channel.close(promise: nil) }
            guard let own else {
                lines.go()
                return Response(status: .serviceUnavailable)
            }
            opening.takes(own) { [lines] in lines.go() }
            return Response(status: .ok)
        }

        /// Refused before it is read. What is still on its way is thrown away for a moment, so that the sender comes to
        /// read the refusal, then the connection is closed: nobody may keep it busy with the rest.
        private func tooLarge(_ request: Request, _ most: Int, _ channel: any Channel) async -> Response {
            await turnedAway(request, Shell.tooLarge(most), channel)
        }

        private func turnedAway(_ request: Request, _ refusal: Refusal, _ channel: any Channel) async -> Response {
            channel.eventLoop.scheduleTask(in: .seconds(3)) { channel.close(promise: nil) }
            let words = Words.of(request.headers["accept-language"]?.hasPrefix("en") == true ? .en : .zh)
            var reply =
                Problem.isRead(at: request.path)
                ? Problem.reply(refusal.status, words(refusal.sentence))
                : Reply.page(Layout.bare(RefusalPage(status: refusal.status, sentence: words(refusal.sentence)), words), status: refusal.status)
            if refusal.status == 503 { reply.set("retry-after", "5") }
            reply.set("connection", "close")
            return Self.response(reply, isHead: false)
        }

        /// Names that nearly every reply has.
        private static let names: [String: HTTPField.Name] = Dictionary(
            [
                "content-type", "content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "x-request-id",
                "cache-control", "vary", "etag", "set-cookie", "location", "content-encoding", "strict-transport-security",
            ].compactMap { name in HTTPField.Name(name).map { (name, $0) } }, uniquingKeysWith: { first, _ in first })

        private static func response(_ reply: Reply, isHead: Bool) -> Response {
            var fields = HTTPFields()
            for (name, value) in reply.headers {
                if let name = names[name] ?? HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            let status = HTTPResponse.Status(code: reply.status)
            switch reply.body {
            case .bytes(let bytes):
                if isHead || reply.status == 304 { return Response(status: status, headers: fields) }
                return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            case .live: return Response(status: status, headers: fields)
            case .stream(let stream):
                return Response(
                    status: status, headers: fields,
                    body: ResponseBody { writer in
                        for await bytes in stream.cancelOnGracefulShutdown() { try await writer.write(ByteBuffer(bytes: bytes)) }
                        try await writer.finish(nil)
                    })
            }
        }
    }

    /// A port of this machine for those who watch over the program; 0: none.
    var watchPort = 0
    /// How long it goes on letting people in after being told to stop, saying that it will.
    var drain: Duration = .zero

    /// Serves until the process is told to stop; requests in flight are finished.
    func run(log: Logger, onReady: @escaping @Sendable () async -> Void) async throws {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        var services: [any Service] = [application(shell, host, port, limits, log, onReady)]
        if watchPort > 0 {
            let watched = [Site.health, Site.ready, Site.metrics].map(\.pattern)
            let own = Shell(hall: shell.hall, site: shell.site.filter { watched.contains($0.route.pattern) })
            var few = limits
            few.connections = 16
            services.append(application(own, "127.0.0.1", watchPort, few, log) {})
        }
        let group = ServiceGroup(configuration: .init(services: services, gracefulShutdownSignals: [.sigint], logger: log))
        let stopping = Task { [vitals = shell.hall.vitals, hub = shell.hall.hub, drain] in
            for await _ in await UnixSignalsSequence(trapping: .sigterm) {
                vitals.stop()
                try? await Task.sleep(for: drain)
                // Boards ask again, elsewhere.
                hub.hangUp()
                await group.triggerGracefulShutdown()
            }
        }
        defer { stopping.cancel() }
        // Whoever cancels this wants it to end in order: connections just let in must not be dropped unseen.
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { [hub = shell.hall.hub] in
                hub.hangUp()
                await group.triggerGracefulShutdown()
            }
        }
        shell.hall.hub.hangUp()
    }

    private func application(
        _ shell: Shell, _ host: String, _ port: Int, _ limits: Limits, _ log: Logger, _ onReady: @escaping @Sendable () async -> Void
    ) -> some Service {
        let crowd = Crowd(most: limits.connections)
        return Application(
            responder: Responder(shell: shell, proxies: proxies, bodies: BodyRoom(most: limits.bodies), lines: LineRoom(most: limits.connections)),
            server: .http1(configuration: .init(additionalChannelHandlers: [LineWatch(limits: limits, crowd: crowd)])),
            configuration: .init(
                address: .hostname(host, port: port), serverName: nil, backlog: 1024, availableConnectionsDelegate: ConnectionCap(crowd: crowd)),
            onServerRunning: { _ in await onReady() },
            logger: log)
    }
}
