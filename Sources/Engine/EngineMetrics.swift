import Metrics
import Synchronization

/// The engine's figures, by the names that its users know (PEERS, "Metrics"); each is made once, so that all of them are
/// there from the start.
final class EngineMetrics: Sendable {
    /// What one attempt at one key came to.
    enum Result: String, CaseIterable {
        case changed, unchanged, conflict, failed
    }

    private let results: [Result: Counter]
    /// One batch, from its taking to its settling.
    private let reconcile = Timer(label: "reconcile_seconds")
    private let workers = Gauge(label: "active_workers")
    private let depth = Gauge(label: "workqueue_depth")
    /// How long the first key of a batch had been due.
    private let queued = Timer(label: "workqueue_queue_seconds")
    private let retries = Counter(label: "workqueue_retries_total")
    private let leader = Gauge(label: "leader")
    private let resync = Timer(label: "resync_seconds")
    private let feedLost = Counter(label: "feed_lost_total")
    private let working = Mutex(0)

    init() {
        results = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                (result, Counter(label: "reconcile_total", dimensions: [("result", result.rawValue)]))
            })
        workers.record(0)
        depth.record(0)
        leader.record(0)
    }

    func count(_ result: Result, _ keys: Int = 1) {
        if keys > 0 { results[result]?.increment(by: keys) }
    }

    func leads(_ leads: Bool) {
        leader.record(leads ? 1 : 0)
        if !leads { depth.record(0) }
    }

    func waits(_ keys: Int) { depth.record(keys) }

    func tookBatch(dueFor milliseconds: Int64) {
        queued.recordMilliseconds(max(0, milliseconds))
        work(1)
    }

    func settledBatch(after duration: Duration, failed: Int) {
        reconcile.record(duration: duration)
        if failed > 0 { retries.increment(by: failed) }
        work(-1)
    }

    private func work(_ change: Int) {
        // Recorded inside, or of two changes at once the earlier one may be recorded last.
        working.withLock { working in
            working += change
            workers.record(working)
        }
    }

    func looked(at duration: Duration) { resync.record(duration: duration) }

    func lostFeed() { feedLost.increment() }
}
