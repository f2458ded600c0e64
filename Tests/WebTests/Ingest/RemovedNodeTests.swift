import Fleet
import FleetStore
import TestServer
import Testing

@testable import Web

/// A machine whose node was removed, and another one under the same id.
@Suite(.serialized)
struct RemovedNodeTests {
    @Test func `the token of a node that was removed is refused, also when its id is declared again`() async throws {
        try await IngestServing.run { serving in
            let key = ResourceKey(.node, "node_alpha")
            let former = try await serving.node(key.id)
            let body = #"{"timestamp":"\#(serving.time(-5))","cpu":{"usage_percent":5,"cores":4}}"#
            #expect(try await serving.post(key.id, token: former, body).status == 200)
            #expect(try await serving.store.agentFacts(since: nil).facts.count == 1)
            try await remove(key, from: serving.store)
            #expect(try await serving.store.agentFacts(since: nil).facts.isEmpty)

            let token = try await serving.node(key.id)
            // The ingest knew the former one: it hears of its end within `TokenDoor.revocationDelay`.
            try await eventually("the former token is refused") {
                try await serving.post(key.id, token: former, serving.report()).status == 401
            }
            #expect(try await serving.post(key.id, token: token, serving.report()).status == 200)
            try await eventually("what its agent tells is known again") {
                let report = #"{"timestamp":"\#(serving.time())","cpu":{"usage_percent":5,"cores":4}}"#
                _ = try await serving.post(key.id, token: token, report)
                return try await serving.store.agentFacts(since: nil).facts.map(\.nodeID) == [key.id]
            }
        }
    }

    @Test func `an ingest that never saw the former machine doesn't take the new one for it`() async throws {
        try await IngestServing.run { serving in
            let key = ResourceKey(.node, "node_alpha")
            _ = try await serving.node(key.id)
            let facts = AgentFacts(
                nodeID: key.id, intervalSeconds: LearnedInterval.unknown, hardware: FoundHardware(cores: 4))
            try await serving.store.put([facts])
            // Some report makes it read what is known of all nodes.
            let other = try await serving.node("node_bravo")
            #expect(try await serving.post("node_bravo", token: other, serving.report()).status == 200)
            try await remove(key, from: serving.store)
            let token = try await serving.node(key.id)
            try await eventually("what its agent tells is known") {
                let report = #"{"timestamp":"\#(serving.time())","cpu":{"usage_percent":5,"cores":4}}"#
                _ = try await serving.post(key.id, token: token, report)
                return try await serving.store.agentFacts(since: nil).facts.contains { $0.nodeID == key.id }
            }
        }
    }

    /// As a leader does it.
    private func remove(_ key: ResourceKey, from store: MongoStore) async throws {
        let lease = try #require(try await store.take(try await store.lease(), as: "test"))
        try await store.raiseFences(to: lease)
        let observed = try #require(try await store.read([key]).observed[key])
        let serverTime = try await store.serverTime()
        var change = ResourceChange(key)
        change.document = .delete(id: observed.documentID, guards: [])
        change.tombstone = Tombstone(key: key, firstRevision: 1, name: "alpha", at: serverTime)
        #expect(try await store.commit([change], under: Fence(epoch: lease.epoch, lanes: [0])) == .committed)
    }
}
