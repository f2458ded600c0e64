import Fleet

/// Something in the way of a deletion.
struct DeletionObstacle {
    let rule: DeletionRule
    let message: String

    func diagnostic(_ key: ResourceKey, _ context: String = "") -> Diagnostic {
        Diagnostic(.error, "\(key): \(context.isEmpty ? "" : "it \(context)")\(message)", rule: rule.rawValue)
    }
}

/// What keeps a resource from going: the same for a deletion by name and for what left a directory.
enum DeletionObstacles {
    /// - Parameters:
    ///   - users: what stays and names it: a pool's nodes, a policy's pools.
    ///   - strangers: nodes in the pool that no manifest declares.
    ///   - waiting: what stays and waits for it.
    ///   - cascades: whether a pool's nodes can be taken along on request.
    static func of(
        _ current: Desired, users: [ResourceKey], strangers: [ResourceKey], waiting: [ResourceKey] = [],
        cascades: Bool = false
    ) -> [DeletionObstacle] {
        var obstacles: [DeletionObstacle] = []
        switch current.key.kind {
        case .node: break
        case .scalingPolicy where !users.isEmpty:
            obstacles.append(
                DeletionObstacle(
                    rule: .policyInUse, message: "\(list(users)) \(users.count == 1 ? "names" : "name") it"))
        case .nodePool where current.declaration.lifecycle.onDelete != .orphan:
            // A pool whose document goes must be empty before. (An orphaned pool's document stays, and so may its nodes.)
            obstacles += occupants(users, strangers, cascades: cascades)
        case .scalingPolicy, .nodePool: break
        }
        if !waiting.isEmpty {
            obstacles.append(
                DeletionObstacle(
                    rule: .dependedOn,
                    message: "\(list(waiting.sorted())) \(waiting.count == 1 ? "depends" : "depend") on it"))
        }
        return obstacles
    }

    /// What is worth saying of one that goes.
    static func remarks(on current: Desired) -> [Diagnostic] {
        guard current.key.kind.collection != nil, current.declaration.lifecycle.onDelete == .orphan else { return [] }
        return [
            Diagnostic(
                .warning, "\(current.key): its document stays, undeclared", rule: DeletionRule.documentStays.rawValue)
        ]
    }

    private static func occupants(
        _ nodes: [ResourceKey], _ strangers: [ResourceKey], cascades: Bool
    ) -> [DeletionObstacle] {
        var obstacles: [DeletionObstacle] = []
        if !nodes.isEmpty {
            let hint = cascades ? "; --cascade deletes \(nodes.count == 1 ? "it" : "them"), too" : ""
            obstacles.append(
                DeletionObstacle(
                    rule: .poolNotEmpty, message: "\(list(nodes.sorted())) would have to go first\(hint)"))
        }
        if !strangers.isEmpty {
            obstacles.append(
                DeletionObstacle(
                    rule: .poolHoldsUndeclared,
                    message:
                        "it holds \(list(strangers.sorted())), declared by no manifest, and Reeve never deletes such "
                        + (strangers.count == 1 ? "a node" : "nodes")))
        }
        return obstacles
    }

    /// The first few by name, the rest counted.
    private static func list(_ keys: [ResourceKey]) -> String {
        let named = keys.prefix(3).map(\.description).joined(separator: ", ")
        return keys.count > 3 ? "\(named) and \(keys.count - 3) more" : named
    }
}
