import Fleet

@testable import Planning

/// A pool written down for a test: its nodes, what they measured, and the decision about it.
struct PaperPool {
    static let noon = Timestamp(milliseconds: 1_767_225_600_000)

    var input: ScalingInput

    /// - Parameters:
    ///   - usages: of the usable nodes, in percent; nil has no sample.
    ///   - peak: what each of them measured twenty minutes ago.
    init(_ policy: ScalingPolicy, _ usages: [Double?], peak: Double? = nil) {
        let now = PaperPool.noon
        var window = UsageWindow(minutes: policy.windowMinutes, metrics: policy.metrics, sampleInterval: 60)
        var nodes: [ScalingNode] = []
        for index in usages.indices { nodes.append(ScalingNode("node_u\(index)", .active, freshUntil: now)) }
        for minute in (0...policy.windowMinutes).reversed() {
            let at = now.advanced(seconds: -60 * minute)
            for (node, usage) in zip(nodes, usages) {
                guard let usage else { continue }
                let value = minute == 20 ? peak ?? usage : usage
                window.add(UsageSample(at: at, cpu: value, memory: value, gpu: value), of: node.id, now: at)
            }
        }
        window.advance(to: now)
        input = ScalingInput(policy: policy, nodes: nodes, window: window, now: now)
        input.room = 1_000_000
    }

    static func same(_ count: Int, _ usage: Double?) -> [Double?] { Array(repeating: usage, count: count) }

    mutating func add(
        _ count: Int, _ prefix: String, _ state: NodeState, _ change: (inout ScalingNode) -> Void = { _ in }
    ) {
        for index in 0..<count {
            var node = ScalingNode("node_\(prefix)\(index)", state, freshUntil: input.now)
            change(&node)
            input.nodes.append(node)
        }
    }

    mutating func add(starting count: Int) {
        add(count, "s", .active) { [now = input.now] in $0.activatedAt = now.advanced(seconds: -120) }
    }

    mutating func changed(secondsAgo: Int64) { input.timers.lastChange = input.now.advanced(seconds: -secondsAgo) }

    var decision: ScalingDecision { Scaler.decide(input) }
}

extension ScalingPolicy {
    /// That of SCALING's worked rows.
    static var worked: ScalingPolicy {
        var policy = ScalingPolicy(maxNodes: 10)
        (policy.up, policy.down, policy.minNodes) = (80, 30, 2)
        return policy
    }

    static func worked(_ change: (inout ScalingPolicy) -> Void) -> ScalingPolicy {
        var policy = worked
        change(&policy)
        return policy
    }
}
