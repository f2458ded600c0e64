import BSON
internal import Fleet

// What the scaler keeps in a pool's status, and the documents of `decisions`.

extension PoolScaling {
    func write(to writer: inout DocumentWriter) {
        writer.append("last_change", optional: timers.lastChange)
        if let size = timers.size { writer.append("size", size) }
        writer.append("adopted", optional: timers.adopted)
        if timers.failures != 0 { writer.append("failures", timers.failures) }
        writer.append("last_failure", optional: timers.lastFailure)
        // In order, so that the same state is the same document.
        writer.array("intents") { array in
            for (nodeID, intent) in intents.sorted(by: { $0.key < $1.key }) {
                array.document { writer in
                    writer.append("node_id", nodeID)
                    writer.append("wanted", intent.isWanted)
                    writer.append("at", intent.at)
                }
            }
        }
        if !provided.isEmpty {
            writer.array("provided") { array in
                for (nodeID, node) in provided.sorted(by: { $0.key < $1.key }) {
                    array.document { writer in
                        writer.append("node_id", nodeID)
                        writer.append("phase", node.phase.rawValue)
                        writer.append("since", node.since)
                    }
                }
            }
        }
        if asked != 0 { writer.append("asked", asked) }
        writer.append("decisions", decisions)
        if let last { writer.document("last") { last.write(to: &$0) } }
        writer.append("last_at", optional: lastAt)
    }

    init(_ document: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try document.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "last_change": timers.lastChange = try Timestamp(element)
            case "size": timers.size = try element.int64()
            case "adopted": timers.adopted = try Timestamp(element)
            case "failures": timers.failures = try element.count()
            case "last_failure": timers.lastFailure = try Timestamp(element)
            case "intents":
                var intents = try element.array().cursor()
                while let next = try intents.next() {
                    let view = try next.document()
                    self.intents[try required(view.string("node_id"), "node_id")] = ScalingIntent(
                        isWanted: try required(view.first("wanted"), "wanted").bool(),
                        at: try Timestamp(required(view.first("at"), "at")))
                }
            case "provided":
                var provided = try element.array().cursor()
                while let next = try provided.next() {
                    let view = try next.document()
                    let phase = try required(ProvidedNode.Phase(rawValue: view.string("phase") ?? ""), "phase")
                    self.provided[try required(view.string("node_id"), "node_id")] = ProvidedNode(
                        phase, since: try Timestamp(required(view.first("since"), "since")))
                }
            case "asked": asked = try element.count()
            case "decisions": decisions = try element.count()
            // For information alone: one that can't be read is made anew.
            case "last": last = (try? ScalingDecision(element.document())) ?? nil
            case "last_at": lastAt = try Timestamp(element)
            default: break
            }
        }
    }
}

extension ScalingRecord {
    /// The document of `decisions`.
    func document() -> Document {
        Document { writer in
            writer.append("_id", id)
            writer.append("pool_id", poolID)
            writer.append("first_revision", firstRevision)
            writer.append("number", number)
            writer.append("at", at)
            decision.write(to: &writer)
        }
    }

    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            guard let decision = try ScalingDecision(document) else { throw .missingKey("reason") }
            self.init(
                poolID: try required(document.string("pool_id"), "pool_id"),
                firstRevision: try required(document.first("first_revision"), "first_revision").int64(),
                number: try required(document.first("number"), "number").int64(),
                at: try Timestamp(required(document.first("at"), "at")), decision: decision)
        } catch {
            throw .malformed("decisions/\(document.shownID): \(error)")
        }
    }
}

extension ScalingDecision {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("current", current)
        writer.append("want", want)
        writer.append("desired", desired)
        writer.append("reason", reason.rawValue)
        if !isCarriedOut { writer.append("carried_out", false) }
        writer.append(names: coming, as: "coming")
        if making != 0 { writer.append("making", making) }
        writer.append(names: going, as: "going")
        writer.append(names: takenBack, as: "taken_back")
        writer.document("conditions") { writer in
            for (name, entry) in conditions.named {
                writer.document(name) { writer in
                    writer.append("holds", entry.holds)
                    writer.append("reason", entry.reason.rawValue)
                }
            }
        }
        writer.array("steps") { array in
            for step in steps { array.document { step.write(to: &$0) } }
        }
    }

    /// Nil for a decision of a newer version, whose reason means nothing here. Its timers stand in the pool's status.
    fileprivate init?(_ document: DocumentView) throws(BSONError) {
        guard let reason = ScalingReason(rawValue: try required(document.string("reason"), "reason")) else {
            return nil
        }
        var steps: [ScalingStep] = []
        if var cursor = try document.first("steps")?.array().cursor() {
            while let next = try cursor.next() {
                if let step = try ScalingStep(next.document()) { steps.append(step) }
            }
        }
        self.init(
            current: try required(document.first("current"), "current").int64(),
            want: try required(document.first("want"), "want").int64(),
            desired: try required(document.first("desired"), "desired").int64(), reason: reason, steps: steps,
            timers: ScalingTimers(), conditions: ScalingConditions())
        coming = try document.names("coming")
        making = try document.first("making")?.int64() ?? 0
        going = try document.names("going")
        takenBack = try document.names("taken_back")
        isCarriedOut = try document.first("carried_out")?.bool() ?? true
        guard let entries = try document.first("conditions")?.document() else { return }
        for (name, path) in ScalingConditions.names {
            guard let entry = try entries.first(name)?.document(),
                let reason = try entry.string("reason").flatMap(ScalingReason.init(rawValue:))
            else { continue }
            conditions[keyPath: path] = ScalingConditions.Entry(
                try required(entry.first("holds"), "holds").bool(), reason)
        }
    }
}

extension ScalingConditions {
    fileprivate static var names: [(String, WritableKeyPath<ScalingConditions, Entry>)] {
        [
            ("able_to_scale", \.ableToScale), ("scaling_active", \.scalingActive),
            ("scaling_limited", \.scalingLimited), ("pool_healthy", \.poolHealthy),
        ]
    }

    fileprivate var named: [(String, Entry)] { Self.names.map { ($0.0, self[keyPath: $0.1]) } }
}

extension ScalingStep {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("rule", rule.rawValue)
        writer.append("metric", optional: metric)
        writer.append("candidate", optional: candidate)
        writer.array("figures") { array in
            for figure in figures {
                array.document { writer in
                    writer.append("name", figure.name)
                    writer.append("value", figure.value)
                    writer.append("unit", figure.unit.rawValue)
                }
            }
        }
        if let want { writer.append("want", want) }
        writer.append("reason", optional: reason?.rawValue)
    }

    /// Nil for a rule of a newer version.
    fileprivate init?(_ document: DocumentView) throws(BSONError) {
        guard let rule = Rule(rawValue: try required(document.string("rule"), "rule")) else { return nil }
        var figures: [Figure] = []
        if var cursor = try document.first("figures")?.array().cursor() {
            while let next = try cursor.next() {
                let figure = try next.document()
                guard let unit = Unit(rawValue: try required(figure.string("unit"), "unit")) else { continue }
                let value = try required(figure.first("value"), "value").double()
                guard value.isFinite else { return nil }
                figures.append(Figure(try required(figure.string("name"), "name"), value, unit))
            }
        }
        self.init(
            rule, metric: try document.string("metric"), figures, want: try document.first("want")?.int64(),
            reason: try document.string("reason").flatMap(ScalingReason.init(rawValue:)))
        candidate = try document.string("candidate")
    }
}

extension DocumentWriter {
    fileprivate mutating func append(names: [String], as key: String) {
        if !names.isEmpty { append(key, names) }
    }
}

extension DocumentView {
    fileprivate func names(_ key: String) throws(BSONError) -> [String] {
        var names: [String] = []
        guard var cursor = try first(key)?.array().cursor() else { return [] }
        while let next = try cursor.next() { names.append(try next.string()) }
        return names
    }
}

extension ElementView {
    /// A number of things, which nobody edited beyond all reason.
    fileprivate func count() throws(BSONError) -> Int64 {
        let count = try int64()
        return try required((0...1 << 53).contains(count) ? count : nil, "\(key)")
    }
}
