import Fleet

@testable import Web

extension Ingest {
    /// What became of a request, as a value.
    func outcome(_ submission: Submission) async -> Outcome {
        do throws(Refusal) { return .success(try await submit(submission)) } catch { return .failure(error) }
    }
}

extension Ingest.Outcome {
    var isTaken: Bool { if case .success = self { true } else { false } }
}

extension ResourceSample {
    static func measured(_ nodeID: String, _ at: Timestamp, cpu: Double) -> ResourceSample {
        var sample = ResourceSample(nodeID: nodeID, timestamp: at)
        sample[MetricLeaf.cpuUsage] = .double(cpu)
        return sample
    }
}
