import ArgumentParser
import Fleet
import Foundation
import Manifests
import Planning

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Show what a scaling policy would have made of a recorded load.",
        discussion: """
            Runs the function that scales pools over a load series, minute by minute, in a model of a pool: the load's \
            99.9th percentile is 12 fully used nodes, a new node is ready after 5 minutes (a standby node after 1), a \
            removed one is gone at once, usage is seen a minute late and with some noise; standby nodes cost nothing while \
            they wait. Bounds that the policy does not \
            state are 2 and 40 nodes; the metric is the load, and `mode` does not matter.

            The score is in node-hours: those of ready and starting nodes, ten times the load above 80 % of the ready \
            nodes, fifty times the load above all of them, and a tenth for each action. The optimum is the least score \
            that was possible, with the future known.

            The file has a line for each point: `timestamp,value`, the time in RFC 3339, as `2014-04-02 14:29:00` (UTC) \
            or in seconds since 1970.

            Examples:
              reeve simulate --load examples/load/elb_request_count_8c0756.csv --half second
              reeve simulate --load week.csv --policy manifests/policies.yaml --plot week.svg
              reeve simulate --load week.csv -o json | jq .summary

            Exit codes: 3 the series or the policy is not valid.
            """)

    @Option(
        help: ArgumentHelp("The load series, as CSV, or - for standard input.", valueName: "file"), completion: .file())
    var load: String

    @Option(
        help: ArgumentHelp(
            "Manifests with one ScalingPolicy, or one NodePool with its policy inline; without it, the defaults.",
            valueName: "file"), completion: .file())
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "Only this half of the series, its first 14 days at most: tune on the first, judge by the second.",
            valueName: "first|second"))
    var half: LoadSeries.Half?

    @Option(help: ArgumentHelp("Draws the load and the nodes.", valueName: "file.svg"), completion: .file())
    var plot: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        if load == "-", policy == "-" {
            throw CommandFailure(.usage, "only one of --load and --policy can be read from standard input")
        }
        let policy = try policy.map { path throws in try PolicyFile.read(path, terminal) } ?? PolicyFile.defaults
        let replay = Replay(of: try series(terminal), under: policy)
        let report = ReplayReport(replay: replay)
        if let plot {
            let drawing = ReplayPlot(replay, title: load == "-" ? "standard input" : load.lastPathComponent)
            do { try Data(drawing.svg.utf8).write(to: URL(fileURLWithPath: plot), options: .atomic) } catch {
                throw CommandFailure(.usage, "\(plot) can't be written")
            }
        }
        if terminal.isStructured {
            terminal.value(report.value)
        } else {
            if !replay.actions.isEmpty { terminal.table(report.table(wide: terminal.format == .wide)) }
            for line in report.summary { terminal.line(line) }
        }
    }

    private func series(_ terminal: Terminal) throws -> LoadSeries {
        var isDirectory = ObjCBool(false)
        if FileManager.default.fileExists(atPath: load, isDirectory: &isDirectory), isDirectory.boolValue {
            throw CommandFailure(.usage, "\(load) is a directory; expected a file")
        }
        guard let file = try ManifestFiles.read(load, recursively: false).first else {
            throw CommandFailure(.usage, "\(load) is no file")
        }
        guard file.bytes.count <= LoadFile.mostBytes else {
            throw CommandFailure(.invalid, "\(load): the file is larger than \(LoadFile.mostBytes >> 20) MiB")
        }
        let (rows, errors) = LoadFile.rows(in: file.bytes, file: file.path)
        guard errors.isEmpty else {
            throw errors.refused(terminal)
        }
        do { return try LoadSeries(rows, half: half) } catch {
            switch error {
            case .empty: throw CommandFailure(.invalid, "\(load): there are no rows in that half")
            case .tooLong:
                throw CommandFailure(
                    .invalid, "\(load): the series is longer than \(LoadSeries.mostMinutes) minutes")
            case .noLoad:
                throw CommandFailure(.invalid, "\(load): 99.9 % of the values are 0, so there is no load to speak of")
            }
        }
    }
}

extension LoadSeries.Half: ExpressibleByArgument {}

extension [Diagnostic] {
    /// Tells what is wrong with the input, which ends the command.
    fileprivate func refused(_ terminal: Terminal) -> ExitStatus {
        if terminal.isStructured {
            terminal.value(.members([("diagnostics", .list(map(\.value)))]))
        } else {
            terminal.report(self)
        }
        return .invalid
    }
}

extension String {
    fileprivate var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? self }
}

/// The policy that a replay is run under.
enum PolicyFile {
    static var defaults: ScalingPolicy { policy(Spec(.scalingPolicy)) }

    static func read(_ path: String, _ terminal: Terminal) throws -> ScalingPolicy {
        let loaded = ManifestLoader.load(try ManifestFiles.read(path, recursively: false))
        guard !loaded.hasErrors else {
            throw loaded.diagnostics.refused(terminal)
        }
        terminal.report(loaded.diagnostics)
        let named = loaded.declarations.filter { $0.key.kind == .scalingPolicy }
        let inline = loaded.declarations.compactMap { $0.key.kind == .nodePool ? inlinePolicy($0.spec) : nil }
        let policies = named.map(\.spec) + inline
        guard policies.count == 1 else {
            let count = policies.count
            let found = count == 0 ? "no policy" : "\(count) policies"
            throw CommandFailure(.invalid, "\(path): expected one scaling policy, found \(found)")
        }
        return policy(policies[0])
    }

    private static func inlinePolicy(_ pool: Spec) -> Spec? {
        let leaves = pool.leaves.filter { (PoolLeaf.policy..<PoolLeaf.policy + PolicyLeaf.count).contains($0.index) }
        guard !leaves.isEmpty else { return nil }
        var policy = Spec(.scalingPolicy, leaves.map { Spec.Leaf($0.index - PoolLeaf.policy, $0.value) })
        if policy[PolicyLeaf.maxNodes] == nil { policy[PolicyLeaf.maxNodes] = pool[PoolLeaf.maxNodes] }
        return policy
    }

    private static func policy(_ stated: Spec) -> ScalingPolicy {
        var stated = stated
        if stated[PolicyLeaf.minNodes] == nil {
            // Of a policy for fewer nodes than that, its maximum is the minimum.
            let most = stated[PolicyLeaf.maxNodes]?.int ?? Replay.maxNodes
            stated[PolicyLeaf.minNodes] = .int(min(Replay.minNodes, most))
        }
        return ScalingPolicy(stated, maxNodes: max(Replay.maxNodes, stated[PolicyLeaf.minNodes]?.int ?? 0))
    }
}
