import BSON
internal import MongoDB

extension Preparation {
    /// What has to stand there before the first transaction; what stands there already stays. The version comes last:
    /// who finds it may rely on the rest.
    func seed() throws -> [Step] {
        let lanes = try storedLanes()
        let fences = (0..<lanes).map { lane -> Document in
            ["_id": .int64(lane), "epoch": .int64(0), "writes": .int64(0)]
        }
        return [
            try seed("revision", [["_id": "desired", "value": .int64(0)]]),
            try seed("fences", fences),
            try seedVersion(lanes: lanes),
        ]
    }

    private func seedVersion(lanes: Int64) throws -> Step {
        let step = try seed(
            "schema_version", [["_id": "schema", "version": .int64(Self.version), "lanes": .int64(lanes)]])
        guard step.outcome == .present else { return step }
        let raised = try connection.bulkWrite(
            Namespace(database, "schema_version"),
            [
                .updateOne(
                    filter: ["_id": "schema", "version": ["$lt": .int64(Self.version)]],
                    update: ["$set": ["version": .int64(Self.version)]])
            ])
        return raised.matched == 1 ? Step(step.subject, .changed) : step
    }

    /// The number of lanes never changes once it is stored.
    private func storedLanes() throws -> Int64 {
        let schema = try connection.findOne(Namespace(database, "schema_version"), filter: ["_id": "schema"])
        return schema?["lanes"]?.int64Value ?? Self.lanes
    }

    private func seed(_ collection: String, _ documents: [Document]) throws -> Step {
        var inserted = 0
        do throws(MongoError) {
            inserted = try connection.insert(Namespace(database, collection), documents).inserted
        } catch {
            guard error.isOnlyOfDuplicates, let partial = error.partial else {
                throw error
            }
            inserted = partial.inserted
        }
        let outcome: Step.Outcome =
            switch inserted {
            case 0: .present
            case documents.count: .created
            default: .changed
            }
        return Step("seed of \(collection)", outcome)
    }
}
