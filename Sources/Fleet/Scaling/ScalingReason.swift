/// Why a pool has the size that it has: the reasons of conditions and of decisions.
package enum ScalingReason: String, CaseIterable, Hashable, Sendable {
    // AbleToScale
    case readyForNewScale = "ReadyForNewScale"
    case cooldownActive = "CooldownActive"
    case scaleDownStabilized = "ScaleDownStabilized"
    case scaleUpInProgress = "ScaleUpInProgress"
    case backoffActive = "BackoffActive"
    case paused = "Paused"
    case recommendOnly = "RecommendOnly"
    // ScalingActive
    case validMetrics = "ValidMetrics"
    case missingMetricsHold = "MissingMetricsHold"
    case metricsUnavailable = "MetricsUnavailable"
    case metricsSuspect = "MetricsSuspect"
    case scalingDisabled = "ScalingDisabled"
    // ScalingLimited
    case desiredWithinRange = "DesiredWithinRange"
    case tooFewNodes = "TooFewNodes"
    case tooManyNodes = "TooManyNodes"
    case scaleUpLimit = "ScaleUpLimit"
    case scaleDownLimit = "ScaleDownLimit"
    case wouldFlap = "WouldFlap"
    case inFlightCoversLoad = "InFlightCoversLoad"
    case noStandbyNodes = "NoStandbyNodes"
    // PoolHealthy
    case nodesHealthy = "NodesHealthy"
    case circuitBreakerOpen = "CircuitBreakerOpen"
    case provisioningTimedOut = "ProvisioningTimedOut"
    // Of decisions alone: nothing stood in their way.
    case usageHigh = "UsageHigh"
    case usageLow = "UsageLow"
    case usageForecast = "UsageForecast"
    case sizeAdopted = "SizeAdopted"
}
