import ArgumentParser
import FleetStore
import Web

/// Who may watch the daemon, and how much of it.
struct WatchingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the token for the status page and the metrics; off loopback neither is shown without one.",
            valueName: "file"),
        completion: .file())
    var pageTokenFile: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Further names under which the page is reached: `Host` must be one of them, or the address itself.",
            valueName: "name"))
    var allowedHost: [String] = []

    @Option(
        help: ArgumentHelp("Of how many objects /metrics shows the conditions (default: 5000).", valueName: "count"))
    var metricsMaxObjects: Int?

    var isGiven: Bool { pageTokenFile != nil || !allowedHost.isEmpty || metricsMaxObjects != nil }

    func validate() throws {
        if let wrong = allowedHost.first(where: { !ReadAccess.isHostName($0) }) {
            throw ValidationError("--allowed-host: `\(wrong.printable)` is no name of a host.")
        }
        if let metricsMaxObjects, metricsMaxObjects < 0 {
            throw ValidationError("--metrics-max-objects is below 0.")
        }
    }

    func access(to address: ListenAddress, token: PageToken?) -> ReadAccess {
        ReadAccess(listeningOn: address.host, isLoopback: address.isLoopback, allowedHosts: allowedHost, token: token)
    }
}

/// What shows the daemon's work: the metrics and the status page.
struct Watching {
    let routes: [WebServer.Routes]
    /// Who has it may watch.
    let token: PageTokenFile?

    /// Made before anything counts.
    init(_ options: WatchingOptions, at address: ListenAddress, store: MongoStore) throws {
        token = try options.pageTokenFile.map { path throws(CommandFailure) in try PageTokenFile(path) }
        let access = options.access(to: address, token: token?.token)
        let metrics = DaemonMetrics()
        metrics.install()
        var settings = FleetFigures.Settings()
        if let count = options.metricsMaxObjects { settings.maxObjects = count }
        let figures = MetricsPage(
            metrics, fleet: FleetFigures(store, settings: settings, metrics: metrics), version: Reeve.version,
            access: access)
        let page = try StatusPage(store, version: Reeve.version, access: access)
        routes = [figures.add(to:), page.add(to:)]
    }
}
