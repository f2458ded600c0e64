import Metrics

/// What became of reports, counted; every label stands from the start, at 0.
struct ReportResults: Sendable {
    /// What became of a report, or of a request that was refused before its reports were read.
    enum Result: String, CaseIterable, Sendable {
        case accepted, duplicate, unauthorized, foreign
        case unknownNode = "unknown_node"
        case malformed, invalid, skewed, slow
        case tooLarge = "too_large"
        case unsupported, limited, full, unavailable
    }

    private let counters: [Result: Counter]

    init(_ factory: any MetricsFactory = MetricsSystem.factory) {
        counters = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                let counter = Counter(
                    label: "ingest_reports_total", dimensions: [("result", result.rawValue)], factory: factory)
                counter.increment(by: 0)
                return (result, counter)
            })
    }

    func count(_ result: Result, _ number: Int = 1) { counters[result]?.increment(by: number) }
}

/// What the ingest counts and times.
struct IngestMetrics: Sendable {
    let results = ReportResults()
    private let stored = Counter(label: "ingest_samples_stored_total")
    private let flush = Timer(label: "ingest_flush_seconds")
    private let acknowledgement = Timer(label: "ingest_ack_seconds")
    private let waiting = Gauge(label: "ingest_waiting")

    init() {
        stored.increment(by: 0)
        waiting.record(0)
    }

    func countStored(_ samples: Int) { stored.increment(by: samples) }
    func recordWaiting(_ reports: Int) { waiting.record(reports) }
    func recordFlush(took time: Duration) { flush.recordNanoseconds(time.nanoseconds) }
    func recordAcknowledgement(took time: Duration) { acknowledgement.recordNanoseconds(time.nanoseconds) }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
