/// One rule of SCALING as it was applied: what went in, what came out, and why. A decision's chain of these is what
/// `reeve why` prints and what is stored; it is at most `ScalingStep.most` long.
package struct ScalingStep: Hashable, Sendable {
    package enum Rule: String, CaseIterable, Hashable, Sendable {
        case classify = "Classify"
        case failedAdds = "FailedAdds"
        case adopt = "Adopt"
        case hold = "Hold"
        case bounds = "Bounds"
        case usage = "Usage"
        case breaker = "Breaker"
        case forecast = "Forecast"
        case scaleUp = "ScaleUp"
        case window = "Window"
        case cooldown = "Cooldown"
        case scaleDown = "ScaleDown"
        case limit = "Limit"
        case standby = "Standby"
    }

    package enum Unit: String, Hashable, Sendable {
        case nodes
        case percent
        case seconds
        case minutes
    }

    package struct Figure: Hashable, Sendable {
        package var name: String
        package var value: Double
        package var unit: Unit

        package init(_ name: String, _ value: Double, _ unit: Unit) {
            self.name = name
            self.value = value
            self.unit = unit
        }

        package init(_ name: String, _ count: Int64, _ unit: Unit = .nodes) {
            self.init(name, Double(count), unit)
        }
    }

    /// Of a chain: three metrics take four steps each.
    package static let most = 24

    package var rule: Rule
    /// `cpu`, `memory` or `gpu` where the step looked at one of them.
    package var metric: String?
    /// Of a forecast: the candidate that was believed.
    package var candidate: String?
    package var figures: [Figure]
    /// The nodes in use that were wanted after this step; nil where it decided nothing.
    package var want: Int64?
    package var reason: ScalingReason?

    package init(_ rule: Rule, metric: String? = nil, _ figures: [Figure], want: Int64?, reason: ScalingReason?) {
        self.rule = rule
        self.metric = metric
        self.figures = figures
        self.want = want
        self.reason = reason
    }
}

extension ScalingStep: CustomStringConvertible {
    /// One line for people: `ScaleUp cpu: usage 90 %, load 3.6 nodes, target 65 % → 6 (UsageHigh)`.
    package var description: String {
        var text = rule.rawValue
        if let metric { text += " " + metric }
        if let candidate { text += " by " + candidate }
        if !figures.isEmpty { text += ": " + figures.map(\.description).joined(separator: ", ") }
        if let want { text += " → \(want)" }
        if let reason { text += " (\(reason.rawValue))" }
        return text
    }
}

extension ScalingStep.Figure: CustomStringConvertible {
    /// With at most two decimals.
    package var description: String {
        let unit =
            switch unit {
            case .nodes: ""
            case .percent: " %"
            case .seconds: " s"
            case .minutes: " min"
            }
        return "\(name) \(ScalingStep.Figure.short(value))\(unit)"
    }

    private static func short(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "unknown" }
        let hundredths = Int64((value * 100).rounded())
        let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
