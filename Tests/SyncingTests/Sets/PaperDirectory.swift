import Fleet
import FleetStore
import Manifests
import MemoryStore
import Planning
import Synchronization
import Syncing

/// A directory that exists in memory alone; each look at it may find another state.
final class PaperDirectory: Sendable {
    private struct State {
        var files: [String: String] = [:]
        var commit: String?
        var problems: [Diagnostic] = []
        var isMissing = false
        /// What the next looks find first, and then do to it.
        var pending: [@Sendable (inout [String: String]) -> Void] = []
    }

    private let state = Mutex(State())

    init(_ files: [String: String] = [:]) { state.withLock { $0.files = files } }

    subscript(file: String) -> String? {
        get { state.withLock { $0.files[file] } }
        set { state.withLock { $0.files[file] = newValue } }
    }

    var isMissing: Bool {
        get { state.withLock { $0.isMissing } }
        set { state.withLock { $0.isMissing = newValue } }
    }

    /// Of what stands beside the manifests.
    var problems: [Diagnostic] {
        get { state.withLock { $0.problems } }
        set { state.withLock { $0.problems = newValue } }
    }

    var commit: String? {
        get { state.withLock { $0.commit } }
        set { state.withLock { $0.commit = newValue } }
    }

    /// Happens right after the next look.
    func afterNextLook(_ change: @escaping @Sendable (inout [String: String]) -> Void) {
        state.withLock { $0.pending.append(change) }
    }

    func look() -> SetSyncer.Look {
        state.withLock { state in
            guard !state.isMissing else { return .failure(.missing("/paper")) }
            let files = state.files.sorted { $0.key < $1.key }
            let loaded = ManifestLoader.load(files.map { ManifestFile(path: $0.key, bytes: Array($0.value.utf8)) })
            let digest = "\(files.map { "\($0.key)=\($0.value)" }.joined(separator: "|").hashValue)"
            if !state.pending.isEmpty { state.pending.removeFirst()(&state.files) }
            return .success(
                DirectorySnapshot(
                    digest: digest, commit: state.commit, files: files.count, loaded: loaded, problems: state.problems))
        }
    }
}

/// Manifests as a line each.
enum Paper {
    static func pool(_ name: String, max: Int = 20) -> String {
        "{apiVersion: reeve/v1, kind: NodePool, metadata: {name: \(name)}, spec: {max_nodes: \(max)}}\n"
    }

    static func node(
        _ name: String, pool: String? = nil, cores: Int = 8, movedFrom: String? = nil, lifecycle: String = "{}"
    ) -> String {
        let moved = movedFrom.map { ", moved_from: \($0)" } ?? ""
        let inPool = pool.map { "pool_id: pool_\($0), " } ?? ""
        return
            "{apiVersion: reeve/v1, kind: Node, metadata: {name: \(name)\(moved)}, lifecycle: \(lifecycle), "
            + "spec: {node_type: worker, \(inPool)hardware_info: {cpu: {cores: \(cores)}, memory: {total_bytes: 64GiB}, "
            + "storage: {total_bytes: 1TB}, network: [{interface: eth0}]}}}\n"
    }

    /// Nodes that are all different, so that none is taken for another.
    static func nodes(_ numbers: Range<Int>, pool: String? = nil) -> [String: String] {
        Dictionary(uniqueKeysWithValues: numbers.map { ("n\($0).yaml", node("node-\($0)", pool: pool, cores: $0 + 1)) })
    }
}

/// A set in the memory store that is synced from a paper directory.
struct PaperSet {
    let store: InMemoryStore
    let directory: PaperDirectory
    var settings: SetSyncer.Settings

    init(
        _ files: [String: String] = [:], name: String = "prod", in store: InMemoryStore = InMemoryStore(),
        _ change: (inout SetSyncer.Settings) -> Void = { _ in }
    ) {
        self.store = store
        directory = PaperDirectory(files)
        settings = SetSyncer.Settings(name, directory: "/paper", syncedBy: "test")
        settings.confirmation = .milliseconds(1)
        change(&settings)
    }

    @discardableResult
    func sync(own: SetAttempt.Told? = nil, dryRun: Bool = false) async throws -> SetAttempt {
        try await syncer().attempt(own: own, dryRun: dryRun)
    }

    func syncer(mayWrite: @escaping @Sendable () -> Bool = { true }) -> SetSyncer {
        SetSyncer(settings, store: store, mayWrite: mayWrite) { [directory] in directory.look() }
    }

    var revision: Int64 { get throws { try store.declaringView(of: [], pools: [], set: nil).revision } }

    /// What stands and is not marked.
    func standing() throws -> [String] {
        try store.declared(inSet: settings.name).filter { $0.deletion == nil }.map(\.key.id)
    }

    func marked() throws -> [String] {
        try store.declared(inSet: settings.name).filter { $0.deletion != nil }.map(\.key.id)
    }
}

extension SetAttempt {
    func outcome(_ id: String) -> DeclarationOutcome? { results.first { $0.key.id == id }?.outcome }
}

extension SetStatus {
    func reason(_ type: Condition.ConditionType) -> String? { self[type].map { "\($0.status.rawValue) \($0.reason)" } }
}
