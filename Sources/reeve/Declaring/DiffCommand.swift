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
            the values that its document really holds, where they would be put back. Drift that stays \
            (lifecycle.drift) is only counted. REEVE_EXTERNAL_DIFF names a program (and its options) that compares \
            instead; it gets two directories.

            Examples:
              reeve diff -f fleet/
              reeve diff -f fleet/ -l team=render
              reeve diff -R -f fleet/ --prune --set fleet
              REEVE_EXTERNAL_DIFF='diff -ru' reeve diff -f fleet/

            Exit codes: 0 no differences, 1 differences, 3 invalid manifests, 4 a conflict.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var ownership: OwnershipOptions
    @OptionGroup var global: GlobalOptions

    /// One resource as it stands and as it would be.
    struct Pair {
        var key: ResourceKey
        /// Empty when nothing is declared.
        var standing: String
        /// Empty when it would be deleted.
        var declared: String

        func diff(_ terminal: Terminal) -> String {
            UnifiedDiff(from: standing, to: declared)
                .text(oldName: "standing/\(key)", newName: "declared/\(key)", terminal)
        }
    }

    func validate() throws {
        try ownership.check(beside: input)
        guard global.output != .yaml, global.output != .name else {
            throw ValidationError("diff prints a diff, or with -o json one in JSON; there is no -o \(global.output).")
        }
    }

    func run() async throws {
        let terminal = global.terminal
        let loaded = try await input.load(isWhole: ownership.prune)
        let (differing, diagnostics) = try await global.withStore { store in
            let request = ownership.request(loaded, continues: true)
            let pinned = PinnedResources(store)
            var plan = try await Declarer(store).declare(request, dryRun: true, steps: pinned.steps)
            pinned.tell(in: &plan, of: request)
            let diagnostics = loaded.diagnostics + plan.allDiagnostics
            if !terminal.isStructured { terminal.report(diagnostics) }
            if diagnostics.refusal != nil { return ([Pair](), diagnostics) }
            let view = try await store.read(plan.results.map(\.key))
            let list = PreviewList(plan, view, now: try await store.serverTime())
            if let sentence = list.toleratedSentence { terminal.note(sentence) }
            return (
                DiffCommand.pairs(loaded.declarations, view) + DiffCommand.pairs(deleting: plan.pruning.deleted, view),
                diagnostics
            )
        }
        if terminal.isStructured { terminal.value(DiffCommand.value(differing, diagnostics)) }
        if let refusal = diagnostics.refusal { throw refusal }
        guard !differing.isEmpty else { return }
        if !terminal.isStructured { try show(differing, terminal) }
        throw ExitStatus.differences
    }

    private func show(_ differing: [Pair], _ terminal: Terminal) throws {
        if let program = ProcessInfo.processInfo.environment["REEVE_EXTERNAL_DIFF"], !program.isEmpty {
            try ExternalDiff(program).run(differing)
        } else {
            Terminal.standardOutput(differing.map { $0.diff(terminal) }.joined())
        }
    }

    /// `{"differences":[{"kind","id","diff"}],"diagnostics":[…]}`
    static func value(_ differing: [Pair], _ diagnostics: [Diagnostic]) -> FieldValue {
        let plain = Terminal(format: .table, noColor: true, verbose: false)
        let differences = differing.map { pair -> FieldValue in
            .members([
                ("kind", .string(pair.key.kind.rawValue)), ("id", .string(pair.key.id)),
                ("diff", .string(pair.diff(plain))),
            ])
        }
        return .members([
            ("differences", .list(differences)), ("diagnostics", .list(diagnostics.map(\.value))),
        ])
    }

    private static func pairs(deleting keys: [ResourceKey], _ view: FleetView) -> [Pair] {
        keys.compactMap { key in
            view.desired[key].map { Pair(key: key, standing: ManifestWriter.text($0.declaration), declared: "") }
        }
    }

    static func pairs(_ declarations: [Declaration], _ view: FleetView) -> [Pair] {
        declarations.compactMap { declaration in
            let key = declaration.key
            guard let current = view.desired[key]?.declaration else {
                return Pair(key: key, standing: "", declared: ManifestWriter.text(declaration))
            }
            // A changed declaration is written over whatever stands; otherwise drift stays where it is not corrected.
            let stays = declaration.lifecycle.drift != .correct && current.declaresSame(as: declaration)
            let standing = stays ? current : current.asFound(view.observed[key], beside: declaration)
            if standing.declaresSame(as: declaration), standing.labels == declaration.labels { return nil }
            return Pair(
                key: key, standing: ManifestWriter.text(standing), declared: ManifestWriter.text(declaration))
        }
    }
}

extension Declaration {
    /// But for labels, which the daemon does not look at.
    fileprivate func declaresSame(as other: Declaration) -> Bool {
        spec == other.spec && name == other.name && lifecycle == other.lifecycle
    }

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
