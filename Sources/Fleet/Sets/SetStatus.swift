/// One document of `status`, `Set/NAME`: what a directory declared last, and how that went.
///
/// Whoever syncs the directory writes it; what the set owns is not in it, but in the field `set` of `desired`, so that
/// there is no second truth.
package struct SetStatus: Hashable, Sendable {
    package let name: String
    /// Counts the writes of this document; a write names the one that was read. 0: nothing stands yet.
    package var version: Int64 = 0
    /// How many different snapshots were tried; the `observedGeneration` of the conditions.
    package var generation: Int64 = 0
    /// The directory, as whoever synced it last knows it.
    package var directory: String
    /// Who synced it last, such as `daemon/rack-7`.
    package var syncedBy: String
    /// The snapshot that was tried last.
    package var attempted: SetSnapshot?
    /// The last one of which everything stands.
    package var applied: SetSnapshot?
    package var counts = SetCounts()
    /// `Synced`, `PruneBlocked`, and while they hold `Reconciling` and `Stalled`; in the order of their types. (`Ready` is
    /// what the set's resources make of it, which readers count.)
    package var conditions: [Condition] = []
    /// What was wrong with the last snapshot, errors first; at most `mostDiagnostics`.
    package var diagnostics: [Diagnostic] = []
    /// Deletions that wait for somebody's approval.
    package var blocked: PruneBlock?
    /// What an operator took back, until another snapshot arrives.
    package var pin: SetPin?
    /// What was applied, newest last; at most `mostRecords`.
    package var records: [SetRecord] = []
    /// Tries in a row that did not bring everything through, and when the next one is due.
    package var attempts: Int64?
    package var nextRetry: Timestamp?

    package static let mostDiagnostics = 100
    package static let mostRecords = 20

    package init(_ name: String, directory: String, syncedBy: String) {
        self.name = name
        self.directory = directory
        self.syncedBy = syncedBy
    }

    package subscript(type: Condition.ConditionType) -> Condition? { conditions.first { $0.type == type } }
}

/// A directory's content at one moment.
package struct SetSnapshot: Hashable, Sendable {
    /// SHA-256 of the files' names and contents, in hexadecimal digits.
    package var digest: String
    /// Of the git work tree that the directory stands in, if it does.
    package var commit: String?
    package var branch: String?
    package var files: Int64
    package var documents: Int64
    /// When it was tried first, or when it was applied.
    package var at: Timestamp

    /// As people are shown it.
    package var shortCommit: String? { commit.map(Self.short) }

    /// A commit's first ten digits, which tell it from all others of a work tree.
    package static func short(_ commit: String) -> String { String(commit.prefix(10)) }

    package init(
        digest: String, commit: String? = nil, branch: String? = nil, files: Int64, documents: Int64, at: Timestamp
    ) {
        self.digest = digest
        self.commit = commit
        self.branch = branch
        self.files = files
        self.documents = documents
        self.at = at
    }
}

/// What became of the resources of the last snapshot.
package struct SetCounts: Hashable, Sendable {
    /// Valid manifests.
    package var declared: Int64 = 0
    /// Not written because something is wrong with them.
    package var failed: Int64 = 0
    /// Not written because of something else that is wrong.
    package var held: Int64 = 0
    /// Left the directory and stay (`lifecycle.prune: false`).
    package var kept: Int64 = 0
    /// Left the directory and wait for an approval.
    package var blocked: Int64 = 0

    package init() {}
}

/// A declaration that is to be deleted, as it was found: one that is deleted and declared again is another.
package struct DeclarationIdentity: Hashable, Sendable {
    package var key: ResourceKey
    package var firstRevision: Int64

    package init(_ key: ResourceKey, firstRevision: Int64) {
        self.key = key
        self.firstRevision = firstRevision
    }
}

/// Deletions that were not done, all of one snapshot, and why; `reeve sync approve` does exactly these.
package struct PruneBlock: Hashable, Sendable {
    /// Of the snapshot that they are missing from.
    package var digest: String
    /// In the order in which they would go.
    package var objects: [DeclarationIdentity]
    package var reason: PruneReason
    /// For people; holds no clock.
    package var message: String
    /// Resources that seem to be others of this snapshot under a new name, which are held as well.
    package var renames: [Rename]
    /// Deletions beyond `mostObjects`, which are not listed: an approval does the listed ones, and the next pass lists
    /// these.
    package var unlisted: Int64 = 0

    /// As many as one transaction marks, which fit into the set's document (16 MB) whatever their ids; more renames than
    /// these are not shown.
    package static let mostObjects = 20_000
    package static let mostRenames = 1_000

    /// What is more than a document may hold is cut here, so that what is planned again is equal to what was written.
    package init(
        digest: String, objects: [DeclarationIdentity], reason: PruneReason, message: String, renames: [Rename] = []
    ) {
        self.digest = digest
        self.objects = Array(objects.prefix(Self.mostObjects))
        unlisted = Int64(objects.count - self.objects.count)
        self.reason = reason
        self.message = message.cut(toBytes: 4_096)
        self.renames = Array(renames.prefix(Self.mostRenames))
    }

    /// Eight digits that name this very list, so that nobody approves another than they saw.
    package var mark: String {
        let text = digest + objects.map { "\($0.key)/\($0.firstRevision)" }.joined(separator: "\n")
        let digits = String(UInt32(truncatingIfNeeded: text.stableHash), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// Why nothing is deleted; the reasons of the condition `PruneBlocked`.
package enum PruneReason: String, CaseIterable, Hashable, Sendable {
    /// Something of the directory can't be read, so that what is missing may stand in it. Can't be approved.
    case incomplete = "Incomplete"
    /// More than the budget allows.
    case overBudget = "OverBudget"
    /// Not a single manifest is left.
    case emptyDirectory = "EmptyDirectory"
    /// What is gone seems to stand there under a new name.
    case renamed = "Renamed"

    /// Whether somebody can release it by `reeve sync approve`.
    package var canBeApproved: Bool { self != .incomplete }
}

/// The same spec under another name.
package struct Rename: Hashable, Sendable {
    package var old: ResourceKey
    package var new: ResourceKey

    package init(from old: ResourceKey, to new: ResourceKey) {
        self.old = old
        self.new = new
    }
}

/// What `undo` took back: while the directory holds this snapshot, these resources are left as they stand.
package struct SetPin: Hashable, Sendable {
    package var digest: String
    package var keys: Set<ResourceKey>
    package var by: String
    package var at: Timestamp

    /// More are for nobody to pin: the document would not hold them.
    package static let mostKeys = 50_000

    package init(digest: String, keys: Set<ResourceKey>, by: String, at: Timestamp) {
        self.digest = digest
        self.keys = keys
        self.by = by
        self.at = at
    }
}

/// A snapshot that was applied.
package struct SetRecord: Hashable, Sendable {
    package var snapshot: SetSnapshot
    /// `desired` as it stood before and after: what the set's resources were lies in between.
    package var before: Int64
    package var after: Int64
    package var created: Int64
    package var configured: Int64
    package var deleted: Int64
    package var by: String

    /// It was begun, and nobody has told yet what came of it: its writing may have been cut off.
    package var isOpen: Bool { after == before }

    package init(
        snapshot: SetSnapshot, before: Int64, after: Int64, created: Int64, configured: Int64, deleted: Int64,
        by: String
    ) {
        self.snapshot = snapshot
        self.before = before
        self.after = after
        self.created = created
        self.configured = configured
        self.deleted = deleted
        self.by = by
    }
}

/// What a set owns, and how it fares.
package struct SetTally: Hashable, Sendable {
    /// Those that go as well.
    package var objects: Int64 = 0
    /// Marked for deletion and not gone yet.
    package var going: Int64 = 0
    /// Not going, reconciled in their present generation, and `Synced` and `Ready`. All are ready when this is
    /// `objects - going`.
    package var ready: Int64 = 0
    /// Somebody set something by hand: cordons, drains, sizes, pauses. In order.
    package var overridden: [ResourceKey] = []
    /// The first `mostUnready` that are neither going nor ready, in order.
    package var unready: [ResourceKey] = []

    package static let mostUnready = 10

    package init() {}

    /// Counts a resource; to be told of them in order of their keys.
    package mutating func add(_ key: ResourceKey, isGoing: Bool, isReady: Bool, isOverridden: Bool) {
        objects += 1
        if isOverridden { overridden.append(key) }
        if isGoing {
            going += 1
        } else if isReady {
            ready += 1
        } else if unready.count < Self.mostUnready {
            unready.append(key)
        }
    }
}
