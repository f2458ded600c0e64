import Fleet

/// How what left a directory is deleted.
package struct Pruning: Hashable, Sendable {
    package var budget: PruneBudget
    /// Of the snapshot that is being declared.
    package var digest: String
    /// Why nothing may be deleted at all: something of the directory can't be read.
    package var obstacle: String?
    /// Not a single manifest is there.
    package var isEmpty: Bool

    package init(budget: PruneBudget = PruneBudget(), digest: String, obstacle: String? = nil, isEmpty: Bool = false) {
        self.budget = budget
        self.digest = digest
        self.obstacle = obstacle
        self.isEmpty = isEmpty
    }
}

/// The most that one snapshot may delete without being asked; one resource may always go.
package struct PruneBudget: Hashable, Sendable {
    /// Nil: any number.
    package var objects: Int?
    /// Of what the set owns, and of its nodes in use; nil: all.
    package var percent: Int?

    package init(objects: Int? = 10, percent: Int? = 20) {
        self.objects = objects
        self.percent = percent
    }

    package static let unlimited = PruneBudget(objects: nil, percent: nil)

    /// Why so many of a set's resources are more than it allows; nil when they are not. One may always go.
    package func excess(deleting count: Int, of owned: Int, remark: String = "") -> String? {
        guard count > 1 else { return nil }
        if let objects, count > objects {
            return "\(count) resources to delete\(remark) are more than the \(objects) that one change may"
        }
        if let percent, count * 100 > owned * percent {
            return "\(count) of the set's \(owned) resources to delete\(remark) are more than \(percent) %"
        }
        return nil
    }
}

/// What became of what left the directory.
package struct PruneOutcome: Hashable, Sendable {
    /// Marked for deletion, in the order in which they go.
    package var deleted: [ResourceKey] = []
    /// Stay, because their `lifecycle.prune` is false; or were adopted into the set and never declared by its directory.
    package var kept: [ResourceKey] = []
    /// Held; nothing of the snapshot is deleted then.
    package var blocked: PruneBlock?

    package init() {}
}
