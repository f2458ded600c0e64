import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    package func samples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?
    ) async throws(StoreError) -> [NodeLoad] {
        guard nodeIDs != [] else { return [] }
        let filter = Document { filter in
            if let nodeIDs { filter.document("node_id") { $0.append("$in", nodeIDs) } }
            filter.document("timestamp") { range in
                range.append("$gte", since)
                if let until { range.append("$lte", until) }
            }
        }
        let projection: Document = [
            "_id": 0, "node_id": 1, "timestamp": 1, "cpu.usage_percent": 1, "memory.used_bytes": 1,
            "memory.total_bytes": 1, "gpu.usage_percent": 1,
        ]
        let options = FindOptions(projection: projection, sort: ["timestamp": 1])
        return try await perform { [metrics = namespace(.metrics)] connection in
            var samples: [NodeLoad] = []
            try connection.scan(metrics, filter: filter, options: options) { view in
                if let sample = NodeLoad(view) { samples.append(sample) }
            }
            return samples
        }
    }

    package func meanSamples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?, stepSeconds: Int64
    ) async throws(StoreError) -> [NodeLoad] {
        guard stepSeconds > 0, nodeIDs != [] else { return [] }
        let pipeline = [
            SampleQuery.match(since: since, until: until, of: nodeIDs), SampleQuery.means(stepSeconds: stepSeconds),
        ]
        return try await perform { [metrics = namespace(.metrics)] connection in
            var samples: [NodeLoad] = []
            try connection.aggregate(metrics, pipeline: pipeline) { view in
                guard let step = try view.first("_id")?.document(), let nodeID = step.text("node"),
                    let newest = try view.first("newest"), let at = try? Timestamp(newest)
                else { return }
                samples.append(
                    NodeLoad(
                        nodeID: nodeID, at: at, cpu: try SampleQuery.percent(view, "cpu"),
                        memory: try SampleQuery.percent(view, "memory"), gpu: try SampleQuery.percent(view, "gpu")))
            }
            return samples.sorted { ($0.at, $0.nodeID) < ($1.at, $1.nodeID) }
        }
    }

    package func nodeHistory(since: Timestamp) async throws(StoreError) -> [HistoryEntry] {
        let filter = Document { filter in filter.document("at") { $0.append("$gte", since) } }
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var entries: [HistoryEntry] = []
            try connection.scan(namespace(.history), filter: filter, options: FindOptions()) { view in
                queries.read { () throws(StoreError) in entries.append(try HistoryEntry(view)) }
            }
            return entries.sorted {
                ($0.at, $0.nodeID, $0.firstRevision, $0.transition) < (
                    $1.at, $1.nodeID, $1.firstRevision, $1.transition
                )
            }
        }
    }

    package func decisions(of poolID: String?, limit: Int) async throws(StoreError) -> [ScalingRecord] {
        guard limit > 0 else { return [] }
        let filter = Document { filter in
            if let poolID { filter.document("pool_id") { $0.append("$eq", poolID) } }
        }
        let options = FindOptions(sort: ["at": -1], limit: limit)
        return try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var records: [ScalingRecord] = []
            try connection.scan(namespace(.decisions), filter: filter, options: options) { view in
                queries.read { () throws(StoreError) in records.append(try ScalingRecord(view)) }
            }
            return records.sorted { ($0.at, $0.firstRevision, $0.number) < ($1.at, $1.firstRevision, $1.number) }
        }
    }
}

extension NodeLoad {
    /// Nil where no node or no time stands, which is nobody's sample. Read by the ten thousand, so element by element.
    fileprivate init?(_ document: DocumentView) {
        var nodeID: String?
        var at: Timestamp?
        var (cpu, gpu, used, total): (Double?, Double?, Double?, Double?)
        guard var cursor = try? document.cursor() else { return nil }
        while let element = try? cursor.next() {
            switch element.key {
            case "node_id": nodeID = try? element.string()
            case "timestamp": at = try? Timestamp(element)
            case "cpu": cpu = element.number("usage_percent")
            case "gpu": gpu = element.number("usage_percent")
            case "memory": (used, total) = (element.number("used_bytes"), element.number("total_bytes"))
            default: break
            }
        }
        guard let nodeID, let at else { return nil }
        var memory: Double?
        if let used, let total, total > 0 { memory = used / total * 100 }
        self.init(nodeID: nodeID, at: at, cpu: cpu, memory: memory, gpu: gpu)
    }
}

extension ElementView {
    /// A member that is a number, of a document.
    fileprivate func number(_ key: StaticString) -> Double? {
        guard let element = try? document().first(key.description) else { return nil }
        return FieldValue(element).double
    }
}
