import Fleet

extension DeclarationRound {
    /// Refuses cycles among what waits for what, pools and policies that are named included.
    mutating func checkDependencyCycles(_ changing: [DeclarationCase]) {
        let anyDeclared =
            cases.contains { !$0.declaration.lifecycle.dependsOn.isEmpty }
            || view.desired.values.contains { !$0.declaration.lifecycle.dependsOn.isEmpty }
        // Naming alone goes one way, from nodes to pools to policies.
        guard anyDeclared else { return }
        var visits = DependencyWalk { [round = self] key in
            guard case .declared(let declaration) = round.standing(key) else { return [] }
            return declaration.dependencies
        }
        for each in changing {
            guard let cycle = visits.cycle(from: each.declaration.key) else { continue }
            let chain = (cycle + cycle.prefix(1)).map(\.description).joined(separator: " → ")
            let changed = cycle.compactMap { active[$0] }.filter { $0.change != .none }.map(\.declaration)
            // The one that was walked from leads into the cycle, but is perhaps not on it.
            let subject = changed.first ?? each.declaration
            findings.add(
                .dependencyCycle, subject, path: "lifecycle.depends_on", "these wait for each other: \(chain)",
                others: changed.filter { $0.key != subject.key })
        }
    }
}

/// A depth-first walk without recursion; every key is left for good once.
private struct DependencyWalk {
    private enum Mark { case open, closed }

    private let targets: (ResourceKey) -> [ResourceKey]
    private var marks: [ResourceKey: Mark] = [:]

    init(targets: @escaping (ResourceKey) -> [ResourceKey]) { self.targets = targets }

    /// The first cycle that is reached from `start` by ways not walked before.
    mutating func cycle(from start: ResourceKey) -> [ResourceKey]? {
        guard marks[start] == nil else { return nil }
        var path: [(key: ResourceKey, rest: ArraySlice<ResourceKey>)] = [(start, targets(start)[...])]
        marks[start] = .open
        var found: [ResourceKey]?
        while let last = path.indices.last {
            guard let next = path[last].rest.popFirst() else {
                marks[path.removeLast().key] = .closed
                continue
            }
            switch marks[next] {
            case nil:
                marks[next] = .open
                path.append((next, targets(next)[...]))
            case .open where found == nil:
                found = path.drop { $0.key != next }.map(\.key)
            case .open, .closed: break
            }
        }
        return found
    }
}
