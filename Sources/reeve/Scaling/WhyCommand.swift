import ArgumentParser
import Fleet
import FleetStore

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Explain how many nodes of a pool are in use, and why these.",
        discussion: """
            Decides about the pool on what stands in MongoDB now, by the function that the daemon decides with, and \
            changes nothing: the number with every rule that led to it, the timers, what each node is to the pool and \
            whether it is chosen, and the decisions that the daemon stored. It needs no daemon; where the last stored \
            decision says otherwise, it tells.

            Examples:
              reeve why pool/render-eu
              reeve why pool_render-eu --decisions 20
              reeve why pool/render-eu -o json | jq '.nodes[] | select(.choice == "drained")'

            Exit codes: 1 there is no such pool, 2 it is no pool.
            """)

    @Argument(help: ArgumentHelp("Which pool: pool/ID, or its id.", valueName: "pool"))
    var pool: String

    @Option(help: ArgumentHelp("So many stored decisions, the newest: 0 to 500.", valueName: "number"))
    var decisions = 5

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (0...Int(ScalingRecord.kept)).contains(decisions) else {
            throw ValidationError("--decisions is from 0 to \(ScalingRecord.kept).")
        }
    }

    func run() async throws {
        let key = try pool.contains("/") ? ObjectName.key(pool) : ObjectName.key(.nodePool, pool)
        guard key.kind == .nodePool else { throw ValidationError("\(key) is no pool; only pools are scaled.") }
        let terminal = global.terminal
        try await global.withStore { store in
            let answer = try await PoolAnswer(key, decisions: decisions, in: store)
            guard answer.row.exists else {
                _ = try await store.lanes()
                throw try await NotFound.failure([key], in: store)
            }
            if terminal.isStructured {
                terminal.value(answer.value)
            } else if terminal.format == .name {
                terminal.line(key.listed)
            } else {
                Terminal.standardOutput(PoolAnswerText(answer, terminal).text)
            }
        }
    }
}
