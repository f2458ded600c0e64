import Fleet
import FleetStore
import Synchronization

/// A store that notes what a daemon does with it, and refuses what a test wants refused.
final class WatchedStore: Store, LeaseStore {
    struct Commit: Sendable {
        var lanes: [Int]
        var keys: [ResourceKey]
        var nodesCreated: Int
        var nodesChanged: Int
        var outcome: CommitOutcome?
    }

    private struct State {
        var commits: [Commit] = []
        var open: [Int: Int] = [:]
        var mostOpenOnOneLane = 0
        var heard: [FeedEvent] = []
        var refused: [ResourceKey: Rejection] = [:]
        var fault: StoreError?
        var faultAfterCommit: StoreError?
        var bulkTakes = Duration.zero
        var scans: [Kind] = []
        var heartbeatsFault: StoreError?
        var heartbeatsRead = 0
        var samplesFault: StoreError?
        var meansFault: StoreError?
        var meansRead = 0
    }

    private let base: any Store & LeaseStore
    private let state = Mutex(State())

    init(_ base: any Store & LeaseStore) { self.base = base }

    var commits: [Commit] { state.withLock(\.commits) }
    /// The most transactions that were open at once on any lane.
    var mostOpenOnOneLane: Int { state.withLock(\.mostOpenOnOneLane) }
    /// What the feed told.
    var heard: [FeedEvent] { state.withLock(\.heard) }
    var heardChanges: [FeedChange] {
        heard.flatMap { event -> [FeedChange] in
            if case .changed(let changes) = event { return changes }
            return []
        }
    }

    /// The kinds that were looked at as a whole, to the end.
    var scans: [Kind] { state.withLock(\.scans) }

    func forget() { state.withLock { ($0.commits, $0.heard, $0.scans) = ([], [], []) } }

    /// A commit of more than a few keys takes so much longer than it would.
    func slowBulk(by time: Duration) { state.withLock { $0.bulkTakes = time } }

    /// Whatever would write the document of `key` is refused for its sake; nil: no longer.
    func refuse(_ key: ResourceKey, _ rejection: Rejection?) { state.withLock { $0.refused[key] = rejection } }

    /// What every call but those of the lease throws; nil: none.
    func fail(_ error: StoreError?) { state.withLock { $0.fault = error } }

    /// From the next commit that went through: until `fail(nil)`.
    func failAfterCommit(_ error: StoreError) { state.withLock { $0.faultAfterCommit = error } }

    /// What a look for old heartbeats throws; nil: nothing.
    func failHeartbeats(_ error: StoreError?) { state.withLock { $0.heartbeatsFault = error } }

    /// What reading samples, one by one or as means, throws; nil: nothing.
    func failSamples(_ error: StoreError?) { state.withLock { $0.samplesFault = error } }
    func failMeans(_ error: StoreError?) { state.withLock { $0.meansFault = error } }

    /// How often means were asked for.
    var meansRead: Int { state.withLock(\.meansRead) }

    /// How many old heartbeats were read.
    var heartbeatsRead: Int { state.withLock(\.heartbeatsRead) }

    private func pass() throws(StoreError) {
        if let fault = state.withLock(\.fault) { throw fault }
    }

    func commit(_ changes: [ResourceChange], under fence: Fence) async throws(StoreError) -> CommitOutcome {
        try pass()
        let refused = state.withLock { state in
            changes.first { $0.document != nil && state.refused[$0.key] != nil }
                .flatMap { change in state.refused[change.key].map { (change.key, $0) } }
        }
        if let (key, rejection) = refused { return .rejected(key, rejection) }
        enter(fence)
        defer { leave(fence) }
        let wait = state.withLock(\.bulkTakes)
        if changes.count > 16, wait > .zero { try? await ContinuousClock().sleep(for: wait) }
        let outcome: CommitOutcome
        do {
            outcome = try await base.commit(changes, under: fence)
        } catch {
            note(changes, fence, nil)
            throw error
        }
        note(changes, fence, outcome)
        return outcome
    }

    private func enter(_ fence: Fence) {
        state.withLock { state in
            for lane in fence.lanes {
                state.open[lane, default: 0] += 1
                state.mostOpenOnOneLane = max(state.mostOpenOnOneLane, state.open[lane, default: 0])
            }
        }
    }

    private func leave(_ fence: Fence) {
        state.withLock { state in
            for lane in fence.lanes { state.open[lane, default: 0] -= 1 }
        }
    }

    private func note(_ changes: [ResourceChange], _ fence: Fence, _ outcome: CommitOutcome?) {
        let nodes = changes.filter { $0.key.kind == .node }.compactMap(\.document)
        let created = nodes.count { if case .insert = $0 { true } else { false } }
        let commit = Commit(
            lanes: fence.lanes, keys: changes.map(\.key), nodesCreated: created, nodesChanged: nodes.count - created,
            outcome: outcome)
        state.withLock { state in
            state.commits.append(commit)
            if outcome == .committed, let fault = state.faultAfterCommit {
                (state.fault, state.faultAfterCommit) = (fault, nil)
            }
        }
    }

    func feed(_ handler: @escaping @Sendable (FeedEvent) -> Void) async throws(StoreError) -> any Feed {
        try await base.feed { [self] event in
            state.withLock { $0.heard.append(event) }
            handler(event)
        }
    }

    // MARK: Handed on

    func serverTime() async throws(StoreError) -> Timestamp { try await base.serverTime() }

    func read(_ keys: [ResourceKey]) async throws(StoreError) -> FleetView {
        try pass()
        return try await base.read(keys)
    }

    func scan<Part: Sendable>(
        _ kind: Kind, into initial: @escaping @Sendable () -> Part,
        row: @escaping @Sendable (inout Part, ScanRow) -> Void
    ) async throws(StoreError) -> [Part] {
        try pass()
        let parts = try await base.scan(kind, into: initial, row: row)
        state.withLock { $0.scans.append(kind) }
        return parts
    }

    func declaringView(
        of keys: [ResourceKey], pools: [String], set: String?
    ) async throws(StoreError) -> DeclaringView {
        try await base.declaringView(of: keys, pools: pools, set: set)
    }

    func nodes(inPool poolID: String) async throws(StoreError) -> [ResourceKey] {
        try pass()
        return try await base.nodes(inPool: poolID)
    }

    func pools(naming policyID: String) async throws(StoreError) -> [ResourceKey] {
        try pass()
        return try await base.pools(naming: policyID)
    }

    func heartbeats(from: Timestamp, until: Timestamp) async throws(StoreError) -> [NodeHeartbeat] {
        try pass()
        if let fault = state.withLock(\.heartbeatsFault) { throw fault }
        let found = try await base.heartbeats(from: from, until: until)
        state.withLock { $0.heartbeatsRead += found.count }
        return found
    }

    func agentFacts(since: Timestamp?) async throws(StoreError) -> (facts: [AgentFacts], now: Timestamp) {
        try pass()
        return try await base.agentFacts(since: since)
    }

    func ingestService() async throws(StoreError) -> IngestService {
        try pass()
        return try await base.ingestService()
    }

    func samples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?
    ) async throws(StoreError) -> [NodeLoad] {
        try pass()
        if let fault = state.withLock(\.samplesFault) { throw fault }
        return try await base.samples(of: nodeIDs, since: since, until: until)
    }

    func meanSamples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?, stepSeconds: Int64
    ) async throws(StoreError) -> [NodeLoad] {
        try pass()
        state.withLock { $0.meansRead += 1 }
        if let fault = state.withLock(\.meansFault) { throw fault }
        return try await base.meanSamples(of: nodeIDs, since: since, until: until, stepSeconds: stepSeconds)
    }

    func nodeHistory(since: Timestamp) async throws(StoreError) -> [HistoryEntry] {
        try pass()
        return try await base.nodeHistory(since: since)
    }

    func decisions(of poolID: String?, limit: Int) async throws(StoreError) -> [ScalingRecord] {
        try pass()
        return try await base.decisions(of: poolID, limit: limit)
    }

    func nodes(_ keys: [ResourceKey], beatingSince since: Timestamp) async throws(StoreError) -> [ResourceKey] {
        try pass()
        return try await base.nodes(keys, beatingSince: since)
    }

    func sets() async throws(StoreError) -> [SetStatus] { try await base.sets() }
    func set(_ name: String) async throws(StoreError) -> SetStatus? { try await base.set(name) }
    func write(_ status: SetStatus) async throws(StoreError) -> SetStatus? { try await base.write(status) }
    func tell(_ events: [Event]) async throws(StoreError) { try await base.tell(events) }
    func tallies(ofSets names: [String]) async throws(StoreError) -> [String: SetTally] {
        try await base.tallies(ofSets: names)
    }
    func declared(inSet name: String) async throws(StoreError) -> [Desired] { try await base.declared(inSet: name) }
    func revisions(of keys: [ResourceKey]) async throws(StoreError) -> [ResourceKey: [StoredRevision]] {
        try await base.revisions(of: keys)
    }
    func removed(fromSet name: String, since revision: Int64) async throws(StoreError) -> [ResourceKey] {
        try await base.removed(fromSet: name, since: revision)
    }

    func events(_ query: EventQuery) async throws(StoreError) -> [Event] { try await base.events(query) }

    func declare(_ writes: [DesiredWrite], expecting: Int64) async throws(StoreError) -> Int64 {
        try await base.declare(writes, expecting: expecting)
    }

    func record(_ events: [Event], under fence: Fence) async throws(StoreError) {
        try pass()
        try await base.record(events, under: fence)
    }

    func lease() async throws(StoreError) -> Lease? { try await base.lease() }
    func take(_ seen: Lease?, as holder: String) async throws(StoreError) -> Lease? {
        try await base.take(seen, as: holder)
    }
    func renew(_ held: Lease) async throws(StoreError) -> Lease? { try await base.renew(held) }
    func release(_ held: Lease) async throws(StoreError) { try await base.release(held) }
    func raiseFences(to held: Lease) async throws(StoreError) { try await base.raiseFences(to: held) }
}
