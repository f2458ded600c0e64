import BSON
internal import MongoDB

/// An index that stands there already.
struct ExistingIndex: Sendable {
    var name: String
    var keys: Document
    var isUnique: Bool
    var isSparse: Bool
    var expireAfterSeconds: Int64?
    /// Partial, collated or hidden: an index of somebody else's, whatever its keys.
    var isSpecial: Bool
    /// As it was listed, to make it again.
    var specification: Document

    func has(_ plan: IndexPlan) -> Bool {
        guard !isSpecial, let elements = try? keys.elements(), elements.count == plan.keys.count else { return false }
        return zip(elements, plan.keys).allSatisfy { element, key in
            element.key == key.path && element.value.int64Value == Int64(key.direction)
        }
    }

    func fits(_ plan: IndexPlan) -> Bool {
        isUnique == plan.isUnique && isSparse == plan.isSparse && expireAfterSeconds == plan.expireAfterSeconds
    }
}

extension ExistingIndex {
    /// Whether both are TTL indexes that differ in nothing but the time.
    fileprivate func fitsButForItsAge(_ plan: IndexPlan) -> Bool {
        isUnique == plan.isUnique && isSparse == plan.isSparse && expireAfterSeconds != nil
            && plan.expireAfterSeconds != nil
    }
}

extension Preparation {
    func existingIndexes(of collection: String) throws -> [ExistingIndex] {
        let reply = try connection.command(
            database, ["listIndexes": .string(collection), "cursor": ["batchSize": 1000]])
        let entries = reply["cursor"]?.documentValue?["firstBatch"]?.arrayValue ?? []
        return entries.compactMap { entry in
            guard let index = entry.documentValue, let name = index["name"]?.stringValue,
                let keys = index["key"]?.documentValue
            else { return nil }
            return ExistingIndex(
                name: name, keys: keys, isUnique: index["unique"]?.boolValue ?? false,
                isSparse: index["sparse"]?.boolValue ?? false,
                expireAfterSeconds: index["expireAfterSeconds"]?.int64Value,
                isSpecial: ["partialFilterExpression", "collation", "hidden"].contains { index[$0] != nil },
                specification: index)
        }
    }

    /// Makes the index, or replaces the one on the same keys if that differs; one that can't be built is put back.
    func prepare(_ plan: IndexPlan, of collection: String, found: [ExistingIndex]) throws -> Step {
        let subject = "index \(collection).\(plan.name)"
        guard let old = found.first(where: { $0.has(plan) }) else {
            return Step(subject, try create(plan) ?? .created)
        }
        if old.fits(plan) { return Step(subject, .present) }
        if old.fitsButForItsAge(plan), let age = plan.expireAfterSeconds {
            // Changed in place: building it again takes long, and until then its queries have no index.
            let change = Document { command in
                command.append("collMod", collection)
                command.document("index") { index in
                    index.append("name", old.name)
                    index.append("expireAfterSeconds", age)
                }
            }
            try connection.command(database, change)
            return Step(subject, .changed)
        }
        try connection.command(
            database, ["dropIndexes": .string(collection), "index": .string(old.name)])
        do {
            guard let blocked = try create(plan) else { return Step(subject, .changed) }
            try create(old.specification, on: collection)
            return Step(subject, blocked)
        } catch {
            try create(old.specification, on: collection)
            throw error
        }
    }

    /// What stands against the index if somebody wrote it since the check.
    private func create(_ plan: IndexPlan) throws -> Step.Outcome? {
        do throws(MongoError) {
            try create(plan.specification, on: plan.collection)
            return nil
        } catch {
            guard error.kind == .duplicateKey else { throw error }
            return .blocked(error.message)
        }
    }

    private func create(_ specification: Document, on collection: String) throws(MongoError) {
        try connection.command(
            database,
            Document { writer in
                writer.append("createIndexes", collection)
                writer.append("indexes", [specification])
            })
    }

    /// For each unique index that is still to be made, the documents that share a key.
    func blockingDocuments(_ existing: [String: [ExistingIndex]]) throws -> [Step] {
        var steps: [Step] = []
        for plan in CollectionPlan.all.flatMap(\.indexes) where plan.isUnique {
            guard let found = existing[plan.collection], !found.contains(where: { $0.has(plan) && $0.isUnique }) else {
                continue
            }
            let shared = try sharedKeys(plan)
            if !shared.isEmpty {
                let subject = "index \(plan.collection).\(plan.name)"
                steps.append(Step(subject, .blocked("not unique: " + shared.joined(separator: "; "))))
            }
        }
        return steps
    }

    /// Up to ten keys that several documents share, with up to ten of these documents each.
    private func sharedKeys(_ plan: IndexPlan) throws -> [String] {
        let parts = plan.keys.enumerated().map { position, key in
            ("k\(position)", Value.document(["$ifNull": ["$\(key.path)", nil]]))
        }
        let group = Document { stage in
            stage.document("$group") { group in
                group.append("_id", Document(parts))
                group.append("ids", ["$push": "$_id"] as Document)
                group.append("count", ["$sum": 1] as Document)
            }
        }
        let pipeline: [Document] = [
            group, ["$match": ["count": ["$gt": 1]]], ["$sort": ["_id": 1]], ["$limit": 10],
            ["$project": ["ids": ["$slice": ["$ids", 10]]]],
        ]
        var shared: [String] = []
        try connection.aggregate(Namespace(database, plan.collection), pipeline: pipeline) { view in
            let found = view.document()
            let values = (try found["_id"]?.documentValue?.elements() ?? []).map(\.value)
            let key = zip(plan.keys, values).map { "\($0.path) \($1.shown)" }.joined(separator: ", ")
            let ids = (found["ids"]?.arrayValue ?? []).map(\.shown).joined(separator: ", ")
            shared.append("\(key) in the documents \(ids)")
        }
        return shared
    }
}

extension Value {
    fileprivate var shown: String {
        switch self {
        case .string(let text): "\"\(text)\""
        case .objectID(let id): id.hex
        case .null: "missing"
        default: int64Value.map(String.init) ?? "\(type)"
        }
    }
}
