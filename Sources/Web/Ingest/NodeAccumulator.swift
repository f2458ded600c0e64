internal import Fleet

/// What the ingest knows of one node: pure, and a value, so that a flush that fails leaves what stood before.
///
/// Every report counts as seen; a sample is stored once an interval. A report is taken once: one whose time is not after
/// the last that was taken (in this life of the ingest), or after the node's last stored sample, is a double.
struct NodeAccumulator: Sendable {
    /// What a request's reports came to.
    struct Taken: Sendable {
        var accepted: Int
        /// To be stored, in order of time.
        var samples: [ResourceSample]
    }

    let nodeID: String
    /// When it was last heard of, by the server's clock.
    private(set) var lastHeard: Timestamp
    /// Reports up to here are in stored samples.
    private(set) var durableUntil: Timestamp?
    private(set) var interval: LearnedInterval
    private var lastTaken: Timestamp?
    /// From then on a report ends the sample.
    private var due: Timestamp?
    private var bucket = SampleBucket()
    private var hardware: FoundHardware
    private var drained: Timestamp?
    /// As they stand in the store.
    private(set) var written: AgentFacts?
    /// When this life last wrote the machine's size.
    private var hardwareWritten: Timestamp?

    /// - Parameters:
    ///   - lastStored: the node's newest stored sample.
    ///   - facts: what stands in the store.
    init(nodeID: String, lastStored: Timestamp?, facts: AgentFacts?, now: Timestamp, sampleSeconds: Int64) {
        self.nodeID = nodeID
        lastHeard = now
        durableUntil = NodeAccumulator.credible(lastStored, now: now)
        lastTaken = durableUntil
        due = durableUntil?.advanced(seconds: sampleSeconds)
        interval = facts.map { LearnedInterval(seconds: $0.intervalSeconds) } ?? LearnedInterval()
        hardware = facts?.hardware ?? FoundHardware()
        drained = facts?.drained
        written = facts
    }

    /// A stored sample that is further ahead than a report may be was never a report: somebody else's, or of a clock that
    /// was wrong. It says nothing of what is durable; else every report until then would be a double.
    private static func credible(_ lastStored: Timestamp?, now: Timestamp) -> Timestamp? {
        guard let lastStored, lastStored <= now.advanced(seconds: ReportSkew.secondsAhead) else { return nil }
        return min(lastStored, now)
    }

    /// The node reckons with another ingest: what is open here it has sent there, or sends again; it sends all that it
    /// does not know to be stored.
    mutating func startOver(lastStored: Timestamp?, now: Timestamp, sampleSeconds: Int64) {
        bucket = SampleBucket()
        durableUntil = [durableUntil, NodeAccumulator.credible(lastStored, now: now)].compactMap(\.self).max()
        lastTaken = durableUntil
        due = durableUntil?.advanced(seconds: sampleSeconds)
    }

    /// Whether somebody stored a sample of this node after the last that was stored here.
    func isOvertaken(by lastStored: Timestamp?, now: Timestamp) -> Bool {
        guard let lastStored = NodeAccumulator.credible(lastStored, now: now) else { return false }
        return durableUntil.map { lastStored > $0 } ?? true
    }

    /// Gives up what was taken since the last sample; its sender may send it again.
    mutating func dropOpenSample() {
        bucket = SampleBucket()
        lastTaken = durableUntil
    }

    /// Takes the reports of one request; `drained` acknowledges the drain that began then.
    ///
    /// The samples count as durable from here on: the caller keeps this value only when they are.
    mutating func take(
        _ reports: [ResourceSample], drained: Timestamp?, now: Timestamp, sampleSeconds: Int64
    ) -> Taken {
        var taken = Taken(accepted: 0, samples: [])
        lastHeard = max(lastHeard, now)
        if let drained { self.drained = drained }
        let reports = reports.sorted { $0.timestamp < $1.timestamp }
        for report in reports where lastTaken.map({ report.timestamp > $0 }) ?? true {
            lastTaken = report.timestamp
            taken.accepted += 1
            note(report)
            add(report, sampleSeconds: sampleSeconds, into: &taken.samples)
        }
        // Made up for after an outage, or live?
        if let newest = reports.last?.timestamp, newest.advanced(seconds: 60) > now { interval.reported(at: now) }
        return taken
    }

    private mutating func add(_ report: ResourceSample, sampleSeconds: Int64, into samples: inout [ResourceSample]) {
        if let due, report.timestamp >= due.advanced(seconds: sampleSeconds) {
            // After a hole: what came before it is a sample of its own.
            close(into: &samples)
        }
        bucket.add(report)
        guard let due else {
            close(into: &samples)
            self.due = report.timestamp.advanced(seconds: sampleSeconds)
            return
        }
        guard report.timestamp >= due else { return }
        close(into: &samples)
        // From the time that was due and not from the report's, so that an interval that doesn't divide the sample's is
        // right in the mean.
        let next = due.advanced(seconds: sampleSeconds)
        self.due = report.timestamp < next ? next : report.timestamp.advanced(seconds: sampleSeconds)
    }

    private mutating func close(into samples: inout [ResourceSample]) {
        guard !bucket.isEmpty else { return }
        // A bucket without a value is not stored, and yet nothing of it is left to store.
        durableUntil = bucket.until
        if let sample = bucket.empty() { samples.append(sample) }
    }

    /// The sample of what was taken since the last, before its time: for a node that has gone silent, and at a stop.
    mutating func close() -> ResourceSample? {
        var samples: [ResourceSample] = []
        close(into: &samples)
        return samples.last
    }

    var hasOpenSample: Bool { !bucket.isEmpty }

    /// What stood in the store may be gone: it is written again.
    mutating func forgetWritten() { written = nil }

    /// What has changed since it was last written; it counts as written from here on. The machine's size is written at
    /// most once a minute, so that nobody makes the leader work by telling another one each time.
    mutating func factsToWrite(now: Timestamp) -> AgentFacts? {
        var facts =
            written
            ?? AgentFacts(nodeID: nodeID, intervalSeconds: interval.seconds, hardware: hardware, drained: drained)
        if LearnedInterval.hasMoved(from: facts.intervalSeconds, to: interval.seconds) {
            facts.intervalSeconds = interval.seconds
        }
        facts.drained = drained
        let isQuiet = hardwareWritten.map { now >= $0.advanced(seconds: 60) } ?? true
        if isQuiet, hardware.isNews(after: facts.hardware) { facts.hardware = hardware }
        guard facts != written else { return nil }
        if facts.hardware != written?.hardware { hardwareWritten = now }
        written = facts
        return facts
    }

    private mutating func note(_ report: ResourceSample) {
        hardware.cores = report[MetricLeaf.cores]?.int ?? hardware.cores
        hardware.memoryBytes = report[MetricLeaf.memoryTotal]?.int ?? hardware.memoryBytes
        hardware.storageBytes = report[MetricLeaf.diskTotal]?.int ?? hardware.storageBytes
    }
}
