import Fleet
import FleetStore
import MemoryStore
import Planning
import TestServer
import Testing

@testable import Engine

/// Laws of the loop, on the memory store, stepped by hand.
struct LoopLawTests {
    @Test func `while MongoDB is away no key counts an attempt, and all goes on when it is back`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare([pool("eu")] + (1...30).map { node("n\($0)", in: "eu") })
        fleet.store.isUnavailable = true
        for _ in 0..<40 {
            for worker in fleet.workers { _ = try await worker.step() }
            fleet.store.now = fleet.store.now.advanced(seconds: 1)
        }
        for lane in fleet.lanes.all {
            for number in 1...30 { #expect(lane.retry(after: nodeKey("n\(number)")).attempts == 1) }
        }
        fleet.store.isUnavailable = false
        try await fleet.advance(seconds: 30)
        #expect(fleet.store.statuses.count == 31)
        #expect(fleet.store.statuses.values.allSatisfy { $0[.synced]?.status == .yes && $0.attempts == nil })
    }

    @Test func `an absence of ten minutes costs few looks, however many lanes there are`() async throws {
        let clock = SteppedClock()
        let lanes = Lanes(count: 4, clock: clock, bulk: 16)
        for lane in lanes.all { lane.add([nodeKey("a\(lane.index)")], .change, now: clock.now()) }
        var tries = 0
        for _ in 0..<600 {
            clock.advance(by: .seconds(1))
            let now = clock.now()
            for (lane, keys) in lanes.all.map({ ($0, $0.take(upTo: 10, now: now)) }) where !keys.isEmpty {
                tries += 1
                lane.finish(keys.map { ($0, .rerun) }, now: now)
                _ = lanes.pause(began: now)
            }
        }
        #expect((80...400).contains(tries))
    }

    @Test func `what goes through on one lane ends the pause of all`() async throws {
        let clock = SteppedClock()
        let lanes = Lanes(count: 4, clock: clock, bulk: 16)
        #expect(lanes.pause(began: clock.now()))
        for _ in 0..<10 {
            clock.advance(by: .seconds(15))
            #expect(!lanes.pause(began: clock.now()), "it is said once")
        }
        for lane in lanes.all {
            lane.add([nodeKey("a\(lane.index)")], .change, now: clock.now())
            #expect(lane.take(upTo: 10, now: clock.now()).isEmpty)
        }
        #expect(lanes.resume())
        #expect(!lanes.resume())
        for lane in lanes.all { #expect(lane.take(upTo: 10, now: clock.now()).count == 1) }
    }

    @Test func `what keeps failing is stalled, says when it is tried again, and holds nobody else`() async throws {
        let memory = InMemoryStore()
        let watched = WatchedStore(memory)
        let fleet = try await Simulation(on: memory, through: watched)
        watched.refuse(nodeKey("bad"), .invalidDocument("made up"))
        try await fleet.declare(pool("eu"), node("bad", in: "eu"), node("good", in: "eu"))
        try await fleet.settle()
        #expect(memory.statuses[nodeKey("good")]?[.synced]?.status == .yes)
        let stalled = try #require(memory.statuses[nodeKey("bad")])
        #expect(stalled[.stalled]?.reason == "InvalidDocument")
        // A retry within the same second may be in it.
        #expect((1...2).contains(stalled.attempts ?? 0))
        let retry = try #require(stalled.nextRetry)
        #expect(retry > memory.now)
        try await fleet.advance(seconds: 20)
        let later = try #require(memory.statuses[nodeKey("bad")]?.attempts)
        #expect((3...6).contains(later))
        watched.refuse(nodeKey("bad"), nil)
        try await fleet.advance(seconds: 120)
        let healed = try #require(memory.statuses[nodeKey("bad")])
        #expect(healed[.synced]?.status == .yes)
        #expect(healed[.stalled] == nil)
        #expect(healed.attempts == nil)
        #expect(healed.nextRetry == nil)
    }

    @Test func `who waits for a pool is not retried, and comes at the pool's event`() async throws {
        let memory = InMemoryStore()
        let watched = WatchedStore(memory)
        let fleet = try await Simulation(on: memory, through: watched)
        try await fleet.declare(node("a", in: "eu"))
        try await fleet.settle()
        let waiting = try #require(memory.statuses[nodeKey("a")])
        #expect(waiting[.stalled] == nil)
        #expect(waiting.attempts == nil)
        #expect(waiting.nextRetry == nil)
        watched.forget()
        for _ in 0..<10 {
            memory.now = memory.now.advanced(seconds: 60)
            #expect(try await fleet.settle() == 0)
        }
        #expect(watched.commits.isEmpty)
        try await fleet.declare(pool("eu"))
        try await fleet.settle()
        #expect(memory.statuses[nodeKey("a")]?[.synced]?.status == .yes)
    }

    @Test func `no transaction creates more than 500 nodes or changes more than 100`() async throws {
        let memory = InMemoryStore()
        let watched = WatchedStore(memory)
        let fleet = try await Simulation(on: memory, through: watched)
        try await fleet.declare([pool("eu", ["max_nodes": .int(2000)])] + (1...1300).map { node("n\($0)", in: "eu") })
        try await fleet.settle()
        #expect(watched.commits.reduce(0) { $0 + $1.nodesCreated } == 1300)
        // The pool itself is in one of them.
        #expect((499...500).contains(watched.commits.map(\.nodesCreated).max() ?? 0))
        watched.forget()
        let changed: [String: FieldValue] = ["hardware_info.cpu.cores": .int(9)]
        try await fleet.declare((1...350).map { node("n\($0)", in: "eu", changed) })
        try await fleet.settle()
        #expect(watched.commits.reduce(0) { $0 + $1.nodesChanged } == 350)
        #expect(watched.commits.map(\.nodesChanged).max() == 100)
    }

    @Test func `a batch that conflicts is halved, and ends`() async throws {
        let memory = InMemoryStore()
        let watched = WatchedStore(memory)
        let fleet = try await Simulation(on: memory, through: watched)
        try await fleet.declare(pool("eu"))
        try await fleet.settle()
        watched.forget()
        try await fleet.declare((1...64).map { node("n\($0)", in: "eu") })
        for number in 1...3 { memory.failCommit(number, with: .answer(.conflict("made up"))) }
        try await fleet.settle()
        let sizes = watched.commits.filter { $0.outcome == .conflict("made up") }.map(\.keys.count)
        #expect(sizes == [64, 32, 16])
        #expect(memory.documents(.node).count == 64)
        #expect(memory.statuses.values.allSatisfy { $0[.synced]?.status == .yes })
        #expect(memory.history.count == 64)
    }

    @Test(arguments: [true, false])
    func `what follows from a commit of unknown outcome is done`(isApplied: Bool) async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        fleet.store.failCommit(with: .unknown(isApplied: isApplied))
        try await fleet.override(poolKey("eu")) { $0.suspend = Suspension(reason: "migration", by: "ops") }
        try await fleet.settle()
        #expect(fleet.store.statuses[nodeKey("a")]?[.suspended]?.reason == "PoolSuspended")
    }

    @Test func `what follows from a commit is done when the store went away after it`() async throws {
        let memory = InMemoryStore()
        let watched = WatchedStore(memory)
        let fleet = try await Simulation(on: memory, through: watched)
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        watched.failAfterCommit(.unavailable("made up"))
        try await fleet.override(poolKey("eu")) { $0.suspend = Suspension(reason: "migration", by: "ops") }
        for worker in fleet.workers { _ = try await worker.step() }
        #expect(memory.statuses[poolKey("eu")]?[.suspended] != nil)
        #expect(memory.statuses[nodeKey("a")]?[.suspended] == nil)
        watched.fail(nil)
        try await fleet.advance(seconds: 5)
        #expect(memory.statuses[nodeKey("a")]?[.suspended]?.reason == "PoolSuspended")
    }

    @Test func `a missed event is found by looking at everything`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare(pool("eu"), node("a", in: "eu"))
        try await fleet.settle()
        fleet.store.dropFeedEvents(2)
        try await fleet.declare(node("b", in: "eu"))
        fleet.store.edit(nodeKey("a")) { $0["hardware_info.cpu.cores"] = .int(1) }
        #expect(try await fleet.settle() == 0)
        // Both nodes, and the pool that one more is declared into.
        #expect(try await fleet.resync.run() == 3)
        try await fleet.settle()
        #expect(fleet.store.document(nodeKey("a"))?["hardware_info.cpu.cores"] == .int(8))
        #expect(fleet.store.statuses[nodeKey("b")]?[.synced]?.status == .yes)
    }

    @Test func `heartbeats alone wake nothing`() async throws {
        let fleet = try await Simulation()
        try await fleet.declare([pool("eu")] + (1...20).map { node("n\($0)", in: "eu") })
        try await fleet.settle()
        for number in 1...20 { fleet.store.beat("node_n\(number)") }
        #expect(fleet.lanes.all.allSatisfy { $0.counts(now: fleet.store.now).depth == 0 })
    }

    @Test func `a change goes before a convergence that is still going on`() async throws {
        let memory = InMemoryStore()
        let watched = WatchedStore(memory)
        let fleet = try await Simulation(on: memory, through: watched)
        try await fleet.declare([pool("eu", ["max_nodes": .int(9000)])] + (1...5000).map { node("n\($0)", in: "eu") })
        let worker = fleet.workers[fleet.lanes.map.lane(of: poolKey("eu"), pool: nil)]
        _ = try await worker.step()
        let before = watched.commits.count
        try await fleet.declare(node("n4999", in: "eu", ["hardware_info.cpu.cores": .int(64)]))
        _ = try await worker.step()
        #expect(watched.commits[before].keys == [nodeKey("n4999")])
        #expect(memory.statuses.count < 1000)
        try await fleet.settle()
        #expect(memory.documents(.node).count == 5000)
    }
}
