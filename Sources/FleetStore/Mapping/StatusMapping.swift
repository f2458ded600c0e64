import BSON
internal import Fleet

extension ResourceStatus {
    /// The document of `status`.
    func document() -> Document {
        var writer = DocumentWriter(reserving: 768)
        writer.append("_id", key.description)
        writer.append("kind", key.kind.rawValue)
        writer.append("id", key.id)
        writer.append("observed_generation", observedGeneration)
        writer.append("first_revision", firstRevision)
        writer.append("transitions", transitions)
        writer.append("events", events)
        writer.array("conditions") { array in
            for condition in conditions { array.document { condition.write(to: &$0) } }
        }
        if let documentID { writer.append("observed_id", ObjectID(documentID)) }
        writer.append("pool_id", optional: poolID)
        writer.append("state", optional: state?.rawValue)
        writer.append("draining_since", optional: drainingSince)
        if let policyGeneration { writer.append("policy_generation", policyGeneration) }
        if let counts { writer.document("counts") { counts.write(to: &$0) } }
        if let health { writer.document("health") { health.write(to: &$0) } }
        if let scaling { writer.document("scaling") { scaling.write(to: &$0) } }
        if let attempts { writer.append("attempts", attempts) }
        writer.append("next_retry", optional: nextRetry)
        return writer.finish()
    }

    /// Reads a document of `status`. `key` is for callers that know it already.
    init(_ document: DocumentView, key: ResourceKey? = nil) throws(StoreError) {
        do throws(BSONError) {
            let key = try document.resourceKey(key)
            self.init(key, observedGeneration: 0, firstRevision: 0)
            var cursor = try document.cursor()
            while let element = try cursor.next() { try read(element) }
        } catch {
            throw .malformed("status/\(document.shownID): \(error)")
        }
    }

    private mutating func read(_ element: ElementView) throws(BSONError) {
        switch element.key {
        case "observed_generation": observedGeneration = try element.int64()
        case "first_revision": firstRevision = try element.int64()
        case "transitions": transitions = try element.int64()
        case "events": events = try element.int64()
        case "conditions":
            var cursor = try element.array().cursor()
            while let next = try cursor.next() {
                if let condition = try Condition(next.document()) { conditions.append(condition) }
            }
        case "observed_id": documentID = DocumentID(try element.objectID())
        case "pool_id": poolID = try element.string()
        case "state": state = NodeState(rawValue: try element.string())
        case "draining_since": drainingSince = try Timestamp(element)
        case "policy_generation": policyGeneration = try element.int64()
        case "counts": counts = try NodeCounts(element.document())
        case "health": health = try PoolHealth(element.document())
        case "scaling": scaling = try PoolScaling(element.document())
        case "attempts": attempts = try element.int64()
        case "next_retry": nextRetry = try Timestamp(element)
        default: break
        }
    }
}

extension Condition {
    func write(to writer: inout DocumentWriter) {
        writer.append("type", type.rawValue)
        writer.append("status", status.rawValue)
        writer.append("reason", reason)
        writer.append("message", message)
        writer.append("last_transition_time", lastTransition)
        writer.append("observed_generation", observedGeneration)
    }

    /// Nil for a type that this version does not know: a newer one wrote it, and it means nothing here.
    init?(_ document: DocumentView) throws(BSONError) {
        var type: ConditionType?
        var status: Status?
        var reason = ""
        var message = ""
        var lastTransition = Timestamp(milliseconds: 0)
        var observedGeneration: Int64 = 0
        var cursor = try document.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "type": type = ConditionType(rawValue: try element.string())
            case "status": status = Status(rawValue: try element.string())
            case "reason": reason = try element.string()
            case "message": message = try element.string()
            case "last_transition_time": lastTransition = try Timestamp(element)
            case "observed_generation": observedGeneration = try element.int64()
            default: break
            }
        }
        guard let type, let status else { return nil }
        self.init(
            type, status, reason: reason, message: message, lastTransition: lastTransition,
            observedGeneration: observedGeneration)
    }
}

extension NodeCounts {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("total", total)
        writer.append("active", active)
        writer.append("inactive", inactive)
        writer.append("maintenance", maintenance)
        writer.append("error", error)
        if lostInReserve != 0 { writer.append("lost_in_reserve", lostInReserve) }
        writer.append("undeclared", undeclared)
        writer.append("declared", declared)
    }

    fileprivate init(_ document: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try document.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "total": total = try element.int64()
            case "active": active = try element.int64()
            case "inactive": inactive = try element.int64()
            case "maintenance": maintenance = try element.int64()
            case "error": error = try element.int64()
            case "lost_in_reserve": lostInReserve = try element.int64()
            case "undeclared": undeclared = try element.int64()
            case "declared": declared = try element.int64()
            default: break
            }
        }
    }
}

extension PoolHealth {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("breaker_open_since", optional: openSince)
        writer.append("breaker_well_since", optional: wellSince)
        writer.append("crowd_since", optional: crowdSince)
        if let isTold { writer.append("crowd_told", isTold) }
    }

    fileprivate init(_ document: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try document.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "breaker_open_since": openSince = try Timestamp(element)
            case "breaker_well_since": wellSince = try Timestamp(element)
            case "crowd_since": crowdSince = try Timestamp(element)
            case "crowd_told": isTold = try element.bool()
            default: break
            }
        }
    }
}

extension DocumentView {
    /// The `_id` for messages.
    var shownID: String {
        guard let id = try? first("_id") else { return "?" }
        return FieldValue(id).string ?? FieldValue(id).description
    }
}
