import Fleet
import FleetStore
import MemoryStore
import Planning
import Synchronization
import Testing

@testable import Engine

/// A provider whose machines are names, and that fails when a test says so.
final class ScriptedProvider: NodeProvider {
    struct State {
        /// By request id: the node.
        var machines: [String: String] = [:]
        /// The digest of the token that each machine was given last.
        var tokens: [String: [UInt8]] = [:]
        /// Every call, such as `create eu-1-1`.
        var calls: [String] = []
        /// What a call of that action throws; nil: nothing.
        var faults: [String: String] = [:]
        /// A `create` makes the machine, and throws then.
        var diesAfterCreate = false
        /// Runs in the middle of a `create`.
        var meanwhile: (@Sendable () async throws -> Void)?
        var drawn: UInt8 = 0
        var cores: Int64 = 8
    }

    let state = Mutex(State())

    var machines: [String: String] { state.withLock(\.machines) }
    var calls: [String] { state.withLock(\.calls) }
    var tokens: [String: [UInt8]] { state.withLock(\.tokens) }

    func set(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

    func makeToken() -> AgentToken {
        let number = state.withLock { state in
            state.drawn += 1
            return state.drawn
        }
        return AgentToken(text: "token \(number)", digest: [UInt8](repeating: number, count: 32))
    }

    func create(
        _ request: ProviderRequest, token: AgentToken, by program: ProviderProgram
    ) async throws(ProviderFailure) -> Spec {
        try call("create", request.id)
        if let meanwhile = state.withLock(\.meanwhile) {
            do { try await meanwhile() } catch { throw ProviderFailure("\(error)") }
        }
        let (dies, cores) = state.withLock { state in
            state.machines[request.id] = request.nodeID
            state.tokens[request.nodeID] = token.digest
            return (state.diesAfterCreate, state.cores)
        }
        if dies { throw ProviderFailure("ended by a signal") }
        return node(
            "made", in: String(request.poolID.dropFirst("pool_".count)), ["hardware_info.cpu.cores": .int(cores)]
        )
        .spec
    }

    func delete(_ request: ProviderRequest, by program: ProviderProgram) async throws(ProviderFailure) {
        try call("delete", request.id)
        state.withLock { $0.machines[request.id] = nil }
    }

    func list(_ poolID: String, by program: ProviderProgram) async throws(ProviderFailure) -> [ListedNode] {
        try call("list", poolID)
        return machines.sorted { $0.key < $1.key }.map { ListedNode(nodeID: $0.value, requestID: $0.key) }
    }

    private func call(_ action: String, _ subject: String) throws(ProviderFailure) {
        let fault = state.withLock { state in
            state.calls.append("\(action) \(subject)")
            return state.faults[action]
        }
        if let fault { throw ProviderFailure(fault) }
    }
}

// MARK: A simulated daemon with a provider

/// Somebody scales it, and decides nothing: tests do.
let provided: [String: FieldValue] = [
    "provider.exec.command": .list([.string("make-nodes")]), "max_nodes": .int(10), "auto_scaling": .bool(true),
    "scaling_policy.mode": .string("recommend"),
]

func decide(_ store: InMemoryStore, _ body: (inout PoolScaling) -> Void) throws {
    guard var status = store.statuses[poolKey("eu")] else { return }
    var scaling = status.scaling ?? PoolScaling()
    body(&scaling)
    status.scaling = scaling
    var change = ResourceChange(poolKey("eu"))
    change.status = .replace(status)
    let outcome = try store.commit([change], under: Fence(epoch: store.fences[0], lanes: [0]))
    #expect(outcome == .committed)
}

extension Simulation {
    /// The pool `eu`, with a provider, and nothing in it.
    static func providing(
        _ provider: ScriptedProvider, on store: InMemoryStore = InMemoryStore(), epoch: Int64 = 1
    ) async throws -> Simulation {
        let fleet = try await Simulation(on: store, provider: provider, epoch: epoch)
        if store.desired.isEmpty { try await fleet.declare(pool("eu", provided)) }
        try await fleet.start()
        return fleet
    }

    var scaling: PoolScaling? { store.statuses[poolKey("eu")]?.scaling }
    var phases: [String: ProvidedNode.Phase] { scaling?.provided.mapValues(\.phase) ?? [:] }
    var reasons: [String] { store.allEvents.filter { $0.key == poolKey("eu") }.map(\.reason) }

    /// Changes what the pool's status says, as a decision does.
    func decide(_ body: (inout PoolScaling) -> Void) throws {
        try EngineTests.decide(store, body)
        var followUps = FollowUps()
        followUps.providing = ["pool_eu"]
        providing?.follow(followUps)
    }

    /// Asks for the nodes `node_eu-1-1` and on.
    func ask(_ count: Int64) throws {
        try decide { scaling in
            for number in 1...count {
                scaling.provided["node_eu-1-\(number)"] = ProvidedNode(.asked, since: store.now)
                scaling.intents["node_eu-1-\(number)"] = ScalingIntent(isWanted: true, at: store.now)
            }
            scaling.asked = count
        }
    }

    func giveUp(_ id: String) throws {
        try decide { $0.provided[id] = ProvidedNode(.unwanted, since: store.now) }
    }

    /// Looks, and does what the look finds, until it finds nothing. Returns how many jobs that were.
    @discardableResult
    func provide() async throws -> Int {
        var count = 0
        while true {
            let jobs = try await providing?.look() ?? []
            for job in jobs { try await providing?.perform(job) }
            count += jobs.count
            let batches = try await settle()
            if jobs.isEmpty, batches == 0 { return count }
            guard count < 1000 else { throw Endless() }
        }
    }
}
