import Fleet

extension Desired {
    /// Who declares what a set's directory holds.
    package static func syncManager(of set: String) -> String { "sync/\(set)" }
}

/// What of a set the input does not declare (any more).
struct PruneCandidates {
    /// All that the set owns.
    private(set) var owned: [Desired] = []
    /// Of these, what is marked for deletion and not gone yet.
    private(set) var leaving: [Desired] = []
    /// Those that may go, in the order in which they do: nodes, pools, policies.
    private(set) var prunable: [Desired] = []
    /// Those that stay although they are not declared.
    private(set) var kept: [ResourceKey] = []
    private let declared: [Declaration]

    init(_ request: DeclarationRequest, _ view: DeclaringView) {
        declared = request.declarations
        guard let set = request.set, request.pruning != nil else { return }
        owned = view.desired.values.filter { $0.set == set }
        leaving = owned.filter { $0.deletion != nil }
        let known = Set(declared.map(\.key)).union(request.invalidKeys).union(request.pinned)
        let manager = Desired.syncManager(of: set)
        for desired in owned where desired.deletion == nil && !known.contains(desired.key) {
            // What was adopted into the set was never in its directory, so it did not leave it either.
            if desired.declaration.lifecycle.prune, desired.manager == manager {
                prunable.append(desired)
            } else {
                kept.append(desired.key)
            }
        }
        prunable.sort { $0.key.goesBefore($1.key) }
        kept.sort { $0.goesBefore($1) }
    }

    /// Pairs of what is gone and what is new that are told by their spec alone: nothing else of the set or of the input
    /// has it.
    func renames(among created: [Declaration]) -> [Rename] {
        guard !prunable.isEmpty, !created.isEmpty else { return [] }
        let new = Dictionary(grouping: created, by: \.spec)
        let old = Dictionary(grouping: prunable, by: \.spec)
        var suspected: [Spec: Rename] = [:]
        for (spec, desired) in old {
            guard desired.count == 1, let only = desired.first, let others = new[spec], others.count == 1,
                let other = others.first
            else { continue }
            suspected[spec] = Rename(from: only.key, to: other.key)
        }
        for desired in owned where suspected[desired.spec].map({ $0.old != desired.key }) ?? false {
            suspected[desired.spec] = nil
        }
        for declaration in declared where suspected[declaration.spec].map({ $0.new != declaration.key }) ?? false {
            suspected[declaration.spec] = nil
        }
        return suspected.values.sorted { $0.old.goesBefore($1.old) }
    }
}

extension ResourceKey {
    /// The order of deletions: what refers goes before what is referred to.
    func goesBefore(_ other: ResourceKey) -> Bool { kind == other.kind ? id < other.id : kind > other.kind }
}
