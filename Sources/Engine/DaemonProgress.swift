import Fleet
import Planning
import Synchronization

/// Whether the daemon gets on with its work, for its probes: from any thread, without asking the store.
package final class DaemonProgress: Sendable {
    private struct State {
        var lanes: Lanes?
        /// The batches in hand, by lane, by when they were taken.
        var inHand: [Int: Duration] = [:]
        var lastSettled = Duration.zero
        var lastLook = Duration.zero
        var lastLoadLook = Duration.zero
        var leaseSeen: Duration?
    }

    /// Work that gets nowhere for so long is stuck: far above every limit on a single call.
    private static let patience = Duration.seconds(60)
    /// A lease that was not seen for so long: a leader would stand down.
    private static let leaseAge = Duration.seconds(10)

    private let clock: any EngineClock
    private let state = Mutex(State())

    init(_ clock: any EngineClock) { self.clock = clock }

    /// Why the process should be restarted; nil while all is well, on standby, and while MongoDB is away, which no
    /// restart would mend.
    package func fault() -> String? {
        let state = state.withLock(\.self)
        guard let lanes = state.lanes, !lanes.isInOutage else { return nil }
        let now = clock.uptime()
        if let begun = state.inHand.values.min(), now - begun >= DaemonProgress.patience {
            return "a batch has been in hand for \((now - begun).components.seconds) s"
        }
        // The probes are open to everybody: what a lane has in due order is asked, not counted.
        let instant = clock.now()
        let waits =
            lanes.all.map { lane in lane.nextDue().map { instant.milliseconds - $0.milliseconds } ?? 0 }.max() ?? 0
        if Duration.milliseconds(waits) >= DaemonProgress.patience,
            now - state.lastSettled >= DaemonProgress.patience
        {
            return "work has been due for \(waits / 1000) s, and none was done meanwhile"
        }
        if now - state.lastLook >= DaemonProgress.patience {
            return "heartbeats were not looked at for \((now - state.lastLook).components.seconds) s"
        }
        if now - state.lastLoadLook >= DaemonProgress.patience {
            return "the pools' load was not looked at for \((now - state.lastLoadLook).components.seconds) s"
        }
        return nil
    }

    /// Why the daemon can't do its part now; nil while it sees the lease, its own or another's.
    package func readiness() -> String? {
        guard let seen = state.withLock(\.leaseSeen) else { return "the lease was not seen yet" }
        let age = clock.uptime() - seen
        return age < DaemonProgress.leaseAge ? nil : "the lease was not seen for \(age.components.seconds) s"
    }

    /// Whether this daemon leads.
    package var isLeading: Bool { state.withLock { $0.lanes != nil } }

    // MARK: What the engine tells

    func sawLease() {
        let now = clock.uptime()
        state.withLock { $0.leaseSeen = now }
    }

    func leads(_ lanes: Lanes?) {
        let now = clock.uptime()
        state.withLock { state in
            (state.lanes, state.inHand) = (lanes, [:])
            (state.lastSettled, state.lastLook, state.lastLoadLook) = (now, now, now)
        }
    }

    func took(batchOn lane: Int) {
        let now = clock.uptime()
        state.withLock { $0.inHand[lane] = now }
    }

    func settled(batchOn lane: Int) {
        let now = clock.uptime()
        state.withLock { state in
            state.inHand[lane] = nil
            state.lastSettled = now
        }
    }

    func looked() {
        let now = clock.uptime()
        state.withLock { $0.lastLook = now }
    }

    func lookedAtLoad() {
        let now = clock.uptime()
        state.withLock { $0.lastLoadLook = now }
    }
}
