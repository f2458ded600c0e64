import Fleet

/// Decides what is told of a set.
package enum SetProgress {
    /// The status after an attempt.
    ///
    /// The same attempt again gives the same status, so that nothing need be written: no clock is in it but the times of
    /// what really happened.
    package static func next(_ former: SetStatus, _ pass: SetPass, now: Timestamp) -> SetStatus {
        var next = former
        next.directory = pass.directory
        next.syncedBy = pass.syncedBy
        next.diagnostics = diagnostics(pass)
        let isNew = pass.snapshot.map { $0.digest != former.attempted?.digest } ?? false
        if let snapshot = pass.snapshot {
            if isNew { next.generation += 1 }
            next.attempted = dated(snapshot, like: former.attempted, now)
            if former.pin?.digest != snapshot.digest { next.pin = nil }
        }
        let verdict = SetVerdict(pass, pin: next.pin)
        if let plan = pass.plan {
            next.counts = counts(pass, plan)
            next.blocked = plan.pruning.blocked
        }
        if let snapshot = pass.snapshot {
            if verdict.isApplied { next.applied = dated(snapshot, like: former.applied, now) }
            if let writes = pass.writes {
                next.records = records(former.records, snapshot, writes, pass.syncedBy, now)
            } else if let plan = pass.plan {
                next.records = settled(former.records, at: plan.revision)
            }
        }
        schedule(&next, former, verdict, isNew: isNew, now)
        next.conditions = conditions(next, former, verdict, now)
        return next
    }

    /// The status before something of a snapshot is written for the first time: its record stands from here on, so that
    /// what was written is known to be the snapshot's even if nobody comes to tell.
    package static func begun(
        _ former: SetStatus, _ snapshot: SetSnapshot, at revision: Int64, by: String, now: Timestamp
    ) -> SetStatus {
        var next = former
        // An undo pins what was tried last.
        if former.attempted?.digest != snapshot.digest {
            next.generation += 1
            next.attempted = dated(snapshot, like: nil, now)
            (next.attempts, next.nextRetry) = (nil, nil)
            if former.pin?.digest != snapshot.digest { next.pin = nil }
        }
        guard former.records.last?.snapshot.digest != snapshot.digest else { return next }
        let nothing = SetWrites(before: revision, after: revision, deleted: 0)
        next.records = records(settled(former.records, at: revision), snapshot, nothing, by, now)
        return next
    }

    /// An attempt that was cut off, found by one that has nothing left to write: what it wrote lies before that revision.
    private static func settled(_ former: [SetRecord], at revision: Int64) -> [SetRecord] {
        guard var last = former.last, last.isOpen else { return former }
        last.after = revision
        return former.dropLast() + (last.isOpen ? [] : [last])
    }

    /// How long after a failure that passes by itself it is tried again: from a second, never longer than half a minute.
    package static let retry = Backoff(base: 1000, cap: 30_000)

    /// The time of a snapshot is when it came first; its commit may move without its content.
    private static func dated(_ snapshot: SetSnapshot, like former: SetSnapshot?, _ now: Timestamp) -> SetSnapshot {
        var dated = snapshot
        dated.at = former.flatMap { $0.digest == snapshot.digest ? $0.at : nil } ?? now
        return dated
    }

    private static func diagnostics(_ pass: SetPass) -> [Diagnostic] {
        let all = pass.problems + (pass.plan?.diagnostics ?? [])
        let sorted = all.filter { $0.severity == .error } + all.filter { $0.severity != .error }
        return Array(sorted.prefix(SetStatus.mostDiagnostics))
    }

    private static func counts(_ pass: SetPass, _ plan: DeclarationPlan) -> SetCounts {
        var counts = SetCounts()
        counts.declared = Int64(pass.declared)
        counts.failed = Int64(pass.invalid)
        for result in plan.results {
            switch result.outcome {
            case .failed: counts.failed += 1
            case .held: counts.held += 1
            case .created, .configured, .unchanged, .deleted: break
            }
        }
        counts.kept = Int64(plan.pruning.kept.count)
        counts.blocked = Int64(plan.pruning.blocked?.objects.count ?? 0)
        return counts
    }

    /// A snapshot has one record, however many attempts it takes.
    private static func records(
        _ former: [SetRecord], _ snapshot: SetSnapshot, _ writes: SetWrites, _ by: String, _ now: Timestamp
    ) -> [SetRecord] {
        var records = former
        var snapshot = snapshot
        snapshot.at = now
        if var last = former.last, last.snapshot.digest == snapshot.digest {
            last.after = writes.after
            last.created += writes.created
            last.configured += writes.configured
            last.deleted += writes.deleted
            records[records.count - 1] = last
        } else {
            records.append(
                SetRecord(
                    snapshot: snapshot, before: writes.before, after: writes.after, created: writes.created,
                    configured: writes.configured, deleted: writes.deleted, by: by))
        }
        return records.suffix(SetStatus.mostRecords)
    }

    /// An attempt that came before it was due, because something else changed, counts for nothing.
    private static func schedule(
        _ next: inout SetStatus, _ former: SetStatus, _ verdict: SetVerdict, isNew: Bool, _ now: Timestamp
    ) {
        guard verdict.retries else {
            (next.attempts, next.nextRetry) = (nil, nil)
            return
        }
        if !isNew, let due = former.nextRetry, now < due { return }
        let attempts = isNew ? 1 : (former.attempts ?? 0) + 1
        next.attempts = attempts
        next.nextRetry = Timestamp(milliseconds: now.milliseconds + retry.delay(attempt: attempts))
    }

    private static func conditions(
        _ next: SetStatus, _ former: SetStatus, _ verdict: SetVerdict, _ now: Timestamp
    ) -> [Condition] {
        var list = ConditionList(previous: former.conditions, generation: next.generation, now: now)
        list.set(.synced, verdict.isApplied, verdict.reason, verdict.message)
        if verdict.retries { list.set(.reconciling, true, verdict.reason, verdict.message) }
        if verdict.isStalled { list.set(.stalled, true, verdict.reason, verdict.message) }
        if let blocked = next.blocked {
            list.set(.pruneBlocked, true, blocked.reason.rawValue, blocked.text)
        }
        return list.conditions
    }
}

extension PruneBlock {
    /// What is held, by name as far as a line has room for it.
    package var text: String { "\(message): " + SetVerdict.listed(objects.map(\.key.description)) }
}

extension SetProgress {
    /// The status after somebody released what was held; unchanged if that is not what is held any more.
    package static func next(
        _ former: SetStatus, approved: PruneBlock, _ plan: DeletionPlan, by person: String, now: Timestamp
    ) -> SetStatus {
        guard former.blocked == approved, let snapshot = former.attempted else { return former }
        var next = former
        let stays = Set(plan.results.filter { $0.outcome == .failed }.map(\.key))
        let rest = approved.objects.filter { stays.contains($0.key) }
        next.blocked = rest.isEmpty ? nil : approved
        next.blocked?.objects = rest
        next.counts.blocked = Int64(rest.count)
        if let revision = plan.writtenRevision {
            let deleted = plan.results.count { $0.outcome == .deleted }
            let writes = SetWrites(before: plan.revision, after: revision, deleted: Int64(deleted))
            next.records = records(former.records, snapshot, writes, person, now)
        }
        var list = ConditionList(previous: former.conditions, generation: former.generation, now: now)
        for type in Condition.ConditionType.allCases where type != .pruneBlocked { list.keep(type) }
        if let blocked = next.blocked {
            list.set(.pruneBlocked, true, blocked.reason.rawValue, blocked.text)
        } else if former[.synced]?.reason == SetVerdict.held, former.counts.held == 0, approved.unlisted == 0 {
            list.set(.synced, true, SetVerdict.applied)
            next.applied = dated(snapshot, like: former.applied, now)
        }
        next.conditions = list.conditions
        return next
    }
}
