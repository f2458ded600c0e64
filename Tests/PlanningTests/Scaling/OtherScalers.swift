import Fleet
import Synchronization

@testable import Planning

/// The schedulers that people know, as the replay table has them: what these rules are measured against.
enum OtherScalers {
    /// The data model read word for word: at 80 % a node more, at 30 % one less, and after either nothing for five
    /// minutes.
    static func literal() -> Replay.Decider {
        { input in
            guard let look = Look(input) else { return Look.hold(input) }
            if let last = input.timers.lastChange, input.now < last.advanced(seconds: 300) { return Look.hold(input) }
            if look.usage >= 80 { return look.decision(look.nodes + 1) }
            if look.usage <= 30 { return look.decision(look.nodes - 1) }
            return Look.hold(input)
        }
    }

    /// Kubernetes' HorizontalPodAutoscaler: nodes × usage / 75, nothing within 10 % of it, those that start count as
    /// idle for a scale-up; down to the highest of what half an hour asked for.
    static func horizontalPodAutoscaler() -> Replay.Decider {
        let asked = Mutex<[(at: Timestamp, nodes: Int64)]>([])
        return { input in
            guard let look = Look(input) else { return Look.hold(input) }
            var wanted = look.nodes
            let ratio = look.usage / 75
            if abs(ratio - 1) > 0.1 {
                let busy = ratio > 1 ? look.usage * Double(look.ready) / Double(look.nodes) / 75 : ratio
                let counted = ratio > 1 ? look.nodes : look.ready
                if (ratio > 1) == (busy > 1), abs(busy - 1) > 0.1 {
                    wanted = Int64((busy * Double(counted)).rounded(.up))
                }
            }
            let highest = asked.withLock { asked in
                asked.removeAll { $0.at.advanced(seconds: 1800) <= input.now }
                asked.append((input.now, wanted))
                return asked.map(\.nodes).max() ?? wanted
            }
            let most = max(2 * look.nodes, look.nodes + 4)
            if wanted >= look.nodes { return look.decision(min(wanted, most)) }
            return look.decision(min(look.nodes, highest))
        }
    }

    /// What such a scaler sees: the mean of the nodes that are ready.
    private struct Look {
        let input: ScalingInput
        let usage: Double
        let ready: Int64
        /// Those that start are among them.
        let nodes: Int64

        init?(_ input: ScalingInput) {
            let usages = input.nodes.compactMap { input.window.latest(of: $0.id)?[.cpu] }
            guard !usages.isEmpty else { return nil }
            self.input = input
            usage = usages.reduce(0, +) / Double(usages.count)
            (ready, nodes) = (Int64(usages.count), Int64(input.nodes.count))
        }

        static func hold(_ input: ScalingInput) -> ScalingDecision {
            let count = Int64(input.nodes.count)
            return ScalingDecision(
                current: count, want: count, desired: count, reason: .desiredWithinRange, steps: [],
                timers: input.timers, conditions: ScalingConditions())
        }

        func decision(_ wanted: Int64) -> ScalingDecision {
            var decision = Look.hold(input)
            decision.desired = min(max(wanted, input.policy.minNodes), input.policy.maxNodes)
            decision.making = max(decision.desired - nodes, 0)
            // The newest first.
            decision.going = input.nodes.suffix(Int(max(nodes - decision.desired, 0))).map(\.id)
            if decision.desired != nodes { decision.timers.lastChange = input.now }
            return decision
        }
    }
}
