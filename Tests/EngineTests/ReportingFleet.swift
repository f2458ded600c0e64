import Fleet
import MemoryStore
import Testing

@testable import Engine

// A simulated fleet whose nodes, n1 and on, report or don't.

/// A pool of nodes that all report.
func reporting(
    _ count: Int, on store: InMemoryStore = InMemoryStore(), through watched: WatchedStore? = nil
) async throws -> Simulation {
    let declarations = [pool("eu", ["max_nodes": .int(1000)])] + (1...count).map { node("n\($0)", in: "eu") }
    return try await reporting(declarations, count, on: store, through: watched)
}

/// Nodes that all report, with whatever else is declared.
func reporting(
    _ declarations: [Declaration], _ count: Int, on store: InMemoryStore = InMemoryStore(),
    through watched: WatchedStore? = nil
) async throws -> Simulation {
    let fleet = try await Simulation(on: store, through: watched)
    try await fleet.declare(declarations)
    try await fleet.settle()
    // Until the crowd of first heartbeats is over.
    try await fleet.beat(1...count, for: 70)
    #expect(fleet.states == [.active: count])
    return fleet
}

extension Simulation {
    func beat(_ range: ClosedRange<Int>) {
        for number in range { store.beat("node_n\(number)") }
    }

    /// - Parameter serves: whether an ingest says so.
    func beat(_ range: ClosedRange<Int>?, for seconds: Int64, serves: Bool = false) async throws {
        for _ in 0..<(seconds / 10) {
            if let range { beat(range) }
            if serves { store.ingestServes() }
            try await advance(seconds: 10)
        }
    }

    var states: [NodeState: Int] {
        store.statuses.values.reduce(into: [:]) { counts, status in
            if let state = status.state { counts[state, default: 0] += 1 }
        }
    }

    func state(_ number: Int) -> NodeState? { store.statuses[nodeKey("n\(number)")]?.state }

    /// Events from now on.
    func events(since count: Int) -> [Event] { Array(store.allEvents.dropFirst(count)) }

    func expectSettled() async throws {
        store.resetWrites()
        _ = try await resync.run()
        try await settle()
        #expect(store.writesThatMatter == 0)
    }
}
