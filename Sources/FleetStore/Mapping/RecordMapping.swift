import BSON
internal import Fleet

// What is written once and never changed. Each id is derived from what it records, so that a commit that is sent again
// can't double it.

/// What is told to people never makes a document too large; whole values stand in the documents themselves. Bytes.
private let longestMessage = 4_096
private let longestValue = 1_024

extension FieldValue {
    /// A larger value becomes the beginning of its text.
    fileprivate func cut(toBytes limit: Int) -> FieldValue {
        switch self {
        case .string(let text): .string(text.cut(toBytes: limit))
        case .list, .record:
            size(upTo: limit) <= limit ? self : .string(description.cut(toBytes: limit))
        case .foreign(_, let bytes): bytes.count <= limit ? self : .string(description)
        case .null, .bool, .int, .double, .decimal, .timestamp: self
        }
    }

    /// About the bytes that it takes, counted only until there are more than `limit`.
    private func size(upTo limit: Int) -> Int {
        var size = 16
        switch self {
        case .string(let text): size += text.utf8.count
        case .foreign(_, let bytes): size += bytes.count
        case .list(let values):
            for value in values where size <= limit { size += value.size(upTo: limit - size) }
        case .record(let members):
            for member in members where size <= limit {
                size += member.name.utf8.count + member.value.size(upTo: limit - size)
            }
        case .null, .bool, .int, .double, .decimal, .timestamp: break
        }
        return size
    }
}

extension HistoryEntry {
    /// The document of `node_history`.
    func document() -> Document {
        Document { writer in
            writer.append("_id", "\(nodeID)/\(firstRevision)/\(transition)")
            writer.append("node_id", nodeID)
            writer.append("from", optional: from?.rawValue)
            writer.append("to", optional: to?.rawValue)
            writer.append("reason", reason.cut(toBytes: longestMessage))
            writer.append("at", at)
        }
    }

    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            let id = try required(document.string("_id"), "_id").split(separator: "/", omittingEmptySubsequences: false)
            guard id.count >= 3, let transition = Int64(id[id.count - 1]), let firstRevision = Int64(id[id.count - 2])
            else { throw .missingKey("_id") }
            self.init(
                nodeID: try required(document.string("node_id"), "node_id"), firstRevision: firstRevision,
                transition: transition, from: try document.string("from").flatMap(NodeState.init(rawValue:)),
                to: try document.string("to").flatMap(NodeState.init(rawValue:)),
                reason: try required(document.string("reason"), "reason"),
                at: try Timestamp(required(document.first("at"), "at")))
        } catch {
            throw .malformed("node_history/\(document.shownID): \(error)")
        }
    }
}

extension Tombstone {
    /// The document of `tombstones`.
    func document() -> Document {
        Document { writer in
            writer.append("_id", "\(key)/\(firstRevision)")
            writer.append("kind", key.kind.rawValue)
            writer.append("id", key.id)
            writer.append("name", name)
            writer.append("at", at)
        }
    }
}

extension Event {
    /// The document of `events`.
    func document() -> Document {
        Document { writer in
            writer.append("_id", self.id)
            writer.append("kind", subject.kind)
            writer.append("id", subject.id)
            // Also at the end of the `_id`, where 10 comes before 9.
            writer.append("number", number)
            writer.append("type", severity.rawValue)
            writer.append("reason", reason)
            writer.append("message", message.cut(toBytes: longestMessage))
            writer.append("at", at)
            if !drift.isEmpty {
                writer.array("drift") { array in
                    for drift in drift { array.document { drift.write(to: &$0) } }
                }
            }
        }
    }

    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            let id = try required(document.string("_id"), "_id").split(separator: "/", omittingEmptySubsequences: false)
            guard id.count >= 4, let number = Int64(id[id.count - 1]), let firstRevision = Int64(id[id.count - 2]),
                let subject = EventSubject(
                    kind: try required(document.string("kind"), "kind"), id: try required(document.string("id"), "id"))
            else { throw .missingKey("_id") }
            self.init(
                subject, firstRevision: firstRevision, number: number,
                severity: try document.string("type").flatMap(Severity.init(rawValue:)) ?? .normal,
                reason: try required(document.string("reason"), "reason"),
                message: try document.string("message") ?? "",
                at: try Timestamp(required(document.first("at"), "at")),
                drift: try document.first("drift")?.records { (view) throws(BSONError) in try Drift(view) } ?? [])
        } catch {
            throw .malformed("events/\(document.shownID): \(error)")
        }
    }
}

extension Event.Drift {
    fileprivate func write(to writer: inout DocumentWriter) {
        writer.append("field", field)
        if let found { writer.append("found", field: found.cut(toBytes: longestValue)) }
        if let declared { writer.append("declared", field: declared.cut(toBytes: longestValue)) }
    }

    fileprivate init(_ view: DocumentView) throws(BSONError) {
        self.init(
            field: try required(view.string("field"), "field"), found: try view.first("found").map(FieldValue.init),
            declared: try view.first("declared").map(FieldValue.init))
    }
}
