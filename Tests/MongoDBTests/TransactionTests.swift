import BSON
import Dispatch
import MongoDB
import Testing

@Suite struct TransactionTests {
    /// An empty collection: inside of a transaction it should be there already.
    private func prepare(_ client: Client, _ things: Namespace, _ documents: [Document] = []) async throws {
        try await client.run { connection in
            try connection.command(things.database, ["create": .string(things.collection)])
            try connection.insert(things, documents)
        }
    }

    private func documents(_ client: Client, _ things: Namespace) async throws -> [Document] {
        try await client.run { connection in
            var found: [Document] = []
            try connection.find(things, options: FindOptions(sort: ["_id": 1])) { found.append($0) }
            return found
        }
    }

    @Test func `a transaction shows nothing until it is committed, then all`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await prepare(client, things)
            let before = try await client.run { connection in
                try connection.transaction { transaction in
                    try transaction.insert(things, [["_id": 1]])
                    try transaction.command(
                        things.database, ["insert": .string(things.collection), "documents": [["_id": 2]]])
                    #expect(try transaction.findOne(things, filter: ["_id": 2]) != nil)
                    return 0
                }
            }
            #expect(before == 0)
            #expect(try await documents(client, things).count == 2)
        }
    }

    @Test func `an error of the work aborts it and is thrown as it is`() async throws {
        struct Refused: Error {}
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await prepare(client, things)
            await #expect(throws: Refused.self) {
                try await client.run { connection in
                    try connection.transaction { transaction in
                        try transaction.insert(things, [["_id": 1]])
                        throw Refused()
                    }
                }
            }
            #expect(try await documents(client, things).isEmpty)
        }
    }

    @Test func `a write conflict runs the work again`() async throws {
        let name = "reeve/test/conflict"
        let things = TestServer.newNamespace()
        try await TestServer.withClient(appName: name) { client in
            try await prepare(client, things)
            let attempts = try await client.run { connection in
                try TestServer.fail(
                    connection, ["insert"], times: 2, appName: name,
                    ["errorCode": 112, "errorLabels": ["TransientTransactionError"]])
                return try connection.transaction { transaction in
                    try transaction.insert(things, [["_id": 1]])
                    return transaction.attempt
                }
            }
            #expect(attempts == 3)
            #expect(try await documents(client, things).count == 1)
        }
    }

    @Test func `a real conflict is handed to the caller who asked for one try`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await prepare(client, things, [["_id": 1, "n": 0]])
            let error = await mongoError {
                try await client.run { connection in
                    try connection.transaction(.once) { transaction in
                        _ = try transaction.findOne(things, filter: ["_id": 1])
                        Self.writeFromElsewhere(things)
                        try transaction.bulkWrite(
                            things, [.updateOne(filter: ["_id": 1], update: ["$inc": ["n": 1]])])
                    }
                }
            }
            #expect(error?.kind == .writeConflict)
            #expect(error?.isTransient == true)
            #expect(try await documents(client, things) == [["_id": 1, "n": 10]])
        }
    }

    /// Another client writes between the snapshot and the write.
    private static func writeFromElsewhere(_ things: Namespace) {
        let done = DispatchSemaphore(value: 0)
        Task {
            try await TestServer.withClient { other in
                _ = try await other.run {
                    try $0.bulkWrite(things, [.updateOne(filter: ["_id": 1], update: ["$inc": ["n": 10]])])
                }
            }
            done.signal()
        }
        done.wait()
    }
}
