import Fleet
import Testing

@testable import Planning

/// The table that SCALING has of policies over recorded load, made again. Its figures for under-provisioned minutes and
/// flaps are of fifteen series; those here are of the three that stand in the repository.
struct ReplayTableTests {
    /// A row. Of others' rules what was seen is pinned, with some margin, so that nobody can set up a straw man; these rules
    /// are to be no worse than SCALING's row.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: ScalingPolicy = ReplayTable.defaults
        var decider: @Sendable () -> Replay.Decider = { Scaler.decide }
        /// J in parts of the clairvoyant optimum.
        var ratio: ClosedRange<Double>
        /// A day.
        var underProvisionedMinutes: ClosedRange<Double>
        var flaps: ClosedRange<Double>

        var testDescription: String { name }
    }

    private static var forecasting: ScalingPolicy {
        var policy = ReplayTable.defaults
        (policy.forecast, policy.windowMinutes) = (true, 15)
        return policy
    }

    @Test(arguments: [
        Row(
            // Seen: 2.23, 85.3, 26.5; SCALING has 2.24.
            name: "literal 80/30, ± 1, cooldown 5", decider: OtherScalers.literal, ratio: 2.18...2.30,
            underProvisionedMinutes: 75...95, flaps: 22...31),
        Row(
            // Seen: 2.28, 63.7, 3.2; SCALING has 2.31.
            name: "Kubernetes' HPA", decider: OtherScalers.horizontalPodAutoscaler, ratio: 2.22...2.37,
            underProvisionedMinutes: 55...73, flaps: 2...5),
        Row(
            // Seen: 1.84, 13.7, 0.5; SCALING has 1.86.
            name: "these rules with their defaults", ratio: 1...1.86, underProvisionedMinutes: 0...16, flaps: 0...1.7),
        Row(
            // Seen: 1.69, 23.9, 16.2; SCALING has 1.82.
            name: "with a forecast, 15 min window", policy: forecasting, ratio: 1...1.82,
            underProvisionedMinutes: 0...40, flaps: 0...20),
    ])
    func `the replay table`(_ row: Row) throws {
        let result = try ReplayTable.result(under: row.policy, by: row.decider)
        #expect(row.ratio.contains(result.ratio), "\(result)")
        #expect(row.underProvisionedMinutes.contains(result.underProvisionedMinutes), "\(result)")
        #expect(row.flaps.contains(result.flaps), "\(result)")
    }
}
