package import Hummingbird
package import Logging
import NIOCore

/// The daemon's face to the network: one listener, to which each part of this target adds its routes.
package struct WebServer: Sendable {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes a free one.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Requests carry nothing but what Hummingbird itself needs.
    package typealias Context = BasicRequestContext

    /// What a part does to be reached: adds its routes.
    package typealias Routes = @Sendable (Router<Context>) -> Void

    private let settings: Settings
    private let routes: [Routes]
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - routes: each adds its own to the router.
    ///   - onListening: called once with the port, when requests are taken.
    package init(
        _ settings: Settings, routes: [Routes], logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
        self.routes = routes
    }

    /// Serves until a graceful shutdown; throws when the address can't be listened on.
    package func run() async throws {
        let router = Router(context: Context.self)
        for add in routes { add(router) }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "reeve"),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await application.run()
    }
}
