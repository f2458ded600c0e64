import BSON
internal import Fleet

extension NodeToken {
    /// The `_id` of a token's document: its digest in hexadecimal digits, which people can read and compare.
    static func documentID(_ digest: [UInt8]) -> String { Hexadecimal.encode(digest) }

    /// The document of one that is good.
    func document() -> Document {
        Document { writer in
            writer.append("_id", NodeToken.documentID(digest))
            writer.append("node_id", nodeID)
            writer.append("created_at", createdAt)
            writer.append("created_by", createdBy)
        }
    }

    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            guard let digest = Hexadecimal.decode(try required(document.string("_id"), "_id").utf8) else {
                throw .missingKey("_id")
            }
            var revokedAt: Timestamp?
            if let element = try document.first("revoked_at") { revokedAt = try Timestamp(element) }
            self.init(
                digest: digest, nodeID: try required(document.string("node_id"), "node_id"),
                createdAt: try Timestamp(required(document.first("created_at"), "created_at")),
                createdBy: try document.string("created_by") ?? "",
                revokedAt: revokedAt)
        } catch {
            throw .malformed("node_tokens/\(document.shownID): \(error)")
        }
    }
}

extension AgentFacts {
    /// Replaces what stands under the node's id, and says when, by the server's clock.
    var update: Document {
        Document { update in
            update.document("$set") { set in
                set.append("interval_seconds", intervalSeconds)
                set.document("hardware") { hardware.write(to: &$0) }
                set.append("drained", optional: drained)
            }
            update.document("$currentDate") { $0.append("changed_at", true) }
            if drained == nil { update.document("$unset") { $0.append("drained", "") } }
        }
    }

    init(_ document: DocumentView) throws(StoreError) {
        do throws(BSONError) {
            var hardware = FoundHardware()
            if let found = try document.first("hardware") { hardware = try FoundHardware(found.document()) }
            var drained: Timestamp?
            if let element = try document.first("drained") { drained = try Timestamp(element) }
            self.init(
                nodeID: try required(document.string("_id"), "_id"),
                intervalSeconds: try required(document.first("interval_seconds"), "interval_seconds").int64(),
                hardware: hardware, drained: drained)
        } catch {
            throw .malformed("agents/\(document.shownID): \(error)")
        }
    }
}

extension FoundHardware {
    fileprivate func write(to writer: inout DocumentWriter) {
        if let cores { writer.append("cores", cores) }
        if let memoryBytes { writer.append("memory_bytes", memoryBytes) }
        if let storageBytes { writer.append("storage_bytes", storageBytes) }
    }

    fileprivate init(_ document: DocumentView) throws(BSONError) {
        self.init()
        var cursor = try document.cursor()
        while let element = try cursor.next() {
            switch element.key {
            case "cores": cores = try element.int64()
            case "memory_bytes": memoryBytes = try element.int64()
            case "storage_bytes": storageBytes = try element.int64()
            default: break
            }
        }
    }
}
