import Fleet

extension WorkQueue {
    /// The queue in figures, for the metrics.
    package struct Counts: Hashable, Sendable {
        /// Due and not yet taken, by urgency.
        package var changes = 0
        package var resyncs = 0
        /// Scheduled for later: backoffs and timers.
        package var delayed = 0
        package var running = 0
        /// Parked until another resource changes.
        package var waiting = 0

        /// Due and not yet taken.
        package var depth: Int { changes + resyncs }

        package init() {}
    }

    /// Walks what is due: for a scrape, not for each pass.
    package func counts(_ now: Timestamp) -> Counts {
        let instant = now.milliseconds
        var counts = Counts()
        counts.changes = changes.count(dueBy: instant, in: slots.entries)
        counts.resyncs = resyncs.count(dueBy: instant, in: slots.entries)
        counts.delayed = changes.slots.count + resyncs.slots.count - counts.depth
        counts.running = runs.count
        counts.waiting = slots.count - runs.count - changes.slots.count - resyncs.slots.count
        return counts
    }
}
