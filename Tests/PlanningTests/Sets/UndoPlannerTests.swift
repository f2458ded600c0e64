import Fleet
import Planning
import Testing

struct UndoPlannerTests {
    private let mark = DeletionMark(by: "sync/site", at: Past.start)

    // MARK: A resource

    private struct Step: Sendable, CustomTestStringConvertible {
        var name: String
        var generation: Int64?
        var former: [StoredRevision]
        var current: Desired?
        /// The number that it is to have, or why not.
        var expected: Result<Int64, UndoObstacle>

        var testDescription: String { name }

        static let all: [Step] = [
            Step(
                name: "the generation before",
                former: [Past.replaced(Past.desired(1, 10, first: 3, revision: 3), by: 5)],
                current: Past.desired(2, 20, first: 3, revision: 5), expected: .success(10)),
            Step(
                name: "a generation that was named", generation: 1,
                former: [
                    Past.replaced(Past.desired(1, 10, first: 3, revision: 3), by: 5),
                    Past.replaced(Past.desired(2, 20, first: 3, revision: 5), by: 7),
                ], current: Past.desired(3, 30, first: 3, revision: 7), expected: .success(10)),
            Step(
                name: "what is gone comes back as it was last",
                former: [
                    Past.replaced(Past.desired(1, 10, first: 3, revision: 3), by: 5),
                    Past.removed(Past.desired(2, 20, first: 3, revision: 7), by: 8),
                ], expected: .success(20)),
            Step(
                name: "of a former life's generations none is meant", generation: 2,
                former: [
                    Past.removed(Past.desired(2, 20, first: 3, revision: 7), by: 8),
                    Past.removed(Past.desired(1, 40, first: 9, revision: 9), by: 11),
                ], expected: .failure(.notKept(2, kept: [1]))),
            Step(
                name: "nothing stood before the first", former: [],
                current: Past.desired(1, 10, first: 3, revision: 3), expected: .failure(.isFirst)),
            Step(
                name: "it stands so already", generation: 2,
                former: [Past.replaced(Past.desired(1, 10, first: 3, revision: 3), by: 5)],
                current: Past.desired(2, 20, first: 3, revision: 5), expected: .failure(.isCurrent(2))),
            Step(
                name: "what was given up can't come back", generation: 2,
                former: [Past.replaced(Past.desired(8, 10, first: 3, revision: 30), by: 35)],
                current: Past.desired(9, 20, first: 3, revision: 35), expected: .failure(.notKept(2, kept: [8]))),
            Step(name: "nobody ever declared it", former: [], expected: .failure(.neverDeclared)),
        ]
    }

    @Test(arguments: Step.all)
    private func `a resource goes back`(_ step: Step) {
        let timeline = DeclarationTimeline(Past.key, former: step.former, current: step.current)
        let found: Result<Int64, UndoObstacle>
        do throws(UndoObstacle) {
            let former = try UndoPlanner.former(of: timeline, generation: step.generation)
            found = .success(former.spec[PoolLeaf.maxNodes]?.int ?? 0)
        } catch {
            found = .failure(error)
        }
        #expect(found == step.expected)
    }

    @Test func `what is being deleted does not go back`() {
        var current = Past.desired(2, 20, first: 3, revision: 5)
        current.deletion = mark
        let timeline = DeclarationTimeline(
            Past.key, former: [Past.replaced(Past.desired(1, 10, first: 3, revision: 3), by: 5)], current: current)
        #expect(throws: UndoObstacle.beingDeleted(mark)) { try UndoPlanner.former(of: timeline) }
    }

    // MARK: A set's snapshot, which took `desired` from 10 to 11

    private let record = SetRecord(
        snapshot: SetSnapshot(digest: "d", files: 1, documents: 1, at: Past.start), before: 10, after: 11, created: 0,
        configured: 0, deleted: 0, by: "sync/site")

    private func key(_ name: String) -> ResourceKey { ResourceKey(.nodePool, "pool_\(name)") }

    private func past(_ name: String, _ former: [StoredRevision], _ current: Desired?) -> DeclarationTimeline {
        DeclarationTimeline(key(name), former: former, current: current)
    }

    private func desired(
        _ name: String, _ generation: Int64, _ most: Int64, first: Int64, revision: Int64, marked: Bool = false,
        by manager: String = "sync/site"
    ) -> Desired {
        var desired = Past.desired(generation, most, first: first, revision: revision, key: key(name))
        desired.set = "site"
        desired.manager = manager
        if marked { desired.deletion = mark }
        return desired
    }

    @Test func `everything that the snapshot changed goes back, and nothing else`() {
        let undo = UndoPlanner.undo(
            record, of: "site",
            in: [
                past("same", [], desired("same", 1, 10, first: 4, revision: 4)),
                past("cordoned", [], desired("cordoned", 1, 10, first: 4, revision: 15)),
                past("made", [], desired("made", 1, 10, first: 11, revision: 14)),
                past(
                    "changed", [Past.replaced(desired("changed", 1, 10, first: 4, revision: 6), by: 11)],
                    desired("changed", 2, 20, first: 4, revision: 16)),
                past("gone", [Past.removed(desired("gone", 1, 10, first: 4, revision: 11, marked: true), by: 13)], nil),
                past("going", [], desired("going", 1, 10, first: 4, revision: 11, marked: true)),
                past("approved", [], desired("approved", 1, 10, first: 4, revision: 19, marked: true)),
                // By snapshots before and after this one.
                past(
                    "early", [Past.removed(desired("early", 1, 10, first: 4, revision: 9, marked: true), by: 12)], nil),
                past("later", [], desired("later", 1, 10, first: 18, revision: 18)),
                past(
                    "earlier", [Past.replaced(desired("earlier", 1, 10, first: 4, revision: 4), by: 8)],
                    desired("earlier", 2, 20, first: 4, revision: 8)),
            ])
        #expect(undo.keys == Set(["made", "changed", "gone", "going", "approved"].map(key)))
        #expect(undo.waiting == [key("approved"), key("going")])
        #expect(undo.lost.isEmpty)
        var gone = desired("gone", 1, 10, first: 4, revision: 11)
        gone.deletion = nil
        #expect(
            undo.targets == [
                .declared(desired("changed", 1, 10, first: 4, revision: 6)), .declared(gone), .absent(key("made")),
            ])
    }

    @Test func `what was taken back stays, and is pinned all the same`() {
        let undo = UndoPlanner.undo(
            record, of: "site",
            in: [
                past("made", [], desired("made", 1, 10, first: 11, revision: 20, marked: true)),
                past("unmade", [Past.removed(desired("unmade", 1, 10, first: 11, revision: 20), by: 21)], nil),
                past(
                    "changed",
                    [
                        Past.replaced(desired("changed", 1, 10, first: 4, revision: 6), by: 11),
                        Past.replaced(desired("changed", 2, 20, first: 4, revision: 11), by: 20),
                    ], desired("changed", 3, 10, first: 4, revision: 20)),
                past(
                    "gone", [Past.removed(desired("gone", 1, 10, first: 4, revision: 11, marked: true), by: 13)],
                    desired("gone", 1, 10, first: 20, revision: 20)),
            ])
        #expect(undo.targets.isEmpty && undo.waiting.isEmpty)
        #expect(undo.keys == Set(["made", "unmade", "changed", "gone"].map(key)))
    }

    @Test func `what is no longer kept is named, and nothing is done to it`() {
        let kept = (Int64(20)..<40).map { number -> StoredRevision in
            let former = desired("busy", number, number, first: 4, revision: number + 30)
            return Past.replaced(former, by: number + 31)
        }
        let undo = UndoPlanner.undo(
            record, of: "site", in: [past("busy", kept, desired("busy", 40, 40, first: 4, revision: 70))])
        #expect(undo.lost == [key("busy")])
        #expect(undo.targets.isEmpty)
    }

    @Test func `labels come back as well`() {
        var former = desired("changed", 1, 10, first: 4, revision: 6)
        former.declaration.labels = [Label("team", "render")]
        let undo = UndoPlanner.undo(
            record, of: "site",
            in: [
                past("changed", [Past.replaced(former, by: 11)], desired("changed", 2, 10, first: 4, revision: 11))
            ])
        #expect(undo.targets == [.declared(former)])
    }

    @Test func `what others declared or brought in meanwhile stays`() {
        var long = record
        long.after = 60
        let undo = UndoPlanner.undo(
            long, of: "site",
            in: [
                // Adopted into the set, and never declared by its directory.
                past("adopted", [], desired("adopted", 1, 10, first: 50, revision: 50, by: "cli/bob")),
                past(
                    "applied",
                    [Past.replaced(desired("applied", 1, 10, first: 4, revision: 6, by: "cli/bob"), by: 40)],
                    desired("applied", 2, 20, first: 4, revision: 40, by: "cli/bob")),
                // Deleted because of the snapshot before, and gone for good during this one.
                past(
                    "left", [Past.removed(desired("left", 1, 10, first: 4, revision: 9, marked: true), by: 30)], nil),
                past("made", [], desired("made", 1, 10, first: 50, revision: 50)),
            ])
        #expect(undo.targets == [.absent(key("made"))])
        #expect(undo.keys == [key("made")])
    }

    @Test func `a record that is open reaches until now`() {
        var open = record
        open.after = open.before
        let undo = UndoPlanner.undo(
            open, of: "site", in: [past("made", [], desired("made", 1, 10, first: 11, revision: 11))])
        #expect(undo.targets == [.absent(key("made"))])
    }

    @Test func `what may not be pruned stays`() {
        var made = desired("made", 1, 10, first: 11, revision: 11)
        made.declaration.lifecycle.prune = false
        let undo = UndoPlanner.undo(record, of: "site", in: [past("made", [], made)])
        #expect(undo.targets.isEmpty)
        #expect(undo.kept == [key("made")])
    }
}
