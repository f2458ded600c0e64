import ArgumentParser
import Fleet
import FleetStore
import Manifests

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until objects are as they should be.",
        discussion: """
            All objects are judged on one look at the fleet, and all that is waited for must hold at the same time. A \
            condition of an older generation than is declared does not count, so that waiting can begin right after \
            `apply`.

            Examples:
              reeve wait node/fra-01 --for condition=Ready --timeout 5m
              reeve wait -f fleet/ --for condition=Synced --fail-on condition=Stalled
              reeve wait --all nodes --for condition=Synced --for condition=Ready
              reeve wait pool/render-eu --for delete
              reeve wait set/prod --for condition=Ready

            Exit codes: 0 all of it holds, 1 an object does not exist or nothing matches, 6 an object failed or was \
            deleted, 7 timed out.
            """)

    @Argument(help: ArgumentHelp("Which objects: KIND/ID…, or a kind and ids.", valueName: "object"))
    var objects: [String] = []

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "condition=TYPE (is True), condition=TYPE=VALUE, create or delete; repeatable.", valueName: "what"),
        transform: WaitGoal.parse)
    var goals: [WaitGoal] = []

    @Option(
        help: ArgumentHelp("End with code 6 as soon as this holds of any object; repeatable.", valueName: "what"),
        transform: WaitGoal.parse)
    var failOn: [WaitGoal] = []

    @Option(help: ArgumentHelp("All declared objects of a kind; repeatable.", valueName: "kind"))
    var all: [String] = []

    @OptionGroup var input: InputOptions

    @Option(help: "How long to wait at most; 0 looks once.")
    var timeout = TimeSpan(seconds: 60)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard !goals.isEmpty else { throw ValidationError("What for? Say --for condition=Ready, create or delete.") }
        guard !goals.contains(.deleted) || goals.count == 1 else {
            throw ValidationError("What is gone has no conditions: --for delete stands alone.")
        }
        guard input.selector == nil || objects.isEmpty else {
            throw ValidationError("-l selects among --all or the manifests of -f.")
        }
        if let names = try SetName.names(objects) { return try await wait(forSets: names) }
        var keys = try ObjectName.keys(objects)
        if !input.paths.isEmpty { keys += try await manifestKeys() }
        let kinds = try all.map { word throws(ValidationError) in try ObjectName.kind(word) }
        guard !keys.isEmpty || !kinds.isEmpty else {
            throw ValidationError("Which objects? Name KIND/ID, --all KIND, or manifests with -f.")
        }
        let terminal = global.terminal
        let judgement = WaitJudgement(goals: goals, failures: failOn)
        try await global.withStore { [keys] store in
            var keys = keys
            for kind in kinds { keys += try await declared(kind, in: store) }
            var seen: Set<ResourceKey> = []
            keys = keys.filter { seen.insert($0).inserted }
            if keys.isEmpty { try await endWithNothing(in: store) }
            var wait = ConditionWait(keys: keys, judgement: judgement, store: store)
            let ending = try await wait.run(for: timeout.duration)
            let report = WaitReport(keys: keys, verdicts: wait.verdicts, goals: goals, unheard: wait.unheard)
            report.print(ending, timeout, to: terminal)
            if ending == .missing { throw try await NotFound.failure(report.missing, in: store) }
            if ending != .met { throw ending.status }
        }
    }

    private func wait(forSets names: [String]) async throws {
        guard all.isEmpty, input.paths.isEmpty else { throw ValidationError("Sets are waited for alone.") }
        guard !names.isEmpty else { throw ValidationError("Which set? `reeve get sets` lists them.") }
        let areConditions = (goals + failOn).allSatisfy { if case .condition = $0 { true } else { false } }
        guard areConditions else { throw ValidationError("Of sets only conditions can be waited for.") }
        try await global.withStore { store in
            try await SetWait(names: names, goals: goals, failures: failOn, store: store)
                .run(for: timeout, global.terminal)
        }
    }

    /// What is to be gone may well be gone already; anything else that matches nothing is most likely mistyped.
    private func endWithNothing(in store: MongoStore) async throws {
        _ = try await store.lanes()
        guard goals != [.deleted] else { return }
        let kinds = all.joined(separator: ", ")
        let selection = input.selector == nil ? "" : " with these labels"
        throw CommandFailure(.differences, "nothing matches: nothing is declared of \(kinds)\(selection)")
    }

    private func manifestKeys() async throws -> [ResourceKey] {
        let loaded = try await input.load()
        guard !loaded.hasErrors else {
            global.terminal.report(loaded.diagnostics)
            throw ExitStatus.invalid
        }
        return loaded.declarations.map(\.key)
    }

    private func declared(_ kind: Kind, in store: any Store) async throws -> [ResourceKey] {
        let selector = input.selector
        let take: @Sendable (inout [ResourceKey], ScanRow) -> Void = { keys, row in
            guard let desired = row.desired, selector?.matches(desired.declaration.labels) ?? true else { return }
            keys.append(row.key)
        }
        let parts = try await store.scan(kind, into: { [] }, row: take)
        return parts.flatMap(\.self)
    }
}
