import Fleet

/// Tells what of a request can be written from what can't.
///
/// One round checks every rule on the fleet as it would be. Where the request continues, what fails is taken out and
/// the rest is checked again, because it may have counted on what was taken out (a name or a place that does not become
/// free after all); each round takes something out, so it ends.
struct Sorting {
    let request: DeclarationRequest
    let view: DeclaringView
    private(set) var cases: [DeclarationCase]
    private(set) var failed: [ResourceKey: [Diagnostic]] = [:]
    private(set) var held: Set<ResourceKey> = []
    private(set) var diagnostics: [Diagnostic] = []
    /// What would be created, and left the set under another name.
    private(set) var renames: [ResourceKey: Rename] = [:]
    /// What of the set is not declared any more and may go.
    let candidates: PruneCandidates

    init(_ request: DeclarationRequest, _ view: DeclaringView) {
        self.request = request
        self.view = view
        cases = request.declarations.map { DeclarationCase($0, view.desired[$0.key], request) }
        candidates = PruneCandidates(request, view)
    }

    /// Whether something of the input is not as it should be.
    var hasRefusals: Bool { !diagnostics.isEmpty || request.hasErrors }

    mutating func run() {
        take(ownership())
        let created = cases.filter { $0.change == .new && failed[$0.declaration.key] == nil }.map(\.declaration)
        for rename in candidates.renames(among: created) { renames[rename.new] = rename }
        held.formUnion(renames.keys)
        var isSettled = false
        while !isSettled {
            holdDependents()
            let active = cases.filter {
                failed[$0.declaration.key] == nil && !held.contains($0.declaration.key) && !$0.isAbsent
            }
            var round = DeclarationRound(active, view, mayBeUnidentified: request.hasUnidentified)
            round.check()
            isSettled = round.findings.isEmpty || !request.continues
            take(round.findings)
        }
        holdDependents()
    }

    private mutating func take(_ findings: Findings) {
        failed.merge(findings.failed) { $0 + $1 }
        held.formUnion(findings.held)
        diagnostics += findings.diagnostics
    }

    /// Whose the resources are.
    private func ownership() -> Findings {
        let takeovers = Takeovers(request, view)
        var findings = Findings()
        for each in cases where each.isWritten || each.current?.deletion != nil {
            guard !request.pinned.contains(each.declaration.key), let conflict = takeovers.conflict(each) else {
                continue
            }
            findings.add(conflict.rule, each.declaration, path: conflict.path, conflict.message)
        }
        return findings
    }

    /// Holds what depends on something that is not written, and what depends on that.
    private mutating func holdDependents() {
        let absent = Set(cases.lazy.filter(\.isAbsent).map(\.declaration.key)).union(request.invalidKeys)
        guard !failed.isEmpty || !held.isEmpty || !absent.isEmpty else { return }
        var grows = true
        while grows {
            grows = false
            for each in cases where each.change != .none {
                let key = each.declaration.key
                guard failed[key] == nil, !held.contains(key) else { continue }
                let waits = each.declaration.dependencies.contains {
                    failed[$0] != nil || held.contains($0) || absent.contains($0)
                }
                if waits {
                    held.insert(key)
                    grows = true
                }
            }
        }
    }
}

/// What a check found: who fails and why, and who only waits.
struct Findings {
    private(set) var failed: [ResourceKey: [Diagnostic]] = [:]
    private(set) var held: Set<ResourceKey> = []
    private(set) var diagnostics: [Diagnostic] = []

    var isEmpty: Bool { failed.isEmpty && held.isEmpty }

    mutating func add(
        _ rule: DeclarationRule, _ declaration: Declaration, path: String = "", _ message: String,
        others: [Declaration] = []
    ) {
        let diagnostic = Diagnostic(
            at: declaration.source, path: path, "\(declaration.key): \(message)", rule: rule.rawValue)
        diagnostics.append(diagnostic)
        failed[declaration.key, default: []].append(diagnostic)
        // One message for all that share one cause, each of which fails.
        for other in others { failed[other.key, default: []].append(diagnostic) }
    }

    mutating func add(_ diagnostic: Diagnostic, to key: ResourceKey) {
        diagnostics.append(diagnostic)
        failed[key, default: []].append(diagnostic)
    }

    mutating func hold(_ declaration: Declaration) { held.insert(declaration.key) }
}
