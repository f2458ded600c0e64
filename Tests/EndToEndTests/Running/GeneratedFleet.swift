import BSON

/// A fleet as manifests, and beside them what has to stand in MongoDB, made by hand from the same figures: what Reeve
/// makes of the manifests is compared with it.
struct GeneratedFleet {
    /// In the order of their numbers.
    var pools: [String]
    var nodesInEach: Int

    init(pools: Int, nodes: Int, prefix: String = "fleet") {
        self.pools = (1...pools).map { "\(prefix)-\($0)" }
        nodesInEach = nodes
    }

    var nodeCount: Int { pools.count * nodesInEach }

    /// All of it in one file.
    var manifests: String {
        var documents: [String] = []
        for pool in pools {
            documents.append(
                """
                apiVersion: reeve/v1
                kind: NodePool
                metadata: {name: \(pool)}
                spec: {max_nodes: \(max(nodesInEach, 1)), description: "pool \(pool)", pricing: {cost_per_hour: "0.25", currency: USDT}}
                """)
            documents += (0..<nodesInEach).map { GeneratedFleet.manifest(pool: pool, number: $0) }
        }
        return documents.joined(separator: "\n---\n") + "\n"
    }

    /// The nodes by their ids, without what is not declared.
    var expected: [String: Document] {
        var all: [String: Document] = [:]
        for pool in pools {
            for number in 0..<nodesInEach {
                let (id, document) = GeneratedFleet.document(pool: pool, number: number)
                all[id] = document
            }
        }
        return all
    }

    private static let types = ["worker", "validator", "storage", "compute"]
    private static let zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"]

    private static func manifest(pool: String, number: Int) -> String {
        var lines = [
            "apiVersion: reeve/v1", "kind: Node",
            "metadata: {name: \(pool)-n\(number), labels: {rack: \"\(number % 7)\"}}", "spec:",
            "  node_type: \(types[number % 4])", "  pool_id: pool_\(pool)", "  hardware_info:",
            "    cpu: {cores: \(1 + number % 64), frequency_mhz: \(2000 + number)}",
            "    memory: {total_bytes: \(1 + number % 256)GiB, type: DDR5}",
            "    storage: {total_bytes: \(100 + number)GB}",
            "    network: [{interface: eth0, speed_mbps: \(100 * (1 + number % 10))}, {interface: lo}]",
        ]
        if number % 2 == 0 {
            lines.append("  location: {city: \"city \(number)\", timezone: \(zones[number / 2 % 4])}")
        }
        if number % 3 == 0 {
            lines.append("  configuration: {max_sessions: \(number), auto_scaling: \(number % 6 == 0)}")
        }
        return lines.joined(separator: "\n")
    }

    private static func document(pool: String, number: Int) -> (id: String, document: Document) {
        let id = "node_\(pool)-n\(number)"
        let gibibyte: Int64 = 1 << 30
        let network: Value = [
            ["interface": "eth0", "speed_mbps": .int64(Int64(100 * (1 + number % 10)))], ["interface": "lo"],
        ]
        let hardware: Value = [
            "cpu": ["cores": .int64(Int64(1 + number % 64)), "frequency_mhz": .int64(Int64(2000 + number))],
            "memory": ["total_bytes": .int64(Int64(1 + number % 256) * gibibyte), "type": "DDR5"],
            "storage": ["total_bytes": .int64(Int64(100 + number) * 1_000_000_000)],
            "network": network,
        ]
        var fields: [(String, Value)] = [
            ("node_id", .string(id)), ("name", .string("\(pool)-n\(number)")),
            ("node_type", .string(types[number % 4])), ("pool_id", .string("pool_\(pool)")),
            ("hardware_info", hardware), ("status", "inactive"),
        ]
        if number % 2 == 0 {
            fields.append(
                ("location", ["city": .string("city \(number)"), "timezone": .string(zones[number / 2 % 4])]))
        }
        if number % 3 == 0 {
            fields.append(
                ("configuration", ["max_sessions": .int64(Int64(number)), "auto_scaling": .bool(number % 6 == 0)]))
        }
        return (id, Document(fields))
    }
}

/// Compares documents field by field.
enum Comparison {
    /// The paths at which the two differ as MongoDB sees it, whatever the order of fields; `ignoring` names some at the
    /// top that nobody declares.
    static func differences(_ found: Document, _ wanted: Document, ignoring: Set<String> = []) throws -> [String] {
        var wantedFields: [String: Value] = [:]
        for (key, value) in try wanted.elements() { wantedFields[key] = value }
        var differing: [String] = []
        for (key, value) in try found.elements() where !ignoring.contains(key) {
            guard let wanted = wantedFields.removeValue(forKey: key) else {
                differing.append("\(key): nothing is declared")
                continue
            }
            differing += try differences(value, wanted).map { $0.isEmpty ? key : "\(key).\($0)" }
        }
        return differing + wantedFields.keys.sorted().map { "\($0): missing" }
    }

    private static func differences(_ found: Value, _ wanted: Value) throws -> [String] {
        switch (found, wanted) {
        case (.document(let found), .document(let wanted)), (.array(let found), .array(let wanted)):
            try differences(found, wanted)
        default: found.isEqualAsMongoDB(wanted) ? [] : [""]
        }
    }
}
