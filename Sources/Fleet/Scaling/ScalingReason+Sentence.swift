extension ScalingReason {
    /// What it means, for people: the message of a condition, so it holds no figure that moves.
    package var sentence: String {
        switch self {
        case .readyForNewScale: "the pool can grow and shrink"
        case .cooldownActive: "usage is low, and nothing is taken away until the cooldown after the last change is over"
        case .scaleDownStabilized: "usage is low, and nothing is taken away until all of the window was low"
        case .scaleUpInProgress: "nodes that were added have not come yet"
        case .backoffActive: "nodes that were added did not come; nothing is added for a while"
        case .paused: "the pool is suspended"
        case .recommendOnly: "decisions are only reported (`mode: recommend`)"
        case .validMetrics: "every node in use is measured"
        case .missingMetricsHold: "some nodes in use have no fresh sample, so nothing is taken away"
        case .metricsUnavailable: "no node in use has a fresh sample, so the size is kept"
        case .metricsSuspect: "some nodes say exactly 0 while the others work, so nothing is taken away"
        case .scalingDisabled: "the pool is not scaled (`mode: off`)"
        case .desiredWithinRange: "the size is what the load asks for"
        case .tooFewNodes: "the minimum decides"
        case .tooManyNodes: "the maximum decides"
        case .scaleUpLimit: "no more nodes are added at once"
        case .scaleDownLimit: "no more nodes are taken away at once"
        case .wouldFlap: "fewer nodes would be too busy at once"
        case .inFlightCoversLoad: "nodes that are on their way carry the load"
        case .noStandbyNodes: "there are no more nodes to activate"
        case .nodesHealthy: "its nodes work"
        case .circuitBreakerOpen:
            "too many nodes are in error, so nothing is taken away and only lost nodes are replaced"
        case .provisioningTimedOut: "nodes that were added did not come in time"
        case .usageHigh: "usage is at or above the upper threshold"
        case .usageLow: "usage is at or below the lower threshold"
        case .usageForecast: "the forecast says that usage will be high"
        case .sizeAdopted: "the size that somebody set by hand"
        }
    }
}
