import ArgumentParser
import Fleet
import Foundation
import Planning
import Testing

@testable import reeve

/// What `simulate` reads, prints and draws; that it reckons rightly is tested beside the function.
struct SimulateTests {
    private static let noon = Timestamp(milliseconds: 1_767_225_600_000)

    private func replay(minutes: Int = 600) throws -> Replay {
        let rows = (0..<minutes).map { minute in
            LoadSeries.Row(
                at: Self.noon.advanced(seconds: Int64(minute) * 60), value: minute / 120 % 2 == 0 ? 3 : 12)
        }
        return Replay(of: try LoadSeries(rows), under: Self.defaults)
    }

    private static let defaults = ScalingPolicy(replaying: Spec(.scalingPolicy))

    private let terminal = Terminal(format: .name, noColor: true, verbose: false)

    private func policy(_ text: String) throws -> ScalingPolicy {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("reeve-\(UUID().uuidString).yaml").path
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return ScalingPolicy(replaying: try PolicyFile.read(path, terminal))
    }

    @Test func `a document has the members that are documented, and no others`() throws {
        let replay = try replay()
        let value = ReplayReport(replay: replay).value
        func names(_ value: FieldValue?) -> [String] {
            guard case .record(let members)? = value else { return [] }
            return members.map(\.name)
        }
        #expect(names(value) == ["summary", "minutes"])
        #expect(
            names(value.member("summary")) == [
                "node_hours", "under_provisioned_minutes", "actions", "flaps", "score", "optimum",
            ])
        let minutes = try #require(value.member("minutes")?.list)
        #expect(minutes.count == 600)
        #expect(names(minutes[0]) == ["t", "load", "ready", "starting", "desired", "reason"])
        #expect(minutes[1].member("t") == .timestamp(Self.noon.advanced(seconds: 60)))
        #expect(value.member("summary")?.member("actions")?.int == replay.summary.actions)
    }

    @Test func `the table has a row for each action, and wide says by which rule`() throws {
        let replay = try replay()
        let report = ReplayReport(replay: replay)
        #expect(report.table(wide: false).rows.count == replay.actions.count && !replay.actions.isEmpty)
        #expect(report.table(wide: true).rows[0].last?.text.contains("→") == true)
        #expect(report.summary.first == "span: 0 days 10 hours")
        #expect(report.summary.contains("actions: \(replay.summary.actions)"))
    }

    @Test func `a drawing is XML whatever the file is called`() throws {
        let svg = ReplayPlot(try replay(), title: "a<b>&\"\u{1}.csv").svg
        #expect(svg.contains("<title>a&lt;b&gt;&amp;&quot;?.csv</title>"))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        // One minute, and more minutes than there are columns.
        for minutes in [1, 5_000] {
            let other = ReplayPlot(try replay(minutes: minutes), title: "x").svg
            #expect(other.hasPrefix("<svg") && other.hasSuffix("</svg>\n"))
            #expect(other.utf8.count < 60_000)
        }
    }

    @Test func `a policy is read from a manifest, and its bounds are the model's where it states none`() throws {
        #expect(Self.defaults.minNodes == 2 && Self.defaults.maxNodes == 40)
        #expect(Self.defaults.up == 85 && Self.defaults.down == 65)
        let named = try policy(
            """
            apiVersion: reeve/v1
            kind: ScalingPolicy
            metadata: {name: steady}
            spec: {scale_up_threshold: 80, max_nodes: 20, metric: [memory, cpu], window_minutes: 15}
            """)
        #expect(named.up == 80 && named.maxNodes == 20 && named.minNodes == 2 && named.windowMinutes == 15)
        #expect(named.metrics == [.cpu, .memory])
        let inline = try policy(
            """
            apiVersion: reeve/v1
            kind: NodePool
            metadata: {name: render}
            spec: {max_nodes: 30, auto_scaling: true, scaling_policy: {min_nodes: 4}}
            """)
        #expect(inline.minNodes == 4 && inline.maxNodes == 30 && inline.down == 65)
    }

    @Test(arguments: [
        "apiVersion: reeve/v1\nkind: NodePool\nmetadata: {name: render}\nspec: {max_nodes: 30}\n",
        """
        {apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: one-a}}
        ---
        {apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: one-b}}
        """,
        """
        {apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: one-a}}
        ---
        {apiVersion: reeve/v1, kind: NodePool, metadata: {name: one-b}, spec: {max_nodes: 9, scaling_policy: {min_nodes: 4}}}
        """,
    ])
    func `a file without exactly one policy is refused`(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try policy(text) }
        #expect(failure?.status == .invalid)
    }

    @Test(arguments: [["--load", "/"], ["--load", "-", "--policy", "-"]])
    func `a directory is no series, and standard input is read once`(arguments: [String]) async throws {
        let command = try SimulateCommand.parse(arguments)
        let failure = await #expect(throws: CommandFailure.self) { try await command.run() }
        #expect(failure?.status == .usage)
    }

    @Test func `a series is named, and a half is one of two`() {
        for arguments in [[], ["--load", "a.csv", "--pool", "x"], ["--load", "a.csv", "--since", "1d"]] {
            #expect(throws: (any Error).self, "\(arguments)") { try SimulateCommand.parse(arguments) }
        }
        #expect(throws: (any Error).self) { try SimulateCommand.parse(["--pool", "x", "--since", "soon"]) }
        #expect(throws: (any Error).self) { try SimulateCommand.parse(["--load", "a.csv", "--half", "third"]) }
        #expect((try? SimulateCommand.parse(["--load", "a.csv", "--half", "first"]))?.half == .first)
    }

    // MARK: Of a record

    /// Two nodes at half their load for an hour, a gap of half an hour, and another half hour.
    private func recorded() throws -> (Replay, LoadRecord) {
        let samples = (0..<120).filter { !(60..<90).contains($0) }.flatMap { minute in
            ["node_a", "node_b"].map {
                NodeLoad(nodeID: $0, at: Self.noon.advanced(seconds: Int64(minute) * 60), cpu: 50)
            }
        }
        let record = try #require(
            LoadRecord(of: ["node_a": .active, "node_b": .active], samples, [], metrics: [.cpu]))
        return (Replay(of: record, under: ScalingPolicy(maxNodes: 4)), record)
    }

    @Test func `a record adds what really happened, and null where nothing is known`() throws {
        let (replay, record) = try recorded()
        let value = ReplayReport(replay: replay, record: record).value
        let summary = try #require(value.member("summary"))
        #expect(summary.member("unknown_minutes")?.int == 29)
        #expect(summary.member("actual")?.member("node_hours")?.double == 3.033)
        #expect(summary.member("actual")?.member("actions")?.int == 0)
        #expect(summary.member("actual")?.member("optimum") == nil)
        let minutes = try #require(value.member("minutes")?.list)
        #expect(minutes[0].member("actual")?.int == 2 && minutes[0].member("load")?.double == 1)
        #expect(minutes[80].member("load") == .null)
    }

    @Test func `what happened stands beside what would have, with the gaps`() throws {
        let (replay, record) = try recorded()
        let report = ReplayReport(replay: replay, record: record)
        #expect(report.summary[0] == "span: 0 days 2 hours")
        #expect(report.summary[1] == "not recorded: 29 minutes from 2026-01-01T01:01:00Z on")
        let rows = report.comparison(record).rows
        #expect(rows.map { $0[0].text }.contains("under-provisioned minutes"))
        #expect(rows[0].map(\.text) == ["node-hours", replay.summary.nodeHours.decimals(2), "3.03"])
        let svg = ReplayPlot(replay, record: record, title: "x").svg
        #expect(svg.contains("really in use (green)") && svg.contains("#2e7d4f"))
        #expect(!ReplayPlot(replay, title: "x").svg.contains("green"))
    }

    @Test(arguments: [(0.0, 0, "0"), (1.005, 1, "1.0"), (12.996, 2, "13.00"), (0.0625, 3, "0.063")])
    func `a number has as many decimals as are asked for`(value: Double, places: Int, text: String) {
        #expect(value.decimals(places) == text)
    }

    @Test func `a moment is so long ago, or a time`() throws {
        let now = Self.noon
        #expect(Moment(argument: "2h")?.timestamp(now: now) == now.advanced(seconds: -7200))
        #expect(
            Moment(argument: "2026-01-01T00:00:00Z")?.timestamp(now: now) == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        #expect(Moment(argument: "yesterday") == nil)
    }
}
