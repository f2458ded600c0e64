import ArgumentParser
import Declaring
import Fleet
import FleetStore
import Foundation
import Manifests
import Planning

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compare what stands with what manifests would declare.",
        discussion: """
            Shows each resource that would differ as a unified diff of manifests; what stands is the declaration with \
            the values that its document really holds. Exits 0 without and 1 with differences. REEVE_EXTERNAL_DIFF \
            names a program (and its options) that compares instead; it gets two directories.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var global: GlobalOptions

    /// One resource as it stands and as it would be.
    struct Pair {
        var key: ResourceKey
        /// Empty when nothing is declared.
        var standing: String
        var declared: String
    }

    func run() async throws {
        let terminal = global.terminal
        let loaded = try input.load()
        let differing = try await global.withStore { store in
            let plan = try await Declarer(store).declare(loaded.request(continues: true), dryRun: true)
            let diagnostics = loaded.diagnostics + plan.diagnostics
            terminal.report(diagnostics)
            if let refusal = diagnostics.refusal { throw refusal }
            let view = try await store.read(plan.results.map(\.key))
            return pairs(loaded.declarations, view)
        }
        guard !differing.isEmpty else { return }
        if let program = ProcessInfo.processInfo.environment["REEVE_EXTERNAL_DIFF"], !program.isEmpty {
            try ExternalDiff(program).run(differing)
        } else {
            var text = ""
            for pair in differing {
                text += UnifiedDiff(from: pair.standing, to: pair.declared)
                    .text(oldName: "standing/\(pair.key)", newName: "declared/\(pair.key)", terminal)
            }
            Terminal.standardOutput(text)
        }
        throw ExitStatus.differences
    }

    private func pairs(_ declarations: [Declaration], _ view: FleetView) -> [Pair] {
        declarations.compactMap { declaration in
            let key = declaration.key
            guard let current = view.desired[key]?.declaration else {
                return Pair(key: key, standing: "", declared: ManifestWriter.text(declaration))
            }
            let standing = current.asFound(view.observed[key], beside: declaration)
            if standing.spec == declaration.spec, standing.name == declaration.name,
                standing.labels == declaration.labels, standing.lifecycle == declaration.lifecycle
            {
                return nil
            }
            return Pair(
                key: key, standing: ManifestWriter.text(standing), declared: ManifestWriter.text(declaration))
        }
    }
}

extension Declaration {
    /// The declaration with the values that the document really holds in the fields that it or `new` states. A document
    /// that does not exist yet holds nothing other than what is declared.
    fileprivate func asFound(_ observed: Observed?, beside new: Declaration) -> Declaration {
        guard let observed else { return self }
        var found = self
        if let name = observed.name?.string { found.name = name }
        let table = key.kind.table
        for leaf in Set(spec.leaves.map(\.index)).union(new.spec.leaves.map(\.index)) {
            if table.leaves[leaf].storedPath != nil { found.spec[leaf] = observed.leaves[leaf] }
        }
        return found
    }
}
