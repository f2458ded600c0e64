import BSON
package import Fleet
internal import MongoDB

extension MongoStore: PlanStore {
    package func declare(
        _ writes: [DesiredWrite], expecting: Int64, once use: PlanUse
    ) async throws(StoreError) -> Int64 {
        try await declare(writes, expecting: expecting, once: use, on: client)
    }

    package func use(ofPlan id: String) async throws(StoreError) -> PlanUse? {
        let document = try await perform { [plans = namespace(.plans)] connection in
            try connection.findOne(plans, filter: ["_id": ["$eq": .string(id)]])
        }
        guard let document else { return nil }
        guard let by = document["by"]?.stringValue, let attempt = document["attempt"]?.stringValue,
            let milliseconds = document["at"]?.dateTimeValue
        else { throw .malformed("`plans` holds something else under \(id)") }
        return PlanUse(id, by: by, at: Timestamp(milliseconds: milliseconds), attempt: attempt)
    }
}

extension PlanUse {
    var document: Document {
        Document { writer in
            writer.append("_id", id)
            writer.append("by", by)
            writer.append("at", at)
            writer.append("attempt", attempt)
        }
    }
}
