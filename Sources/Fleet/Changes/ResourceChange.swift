/// Everything that one reconciliation of one resource writes; a batch of them is one transaction.
package struct ResourceChange: Hashable, Sendable {
    package var key: ResourceKey
    package var document: DocumentWrite?
    /// The status before (nil: there was none) and after (nil: to be removed); absent when it stays as it is.
    package var status: StatusWrite?
    package var history: [HistoryEntry] = []
    package var events: [Event] = []
    /// Of a pool.
    package var decisions: [ScalingRecord] = []
    /// Removes the declaration itself, if it still stands at this revision.
    package var removesDesiredAt: Int64?
    /// Written when a node's or pool's document is deleted, so that what refers to it is no orphan.
    package var tombstone: Tombstone?
    /// Pools whose `node_count` is to be set to the count taken inside the transaction.
    package var recounts: [PoolRecount] = []

    package init(_ key: ResourceKey) { self.key = key }

    package var isEmpty: Bool {
        document == nil && status == nil && history.isEmpty && events.isEmpty && decisions.isEmpty
            && removesDesiredAt == nil && tombstone == nil && recounts.isEmpty
    }
}

/// A write to a document of the data model.
package enum DocumentWrite: Hashable, Sendable {
    /// `fields` are whole values under dotted paths; the store adds `created_at` and `updated_at`, and uses `id`.
    case insert(id: DocumentID, fields: [PathValue])
    /// Compare-and-set: matches only while every guard holds; touches only the paths of `writes`, and `updated_at`.
    case update(id: DocumentID, guards: [PathGuard], writes: [PathValue])
    /// Compare-and-set likewise.
    case delete(id: DocumentID, guards: [PathGuard])
}

/// A dotted path and what stands there afterwards; nil unsets it.
package struct PathValue: Hashable, Sendable {
    package var path: String
    package var value: FieldValue?

    package init(_ path: String, _ value: FieldValue?) {
        self.path = path
        self.value = value
    }
}

/// A dotted path and what was read there; nil means that it was missing.
package struct PathGuard: Hashable, Sendable {
    package var path: String
    package var expected: FieldValue?

    package init(_ path: String, _ expected: FieldValue?) {
        self.path = path
        self.expected = expected
    }
}

package enum StatusWrite: Hashable, Sendable {
    case insert(ResourceStatus)
    case replace(ResourceStatus)
    case remove
}

/// A pool to recount, and the most that the count may come to; above it the transaction is given up as a conflict.
package struct PoolRecount: Hashable, Sendable {
    package var poolID: String
    package var limit: Int64?

    package init(_ poolID: String, limit: Int64? = nil) {
        self.poolID = poolID
        self.limit = limit
    }
}

/// A change of a node's status, kept for two years.
package struct HistoryEntry: Hashable, Sendable {
    package var nodeID: String
    package var firstRevision: Int64
    /// Counts from 1 under one declaration; with the two fields above it is the entry's id.
    package var transition: Int64
    package var from: NodeState?
    package var to: NodeState?
    package var reason: String
    package var at: Timestamp

    package init(
        nodeID: String, firstRevision: Int64, transition: Int64, from: NodeState?, to: NodeState?, reason: String,
        at: Timestamp
    ) {
        self.nodeID = nodeID
        self.firstRevision = firstRevision
        self.transition = transition
        self.from = from
        self.to = to
        self.reason = reason
        self.at = at
    }
}

/// Something that happened to a resource, a set or the daemon, for people; kept for seven days.
package struct Event: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    package var subject: EventSubject
    /// Of a resource's declaration; of a set's event, the version of its status; of a daemon's, the epoch it led in.
    package var firstRevision: Int64
    /// Counts from 1 under one declaration or epoch; with the two fields above it is the event's id.
    package var number: Int64
    package var severity: Severity
    package var reason: String
    package var message: String
    package var at: Timestamp
    /// For drift: the field, the value found and the value declared.
    package var drift: [Drift]

    package struct Drift: Hashable, Sendable {
        package var field: String
        package var found: FieldValue?
        package var declared: FieldValue?

        package init(field: String, found: FieldValue?, declared: FieldValue?) {
            self.field = field
            self.found = found
            self.declared = declared
        }
    }

    /// The resource that it is about; nil when it is about a set or a daemon.
    package var key: ResourceKey? {
        switch subject {
        case .resource(let key): key
        case .set, .daemon: nil
        }
    }

    /// Derived, so that an event that is written again can't stand twice.
    package var id: String { "\(subject)/\(firstRevision)/\(number)" }

    package init(
        _ subject: EventSubject, firstRevision: Int64, number: Int64, severity: Severity = .normal, reason: String,
        message: String, at: Timestamp, drift: [Drift] = []
    ) {
        self.subject = subject
        self.firstRevision = firstRevision
        self.number = number
        self.severity = severity
        self.reason = reason
        self.message = message
        self.at = at
        self.drift = drift
    }

    /// About a resource.
    package init(
        key: ResourceKey, firstRevision: Int64, number: Int64, severity: Severity = .normal, reason: String,
        message: String, at: Timestamp, drift: [Drift] = []
    ) {
        self.init(
            .resource(key), firstRevision: firstRevision, number: number, severity: severity, reason: reason,
            message: message, at: at, drift: drift)
    }
}

/// What is left of a deleted node or pool.
package struct Tombstone: Hashable, Sendable {
    package var key: ResourceKey
    package var firstRevision: Int64
    package var name: String
    package var at: Timestamp

    package init(key: ResourceKey, firstRevision: Int64, name: String, at: Timestamp) {
        self.key = key
        self.firstRevision = firstRevision
        self.name = name
        self.at = at
    }
}
