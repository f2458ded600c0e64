import Declaring
import Fleet
import FleetStore
import MemoryStore
import Planning
import Testing

@testable import Syncing

/// What others do while an attempt is on its way, and attempts that end in the middle.
struct CutOffTests {
    /// Writes as a process that dies before it tells.
    private func writeAndDie(_ set: PaperSet) async throws {
        let before = try #require(try set.store.set("prod"))
        try await set.sync()
        // Its last words are taken back; the record that it began stands.
        var status = try #require(try set.store.set("prod"))
        let record = try #require(status.records.last)
        status.records[status.records.count - 1] = SetRecord(
            snapshot: record.snapshot, before: record.before, after: record.before, created: 0, configured: 0,
            deleted: 0, by: record.by)
        (status.applied, status.conditions) = (before.applied, before.conditions)
        _ = try set.store.write(status)
    }

    @Test func `what a dead process wrote is known to be its snapshot's`() async throws {
        let set = PaperSet(Paper.nodes(0..<4))
        try await set.sync()
        let stood = try set.revision
        set.directory["n1.yaml"] = Paper.node("node-1", cores: 99)
        try await writeAndDie(set)
        let found = try await set.sync()
        #expect(found.status.records.count == 2)
        let record = try #require(found.status.records.last)
        #expect(record.snapshot.digest == found.pass.snapshot?.digest)
        #expect(record.before == stood && record.after == stood + 1 && !record.isOpen)
    }

    @Test func `a record of what was never written goes`() async throws {
        let set = PaperSet(Paper.nodes(0..<4))
        let first = try await set.sync()
        let status = SetProgress.begun(
            first.status, SetSnapshot(digest: "other", files: 1, documents: 1, at: first.status.records[0].snapshot.at),
            at: try set.revision, by: "test", now: set.store.now)
        #expect(status.records.count == 2)
        _ = try set.store.write(status)
        #expect(try await set.sync().status.records == first.status.records)
    }

    @Test func `an undo during an attempt is not written over`() async throws {
        let set = PaperSet(Paper.nodes(0..<4))
        try await set.sync()
        let former = try #require(try set.store.declared(inSet: "prod").first { $0.key.id == "node_node-1" })
        set.directory["n1.yaml"] = Paper.node("node-1", cores: 99)
        let bad = try await set.sync()
        // It was woken by somebody's write, and has read the status; then the undo comes.
        let store = set.store.another()
        let syncer = SetSyncer(set.settings, store: set.store) { [directory = set.directory] in
            var status = try? store.set("prod")
            if status?.pin == nil, let digest = bad.pass.snapshot?.digest {
                status?.pin = SetPin(digest: digest, keys: [former.key], by: "ops", at: store.now)
                _ = status.flatMap { try? store.write($0) }
                _ = try? await Declarer(store).revert([.declared(former)], by: "ops")
            }
            return directory.look()
        }
        let attempt = try await syncer.attempt()
        let standing = try #require(try set.store.declared(inSet: "prod").first { $0.key == former.key })
        #expect(standing.spec == former.spec)
        #expect(attempt.status.reason(.synced) == "False Pinned")
    }

    @Test func `who may not write any more writes nothing`() async throws {
        let set = PaperSet(Paper.nodes(0..<4))
        await #expect(throws: DeclaringError.withdrawn) { try await set.syncer(mayWrite: { false }).attempt() }
        #expect(try set.revision == 0)
        #expect(try set.store.set("prod") == nil)
    }

    @Test func `two who sync different directories into one set do not undo each other's work`() async throws {
        let one = PaperSet(Paper.nodes(0..<5))
        let two = PaperSet(Paper.nodes(0..<4), in: one.store)
        let own = try await one.sync().told
        try await two.sync()
        let standing = try one.standing()
        let again = try await one.sync(own: own)
        #expect(again.isContested)
        #expect(try one.standing() == standing)
        // What is new to it is declared.
        one.directory["n8.yaml"] = Paper.node("node-8", cores: 88)
        #expect(try await one.sync(own: own).outcome("node_node-8") == .created)
    }

    @Test func `what is cancelled before the second look deletes nothing and tells nothing`() async throws {
        let set = PaperSet(Paper.nodes(0..<6)) { $0.confirmation = .seconds(3600) }
        try await set.sync()
        let status = try set.store.set("prod")
        set.directory["n3.yaml"] = nil
        let attempt = Task { try await set.syncer().attempt() }
        attempt.cancel()
        _ = try await attempt.value
        #expect(try set.marked() == [])
        #expect(try set.store.set("prod") == status)
    }

    @Test func `an undo after an attempt that was cut off pins what it wrote`() async throws {
        let set = PaperSet(Paper.nodes(0..<4))
        try await set.sync()
        let former = try #require(try set.store.declared(inSet: "prod").first { $0.key.id == "node_node-1" })
        set.directory["n1.yaml"] = Paper.node("node-1", cores: 99)
        try await writeAndDie(set)
        var status = try #require(try set.store.set("prod"))
        let record = try #require(status.records.last)
        let keys = [former.key]
        let revisions = try set.store.revisions(of: keys)
        let current = try set.store.read(keys).desired
        let undo = UndoPlanner.undo(
            record, of: "prod",
            in: keys.map { DeclarationTimeline($0, former: revisions[$0] ?? [], current: current[$0]) })
        #expect(undo.targets.map(\.key) == keys)
        let digest = try #require(status.attempted?.digest)
        status.pin = SetPin(digest: digest, keys: undo.keys, by: "ops", at: set.store.now)
        _ = try set.store.write(status)
        _ = try await Declarer(set.store).revert(undo.targets, by: "ops")
        let attempt = try await set.sync()
        #expect(attempt.status.reason(.synced) == "False Pinned")
        #expect(try set.store.declared(inSet: "prod").first { $0.key == former.key }?.spec == former.spec)
    }

    @Test func `a snapshot that was confirmed once is looked at twice when it comes again`() async throws {
        let set = PaperSet(Paper.nodes(0..<8))
        try await set.sync()
        let whole = try await set.sync()
        // Another content in between, and then, for a moment, the one from before.
        set.directory["n9.yaml"] = Paper.node("node-9", cores: 99)
        let second = try await set.syncer().attempt(confirmed: whole.pass.snapshot?.digest)
        #expect(second.confirmed == nil)
        set.directory["n9.yaml"] = nil
        set.directory.afterNextLook { $0["n9.yaml"] = Paper.node("node-9", cores: 99) }
        let third = try await set.syncer().attempt(confirmed: second.confirmed)
        #expect(try set.marked().isEmpty)
        #expect(third.status.reason(.synced) == "True Applied")
    }
}
