import Fleet
import FleetStore
import Synchronization

/// A store of which pages only read: rows and events that a test lays there, faults, and answers that never come.
final class ScannedStore: Store, UsageStore {
    struct State {
        var rows: [ScanRow] = []
        var sets: [SetStatus] = []
        var tallies: [String: SetTally] = [:]
        var events: [Event] = []
        var decisions: [ScalingRecord] = []
        var usage: [UsagePoint] = []
        var fault: StoreError?
        var isHanging = false
        var scans = 0
        fileprivate var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let state: Mutex<State>

    init(_ rows: [ScanRow] = [], events: [Event] = []) { state = Mutex(State(rows: rows, events: events)) }

    func set(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Lets go whoever waits for an answer.
    func release() {
        let waiting = state.withLock { state in
            state.isHanging = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func answer() async throws(StoreError) {
        await withCheckedContinuation { continuation in
            let isHanging = state.withLock { state in
                if state.isHanging { state.waiting.append(continuation) }
                return state.isHanging
            }
            if !isHanging { continuation.resume() }
        }
        if let fault = state.withLock(\.fault) { throw fault }
    }

    func scan<Part: Sendable>(
        _ kind: Kind, into initial: @escaping @Sendable () -> Part,
        row: @escaping @Sendable (inout Part, ScanRow) -> Void
    ) async throws(StoreError) -> [Part] {
        state.withLock { $0.scans += 1 }
        try await answer()
        let rows = state.withLock(\.rows).filter { $0.key.kind == kind }.sorted { $0.key < $1.key }
        // Two parts, as the real store reads larger fleets.
        return [rows.prefix(rows.count / 2), rows.dropFirst(rows.count / 2)].map { slice in
            slice.reduce(into: initial()) { row(&$0, $1) }
        }
    }

    func events(_ query: EventQuery) async throws(StoreError) -> [Event] {
        try await answer()
        return Array(state.withLock(\.events).suffix(query.limit))
    }

    func decisions(of poolID: String?, limit: Int) async throws(StoreError) -> [ScalingRecord] {
        try await answer()
        return Array(state.withLock(\.decisions).filter { poolID == nil || $0.poolID == poolID }.suffix(limit))
    }

    func sets() async throws(StoreError) -> [SetStatus] {
        try await answer()
        return state.withLock(\.sets)
    }

    /// Only of sets that were asked for.
    func tallies(ofSets names: [String]) async throws(StoreError) -> [String: SetTally] {
        try await answer()
        return state.withLock(\.tallies).filter { names.contains($0.key) }
    }

    func serverTime() async throws(StoreError) -> Timestamp {
        try await answer()
        return Timestamp(milliseconds: 1_767_225_600_000)
    }

    func usage(since: Timestamp, stepSeconds: Int64, of nodeIDs: [String]?) async throws(StoreError) -> [UsagePoint] {
        try await answer()
        return state.withLock(\.usage)
    }

    // MARK: What no page does

    private var never: StoreError { .failed(code: 0, message: "no page does that") }

    func latestSamples(since: Timestamp, of nodeIDs: [String]?) async throws(StoreError) -> [ResourceSample] {
        throw never
    }
    func read(_ keys: [ResourceKey]) async throws(StoreError) -> FleetView { throw never }
    func declaringView(
        of keys: [ResourceKey], pools: [String], set: String?
    ) async throws(StoreError) -> DeclaringView {
        throw never
    }
    func nodes(inPool poolID: String) async throws(StoreError) -> [ResourceKey] { throw never }
    func pools(naming policyID: String) async throws(StoreError) -> [ResourceKey] { throw never }
    func heartbeats(from: Timestamp, until: Timestamp) async throws(StoreError) -> [NodeHeartbeat] { throw never }
    func agentFacts(since: Timestamp?) async throws(StoreError) -> (facts: [AgentFacts], now: Timestamp) {
        throw never
    }
    func ingestService() async throws(StoreError) -> IngestService { throw never }
    func samples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?
    ) async throws(StoreError) -> [NodeLoad] { throw never }
    func meanSamples(
        of nodeIDs: [String]?, since: Timestamp, until: Timestamp?, stepSeconds: Int64
    ) async throws(StoreError) -> [NodeLoad] {
        throw never
    }
    func nodeHistory(since: Timestamp) async throws(StoreError) -> [HistoryEntry] { throw never }
    func nodes(_ keys: [ResourceKey], beatingSince since: Timestamp) async throws(StoreError) -> [ResourceKey] {
        throw never
    }
    func set(_ name: String) async throws(StoreError) -> SetStatus? { throw never }
    func write(_ status: SetStatus) async throws(StoreError) -> SetStatus? { throw never }
    func tell(_ events: [Event]) async throws(StoreError) { throw never }
    func declared(inSet name: String) async throws(StoreError) -> [Desired] { throw never }
    func revisions(of keys: [ResourceKey]) async throws(StoreError) -> [ResourceKey: [StoredRevision]] { throw never }
    func removed(fromSet name: String, since revision: Int64) async throws(StoreError) -> [ResourceKey] { throw never }
    func declare(_ writes: [DesiredWrite], expecting: Int64) async throws(StoreError) -> Int64 { throw never }
    func commit(_ changes: [ResourceChange], under fence: Fence) async throws(StoreError) -> CommitOutcome {
        throw never
    }
    func record(_ events: [Event], under fence: Fence) async throws(StoreError) { throw never }
    func feed(_ handler: @escaping @Sendable (FeedEvent) -> Void) async throws(StoreError) -> any Feed { throw never }
}

extension ScanRow {
    /// A declared resource and what the leader made of it.
    static func made(
        _ kind: Kind, _ id: String, name: String? = nil,
        _ conditions: [(Condition.ConditionType, Condition.Status, String, String)] = [],
        _ change: (inout ResourceStatus) -> Void = { _ in }
    ) -> ScanRow {
        let key = ResourceKey(kind, id)
        let epoch = Timestamp(milliseconds: 1_767_225_000_000)
        var status = ResourceStatus(key, observedGeneration: 1, firstRevision: 1)
        status.conditions = conditions.map { type, value, reason, message in
            Condition(type, value, reason: reason, message: message, lastTransition: epoch, observedGeneration: 1)
        }
        change(&status)
        var spec = Spec(kind)
        if status.scaling != nil { spec[PoolLeaf.autoScaling] = .bool(true) }
        let desired = Desired(
            Declaration(key: key, name: name ?? id, spec: spec), revision: 1, firstRevision: 1, manager: "test",
            createdAt: epoch, updatedAt: epoch)
        return ScanRow(key: key, desired: desired, observed: nil, status: status)
    }
}
