/// What a metric measures and which series it has from the start.
package struct MetricDeclaration: Sendable {
    package enum Kind: Sendable {
        case counter
        case gauge
        /// With the upper bounds of its buckets, ascending; the last, +Inf, goes without saying.
        case histogram([Double])

        /// The word of the exposition format.
        package var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    package var name: String
    package var kind: Kind
    /// For people, in one line.
    package var help: String
    /// The series that stand at 0 before anything happened: a rate over a series that appears with its first event
    /// misses that event.
    package var series: [[(String, String)]]

    package init(_ name: String, _ kind: Kind, _ help: String, series: [[(String, String)]] = [[]]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.series = series
    }
}

/// Every metric that the daemon writes by swift-metrics. What is not in the table is exposed, too, without a text.
package enum MetricCatalogue {
    package static let all: [MetricDeclaration] = [
        MetricDeclaration(
            "reconcile_total", .counter, "Resources reconciled, by what came of it.",
            series: results("changed", "unchanged", "waiting", "conflict", "failed")),
        MetricDeclaration("reconcile_seconds", .histogram(fine), "Time a batch of resources took, read to written."),
        MetricDeclaration("active_workers", .gauge, "Lanes that have a batch in hand."),
        MetricDeclaration("workqueue_depth", .gauge, "Resources that are due and wait."),
        MetricDeclaration("workqueue_queue_seconds", .histogram(fine), "Time a resource waited after it was due."),
        MetricDeclaration("workqueue_retries_total", .counter, "Resources that were put back after a failure."),
        MetricDeclaration("leader", .gauge, "1 while this daemon leads, 0 while it stands by."),
        MetricDeclaration("resync_seconds", .histogram(coarse), "Time a look at every resource took."),
        MetricDeclaration("scaling_pools", .gauge, "Pools that are scaled."),
        MetricDeclaration(
            "scaling_look_seconds", .histogram(fine), "Time a look at the load of all scaled pools took."),
        MetricDeclaration("scaling_evaluation_seconds", .histogram(fine), "Of it, time that deciding took."),
        MetricDeclaration("scaling_samples_read_total", .counter, "Samples read for the windows of scaled pools."),
        MetricDeclaration("scaling_decisions_total", .counter, "Decisions that were stored."),
        MetricDeclaration("scaling_activated_total", .counter, "Standby nodes that decisions took into use."),
        MetricDeclaration("scaling_drained_total", .counter, "Nodes that decisions took out of use."),
        MetricDeclaration("feed_lost_total", .counter, "Times the feed of changes broke and everything was looked at."),
        MetricDeclaration(
            "page_requests_refused_total", .counter, "Looks at the metrics and the page that were refused, by why.",
            series: LookRefusal.allCases.map { [("reason", $0.rawValue)] }),
        MetricDeclaration(
            "ingest_reports_total", .counter, "Reports of nodes, by what came of them.",
            series: ReportResults.Result.allCases.map { [("result", $0.rawValue)] }),
        MetricDeclaration("ingest_samples_stored_total", .counter, "Samples written to resource_metrics."),
        MetricDeclaration("ingest_flush_seconds", .histogram(fine), "Time one bulk of samples and heartbeats took."),
        MetricDeclaration("ingest_ack_seconds", .histogram(fine), "Time from a report's arrival to its answer."),
        MetricDeclaration("ingest_waiting", .gauge, "Reports that wait for the next bulk."),
        MetricDeclaration(
            "resource_scan_failures_total", .counter, "Times the objects' conditions could not be read for /metrics."),
    ]

    private static func results(_ names: String...) -> [[(String, String)]] { names.map { [("result", $0)] } }

    /// Seconds: work that takes a few milliseconds when all is well.
    private static let fine = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    /// Seconds: work that takes a second when all is well.
    private static let coarse = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
    /// For timers and recorders that the table does not name.
    static let undeclared = fine
}
