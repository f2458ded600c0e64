import BSON
import Dispatch
import LocalMongo
import MongoDB
import Testing

@Suite(.timeLimit(.minutes(1))) struct KillTransactionsTests {
    /// Who asks: nobody in particular, one who may do everything, one who may only write.
    enum Asker: CaseIterable { case nobody, root, writer }

    private func uri(_ asker: Asker) async throws -> String {
        guard asker != .nobody else { return try await TestServer.shared.value.uri }
        let server = try await TestServer.secured.value
        guard asker == .writer else { return server.uri }
        try await TestServer.withClient(of: server.uri) { client in
            _ = try await client.run {
                try $0.command(
                    "admin", ["createUser": "writer", "pwd": "w", "roles": ["readWriteAnyDatabase"]])
            }
        }
        return "mongodb://writer:w@127.0.0.1:\(server.port)/?authSource=admin"
    }

    @Test(arguments: Asker.allCases)
    func `a dead predecessor's transaction gives its documents back`(asker: Asker) async throws {
        let uri = try await uri(asker)
        let things = TestServer.newNamespace()
        let dead = "reeve/run/\(things.database)/1"
        try await TestServer.withClient(of: uri, appName: "reeve/run/\(things.database)/2") { successor in
            try await TestServer.prepare(successor, things, [["_id": 1, "n": 0]])
            try await TestServer.withClient(of: uri, appName: dead) { predecessor in
                let locked = DispatchSemaphore(value: 0)
                let thaw = DispatchSemaphore(value: 0)
                async let end = mongoError {
                    try await predecessor.run { connection in
                        try connection.transaction(.once) { transaction in
                            _ = try transaction.bulkWrite(
                                things, [.updateOne(filter: ["_id": 1], update: ["$inc": ["n": 1]])])
                            locked.signal()
                            thaw.wait()
                        }
                    }
                }
                await blocking { locked.wait() }
                let others = try await successor.run { try $0.killTransactions { $0.hasSuffix("/nobody") } }
                #expect(others == 0)
                let killed = try await successor.run { try $0.killTransactions { $0 == dead } }
                #expect(killed == 1)
                try await successor.run { connection in
                    _ = try connection.transaction(.once) { transaction in
                        try transaction.bulkWrite(
                            things, [.updateOne(filter: ["_id": 1], update: ["$inc": ["n": 10]])])
                    }
                }
                thaw.signal()
                #expect(await end != nil)
            }
            #expect(try await TestServer.documents(successor, things) == [["_id": 1, "n": 10]])
        }
    }
}

/// Waits on a thread of its own, not on the cooperative pool.
func blocking(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            body()
            continuation.resume()
        }
    }
}
