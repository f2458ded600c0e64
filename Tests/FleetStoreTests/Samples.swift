import Fleet
import FleetStore

let noon = Timestamp(milliseconds: 1_767_268_800_000)

extension Desired {
    static func node(
        _ id: String, pool: String? = nil, name: String? = nil, cores: Int64 = 8, at now: Timestamp = noon
    ) -> Desired {
        var spec = Spec(.node, [Spec.Leaf(NodeLeaf.type, .string("worker")), Spec.Leaf(NodeLeaf.cores, .int(cores))])
        spec[NodeLeaf.poolID] = pool.map(FieldValue.string)
        return new(ResourceKey(.node, id), name: name ?? String(id.dropFirst(5)), spec, at: now)
    }

    static func pool(_ id: String, max: Int64 = 100, policy: String? = nil) -> Desired {
        var spec = Spec(.nodePool, [Spec.Leaf(PoolLeaf.maxNodes, .int(max))])
        spec[PoolLeaf.policyReference] = policy.map(FieldValue.string)
        return new(ResourceKey(.nodePool, id), name: String(id.dropFirst(5)), spec)
    }

    static func policy(_ id: String) -> Desired {
        let spec = Spec(.scalingPolicy, [Spec.Leaf(PolicyLeaf.up, .int(80))])
        return new(ResourceKey(.scalingPolicy, id), name: String(id.dropFirst(7)), spec)
    }

    private static func new(_ key: ResourceKey, name: String, _ spec: Spec, at now: Timestamp = noon) -> Desired {
        Desired(
            Declaration(key: key, name: name, spec: spec), revision: 0, firstRevision: 0, manager: "test",
            createdAt: now, updatedAt: now)
    }

    /// The same with another number of cores, as the next generation.
    func changed(cores: Int64) -> Desired {
        var next = self
        next.declaration.spec[NodeLeaf.cores] = .int(cores)
        next.generation += 1
        return next
    }
}

extension ResourceChange {
    /// Makes the document and the status that a declaration asks for.
    static func making(_ desired: Desired, _ number: UInt32, state: NodeState = .active) -> ResourceChange {
        var change = ResourceChange(desired.key)
        var fields = [PathValue("name", .string(desired.declaration.name))]
        if desired.key.kind == .node { fields.append(PathValue("status", .string(state.rawValue))) }
        for leaf in desired.spec.leaves {
            if let path = desired.key.kind.table.leaves[leaf.index].storedPath {
                fields.append(PathValue(path, leaf.value))
            }
        }
        let id = DocumentID(high: 0x6000_0000_0000_0000, low: number)
        change.document = .insert(id: id, fields: fields)
        var status = ResourceStatus(
            desired.key, observedGeneration: desired.generation, firstRevision: desired.firstRevision)
        status.documentID = id
        status.poolID = desired.poolID
        change.status = .insert(status)
        return change
    }

    /// A guarded change of one path, and nothing else.
    static func update(
        _ key: ResourceKey, _ number: UInt32, _ path: String, from old: FieldValue?, to new: FieldValue?
    ) -> ResourceChange {
        var change = ResourceChange(key)
        change.document = .update(
            id: DocumentID(high: 0x6000_0000_0000_0000, low: number), guards: [PathGuard(path, old)],
            writes: [PathValue(path, new)])
        return change
    }

    func recounting(_ pool: String, limit: Int64? = nil) -> ResourceChange {
        var change = self
        change.recounts.append(PoolRecount(pool, limit: limit))
        return change
    }
}

extension Store where Self: LeaseStore {
    /// Takes the lease and the fences, as a daemon does when it becomes the leader.
    func lead(as holder: String = "one", lanes: [Int] = [0]) async throws -> Fence {
        let seen = try await lease()
        guard let held = try await take(seen, as: holder) else { throw StoreError.fenced }
        try await raiseFences(to: held)
        return Fence(epoch: held.epoch, lanes: lanes)
    }

    /// Declares as insertions, whatever the revision.
    @discardableResult
    func declare(_ desired: Desired...) async throws -> [Desired] {
        let revision = try await declaringView(of: [], pools: []).revision
        _ = try await declare(desired.map(DesiredWrite.insert), expecting: revision)
        let view = try await read(desired.map(\.key))
        return desired.compactMap { view.desired[$0.key] }
    }

    /// Declares and makes the documents, in order, with documents numbered from `first`.
    func settle(_ desired: [Desired], under fence: Fence, first: UInt32 = 1) async throws {
        let revision = try await declaringView(of: [], pools: []).revision
        _ = try await declare(desired.map(DesiredWrite.insert), expecting: revision)
        let changes = desired.enumerated().map { index, desired in
            ResourceChange.making(desired, first + UInt32(index))
        }
        let outcome = try await commit(changes, under: fence)
        guard outcome == .committed else { throw StoreError.failed(code: 0, message: "\(outcome)") }
    }
}
