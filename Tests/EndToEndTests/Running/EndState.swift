import BSON
import Foundation
import MongoDB

/// What a convergence ends in, whatever happened on the way: documents and statuses without ids and times.
///
/// The server compares, because a fleet of thousands would keep the test busy for longer than the daemon.
enum EndState {
    /// Collections, and what of their documents differs between two runs that are equally good: ids that MongoDB
    /// makes, times, and how many events were told.
    private static let passing: [(collection: String, fields: [String])] = [
        ("nodes", ["_id", "created_at", "updated_at"]), ("node_pools", ["_id", "created_at", "updated_at"]),
        ("status", ["observed_id", "events", "conditions.last_transition_time"]), ("node_history", ["at"]),
        ("desired", []),
    ]

    /// Keeps the present state beside the database, for comparison.
    static func keep(_ sandbox: Sandbox) async throws {
        try await sandbox.client.run { [database = sandbox.database] connection in
            for (collection, fields) in passing {
                let stages = states(fields) + [["$out": .string(kept(collection))]]
                try connection.aggregate(Namespace(database, collection), pipeline: stages) { _ in }
            }
        }
    }

    /// What differs from what was kept, as text; empty when nothing does.
    static func differences(_ sandbox: Sandbox) async throws -> [String] {
        try await sandbox.client.run { [database = sandbox.database] connection in
            var differing: [String] = []
            for (collection, fields) in passing {
                let wanted: Value = [
                    "coll": .string(kept(collection)), "pipeline": [["$set": ["found": 0, "wanted": 1]]],
                ]
                let stages: [Document] = [
                    ["$set": ["found": 1, "wanted": 0]], ["$unionWith": wanted],
                    ["$group": ["_id": "$state", "found": ["$sum": "$found"], "wanted": ["$sum": "$wanted"]]],
                    ["$match": ["$nor": [["found": 1, "wanted": 1]]]], ["$limit": 6],
                ]
                try connection.aggregate(Namespace(database, collection), pipeline: states(fields) + stages) { view in
                    differing.append("\(collection): \(view.document())")
                }
            }
            return differing
        }
    }

    /// Forgets everything that daemons made; what is declared stays.
    static func clear(_ sandbox: Sandbox) async throws {
        try await sandbox.client.run { [database = sandbox.database] connection in
            for collection in ["nodes", "node_pools", "status", "node_history", "events"] {
                _ = try connection.bulkWrite(Namespace(database, collection), [.deleteMany(filter: [:])])
            }
        }
    }

    private static func kept(_ collection: String) -> String { "kept_\(collection)" }

    /// Each document as `state`, without the fields that differ between equally good runs.
    private static func states(_ passing: [String]) -> [Document] {
        let unset: [Document] =
            passing.isEmpty ? [] : [["$unset": .array(passing.map { .string("state.\($0)") })]]
        return [["$project": ["state": "$$ROOT"]]] + unset
    }
}

extension Sandbox {
    /// The nodes whose history has other than one entry; each has entered its first status once.
    func doubledHistory() async throws -> [String] {
        let namespace = Namespace(database, "node_history")
        return try await client.run { connection in
            var doubled: [String] = []
            let stages: [Document] = [
                ["$group": ["_id": "$node_id", "n": ["$sum": 1], "from": ["$push": "$from"]]],
                ["$match": ["n": ["$ne": 1]]], ["$limit": 5],
            ]
            try connection.aggregate(namespace, pipeline: stages) { doubled.append("\($0.document())") }
            return doubled
        }
    }
}
