import Declaring
import Fleet
import FleetStore
import MemoryStore
import Planning
import Syncing
import Testing

struct SetSyncerTests {
    @Test func `what a directory holds is declared once, and then nothing is written`() async throws {
        let set = PaperSet(["pool.yaml": Paper.pool("main"), "n.yaml": Paper.node("one", pool: "main")])
        let first = try await set.sync()
        #expect(first.outcome("pool_main") == .created && first.outcome("node_one") == .created)
        #expect(first.status.reason(.synced) == "True Applied")
        #expect(first.status.applied?.digest == first.pass.snapshot?.digest)
        #expect(first.status.records.map(\.created) == [2])
        let revision = try set.revision
        let second = try await set.sync()
        #expect(second.results.allSatisfy { $0.outcome == .unchanged })
        #expect(try set.revision == revision)
        #expect(second.status == first.status)
    }

    @Test func `a dry run writes nothing, not even that it was tried`() async throws {
        let set = PaperSet(["n.yaml": Paper.node("one")])
        #expect(try await set.sync(dryRun: true).outcome("node_one") == .created)
        #expect(try set.store.set("prod") == nil)
        #expect(try set.revision == 0)
    }

    @Test func `what left the directory goes after a second look`() async throws {
        let set = PaperSet(Paper.nodes(0..<6))
        try await set.sync()
        set.directory["n3.yaml"] = nil
        let attempt = try await set.sync()
        #expect(attempt.outcome("node_node-3") == .deleted)
        #expect(try set.marked() == ["node_node-3"])
        #expect(attempt.status.reason(.synced) == "True Applied")
        #expect(attempt.status.records.map(\.deleted) == [0, 1])
    }

    @Test func `what is back at the second look stays`() async throws {
        let set = PaperSet(Paper.nodes(0..<6))
        try await set.sync()
        let text = set.directory["n3.yaml"]
        set.directory["n3.yaml"] = nil
        set.directory.afterNextLook { $0["n3.yaml"] = text }
        let attempt = try await set.sync()
        #expect(try set.marked() == [])
        #expect(attempt.status.reason(.synced) == "True Applied")
        #expect(attempt.status.blocked == nil)
    }

    @Test func `a directory that does not come to rest loses nothing`() async throws {
        let set = PaperSet(Paper.nodes(0..<6))
        try await set.sync()
        set.directory["n3.yaml"] = nil
        for number in 0..<12 {
            set.directory.afterNextLook { $0["n0.yaml"] = Paper.node("node-0", cores: 100 + number) }
        }
        let attempt = try await set.sync()
        #expect(try set.marked() == [])
        #expect(attempt.status.blocked?.reason == .incomplete)
    }

    @Test func `an invalid manifest holds itself and all deletions, and the rest goes on`() async throws {
        let set = PaperSet(Paper.nodes(0..<6))
        try await set.sync()
        set.directory["n3.yaml"] = nil
        set.directory["n4.yaml"] = "{apiVersion: reeve/v1, kind: Node, metadata: {name: node-4}, spec: {nod_type: x}}"
        set.directory["n9.yaml"] = Paper.node("node-9", cores: 77)
        let attempt = try await set.sync()
        #expect(attempt.outcome("node_node-9") == .created)
        #expect(attempt.outcome("node_node-4") == .failed)
        #expect(try set.marked() == [])
        let status = attempt.status
        #expect(status.reason(.synced) == "False Invalid" && status.reason(.stalled) == "True Invalid")
        #expect(status.reason(.pruneBlocked) == "True Incomplete")
        #expect(status.diagnostics.first?.source?.file == "n4.yaml")
        #expect(status.counts.failed == 1 && status.counts.blocked == 1)
        #expect(status.applied?.digest != status.attempted?.digest)
        // Nothing of it is told again.
        #expect(try await set.sync().status == status)

        set.directory["n4.yaml"] = Paper.node("node-4", cores: 5)
        let whole = try await set.sync()
        #expect(whole.status.reason(.synced) == "True Applied" && whole.status[.stalled] == nil)
        #expect(try set.marked() == ["node_node-3"])
    }

    @Test func `with atomic nothing is written beside what is wrong`() async throws {
        let set = PaperSet(["a.yaml": Paper.node("one"), "b.yaml": "{"]) { $0.isAtomic = true }
        let attempt = try await set.sync()
        #expect(attempt.outcome("node_one") == .held)
        #expect(try set.revision == 0)
        #expect(attempt.status.reason(.synced) == "False Invalid")
        set.directory["b.yaml"] = Paper.node("two")
        #expect(try await set.sync().status.reason(.synced) == "True Applied")
    }

    @Test func `a missing directory is told and loses nothing`() async throws {
        let set = PaperSet(Paper.nodes(0..<3))
        set.directory.isMissing = true
        #expect(try await set.sync().fault == .missing("/paper"))
        #expect(try set.store.set("prod") == nil, "of a directory that never was nothing is kept")
        set.directory.isMissing = false
        let first = try await set.sync()
        set.directory.isMissing = true
        let status = try await set.sync().status
        #expect(status.reason(.synced) == "False DirectoryUnreadable")
        #expect(status.reason(.stalled) == "True DirectoryUnreadable")
        #expect(status.applied == first.status.applied)
        #expect(try set.marked() == [])
        #expect(try await set.sync().status == status)
        set.directory.isMissing = false
        #expect(try await set.sync().status.reason(.synced) == "True Applied")
    }

    @Test func `more than the budget is held, and an approval does exactly that`() async throws {
        let set = PaperSet(Paper.nodes(0..<10))
        try await set.sync()
        for number in 0..<3 { set.directory["n\(number).yaml"] = nil }
        set.directory["n9.yaml"] = Paper.node("node-9", cores: 99)
        let held = try await set.sync()
        #expect(held.outcome("node_node-9") == .configured)
        #expect(try set.marked() == [])
        #expect(held.status.reason(.pruneBlocked) == "True OverBudget")
        #expect(held.status.reason(.synced) == "False Held")
        #expect(held.status[.pruneBlocked]?.message.contains("Node/node_node-0, Node/node_node-1") == true)
        let blocked = try #require(held.status.blocked)

        let plan = try await Declarer(set.store).approve(set: "prod", objects: blocked.objects, by: "cli/ann")
        try await SetApproval(set.store).tell(plan, of: blocked, in: "prod", by: "cli/ann")
        #expect(try set.marked() == ["node_node-0", "node_node-1", "node_node-2"])
        let approved = try #require(try set.store.set("prod"))
        #expect(approved.reason(.synced) == "True Applied" && approved.blocked == nil)
        #expect(approved.records.last?.deleted == 3)
        let after = try await set.sync()
        #expect(after.status.reason(.synced) == "True Applied" && after.status.blocked == nil)
        #expect(after.status.version == approved.version)
    }

    @Test func `an empty directory is held`() async throws {
        let set = PaperSet(Paper.nodes(0..<2))
        try await set.sync()
        set.directory["n0.yaml"] = nil
        set.directory["n1.yaml"] = nil
        #expect(try await set.sync().status.reason(.pruneBlocked) == "True EmptyDirectory")
        #expect(try set.marked() == [])
        let unlimited = PaperSet(in: set.store) { $0.budget = .unlimited }
        try await unlimited.sync()
        #expect(try set.marked().count == 2)
    }

    @Test func `a new name for the same is held until its manifest says where it comes from`() async throws {
        let set = PaperSet(Paper.nodes(0..<6))
        try await set.sync()
        set.directory["n3.yaml"] = Paper.node("renamed", cores: 4)
        let held = try await set.sync()
        #expect(held.outcome("node_renamed") == .held)
        #expect(held.status.reason(.pruneBlocked) == "True Renamed")
        #expect(try set.standing().count == 6)
        set.directory["n3.yaml"] = Paper.node("renamed", cores: 4, movedFrom: "node_node-3")
        let moved = try await set.sync()
        #expect(moved.outcome("node_node-3") == .configured)
        #expect(moved.status.reason(.synced) == "True Applied")
        #expect(try set.standing().count == 6 && set.marked() == [])
    }

    @Test func `a pinned snapshot leaves what was taken back, and the next one ends that`() async throws {
        let set = PaperSet(Paper.nodes(0..<3))
        let first = try await set.sync()
        let key = ResourceKey(.node, "node_node-1")
        var status = first.status
        let digest = try #require(status.attempted?.digest)
        status.pin = SetPin(digest: digest, keys: [key], by: "ann", at: set.store.now)
        _ = try set.store.write(status)
        set.directory.commit = "abc"
        let pinned = try await set.sync()
        #expect(pinned.status.reason(.synced) == "False Pinned")
        #expect(pinned.status[.stalled] == nil)
        set.directory["n1.yaml"] = Paper.node("node-1", cores: 50)
        let next = try await set.sync()
        #expect(next.status.pin == nil)
        #expect(next.status.reason(.synced) == "True Applied")
        #expect(try set.store.read([key]).desired[key]?.spec[NodeLeaf.cores] == .int(50))
    }

    @Test func `another set's claim is refused with both places named, and nothing flaps`() async throws {
        let one = PaperSet(["one.yaml": Paper.node("shared", cores: 2)])
        let two = PaperSet(["two.yaml": Paper.node("shared", cores: 4)], name: "other", in: one.store)
        let settled = try await one.sync().status
        let revision = try one.revision
        let refused = try await two.sync()
        #expect(refused.status.reason(.synced) == "False Conflict")
        let message = try #require(refused.status.diagnostics.first?.description)
        #expect(message.contains("two.yaml:1") && message.contains("one.yaml:1") && message.contains("prod"))
        for _ in 0..<3 {
            #expect(try await one.sync().status == settled)
            #expect(try await two.sync().status.version == 1)
        }
        #expect(try one.revision == revision)
    }

    @Test func `what is still being deleted is tried again, later each time`() async throws {
        let set = PaperSet(Paper.nodes(0..<6))
        try await set.sync()
        let text = set.directory["n3.yaml"]
        set.directory["n3.yaml"] = nil
        try await set.sync()
        set.directory["n3.yaml"] = text
        let waiting = try await set.sync().status
        #expect(waiting.reason(.reconciling) == "True BeingDeleted" && waiting[.stalled] == nil)
        #expect(waiting.attempts == 1 && waiting.nextRetry == set.store.now.advanced(seconds: 1))
        // Before it is due it counts for nothing.
        #expect(try await set.sync().status == waiting)
        set.store.now = set.store.now.advanced(seconds: 1)
        let again = try await set.sync().status
        #expect(again.attempts == 2 && again.nextRetry == set.store.now.advanced(seconds: 2))
    }

    @Test func `a status that somebody else wrote meanwhile is decided anew`() async throws {
        let set = PaperSet(Paper.nodes(0..<3))
        try await set.sync()
        set.directory.afterNextLook { [store = set.store] _ in
            guard var status = try? store.set("prod") else { return }
            status.syncedBy = "somebody"
            _ = try? store.write(status)
        }
        set.directory["n9.yaml"] = Paper.node("node-9", cores: 77)
        let attempt = try await set.sync()
        #expect(attempt.status.reason(.synced) == "True Applied")
        #expect(try set.store.set("prod") == attempt.status)
    }
}
