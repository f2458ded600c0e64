import Fleet

extension DeclarationRound {
    private struct Place: Hashable {
        /// `""` is the space of the nodes without a pool.
        var pool: String
        var name: String

        init(_ declaration: Declaration) {
            pool = declaration.poolID ?? ""
            name = declaration.name
        }

        init(_ pool: String, _ name: String) {
            self.pool = pool
            self.name = name
        }

        /// How messages call the space.
        var space: String { pool.isEmpty ? "among the nodes without a pool" : "in NodePool/\(pool)" }
    }

    /// A node's name is unique in its pool once everything is done; on the way there, a node whose new name is taken
    /// waits until the holder has left, which a circle of such nodes never does.
    mutating func checkNames() {
        let claimants = cases.filter { each in
            each.declaration.key.kind == .node && each.change != .none
                && each.current.map { Place($0.declaration) } != Place(each.declaration)
        }
        guard !claimants.isEmpty else { return }
        let holders = holdersAfter(of: Set(claimants.map { $0.declaration.poolID ?? "" }))
        checkUnique(claimants, holders)
        checkNameCycles(claimants)
    }

    /// Who has which name without claiming it anew.
    private func holdersAfter(of pools: Set<String>) -> [Place: (id: String, isDeclared: Bool)] {
        var holders: [Place: (id: String, isDeclared: Bool)] = [:]
        for pool in pools {
            for member in view.undeclared[pool] ?? [] where active[ResourceKey(.node, member.id)] == nil {
                holders[Place(pool, member.name)] = (member.id, false)
            }
            for member in view.members[pool] ?? [] {
                let place = Place(pool, member.name)
                if let each = active[ResourceKey(.node, member.id)], Place(each.declaration) != place { continue }
                holders[place] = (member.id, true)
            }
        }
        return holders
    }

    private mutating func checkUnique(
        _ claimants: [DeclarationCase], _ holders: [Place: (id: String, isDeclared: Bool)]
    ) {
        var claimed: [Place: ResourceKey] = [:]
        for each in claimants {
            let declaration = each.declaration
            let place = Place(declaration)
            let name = "`\(declaration.name)` is the name of"
            if let holder = holders[place] {
                let stranger = holder.isDeclared ? "" : ", which no manifest declares"
                findings.add(
                    .nameTaken, declaration, path: "metadata.name",
                    "\(name) Node/\(holder.id) \(place.space)\(stranger)")
            } else if let other = claimed[place] {
                findings.add(
                    .nameTaken, declaration, path: "metadata.name",
                    "\(name) \(other) \(place.space), too, in this input")
            } else {
                claimed[place] = declaration.key
            }
        }
    }

    private mutating func checkNameCycles(_ claimants: [DeclarationCase]) {
        var occupants: [Place: ResourceKey] = [:]
        for each in claimants {
            if let current = each.current { occupants[Place(current.declaration)] = current.key }
        }
        guard !occupants.isEmpty else { return }
        // Each claimant waits for at most one other: walk the chains, each key once.
        var finished: Set<ResourceKey> = []
        for each in claimants where !finished.contains(each.declaration.key) {
            var chain: [Declaration] = []
            var position: [ResourceKey: Int] = [:]
            var next: Declaration? = each.declaration
            while let claimant = next, !finished.contains(claimant.key) {
                if let start = position[claimant.key] {
                    report(cycle: Array(chain[start...]))
                    break
                }
                position[claimant.key] = chain.count
                chain.append(claimant)
                next = occupants[Place(claimant)].flatMap { active[$0]?.declaration }
            }
            finished.formUnion(chain.map(\.key))
        }
    }

    private mutating func report(cycle: [Declaration]) {
        guard cycle.count > 1, let first = cycle.first else { return }
        let nodes = cycle.map(\.key.description).joined(separator: ", ")
        findings.add(
            .nameCycle, first, path: "metadata.name",
            "each of these waits for the name of the next, in a circle: \(nodes); give one of them another name first",
            others: Array(cycle.dropFirst()))
    }
}
