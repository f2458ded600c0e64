import Fleet
import Testing

@testable import Planning

/// SCALING's worked rows, by their names.
struct WorkedRowTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var desired: Int64
        /// Nil where the row names none.
        var reason: ScalingReason?
        var pool: @Sendable () -> PaperPool

        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "4 × 90 %", desired: 6) { PaperPool(.worked, PaperPool.same(4, 90)) },
        Row(name: "4 × 90 %, 2 starting", desired: 6, reason: .inFlightCoversLoad) {
            var pool = PaperPool(.worked, PaperPool.same(4, 90))
            pool.add(starting: 2)
            return pool
        },
        Row(name: "4 × 79.9 %", desired: 4) { PaperPool(.worked, PaperPool.same(4, 79.9)) },
        Row(name: "4 × 80.0 %", desired: 5) { PaperPool(.worked, PaperPool.same(4, 80)) },
        Row(name: "2 × 99 %", desired: 6, reason: .scaleUpLimit) { PaperPool(.worked, PaperPool.same(2, 99)) },
        Row(name: "6 × 20 %, a window peak of 45 %", desired: 6, reason: .scaleDownStabilized) {
            PaperPool(.worked, PaperPool.same(6, 20), peak: 45)
        },
        Row(name: "6 × 20 %, scaled up 3 min ago", desired: 6, reason: .cooldownActive) {
            var pool = PaperPool(.worked, PaperPool.same(6, 20))
            pool.changed(secondsAgo: 180)
            return pool
        },
        Row(name: "4 × 90 %, scaled up 1 min ago", desired: 6) {
            var pool = PaperPool(.worked, PaperPool.same(4, 90))
            pool.changed(secondsAgo: 60)
            return pool
        },
        Row(name: "90/90/–/–", desired: 4, reason: .missingMetricsHold) { PaperPool(.worked, [90, 90, nil, nil]) },
        Row(name: "all –", desired: 4, reason: .metricsUnavailable) { PaperPool(.worked, PaperPool.same(4, nil)) },
        Row(name: "80/60: 3 × 60", desired: 3) {
            PaperPool(.worked { $0.down = 60 }, PaperPool.same(3, 60))
        },
        Row(name: "80/60: 3 × 46", desired: 2) {
            PaperPool(.worked { $0.down = 60 }, PaperPool.same(3, 46))
        },
        Row(name: "10 nodes, 5 in error, the rest 20 %", desired: 10, reason: .circuitBreakerOpen) {
            var pool = PaperPool(.worked, PaperPool.same(5, 20))
            pool.add(5, "e", .error)
            return pool
        },
        Row(name: "12 with max 10", desired: 10) { PaperPool(.worked, PaperPool.same(12, nil)) },
        Row(name: "1 with min 2 and no metrics", desired: 2) { PaperPool(.worked, [nil]) },
    ]

    @Test(arguments: rows)
    func `a row comes out as it is written`(_ row: Row) {
        let pool = row.pool()
        let decision = pool.decision
        #expect(decision.desired == row.desired, "\(decision.steps)")
        if let reason = row.reason { #expect(decision.reason == reason, "\(decision.steps)") }
        #expect(decision.coming.count + Int(decision.making) == max(0, Int(decision.desired - decision.current)))
        #expect(decision.going.count == max(0, Int(decision.current - decision.desired)))
    }

    @Test func `the chain says what went in, what came out and why`() {
        let decision = PaperPool(.worked, PaperPool.same(2, 99)).decision
        #expect(decision.want == 7)
        #expect(
            decision.steps.map(\.description) == [
                "Classify: usable 2, starting 0, in error 0, in maintenance 0, standby 0 → 2",
                "Usage cpu: lowest 99 %, highest 99 %, measured 2, missing 0 (ValidMetrics)",
                "ScaleUp cpu: usage 99 %, threshold 80 %, load 3.96, target 65 % → 7 (UsageHigh)",
                "Limit: at once 6, usable 2 → 6 (ScaleUpLimit)",
            ])
        #expect(decision.conditions.scalingLimited == .init(true, .scaleUpLimit))
    }
}
