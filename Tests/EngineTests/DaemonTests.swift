import Fleet
import FleetStore
import TestServer
import Testing

@testable import Engine

/// The daemon on a real MongoDB, beside an operator who is another process.
struct DaemonTests {
    @Test func `a thousand declared nodes are synced, and changes follow`() async throws {
        try await Server.withStore { store, database in
            let cli = try await Server.store(database, role: "cli", instance: "cli")
            try await withDaemon(store) {
                let fleet =
                    [pool("europe", ["max_nodes": .int(1000)])] + (1...1000).map { node("n-\($0)", in: "europe") }
                try await declare(fleet, cli)
                try await eventually("all are synced") { try await synced(fleet.map(\.key), cli) == fleet.count }
                try await eventually("all are counted") {
                    try await cli.read([poolKey("europe")]).status[poolKey("europe")]?.counts?.total == 1000
                }
                for round in 1...20 {
                    let changed = node("n-5", in: "europe", ["hardware_info.cpu.cores": .int(Int64(round + 8))])
                    try await declare([changed], cli)
                    try await eventually("the change is written") {
                        try await cli.read([changed.key]).status[changed.key]?.observedGeneration == Int64(round + 1)
                    }
                }
            }
            await cli.close()
        }
    }
}
