import BSON
import Foundation
import MongoDB

// How tests look at what stands in MongoDB, with a client that knows nothing of Reeve.

extension Sandbox {
    /// All documents of a collection that match, in the order of their ids.
    func documents(_ collection: String, _ filter: Document = Document()) async throws -> [Value] {
        let namespace = Namespace(database, collection)
        return try await client.run { connection in
            var found: [Value] = []
            try connection.find(namespace, filter: filter, options: FindOptions(sort: ["_id": 1])) {
                found.append(.document($0))
            }
            return found
        }
    }

    func count(_ collection: String, _ filter: Document = Document()) async throws -> Int {
        let namespace = Namespace(database, collection)
        return try await client.run { connection in
            var count = 0
            let stages: [Document] = [["$match": .document(filter)], ["$count": "n"]]
            try connection.aggregate(namespace, pipeline: stages) { view in
                count = Int(view.document()["n"]?.int64Value ?? 0)
            }
            return count
        }
    }

    /// Writes behind Reeve's back.
    func write(_ collection: String, _ operation: WriteOperation) async throws {
        let namespace = Namespace(database, collection)
        _ = try await client.run { try $0.bulkWrite(namespace, [operation]) }
    }

    /// How many resources are `Synced` in the generation that is declared.
    func synced() async throws -> Int {
        let namespace = Namespace(database, "desired")
        return try await client.run { connection in
            var count = 0
            let stages: [Document] = [
                ["$lookup": ["from": "status", "localField": "_id", "foreignField": "_id", "as": "status"]],
                [
                    "$match": [
                        "$expr": ["$eq": ["$generation", ["$first": "$status.observed_generation"]]],
                        "status.conditions": ["$elemMatch": ["type": "Synced", "status": "True"]],
                    ]
                ], ["$count": "n"],
            ]
            try connection.aggregate(namespace, pipeline: stages) { view in
                count = Int(view.document()["n"]?.int64Value ?? 0)
            }
            return count
        }
    }

    /// Returns when everything that is declared is synced, and each pool has counted its nodes.
    func settled(within limit: Duration = .seconds(60)) async throws {
        let declared = try await count("desired")
        try await eventually(within: limit, "\(declared) resources are synced") {
            guard try await synced() == declared else { return false }
            return try await uncounted() == 0
        }
    }

    /// Pools whose status does not count what stands in `nodes`.
    private func uncounted() async throws -> Int {
        let namespace = Namespace(database, "node_pools")
        return try await client.run { connection in
            var count = 0
            let stages: [Document] = [
                [
                    "$lookup": [
                        "from": "nodes", "localField": "pool_id", "foreignField": "pool_id",
                        "pipeline": [["$count": "n"]], "as": "nodes",
                    ]
                ],
                ["$lookup": ["from": "status", "localField": "pool_id", "foreignField": "id", "as": "status"]],
                [
                    "$match": [
                        "$expr": [
                            "$ne": [
                                ["$ifNull": [["$first": "$nodes.n"], 0]],
                                ["$ifNull": [["$first": "$status.counts.total"], 0]],
                            ]
                        ]
                    ]
                ], ["$count": "n"],
            ]
            try connection.aggregate(namespace, pipeline: stages) { view in
                count = Int(view.document()["n"]?.int64Value ?? 0)
            }
            return count
        }
    }

    /// How often the server wrote to each of the database's collections, transactions and all.
    func writeCounts() async throws -> [String: Int64] {
        let prefix = database + "."
        return try await client.run { connection in
            let reply = try connection.command("admin", ["top": 1])
            var counts: [String: Int64] = [:]
            for (name, entry) in try reply["totals"]?.documentValue?.elements() ?? [] where name.hasPrefix(prefix) {
                counts[String(name.dropFirst(prefix.count))] = ["insert", "update", "remove"].reduce(0) {
                    $0 + (entry[$1, "count"]?.int64Value ?? 0)
                }
            }
            return counts
        }
    }

    /// Runs a daemon until it has looked at everything, and stops it; returns the collections that were written to
    /// meanwhile.
    func writesOfAFurtherPass(instance: String = "a") async throws -> Set<String> {
        let before = try await writeCounts()
        let daemon = try daemon(instance, verbose: true)
        try await daemon.says("looked at everything")
        daemon.signal(SIGTERM)
        guard await daemon.ended() == .exited(0) else { throw Missing(what: "a good end", text: daemon.errors) }
        let after = try await writeCounts()
        return Set(after.filter { $0.value != before[$0.key, default: 0] }.keys)
    }
}

/// The collections that a leader writes to by being one.
let leadershipCollections: Set = ["leases", "fences"]

extension ChildProcess {
    /// Returns when it has written `text` to standard error; throws when it ends without, or takes too long.
    func says(_ text: String, times: Int = 1, within limit: Duration = .seconds(40)) async throws {
        try await eventually(within: limit, "the process says `\(text)`") {
            let hasEnded = ending != nil
            let said = errors
            if said.ranges(of: text).count >= times { return true }
            if hasEnded { throw Missing(what: text, text: said) }
            return false
        }
    }
}

/// Something that a process should have said.
struct Missing: Error, CustomStringConvertible {
    var what: String
    var text: String

    var description: String { "no `\(what)` in:\n\(text.suffix(3000))" }
}

/// Asks again until it holds, or throws.
func eventually(
    within limit: Duration = .seconds(30), _ what: @autoclosure () -> String, _ holds: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !holds() {
        guard ContinuousClock.now < deadline else { throw Missing(what: what(), text: "\(limit)") }
        try await ContinuousClock().sleep(for: .milliseconds(20))
    }
}

extension Value {
    /// The value at the end of a path of keys; nil when one is missing.
    subscript(path: String...) -> Value? {
        var value = self
        for key in path {
            guard let next = value.documentValue?[key] else { return nil }
            value = next
        }
        return value
    }

    var items: [Value] { arrayValue ?? [] }

    var keys: [String] { (try? documentValue?.elements().map(\.key)) ?? [] }
}
