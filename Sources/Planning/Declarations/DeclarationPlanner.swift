import Fleet

/// Decides what an apply writes: the same for `plan`, `diff`, `apply --dry-run`, `apply` and a directory's sync.
package enum DeclarationPlanner {
    /// The writes for a request, and everything that is wrong with it.
    ///
    /// Idempotent: planned again after it was written, nothing is left to write. With anything wrong nothing is
    /// written, unless the request continues; then what is wrong, and what depends on it, is left out. What is declared
    /// already as it is stays unchanged, whatever is wrong around it. Policies are written before pools before nodes,
    /// then deletions the other way round. `view` must cover the request's `DeclarationScope`.
    package static func plan(_ request: DeclarationRequest, in view: DeclaringView, now: Timestamp) -> DeclarationPlan {
        var sorting = Sorting(request, view)
        sorting.run()
        let prune = PruneRound(sorting)
        var plan = DeclarationPlan(revision: view.revision)
        plan.pruning = prune.outcome
        plan.diagnostics = sorting.diagnostics + prune.diagnostics
        let isRefused = sorting.hasRefusals || !prune.diagnostics.isEmpty || prune.outcome.blocked != nil
        let writesNothing = !request.continues && isRefused
        plan.results.reserveCapacity(sorting.cases.count)
        var written: [Kind: [DesiredWrite]] = [:]
        for each in sorting.cases {
            let key = each.declaration.key
            if let diagnostics = sorting.failed[key] {
                plan.results.append(DeclarationResult(key, .failed, diagnostics))
            } else if sorting.renames[key] != nil {
                plan.results.append(DeclarationResult(key, .held))
            } else if !each.isWritten {
                plan.results.append(DeclarationResult(key, .unchanged))
            } else if writesNothing || sorting.held.contains(key) {
                plan.results.append(DeclarationResult(key, .held))
            } else {
                written[key.kind, default: []].append(each.write(request, now: now))
                plan.results.append(DeclarationResult(key, each.current == nil ? .created : .configured))
            }
        }
        plan.writes = Kind.allCases.flatMap { written[$0] ?? [] }
        plan.diagnostics += Takeovers(request, view).warnings(of: sorting)
        prune.add(to: &plan, writesNothing: writesNothing, now: now)
        return plan
    }
}

/// One declaration beside what stands.
struct DeclarationCase {
    enum Change {
        case none
        /// What generations do not count: labels.
        case metadata
        case generation
        case new
    }

    /// What is to stand; of a pinned resource, what does stand.
    let declaration: Declaration
    let current: Desired?
    /// What becomes of the declaration itself.
    let change: Change
    /// Whose it is becomes another: its set or, in a set, its manager.
    let isClaimed: Bool
    /// Nothing stands under a pinned key, and nothing will.
    let isAbsent: Bool

    init(_ declaration: Declaration, _ current: Desired?, _ request: DeclarationRequest) {
        self.current = current
        if request.pinned.contains(declaration.key) {
            (change, isClaimed) = (.none, false)
            isAbsent = current.map { $0.deletion != nil } ?? true
            self.declaration = current?.declaration ?? declaration
            return
        }
        self.declaration = declaration
        isAbsent = false
        guard let current else {
            (change, isClaimed) = (.new, false)
            return
        }
        let before = current.declaration
        if before.spec != declaration.spec || before.name != declaration.name
            || before.lifecycle != declaration.lifecycle
        {
            change = .generation
        } else {
            change = before.labels == declaration.labels ? .none : .metadata
        }
        // The command line owns nothing: that something stands just so is all that it wants, unless it takes it.
        isClaimed = request.claims(current) && (request.set != nil || request.takesOver || change != .none)
    }

    var isWritten: Bool { change != .none || isClaimed }

    func write(_ request: DeclarationRequest, now: Timestamp) -> DesiredWrite {
        guard let current else {
            var new = Desired(
                declaration, revision: 0, firstRevision: 0, manager: request.manager, createdAt: now, updatedAt: now)
            new.set = request.set
            new.commit = request.commit
            return .insert(new)
        }
        var next = current
        next.declaration = declaration
        next.set = request.set
        next.manager = request.manager
        next.commit = request.commit
        next.updatedAt = now
        if change == .generation { next.advance(from: current) }
        return .replace(next, previous: current)
    }
}

extension DeclarationRequest {
    /// Whether declaring it makes another its owner.
    fileprivate func claims(_ current: Desired) -> Bool {
        current.set != set || (set != nil && current.manager != manager)
    }
}

extension Desired {
    /// Makes this the generation that follows `current`: what stays released, and what this generation stops stating.
    mutating func advance(from current: Desired) {
        generation = current.generation + 1
        let table = key.kind.table
        let stated = Set(spec.leaves.map(\.index))
        var releases = current.released.filter { release in
            table.leaf(release.path).map { !stated.contains($0.index) } ?? true
        }
        let known = Set(releases.map(\.path))
        for leaf in current.spec.leaves where !stated.contains(leaf.index) {
            let path = table.leaves[leaf.index].path
            if !known.contains(path) { releases.append(Release(path: path, generation: generation)) }
        }
        released = releases
    }
}
