import BSON
import Dispatch
import MongoDB
import Testing

@Suite struct TransactionTests {
    @Test func `a transaction shows nothing until it is committed, then all`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.prepare(client, things)
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
            #expect(try await TestServer.documents(client, things).count == 2)
        }
    }

    @Test func `an error of the work aborts it and is thrown as it is`() async throws {
        struct Refused: Error {}
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.prepare(client, things)
            await #expect(throws: Refused.self) {
                try await client.run { connection in
                    try connection.transaction { transaction in
                        try transaction.insert(things, [["_id": 1]])
                        throw Refused()
                    }
                }
            }
            #expect(try await TestServer.documents(client, things).isEmpty)
        }
    }

    @Test func `the operation that was refused is named, wherever it stands in the bulk`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.prepare(client, things, [["_id": 1]])
            let error = await mongoError {
                try await client.run { connection in
                    try connection.transaction { transaction in
                        _ = try transaction.bulkWrite(
                            things,
                            [
                                .insertOne(["_id": 2]), .updateOne(filter: ["_id": 1], update: ["$set": ["n": 1]]),
                                .insertOne(["_id": 3]), .insertOne(["_id": 1]), .deleteOne(filter: ["_id": 2]),
                            ])
                    }
                }
            }
            #expect(error?.kind == .duplicateKey)
            #expect(error?.writeErrors.map(\.index) == [3])
            #expect(error?.isTransient == false)
            #expect(try await TestServer.documents(client, things) == [["_id": 1]])
        }
    }

    private static let refused: [(Document, MongoError.Kind, Int)] = [
        (["$set": ["a.b": 1]], .pathNotViable, 28),
        (["$set": ["n": "text"]], .documentValidation, 121),
    ]

    @Test(arguments: refused)
    func `an update that its document cannot take is told apart`(
        update: Document, kind: MongoError.Kind, code: Int
    ) async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            let error = await mongoError {
                try await client.run { connection in
                    try connection.command(
                        things.database,
                        [
                            "create": .string(things.collection),
                            "validator": ["$jsonSchema": ["properties": ["n": ["bsonType": "int"]]]],
                        ])
                    try connection.insert(things, [["_id": 1, "a": nil], ["_id": 2, "a": nil]])
                    try connection.transaction { transaction in
                        _ = try transaction.bulkWrite(
                            things,
                            [
                                .updateOne(filter: ["_id": 1], update: ["$set": ["n": 1]]),
                                .updateOne(filter: ["_id": 2], update: update),
                            ])
                    }
                }
            }
            #expect(error?.kind == kind)
            #expect(error?.writeErrors.map(\.index) == [1])
            #expect(error?.writeErrors.map(\.code) == [code])
        }
    }

    @Test func `a transaction reads what was written just before it`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.prepare(client, things, [["_id": 1, "n": 0]])
            let stale = try await client.run { connection in
                var stale = 0
                for round in 1...50 {
                    let write = WriteOperation.updateOne(
                        filter: ["_id": 1], update: ["$set": ["n": .int32(Int32(round))]])
                    try connection.bulkWrite(things, [write], acknowledgement: .primary)
                    let read = try connection.transaction { try $0.findOne(things, filter: ["_id": 1]) }
                    if read?["n"]?.int64Value != Int64(round) { stale += 1 }
                }
                return stale
            }
            #expect(stale == 0)
        }
    }

    @Test func `a transaction inside of another is refused`() async throws {
        try await TestServer.withClient { client in
            let error = await mongoError {
                try await client.run { connection in
                    try connection.transaction { _ in try connection.transaction { _ in } }
                }
            }
            #expect(error?.kind == .invalidArgument)
        }
    }

    @Test func `sessions are few and known`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient(threads: 2) { client in
            try await TestServer.prepare(client, things)
            for round in Int32(0)..<20 {
                let id = try await client.run { connection in
                    try connection.transaction { transaction in
                        try transaction.insert(things, [["_id": .int32(round)]])
                        return transaction.sessionID
                    }
                }
                #expect(id.count == 16)
                #expect(client.sessionIDs.contains(id))
            }
            #expect(client.sessionIDs.snapshot.count <= 2)
        }
    }

    @Test func `a real conflict is handed to the caller who asked for one try`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            try await TestServer.prepare(client, things, [["_id": 1, "n": 0]])
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
            #expect(try await TestServer.documents(client, things) == [["_id": 1, "n": 10]])
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
