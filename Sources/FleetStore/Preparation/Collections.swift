import BSON
internal import MongoDB

/// A collection that stands there already.
struct ExistingCollection: Sendable {
    var validator: Document?
    var level: String?
    var action: String?
}

extension Preparation {
    func existingCollections() throws -> [String: ExistingCollection] {
        var found: [String: ExistingCollection] = [:]
        let reply = try connection.command(
            database, ["listCollections": 1, "filter": ["type": "collection"], "cursor": ["batchSize": 10_000]])
        for entry in reply["cursor"]?.documentValue?["firstBatch"]?.arrayValue ?? [] {
            guard let entry = entry.documentValue, let name = entry["name"]?.stringValue else { continue }
            let options = entry["options"]?.documentValue
            found[name] = ExistingCollection(
                validator: options?["validator"]?.documentValue, level: options?["validationLevel"]?.stringValue,
                action: options?["validationAction"]?.stringValue)
        }
        return found
    }

    /// Makes the collection, or brings its validator up to date.
    func prepare(_ plan: CollectionPlan, found: ExistingCollection?) throws -> Step {
        let subject = "collection \(plan.name)"
        guard let found else {
            try connection.command(database, plan.command("create"))
            return Step(subject, .created)
        }
        guard let validator = plan.validator else { return Step(subject, .present) }
        if found.validator == validator, found.level == CollectionPlan.level, found.action == CollectionPlan.action {
            return Step(subject, .present)
        }
        try connection.command(database, plan.command("collMod"))
        return Step("validator of \(plan.name)", .changed)
    }
}

extension CollectionPlan {
    /// Documents that were bad before may still be updated: under `strict` one old bad field fails every heartbeat.
    static let level = "moderate"
    static let action = "error"

    var validator: Document? { schema.map { schema in Document { $0.append("$jsonSchema", schema) } } }

    /// `create` or `collMod`.
    func command(_ verb: String) -> Document {
        Document { writer in
            writer.append(verb, name)
            if let validator {
                writer.append("validator", validator)
                writer.append("validationLevel", Self.level)
                writer.append("validationAction", Self.action)
            }
        }
    }
}
