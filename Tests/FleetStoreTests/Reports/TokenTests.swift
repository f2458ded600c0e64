import BSON
import Fleet
import FleetStore
import Testing

/// Tokens, of which the store knows the digest alone.
struct TokenTests {
    private static func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

    @Test func `several tokens of a node are good at once, until each is revoked`() async throws {
        try await MongoDatabases.withDatabase { database in
            let (store, other) = (database.store, database.other)
            let first = try await store.createToken(digest: Self.digest(1), for: "node_one", by: "ann")
            let second = try await store.createToken(digest: Self.digest(2), for: "node_one", by: "bob")
            let third = try await store.createToken(digest: Self.digest(3), for: "node_a", by: "ann")
            #expect(first.digest == Self.digest(1) && first.nodeID == "node_one" && first.createdBy == "ann")
            let known = try await other.tokens([Self.digest(1), Self.digest(2), Self.digest(9)])
            #expect(Set(known) == [first, second])
            #expect(try await other.tokens(of: nil) == [third, first, second])
            #expect(try await other.tokens(of: "node_one") == [first, second])

            let start = try await store.serverTime()
            #expect(try await store.revokeTokens([Self.digest(1), Self.digest(9)]) == 1)
            let revoked = try #require(try await other.tokens([Self.digest(1)]).first?.revokedAt)
            #expect(revoked >= start)
            #expect(try await other.tokensRevoked(since: start).map(\.digest) == [Self.digest(1)])
            #expect(try await other.tokensRevoked(since: revoked.advanced(seconds: 1)) == [])
            #expect(try await other.tokens([Self.digest(2)]).first?.revokedAt == nil)
            // Once is enough, and the first time counts.
            #expect(try await store.revokeTokens([Self.digest(1)]) == 0)
            #expect(try await other.tokens([Self.digest(1)]).first?.revokedAt == revoked)
            #expect(try await store.tokens([]) == [])
            #expect(try await store.revokeTokens([]) == 0)
        }
    }

    @Test func `a node's id is never read as anything else`() async throws {
        try await MongoDatabases.withDatabase { database in
            let odd = ["$x", #"{"$ne": null}"#, "a.b", "", "node_\0one"]
            for (number, id) in odd.enumerated() {
                _ = try await database.store.createToken(digest: Self.digest(UInt8(number)), for: id, by: "$$ROOT")
            }
            for (number, id) in odd.enumerated() {
                let found = try await database.store.tokens(of: id)
                #expect(found.map(\.digest) == [Self.digest(UInt8(number))])
                #expect(found.first?.createdBy == "$$ROOT")
            }
        }
    }

    @Test func `what is no token stands in nobody's way`() async throws {
        try await MongoDatabases.withDatabase { database in
            let good = try await database.store.createToken(digest: Self.digest(1), for: "node_one", by: "ann")
            try await database.insertUnchecked("node_tokens", ["_id": "xyz", "node_id": "node_one"])
            try await database.insertUnchecked("node_tokens", ["_id": 7, "node_id": "node_one"])
            // One whose end can't be read is not good.
            try await database.insertUnchecked(
                "node_tokens",
                ["_id": "ab", "node_id": "node_one", "created_at": .dateTime(0), "revoked_at": "yesterday"])
            #expect(try await database.store.tokens(of: "node_one") == [good])
        }
    }
}
