import Fleet

// The documented shape of a set for programs.

extension SetView {
    /// - Parameter events: of the set, where they are shown; nil leaves them out.
    func value(now: Timestamp, events: [Event]? = nil) -> FieldValue {
        let metadata = FieldValue.members([
            ("id", .string(status.name)), ("name", .string(status.name)), ("generation", .int(status.generation)),
            ("directory", .string(status.directory)), ("synced_by", .string(status.syncedBy)),
        ])
        let told = FieldValue.members([
            ("observed_generation", .int(status.generation)),
            ("conditions", .list(conditions(now: now).map(\.value))),
            ("attempted", status.attempted?.value), ("applied", status.applied?.value), ("counts", counts),
            ("blocked", status.blocked?.value), ("pin", status.pin?.value),
            ("overridden", .list(tally.overridden.map(\.reference))),
            ("diagnostics", .list(status.diagnostics.map(\.value))),
            ("records", .list(status.records.map(\.value))),
            ("attempts", status.attempts.map { .int($0) }), ("next_retry", status.nextRetry.map { .timestamp($0) }),
        ])
        return .members([
            ("kind", .string("Set")), ("metadata", metadata), ("spec", .record([])), ("status", told),
            ("events", events.map { .list($0.map(\.value)) }),
        ])
    }

    private var counts: FieldValue {
        .members([
            ("objects", .int(tally.objects)), ("ready", .int(tally.ready)), ("going", .int(tally.going)),
            ("declared", .int(status.counts.declared)), ("failed", .int(status.counts.failed)),
            ("held", .int(status.counts.held)), ("kept", .int(status.counts.kept)),
            ("blocked", .int(status.counts.blocked)),
        ])
    }
}

extension SetSnapshot {
    var value: FieldValue {
        .members([
            ("digest", .string(digest)), ("commit", commit.map { .string($0) }),
            ("branch", branch.map { .string($0) }), ("files", .int(files)), ("documents", .int(documents)),
            ("at", .timestamp(at)),
        ])
    }
}

extension PruneBlock {
    var value: FieldValue {
        .members([
            ("reason", .string(reason.rawValue)), ("message", .string(message)),
            ("objects", .list(objects.map(\.key.reference))),
            (
                "renames",
                renames.isEmpty
                    ? nil
                    : .list(
                        renames.map {
                            .members([("old", $0.old.reference), ("new", $0.new.reference)])
                        })
            ),
            ("unlisted", unlisted == 0 ? nil : .int(unlisted)),
        ])
    }
}

extension SetRecord {
    var value: FieldValue {
        .members([
            ("snapshot", snapshot.value), ("before", .int(before)), ("after", .int(after)),
            ("created", .int(created)), ("configured", .int(configured)), ("deleted", .int(deleted)),
            ("by", .string(by)),
        ])
    }
}

extension ResourceKey {
    /// `{"kind","id"}`
    fileprivate var reference: FieldValue { .members([("kind", .string(kind.rawValue)), ("id", .string(id))]) }
}
