import ArgumentParser
import FleetStore
import Logging
import ServiceLifecycle
import Web

/// What the daemon has at the network.
struct ListeningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Listen there for reports and probes (HTTP; loopback only without a certificate).",
            valueName: "host:port"))
    var listen: ListenAddress?
}

/// The daemon's face to the network: one server with the routes of all its parts.
///
/// A part is added here: its routes to `routes`, and what works for it beside the server as a task of `run`.
struct Listening: Service {
    private let address: ListenAddress
    private let server: WebServer

    init(_ address: ListenAddress, store: MongoStore, watching: Watching, logger: Logger) {
        self.address = address
        let probes = Probes(
            health: { nil },
            readiness: {
                do {
                    _ = try await store.serverTime()
                    return nil
                } catch {
                    return "MongoDB does not answer"
                }
            })
        server = WebServer(
            WebServer.Settings(host: address.host, port: address.port), routes: [probes.add(to:)] + watching.routes,
            logger: logger,
            onListening: { port in
                var address = address
                address.port = port
                logger.info("listening", metadata: ["address": "\(address.text)"])
            })
    }

    func run() async throws {
        try await server.run()
    }
}
