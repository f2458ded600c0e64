import HTTPTypes
package import Hummingbird

/// `GET /metrics`: everything that is counted, in Prometheus' text format.
package struct MetricsPage: Sendable {
    private let registry: MetricRegistry
    private let process: ProcessFigures
    private let fleet: FleetFigures
    private let access: ReadAccess

    package init(_ metrics: DaemonMetrics, fleet: FleetFigures, version: String, access: ReadAccess) {
        registry = metrics.registry
        self.fleet = fleet
        self.access = access
        process = ProcessFigures(version: version)
    }

    package func add(to router: Router<WebServer.Context>) {
        router.group().add(middleware: access).get("metrics") { _, _ in
            // The fleet first: what it has to say may be a failure that the registry counts.
            let objects = await fleet.exposition()
            let text = FamilyText.page(objects + process.exposition() + registry.exposition())
            return Response(
                status: .ok, headers: [.contentType: FamilyText.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }
}
