import ArgumentParser
import Fleet
import FleetStore
import Foundation

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show how busy nodes or pools are, as their reports say it.",
        discussion: """
            On a terminal the table is live until q or Ctrl-C; in a pipe it is printed once.

            CPU, MEM and DISK are shares of what the machine has, LOAD is its load average over one minute, AGE is how \
            old the newest report is, TREND is the CPU of the last 15 minutes. IN/OUT are bytes per second, known \
            while the table is live, from a node's second report on. A pool's CPU and MEM are the means of its nodes. \
            What was not reported within 15 minutes is shown as `-`.

            Examples:
              reeve top
              reeve top pools --sort memory
              reeve top nodes --interval 10s
              reeve top nodes -o json

            Exit codes: 0 also when nothing reports, 5 when the database is not prepared.
            """)

    enum Subject: String, CaseIterable, ExpressibleByArgument { case nodes, pools }

    @Argument(help: "What is shown.")
    var what: Subject = .nodes

    @Option(help: "The busiest first, or by name.")
    var sort: TopOrder = .cpu

    @Option(help: ArgumentHelp("How often a live table is made anew.", valueName: "time"))
    var interval = TimeSpan(seconds: 2)

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard interval.duration >= .milliseconds(500) else { throw ValidationError("--interval is at least 500ms.") }
    }

    func run() async throws {
        let terminal = global.terminal
        let isTable = terminal.format == .table || terminal.format == .wide
        let isDumb = ProcessInfo.processInfo.environment["TERM", default: "dumb"] == "dumb"
        try await global.withStore { store in
            var looks = UsageLooks(store: store)
            let reading = try await take(&looks)
            if reading.isEmpty { _ = try await store.lanes() }
            if isTable, terminal.isInteractive, !isDumb {
                let live = LiveTop(interval: interval, terminal: terminal)
                try await live.run(from: reading) { try await take(&looks) }
            } else {
                show(reading, terminal)
            }
        }
    }

    private func take(_ looks: inout UsageLooks) async throws -> TopReading {
        let fleet = try await looks.take()
        let rows: TopReading.Rows =
            switch what {
            case .nodes: .nodes(sort.sorted(fleet.nodes))
            case .pools: .pools(sort.sorted(fleet.pools))
            }
        return TopReading(rows: rows, now: fleet.now)
    }

    private func show(_ reading: TopReading, _ terminal: Terminal) {
        switch terminal.format {
        case .json, .yaml: terminal.value(.members([("items", .list(reading.values))]))
        case .name: for name in reading.names { terminal.line(name) }
        case .table, .wide:
            if reading.isEmpty {
                terminal.note("there are no \(what.rawValue)")
            } else {
                terminal.table(TopLayout.plain.table(reading, limit: .max))
            }
        }
    }
}

/// In what order `top` shows nodes and pools.
enum TopOrder: String, CaseIterable, ExpressibleByArgument {
    case cpu, memory, name

    /// The busiest first, what was not measured last; those that are equal by name and id.
    func sorted<Row: UsageRow>(_ rows: [Row]) -> [Row] {
        rows.sorted { left, right in
            let (a, b) =
                switch self {
                case .cpu: (left.cpu ?? -1, right.cpu ?? -1)
                case .memory: (left.memory ?? -1, right.memory ?? -1)
                case .name: (0, 0)
                }
            return a == b ? (left.name, left.id) < (right.name, right.id) : a > b
        }
    }
}
