import BSON
import Fleet
import FleetStore
import LocalMongo
import MongoDB
import Synchronization
import TestServer
import Testing

@testable import Engine

/// MongoDB goes away and comes back, under a daemon and an operator.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ServerAwayTests {
    enum Fault: String, CaseIterable {
        case stepsDown, isKilled, freezes
    }

    @Test(arguments: Fault.allCases)
    func `nothing acknowledged is lost, and all goes on by itself`(fault: Fault) async throws {
        try await Server.withOwnServer { server in
            let database = Server.newDatabase()
            let client = try await Server.client(server.uri)
            _ = try await Preparation.run(on: client, database: database)
            let said = Said()
            let store = try Server.store(at: server.uri, database, logger: said.logger())
            let cli = try Server.store(at: server.uri, database, role: "cli", instance: "cli")
            let fleet = [pool("europe", ["max_nodes": .int(1000)])] + (1...50).map { node("n-\($0)", in: "europe") }
            try await declare(fleet, cli)
            do {
                try await withDaemon(store, logger: said.logger()) {
                    try await eventually("the fleet is synced", within: .seconds(60)) {
                        try await synced(fleet.map(\.key), cli) == fleet.count
                    }
                    let isOver = Flag()
                    async let acknowledged = operate(cli, until: { isOver.isSet.withLock(\.self) })
                    try await inflict(fault, on: server, client)
                    isOver.isSet.withLock { $0 = true }
                    try await check(try await acknowledged, cli)
                }
            } catch let error as NeverCame {
                let isThere = LocalServer.status(directory: server.directory) != nil
                Issue.record(
                    """
                    \(error); the server \(isThere ? "runs" : "is gone"); the daemon said:
                    \(said.all.suffix(40).joined(separator: "\n"))
                    """)
            }
            await store.close()
            await cli.close()
            await client.close()
        }
    }

    /// All that was acknowledged stands, is reconciled, and is counted.
    private func check(_ late: (keys: [ResourceKey], longest: Duration), _ cli: MongoStore) async throws {
        #expect(late.longest < .seconds(20), "a call waited for \(late.longest)")
        let view = try await cli.declaringView(of: late.keys, pools: [])
        #expect(view.desired.count == late.keys.count)
        try await eventually("all that was acknowledged is synced", within: .seconds(60)) {
            try await synced(late.keys, cli) == late.keys.count
        }
        try await eventually("and counted", within: .seconds(60)) {
            let counts = try await cli.read([poolKey("europe")]).status[poolKey("europe")]?.counts
            return counts.map { $0.total == $0.declared && $0.total >= 50 + Int64(late.keys.count) } ?? false
        }
    }

    private func inflict(_ fault: Fault, on server: LocalServer, _ client: Client) async throws {
        switch fault {
        case .stepsDown:
            // Its answer may be lost with the connections that it closes.
            _ = try? await client.run { connection in
                try connection.command(
                    "admin", ["replSetStepDown": 3, "secondaryCatchUpPeriodSecs": 0, "force": true])
            }
        case .isKilled: try await Server.killAndRestart(server)
        case .freezes: try await Server.freeze(server, for: .seconds(8))
        }
    }

    /// Declares nodes one by one until the fault is over and ten went through since then and since the last failure: the
    /// driver may hide a short absence. Returns those whose declaration was acknowledged, and how long the longest call
    /// took.
    private func operate(
        _ cli: MongoStore, until isOver: @Sendable () -> Bool
    ) async throws -> (keys: [ResourceKey], longest: Duration) {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        var keys: [ResourceKey] = []
        var longest = Duration.zero
        var (since, number) = (0, 0)
        while since < 10 {
            // The pool has room for this many.
            guard clock.now < end, keys.count < 900 else { break }
            let counts = isOver()
            number += 1
            let late = node("late-\(number)", in: "europe")
            let started = clock.now
            do {
                try await declare([late], cli)
                keys.append(late.key)
                since = counts ? since + 1 : 0
            } catch is StoreError {
                since = 0
            }
            longest = max(longest, clock.now - started)
            try await clock.sleep(for: .milliseconds(50))
        }
        #expect(since >= 10, "declaring did not recover within a minute")
        return (keys, longest)
    }
}

private final class Flag: Sendable {
    let isSet = Mutex(false)
}
