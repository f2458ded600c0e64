import Fleet

/// A pool's policy as the decision reads it, with every figure filled in.
package struct ScalingPolicy: Hashable, Sendable {
    package enum Mode: String, Hashable, Sendable {
        case auto, recommend, off
    }

    /// Percent of the metric: at or above the pool grows, at or below it may shrink; down < up. As coarse as the samples
    /// that they are compared with.
    package var up = 85.0 { didSet { up = UsageSample.rounded(up) } }
    package var down = 65.0 { didSet { down = UsageSample.rounded(down) } }
    /// Bounds on nodes in use.
    package var minNodes: Int64 = 1
    package var maxNodes: Int64
    package var cooldownMinutes: Int64 = 5
    /// Each once, never empty.
    package var metrics: [UsageMetric] = [.cpu]
    package var windowMinutes: Int64 = 60
    package var maxStepDownPercent: Int64 = 25
    package var mode = Mode.auto
    package var standbyNodes: Int64 = 0
    /// Whether a forecast may raise a want.
    package var forecast = false

    package init(maxNodes: Int64) { self.maxNodes = maxNodes }

    /// - Parameter spec: every leaf that has a value, in a `ScalingPolicy`'s table; what it lacks has its default.
    /// - Parameter maxNodes: if the policy states none.
    package init(_ spec: Spec, maxNodes: Int64) {
        let full = spec.withDefaults()
        self.init(maxNodes: full[PolicyLeaf.maxNodes]?.int ?? maxNodes)
        up = full[PolicyLeaf.up]?.double ?? up
        down = full[PolicyLeaf.down]?.double ?? down
        minNodes = full[PolicyLeaf.minNodes]?.int ?? minNodes
        cooldownMinutes = full[PolicyLeaf.cooldown]?.int ?? cooldownMinutes
        let named = full[PolicyLeaf.metric].map { $0.list ?? [$0] } ?? []
        let stated = Set(named.compactMap { $0.string.flatMap(UsageMetric.init(rawValue:)) })
        if !stated.isEmpty { metrics = UsageMetric.allCases.filter(stated.contains) }
        windowMinutes = min(max(full[PolicyLeaf.window]?.int ?? windowMinutes, 1), 1440)
        maxStepDownPercent = full[PolicyLeaf.maxStepDown]?.int ?? maxStepDownPercent
        mode = full[PolicyLeaf.mode]?.string.flatMap(Mode.init(rawValue:)) ?? mode
        standbyNodes = full[PolicyLeaf.standbyNodes]?.int ?? standbyNodes
        forecast = full[PolicyLeaf.forecast]?.bool ?? forecast
    }

    /// Percent that nodes are meant to work at (SCALING, rule 3).
    package var target: Double { max((up + down) / 2, up - 15) }
}
