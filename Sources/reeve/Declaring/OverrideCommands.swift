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
        try await global.withStore(declares: true) { store in
            let declarer = Declarer(store) { Terminal.standardError($0) }
            let plan = try await declarer.override(action, on: keys, by: Person.name)
            ResultReport(results: plan.results, diagnostics: plan.diagnostics, words: [.configured: word])
                .print(to: terminal, listingFailures: false)
            if let refusal = refusal(plan.diagnostics) {
                if !terminal.isStructured { terminal.note("nothing was changed") }
                throw refusal
            }
            try await afterwards(Waiting(store, timeout), keys)
        }
    }

    /// By the gravest: wrong usage, then a manifest that says otherwise, then what is not there.
    private func refusal(_ diagnostics: [Diagnostic]) -> ExitStatus? {
        let rules = diagnostics.compactMap { OverrideRule(rawValue: $0.rule) }
        if rules.contains(where: \.isMisuse) { return .usage }
        if rules.contains(where: { $0 != .notFound }) { return .conflict }
        return rules.isEmpty ? nil : .differences
    }
}

extension OverrideRule {
    /// What was asked for makes no sense, whatever else stands in the fleet.
    fileprivate var isMisuse: Bool {
        switch self {
        case .nodesOnly, .poolsOnly, .untilPassed, .outsideBounds: true
        case .notFound, .declaredSuspension, .paused, .beingDeleted: false
        }
    }
}

struct CordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon", abstract: "Hold nodes in maintenance, until uncordoned.",
        discussion: """
            No apply takes it back. Of several nodes all are cordoned, or with anything wrong none.

            Examples:
              reeve cordon node/fra-01 --reason "fan is loud"
              reeve cordon nodes fra-01 fra-02 --reason "rack is moved"

            Exit codes: 1 a node is not declared (nothing was changed), 2 it is no node.
            """)

    @Option(help: "Why, in 1 to 500 characters; shown beside the node.", transform: Reason.parse) var reason: String
    @OptionGroup var options: OverrideOptions

    func run() async throws { try await options.perform(.cordon(reason: reason), "cordoned") }
}

struct UncordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncordon", abstract: "Give cordoned and drained nodes back.",
        discussion: """
            Of several nodes all are given back, or with anything wrong none.

            Examples:
              reeve uncordon node/fra-01
              reeve uncordon nodes fra-01 fra-02

            Exit codes: 1 a node is not declared (nothing was changed), 2 it is no node.
            """)

    @OptionGroup var options: OverrideOptions

    func run() async throws { try await options.perform(.uncordon, "uncordoned") }
}

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Let nodes' work end, then hold them in maintenance, until uncordoned.",
        discussion: """
            How long the work is given is a field of the pool's policy, `drain_seconds`. Of several nodes all are \
            drained, or with anything wrong none.

            Examples:
              reeve drain node/fra-01 --reason "new disk"
              reeve drain nodes fra-01 fra-02 --wait --timeout 10m

            Exit codes: 1 a node is not declared (nothing was changed), 2 it is no node, 6 with --wait: a node is \
            paused or was uncordoned, 7 with --wait: timed out.
            """)

    @Option(help: "Why, in 1 to 500 characters; shown beside the node.", transform: Reason.parse)
    var reason = "drained by hand"
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
        commandName: "suspend",
        abstract: "Pause resources: nothing of them is written. A pool's nodes are paused, too.",
        discussion: """
            Of several resources all are paused, or with anything wrong none.

            Examples:
              reeve suspend pool/render-eu --reason migration
              reeve suspend node/fra-01 --reason "disk is copied" --until 2030-12-01T00:00:00Z

            Exit codes: 1 a resource is not declared (nothing was changed), 2 the end of the pause has passed.
            """)

    @Option(help: "Why, in 1 to 500 characters; shown beside the resource.", transform: Reason.parse)
    var reason: String
    @Option(help: ArgumentHelp("When the pause ends by itself, such as 2030-12-01T00:00:00Z.", valueName: "time"))
    var until: MomentArgument?
    @OptionGroup var options: OverrideOptions

    func run() async throws {
        try await options.perform(.suspend(reason: reason, until: until?.timestamp), "suspended")
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "End a pause.",
        discussion: """
            What a manifest itself suspends is resumed by the manifest. Of several resources all are resumed, or with \
            anything wrong none.

            Examples:
              reeve resume pool/render-eu
              reeve resume nodes fra-01 fra-02

            Exit codes: 1 a resource is not declared, 4 its manifest suspends it; with both nothing was changed.
            """)

    @OptionGroup var options: OverrideOptions

    func run() async throws { try await options.perform(.resume, "resumed") }
}

/// Why somebody overrides something: by the same rule as a manifest's `lifecycle.suspend.reason`.
enum Reason {
    private static let length = 1...500

    static func parse(_ text: String) throws(ValidationError) -> String {
        let scalars = text.unicodeScalars
        guard length.contains(scalars.count) else {
            throw ValidationError(
                "The reason is \(scalars.count) characters long; expected \(length.lowerBound) to \(length.upperBound)."
            )
        }
        guard !scalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw ValidationError("The reason holds a control character (a line break is one, too).")
        }
        return text
    }
}

/// A point in time in RFC 3339.
struct MomentArgument: ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        guard let timestamp = Timestamp(rfc3339: argument) else { return nil }
        self.timestamp = timestamp
    }
}
