import ArgumentParser
import Fleet
import Manifests
import Planning

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check manifests, offline.",
        discussion: """
            Finds everything that can be found without a database: each manifest by itself, and what they say about \
            each other. `plan` also checks them against the fleet.

            Examples:
              reeve validate -f fleet/ --recursive
              reeve validate -f - -o json < pool.yaml

            Exit codes: 0 all are valid, 3 something is not.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let loaded = try await input.load()
        var request = loaded.request(continues: false)
        // What these manifests name and do not declare may well be declared already.
        request.hasUnidentified = true
        let plan = DeclarationPlanner.plan(
            request, in: DeclaringView(revision: 0), now: Timestamp(milliseconds: 0))
        let diagnostics = loaded.diagnostics + plan.diagnostics
        if terminal.isStructured {
            terminal.value(.members([("diagnostics", .list(diagnostics.map(\.value)))]))
        } else {
            terminal.report(diagnostics)
            let valid = loaded.declarations.filter { declaration in
                !plan.results.contains { $0.key == declaration.key && $0.outcome == .failed }
            }
            if terminal.format == .name {
                for declaration in valid { terminal.line(declaration.key.listed) }
            } else if diagnostics.refusal == nil {
                terminal.line(valid.count == 1 ? "1 manifest is valid" : "\(valid.count) manifests are valid")
            }
        }
        if diagnostics.refusal != nil { throw ExitStatus.invalid }
    }
}
