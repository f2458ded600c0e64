import BSON
import Dispatch
import MongoDB
import Testing

/// What the server is told to get wrong. It obeys one such order at a time, hence one after the other.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ServerFailureTests {
    private let appName = "reeve/test/failing"

    /// Runs a transaction of one insert while the server fails as ordered; returns how often the work ran,
    /// what came of it, and what stands there then.
    private func insert(
        failing commands: [String], times: Int, _ how: Document, options: TransactionOptions = .init()
    ) async throws -> (attempts: Int, error: MongoError?, documents: [Document]) {
        let things = TestServer.newNamespace()
        let name = appName
        return try await TestServer.withClient(appName: name) { client in
            try await TestServer.prepare(client, things)
            let outcome = try await client.run { connection in
                try TestServer.fail(connection, commands, times: times, appName: name, how)
                var attempts = 0
                var failure: MongoError?
                do {
                    try connection.transaction(options) { transaction in
                        attempts += 1
                        try transaction.insert(things, [["_id": .int32(Int32(attempts))]])
                    }
                } catch let error as MongoError {
                    failure = error
                }
                try TestServer.stopFailing(connection)
                return (attempts, failure)
            }
            return (outcome.0, outcome.1, try await TestServer.documents(client, things))
        }
    }

    @Test func `a write conflict runs the work again`() async throws {
        let outcome = try await insert(
            failing: ["insert"], times: 2, ["errorCode": 112, "errorLabels": ["TransientTransactionError"]]
        )
        #expect(outcome.documents == [["_id": 3]])
        #expect(outcome.attempts == 3)
        #expect(outcome.error == nil)
    }

    @Test func `a caller who retries in his own way gets the conflict`() async throws {
        let outcome = try await insert(
            failing: ["insert"], times: 1, ["errorCode": 112, "errorLabels": ["TransientTransactionError"]],
            options: .once
        )
        #expect(outcome.documents.isEmpty)
        #expect(outcome.attempts == 1)
        #expect(outcome.error?.kind == .writeConflict)
        #expect(outcome.error?.isTransient == true)
    }

    private static let unanswered: [(Int, Document)] = [
        (3, ["closeConnection": true]),
        (2, ["errorCode": 50]),
        (2, ["writeConcernError": ["code": 64, "errmsg": "waiting for replication timed out"]]),
    ]

    @Test(arguments: unanswered)
    func `a commit without an answer is sent again, the work is not`(times: Int, how: Document) async throws {
        let outcome = try await insert(failing: ["commitTransaction"], times: times, how)
        #expect(outcome.documents == [["_id": 1]])
        #expect(outcome.attempts == 1)
        #expect(outcome.error == nil)
    }

    @Test func `a commit without an answer until the time limit has an unknown outcome`() async throws {
        let outcome = try await insert(
            failing: ["commitTransaction"], times: 10_000, ["errorCode": 50],
            options: TransactionOptions(commitTimeLimit: .milliseconds(200))
        )
        #expect(outcome.attempts == 1)
        #expect(outcome.error?.kind == .commitOutcomeUnknown)
    }

    @Test func `a broken connection outside of a transaction is a network error`() async throws {
        let name = appName
        try await TestServer.withClient(appName: name) { client in
            let error = await mongoError {
                try await client.run { connection in
                    try TestServer.fail(connection, ["ping"], times: 1, appName: name, ["closeConnection": true])
                    try connection.command("admin", ["ping": 1])
                }
            }
            #expect(error?.isNetwork == true)
            _ = try await client.run { try $0.command("admin", ["ping": 1]) }
        }
    }

    @Test func `history lost ends the stream, and it begins again`() async throws {
        try await watch(failing: ["errorCode": 286, "errorLabels": ["NonResumableChangeStreamError"]]) {
            events, write in
            guard case .lost(let error)? = await events.next() else {
                Issue.record("the loss was not told")
                return
            }
            #expect(error.kind == .changeStreamHistoryLost)
            guard case .opened? = await events.next() else {
                Issue.record("it was not opened again")
                return
            }
            try await write()
            #expect(await events.nextIDs() == [2])
        }
    }

    @Test(arguments: [
        ["closeConnection": true] as Document, ["errorCode": 43, "errorLabels": ["ResumableChangeStreamError"]],
        ["errorCode": 91, "errorLabels": ["ResumableChangeStreamError"]],
    ])
    func `a broken connection is mended without a loss`(how: Document) async throws {
        try await watch(failing: how) { events, write in
            try await write()
            #expect(await events.nextIDs() == [2])
        }
    }

    /// Opens a stream, lets it deliver one event, makes its next `getMore` fail; `write` inserts document 2.
    private func watch(
        failing how: Document,
        _ body: (inout EventReader, _ write: () async throws -> Void) async throws -> Void
    ) async throws {
        let things = TestServer.newNamespace()
        let name = appName
        try await TestServer.withClient { client in
            try await TestServer.withEvents(things.database, appName: name) { events in
                try await client.run { _ = try $0.insert(things, [["_id": 1]]) }
                #expect(await events.nextIDs() == [1])
                try await client.run {
                    try TestServer.fail($0, ["getMore"], times: 1, appName: name, how)
                }
                try await body(&events) {
                    try await client.run { _ = try $0.insert(things, [["_id": 2]]) }
                }
            }
        }
    }

    @Test func `only the transaction of a client that is gone is taken for abandoned`() async throws {
        let things = TestServer.newNamespace()
        let dead = "reeve/apply/\(things.database)"
        try await TestServer.withClient(appName: "reeve/other/\(things.database)") { successor in
            try await TestServer.prepare(successor, things, [["_id": 1, "n": 0]])
            try await TestServer.withClient(appName: dead) { predecessor in
                let locked = DispatchSemaphore(value: 0)
                let goOn = DispatchSemaphore(value: 0)
                async let end = mongoError {
                    try await predecessor.run { connection in
                        try connection.transaction(.once) { transaction in
                            _ = try transaction.bulkWrite(
                                things, [.updateOne(filter: ["_id": 1], update: ["$inc": ["n": 1]])])
                            locked.signal()
                            goOn.wait()
                            _ = try transaction.findOne(things)
                        }
                    }
                }
                await blocking { locked.wait() }
                // It is slow, and that is all.
                #expect(try await successor.run { try $0.killAbandonedTransactions { $0 == dead } } == 0)
                // Neither its next command nor its abort comes through: to the server it is gone.
                try await successor.run { connection in
                    try TestServer.fail(
                        connection, ["find", "abortTransaction"], times: 10, appName: dead, ["closeConnection": true])
                }
                goOn.signal()
                #expect(await end?.isNetwork == true)
                let others = try await successor.run {
                    try $0.killAbandonedTransactions { $0.hasSuffix("/nobody") }
                }
                #expect(others == 0)
                #expect(try await successor.run { try $0.killAbandonedTransactions { $0 == dead } } == 1)
                try await successor.run { connection in
                    try TestServer.stopFailing(connection)
                    _ = try connection.transaction(.once) { transaction in
                        try transaction.bulkWrite(
                            things, [.updateOne(filter: ["_id": 1], update: ["$inc": ["n": 10]])])
                    }
                }
            }
            #expect(try await TestServer.documents(successor, things) == [["_id": 1, "n": 10]])
        }
    }
}
