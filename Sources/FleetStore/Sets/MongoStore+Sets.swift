import BSON
package import Fleet
internal import MongoDB

extension MongoStore {
    package func sets() async throws(StoreError) -> [SetStatus] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var sets: [SetStatus] = []
            try queries.scan(.status, SetID.all) { view in
                queries.read { () throws(StoreError) in sets.append(try SetStatus(view)) }
            }
            return sets.sorted { $0.name < $1.name }
        }
    }

    package func set(_ name: String) async throws(StoreError) -> SetStatus? {
        try await perform { [self] connection in
            var found: SetStatus?
            let filter = Document { filter in filter.document("_id") { $0.append("$eq", SetID.of(name)) } }
            try connection.scan(namespace(.status), filter: filter) { found = try SetStatus($0) }
            return found
        }
    }

    package func write(_ status: SetStatus) async throws(StoreError) -> SetStatus? {
        var next = status.bounded
        next.version = status.version + 1
        return try await perform { [statuses = namespace(.status), next] connection in
            let document = next.document()
            guard status.version > 0 else {
                do throws(MongoError) {
                    try connection.insert(statuses, [document])
                    return next
                } catch {
                    guard error.isOnlyOfDuplicates else { throw error }
                    return nil
                }
            }
            let filter = Document { filter in
                filter.document("_id") { $0.append("$eq", SetID.of(status.name)) }
                filter.append("version", status.version)
            }
            let result = try connection.bulkWrite(statuses, [.replaceOne(filter: filter, replacement: document)])
            return result.matched == 1 ? next : nil
        }
    }

    package func tell(_ events: [Event]) async throws(StoreError) {
        let documents = events.map { $0.document() }
        try await perform { [namespace = namespace(.events)] connection in
            do throws(MongoError) {
                try connection.insert(namespace, documents)
            } catch {
                guard error.isOnlyOfDuplicates else { throw error }
            }
        }
    }

    package func tallies(ofSets names: [String]) async throws(StoreError) -> [String: SetTally] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            return try queries.tallies(ofSets: Set(names))
        }
    }

    package func declared(inSet name: String) async throws(StoreError) -> [Desired] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var declared: [Desired] = []
            try queries.each(.desired, field: "set", [name]) { view in
                queries.read { () throws(StoreError) in declared.append(try Desired(view)) }
            }
            return declared.sorted { $0.key < $1.key }
        }
    }

    package func revisions(
        of keys: [ResourceKey]
    ) async throws(StoreError) -> [ResourceKey: [StoredRevision]] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            var found: [ResourceKey: [StoredRevision]] = [:]
            try queries.each(.desiredRevisions, field: "resource", Set(keys).map(\.description)) { view in
                queries.read { () throws(StoreError) in
                    let revision = try StoredRevision(view)
                    found[revision.desired.key, default: []].append(revision)
                }
            }
            return found.mapValues { $0.sorted { $0.desired.place < $1.desired.place } }
        }
    }

    package func removed(
        fromSet name: String, since revision: Int64
    ) async throws(StoreError) -> [ResourceKey] {
        try await perform { [self] connection in
            let queries = DocumentQueries(store: self, connection: connection)
            let filter = Document { filter in
                filter.document("removed_revision") { $0.append("$gt", revision) }
                filter.document("set") { $0.append("$eq", name) }
            }
            var gone = Set<ResourceKey>()
            try queries.scan(.desiredRevisions, filter, projection: ["_id": 0, "resource": 1]) { view in
                if let key = view.text("resource").flatMap({ ResourceKey($0) }) { gone.insert(key) }
            }
            try queries.each(.desired, field: "_id", gone.map(\.description), projection: ["_id": 1]) { view in
                if let key = view.text("_id").flatMap({ ResourceKey($0) }) { gone.remove(key) }
            }
            return gone.sorted()
        }
    }
}

extension Desired {
    /// Its place among the generations and lives of a resource.
    fileprivate var place: (Int64, Int64) { (firstRevision, generation) }
}
