import Fleet

extension PoolPlanner {
    /// Brings the pool's status up to what became of its provided nodes, and tells of what happened.
    func settleProvided(_ plan: inout Plan, _ next: inout ResourceStatus) {
        for telling in news.tellings {
            switch telling.severity {
            case .normal: subject.emit(telling.reason, telling.message, into: &plan, &next)
            case .warning: subject.warn(telling.reason, telling.message, into: &plan, &next)
            }
        }
        guard var scaling = next.scaling, !scaling.provided.isEmpty else { return }
        for id in news.declared where scaling.provided[id]?.phase == .asked {
            scaling.provided[id] = ProvidedNode(.made, since: subject.now)
        }
        for id in news.forsaken where scaling.provided[id]?.phase == .made {
            scaling.provided[id] = ProvidedNode(.unwanted, since: subject.now)
        }
        for id in news.gone where scaling.provided[id].map({ $0.phase != .made }) ?? false {
            scaling.provided[id] = nil
            scaling.intents[id] = nil
        }
        // Whom nobody scales nobody waits for: what was asked for does not come in a week.
        if PoolScaler(desired, policy, status: subject.status) == nil {
            for (id, node) in scaling.provided where node.phase == .asked {
                scaling.provided[id] = ProvidedNode(.unwanted, since: subject.now)
            }
        }
        next.scaling = scaling
    }

    /// A pool that goes takes with it what its provider made: what was asked for at once, the rest when it is empty. One
    /// that leaves its documents leaves the nodes that were made, too.
    ///
    /// - Returns: whether something of that is left. Without a provider nobody can take it away, and it is left where it
    ///   is.
    func takeAwayProvided(_ next: inout ResourceStatus) -> Bool {
        guard desired.hasProvider, var scaling = next.scaling, !scaling.provided.isEmpty else { return false }
        let leavesNodes = desired.declaration.lifecycle.onDelete == .orphan
        let isEmpty = !leavesNodes && tally.total == 0 && tally.declared == 0
        for (id, node) in scaling.provided where node.phase == .asked || (isEmpty && node.phase == .made) {
            scaling.provided[id] = ProvidedNode(.unwanted, since: subject.now)
        }
        next.scaling = scaling
        return !leavesNodes || scaling.provided.values.contains { $0.phase != .made }
    }

    /// One event for each thing that happened to some of its nodes.
    func tellProvided(_ plan: inout Plan, _ next: inout ResourceStatus) {
        let before = subject.status?.scaling?.provided ?? [:]
        let after = next.scaling?.provided ?? [:]
        guard before != after else { return }
        func those(_ happened: (ProvidedNode.Phase?, ProvidedNode.Phase?) -> Bool) -> [String] {
            Set(before.keys).union(after.keys).filter { happened(before[$0]?.phase, after[$0]?.phase) }.sorted()
        }
        for (reason, message, nodes) in [
            ("NodeRequested", "asked of the provider", those { $0 == nil && $1 == .asked }),
            ("NodeMade", "made by the provider and declared", those { $0 == .asked && $1 == .made }),
            ("NodeUnmade", "taken away by the provider", those { $0 != nil && $1 == nil }),
        ] where !nodes.isEmpty {
            subject.emit(reason, "\(message): \(nodes.firstFew())", into: &plan, &next)
        }
    }
}
