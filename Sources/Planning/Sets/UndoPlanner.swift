import Fleet

/// Why a resource can't be brought back to how it stood.
package enum UndoObstacle: Error, Hashable, Sendable {
    case neverDeclared
    case beingDeleted(DeletionMark)
    /// The first generation stands, and nothing stood before it.
    case isFirst
    /// That generation stands.
    case isCurrent(Int64)
    /// That generation is not kept, or never was; `kept` are those of the same life that are.
    case notKept(Int64, kept: [Int64])
}

/// What taking back a set's last snapshot comes to.
package struct SetUndo: Hashable, Sendable {
    /// How each resource is to stand that does not yet.
    package var targets: [Reversion] = []
    /// All that the snapshot changed, to be pinned: also what stands as before already.
    package var keys: Set<ResourceKey> = []
    /// Deleted by the snapshot and not gone yet, which has to end before they can be declared again.
    package var waiting: [ResourceKey] = []
    /// How these stood before is no longer kept.
    package var lost: [ResourceKey] = []
    /// Were created and stay, because their `lifecycle.prune` is false.
    package var kept: [ResourceKey] = []

    package var changesNothing: Bool { targets.isEmpty && waiting.isEmpty && lost.isEmpty }
}

/// Decides how resources stood before, which `ReversionPlanner` then brings back.
package enum UndoPlanner {
    /// How a resource is to stand: as in that generation of its present or last life, or as before its last change.
    ///
    /// A change is taken back by the same change the other way round, so that an undo twice in a row leads to where it
    /// began. What was deleted is declared as it was last.
    package static func former(
        of timeline: DeclarationTimeline, generation: Int64? = nil
    ) throws(UndoObstacle) -> Desired {
        guard let last = timeline.spans.last else { throw .neverDeclared }
        let current = timeline.current
        if let mark = current?.desired.deletion { throw .beingDeleted(mark) }
        if let current, generation == nil, current.desired.generation == 1 { throw .isFirst }
        let wanted = generation ?? (current.map { $0.desired.generation - 1 } ?? last.desired.generation)
        if let current, current.desired.generation == wanted { throw .isCurrent(wanted) }
        let life = timeline.spans.filter { $0.desired.firstRevision == last.desired.firstRevision }
        guard let span = life.first(where: { $0.desired.generation == wanted }) else {
            throw .notKept(wanted, kept: life.filter { $0.end != nil }.map(\.desired.generation))
        }
        return span.desired
    }

    /// Brings back what a snapshot changed to how it stood before it. Idempotent: what stands so already is no target.
    ///
    /// What was deleted because of the snapshot later, by an approval, counts as well; what others declared or brought into
    /// the set meanwhile does not.
    ///
    /// - Parameter timelines: of everything that the set owns or has lost since `record.before`.
    package static func undo(_ record: SetRecord, of set: String, in timelines: [DeclarationTimeline]) -> SetUndo {
        var undo = SetUndo()
        for timeline in timelines.sorted(by: { $0.key < $1.key }) {
            guard let change = Change(timeline, by: record, of: Desired.syncManager(of: set)) else { continue }
            undo.keys.insert(timeline.key)
            let current = timeline.current?.desired
            switch change {
            case .unknown: undo.lost.append(timeline.key)
            case .created(let firstRevision):
                guard let current, current.deletion == nil, current.firstRevision == firstRevision else { continue }
                if current.declaration.lifecycle.prune {
                    undo.targets.append(.absent(timeline.key))
                } else {
                    undo.kept.append(timeline.key)
                }
            case .ended(let former):
                if current?.deletion != nil {
                    undo.waiting.append(timeline.key)
                } else if !(current?.declaration.declaresSame(as: former.declaration) ?? false) {
                    undo.targets.append(.declared(former))
                }
            }
        }
        return undo
    }

    /// What a snapshot did to a resource.
    private enum Change {
        case created(firstRevision: Int64)
        /// Replaced, or deleted.
        case ended(Desired)
        case unknown

        init?(_ timeline: DeclarationTimeline, by record: SetRecord, of manager: String) {
            // Of a record that is open nobody knows how far it came.
            let end = record.isOpen ? .max : record.after
            let after = timeline.standing(at: end)
            switch timeline.standing(at: record.before) {
            case .absent:
                guard case .declared(let made) = after, made.desired.manager == manager else { return nil }
                self = .created(firstRevision: made.desired.firstRevision)
            case .unknown:
                // Written since, and nobody knows by whom.
                guard let last = timeline.spans.last, (last.end ?? last.desired.revision) > record.before else {
                    return nil
                }
                self = .unknown
            case .declared(let former):
                // It was going already.
                if former.desired.deletion != nil, former.desired.revision <= record.before { return nil }
                // Replaced by others alone: the set declared nothing in between.
                if former.end != nil, !former.isRemoved,
                    !timeline.spans.contains(where: { span in
                        let begin = span.begin ?? span.desired.revision
                        return begin > record.before && begin <= end && span.desired.manager == manager
                    })
                {
                    return nil
                }
                var unmarked = former.desired
                unmarked.deletion = nil
                if case .declared(let span) = after, span.isSame(as: former) {
                    // The same generation; marked since, or not at all.
                    guard span.desired.deletion != nil, span.desired.revision > record.before else { return nil }
                }
                self = .ended(unmarked)
            }
        }
    }
}

extension Declaration {
    /// Wherever that is written.
    fileprivate func declaresSame(as other: Declaration) -> Bool {
        spec == other.spec && name == other.name && lifecycle == other.lifecycle && labels == other.labels
    }
}
