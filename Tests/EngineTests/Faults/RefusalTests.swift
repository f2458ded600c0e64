import BSON
import Fleet
import FleetStore
import LocalMongo
import MongoDB
import TestServer
import Testing

@testable import Engine

/// A MongoDB that knows us and refuses us.
@Suite(.timeLimit(.minutes(2))) struct RefusalTests {
    private static let root = LocalServer.Credentials(user: "root", password: "t0p-s3cret")

    private func uri(_ server: LocalServer, _ user: String, _ password: String, _ source: String) -> String {
        "mongodb://\(user):\(password)@127.0.0.1:\(server.port)/?replicaSet=reeve&authSource=\(source)"
    }

    @Test func `a wrong password and missing rights are told quickly, without a secret`() async throws {
        try await Server.withOwnServer(authentication: Self.root) { server in
            let database = Server.newDatabase()
            let client = try await Server.client(server.uri)
            _ = try await Preparation.run(on: client, database: database)
            try await client.run { connection in
                _ = try connection.command(
                    database, ["createUser": "reader", "pwd": "r3ader-s3cret", "roles": ["read"]])
            }
            let said = Said()
            let started = ContinuousClock.now

            let stranger = try Server.store(
                at: uri(server, "root", "wr0ng-s3cret", "admin"), database, logger: said.logger())
            await expectRefused { _ = try await stranger.lanes() }
            await stranger.close()

            let reader = try Server.store(
                at: uri(server, "reader", "r3ader-s3cret", database), database, logger: said.logger())
            await expectRefused { try await declare([pool("europe")], reader) }
            await expectRefused {
                let clock = try await ServerClock(reader)
                try await Daemon(
                    Daemon.Parts(instance: "test", store: reader, laneCount: 16, clock: clock), logger: said.logger()
                ).run()
            }
            await reader.close()

            #expect(ContinuousClock.now - started < .seconds(20))
            #expect(!said.all.contains { $0.contains("s3cret") })
            await client.close()
        }
    }

    private func expectRefused(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("it was let in")
        } catch StoreError.refused(let why) {
            #expect(!why.contains("s3cret"))
            #expect(!why.contains("\n"))
        } catch {
            Issue.record("told as \(error)")
        }
    }
}
