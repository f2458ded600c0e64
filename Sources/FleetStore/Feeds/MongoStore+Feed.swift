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
            uri: settings.uri, options: ClientOptions(appName: settings.clientName("feed"), threads: 2),
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
            for transaction in transactions(documents) { tell(transaction, handler) }
        }
    }

    /// The events of one transaction together, and apart from others': a declaration of thousands is bulk, and a single
    /// change that comes close behind it is none.
    private func transactions(_ documents: [Document]) -> [[Document]] {
        var runs: [[Document]] = []
        var last: [Value?]?
        for document in documents {
            let transaction = [document["lsid"], document["txnNumber"]]
            if transaction == last { runs[runs.count - 1].append(document) } else { runs.append([document]) }
            last = transaction
        }
        return runs
    }

    private func tell(_ documents: [Document], _ handler: @Sendable (FeedEvent) -> Void) {
        do throws(StoreError) {
            let (changes, gone) = try changes(documents)
            if !changes.isEmpty { handler(.changed(changes)) }
            if !gone.isEmpty {
                handler(.lost(reason: gone.joined(separator: ", ")))
                handler(.opened)
            }
        } catch {
            // Whose documents changed is not known, but the stream goes on: resync, and nothing is lost.
            handler(.lost(reason: "changed documents could not be named: \(error)"))
            handler(.opened)
        }
    }

    /// The keys of a batch, in its order, each once; and the collections that went.
    ///
    /// Throws `.malformed` for an event that can't be read: whose it is, nobody knows.
    private func changes(
        _ documents: [Document]
    ) throws(StoreError) -> (changes: [FeedChange], goneCollections: [String]) {
        var events: [ChangeEvent] = []
        for document in documents {
            do throws(BSONError) {
                let event = try document.withView { (view) throws(BSONError) in try ChangeEvent(view) }
                if let event { events.append(event) }
            } catch {
                throw .malformed("an event of the change stream: \(error)")
            }
        }
        let foreign = events.filter { !store.isOwn(session: $0.session) }
        let owners = try owners(of: foreign)
        var seen = Set<FeedChange>()
        let gone = events.compactMap { event -> String? in
            if case .goneCollection(let what) = event.subject { what } else { nil }
        }
        let told = foreign.flatMap { event -> [FeedChange] in
            switch event.subject {
            case .change(let change): [change]
            case .document(_, let id): owners.byDocument[id] ?? []
            case .replacement(let change, let id): [change] + (owners.byDocument[id] ?? [])
            case .goneCollection: []
            }
        }
        return ((told + owners.pools).filter { seen.insert($0).inserted }, gone)
    }

    /// Whose the documents are that the events name by their ObjectId alone.
    ///
    /// The stream's own thread waits here: it is nobody else's, and the order of events stays.
    private func owners(of events: [ChangeEvent]) throws(StoreError) -> DocumentOwners {
        let unnamed = UnnamedDocuments(events)
        guard !unnamed.isEmpty else { return DocumentOwners() }
        let box = AnswerBox()
        let done = DispatchSemaphore(value: 0)
        Task { [store] in
            do throws(StoreError) {
                let owners = try await store.owners(of: unnamed)
                box.answer.withLock { $0 = .success(owners) }
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
    let answer = Mutex<Result<DocumentOwners, StoreError>>(.success(DocumentOwners()))
}
