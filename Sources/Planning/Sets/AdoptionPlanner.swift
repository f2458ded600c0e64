import Fleet

/// Who owns a declaration: a set, or the command line.
package enum DeclarationOwner: Hashable, Sendable {
    case commandLine
    case set(String)

    package init(_ desired: Desired) { self = desired.set.map { .set($0) } ?? .commandLine }

    /// The field `set`.
    package var set: String? {
        switch self {
        case .commandLine: nil
        case .set(let name): name
        }
    }
}

/// Resources that are to change hands.
package struct AdoptionRequest: Sendable {
    /// Each once; nil: all that `from` owns.
    package let keys: [ResourceKey]?
    package let from: DeclarationOwner
    package let to: DeclarationOwner
    /// Who moves them, such as `cli/bob`.
    package let manager: String

    package init(_ keys: [ResourceKey], from: DeclarationOwner, to: DeclarationOwner, manager: String) {
        self.keys = keys
        self.from = from
        self.to = to
        self.manager = manager
    }

    package init(allOf set: String, to: DeclarationOwner, manager: String) {
        keys = nil
        from = .set(set)
        self.to = to
        self.manager = manager
    }
}

package struct AdoptionPlan: DesiredPlan {
    package var revision: Int64
    package var writes: [DesiredWrite] = []
    /// `configured`, `unchanged`, `failed` and, beside a failed one, `held`.
    package var results: [DeclarationResult] = []
    package var diagnostics: [Diagnostic] = []
    package var writtenRevision: Int64?
}

package enum AdoptionRule: String, CaseIterable, Sendable {
    case notFound = "not-found"
    /// Another set than was said owns it.
    case ownedBySet = "owned-by-set"
    /// The command line declared it, and a set was said.
    case notInSet = "not-in-set"
    /// A pool's provider made it.
    case provided
    case beingDeleted = "being-deleted"
}

/// Decides what changes hands: the field `set`, and who declared it last; nothing else, so that no generation moves.
package enum AdoptionPlanner {
    /// Moves all, or with anything wrong none. What is the new owner's already is unchanged.
    ///
    /// What was moved into a set is signed by who moved it, so that its directory's passes leave it until they declare it
    /// themselves. `view` must hold the keys, or all of the set that they come from.
    package static func plan(_ request: AdoptionRequest, in view: DeclaringView, now: Timestamp) -> AdoptionPlan {
        var plan = AdoptionPlan(revision: view.revision)
        let keys =
            request.keys
            ?? view.desired.values.filter { DeclarationOwner($0) == request.from && $0.deletion == nil }.map(\.key)
            .sorted()
        let obstacles = keys.map { obstacle(to: $0, request, view) }
        let isRefused = obstacles.contains { $0 != nil }
        for (key, obstacle) in zip(keys, obstacles) {
            if let (rule, message) = obstacle {
                let diagnostic = Diagnostic(.error, "\(key): \(message)", rule: rule.rawValue)
                plan.diagnostics.append(diagnostic)
                plan.results.append(DeclarationResult(key, .failed, [diagnostic]))
            } else if let current = view.desired[key] {
                guard DeclarationOwner(current) != request.to else {
                    plan.results.append(DeclarationResult(key, .unchanged))
                    continue
                }
                plan.results.append(DeclarationResult(key, isRefused ? .held : .configured))
                guard !isRefused else { continue }
                var next = current
                next.set = request.to.set
                next.manager = request.manager
                next.updatedAt = now
                plan.writes.append(.replace(next, previous: current))
            }
        }
        return plan
    }

    private static func obstacle(
        to key: ResourceKey, _ request: AdoptionRequest, _ view: DeclaringView
    ) -> (AdoptionRule, String)? {
        guard let current = view.desired[key] else {
            let stranger = view.documents.contains(key)
            return (
                .notFound, stranger ? "its document stands, but no manifest declares it" : "it is not declared"
            )
        }
        if current.deletion != nil { return (.beingDeleted, "it is being deleted") }
        let owner = DeclarationOwner(current)
        if owner == request.to { return nil }
        if let set = current.set, owner != request.from {
            let place = current.declaration.source.map { " (\($0.file):\($0.line))" } ?? ""
            return (.ownedBySet, "it belongs to the set `\(set)`\(place): `--from-set \(set)` takes it from there")
        }
        if owner != request.from { return (.notInSet, "no set has it: it was declared by \(current.manager)") }
        if current.isProvided {
            return (.provided, "it was made and declared by \(current.manager), which alone deletes it")
        }
        return nil
    }
}
