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
    private let scaledPools = Gauge(label: "scaling_pools")
    private let decisions = Counter(label: "scaling_decisions_total")
    private let activated = Counter(label: "scaling_activated_total")
    private let drained = Counter(label: "scaling_drained_total")
    private let samples = Counter(label: "scaling_samples_read_total")
    /// A look at the load of all scaled pools, its reading included.
    private let loadLook = Timer(label: "scaling_look_seconds")
    /// Of it, what deciding about all of them took.
    private let evaluation = Timer(label: "scaling_evaluation_seconds")

    init() {
        results = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                (result, Counter(label: "reconcile_total", dimensions: [("result", result.rawValue)]))
            })
        workers.record(0)
        depth.record(0)
        leader.record(0)
        scaledPools.record(0)
    }

    func count(_ result: Result, _ keys: Int = 1) {
        if keys > 0 { results[result]?.increment(by: keys) }
    }

    func leads(_ leads: Bool) {
        leader.record(leads ? 1 : 0)
        guard !leads else { return }
        depth.record(0)
        scaledPools.record(0)
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

    func scales(pools: Int) { scaledPools.record(pools) }

    func readSamples(_ count: Int) {
        if count > 0 { samples.increment(by: count) }
    }

    func lookedAtLoad(for duration: Duration) { loadLook.record(duration: duration) }

    func evaluated(for duration: Duration) { evaluation.record(duration: duration) }

    func decided(activated coming: Int, drained going: Int) {
        decisions.increment()
        if coming > 0 { activated.increment(by: coming) }
        if going > 0 { drained.increment(by: going) }
    }

    func lostFeed() { feedLost.increment() }
}
