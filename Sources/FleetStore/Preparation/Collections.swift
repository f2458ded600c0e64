import BSON
internal import MongoDB

/// A collection that stands there already.
struct ExistingCollection: Sendable {
    var validator: Document?
    var level: String?
    var action: String?
    /// The locale of its default collation, if it has one.
    var locale: String?
}

extension Preparation {
    func existingCollections() throws -> [String: ExistingCollection] {
        var found: [String: ExistingCollection] = [:]
        let reply = try connection.command(
            database,
            Document { command in
                command.append("listCollections", Int32(1))
                // Others may have thousands here; all of ours fit into the first batch.
                command.document("filter") { filter in
                    filter.append("type", "collection")
                    filter.document("name") { $0.append("$in", CollectionPlan.all.map(\.name)) }
                }
                command.document("cursor") { $0.append("batchSize", Int32(1_000)) }
            })
        for entry in reply["cursor"]?.documentValue?["firstBatch"]?.arrayValue ?? [] {
            guard let entry = entry.documentValue, let name = entry["name"]?.stringValue else { continue }
            let options = entry["options"]?.documentValue
            found[name] = ExistingCollection(
                validator: options?["validator"]?.documentValue, level: options?["validationLevel"]?.stringValue,
                action: options?["validationAction"]?.stringValue,
                locale: options?["collation"]?.documentValue?["locale"]?.stringValue)
        }
        return found
    }

    /// Under another order of texts than byte by byte, ids and names that differ would be the same.
    func collated(_ collections: [String: ExistingCollection]) -> [Step] {
        collections.sorted { $0.key < $1.key }.compactMap { name, found in
            guard let locale = found.locale, locale != "simple" else { return nil }
            return Step(
                "collection \(name)",
                .blocked(
                    "it has a default collation (locale \"\(locale)\"), by which different ids may be equal: "
                        + "make it again without one"))
        }
    }

    /// Makes the collection, or brings its validator up to date.
    func prepare(_ plan: CollectionPlan, found: ExistingCollection?) throws -> Step {
        let subject = "collection \(plan.name)"
        guard let found else {
            do throws(MongoError) {
                try connection.command(database, plan.command("create"))
                return Step(subject, .created)
            } catch {
                // Another `init` was faster.
                guard error.kind == .namespaceExists else { throw error }
                if plan.validator != nil { try connection.command(database, plan.command("collMod")) }
                return Step(subject, .present)
            }
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
