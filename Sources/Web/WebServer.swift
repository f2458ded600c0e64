package import Hummingbird
internal import HummingbirdCore
package import Logging
import Metrics
import NIOCore
import ServiceLifecycle

/// The daemon's face to the network: one listener, to which each part of this target adds its routes.
///
/// HTTP/1.1, with TLS where there is a certificate. Connections, headers, bodies and the time that a request takes to
/// arrive are bounded.
package struct WebServer: Sendable {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes a free one.
        package var port: Int
        package var security: TransportSecurity?

        package init(host: String, port: Int, security: TransportSecurity? = nil) {
            self.host = host
            self.port = port
            self.security = security
        }
    }

    /// The address can't be listened on; one line.
    package struct ListenFault: Error, CustomStringConvertible {
        package let description: String
    }

    /// What a handler knows of a request beside the request itself.
    package struct Context: RequestContext {
        package var coreContext: CoreRequestContextStorage
        /// The sender's address without its port; empty when the connection is gone.
        package let remoteAddress: String
        private let channel: any Channel

        package init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            remoteAddress = source.channel.remoteAddress?.ipAddress ?? ""
            channel = source.channel
        }

        /// Whether the gate has answered the request: its body ends early then, and without a fault.
        func isRefusedAtGate() async -> Bool {
            let answer = channel.eventLoop.submit { [channel] in
                try channel.pipeline.syncOperations.handler(type: RequestGate.self).isRefused
            }
            // A connection that is gone has no gate any longer.
            return (try? await answer.get()) ?? true
        }

        /// To be called when the sender has shown who it is, or everybody may ask as here: its connection is kept for
        /// its next request, a stranger's only for a few seconds.
        func keepConnection() { channel.triggerUserOutboundEvent(GateEvent.senderIsKnown, promise: nil) }
    }

    /// In bytes, as it came and inflated.
    package static let maximumBody = 1 << 20
    private static let maximumConnections = 20_000
    private static let maximumHeaderBytes = 16 << 10
    /// A connection on which nothing comes: longer than the rarest agents' interval.
    private static let idleTimeout = TimeAmount.seconds(330)
    /// What is under way when the server stops may take this long.
    private static let stopGrace = Duration.seconds(2)

    /// What a part does to be reached: adds its routes.
    package typealias Routes = @Sendable (Router<Context>) -> Void

    private let settings: Settings
    private let routes: [Routes]
    private let logger: Logger
    private let refusals: RefusalLog
    private let metrics: any MetricsFactory
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - routes: each adds its own to the router.
    ///   - onListening: called once with the port, when requests are taken.
    package init(
        _ settings: Settings, routes: [Routes], logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.init(settings, routes: routes, logger: logger, metrics: MetricsSystem.factory, onListening: onListening)
    }

    init(
        _ settings: Settings, routes: [Routes], logger: Logger, metrics: any MetricsFactory,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
        self.routes = routes
        self.metrics = metrics
        refusals = RefusalLog(logger)
    }

    /// Serves until a graceful shutdown; throws `ListenFault` when the address can't be listened on.
    package func run() async throws {
        // What Hummingbird says of its own start and stop is said by the daemon.
        var quiet = logger
        if quiet.logLevel == .info { quiet.logLevel = .warning }
        let application = application(quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await application.run() } catch let error as IOError {
                    throw ListenFault(description: "\(error)")
                }
            }
            group.addTask {
                try? await gracefulShutdown()
                try? await ContinuousClock().sleep(for: WebServer.stopGrace)
            }
            if let security = settings.security { group.addTask { await renew(security) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func application(_ logger: Logger) -> some ApplicationProtocol {
        let results = ReportResults(metrics)
        let router = Router(context: Context.self)
        router.add(middleware: LookRefusals(refusals, metrics))
        for add in routes { add(router) }
        return Application(
            router: router,
            server: HTTPServerBuilder { [settings, refusals] responder in
                GuardedChannel(
                    base: HTTP1Channel(
                        responder: responder,
                        configuration: HTTP1Channel.Configuration(
                            idleTimeout: WebServer.idleTimeout,
                            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                                maxHeaderFieldSize: WebServer.maximumHeaderBytes,
                                maxHeaderListSize: WebServer.maximumHeaderBytes, maxHeaderFieldCount: 100))),
                    security: settings.security,
                    onRefusal: { refusal, source in
                        results.count(refusal.result)
                        refusals.refused(refusal.result.rawValue, source: source)
                    })
            },
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "reeve", backlog: 4_096,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    WebServer.maximumConnections, logger: logger)),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Looks every ten seconds whether the certificate was renewed.
    private func renew(_ security: TransportSecurity) async {
        while (try? await ContinuousClock().sleep(for: .seconds(10))) != nil {
            do {
                if try security.renew() { logger.info("the renewed certificate serves") }
            } catch {
                logger.error("the renewed certificate can't be used", metadata: ["why": "\(error)"])
            }
        }
    }
}
