import Metrics

/// What the ingest counts and times; every label stands from the start, at 0.
struct IngestMetrics: Sendable {
    /// What became of a report, or of a request that was refused before its reports were read.
    enum Result: String, CaseIterable, Sendable {
        case accepted, duplicate, unauthorized, foreign
        case unknownNode = "unknown_node"
        case malformed, invalid, skewed, slow
        case tooLarge = "too_large"
        case unsupported, limited, full, unavailable
    }

    private let reports: [Result: Counter]
    private let stored = Counter(label: "ingest_samples_stored_total")
    private let flush = Timer(label: "ingest_flush_seconds")
    private let acknowledgement = Timer(label: "ingest_ack_seconds")
    private let waiting = Gauge(label: "ingest_waiting")

    init() {
        reports = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                let counter = Counter(label: "ingest_reports_total", dimensions: [("result", result.rawValue)])
                counter.increment(by: 0)
                return (result, counter)
            })
        stored.increment(by: 0)
        waiting.record(0)
    }

    func count(_ result: Result, _ number: Int = 1) { reports[result]?.increment(by: number) }
    func store(_ samples: Int) { stored.increment(by: samples) }
    func wait(_ reports: Int) { waiting.record(reports) }
    func flushed(in time: Duration) { flush.recordNanoseconds(time.nanoseconds) }
    func acknowledged(in time: Duration) { acknowledgement.recordNanoseconds(time.nanoseconds) }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
