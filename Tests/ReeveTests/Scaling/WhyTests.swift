import Fleet
import FleetStore
import Planning
import Testing

@testable import reeve

/// What `why` says of a pool: four busy nodes, two in reserve.
struct WhyTests {
    private func live(_ change: (inout ScalingInput) -> Void = { _ in }) -> PoolAnswer.Live {
        var policy = ScalingPolicy(maxNodes: 10)
        (policy.up, policy.down, policy.minNodes, policy.windowMinutes) = (80, 30, 2, 12)
        let now = Sample.now
        var window = UsageWindow(minutes: 12, metrics: [.cpu], sampleInterval: 60)
        var nodes = (0..<4).map { ScalingNode("node_u\($0)", .active, freshUntil: now) }
        for minute in (0...12).reversed() {
            let at = now.advanced(seconds: -60 * Int64(minute) - 10)
            for node in nodes { window.add(UsageSample(at: at, cpu: 90), of: node.id, now: at) }
        }
        window.advance(to: now)
        nodes[0].isPinned = true
        for index in 0..<3 {
            var node = ScalingNode("node_r\(index)", .inactive, freshUntil: now)
            node.score = 70 + Double(index)
            nodes.append(node)
        }
        var input = ScalingInput(policy: policy, nodes: nodes, window: window, now: now)
        input.timers.lastChange = now.advanced(seconds: -120)
        change(&input)
        return PoolAnswer.Live(policy, input)
    }

    private func answer(
        _ live: PoolAnswer.Live?, stored: ScalingDecision? = nil, secondsAgo: Int64 = 30,
        _ change: (inout Desired) -> Void = { _ in }
    ) -> PoolAnswer {
        var pool = Sample.pool()
        change(&pool)
        var status = Sample.status(of: pool, observed: 2, [])
        var records: [ScalingRecord] = []
        if let stored {
            var scaling = PoolScaling()
            (scaling.last, scaling.lastAt) = (stored, Sample.now.advanced(seconds: -secondsAgo))
            status.scaling = scaling
            records = [
                ScalingRecord(
                    poolID: pool.key.id, firstRevision: 5, number: 1, at: Sample.now.advanced(seconds: -secondsAgo),
                    decision: stored)
            ]
        }
        return PoolAnswer(row: Sample.row(pool, status), now: Sample.now, live: live, records: records)
    }

    private func text(_ answer: PoolAnswer) -> String {
        PoolAnswerText(answer, Terminal(format: .table, noColor: true, verbose: false)).text
    }

    @Test func `the number, its rules, the timers and every node are told`() {
        let text = text(answer(live(), stored: live().decision))
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        for line in [
            "NodePool/pool_render: 4 nodes in use, 6 wanted: usage is at or above the upper threshold (UsageHigh)",
            "1. Classify: usable 4, starting 0, in error 0, in maintenance 0, standby 3 → 4",
            "3. ScaleUp cpu: usage 90 %, threshold 80 %, load 3.6, target 65 % → 6 (UsageHigh)",
            "cooldown until 2023-11-14T22:16:20Z, 3m left", "window of cpu 12 min, 100 % of it known",
            "ScalingActive True ValidMetrics every node in use is measured",
            "NODE IS SAMPLE AGE SCORE CHOICE WHY",
            "node_r0 standby - - 70 waiting lower score than who comes",
            "node_r2 standby - - 72 activated highest score",
            "node_u0 usable, pinned cpu 90 % 10s - kept pinned: counted, never chosen",
            "node_u1 usable cpu 90 % 10s - kept nobody is to go",
            "30s 4 → 6 UsageHigh usage is at or above the upper threshold activated: node_r2, node_r1",
        ] { #expect(lines.contains(line), "\(text)") }
        #expect(!text.contains("daemon's last decision"))
    }

    @Test func `it tells when the daemon says otherwise, said the same long ago, or nothing`() {
        let other = Sample.decision(4, 4, .metricsUnavailable)
        #expect(
            text(answer(live(), stored: other)).contains(
                "last decision, 30s ago, was another: 4, MetricsUnavailable"))
        #expect(
            text(answer(live(), stored: live().decision, secondsAgo: 600))
                .contains("The daemon decided the same 10m ago, and nothing else since."))
        #expect(text(answer(live())).contains("The daemon has decided nothing about it yet; does `reeve run` run?"))
    }

    @Test func `a pool that nobody scales says how it would be`() {
        let answer = answer(nil)
        #expect(
            text(answer).hasPrefix("NodePool/pool_render is not scaled: `auto_scaling` is not true\nTo have it scaled"))
        #expect(answer.value.member("scaled") == .bool(false))
        #expect(answer.value.member("nodes") == nil)
    }

    @Test func `what is only advice, paused or set by hand is told`() {
        var advising = live()
        advising.decision.isCarriedOut = false
        #expect(text(answer(advising, stored: advising.decision)).contains("only recommended (`mode: recommend`)"))
        #expect(text(answer(live { $0.isPaused = true })).contains("as many as wanted: the pool is suspended (Paused)"))
        #expect(text(answer(live { $0.isPaused = true })).contains("While it is suspended the daemon decides nothing"))
        let told = text(
            answer(live()) {
                $0.overrides.scale = ScaleOverride(nodes: 5, by: "ops", reason: "launch", at: Sample.now)
            })
        #expect(told.contains("5 by ops") && told.contains("launch (not adopted yet)"))
    }

    @Test func `programs read all of it`() throws {
        let value = answer(live(), stored: live().decision).value
        #expect(value.member("decision")?.member("desired") == .int(6))
        #expect(value.member("decision")?.member("coming") == .names(["node_r2", "node_r1"]))
        #expect(value.member("decision")?.member("steps")?.list?.first?.member("rule") == .string("Classify"))
        #expect(value.member("stored")?.member("same") == .bool(true))
        #expect(value.member("policy")?.member("target") == .double(65))
        let nodes = try #require(value.member("nodes")?.list)
        #expect(nodes.count == 7)
        #expect(nodes[2].member("choice") == .string("activated"))
        #expect(nodes[3].member("sample")?.member("cpu") == .double(90))
        #expect(nodes[3].member("pinned") == .bool(true))
        #expect(value.member("decisions")?.list?.first?.member("number") == .int(1))
        #expect(value.jsonText.contains("\"cooldown_until\": \"2023-11-14T22:16:20Z\""))
    }

    @Test func `a described pool tells its size, timers and who is out of use`() {
        var pool = Sample.pool()
        pool.overrides.scale = ScaleOverride(
            nodes: 6, by: "ops", reason: "launch", at: Sample.now.advanced(seconds: -90))
        var status = Sample.status(of: pool, observed: 2, [])
        var scaling = PoolScaling()
        scaling.last = Sample.decision(4, 6, .sizeAdopted)
        scaling.last?.coming = ["node_a", "node_b"]
        scaling.lastAt = Sample.now.advanced(seconds: -60)
        scaling.intents = ["node_z": ScalingIntent(isWanted: false, at: Sample.now)]
        (scaling.timers.lastChange, scaling.timers.adopted) = (scaling.lastAt, Sample.now.advanced(seconds: -90))
        status.scaling = scaling
        let row = Sample.row(pool, status)
        let facts = ScalingFacts(row: row, view: FleetView(), now: Sample.now)
        #expect(facts.byHand == "to 6 nodes by ops, 90s ago: launch (adopted)")
        let told = Dictionary(uniqueKeysWithValues: facts.facts.compactMap { name, value in value.map { (name, $0) } })
        #expect(told["Wanted"] == "6 nodes in use: the size that somebody set by hand (SizeAdopted)")
        #expect(told["Cooldown"] == "nothing is taken away for 4m more")
        #expect(told["Out of use"] == "node_z, by the scaler")
        #expect(told["Last decision"] == "60s ago: 4 → 6 nodes, SizeAdopted; activated: node_a, node_b")
        #expect(told["Back-off"] == nil && told["Asked for"] == nil)
        let shown = row.value
        #expect(shown.member("status")?.member("scaling")?.member("intents")?.list?.count == 1)
        #expect(shown.member("overrides")?.member("scale")?.member("nodes") == .int(6))
        #expect(
            row.manifest.contains(
                """
                # scaled by hand: to 6 by ops: launch
                # wanted: 6 nodes in use, SizeAdopted: the size that somebody set by hand
                # out of use by the scaler: node_z

                """))
        let columns = ObjectColumns(kind: .nodePool, isWide: true)
        let place = columns.headers.firstIndex(of: "WANTED")
        #expect(place.map { columns.cells(row, now: Sample.now)[$0].text } == "6")
        #expect(!ObjectColumns(kind: .nodePool).headers.contains("WANTED"))
    }
}
