import Fleet

/// When a node that no longer reports counts as lost (LOOP, "Heartbeats").
package struct HeartbeatRule: Hashable, Sendable {
    /// The bounds of what is learned, in seconds; the lower one is also taken for who is not known.
    package static let intervals: ClosedRange<Int64> = 15...300
    /// A node that missed this many is lost.
    package static let intervalsUntilLost: Int64 = 3

    /// The node's own, in seconds.
    package let interval: Int64
    private let ingest: IngestService

    /// - Parameter facts: what the ingest learned of the node, if it reports to one.
    package init(_ facts: AgentFacts?, _ ingest: IngestService) {
        let learned = facts?.intervalSeconds ?? HeartbeatRule.intervals.lowerBound
        interval = min(max(learned, HeartbeatRule.intervals.lowerBound), HeartbeatRule.intervals.upperBound)
        self.ingest = ingest
    }

    /// The last instant at which a node that last beat at `heartbeat` does not count as lost; nil while nobody can report.
    ///
    /// Its age counts from the later of the heartbeat and three intervals after some ingest came back, because while
    /// none was there nobody could report. That is for who was not lost yet when ages last counted: an ingest that starts
    /// again makes no dead node live, whatever its status said meanwhile.
    ///
    /// - Parameter wasLost: its status says that its heartbeats stopped. It has to beat to be anything else, also where
    ///   it was judged after `countedUntil`: within a look of it, or after a day without any ingest.
    package func freshUntil(_ heartbeat: Timestamp, wasLost: Bool) -> Timestamp? {
        let patience = HeartbeatRule.intervalsUntilLost * interval
        let alone = heartbeat.advanced(seconds: patience)
        switch ingest {
        case .none: return alone
        case .away(let counted): return wasLost || alone < counted ? alone : nil
        case .serving(let since, let counted):
            guard !wasLost, alone >= counted else { return alone }
            return max(heartbeat, since.advanced(seconds: patience)).advanced(seconds: patience)
        }
    }

    package func isLost(_ heartbeat: Timestamp, wasLost: Bool, now: Timestamp) -> Bool {
        freshUntil(heartbeat, wasLost: wasLost).map { $0 < now } ?? false
    }

    /// The instant before which a heartbeat may be too old at `now` for a node of the shortest interval: what the engine
    /// looks for between two looks.
    package static func shortestCutoff(at now: Timestamp) -> Timestamp {
        now.advanced(seconds: -intervalsUntilLost * intervals.lowerBound)
    }
}
