import Fleet

/// How a resource was declared over all its lives, as far as that is kept.
package struct DeclarationTimeline: Sendable {
    /// One generation, from the revision that declared it to the one that ended it.
    package struct Span: Hashable, Sendable {
        /// As it stood at last.
        package var desired: Desired
        /// The revision that declared it; nil where the generation before is not kept, which would tell.
        package var begin: Int64?
        package var beganAt: Timestamp
        /// Nil while it stands.
        package var end: Int64?
        package var endedAt: Timestamp?
        /// It was not replaced, but deleted.
        package var isRemoved = false

        /// Whether both are the same generation of the same life.
        package func isSame(as other: Span) -> Bool {
            desired.firstRevision == other.desired.firstRevision && desired.generation == other.desired.generation
        }
    }

    package enum Standing: Hashable, Sendable {
        case declared(Span)
        case absent
        /// It is no longer kept.
        case unknown
    }

    package let key: ResourceKey
    /// Oldest first.
    package let spans: [Span]

    /// - Parameter former: what was replaced or deleted.
    package init(_ key: ResourceKey, former: [StoredRevision], current: Desired?) {
        self.key = key
        let kept = former.sorted {
            ($0.desired.firstRevision, $0.desired.generation) < ($1.desired.firstRevision, $1.desired.generation)
        }
        var spans: [Span] = []
        for (position, revision) in kept.enumerated() {
            var span = Span(revision.desired, after: spans.last)
            let next = position + 1 < kept.count ? kept[position + 1].desired : current
            span.isRemoved = revision.removedRevision != nil
            // What an older version kept does not say: it was then at the latest.
            span.end = revision.removedRevision ?? revision.replacedRevision ?? next?.revision
            span.endedAt = revision.replacedAt
            spans.append(span)
        }
        if let current { spans.append(Span(current, after: spans.last)) }
        self.spans = spans
    }

    /// What stands; nil when nothing is declared.
    package var current: Span? { spans.last.flatMap { $0.end == nil ? $0 : nil } }

    /// Whether older ones may have been given up.
    package var isCut: Bool {
        spans.count { $0.end != nil } >= StoredRevision.mostKept
            || spans.first.map { $0.desired.generation > 1 } ?? false
    }

    /// The generation that the span replaced, if it is kept.
    package func predecessor(of span: Span) -> Span? {
        spans.first {
            $0.desired.firstRevision == span.desired.firstRevision
                && $0.desired.generation == span.desired.generation - 1
        }
    }

    /// How the resource stood when that revision had been written.
    package func standing(at revision: Int64) -> Standing {
        for span in spans.reversed() {
            guard let begin = span.begin else {
                // Somewhere between its life's beginning and the last time that it was written.
                if revision < span.desired.firstRevision { continue }
                if revision < span.desired.revision { return .unknown }
                return span.standing(at: revision)
            }
            if begin <= revision { return span.standing(at: revision) }
        }
        return isCut ? .unknown : .absent
    }
}

extension DeclarationTimeline.Span {
    fileprivate init(_ desired: Desired, after previous: Self?) {
        self.desired = desired
        if desired.generation == 1 {
            (begin, beganAt) = (desired.firstRevision, desired.createdAt)
        } else if let previous, previous.desired.firstRevision == desired.firstRevision,
            previous.desired.generation == desired.generation - 1
        {
            (begin, beganAt) = (previous.end, previous.endedAt ?? desired.updatedAt)
        } else {
            (begin, beganAt) = (nil, desired.updatedAt)
        }
    }

    /// Given that it had begun.
    fileprivate func standing(at revision: Int64) -> DeclarationTimeline.Standing {
        guard let end, end <= revision else { return .declared(self) }
        return isRemoved ? .absent : .unknown
    }
}
