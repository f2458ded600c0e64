import Fleet

/// How a resource is to stand again.
package enum Reversion: Hashable, Sendable {
    /// As it was declared once.
    case declared(Desired)
    /// Not declared.
    case absent(ResourceKey)

    package var key: ResourceKey {
        switch self {
        case .declared(let desired): desired.key
        case .absent(let key): key
        }
    }
}

package struct ReversionPlan: DesiredPlan {
    package var revision: Int64
    package var writes: [DesiredWrite] = []
    /// In the order of the targets: `created`, `configured`, `unchanged`, `deleted`, `failed` and, beside a failed one or
    /// while it waits, `held`. Then what goes along: nodes that the providers of pools made which go.
    package var results: [DeclarationResult] = []
    package var diagnostics: [Diagnostic] = []
    /// Targets that can be written when others are gone for good: their results say why not yet.
    package var waiting: [ResourceKey] = []
    /// The nodes that these wait for, and others that go from the same pools.
    package var awaited: [ResourceKey] = []
    package var writtenRevision: Int64?
}

/// Decides how resources come to stand again as they stood.
package enum ReversionPlanner {
    /// What has to be read for these targets.
    package static func scope(of targets: [Reversion]) -> DeclarationScope {
        DeclarationScope(declarations(of: targets), deleting: absences(among: targets))
    }

    /// What has to be read instead, after a first look; nil when everything was.
    package static func widened(
        _ scope: DeclarationScope, by view: DeclaringView, for targets: [Reversion]
    ) -> DeclarationScope? {
        if let wider = scope.widened(by: view, for: declarations(of: targets)) { return wider }
        // Whether those in a pool that goes, or that has no room, are going as well has to be known.
        let reads =
            absences(among: targets).contains { $0.kind == .nodePool }
            || ReversionRound.hasRivals(cases(of: targets, in: view), in: view)
        return reads ? scope.widenedByMembers(of: view) : nil
    }

    /// Writes former declarations as new generations, declares again what is gone and marks what was not there: all of it
    /// or, with anything wrong, nothing. The rules are those of an apply and of a deletion; only what has no room, or no
    /// name, until something that goes is gone waits for a later reversion to the same, which is no obstacle to the rest.
    ///
    /// Policies are written before pools before nodes, then deletions the other way round, so that a part of the writes,
    /// from the first on, is no harm either, and planned again leaves the rest.
    ///
    /// What stands keeps its owner; what is gone goes back to the one that it had. Labels come back as well; what
    /// operators set by hand stays as it is.
    package static func plan(
        _ targets: [Reversion], by manager: String, in view: DeclaringView, now: Timestamp
    ) -> ReversionPlan {
        var plan = ReversionPlan(revision: view.revision)
        let former = Dictionary(
            targets.compactMap { target -> (ResourceKey, Desired)? in
                guard case .declared(let desired) = target else { return nil }
                return (desired.key, desired)
            }
        ) { first, _ in first }
        let cases = cases(of: targets, in: view)
        let round = ReversionRound(cases, absent: absences(among: targets), former: former, view)
        let findings = round.findings
        plan.diagnostics = findings.diagnostics
        plan.awaited = round.awaited
        let changes = Dictionary(cases.map { ($0.declaration.key, $0) }) { first, _ in first }
        var written: [Kind: [DesiredWrite]] = [:]
        var going: [Desired] = []
        for target in targets {
            let key = target.key
            let isChange = changes[key].map { $0.change != .none } ?? (view.desired[key]?.deletion == nil)
            if let diagnostics = findings.failed[key] {
                plan.results.append(DeclarationResult(key, .failed, diagnostics))
            } else if !isChange || (changes[key] == nil && view.desired[key] == nil) {
                plan.results.append(DeclarationResult(key, .unchanged))
            } else if !findings.isEmpty {
                plan.results.append(DeclarationResult(key, .held))
            } else if let reasons = round.waiting[key] {
                plan.waiting.append(key)
                plan.results.append(DeclarationResult(key, .held, reasons))
            } else if let each = changes[key], let former = former[key] {
                written[key.kind, default: []].append(each.revert(to: former, by: manager, now: now))
                plan.results.append(DeclarationResult(key, each.current == nil ? .created : .configured))
            } else if let current = view.desired[key] {
                going.append(current)
                plan.results.append(DeclarationResult(key, .deleted, DeletionObstacles.remarks(on: current)))
            }
        }
        plan.writes = Kind.allCases.flatMap { written[$0] ?? [] }
        let provided = view.provided(with: going).sorted { $0.key.goesBefore($1.key) }
        plan.results += provided.map { DeclarationResult($0.key, .deleted, DeletionObstacles.remarks(on: $0)) }
        going = (going + provided).sorted { $0.key.goesBefore($1.key) }
        plan.writes += going.map { $0.marked(by: manager, at: now) }
        return plan
    }

    private static func declarations(of targets: [Reversion]) -> [Declaration] {
        targets.compactMap { target in
            guard case .declared(let desired) = target else { return nil }
            return desired.declaration
        }
    }

    private static func absences(among targets: [Reversion]) -> [ResourceKey] {
        targets.compactMap { target in
            guard case .absent(let key) = target else { return nil }
            return key
        }
    }

    private static func cases(of targets: [Reversion], in view: DeclaringView) -> [DeclarationCase] {
        // Who asks is no matter for what changes.
        let request = DeclarationRequest(declarations(of: targets), manager: "")
        return request.declarations.map { DeclarationCase($0, view.desired[$0.key], request) }
    }
}

extension DeclarationCase {
    fileprivate func revert(to former: Desired, by manager: String, now: Timestamp) -> DesiredWrite {
        guard let current else {
            // The former one's owner signs for it, or its next pass would take it for somebody else's.
            var new = Desired(
                declaration, revision: 0, firstRevision: 0, manager: former.set == nil ? manager : former.manager,
                createdAt: now, updatedAt: now)
            new.set = former.set
            new.commit = former.commit
            return .insert(new)
        }
        var next = current
        next.declaration = declaration
        next.commit = former.commit
        if current.set == nil { next.manager = manager }
        next.updatedAt = now
        if change == .generation { next.advance(from: current) }
        return .replace(next, previous: current)
    }
}
