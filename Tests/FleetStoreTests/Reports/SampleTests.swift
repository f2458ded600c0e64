import BSON
import Fleet
import FleetStore
import MongoDB
import Testing

/// Samples as they are stored, and what is shown of them.
struct SampleTests {
    @Test func `a sample comes back as it was stored, and storing it again changes nothing`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            let full = ResourceSample.full("node_one", at: noon)
            let bare = ResourceSample(nodeID: "node_two", timestamp: noon)
            try await store.insert([full, bare])
            var later = full
            later[MetricLeaf.cpuUsage] = .double(99)
            let next = ResourceSample.full("node_one", at: Timestamp(milliseconds: noon.milliseconds + 1))
            // One that stands there is kept as it is, and the others are stored all the same.
            try await store.insert([later, next, bare])
            #expect(try await database.documents("resource_metrics").count == 3)
            let stored = try await store.latestSamples(since: noon, of: nil)
            #expect(stored == [next, bare])
            let first = try await database.documents("resource_metrics")
                .first { $0["timestamp"] == .dateTime(noon.milliseconds) && $0["node_id"] == "node_one" }
            #expect(first?["cpu"]?.documentValue?["usage_percent"] == .double(25.5))
            #expect(first?["cpu"]?.documentValue?["load_average"] == [1.5, 0.5, 0.25])
            #expect(first?["network"]?.documentValue?["total_bytes_in"] == .int64(4_000))
        }
    }

    @Test func `what is refused for any other reason is an error`() async throws {
        try await MongoDatabases.withDatabase { database in
            var bad = ResourceSample(nodeID: "node_one", timestamp: noon)
            bad[MetricLeaf.cpuUsage] = .double(101)
            let good = ResourceSample(nodeID: "node_two", timestamp: noon)
            let thrown = await #expect(throws: StoreError.self) {
                try await database.store.insert([good, good, bad])
            }
            guard case .failed? = thrown else {
                Issue.record("\(String(describing: thrown))")
                return
            }
            // Unordered: the others are there.
            let stored = try await database.documents("resource_metrics")
            #expect(stored.map { $0["node_id"] } == ["node_two"])
        }
    }

    @Test func `the newest stored sample of each node is known`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            try await store.insert(
                (0..<40).map { ResourceSample.full("node_one", at: noon.advanced(seconds: $0 * 60)) })
            try await store.insert([ResourceSample.full("node_two", at: noon)])
            let last = try await store.lastStored(["node_one", "node_two", "node_none", "$node_id"])
            #expect(last == ["node_one": noon.advanced(seconds: 39 * 60), "node_two": noon])
            #expect(try await store.lastStored([]) == [:])
        }
    }

    /// 90 days of a node are 130,000 entries: finding the newest must not read them.
    @Test func `the newest stored sample is found without reading the others`() async throws {
        try await MongoDatabases.withDatabase { database in
            for node in ["node_one", "node_two"] {
                try await database.store.insert(
                    (0..<500).map { ResourceSample(nodeID: node, timestamp: noon.advanced(seconds: $0 * 60)) })
            }
            let name = database.name
            _ = try await database.client.run { try $0.command(name, ["profile": 2]) }
            _ = try await database.store.lastStored(["node_one", "node_two"])
            let profile = try await database.client.run { connection in
                try connection.command(name, ["profile": 0])
                let filter: Document = ["op": "command", "command.aggregate": "resource_metrics"]
                let found = try connection.findOne(Namespace(name, "system.profile"), filter: filter)
                try connection.command(name, ["drop": "system.profile"])
                return found
            }
            let keys = try #require(profile?["keysExamined"]?.int64Value)
            #expect(keys <= 10, "\(keys) keys")
            #expect(profile?["docsExamined"]?.int64Value == 0)
        }
    }

    @Test func `means are of the step, in percent, and what is no number is not measured`() async throws {
        try await MongoDatabases.withDatabase { database in
            let store = database.store
            func sample(_ node: String, _ seconds: Int64, cpu: Double?, used: Int64?, of total: Int64? = 200) {
                var sample = ResourceSample(nodeID: node, timestamp: noon.advanced(seconds: seconds))
                sample[MetricLeaf.cpuUsage] = cpu.map(FieldValue.double)
                sample[MetricLeaf.memoryUsed] = used.map(FieldValue.int)
                sample[MetricLeaf.memoryTotal] = total.map(FieldValue.int)
                samples.append(sample)
            }
            var samples: [ResourceSample] = []
            sample("node_two", 0, cpu: 10, used: 100)
            sample("node_one", 0, cpu: 10, used: 100)
            sample("node_one", 59, cpu: 30, used: 50)
            sample("node_one", 60, cpu: nil, used: 50, of: 0)
            sample("node_one", -1, cpu: 90, used: 100)
            samples[0][MetricLeaf.gpuUsage] = .double(25)
            try await store.insert(samples)
            try await database.insertUnchecked(
                "resource_metrics",
                [
                    "node_id": "node_one", "timestamp": .dateTime(noon.milliseconds + 61_000),
                    "cpu": ["usage_percent": "much"], "memory": ["used_bytes": "x", "total_bytes": [1]],
                ])
            let points = try await store.usage(since: noon, stepSeconds: 60, of: nil)
            let minute = noon.advanced(seconds: 60)
            #expect(
                points == [
                    UsagePoint(nodeID: "node_one", at: noon, cpu: 20, memory: 37.5),
                    UsagePoint(nodeID: "node_one", at: minute, cpu: nil, memory: nil),
                    UsagePoint(nodeID: "node_two", at: noon, cpu: 10, memory: 50, gpu: 25),
                ])
            let only = try await store.usage(since: noon, stepSeconds: 3600, of: ["node_two", "$x"])
            #expect(only.map(\.nodeID) == ["node_two"])
            #expect(try await store.usage(since: noon, stepSeconds: 60, of: []) == [])
            #expect(try await store.latestSamples(since: noon, of: ["node_two"]).map(\.nodeID) == ["node_two"])
            #expect(try await store.latestSamples(since: minute, of: nil).map(\.nodeID) == ["node_one"])
        }
    }
}

extension ResourceSample {
    static func full(_ nodeID: String, at time: Timestamp) -> ResourceSample {
        var sample = ResourceSample(nodeID: nodeID, timestamp: time)
        sample[MetricLeaf.cpuUsage] = .double(25.5)
        sample[MetricLeaf.loadAverage] = .list([.double(1.5), .double(0.5), .double(0.25)])
        sample[MetricLeaf.memoryTotal] = .int(16 << 30)
        sample[MetricLeaf.memoryUsed] = .int(4 << 30)
        sample[MetricLeaf.interfaces] = .list([
            .record([.init("name", .string("$eth0.a")), .init("bytes_in", .int(4_000))])
        ])
        sample[MetricLeaf.bytesIn] = .int(4_000)
        return sample
    }
}

extension MongoDatabases.Database {
    func documents(_ collection: String) async throws -> [Document] {
        let namespace = Namespace(name, collection)
        return try await client.run { connection in
            var found: [Document] = []
            try connection.find(namespace) { found.append($0) }
            return found
        }
    }

    /// Past every validator.
    func insertUnchecked(_ collection: String, _ document: Document) async throws {
        let command = Document { command in
            command.append("insert", collection)
            command.append("documents", [document])
            command.append("bypassDocumentValidation", true)
        }
        _ = try await client.run { [name] in try $0.command(name, command) }
    }
}
