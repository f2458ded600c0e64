/// One document of `desired`: a declaration, what operators set by hand beside it, and its place in the order of things.
package struct Desired: Hashable, Sendable {
    package var declaration: Declaration
    package var overrides = Overrides()
    /// Moves when what is declared (name, spec, lifecycle) does; starts at 1.
    package var generation: Int64
    /// The database-wide number of the transaction that wrote the document last.
    package var revision: Int64
    /// The revision at which this declaration began; a deleted and declared again resource gets a new one.
    package var firstRevision: Int64
    /// Leaves that an earlier generation stated and this one does not.
    package var released: [Release] = []
    /// The set that owns the resource; nil for what the command line applied.
    package var set: String?
    /// Who declared it last.
    package var manager: String
    package var commit: String?
    package var deletion: DeletionMark?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        _ declaration: Declaration, generation: Int64 = 1, revision: Int64, firstRevision: Int64, manager: String,
        createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.declaration = declaration
        self.generation = generation
        self.revision = revision
        self.firstRevision = firstRevision
        self.manager = manager
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package var key: ResourceKey { declaration.key }
    package var spec: Spec { declaration.spec }

    /// Its own pause in force; an operator's comes before the manifest's. What a node inherits is its pool's.
    package func pause(at now: Timestamp) -> Suspension? {
        [overrides.suspend, declaration.lifecycle.suspend].compactMap(\.self).first { $0.isInForce(at: now) }
    }

    /// Somebody wants the pool's size decided: it scales itself, or an operator set its size.
    package var isScaled: Bool { spec[PoolLeaf.autoScaling] == .bool(true) || overrides.scale != nil }

    /// The pool that the node is declared into; nil for other kinds and for nodes without a pool.
    package var poolID: String? { key.kind == .node ? spec[NodeLeaf.poolID]?.string : nil }
}

/// A leaf that a manifest stopped stating. It is unset once, when `generation` is reconciled; what somebody sets later
/// is theirs.
package struct Release: Hashable, Sendable {
    package var path: String
    /// The generation that stopped stating it.
    package var generation: Int64

    package init(path: String, generation: Int64) {
        self.path = path
        self.generation = generation
    }
}

/// What operators set by hand; no apply touches it.
package struct Overrides: Hashable, Sendable {
    /// Held in maintenance.
    package var cordon: Override?
    /// Held in maintenance, after its work was given time to end.
    package var drain: Override?
    package var suspend: Suspension?
    /// A pool's size, as it was last set by hand; the scaler goes on from there.
    package var scale: ScaleOverride?

    package init() {}

    package var isEmpty: Bool { cordon == nil && drain == nil && suspend == nil && scale == nil }
}

/// So many nodes in use, asked for by an operator.
package struct ScaleOverride: Hashable, Sendable {
    package var nodes: Int64
    package var by: String
    package var reason: String
    package var at: Timestamp

    package init(nodes: Int64, by: String, reason: String, at: Timestamp) {
        self.nodes = nodes
        self.by = by
        self.reason = reason
        self.at = at
    }
}

package struct Override: Hashable, Sendable {
    package var by: String
    package var reason: String
    package var at: Timestamp

    package init(by: String, reason: String, at: Timestamp) {
        self.by = by
        self.reason = reason
        self.at = at
    }
}

package struct DeletionMark: Hashable, Sendable {
    package var by: String
    package var at: Timestamp
    /// A pool's nodes go with it.
    package var cascade: Bool

    package init(by: String, at: Timestamp, cascade: Bool = false) {
        self.by = by
        self.at = at
        self.cascade = cascade
    }
}
