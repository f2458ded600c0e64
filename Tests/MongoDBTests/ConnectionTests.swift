import BSON
import MongoDB
import Testing

@Suite struct ConnectionTests {
    @Test func `a command's reply comes back`() async throws {
        try await TestServer.withClient { client in
            let description = try await client.run { try $0.hello() }
            #expect(description.isReplicaSet)
            #expect(description.setName == "reeve")
            #expect(description.isWritablePrimary)
            #expect(description.version.hasPrefix("6."))
            let time = try await client.run { try $0.serverTime() }
            #expect(time >= description.localTime)
        }
    }

    @Test func `what was inserted is found with filter, projection, sort and limit`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            let found = try await client.run { connection in
                let result = try connection.insert(things, (0..<250).map { ["_id": .int32($0), "n": .int32($0 % 10)] })
                #expect(result == BulkResult(inserted: 250))
                var found: [Document] = []
                try connection.find(
                    things, filter: ["n": ["$gte": 5]],
                    options: FindOptions(
                        projection: ["_id": 1], sort: ["_id": -1], limit: 120, hint: .index("_id_"), batchSize: 7,
                        maxTime: .seconds(5))
                ) { found.append($0) }
                return found
            }
            #expect(found.count == 120)
            #expect(found.first == ["_id": .int32(249)])
        }
    }

    @Test func `a bulk sums up what each kind of operation did`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            let result = try await client.run { connection in
                try connection.insert(things, (0..<10).map { ["_id": .int32($0), "kind": "a"] })
                return try connection.bulkWrite(
                    things,
                    [
                        .insertOne(["_id": 10]),
                        .updateOne(filter: ["_id": 0], update: ["$set": ["kind": "b"]]),
                        .updateOne(filter: ["_id": 1], update: ["$set": ["kind": "a"]]),
                        .updateMany(filter: ["_id": ["$in": [2, 3]]], update: ["$set": ["kind": "c"]]),
                        .replaceOne(filter: ["_id": 4], replacement: ["kind": "d"]),
                        .updateOne(filter: ["_id": 99], update: ["$set": ["kind": "e"]]),
                        .updateOne(filter: ["_id": 98], update: ["$set": ["kind": "e"]], upsert: true),
                        .deleteOne(filter: ["_id": 5]),
                        .deleteMany(filter: ["_id": ["$in": [6, 7]]]),
                    ])
            }
            #expect(result == BulkResult(inserted: 1, matched: 5, modified: 4, deleted: 3, upserted: 1))
        }
    }

    @Test func `an unordered bulk names each document that was refused and does the rest`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            let error = await mongoError {
                try await client.run { connection in
                    _ = try connection.insert(things, [1, 2, 1, 3, 2].map { ["_id": .int32($0)] })
                }
            }
            #expect(error?.kind == .duplicateKey)
            #expect(error?.writeErrors.map(\.index) == [2, 4])
            #expect(error?.writeErrors.map(\.code) == [11000, 11000])
            #expect(error?.partial == BulkResult(inserted: 3))
        }
    }

    @Test func `several cursors are read side by side on one connection`() async throws {
        let left = TestServer.newNamespace()
        let right = Namespace(left.database, "others")
        try await TestServer.withClient { client in
            let merged = try await client.run { connection in
                try connection.insert(left, (0..<300).map { ["_id": .int32($0 * 2)] })
                try connection.insert(right, (0..<300).map { ["_id": .int32($0 * 3)] })
                let byID = FindOptions(sort: ["_id": 1], batchSize: 11)
                return try connection.withCursor(left, options: byID) { left in
                    try connection.withCursor(right, options: byID) { right in
                        var both = 0
                        var (a, b) = (try left.next()?.id, try right.next()?.id)
                        while let x = a, let y = b {
                            if x == y { both += 1 }
                            if x <= y { a = try left.next()?.id }
                            if y <= x { b = try right.next()?.id }
                        }
                        return both
                    }
                }
            }
            #expect(merged == 100)
        }
    }

    @Test func `an error in the middle of a read is thrown at once`() async throws {
        struct Enough: Error {}
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            await #expect(throws: Enough.self) {
                try await client.run { connection in
                    _ = try connection.insert(things, (0..<10).map { ["_id": .int32($0)] })
                    try connection.scan(things) { _ in throw Enough() }
                }
            }
        }
    }

    @Test func `a pipeline runs on a collection and on a database`() async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            let (count, operations) = try await client.run { connection in
                try connection.insert(things, (0..<10).map { ["_id": .int32($0)] })
                var count: Int64?
                try connection.aggregate(things, pipeline: [["$count": "n"]]) { count = try $0.first("n")?.int64() }
                var operations = 0
                try connection.aggregate(
                    database: "admin", pipeline: [["$currentOp": [:]]], options: AggregateOptions(readConcern: nil)
                ) { _ in operations += 1 }
                return (count, operations)
            }
            #expect(count == 10)
            #expect(operations > 0)
        }
    }

    @Test(arguments: ["", "a\u{0}b"])
    func `a name that C would cut short is refused`(name: String) async throws {
        try await TestServer.withClient { client in
            let error = await mongoError {
                _ = try await client.run { try $0.command(name, ["ping": 1]) }
            }
            #expect(error?.kind == .invalidArgument)
        }
    }

    /// libbson itself would store bytes that are no UTF-8; a Swift string can't hold them, whatever it was made of.
    @Test(arguments: ["", "a\u{0}b", "\u{0}", "Zoë 🦊", String(decoding: [0x61, 0xFF], as: UTF8.self)])
    func `text crosses whole`(text: String) async throws {
        let things = TestServer.newNamespace()
        try await TestServer.withClient { client in
            let found = try await client.run { connection in
                try connection.insert(things, [["_id": .string(text), "text": .string(text)]])
                return try connection.findOne(things, filter: ["text": .string(text)])
            }
            #expect(found == ["_id": .string(text), "text": .string(text)])
        }
    }

    @Test func `bytes that are no document are refused before they cross`() async throws {
        try await TestServer.withClient { client in
            let error = await mongoError {
                _ = try await client.run { try $0.command("admin", Document(unchecked: [9, 0, 0])) }
            }
            #expect(error?.kind == .invalidArgument)
        }
    }
}

extension DocumentView {
    fileprivate var id: Int64? { try? first("_id")?.int64() }
}
