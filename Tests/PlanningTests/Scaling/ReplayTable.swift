import Fleet
import Foundation
import Testing

@testable import Planning

/// SCALING's replay table, over the second halves of the three series in `examples/load`.
enum ReplayTable {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("examples/load")

    static let names = [
        "cpu_utilization_asg_misconfiguration", "ec2_cpu_utilization_ac20cd", "elb_request_count_8c0756",
    ]

    static func rows(_ name: String) throws -> [LoadSeries.Row] {
        let data = try Data(contentsOf: folder.appendingPathComponent(name + ".csv"))
        let (rows, errors) = LoadFile.rows(in: Array(data), file: name)
        try #require(errors.isEmpty, "\(errors)")
        return rows
    }

    /// The second half of each, read once.
    static let series = Result { try names.map { try LoadSeries(rows($0), half: .second) } }

    static var defaults: ScalingPolicy {
        var policy = ScalingPolicy(maxNodes: Replay.maxNodes)
        policy.minNodes = Replay.minNodes
        return policy
    }

    /// What a policy came to over all three.
    struct Outcome: CustomStringConvertible {
        /// J in parts of the clairvoyant optimum.
        var ratio: Double
        /// A day.
        var underProvisionedMinutes: Double
        var flaps: Double

        var description: String { "\(ratio), \(underProvisionedMinutes) min/day, \(flaps) flaps/day" }
    }

    static func result(
        under policy: ScalingPolicy, by decider: @Sendable () -> Replay.Decider = { Scaler.decide }
    ) throws -> Outcome {
        var (score, optimum, underProvisioned, flaps, days) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for series in try series.get() {
            let replay = Replay(of: series, under: policy, by: decider())
            score += replay.summary.score
            optimum += replay.optimum
            underProvisioned += Double(replay.summary.underProvisionedMinutes)
            flaps += Double(replay.summary.flaps)
            days += Double(replay.minutes.count) / 1440
        }
        return Outcome(ratio: score / optimum, underProvisionedMinutes: underProvisioned / days, flaps: flaps / days)
    }
}
