import Fleet
import Logging
import Planning

/// What the engine says of its work: a line per thing that changed, nothing per pass, and counters.
struct Journal: Sendable {
    let logger: Logger
    let metrics: EngineMetrics

    func note(_ plan: Plan) {
        note(plan.change)
        metrics.count(.changed)
    }

    func note(_ change: ResourceChange) {
        for decision in change.decisions.map(\.decision) {
            metrics.decided(
                activated: decision.isCarriedOut ? decision.coming.count : 0,
                drained: decision.isCarriedOut ? decision.going.count : 0)
        }
        for event in change.events {
            let metadata: Logger.Metadata = ["object": "\(change.key)", "reason": "\(event.reason)"]
            logger.log(level: event.severity == .warning ? .warning : .info, "\(event.message)", metadata: metadata)
        }
    }

    func conflict(_ keys: Int, _ why: String) {
        logger.debug("a batch conflicted and is planned again", metadata: ["keys": "\(keys)", "why": "\(why)"])
        metrics.count(.conflict, keys)
    }
}
