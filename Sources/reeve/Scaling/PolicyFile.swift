import Fleet
import Manifests
import Planning

/// The policy that a replay is run under, as a file states it.
enum PolicyFile {
    /// The one policy of a file: what it states, in a `ScalingPolicy`'s table.
    static func read(_ path: String, _ terminal: Terminal) throws -> Spec {
        let loaded = ManifestLoader.load([try InputFile.read(path)])
        guard !loaded.hasErrors else { throw loaded.diagnostics.refused(terminal) }
        terminal.report(loaded.diagnostics)
        let named = loaded.declarations.filter { $0.key.kind == .scalingPolicy }.map(\.spec)
        let inline = loaded.declarations.filter { $0.key.kind == .nodePool }.compactMap { inlinePolicy($0.spec) }
        let policies = named + inline
        guard policies.count == 1 else {
            let count = policies.count
            let found = count == 0 ? "no policy" : "\(count) policies"
            throw CommandFailure(.invalid, "\(path): expected one scaling policy, found \(found)")
        }
        return policies[0]
    }

    private static func inlinePolicy(_ pool: Spec) -> Spec? {
        var policy = pool.inlinePolicy
        guard !policy.leaves.isEmpty else { return nil }
        if policy[PolicyLeaf.maxNodes] == nil { policy[PolicyLeaf.maxNodes] = pool[PoolLeaf.maxNodes] }
        return policy
    }
}

extension ScalingPolicy {
    /// For a load series: bounds that are not stated are the model's.
    init(replaying stated: Spec) {
        var stated = stated
        if stated[PolicyLeaf.minNodes] == nil {
            // Of a policy for fewer nodes than that, its maximum is the minimum.
            let most = stated[PolicyLeaf.maxNodes]?.int ?? Replay.maxNodes
            stated[PolicyLeaf.minNodes] = .int(min(Replay.minNodes, most))
        }
        self.init(stated, maxNodes: max(Replay.maxNodes, stated[PolicyLeaf.minNodes]?.int ?? 0))
    }
}

extension [Diagnostic] {
    /// Tells what is wrong with the input, which ends the command.
    func refused(_ terminal: Terminal) -> ExitStatus {
        if terminal.isStructured {
            terminal.value(.members([("diagnostics", .list(map(\.value)))]))
        } else {
            terminal.report(self)
        }
        return .invalid
    }
}
