package import Fleet
import Synchronization

/// What others do to the database, past every law: feeds hear of it, counters of writes don't.
extension InMemoryStore {
    /// Somebody changes a document by hand. False when there is none, or an index refuses the result.
    @discardableResult
    package func edit(_ key: ResourceKey, _ body: (inout MemoryDocument) -> Void) -> Bool {
        byHand { (database, transaction) throws(DocumentCollection.Violation) in
            guard var document = database.document(key) else { return false }
            body(&document)
            try database.set(key.kind, document.id, document: document, in: &transaction)
            return true
        }
    }

    /// Another service registers a document; nil when an index refuses it.
    @discardableResult
    package func insertDocument(_ key: ResourceKey, _ fields: [PathValue] = []) -> DocumentID? {
        var id: DocumentID?
        let done = byHand { (database, transaction) throws(DocumentCollection.Violation) in
            var document = MemoryDocument(id: database.makeDocumentID())
            document[key.kind.idField] = .string(key.id)
            for field in fields { document[field.path] = field.value }
            try database.set(key.kind, document.id, document: document, in: &transaction)
            id = document.id
            return true
        }
        return done ? id : nil
    }

    /// False when there was none.
    @discardableResult
    package func deleteDocument(_ key: ResourceKey) -> Bool {
        byHand { (database, transaction) throws(DocumentCollection.Violation) in
            guard let document = database.document(key) else { return false }
            try database.set(key.kind, document.id, document: nil, in: &transaction)
            return true
        }
    }

    /// A node reports: `last_heartbeat` alone moves, of which no feed hears. At `now` when no time is given.
    package func beat(_ nodeID: String, at time: Timestamp? = nil) {
        byHand { (database, transaction) throws(DocumentCollection.Violation) in
            guard var document = database.document(ResourceKey(.node, nodeID)) else { return false }
            document["last_heartbeat"] = .timestamp(time ?? database.now)
            try database.set(.node, document.id, document: document, in: &transaction)
            return true
        }
    }

    /// The ingest writes down what it learned of a node's machine and its agent.
    package func learn(_ facts: AgentFacts) {
        shared.state.withLock { $0.database.agents[facts.nodeID] = (facts, $0.database.now) }
    }

    /// An ingest says that it lives. A gap of more than `lapse` seconds begins a new service.
    package func ingestServes(_ instance: String = "one", lapse: Int64 = 15) {
        shared.state.withLock { $0.database.serves(instance, lapse: lapse) }
    }

    /// As if so much time had passed since every ingest said something.
    package func ageIngests(seconds: Int64) {
        shared.state.withLock { $0.database.ageIngests(seconds: seconds) }
    }

    /// Somebody removes a status, as nobody should.
    package func deleteStatus(_ key: ResourceKey) {
        byHand { database, transaction in
            database.set(key, status: nil, in: &transaction)
            return true
        }
    }

    @discardableResult
    private func byHand(
        _ body: (inout Database, inout MemoryTransaction) throws(DocumentCollection.Violation) -> Bool
    ) -> Bool {
        do {
            return try somebodyElse.transaction { (database, transaction) throws(DocumentCollection.Violation) in
                let done = try body(&database, &transaction)
                transaction.writes = [:]
                return done
            }
        } catch {
            return false
        }
    }
}
