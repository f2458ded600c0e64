import Fleet

/// Tells what of a reversion can be written now, what only waits for what is being deleted, and what stands in the way.
///
/// What goes keeps its place in a pool, and its name, until it is gone for good. Who needs these has to wait; only what
/// is wrong even then is refused, or a snapshot that swapped the nodes of a full pool could never be taken back.
struct ReversionRound {
    private let cases: [DeclarationCase]
    private let absent: [ResourceKey]
    private let view: DeclaringView
    /// What will be wrong, whatever goes.
    private(set) var findings = Findings()
    /// Why these can't be written yet.
    private(set) var waiting: [ResourceKey: [Diagnostic]] = [:]
    /// The nodes that hold places and names until they are gone; in order.
    private(set) var awaited: [ResourceKey] = []

    init(
        _ cases: [DeclarationCase], absent: [ResourceKey], former: [ResourceKey: Desired], _ view: DeclaringView
    ) {
        self.cases = cases
        self.absent = absent
        self.view = view
        let strict = check(cases, in: view)
        guard !strict.isEmpty else {
            findings = obstacles(former, Findings())
            return
        }
        let going = goingNodes
        findings = obstacles(former, check(cases, in: view.without(going)))
        guard findings.isEmpty else { return }
        awaited = going.sorted()
        wait()
    }

    /// Whether somebody has no room or no name because of another, of whom it is to be known whether that goes.
    static func hasRivals(_ cases: [DeclarationCase], in view: DeclaringView) -> Bool {
        let rules = [DeclarationRule.poolFull, .poolTooSmall, .nameTaken].map(\.rawValue)
        var round = DeclarationRound(cases, view, mayBeUnidentified: false)
        round.check()
        return round.findings.diagnostics.contains { rules.contains($0.rule) }
    }

    private func check(_ cases: [DeclarationCase], in view: DeclaringView) -> Findings {
        var round = DeclarationRound(cases, view, mayBeUnidentified: false)
        round.check()
        return round.findings
    }

    /// Those that this takes away, and others that are going already.
    private var goingNodes: Set<ResourceKey> {
        let stay = Set(cases.map(\.declaration.key))
        let marked = view.members.values.joined().map { ResourceKey(.node, $0.id) }.filter {
            view.desired[$0]?.deletion != nil && !stay.contains($0)
        }
        return Set(marked).union(absent.filter { $0.kind == .node && view.desired[$0] != nil })
    }

    /// Takes out what has no room yet, and checks the rest again, which may have counted on that.
    private mutating func wait() {
        var active = cases
        while true {
            let found = check(active, in: view)
            guard !found.failed.isEmpty else { break }
            waiting.merge(found.failed) { first, _ in first }
            active.removeAll { waiting[$0.declaration.key] != nil }
        }
        keepWhatIsInUse(usage(written: active))
    }

    /// What goes is empty, or unused, only when those who wait have left it; and so for what it uses itself.
    private mutating func keepWhatIsInUse(_ usage: DeletionUsage) {
        var going = Set(absent)
        var stays = true
        while stays {
            stays = false
            for key in absent where waiting[key] == nil {
                guard let current = view.desired[key], current.deletion == nil else { continue }
                let obstacles = usage.obstacles(to: current, going: going)
                guard !obstacles.isEmpty else { continue }
                waiting[key] = obstacles.map { $0.diagnostic(key) }
                going.remove(key)
                stays = true
            }
        }
    }

    private func usage(written: [DeclarationCase]) -> DeletionUsage {
        DeletionUsage(
            of: Set(absent), declared: cases.map(\.declaration), written: Set(written.map(\.declaration.key)), view)
    }

    // MARK: What no deletion mends

    private func obstacles(_ former: [ResourceKey: Desired], _ found: Findings) -> Findings {
        var findings = found
        for each in cases {
            let key = each.declaration.key
            if each.current?.deletion != nil {
                findings.add(.beingDeleted, each.declaration, "it is being deleted: take it back when it is gone")
            } else if each.current == nil, view.documents.contains(key), key.kind.collection != nil,
                former[key]?.declaration.lifecycle.onDelete != .orphan
            {
                findings.add(
                    .undeclaredDocument, each.declaration,
                    "a document of this id stands that no manifest declares, and Reeve never changes such a document")
            }
        }
        let usage = usage(written: cases)
        for key in absent {
            guard let current = view.desired[key], current.deletion == nil else { continue }
            for obstacle in usage.obstacles(to: current, going: Set(absent)) {
                findings.add(obstacle.diagnostic(key), to: key)
            }
        }
        return findings
    }
}

extension DeclaringView {
    /// When these nodes are gone.
    fileprivate func without(_ nodes: Set<ResourceKey>) -> DeclaringView {
        var view = self
        for (pool, members) in members {
            view.members[pool] = members.filter { !nodes.contains(ResourceKey(.node, $0.id)) }
        }
        return view
    }
}
