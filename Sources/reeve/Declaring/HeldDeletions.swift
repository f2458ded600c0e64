import Fleet
import Planning

extension PruneBlock {
    static let rule = "deletions-held"

    /// What a command says of deletions that it does not do.
    var diagnostic: Diagnostic {
        let named = objects.prefix(5).map(\.key.description).joined(separator: ", ")
        let list = objects.count > 5 ? "\(named) and \(objects.count - 5) more" : named
        let way =
            switch reason {
            case .overBudget: "; --prune-limit and --prune-percent allow more"
            case .incomplete, .emptyDirectory, .renamed: ""
            }
        return Diagnostic(.error, "\(list) would be deleted: \(message)\(way)", rule: Self.rule)
    }
}

extension DeclarationPlan {
    /// What is wrong, held deletions among it.
    var allDiagnostics: [Diagnostic] { diagnostics + (pruning.blocked.map { [$0.diagnostic] } ?? []) }
}
