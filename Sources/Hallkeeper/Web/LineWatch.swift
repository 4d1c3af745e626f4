import Foundation
import NIOCore
import NIOHTTPTypes

/// Watches one connection and closes it when its other end keeps it without use: no request, a request that trickles in,
/// an answer nobody reads. Lives on the connection's event loop.
final class LineWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// TCP_USER_TIMEOUT of Linux.
    private static let userTimeout = NIOBSDSocket.Option(rawValue: 18)

    private let limits: Limits
    private let crowd: Crowd
    private var looking: RepeatedTask?
    /// Since when nothing is asked and nothing answered.
    private var quietSince = NIODeadline.now()
    private var isFirst = true
    /// Since when the request that is coming in has been coming in, and how much of it came.
    private var readingSince: NIODeadline?
    private var arrived = 0
    /// Requests that came whole and are not answered to the end.
    private var answering = 0
    private var wasAnsweredEarly = false
    /// Bytes of answers handed to the connection.
    private var written = 0
    /// When somebody was first seen not to keep up, and how much had left by then.
    private var slowSince: (at: NIODeadline, left: Int)?

    init(limits: Limits, crowd: Crowd) {
        self.limits = limits
        self.crowd = crowd
    }

    func handlerAdded(context: ChannelHandlerContext) {
        quietSince = .now()
        try? context.channel.pipeline.syncOperations.addHandler(ByteWatch(watch: self), position: .first)
        // A peer that is gone without a word acknowledges nothing: the system ends such a line, also a live board's,
        // because its heartbeat is never acknowledged.
        try? context.channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: Self.userTimeout), value: Int(limits.stall.components.seconds * 1000))
        let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let every = TimeAmount(limits.look)
        looking = context.eventLoop.scheduleRepeatedTask(initialDelay: every, delay: every) { _ in
            let (watch, context) = own.value
            guard watch.isWasted(context.channel, now: .now()) else { return }
            // Reset, not ended in order: the system would keep on offering what nobody reads.
            if watch.slowSince != nil { _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)) }
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { looking?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        looking?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) {
            readingSince = nil
            if wasAnsweredEarly {
                wasAnsweredEarly = false
                quietSince = .now()
            } else {
                answering += 1
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            if answering > 0 { answering -= 1 } else { wasAnsweredEarly = true }
            quietSince = .now()
            // What waited behind this answer begins to count now: the waiting was ours.
            if readingSince != nil, answering == 0, !wasAnsweredEarly { readingSince = .now() }
        }
        context.write(data, promise: promise)
    }

    fileprivate func came(_ bytes: Int) {
        isFirst = false
        if readingSince == nil {
            readingSince = .now()
            arrived = 0
        }
        arrived += bytes
    }

    fileprivate func went(_ bytes: Int) { written += bytes }

    /// Whether this connection is not worth its place any longer.
    private func isWasted(_ channel: any Channel, now: NIODeadline) -> Bool {
        if isStalled(channel, now: now) { return true }
        guard answering == 0 else { return false }
        if let since = readingSince {
            let more = Duration.seconds(arrived / max(1, limits.bytesPerSecond))
            return now - since > TimeAmount(min(limits.longestRequest, limits.request + more))
        }
        let patience = isFirst ? limits.first : limits.keepAlive
        return now - quietSince > TimeAmount(crowd.isDense ? min(patience, limits.crowded) : patience)
    }

    private func isStalled(_ channel: any Channel, now: NIODeadline) -> Bool {
        guard let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > 0 else {
            slowSince = nil
            return false
        }
        let left = written - waiting
        guard let slow = slowSince else {
            slowSince = (now, left)
            return false
        }
        let passed = now - slow.at
        guard passed > TimeAmount(limits.stall) else { return false }
        if left - slow.left < limits.slowestReader * Int(passed.nanoseconds / 1_000_000_000) + 1 { return true }
        slowSince = (now, left)
        return false
    }
}

/// The same connection's bytes, below HTTP: half a header line is seen only here.
private final class ByteWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let watch: LineWatch

    init(watch: LineWatch) { self.watch = watch }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        watch.came(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        watch.went(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }
}
