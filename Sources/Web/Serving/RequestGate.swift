import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Travels from the end of a request's pipeline to the gate at its front.
enum GateEvent: Sendable {
    /// A request has been read to its end.
    case requestRead
    case refuse(GateRefusal)
    /// The sender has shown who it is: its connection may wait for the next request as long as it likes.
    case senderIsKnown
}

/// What is refused before anybody looks at the request as a whole.
enum GateRefusal: Sendable {
    case slow, tooLarge, notInflatable

    var result: ReportResults.Result {
        switch self {
        case .slow: .slow
        case .tooLarge: .tooLarge
        case .notInflatable: .malformed
        }
    }

    var problem: Problem {
        switch self {
        case .slow:
            Problem(
                status: .requestTimeout, name: "slow", title: "Too slow",
                detail: "a request must be here whole within \(RequestGate.patience.nanoseconds / 1_000_000_000) s")
        case .tooLarge:
            Problem(
                status: .contentTooLarge, name: "too-large", title: "Too large",
                detail: "a body may have \(WebServer.maximumBody) bytes, inflated too")
        case .notInflatable:
            Problem(
                status: .badRequest, name: "malformed", title: "Not gzip",
                detail: "the body is not what its content-encoding says")
        }
    }
}

/// Stands before the HTTP decoder and sees bytes: a request that is not whole in time, whose bytes are too many or
/// inflate to too many, is answered here, and the connection closed. So is one on which a stranger asks nothing more:
/// all connections together are bounded.
final class RequestGate: ChannelInboundHandler, _ChannelOutboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Any

    /// For a whole request, its headers and body, and for the first one since the connection stands.
    static let patience = TimeAmount.seconds(10)
    /// How long a connection may stand idle on which nobody has shown who it is.
    static let strangersPatience = TimeAmount.seconds(15)
    /// A refused body is read up to here, so that its sender gets to the answer.
    private static let maximumBytes = 16 << 20
    /// How long a refused sender may go on before the connection is closed.
    private static let linger = TimeAmount.seconds(1)

    private let onRefusal: @Sendable (GateRefusal, String) -> Void
    /// Since when a request is being read.
    private var began: NIODeadline?
    private var bytes = 0
    private var hasRead = false
    private var isWatching = false
    private(set) var isRefused = false
    private var isKnown = false
    /// Since when nothing was asked.
    private var idleSince: NIODeadline?
    private var isWatchingIdle = false

    /// - Parameter onRefusal: told of each, with the sender's address.
    init(onRefusal: @escaping @Sendable (GateRefusal, String) -> Void) { self.onRefusal = onRefusal }

    func handlerAdded(context: ChannelHandlerContext) {
        began = .now()
        watch(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if began == nil {
            began = .now()
            bytes = 0
        }
        hasRead = true
        idleSince = nil
        bytes += unwrapInboundIn(data).readableBytes
        guard bytes <= Self.maximumBytes else {
            refuse(.tooLarge, context)
            return
        }
        context.fireChannelRead(data)
        // Only a request that did not come whole needs watching.
        if began != nil { watch(context) }
    }

    private func watch(_ context: ChannelHandlerContext) {
        guard !isWatching, let began else { return }
        isWatching = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: began + Self.patience) {
            let (gate, context) = bound.value
            gate.isWatching = false
            guard let began = gate.began, context.channel.isActive else { return }
            if began + Self.patience > .now() { gate.watch(context) } else { gate.refuse(.slow, context) }
        }
    }

    private func watchIdle(_ context: ChannelHandlerContext) {
        guard !isWatchingIdle, !isKnown, let idleSince else { return }
        isWatchingIdle = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: idleSince + Self.strangersPatience) {
            let (gate, context) = bound.value
            gate.isWatchingIdle = false
            guard !gate.isKnown, let idleSince = gate.idleSince, context.channel.isActive else { return }
            if idleSince + Self.strangersPatience > .now() {
                gate.watchIdle(context)
            } else {
                context.close(promise: nil)
            }
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? GateEvent {
        case .requestRead?:
            began = nil
            idleSince = .now()
            watchIdle(context)
            promise?.succeed()
        case .senderIsKnown?:
            isKnown = true
            promise?.succeed()
        case .refuse(let refusal)?:
            refuse(refusal, context)
            promise?.succeed()
        case nil: context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isRefused { promise?.fail(ChannelError.ioOnClosedChannel) } else { context.write(data, promise: promise) }
    }

    private func refuse(_ refusal: GateRefusal, _ context: ChannelHandlerContext) {
        guard !isRefused else { return }
        isRefused = true
        began = nil
        guard hasRead else {
            // A connection on which nothing ever came.
            context.close(promise: nil)
            return
        }
        onRefusal(refusal, context.remoteAddress?.ipAddress ?? "")
        let problem = refusal.problem
        let body = problem.body.bytes
        let head = """
            HTTP/1.1 \(problem.status.code) \(problem.status.reasonPhrase)\r
            content-type: \(Problem.mediaType)\r
            content-length: \(body.count)\r
            connection: close\r
            \r\n
            """
        var buffer = context.channel.allocator.buffer(capacity: head.utf8.count + body.count)
        buffer.writeString(head)
        buffer.writeBytes(body)
        context.writeAndFlush(NIOAny(buffer), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.linger) { bound.value.close(promise: nil) }
    }
}

/// Stands behind decoder and decompressor: tells the gate when a request is whole, or can't become so.
final class RequestEnd: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if case .end = unwrapInboundIn(data) {
            context.triggerUserOutboundEvent(GateEvent.requestRead, promise: nil)
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOHTTPDecompression.DecompressionError.limit: refuse(.tooLarge, context)
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            refuse(.notInflatable, context)
        default: context.fireErrorCaught(error)
        }
    }

    private func refuse(_ refusal: GateRefusal, _ context: ChannelHandlerContext) {
        isRefused = true
        context.triggerUserOutboundEvent(GateEvent.refuse(refusal), promise: nil)
    }
}
