internal import Hummingbird
internal import HummingbirdCore
internal import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL

/// A connection: TLS where there is a certificate, the gate, HTTP/1.1 with its limits, and gzip.
struct GuardedChannel: ServerChildChannel {
    let base: HTTP1Channel
    let security: TransportSecurity?
    let onRefusal: @Sendable (GateRefusal, String) -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let security { try pipeline.addHandler(NIOSSLServerHandler(context: security.context)) }
            try pipeline.addHandler(RequestGate(onRefusal: onRefusal))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(RequestEnd(), position: .after(decoder))
            try pipeline.addHandler(
                NIOHTTPRequestDecompressor(limit: .size(WebServer.maximumBody)), position: .after(decoder))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
