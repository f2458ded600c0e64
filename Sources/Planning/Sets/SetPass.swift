import Fleet

/// What one attempt to declare a directory came to.
package struct SetPass: Sendable {
    /// As `SetStatus` names them.
    package var directory: String
    package var syncedBy: String
    /// Nil: the directory can't be read, so that nothing is known of what it declares.
    package var snapshot: SetSnapshot?
    /// What is wrong with the directory and its manifests by themselves.
    package var problems: [Diagnostic] = []
    /// Valid manifests.
    package var declared = 0
    /// Documents that are not valid.
    package var invalid = 0
    /// What was decided last; nil when nothing could be decided or written.
    package var plan: DeclarationPlan?
    /// Why nothing was written although there is a snapshot, such as too many resources for one transaction.
    package var refusal: String?
    /// All that was written in this attempt.
    package var writes: SetWrites?

    package init(directory: String, syncedBy: String) {
        self.directory = directory
        self.syncedBy = syncedBy
    }
}

/// What was written to `desired` for a set.
package struct SetWrites: Hashable, Sendable {
    /// The revision before the first write, and that of the last one.
    package var before: Int64
    package var after: Int64
    package var created: Int64 = 0
    package var configured: Int64 = 0
    package var deleted: Int64 = 0

    package init(before: Int64, after: Int64, deleted: Int64) {
        self.before = before
        self.after = after
        self.deleted = deleted
    }

    /// - Parameter after: the revision under which it was written.
    package init(_ plan: DeclarationPlan, after: Int64) {
        before = plan.revision
        self.after = after
        for result in plan.results {
            switch result.outcome {
            case .created: created += 1
            case .configured: configured += 1
            case .deleted: deleted += 1
            case .unchanged, .held, .failed: break
            }
        }
    }

    /// With what was written afterwards.
    package func followed(by later: SetWrites) -> SetWrites {
        var both = self
        both.after = later.after
        both.created += later.created
        both.configured += later.configured
        both.deleted += later.deleted
        return both
    }
}
