import Fleet

/// What a write of a set's status tells people that happened.
///
/// Told of the status before and after alone, so that there is no second truth; where nothing happened there is none.
package enum SetEvents {
    /// In the order in which they are to be read; their id is the version that the write makes.
    ///
    /// - Parameter approval: what somebody released, which the write tells of.
    package static func between(
        _ former: SetStatus, _ next: SetStatus, approval: Approval? = nil, at now: Timestamp
    ) -> [Event] {
        var told: [(severity: Event.Severity, reason: String, message: String)] = []
        if let pin = next.pin, pin != former.pin {
            let keys = SetVerdict.listed(pin.keys.sorted().map(\.description))
            told.append((.normal, "Pinned", "\(pin.by) takes back, until the directory changes: \(keys)"))
        } else if let pin = former.pin, next.pin == nil {
            told.append((.normal, "Unpinned", "the directory changed: it declares again what \(pin.by) took back"))
        }
        if let approval {
            told.append((.normal, "DeletionsApproved", "by \(approval.by): \(approval.text)"))
        }
        told += outcome(former, next, isApproved: approval != nil)
        if let blocked = next.blocked, blocked.reason.canBeApproved, blocked != former.blocked, approval == nil {
            let release = blocked.approval(ofSet: next.name)
            told.append((.warning, "PruneBlocked", "\(blocked.text); to delete exactly these: \(release)"))
        }
        return told.enumerated().map { position, event in
            Event(
                .set(next.name), firstRevision: former.version + 1, number: Int64(position + 1),
                severity: event.severity, reason: event.reason, message: event.message, at: now)
        }
    }

    /// Deletions that somebody released.
    package struct Approval: Hashable, Sendable {
        package var by: String
        package var keys: [ResourceKey]

        package init(by: String, _ keys: [ResourceKey]) {
            self.by = by
            self.keys = keys
        }

        fileprivate var text: String { SetVerdict.listed(keys.map(\.description)) }
    }

    /// What was declared, and whether the directory stands now.
    private static func outcome(
        _ former: SetStatus, _ next: SetStatus, isApproved: Bool
    ) -> [(severity: Event.Severity, reason: String, message: String)] {
        let (before, after) = (former[.synced], next[.synced])
        let writes = isApproved ? nil : written(former.records.last, next.records.last)
        let label = next.attempted.map(\.label) ?? ""
        if let applied = next.applied, after?.status == .yes,
            before?.status != .yes || applied.digest != former.applied?.digest || writes != nil
        {
            return [(.normal, "Applied", label + (writes.map { ": " + $0 } ?? ""))]
        }
        var told: [(severity: Event.Severity, reason: String, message: String)] = []
        if let writes { told.append((.normal, "Declared", "\(label): \(writes)")) }
        guard let after, after.status != .yes else { return told }
        let isNew = before?.status != after.status || before?.reason != after.reason || before?.message != after.message
        // A pin, and deletions that somebody may release, are told by themselves.
        let isTold =
            after.reason == SetVerdict.pinned
            || after.reason == SetVerdict.held && next.blocked?.reason.canBeApproved ?? false
        if isNew, !isTold {
            let isStalled = next[.stalled]?.status == .yes
            told.append((isStalled ? .warning : .normal, after.reason, after.message))
        }
        return told
    }

    /// What the newest record has more than it had; nil: nothing.
    private static func written(_ former: SetRecord?, _ record: SetRecord?) -> String? {
        guard let record else { return nil }
        let known = former.flatMap { $0.before == record.before ? $0 : nil }
        let counts = [
            (record.created - (known?.created ?? 0), "created"),
            (record.configured - (known?.configured ?? 0), "configured"),
            (record.deleted - (known?.deleted ?? 0), "deleted"),
        ].filter { $0.0 > 0 }
        return counts.isEmpty ? nil : counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}

extension SetSnapshot {
    /// `commit 9f2c41d07b of main, digest 0123456789ab`
    fileprivate var label: String {
        (shortCommit.map { "commit \($0)\(branch.map { " of \($0)" } ?? ""), " } ?? "") + "digest \(shortDigest)"
    }
}
