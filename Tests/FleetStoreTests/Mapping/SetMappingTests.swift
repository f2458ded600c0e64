import BSON
import Fleet
import Testing

@testable import FleetStore

struct SetMappingTests {
    private func read(_ document: Document) throws -> SetStatus {
        try document.withView { (view) throws(StoreError) in try SetStatus(view) }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `a set is read back as it was written`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let set = generator.set()
        let document = set.document()
        try document.validate()
        #expect(try read(document) == set)
    }

    @Test func `what a newer version wrote beside it is passed over`() throws {
        let document: Document = [
            "_id": "Set/site", "kind": "Set", "id": "site", "version": .int64(4), "directory": "/srv/site",
            "synced_by": "sync/a", "colour": "blue", "counts": ["declared": .int64(3), "dreamed": .int64(2)],
            "conditions": [
                [
                    "type": "Levitating", "status": "True", "reason": "New", "message": "",
                    "last_transition_time": .dateTime(0), "observed_generation": .int64(1),
                ]
            ],
            "diagnostics": [["severity": "hint", "message": "mind the gap", "rule": "gap", "fix": "none"]],
            "blocked": [
                "digest": "d", "reason": "Tuesday", "message": "not today",
                "objects": ["Node/node_a/3", "Cluster/cluster_a/4", "Node/node_b"],
            ],
            "pin": [
                "digest": "d", "keys": ["Node/node_a", "Cluster/cluster_a"], "by": "ann", "at": .dateTime(7),
                "mood": "calm",
            ],
            "records": [
                [
                    "snapshot": ["digest": "d", "at": .dateTime(5), "tree": "t"], "before": .int64(1),
                    "after": .int64(2), "renamed": .int64(3),
                ]
            ],
        ]
        let set = try read(document)
        #expect(set.counts.declared == 3)
        #expect(set.conditions.isEmpty)
        #expect(set.diagnostics == [Diagnostic(.error, "mind the gap", rule: "gap")])
        // What it can't judge it can't approve.
        #expect(set.blocked?.reason == .incomplete)
        #expect(set.blocked?.objects == [DeclarationIdentity(ResourceKey(.node, "node_a"), firstRevision: 3)])
        #expect(set.pin?.keys == [ResourceKey(.node, "node_a")])
        #expect(set.records.map(\.after) == [2])
    }

    @Test func `the largest set fits into a document, and what is left out is counted`() throws {
        var set = SetStatus("site", directory: "/srv/site", syncedBy: "sync/a")
        let long = String(repeating: "x", count: 10_000)
        let keys = (0..<100_000).map { number in
            // As long as an id may be.
            let digits = String(number)
            let filler = String(repeating: "x", count: 64 - 5 - digits.utf8.count)
            return ResourceKey(.node, "node_" + filler + digits)
        }
        set.blocked = PruneBlock(
            digest: long, objects: keys.map { DeclarationIdentity($0, firstRevision: .max) }, reason: .overBudget,
            message: long, renames: keys.map { Rename(from: $0, to: $0) })
        set.pin = SetPin(digest: "d", keys: Set(keys.prefix(SetPin.mostKeys)), by: "ann", at: noon)
        set.diagnostics = (0..<1_000).map { _ in
            Diagnostic(at: SourceLocation(file: long, line: 1, column: 1), path: long, long, rule: "rule")
        }
        let snapshot = SetSnapshot(digest: "d", commit: long, branch: long, files: 1, documents: 1, at: noon)
        (set.attempted, set.applied) = (snapshot, snapshot)
        set.records = (0..<100).map { number in
            SetRecord(
                snapshot: snapshot, before: number, after: number, created: 0, configured: 0, deleted: 0, by: long)
        }
        set.conditions = [
            Condition(
                .synced, .no, reason: "Conflict", message: long, lastTransition: Timestamp(milliseconds: 0),
                observedGeneration: 1)
        ]
        let bounded = set.bounded
        #expect(bounded.bounded == bounded)
        let document = bounded.document()
        #expect(document.bytes.count < 14_000_000, "\(document.bytes.count)")
        let read = try read(document)
        #expect(read == bounded)
        #expect(read.blocked?.objects.count == 20_000)
        #expect(read.blocked?.unlisted == 80_000)
        #expect(read.blocked?.objects.first?.key == keys.first)
        #expect(read.conditions.first?.message.utf8.count == 4_096)
        #expect(read.diagnostics.count == SetStatus.mostDiagnostics)
        #expect(read.records.map(\.before) == Array(80..<100))
    }
}
