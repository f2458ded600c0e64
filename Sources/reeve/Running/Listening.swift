import ArgumentParser
import Engine
import Fleet
import FleetStore
import Logging
import ServiceLifecycle
import Web

/// What the daemon has at the network.
struct ListeningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Listen there for reports and probes: loopback only, unless there is a certificate (default: not at all).",
            valueName: "host:port"))
    var listen: ListenAddress?

    @Option(
        help: ArgumentHelp("The server's certificate and those that lead to its root (PEM).", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("How often a sample of each node is stored: 1s to 1h.", valueName: "time"))
    var sampleInterval = TimeSpan(seconds: 60)

    func validate() throws {
        guard let listen else {
            if tlsCertificate != nil || tlsKey != nil {
                throw ValidationError("--tls-certificate and --tls-key say how to --listen, and that is missing.")
            }
            return
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together.")
        }
        guard listen.isLoopback || tlsCertificate != nil else {
            throw ValidationError(
                "\(listen.text) can be reached from other machines: that takes --tls-certificate and --tls-key.")
        }
        guard (.seconds(1) ... .seconds(3600)).contains(sampleInterval.duration) else {
            throw ValidationError("--sample-interval is from 1s to 1h.")
        }
    }
}

/// The daemon's face to the network: one server with the routes of all its parts, and what works beside it.
///
/// A part is added in `init`: its routes, and in `run` what it does beside the server.
struct Listening: Service {
    private let address: ListenAddress
    private let server: WebServer
    private let ingest: Ingest
    private let pageToken: PageTokenFile?
    private let logger: Logger

    /// What it takes of the daemon.
    struct Parts {
        var instance: String
        var store: MongoStore
        /// The ingest keeps it right while the daemon stands by.
        var clock: ServerClock
        var watching: Watching
        var progress: DaemonProgress
    }

    /// Throws one clear line when a certificate can't be used.
    init(_ address: ListenAddress, _ options: ListeningOptions, _ parts: Parts, logger: Logger) throws {
        self.address = address
        let (store, clock) = (parts.store, parts.clock)
        let ingest = Ingest(
            Ingest.Parts(
                instance: parts.instance, store: store, now: { clock.now() },
                synchronise: { try await clock.synchronise(with: store) }),
            settings: Ingest.Settings(sampleSeconds: options.sampleInterval.duration.components.seconds),
            logger: logger)
        self.ingest = ingest
        self.logger = logger
        pageToken = parts.watching.token
        let probes = Probes(
            health: { [progress = parts.progress] in progress.fault() },
            readiness: { [progress = parts.progress] in progress.readiness() })
        server = WebServer(
            WebServer.Settings(host: address.host, port: address.port, security: try Listening.security(options)),
            routes: [
                probes.add(to:), IngestRoutes(ingest, logger: logger).add(to:), OpenAPI.add(version: Reeve.version),
            ] + parts.watching.routes,
            logger: logger,
            onListening: { port in
                var address = address
                address.port = port
                logger.info("listening", metadata: ["address": "\(address.text)"])
            })
    }

    private static func security(_ options: ListeningOptions) throws -> TransportSecurity? {
        guard let certificate = options.tlsCertificate, let key = options.tlsKey else { return nil }
        do {
            return try TransportSecurity(certificate: certificate, key: key) { try SecretFile($0).bytes() }
        } catch {
            throw CommandFailure(.usage, "TLS: \(error)")
        }
    }

    /// The ingest outlives the server, so that every request that was taken is answered.
    func run() async throws {
        OpenFiles.allowMost()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ingest.run() }
            if let pageToken { group.addTask { await cancelWhenGracefulShutdown { await pageToken.follow(logger) } } }
            group.addTask {
                do {
                    try await server.run()
                } catch let fault as WebServer.ListenFault {
                    throw CommandFailure(.usage, "can't listen on \(address.text): \(fault)")
                }
                await ingest.finish()
            }
            try await group.waitForAll()
        }
    }
}
