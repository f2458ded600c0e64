import Fleet
import FleetStore
import Logging
import MemoryStore
import Planning
import Synchronization

@testable import Engine

/// Time that a test moves: the memory store's clock is the only one there is.
final class TestClock: EngineClock {
    let store: InMemoryStore

    init(_ store: InMemoryStore) { self.store = store }

    func now() -> Timestamp { store.now }
    func uptime() -> Duration { .milliseconds(store.now.milliseconds) }

    func synchronise(with store: any Store) {}

    /// Nobody waits in a simulation: what sleeps is the jitter between two tries.
    func sleep(for duration: Duration) async throws { await Task.yield() }
}

/// Takes down what would be events of the daemon.
final class Told: Sendable {
    private let messages = Mutex<[String]>([])

    var all: [String] { messages.withLock(\.self) }

    func note(_ severity: Event.Severity, _ reason: String, _ message: String) {
        messages.withLock { $0.append("\(severity) \(reason): \(message)") }
    }
}

/// A daemon's lanes on the memory store, stepped by hand: deterministic, no time of its own.
final class Simulation {
    let store: InMemoryStore
    /// The operator beside the daemon.
    let operatorStore: InMemoryStore
    let clock: TestClock
    let lanes: Lanes
    let workers: [LaneWorker]
    let resync: Resync
    let health: HealthWatch
    let providing: ProviderWorker?
    let loadWatch: ScalingWatch
    /// What the daemon tells of itself.
    let told = Told()
    private let feed: any Feed
    private let resyncWanted = Mutex(false)
    static let laneCount = 4

    /// - Parameters:
    ///   - watched: what the daemon writes through, in front of `store`.
    ///   - provider: what makes nodes.
    init(
        on store: InMemoryStore = InMemoryStore(), through watched: (any Store)? = nil,
        provider: (any NodeProvider)? = nil, epoch: Int64 = 1
    ) async throws {
        self.store = store
        operatorStore = store.another()
        clock = TestClock(store)
        let lease = Lease(holder: "test", epoch: epoch, renewals: 0)
        try store.raiseFences(to: lease)
        let tuning = Tuning()
        let lanes = Lanes(count: Simulation.laneCount, clock: clock, bulk: tuning.bulk)
        self.lanes = lanes
        let port: any Store = watched ?? store
        health = HealthWatch(port, lanes, clock) { [told] in told.note($0, $1, $2) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let providing = provider.map { [clock] in
            ProviderWorker(
                store, $0, lanes, epoch: epoch, clock: clock, interval: tuning.healthInterval, logger: logger)
        }
        self.providing = providing
        let metrics = EngineMetrics()
        let progress = DaemonProgress(clock)
        let register = ScalingRegister()
        loadWatch = ScalingWatch(
            port, lanes, register, clock, metrics: metrics, progress: progress, logger: logger)
        let runner = BatchRunner(
            store: port, epoch: epoch, map: lanes.map, register: health.register, provided: providing?.register,
            scaling: register, clock: clock, tuning: tuning,
            journal: Journal(logger: logger, metrics: metrics))
        let (health, clock) = (health, clock)
        let permits = BulkPermits(tuning.bulkLanes)
        workers = lanes.all.map {
            LaneWorker(
                lane: $0, lanes: lanes, runner: runner, store: port, health: health, providing: providing,
                permits: permits, clock: clock,
                tuning: tuning, metrics: metrics, progress: progress,
                logger: logger)
        }
        resync = Resync(store: port, lanes: lanes, clock: clock, health: health, scaling: register)
        feed = try await port.feed { event in
            guard case .changed(let changes) = event else { return }
            lanes.add(changes)
            _ = register.heard(changes)
        }
    }

    func close() async { await feed.close() }

    /// What a leader does first.
    func start() async throws {
        _ = try await health.register.refresh(from: store)
        _ = try await resync.run()
        try await settle()
    }

    /// Works until nothing is due at this instant. Returns how many batches that took.
    @discardableResult
    func settle() async throws -> Int {
        var batches = 0
        var worked = true
        while worked {
            worked = false
            for worker in workers where try await worker.step() == .worked {
                worked = true
                batches += 1
            }
            // Jitter puts what conflicted a few milliseconds off.
            if !worked, let next = lanes.all.compactMap({ $0.nextDue() }).min(),
                next.milliseconds - store.now.milliseconds <= 1000, next > store.now
            {
                store.now = next
                worked = true
            }
            guard batches < 10_000 else { throw Endless() }
        }
        return batches
    }

    /// Moves the clock in steps, working at each instant that something is due.
    func advance(seconds: Int64) async throws {
        let end = store.now.advanced(seconds: seconds)
        while store.now < end {
            let due = lanes.all.compactMap { $0.nextDue() }.filter { $0 > store.now }.min() ?? end
            store.now = min(end, due, store.now.advanced(seconds: 5))
            try await health.look()
            try await loadWatch.look()
            try await settle()
        }
    }

    struct Endless: Error {}

    // MARK: The operator

    /// Declares as an apply would that found nothing wrong.
    func declare(_ declarations: Declaration...) async throws { try await declare(declarations) }

    func declare(_ declarations: [Declaration]) async throws {
        try await change(declarations.map(\.key)) { key, standing, now in
            guard let declaration = declarations.first(where: { $0.key == key }) else { return nil }
            guard var next = standing else {
                return Desired(
                    declaration, revision: 0, firstRevision: 0, manager: "test", createdAt: now, updatedAt: now)
            }
            guard next.declaration != declaration else { return nil }
            next.generation += 1
            let stated = Set(declaration.spec.leaves.map(\.index))
            let released = next.declaration.spec.leaves.filter { !stated.contains($0.index) }.map {
                Release(path: key.kind.table.leaves[$0.index].path, generation: next.generation)
            }
            next.released += released
            next.released.removeAll { stated.contains(key.kind.table.leaf($0.path)?.index ?? -1) }
            next.declaration = declaration
            return next
        }
    }

    func delete(_ keys: ResourceKey..., cascade: Bool = false) async throws {
        try await change(keys) { _, standing, now in
            var next = standing
            next?.deletion = DeletionMark(by: "test", at: now, cascade: cascade)
            return next
        }
    }

    func override(_ key: ResourceKey, _ body: (inout Overrides) -> Void) async throws {
        try await change([key]) { _, standing, _ in
            var next = standing
            if var overrides = next?.overrides {
                body(&overrides)
                next?.overrides = overrides
            }
            return next
        }
    }

    private func change(
        _ keys: [ResourceKey], _ body: (ResourceKey, Desired?, Timestamp) -> Desired?
    ) async throws {
        let standing = operatorStore.desired
        let writes = keys.compactMap { key -> DesiredWrite? in
            guard let next = body(key, standing[key], store.now) else { return nil }
            return standing[key].map { .replace(next, previous: $0) } ?? .insert(next)
        }
        _ = try operatorStore.declare(writes, expecting: operatorStore.revision)
    }
}

// MARK: Declarations to test with

func pool(_ name: String, _ leaves: [String: FieldValue] = [:], _ body: (inout Declaration) -> Void = { _ in })
    -> Declaration
{
    declaration(.nodePool, name, leaves, body)
}

func node(
    _ name: String, in poolName: String?, _ leaves: [String: FieldValue] = [:],
    _ body: (inout Declaration) -> Void = { _ in }
) -> Declaration {
    var all: [String: FieldValue] = [
        "node_type": .string("worker"), "hardware_info.cpu.cores": .int(8),
        "hardware_info.memory.total_bytes": .int(64 << 30), "hardware_info.storage.total_bytes": .int(1 << 40),
        "hardware_info.network": .list([.record([FieldValue.Member("interface", .string("eth0"))])]),
    ]
    if let poolName { all["pool_id"] = .string("pool_" + poolName) }
    return declaration(.node, name, all.merging(leaves) { _, given in given }, body)
}

func declaration(
    _ kind: Kind, _ name: String, _ leaves: [String: FieldValue], _ body: (inout Declaration) -> Void = { _ in }
) -> Declaration {
    var spec = Spec(kind)
    for (path, value) in leaves {
        guard let leaf = kind.table.leaf(path) else { preconditionFailure("no field \(path)") }
        spec[leaf.index] = value
    }
    var declaration = Declaration(key: ResourceKey(kind, kind.idPrefix + name), name: name, spec: spec)
    body(&declaration)
    return declaration
}

func nodeKey(_ name: String) -> ResourceKey { ResourceKey(.node, "node_" + name) }
func poolKey(_ name: String) -> ResourceKey { ResourceKey(.nodePool, "pool_" + name) }
