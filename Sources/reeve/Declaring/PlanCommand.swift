import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Manifests
import Planning

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what applying manifests would change, and why.",
        discussion: """
            The same planner decides as for `apply` and the daemon. Shown are changes of declarations, and drift that \
            the daemon would put back; drift that stays is only counted.
            """)

    @OptionGroup var input: InputOptions

    @Flag(help: "Exit 1 when there are changes.")
    var detailedExitcode = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = global.terminal
        let loaded = try input.load()
        try await global.withStore { store in
            let plan = try await Declarer(store).declare(loaded.request(continues: true), dryRun: true)
            let diagnostics = loaded.diagnostics + plan.diagnostics
            let view = try await store.read(plan.results.map(\.key))
            let list = PreviewList(plan, view, now: try await store.serverTime())
            if terminal.isStructured {
                terminal.value(PlanCommand.value(list, diagnostics))
            } else {
                terminal.report(diagnostics)
                PlanCommand.show(list, terminal)
            }
            if let refusal = diagnostics.refusal { throw refusal }
            if detailedExitcode, !list.previews.isEmpty { throw ExitStatus.differences }
        }
    }

    private static func show(_ list: PreviewList, _ terminal: Terminal) {
        if terminal.format == .name {
            for preview in list.previews { terminal.line(preview.key.listed) }
            return
        }
        var text = ""
        for preview in list.previews { text += lines(preview, terminal) + "\n" }
        if list.previews.isEmpty {
            text += "No changes.\n"
        } else {
            let counts = [(Preview.Action.create, "create"), (.change, "change"), (.delete, "delete")]
                .map { "\(list.count($0)) to \($1)" }
            text += "Plan: \(counts.joined(separator: ", ")).\n"
        }
        if list.pending > 0 {
            text += "\(list.pending) declared already, and not reconciled yet.\n"
        }
        if list.toleratedDrift > 0 {
            let fields = list.toleratedDrift == 1 ? "1 field differs" : "\(list.toleratedDrift) fields differ"
            text += "\(fields) from what is declared and stays so (lifecycle.drift).\n"
        }
        Terminal.standardOutput(text)
    }

    private static func lines(_ preview: Preview, _ terminal: Terminal) -> String {
        let (sign, style): (String, Terminal.Style) =
            switch preview.action {
            case .create: ("+", .green)
            case .change: ("~", .yellow)
            case .delete: ("-", .red)
            }
        var text = terminal.styled("\(sign) \(preview.key)", style) + "  # \(preview.reason.printable)\n"
        let width = preview.fields.map(\.path.count).max() ?? 0
        for field in preview.fields {
            let path = field.path + String(repeating: " ", count: width - field.path.count)
            let values =
                switch (field.old, field.new) {
                case (nil, let new?): new.description
                case (let old?, nil): "\(old) → (unset)"
                case (let old?, let new?): "\(old) → \(new)"
                case (nil, nil): ""
                }
            text += "    \(path)  \(values.printable)\n"
        }
        return text
    }

    /// `{"changes":[{"kind","id","action","reason","fields":[{"path","old","new"}]}],"summary":{…},"diagnostics":[…]}`
    private static func value(_ list: PreviewList, _ diagnostics: [Diagnostic]) -> FieldValue {
        let summary: [(String, FieldValue?)] = [
            ("create", .int(Int64(list.count(.create)))), ("change", .int(Int64(list.count(.change)))),
            ("delete", .int(Int64(list.count(.delete)))), ("tolerated_drift", .int(Int64(list.toleratedDrift))),
            ("pending", .int(Int64(list.pending))),
        ]
        return .members([
            ("changes", .list(list.previews.map(\.value))), ("summary", .members(summary)),
            ("diagnostics", .list(diagnostics.map(\.value))),
        ])
    }
}
