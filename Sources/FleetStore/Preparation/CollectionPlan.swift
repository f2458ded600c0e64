import BSON

/// A collection as it has to be: its indexes beside `_id`, and what its validator asks.
struct CollectionPlan: Sendable {
    var name: String
    var indexes: [IndexPlan]
    /// A `$jsonSchema`; nil for none.
    var schema: Document?

    /// All collections that this version reads or writes.
    static var all: [CollectionPlan] {
        let names =
            ["nodes", "node_pools", "poot_validations", "payouts", "resource_metrics"]
            + ["desired", "desired_revisions", "status", "node_history", "events", "decisions", "tombstones"]
            + ["node_tokens", "agents", "leases", "fences", "revision", "plans", "schema_version"]
        return names.map { name in
            let indexes = (IndexPlan.dataModel + IndexPlan.own).filter { $0.collection == name }
            return CollectionPlan(name: name, indexes: indexes, schema: Validators.schema(of: name))
        }
    }
}

struct IndexPlan: Hashable, Sendable {
    struct Key: Hashable, Sendable {
        var path: String
        var direction: Int32

        init(_ path: String, _ direction: Int32 = 1) {
            self.path = path
            self.direction = direction
        }
    }

    var collection: String
    var keys: [Key]
    var isUnique = false
    /// Leaves out documents that have none of the fields.
    var isSparse = false
    /// Makes it a TTL index.
    var expireAfterSeconds: Int64?

    init(
        _ collection: String, _ keys: [Key], unique: Bool = false, sparse: Bool = false,
        expireAfterSeconds: Int64? = nil
    ) {
        self.collection = collection
        self.keys = keys
        isUnique = unique
        isSparse = sparse
        self.expireAfterSeconds = expireAfterSeconds
    }

    init(_ collection: String, _ path: String, unique: Bool = false, sparse: Bool = false) {
        self.init(collection, [Key(path)], unique: unique, sparse: sparse)
    }

    /// The server's own manner: `pool_id_1_name_1`.
    var name: String { keys.map { "\($0.path)_\($0.direction)" }.joined(separator: "_") }

    var pattern: Document { Document(keys.map { ($0.path, .int32($0.direction)) }) }

    var specification: Document {
        Document { writer in
            writer.append("key", pattern)
            writer.append("name", name)
            if isUnique { writer.append("unique", true) }
            if isSparse { writer.append("sparse", true) }
            if let expireAfterSeconds { writer.append("expireAfterSeconds", expireAfterSeconds) }
        }
    }
}
