import Fleet

/// Decides what an apply writes: the same for `plan`, `diff`, `apply --dry-run` and `apply`.
package enum DeclarationPlanner {
    /// The writes for a request, and everything that is wrong with it.
    ///
    /// Idempotent: planned again after it was written, nothing is left to write. With anything wrong nothing is
    /// written, unless the request continues; then what is wrong, and what depends on it, is left out. What is declared
    /// already as it is stays unchanged, whatever is wrong around it. `view` must cover the request's `DeclarationScope`.
    package static func plan(_ request: DeclarationRequest, in view: DeclaringView, now: Timestamp) -> DeclarationPlan {
        var sorting = Sorting(request, view)
        sorting.run()
        var plan = DeclarationPlan(revision: view.revision)
        plan.diagnostics = sorting.diagnostics
        plan.diagnostics += takeovers(sorting.cases, request)
        let writesNothing = !request.continues && sorting.hasRefusals
        plan.results.reserveCapacity(sorting.cases.count)
        for each in sorting.cases {
            let key = each.declaration.key
            if let diagnostics = sorting.failed[key] {
                plan.results.append(DeclarationResult(key, .failed, diagnostics))
            } else if each.change == .none {
                plan.results.append(DeclarationResult(key, .unchanged))
            } else if writesNothing || sorting.held.contains(key) {
                plan.results.append(DeclarationResult(key, .held))
            } else {
                plan.writes.append(each.write(manager: request.manager, now: now))
                plan.results.append(DeclarationResult(key, each.current == nil ? .created : .configured))
            }
        }
        return plan
    }

    /// A warning for each manager whose declarations this request changes, by the first of them.
    private static func takeovers(_ cases: [DeclarationCase], _ request: DeclarationRequest) -> [Diagnostic] {
        var taken: [String: [Declaration]] = [:]
        for each in cases where each.change != .none {
            guard let current = each.current, current.set == nil, current.manager != request.manager else { continue }
            taken[current.manager, default: []].append(each.declaration)
        }
        return taken.sorted { $0.key < $1.key }.compactMap { manager, declarations in
            guard let first = declarations.first else { return nil }
            let others = declarations.count - 1
            let subject = others == 0 ? "\(first.key) was" : "\(first.key) and \(others) more were"
            return Diagnostic(
                .warning, at: first.source, "\(subject) declared by \(manager) before",
                rule: DeclarationRule.takenOver.rawValue)
        }
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

    let declaration: Declaration
    let current: Desired?
    let change: Change

    init(_ declaration: Declaration, _ current: Desired?) {
        self.declaration = declaration
        self.current = current
        guard let before = current?.declaration else {
            change = .new
            return
        }
        if before.spec != declaration.spec || before.name != declaration.name
            || before.lifecycle != declaration.lifecycle
        {
            change = .generation
        } else {
            change = before.labels == declaration.labels ? .none : .metadata
        }
    }

    func write(manager: String, now: Timestamp) -> DesiredWrite {
        guard let current else {
            return .insert(
                Desired(
                    declaration, revision: 0, firstRevision: 0, manager: manager, createdAt: now, updatedAt: now))
        }
        var next = current
        next.declaration = declaration
        next.manager = manager
        next.updatedAt = now
        if change == .generation {
            next.generation += 1
            next.released = released(from: current, at: next.generation)
        }
        return .replace(next, previous: current)
    }

    /// What stays released, and what this generation stops stating, in the table's order.
    private func released(from current: Desired, at generation: Int64) -> [Release] {
        let table = declaration.key.kind.table
        let stated = Set(declaration.spec.leaves.map(\.index))
        var releases = current.released.filter { release in
            table.leaf(release.path).map { !stated.contains($0.index) } ?? true
        }
        let known = Set(releases.map(\.path))
        for leaf in current.spec.leaves where !stated.contains(leaf.index) {
            let path = table.leaves[leaf.index].path
            if !known.contains(path) { releases.append(Release(path: path, generation: generation)) }
        }
        return releases
    }
}
