import BSON
import Fleet
import FleetStore
import Logging
import MongoDB
import TestServer
import Testing

@testable import Engine

/// The daemon on a real MongoDB, beside an operator who is another process.
struct DaemonTests {
    @Test func `a thousand declared nodes are synced, and a restart writes nothing`() async throws {
        try await Server.withStore { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            try await withDaemon(store) {
                let started = ContinuousClock.now
                let fleet =
                    [pool("europe", ["max_nodes": .int(1000)])] + (1...1000).map { node("n-\($0)", in: "europe") }
                try await declare(fleet, cli)
                print("DECLARED", ContinuousClock.now - started)
                try await eventually { try await synced(fleet.map(\.key), cli) == fleet.count }
                print("SYNCED", ContinuousClock.now - started)
                try await eventually {
                    try await cli.read([poolKey("europe")]).status[poolKey("europe")]?.counts?.total == 1000
                }
                print("COUNTED", ContinuousClock.now - started)
                for round in 1...20 {
                    let started = ContinuousClock.now
                    let changed = node("n-5", in: "europe", ["hardware_info.cpu.cores": .int(Int64(round + 8))])
                    try await declare([changed], cli)
                    let declared = ContinuousClock.now - started
                    try await eventually {
                        try await cli.read([changed.key]).status[changed.key]?.observedGeneration == Int64(round + 1)
                    }
                    print("CHANGE", declared, ContinuousClock.now - started)
                }
            }
            await cli.close()
        }
    }

    /// Runs a daemon on `store` until `body` ends, and stops it.
    private func withDaemon(_ store: MongoStore, _ body: () async throws -> Void) async throws {
        let clock = try await ServerClock(store)
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let daemon = Daemon(
            Daemon.Parts(instance: "test", store: store, laneCount: try await store.lanes(), clock: clock),
            logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await daemon.run() }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    private func declare(_ declarations: [Declaration], _ store: any Store) async throws {
        let view = try await store.declaringView(of: declarations.map(\.key), pools: [])
        let now = try await store.serverTime()
        let writes = declarations.map { declaration -> DesiredWrite in
            guard let standing = view.desired[declaration.key] else {
                return .insert(
                    Desired(declaration, revision: 0, firstRevision: 0, manager: "test", createdAt: now, updatedAt: now)
                )
            }
            var next = standing
            next.declaration = declaration
            next.generation += 1
            return .replace(next, previous: standing)
        }
        _ = try await store.declare(writes, expecting: view.revision)
    }

    private func synced(_ keys: [ResourceKey], _ store: any Store) async throws -> Int {
        try await store.read(keys).status.values.count { $0[.synced]?.status == .yes }
    }

    /// Asks again until it holds; a test that waits for a daemon can't do otherwise.
    private func eventually(_ holds: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await !holds() {
            guard ContinuousClock.now < deadline else { throw TimedOut() }
            await Task.yield()
        }
    }

    private struct TimedOut: Error {}
}
