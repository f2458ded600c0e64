import ArgumentParser
import Fleet
import Foundation
import Planning

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Show what a scaling policy would have made of a recorded load, or of a pool's own past.",
        discussion: """
            Runs the function that scales pools over a load, minute by minute, in a model of a pool: a new node is ready \
            after 5 minutes (a standby node after 1), a removed one is gone at once, usage is seen a minute late; standby \
            nodes cost nothing while they wait. `mode` does not matter.

            With --load the load is a series: its 99.9th percentile is 12 fully used nodes, and it is seen with some \
            noise. Bounds that the policy does not state are 2 and 40 nodes; the metric is the load. The file has a line \
            for each point: `timestamp,value`, the time in RFC 3339, as `2014-04-02 14:29:00` (UTC) or in seconds since \
            1970.

            With --pool the load is what the nodes now in the pool, and those that its provider made and took away, \
            reported while their status was active, summed: each metric of the policy on its own, shared evenly by the nodes that the policy would have had, from as many on \
            as were in use. Without --policy the pool's own policy is tried, which should come close to what happened. \
            Minutes of which less than half of the nodes in use told anything count for nobody. If the pool has no \
            provider, its other nodes stand by.

            The score is in node-hours: those of ready and starting nodes, ten times the load above 80 % of the ready \
            nodes, fifty times the load above all of them, and a tenth for each action. The optimum is the least score \
            that was possible, with the future known. Of what really happened no starting nodes are known, and \
            nothing beyond what the nodes could carry: usage ends at 100 %.

            Examples:
              reeve simulate --load examples/load/elb_request_count_8c0756.csv --half second
              reeve simulate --load week.csv --policy manifests/policies.yaml --plot week.svg
              reeve simulate --pool render --since 7d
              reeve simulate --pool render --since 7d --policy tighter.yaml -o json | jq .summary

            Exit codes: 1 no such pool, or nothing of it is stored, 3 the series or the policy is not valid.
            """)

    @Option(
        help: ArgumentHelp("The load series, as CSV, or - for standard input.", valueName: "file"), completion: .file())
    var load: String?

    @Option(help: ArgumentHelp("Replays the stored metrics of this pool.", valueName: "pool"))
    var pool: String?

    @Option(
        help: ArgumentHelp(
            "With --pool: from then on, such as 12h ago, or an RFC 3339 time; by default 7d.", valueName: "time"))
    var since: Moment?

    @Option(help: ArgumentHelp("With --pool: until then; by default now.", valueName: "time"))
    var until: Moment?

    @Option(
        help: ArgumentHelp(
            "Manifests with one ScalingPolicy, or one NodePool with its policy inline; else the pool's own, or the defaults.",
            valueName: "file"), completion: .file())
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "Only this half of the load, its first 14 days at most: tune on the first, judge by the second.",
            valueName: "first|second"))
    var half: LoadSeries.Half?

    @Option(help: ArgumentHelp("Draws the load and the nodes.", valueName: "file.svg"), completion: .file())
    var plot: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (load == nil) != (pool == nil) else { throw ValidationError("Name either --load or --pool.") }
        if load != nil, since != nil || until != nil {
            throw ValidationError("--since and --until go with --pool.")
        }
    }

    func run() async throws {
        let terminal = global.terminal
        if load == "-", policy == "-" {
            throw CommandFailure(.usage, "only one of --load and --policy can be read from standard input")
        }
        let stated = try policy.map { path throws in try PolicyFile.read(path, terminal) }
        if let load {
            let input = LoadInput(path: load)
            let policy = ScalingPolicy(replaying: stated ?? Spec(.scalingPolicy))
            let replay = Replay(of: try input.series(half, terminal), under: policy)
            try show(ReplayReport(replay: replay), title: input.title, terminal)
        } else if let pool {
            let key = try ObjectName.key(.nodePool, pool)
            let recorded = try await global.withStore { store in
                try await RecordedPool.read(
                    key, under: stated, from: since ?? .ago(TimeSpan(seconds: 7 * 86_400)), until: until, in: store)
            }
            guard let record = half.map({ recorded.record.half($0) }) ?? recorded.record else {
                throw CommandFailure(.differences, "less than two minutes of \(key) are stored, which have no halves")
            }
            let replay = Replay(of: record, under: recorded.policy, members: recorded.members)
            try show(ReplayReport(replay: replay, record: record), title: key.id, terminal)
        }
    }

    private func show(_ report: ReplayReport, title: String, _ terminal: Terminal) throws {
        if let plot {
            let drawing = ReplayPlot(report.replay, record: report.record, title: title)
            do { try Data(drawing.svg.utf8).write(to: URL(fileURLWithPath: plot), options: .atomic) } catch {
                throw CommandFailure(.usage, "\(plot) can't be written")
            }
        }
        if terminal.isStructured { return terminal.value(report.value) }
        if !report.replay.actions.isEmpty { terminal.table(report.table(wide: terminal.format == .wide)) }
        for line in report.summary { terminal.line(line) }
        if let record = report.record { terminal.table(report.comparison(record)) }
    }
}

extension LoadSeries.Half: ExpressibleByArgument {}
