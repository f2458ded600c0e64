import Fleet

/// When a node that no longer reports counts as lost (LOOP, "Heartbeats").
package struct HeartbeatRule: Hashable, Sendable {
    /// The bounds of what is learned, in seconds; the lower one is also taken for who is not known.
    package static let intervals: ClosedRange<Int64> = 15...300
    /// A node that missed this many is lost.
    package static let intervalsUntilLost: Int64 = 3

    /// The node's own, in seconds.
    package let interval: Int64
    private let ingestSince: Timestamp?

    /// - Parameters:
    ///   - facts: what the ingest learned of the node, if it reports to one.
    ///   - ingestSince: since when some ingest has taken reports without a gap; nil when none ever did.
    package init(_ facts: AgentFacts?, ingestSince: Timestamp?) {
        let learned = facts?.intervalSeconds ?? HeartbeatRule.intervals.lowerBound
        interval = min(max(learned, HeartbeatRule.intervals.lowerBound), HeartbeatRule.intervals.upperBound)
        self.ingestSince = ingestSince
    }

    /// The last instant at which a node that last beat at `heartbeat` does not count as lost.
    ///
    /// Its age counts from the later of the heartbeat and three intervals after some ingest came back, because while
    /// none was there nobody could report. Who was lost before (`wasLost`) has to beat to be anything else: an ingest
    /// that starts again makes no dead node live.
    package func freshUntil(_ heartbeat: Timestamp, wasLost: Bool) -> Timestamp {
        let patience = HeartbeatRule.intervalsUntilLost * interval
        guard !wasLost, let ingestSince else { return heartbeat.advanced(seconds: patience) }
        return max(heartbeat, ingestSince.advanced(seconds: patience)).advanced(seconds: patience)
    }

    package func isLost(_ heartbeat: Timestamp, wasLost: Bool, now: Timestamp) -> Bool {
        freshUntil(heartbeat, wasLost: wasLost) < now
    }

    /// The instant before which a heartbeat may be too old at `now` for a node of the shortest interval: what the engine
    /// looks for between two looks.
    package static func shortestCutoff(at now: Timestamp) -> Timestamp {
        now.advanced(seconds: -intervalsUntilLost * intervals.lowerBound)
    }
}
