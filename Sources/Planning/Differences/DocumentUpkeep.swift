import Fleet

/// A field that the leader works out itself: a node's status.
struct ComputedField {
    var path: String
    var found: FieldValue?
    /// What the leader last put there.
    var last: FieldValue?
    var next: FieldValue

    /// Somebody edited it, if the leader had put there what it would put there again.
    var wasEdited: Bool { found != next && last == next }
}

/// Brings a document of the data model to what is declared, or reports that it is not: alike for pools and nodes.
struct DocumentUpkeep {
    let subject: Subject
    let desired: Desired
    let wanted: WantedDocument
    /// What is declared elsewhere (a named policy) changed: differences are no drift.
    var followsPolicy = false
    /// Differences that wait for something else, such as a move for its drain.
    var deferred: Set<String> = []
    var computed: ComputedField?

    /// The plan with its writes and its `Synced` and `Drifted` conditions; the caller adds what it knows beyond them.
    ///
    /// - Parameter inserting: what a new document holds besides its name and leaves.
    func plan(inserting: [PathValue]) -> (plan: Plan, next: ResourceStatus, conditions: ConditionList) {
        var plan = Plan(subject.key)
        var next = subject.nextStatus(desired)
        var conditions = subject.conditions(desired)
        let pending = subject.isPending(desired) || followsPolicy
        let wasSettled = !pending && subject.status?.documentID != nil
        guard let observed = subject.observed else {
            if wasSettled, desired.declaration.lifecycle.drift != .correct {
                missing(&plan, &next, &conditions)
            } else {
                create(inserting, recreates: wasSettled, &plan, &next, &conditions)
            }
            return (plan, next, conditions)
        }
        plan.differences = Differences.between(wanted, observed)
        plan.isDrift = wasSettled && !plan.differences.isEmpty
        var writes = plan.differences.filter { !deferred.contains($0.path) }
        if let computed, computed.found != computed.next {
            let difference = FieldDifference(path: computed.path, found: computed.found, declared: computed.next)
            if wasSettled, computed.wasEdited {
                plan.differences.append(difference)
                plan.isDrift = true
            }
            writes.append(difference)
        }
        if plan.isDrift, desired.declaration.lifecycle.drift != .correct {
            report(&plan, &next, &conditions)
            writes.removeAll { plan.differences.contains($0) }
        } else {
            note(&plan, &next, pending: pending)
            conditions.set(
                .synced, deferred.isEmpty, deferred.isEmpty ? "AsDeclared" : "InProgress",
                deferred.isEmpty ? "" : "\(deferred.sorted().joined(separator: ", ")) still to change")
        }
        if let pause = subject.status?[.suspended], pause.reason == "Suspended" {
            subject.emit("Resumed", "no longer paused", into: &plan, &next)
        }
        if !writes.isEmpty {
            let (guards, values) = Differences.write(writes, over: observed.obstacles)
            plan.change.document = .update(id: observed.documentID, guards: guards, writes: values)
            plan.verb = .update
        }
        return (plan, next, conditions)
    }

    private func create(
        _ inserting: [PathValue], recreates: Bool, _ plan: inout Plan, _ next: inout ResourceStatus,
        _ conditions: inout ConditionList
    ) {
        let id = DocumentID(of: subject.key, declared: desired.firstRevision, events: next.events, at: subject.now)
        plan.verb = .create
        plan.differences = Differences.whole(wanted)
        plan.isDrift = recreates
        plan.reason = recreates ? "its document was deleted" : "declared, and not there"
        plan.change.document = .insert(
            id: id, fields: inserting + plan.differences.map { PathValue($0.path, $0.declared) })
        next.documentID = id
        conditions.set(.synced, true, "AsDeclared")
        if recreates {
            subject.warn("DriftCorrected", "its document was deleted: created again", into: &plan, &next)
        } else {
            subject.emit("Created", "created as declared", into: &plan, &next)
        }
    }

    /// The document was deleted by hand and is to be left so.
    private func missing(_ plan: inout Plan, _ next: inout ResourceStatus, _ conditions: inout ConditionList) {
        next.documentID = subject.status?.documentID
        plan.isDrift = true
        plan.reason = "its document was deleted"
        conditions.set(.synced, false, "DocumentMissing", "its document was deleted")
        guard desired.declaration.lifecycle.drift == .report else { return }
        conditions.set(.drifted, true, "DocumentMissing", "its document was deleted")
        if subject.status?[.drifted]?.reason != "DocumentMissing" {
            subject.warn("Drifted", "its document was deleted", into: &plan, &next)
        }
    }

    /// Drift that is left as it is: a condition and one event for each different state of it, or nothing at all.
    private func report(_ plan: inout Plan, _ next: inout ResourceStatus, _ conditions: inout ConditionList) {
        plan.reason = "changed behind Reeve's back; left as `lifecycle.drift` says"
        guard desired.declaration.lifecycle.drift == .report else {
            conditions.set(.synced, true, "DriftIgnored")
            return
        }
        let message = describe(plan.differences)
        conditions.set(.synced, false, "Drifted", message)
        conditions.set(.drifted, true, "FieldsChanged", message)
        if subject.status?[.drifted]?.message != message {
            subject.warn("Drifted", message, drift: plan.differences.map(\.asDrift), into: &plan, &next)
        }
    }

    /// Says what is being written.
    private func note(_ plan: inout Plan, _ next: inout ResourceStatus, pending: Bool) {
        let written = plan.differences.filter { !deferred.contains($0.path) }
        guard !written.isEmpty else { return }
        if plan.isDrift {
            plan.reason = "changed behind Reeve's back"
            subject.warn(
                "DriftCorrected", describe(written), drift: written.map(\.asDrift), into: &plan, &next)
        } else {
            plan.reason =
                followsPolicy && !subject.isPending(desired) ? "its policy changed" : "the declaration changed"
            subject.emit("Updated", describe(written), into: &plan, &next)
        }
    }

    /// At most five fields by name; an event is a line, not a document.
    private func describe(_ differences: [FieldDifference]) -> String {
        let shown = differences.prefix(5).map { difference in
            let found = difference.found.map(\.description) ?? "nothing"
            let declared = difference.declared.map(\.description) ?? "nothing"
            return "\(difference.path): found \(found), declared \(declared)"
        }
        let more = differences.count > 5 ? "; and \(differences.count - 5) more" : ""
        return shown.joined(separator: "; ") + more
    }
}

extension FieldDifference {
    var asDrift: Event.Drift { Event.Drift(field: path, found: found, declared: declared) }
}

extension DocumentID {
    /// An id for a document to be created: of what is created and when in its history.
    ///
    /// Derived instead of drawn, so that a plan is a function of what was read. Two that met would be refused by the
    /// server as duplicates, and planned again with a later `events`.
    init(of key: ResourceKey, declared firstRevision: Int64, events: Int64, at now: Timestamp) {
        self.init(of: "\(key)/\(firstRevision)/\(events)", at: now)
    }
}
