import Fleet
import FleetStore
import MemoryStore
import Testing

/// Random histories of declaring, reconciling and editing by several actors: what holds after each step whatever came
/// before, and that both stores make the same of them.
struct RandomHistories {
    @Test(arguments: 1...40)
    func `invariants hold after every step on the memory store`(_ seed: UInt64) async throws {
        let store = InMemoryStore()
        let fixture = Fixture(store: store, other: store.another(), backdoor: MemoryBackdoor(store: store.another()))
        var history = try await History(seed: seed, fixture)
        for _ in 0..<250 {
            _ = try await history.step()
            try await history.checkInvariants()
        }
    }

    @Test(arguments: 1...3)
    func `both stores make the same of a history`(_ seed: UInt64) async throws {
        try await Arm.mongo.run { real in
            let store = InMemoryStore()
            let model = Fixture(store: store, other: store.another(), backdoor: MemoryBackdoor(store: store.another()))
            var (first, second) = (try await History(seed: seed, model), try await History(seed: seed, real))
            for number in 0..<150 {
                let (expected, found) = (try await first.step(), try await second.step())
                #expect(expected == found, "step \(number)")
                guard expected == found else { return }
            }
            try await second.checkInvariants()
            let (expected, found) = (try await first.ending(), try await second.ending())
            for (expected, found) in zip(expected, found) { #expect(expected == found) }
            #expect(expected.count == found.count)
        }
    }

    /// A commit whose answer is lost, sent again as it is: nothing is recorded twice, and the second try never succeeds
    /// in doing the work again.
    @Test(arguments: 1...20)
    func `a repeated commit after an unknown outcome doubles nothing`(_ seed: UInt64) async throws {
        var random = SplitMix(seed)
        let store = InMemoryStore()
        let fence = try await store.lead()
        var transitions: Int64 = 0
        try await store.settle([.node("node_one")], under: fence)
        let key = ResourceKey(.node, "node_one")
        for round in 1...30 {
            let view = try store.read([key])
            var status = try #require(view.status[key])
            let cores = try #require(view.observed[key]?.leaves[NodeLeaf.cores])
            #expect(status.transitions == transitions)
            status.transitions += 1
            var change = ResourceChange.update(
                key, 1, "hardware_info.cpu.cores", from: cores, to: .int(Int64(round % 2) + 1))
            change.status = .replace(status)
            change.history = [
                HistoryEntry(
                    nodeID: key.id, firstRevision: 1, transition: status.transitions, from: nil, to: .active,
                    reason: "\(round)", at: noon)
            ]
            let isApplied = Bool.random(using: &random)
            store.failCommit(with: .unknown(isApplied: isApplied))
            let error = await storeError { _ = try store.commit([change], under: fence) }
            guard case .outcomeUnknown? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            if isApplied || Bool.random(using: &random) {
                let again = try store.commit([change], under: fence)
                if case .update(_, let guards, let writes)? = change.document, guards[0].expected != writes[0].value {
                    #expect((again == .committed) == !isApplied)
                }
                transitions += 1
            }
        }
        let numbers = store.history.map(\.transition)
        #expect(numbers == Array(1...transitions))
    }
}

/// Small, fast and the same everywhere (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Three actors on one database: an applier and a leader that act on views that may be old, and somebody with an editor.
private struct History {
    private var random: SplitMix
    private let fixture: Fixture
    private var fence: Fence
    private var nextDocument: UInt32 = 1
    private var view = FleetView()
    private var revision: Int64 = 0
    private var committed: Int64 = 0
    private var generations: [ResourceKey: (revision: Int64, generation: Int64)] = [:]

    private static let pools = ["pool_one", "pool_two"]
    private static let nodes = (0..<6).map { "node_\($0)xx" }
    private static let capacity: Int64 = 4
    private static let keys =
        pools.map { ResourceKey(.nodePool, $0) } + nodes.map { ResourceKey(.node, $0) }

    init(seed: UInt64, _ fixture: Fixture) async throws {
        random = SplitMix(seed)
        self.fixture = fixture
        fence = try await fixture.store.lead()
    }

    /// Does one random thing and tells what came of it.
    mutating func step() async throws -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: try await look()
        case 2, 3: try await declare()
        case 4, 5, 6: try await commit()
        case 7, 8: try await edit()
        default: try await takeOver()
        }
    }

    private mutating func look() async throws -> String {
        view = try await fixture.store.read(Self.keys)
        revision = try await fixture.store.declaringView(of: [], pools: []).revision
        return "look \(revision): \(view.observed.count) \(view.desired.count) \(view.status.count)"
    }

    private mutating func declare() async throws -> String {
        let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]
        let (cores, pool) = (Int64.random(in: 1...4, using: &random), randomPool())
        var write: DesiredWrite
        if let old = view.desired[key] {
            var new = key.kind == .node ? old.changed(cores: cores) : old
            if key.kind == .node { new.declaration.spec[NodeLeaf.poolID] = .string(pool) }
            write = .replace(new, previous: old)
        } else {
            write = .insert(key.kind == .node ? .node(key.id, pool: pool, cores: cores) : .pool(key.id))
        }
        do {
            revision = try await fixture.other.declare([write], expecting: revision)
            return "declared \(key) as \(revision)"
        } catch {
            // The revision may be newer than the view.
            if case .failed(code: 11000, _) = error { return "declared \(key): stands already" }
            guard error == .revisionMoved else { throw error }
            return "declared \(key): moved"
        }
    }

    private mutating func commit() async throws -> String {
        var changes: [ResourceChange] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]
            if !changes.contains(where: { $0.key == key }) { changes.append(change(of: key)) }
        }
        let shown = changes.map { "\($0.key)" }.joined(separator: " ")
        do {
            let outcome = try await fixture.store.commit(changes, under: fence)
            return "\(shown): \(Self.kind(of: outcome))"
        } catch {
            guard error == .fenced else { throw error }
            return "fenced \(shown)"
        }
    }

    /// Without the words that each store has of its own.
    private static func kind(of outcome: CommitOutcome) -> String {
        switch outcome {
        case .committed: "committed"
        case .conflict: "conflict"
        case .rejected(let key, let why): "rejected \(key) \(why)"
        }
    }

    /// As the leader would decide by its view, which may be old.
    private mutating func change(of key: ResourceKey) -> ResourceChange {
        let (cores, pool, mode) = (
            Int64.random(in: 1...4, using: &random), randomPool(), Int.random(in: 0..<4, using: &random)
        )
        committed += 1
        guard let observed = view.observed[key] else {
            nextDocument += 1
            // Names are few, so that they collide.
            let name = "name\(cores)"
            let new: Desired = key.kind == .node ? .node(key.id, pool: pool, name: name) : .pool(key.id)
            var change = ResourceChange.making(new, nextDocument)
            if view.status[key] != nil { change.status = nil }
            if key.kind == .node { change.recounts = [PoolRecount(pool, limit: Self.capacity)] }
            return change
        }
        var change = ResourceChange(key)
        change.history = [
            HistoryEntry(
                nodeID: key.id, firstRevision: 1, transition: Int64.random(in: 1...9, using: &random), from: nil,
                to: .active, reason: "Random", at: noon)
        ]
        guard key.kind == .node else {
            change.recounts = [PoolRecount(key.id)]
            return change
        }
        let guards = [
            PathGuard("hardware_info.cpu.cores", observed.leaves[NodeLeaf.cores]),
            PathGuard("pool_id", observed.leaves[NodeLeaf.poolID]),
        ]
        let pools = [observed.poolID, pool].compactMap { $0 }
        switch mode {
        case 0:
            change.document = .delete(id: observed.documentID, guards: guards)
            change.recounts = observed.poolID.map { [PoolRecount($0)] } ?? []
            change.status = view.status[key] == nil ? nil : .remove
            if let desired = view.desired[key] { change.removesDesiredAt = desired.revision }
        case 1:
            change.document = .update(
                id: observed.documentID, guards: guards, writes: [PathValue("pool_id", .string(pool))])
            change.recounts = Set(pools).sorted().map { PoolRecount($0, limit: Self.capacity) }
        default:
            change.document = .update(
                id: observed.documentID, guards: guards,
                writes: [PathValue("hardware_info.cpu.cores", .int(cores)), PathValue("name", .string("name\(cores)"))])
        }
        return change
    }

    private mutating func edit() async throws -> String {
        let key = ResourceKey(.node, Self.nodes[Int.random(in: 0..<Self.nodes.count, using: &random)])
        let (cores, mode) = (Int64.random(in: 1...4, using: &random), Int.random(in: 0..<4, using: &random))
        switch mode {
        case 0: try await fixture.backdoor.delete(key)
        case 1: try await fixture.backdoor.edit(key, "hardware_info.cpu.cores", nil)
        case 2: try await fixture.backdoor.beat(key.id, at: noon.advanced(seconds: cores))
        default: try await fixture.backdoor.edit(key, "hardware_info.cpu.cores", .double(Double(cores)))
        }
        return "edit"
    }

    /// Half of the time the old leader goes on with its old epoch.
    private mutating func takeOver() async throws -> String {
        let new = try await fixture.store.lead(as: "d\(Int.random(in: 0..<3, using: &random))")
        if Bool.random(using: &random) { fence = new }
        return "epoch \(new.epoch)"
    }

    private mutating func randomPool() -> String { Self.pools[Int.random(in: 0..<2, using: &random)] }

    mutating func checkInvariants() async throws {
        let now = try await fixture.other.read(Self.keys)
        var names: Set<String> = []
        for (key, observed) in now.observed where key.kind == .node {
            let name = "\(observed.poolID ?? "-") \(observed.name?.description ?? "-")"
            #expect(names.insert(name).inserted, "the name \(name) stands twice")
        }
        for pool in Self.pools {
            let count = now.tallies[pool]?.total ?? 0
            #expect(count <= Self.capacity, "\(pool) holds \(count)")
        }
        let latest = try await fixture.other.declaringView(of: [], pools: []).revision
        for (key, desired) in now.desired {
            #expect(desired.revision <= latest)
            if let before = generations[key], before.revision != desired.revision {
                #expect(desired.revision > before.revision)
                #expect(desired.generation >= before.generation || desired.firstRevision > before.revision)
            }
            generations[key] = (desired.revision, desired.generation)
        }
        // At most one record under each of an entry's ids.
        #expect(try await fixture.backdoor.count("node_history") <= Self.keys.count * 9)
    }

    /// What stands there, but for what the server's clock wrote.
    func ending() async throws -> [String] {
        let now = try await fixture.store.read(Self.keys)
        var lines: [String] = []
        for key in Self.keys {
            lines.append("\(key) desired \(now.desired[key].map { "\($0)" } ?? "-")")
            if let observed = now.observed[key] {
                lines.append("\(key) \(observed.documentID) \(observed.leaves) \(observed.name as Any)")
                lines.append("\(key) \(observed.lastHeartbeat as Any) \(observed.nodeCount as Any)")
            }
            lines.append("\(key) status \(now.status[key].map { "\($0)" } ?? "-")")
            lines.append("\(key) kept \(try await fixture.backdoor.generations(of: key))")
        }
        for pool in Self.pools { lines.append("\(pool) \(now.tallies[pool] as Any)") }
        for collection in ["node_history", "events", "tombstones"] {
            lines.append("\(collection) \(try await fixture.backdoor.count(collection))")
        }
        return lines
    }
}
