import BSON
import Dispatch
internal import Fleet
internal import Logging
internal import MongoDB
import Synchronization

extension MongoStore {
    /// What this store itself wrote is not told; another part of the same process that declares has a store of its own.
    package func feed(
        _ handler: @escaping @Sendable (FeedEvent) -> Void
    ) async throws(StoreError) -> any Feed {
        let stream = ChangeStream(
            uri: settings.uri, options: ClientOptions(appName: "reeve/feed/\(settings.instance)", threads: 2),
            database: settings.database, pipeline: FeedPipeline.stages, logger: logger)
        let feed = MongoFeed(store: self, stream: stream)
        do throws(MongoError) {
            try stream.start { event in feed.handle(event, handler) }
        } catch {
            throw StoreError(error)
        }
        return feed
    }
}

private final class MongoFeed: Feed {
    private let store: MongoStore
    private let stream: ChangeStream

    init(store: MongoStore, stream: ChangeStream) {
        self.store = store
        self.stream = stream
    }

    func close() async {
        stream.stop()
        await stream.ended()
    }

    /// Runs on the stream's thread.
    func handle(_ event: ChangeStream.Event, _ handler: @Sendable (FeedEvent) -> Void) {
        switch event {
        case .opened: handler(.opened)
        case .lost(let error): handler(.lost(reason: error.message))
        case .batch(let documents):
            do throws(StoreError) {
                let (changes, gone) = try changes(documents)
                if !changes.isEmpty { handler(.changed(changes)) }
                if !gone.isEmpty {
                    handler(.lost(reason: "dropped or renamed: \(gone.joined(separator: ", "))"))
                    handler(.opened)
                }
            } catch {
                // Whose documents changed is not known, but the stream goes on: resync, and nothing is lost.
                handler(.lost(reason: "changed documents could not be named: \(error)"))
                handler(.opened)
            }
        }
    }

    /// The keys of a batch, in its order, each once; and the collections that went.
    private func changes(
        _ documents: [Document]
    ) throws(StoreError) -> (changes: [FeedChange], goneCollections: [String]) {
        let events = documents.compactMap { document in
            document.withView { view in try? ChangeEvent(view) }
        }
        let foreign = events.filter { !store.isOwn(session: $0.session) }
        let names = try names(of: foreign)
        var seen = Set<FeedChange>()
        let gone = events.compactMap { event -> String? in
            if case .goneCollection(let name) = event.subject { name } else { nil }
        }
        let changes = foreign.compactMap { event -> FeedChange? in
            let change: FeedChange? =
                switch event.subject {
                case .change(let change): change
                case .document(_, let id): names[id]
                case .goneCollection: nil
                }
            return change.flatMap { seen.insert($0).inserted ? $0 : nil }
        }
        return (changes, gone)
    }

    /// Whose the documents are that the events name by their ObjectId alone.
    ///
    /// The stream's own thread waits here: it is nobody else's, and the order of events stays.
    private func names(of events: [ChangeEvent]) throws(StoreError) -> [ObjectID: FeedChange] {
        let unnamed = UnnamedDocuments(events)
        guard !unnamed.isEmpty else { return [:] }
        let box = AnswerBox()
        let done = DispatchSemaphore(value: 0)
        Task { [store] in
            do throws(StoreError) {
                let names = try await store.names(of: unnamed)
                box.answer.withLock { $0 = .success(names) }
            } catch {
                box.answer.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        return try box.answer.withLock { $0 }.get()
    }
}

private final class AnswerBox: Sendable {
    let answer = Mutex<Result<[ObjectID: FeedChange], StoreError>>(.success([:]))
}

/// Documents that events name by their ObjectId alone.
private struct UnnamedDocuments: Sendable {
    private(set) var ids: [Kind: Set<ObjectID>] = [:]

    init(_ events: [ChangeEvent]) {
        for event in events {
            if case .document(let kind, let id) = event.subject { ids[kind, default: []].insert(id) }
        }
    }

    var isEmpty: Bool { ids.isEmpty }
}

extension MongoStore {
    /// One query for each kind of document, and one more for those that are gone: `status` remembers their ids.
    fileprivate func names(of unnamed: UnnamedDocuments) async throws(StoreError) -> [ObjectID: FeedChange] {
        try await perform { [self] connection in
            var names: [ObjectID: FeedChange] = [:]
            let queries = DocumentQueries(store: self, connection: connection)
            for (kind, ids) in unnamed.ids {
                guard let collection = Collection(of: kind) else { continue }
                try queries.scan(collection, .anyOf(ids, in: "_id"), projection: ["node_id": 1, "pool_id": 1]) { view in
                    guard let id = try view.first("_id")?.objectID(), let name = view.text(kind.idField) else { return }
                    let poolID = kind == .node ? view.text("pool_id") : nil
                    names[id] = FeedChange(key: ResourceKey(kind, name), source: .document, poolID: poolID)
                }
            }
            let gone = unnamed.ids.values.reduce(into: Set()) { $0.formUnion($1) }.subtracting(names.keys)
            guard !gone.isEmpty else { return names }
            let projection: Document = ["observed_id": 1, "pool_id": 1]
            try queries.scan(.status, .anyOf(gone, in: "observed_id"), projection: projection) { view in
                guard let id = try view.first("observed_id")?.objectID(),
                    let key = view.text("_id").flatMap({ ResourceKey($0) })
                else { return }
                names[id] = FeedChange(key: key, source: .document, poolID: view.text("pool_id"))
            }
            return names
        }
    }
}

extension Document {
    fileprivate static func anyOf(_ ids: Set<ObjectID>, in field: String) -> Document {
        Document { filter in
            filter.document(field) { match in
                match.array("$in") { array in
                    for id in ids { array.append(id) }
                }
            }
        }
    }
}
