import Fleet

/// What somebody wants declared in one transaction.
package struct DeclarationRequest: Sendable {
    /// Valid on their own, each key once.
    package var declarations: [Declaration]
    /// Resources that the input declares in documents that are not valid; what depends on them is held.
    package var invalidKeys: Set<ResourceKey>
    /// Whether anything of the input is not valid.
    package var hasErrors: Bool
    /// Whether there were documents, too, of which not even the key is known: what seems to be missing may be in them.
    package var hasUnidentified: Bool
    /// Whether the valid ones are to be written beside invalid ones, instead of nothing.
    package var continues: Bool
    /// Who declares.
    package var manager: String
    /// The set that declares, and owns what it declares; nil: the command line, which owns nothing.
    package var set: String?
    /// Of the git work tree that the input comes from; kept with what is written.
    package var commit: String?
    /// What others declared otherwise, or own, is taken over.
    package var takesOver = false
    /// Documents that nobody declares are taken over.
    package var adopts = false
    /// Left as they stand, whatever the input says: somebody took them back.
    package var pinned: Set<ResourceKey> = []
    /// How what the set owns and the input lacks is deleted; nil: it stays.
    package var pruning: Pruning?

    package init(
        _ declarations: [Declaration], invalidKeys: Set<ResourceKey> = [], hasErrors: Bool = false,
        hasUnidentified: Bool = false, continues: Bool = false, manager: String
    ) {
        self.declarations = declarations
        self.invalidKeys = invalidKeys
        self.hasErrors = hasErrors
        self.hasUnidentified = hasUnidentified
        self.continues = continues
        self.manager = manager
    }
}

/// What becomes of one resource; the words are those of `-o json`.
package enum DeclarationOutcome: String, CaseIterable, Sendable {
    case created, configured, unchanged, deleted
    /// Not written because of something else that is wrong.
    case held
    /// Not written because something is wrong with it.
    case failed
}

package struct DeclarationResult: Hashable, Sendable {
    package var key: ResourceKey
    package var outcome: DeclarationOutcome
    package var diagnostics: [Diagnostic]

    package init(_ key: ResourceKey, _ outcome: DeclarationOutcome, _ diagnostics: [Diagnostic] = []) {
        self.key = key
        self.outcome = outcome
        self.diagnostics = diagnostics
    }
}

/// What a transaction on `desired` is to write, and the state of things that it was decided on.
package protocol DesiredPlan: Sendable {
    /// The revision that the plan was made of; `Store.declare` refuses the writes once it has moved.
    var revision: Int64 { get }
    var writes: [DesiredWrite] { get }
    /// What is said about each resource.
    var results: [DeclarationResult] { get set }
    /// Everything that is wrong, each once.
    var diagnostics: [Diagnostic] { get }
    /// The revision that the last of its transactions took; nil: nothing was written.
    var writtenRevision: Int64? { get set }
}

extension DesiredPlan {
    /// Says also what earlier transactions of the same request wrote, which this plan finds as it should be.
    package mutating func recall(_ written: [ResourceKey: DeclarationResult]) {
        var rest = written
        for position in results.indices {
            guard let result = rest.removeValue(forKey: results[position].key) else { continue }
            if results[position].outcome == .unchanged { results[position] = result }
        }
        results += rest.values.sorted { $0.key.goesBefore($1.key) }
    }
}

/// What one transaction on `desired` is to write, and what is said about each resource of the request.
package struct DeclarationPlan: DesiredPlan {
    package var revision: Int64
    package var writes: [DesiredWrite] = []
    /// In the order of the request; then what goes.
    package var results: [DeclarationResult] = []
    package var diagnostics: [Diagnostic] = []
    package var pruning = PruneOutcome()
    package var writtenRevision: Int64?

    package init(revision: Int64) { self.revision = revision }
}

/// The rules across documents, and those of ownership, by the stable names that diagnostics show in brackets.
package enum DeclarationRule: String, CaseIterable, Sendable {
    // Somebody or something else has the resource: not the manifest is wrong, but the moment or the place.
    case beingDeleted = "being-deleted"
    case ownedBySet = "owned-by-set"
    /// The command line or a pool's provider declared it, and not just so.
    case declaredOtherwise = "declared-otherwise"
    case undeclaredDocument = "undeclared-document"
    /// A warning: another owner or manager declared it before, and from now on this one does.
    case takenOver = "taken-over"

    /// What a saved plan was made of is not as it was.
    case planStale = "plan-stale"

    // References.
    case poolNotFound = "pool-not-found"
    case poolDeleting = "pool-deleting"
    case policyNotFound = "policy-not-found"
    case policyDeleting = "policy-deleting"
    case dependencyNotFound = "dependency-not-found"
    case dependencyDeleting = "dependency-deleting"
    case dependencyCycle = "dependency-cycle"

    // Pools and what is in them.
    case poolFull = "pool-full"
    case poolTooSmall = "pool-too-small"
    case nameTaken = "name-taken"
    case nameCycle = "name-cycle"
    case limitExceedsPool = "limit-exceeds-pool"
    case policyExceedsPool = "policy-exceeds-pool"

    /// Whether breaking it is a conflict (exit 4) rather than invalid input (exit 3).
    package var isConflict: Bool {
        switch self {
        case .beingDeleted, .ownedBySet, .declaredOtherwise, .undeclaredDocument, .planStale: true
        default: false
        }
    }
}
