import ArgumentParser
import Declaring
import Fleet
import Planning

/// What the commands that set or take back an override share.
struct OverrideOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Which resources: KIND/ID…, or a kind and ids.", valueName: "object"))
    var objects: [String]

    @OptionGroup var global: GlobalOptions

    /// Sets the override, says `word` of each resource that it changed, then `afterwards`.
    func perform(
        _ action: OverrideAction, _ word: String,
        afterwards: (Waiting, [ResourceKey]) async throws -> Void = { _, _ in },
        timeout: TimeSpan = TimeSpan(seconds: 0)
    ) async throws {
        let terminal = global.terminal
        let keys = try ObjectName.keys(objects)
        try await global.withStore { store in
            let declarer = Declarer(store) { Terminal.standardError($0) }
            let plan = try await declarer.override(action, on: keys, by: Person.name)
            ResultReport(results: plan.results, diagnostics: plan.diagnostics, words: [.configured: word])
                .print(to: terminal, listingFailures: false)
            if let refusal = refusal(plan.diagnostics) { throw refusal }
            try await afterwards(Waiting(store, terminal, timeout), keys)
        }
    }

    /// By the gravest: wrong usage, then a manifest that says otherwise, then what is not there.
    private func refusal(_ diagnostics: [Diagnostic]) -> ExitStatus? {
        let rules = diagnostics.compactMap { OverrideRule(rawValue: $0.rule) }
        if rules.contains(where: { $0 == .nodesOnly || $0 == .untilPassed }) { return .usage }
        if rules.contains(.declaredSuspension) { return .conflict }
        return rules.isEmpty ? nil : .differences
    }
}

struct CordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon", abstract: "Hold nodes in maintenance, until uncordoned.")

    @Option(help: "Why; shown beside the node.") var reason: String
    @OptionGroup var options: OverrideOptions

    func run() async throws { try await options.perform(.cordon(reason: reason), "cordoned") }
}

struct UncordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncordon", abstract: "Give cordoned and drained nodes back.")

    @OptionGroup var options: OverrideOptions

    func run() async throws { try await options.perform(.uncordon, "uncordoned") }
}

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Let nodes' work end, then hold them in maintenance, until uncordoned.")

    @Option(help: "Why; shown beside the node.") var reason = "drained by hand"
    @Flag(help: "Wait until they are drained.") var wait = false
    @Option(help: "How long to wait at most.") var timeout = TimeSpan(seconds: 300)
    @OptionGroup var options: OverrideOptions

    func run() async throws {
        try await options.perform(
            .drain(reason: reason), "draining",
            afterwards: { waiting, keys in if wait { try await waiting.untilDrained(keys) } }, timeout: timeout)
    }
}

struct SuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Pause resources: nothing of them is written. A pool's nodes are paused, too."
    )

    @Option(help: "Why; shown beside the resource.") var reason: String
    @Option(help: ArgumentHelp("When the pause ends by itself, such as 2030-12-01T00:00:00Z.", valueName: "time"))
    var until: MomentArgument?
    @OptionGroup var options: OverrideOptions

    func run() async throws {
        try await options.perform(.suspend(reason: reason, until: until?.timestamp), "suspended")
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "End a pause.")

    @OptionGroup var options: OverrideOptions

    func run() async throws { try await options.perform(.resume, "resumed") }
}

/// A point in time in RFC 3339.
struct MomentArgument: ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        guard let timestamp = Timestamp(rfc3339: argument) else { return nil }
        self.timestamp = timestamp
    }
}
