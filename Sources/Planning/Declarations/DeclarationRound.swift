import Fleet

/// The rules across documents, checked on the fleet as it would be after the given declarations.
///
/// Only what changes is judged: a fleet that came to break a rule by other hands can be declared again as it is.
struct DeclarationRound {
    let cases: [DeclarationCase]
    let view: DeclaringView
    let mayBeUnidentified: Bool
    let active: [ResourceKey: DeclarationCase]
    var findings = Findings()

    init(_ cases: [DeclarationCase], _ view: DeclaringView, mayBeUnidentified: Bool) {
        self.cases = cases
        self.view = view
        self.mayBeUnidentified = mayBeUnidentified
        active = Dictionary(uniqueKeysWithValues: cases.map { ($0.declaration.key, $0) })
    }

    var changing: [DeclarationCase] { cases.filter { $0.change != .none } }

    mutating func check() {
        let changing = changing
        guard !changing.isEmpty else { return }
        checkReferences(changing)
        checkDependencyCycles(changing)
        checkCapacity()
        checkNames()
        checkNodeLimits(changing)
        checkPolicies(changing)
    }

    /// How a resource stands after the change.
    enum Standing {
        case declared(Declaration)
        case deleting
        case undeclared(Observed)
        case missing
    }

    func standing(_ key: ResourceKey) -> Standing {
        if let each = active[key] { return .declared(each.declaration) }
        if let desired = view.desired[key] {
            return desired.deletion == nil ? .declared(desired.declaration) : .deleting
        }
        if key.kind == .nodePool, let observed = view.observedPools[key.id] { return .undeclared(observed) }
        return .missing
    }

    /// What a pool's document says, or will say.
    func poolSpec(_ id: String) -> Spec? {
        switch standing(ResourceKey(.nodePool, id)) {
        case .declared(let declaration): declaration.spec
        case .undeclared(let observed): observed.leaves
        case .deleting, .missing: nil
        }
    }

    private mutating func checkReferences(_ changing: [DeclarationCase]) {
        for each in changing {
            let declaration = each.declaration
            if let pool = declaration.poolID {
                check(
                    declaration, "spec.pool_id", ResourceKey(.nodePool, pool), missing: .poolNotFound,
                    deleting: .poolDeleting)
            }
            if let policy = declaration.policyKey {
                check(
                    declaration, "spec.scaling_policy_ref", policy, missing: .policyNotFound, deleting: .policyDeleting)
            }
            for (position, target) in declaration.lifecycle.dependsOn.enumerated() {
                check(
                    declaration, "lifecycle.depends_on[\(position)]", target, missing: .dependencyNotFound,
                    deleting: .dependencyDeleting)
            }
        }
    }

    private mutating func check(
        _ declaration: Declaration, _ path: String, _ target: ResourceKey, missing: DeclarationRule,
        deleting: DeclarationRule
    ) {
        switch standing(target) {
        case .declared: break
        // A pool that another service registered can hold declared nodes; nothing can wait for what has no status.
        case .undeclared where missing == .poolNotFound: break
        case .deleting: findings.add(deleting, declaration, path: path, "\(target) is being deleted")
        case .missing where mayBeUnidentified: findings.hold(declaration)
        case .missing, .undeclared:
            findings.add(missing, declaration, path: path, "there is no \(target), neither declared nor in this input")
        }
    }
}
