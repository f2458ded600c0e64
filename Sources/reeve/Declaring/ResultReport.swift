import Fleet
import Manifests
import Planning

/// What became of each resource, as a line each or as the documented JSON.
struct ResultReport {
    var results: [DeclarationResult]
    /// All of the command's diagnostics.
    var diagnostics: [Diagnostic]
    var isDryRun = false
    /// The words for outcomes that lines show, where they are others.
    var words: [DeclarationOutcome: String] = [:]

    /// Behind what is deleted with `lifecycle.on_delete: orphan`.
    static let documentStays = " (its document stays, undeclared)"

    func print(to terminal: Terminal, listingFailures: Bool = true) {
        if terminal.isStructured {
            terminal.value(value)
            return
        }
        terminal.report(diagnostics)
        var text = ""
        for result in results where listingFailures || ![.held, .failed].contains(result.outcome) {
            text += line(result, terminal) + "\n"
        }
        if !text.isEmpty { Terminal.standardOutput(text) }
    }

    private func line(_ result: DeclarationResult, _ terminal: Terminal) -> String {
        if terminal.format == .name { return result.key.listed }
        let style: Terminal.Style? =
            switch result.outcome {
            case .created, .configured: .green
            case .deleted, .held: .yellow
            case .failed: .red
            case .unchanged: nil
            }
        let word = terminal.styled(words[result.outcome] ?? result.outcome.rawValue, style)
        let stays = result.diagnostics.contains { $0.rule == DeletionRule.documentStays.rawValue }
        return "\(result.key.listed) \(word)" + (stays ? Self.documentStays : "") + (isDryRun ? " (dry run)" : "")
    }

    /// `{"results":[{"kind","id","result","diagnostics"}],"summary":{…},"diagnostics":[…]}`
    var value: FieldValue {
        let results = results.map { result -> FieldValue in
            .members([
                ("kind", .string(result.key.kind.rawValue)), ("id", .string(result.key.id)),
                ("result", .string(result.outcome.rawValue)),
                ("diagnostics", .list(result.diagnostics.map(\.value))),
            ])
        }
        let summary = DeclarationOutcome.allCases.map { outcome -> (String, FieldValue?) in
            (outcome.rawValue, .int(Int64(self.results.count { $0.outcome == outcome })))
        }
        return .members([
            ("results", .list(results)), ("summary", .members(summary)),
            ("diagnostics", .list(diagnostics.map(\.value))), ("dry_run", isDryRun ? .bool(true) : nil),
        ])
    }
}

extension [Diagnostic] {
    /// With only conflicts 4, with anything else wrong 3; nil when nothing is.
    var refusal: ExitStatus? {
        let errors = filter { $0.severity == .error }
        guard !errors.isEmpty else { return nil }
        let areConflicts = errors.allSatisfy { error in
            DeclarationRule(rawValue: error.rule)?.isConflict ?? false || DeletionRule(rawValue: error.rule) != nil
                || error.rule == PruneBlock.rule
        }
        return areConflicts ? .conflict : .invalid
    }
}

extension LoadedManifests {
    /// The resources that could not be read, as results.
    var failures: [DeclarationResult] { invalidKeys.sorted().map { DeclarationResult($0, .failed) } }

    func request(continues: Bool) -> DeclarationRequest {
        DeclarationRequest(
            declarations, invalidKeys: invalidKeys, hasErrors: hasErrors, hasUnidentified: unidentified > 0,
            continues: continues, manager: "cli/\(Person.name)")
    }
}
