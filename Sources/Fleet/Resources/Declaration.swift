/// A resource as a manifest declares it: valid on its own, nothing added.
package struct Declaration: Hashable, Sendable {
    package var key: ResourceKey
    /// The data model's `name`.
    package var name: String
    /// Sorted by name, each name once.
    package var labels: [Label]
    /// What the manifest states; defaults are not filled in.
    package var spec: Spec
    package var lifecycle: Lifecycle
    /// Where the document begins; nil when it does not come from a file.
    package var source: SourceLocation?

    package init(
        key: ResourceKey, name: String, labels: [Label] = [], spec: Spec, lifecycle: Lifecycle = Lifecycle(),
        source: SourceLocation? = nil
    ) {
        self.key = key
        self.name = name
        self.labels = labels
        self.spec = spec
        self.lifecycle = lifecycle
        self.source = source
    }
}

package struct Label: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How a resource is kept and how it goes; the same for every kind.
package struct Lifecycle: Hashable, Sendable {
    package enum Drift: String, CaseIterable, Hashable, Sendable {
        /// Put back what somebody changed by hand.
        case correct
        /// Say so and leave it.
        case report
        case ignore
    }

    package enum Deletion: String, CaseIterable, Hashable, Sendable {
        /// Drain, then delete the document.
        case drain
        /// Forget the declaration and leave the document, undeclared.
        case orphan
    }

    /// False: never deleted by a directory sync.
    package var prune = true
    package var drift = Drift.correct
    package var suspend: Suspension?
    package var onDelete = Deletion.drain
    package var dependsOn: [ResourceKey] = []

    package init() {}
}

/// A pause: nothing of the resource is written until it ends. A pool's nodes inherit it.
package struct Suspension: Hashable, Sendable {
    package var reason: String
    package var by: String
    package var until: Timestamp?

    package init(reason: String, by: String, until: Timestamp? = nil) {
        self.reason = reason
        self.by = by
        self.until = until
    }

    /// Who suspends, where a manifest does not say.
    package static let byManifest = "manifest"

    package func isInForce(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }
}
