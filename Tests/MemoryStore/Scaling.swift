package import Fleet
package import FleetStore
import Synchronization

extension InMemoryStore {
    package func samples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?
    ) throws(StoreError) -> [NodeLoad] {
        try query { database in
            let asked = database.samples.filter { sample in
                (nodeIDs?.contains(sample.nodeID) ?? true) && sample.at >= since
                    && (until.map { sample.at <= $0 } ?? true)
            }
            return asked.sorted { ($0.at, $0.nodeID) < ($1.at, $1.nodeID) }
        }
    }

    package func meanSamples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?, stepSeconds: Int64
    ) throws(StoreError) -> [NodeLoad] {
        guard stepSeconds > 0 else { return [] }
        let asked = try samples(of: nodeIDs, since: since, until: nil).filter { sample in
            until.map { sample.at < $0 } ?? true
        }
        let steps = Dictionary(grouping: asked) { sample in
            Step(nodeID: sample.nodeID, number: sample.at.milliseconds / (stepSeconds * 1000))
        }
        let means = steps.values.compactMap { samples in
            samples.map(\.at).max().map { newest in
                NodeLoad(
                    nodeID: samples[0].nodeID, at: newest, cpu: mean(samples.compactMap(\.cpu)),
                    memory: mean(samples.compactMap(\.memory)), gpu: mean(samples.compactMap(\.gpu)))
            }
        }
        return means.sorted { ($0.at, $0.nodeID) < ($1.at, $1.nodeID) }
    }

    private struct Step: Hashable {
        var nodeID: String
        var number: Int64
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    package func nodeHistory(since: Timestamp) throws(StoreError) -> [HistoryEntry] {
        try query { database in
            database.history.filter { $0.at >= since }.sorted {
                ($0.at, $0.nodeID, $0.firstRevision, $0.transition) < (
                    $1.at, $1.nodeID, $1.firstRevision, $1.transition
                )
            }
        }
    }

    package func decisions(of poolID: String?, limit: Int) throws(StoreError) -> [ScalingRecord] {
        try query { database in
            let sorted = database.decisions.filter { poolID == nil || $0.poolID == poolID }.sorted {
                ($0.at, $0.firstRevision, $0.number) < ($1.at, $1.firstRevision, $1.number)
            }
            return sorted.suffix(max(limit, 0))
        }
    }

    /// An ingest stores samples.
    package func store(_ samples: [NodeLoad]) {
        shared.state.withLock { $0.database.samples += samples }
    }
}

extension Database {
    /// Under derived ids; a newer one takes the place of one long ago.
    mutating func append(_ record: ScalingRecord, in transaction: inout MemoryTransaction) {
        guard recorded.insert("decision \(record.id)").inserted else { return }
        transaction.undo.append(.decisions(decisions, id: record.id))
        decisions.append(record)
        decisions.removeAll { $0.id == record.replacedID }
        transaction.writes["decisions", default: 0] += 1
    }
}
