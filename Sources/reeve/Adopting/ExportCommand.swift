import ArgumentParser
import Fleet
import FleetStore
import Manifests
import Planning

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print what is declared as manifests that change nothing.",
        discussion: """
            `reeve plan` says "No changes." of what is exported. Left out is what is being deleted, and unless it is \
            named what pools' providers made. What operators set by hand is no part of a manifest: a comment names it. \
            With --undeclared the documents that no manifest declares are exported as they stand, for `reeve adopt`.

            With --to the manifests come into files: policies.yaml, one file for each pool with its nodes, and \
            nodes.yaml for nodes without a pool.

            Examples:
              reeve export > fleet.yaml
              reeve export --to fleet/
              reeve export pool/render-eu nodes -l team=render
              reeve export nodes --undeclared

            Exit codes: 1 something that was named does not exist, 2 a file can't be written, 4 a file stands there \
            already, 6 some documents are no valid manifests.
            """)

    @Argument(help: ArgumentHelp("Kinds and objects (KIND/ID); without any everything.", valueName: "kind or object"))
    var what: [String] = []

    @Option(help: ArgumentHelp("Only what this set owns.", valueName: "name"))
    var set: String?

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: ArgumentHelp("Only what has matching labels, such as team=render,env!=test.", valueName: "labels"))
    var selector: LabelSelector?

    @Flag(help: "The documents that no manifest declares, instead of what is declared.")
    var undeclared = false

    @Option(help: ArgumentHelp("Write files into this directory.", valueName: "directory"), completion: .directory)
    var to: String?

    @Flag(help: "Replace files that stand there already.")
    var force = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if undeclared, set != nil || selector != nil {
            throw ValidationError("What nobody declares is in no set and has no labels.")
        }
        guard to == nil else { return }
        guard !force else { throw ValidationError("--force replaces files; name their directory with --to.") }
        guard global.output == .table || global.output == .yaml else {
            throw ValidationError("Manifests are YAML; `reeve get -o json` prints objects as JSON.")
        }
    }

    func run() async throws {
        let terminal = global.terminal
        let selection = try ExportSelection(
            what, set: set, selector: selector, isUndeclared: undeclared)
        let found = try await global.withStore { try await selection.take(from: $0) }
        for remark in found.remarks { terminal.note(remark) }
        let layout = ExportLayout(found.manifests)
        if let to {
            let paths = try ExportFolder(path: to, overwrites: force).write(layout.files)
            report(layout, paths, found, terminal)
        } else {
            terminal.report(found.diagnostics)
            Terminal.standardOutput(layout.text)
        }
        if !found.diagnostics.isEmpty { throw ExitStatus.incomplete }
    }

    /// `{"files":[{"path","resources"}],"diagnostics":[…]}`
    private func report(_ layout: ExportLayout, _ paths: [String], _ found: ExportFindings, _ terminal: Terminal) {
        let files = zip(paths, layout.files)
        if terminal.isStructured {
            let values = files.map { path, file -> FieldValue in
                .members([("path", .string(path)), ("resources", .int(Int64(file.manifests.count)))])
            }
            terminal.value(
                .members([
                    ("files", .list(values)), ("diagnostics", .list(found.diagnostics.map(\.value))),
                ]))
            return
        }
        terminal.report(found.diagnostics)
        for (path, file) in files {
            let count = file.manifests.count
            terminal.line(
                terminal.format == .name ? path : "\(path) \(count) \(count == 1 ? "resource" : "resources")")
        }
    }
}
