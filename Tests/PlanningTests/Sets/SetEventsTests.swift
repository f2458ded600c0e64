import Fleet
import Planning
import Testing

/// What is told of a set's writes.
struct SetEventsTests {
    private static let now = Timestamp(milliseconds: 1_000)

    private func status(_ version: Int64 = 4, _ synced: Condition.Status? = nil, _ reason: String = "") -> SetStatus {
        var status = SetStatus("site", directory: "/srv/site", syncedBy: "daemon/a")
        status.version = version
        status.attempted = snapshot("aaaaaaaaaaaaaaaa")
        if let synced { status.conditions = [condition(.synced, synced, reason)] }
        return status
    }

    private func snapshot(_ digest: String) -> SetSnapshot {
        SetSnapshot(
            digest: digest, commit: "9f2c41d07b66aa", branch: "main", files: 1, documents: 1, at: Self.now)
    }

    private func condition(
        _ type: Condition.ConditionType, _ status: Condition.Status, _ reason: String, _ message: String = "m"
    ) -> Condition {
        Condition(type, status, reason: reason, message: message, lastTransition: Self.now, observedGeneration: 1)
    }

    private func record(_ digest: String, created: Int64 = 0, deleted: Int64 = 0, before: Int64 = 1) -> SetRecord {
        SetRecord(
            snapshot: snapshot(digest), before: before, after: before + 1, created: created, configured: 0,
            deleted: deleted, by: "daemon/a")
    }

    private func told(_ former: SetStatus, _ next: SetStatus, _ approval: SetEvents.Approval? = nil) -> [String] {
        SetEvents.between(former, next, approval: approval, at: Self.now).map {
            "\($0.severity.rawValue) \($0.reason): \($0.message)"
        }
    }

    @Test func `what was applied is told once, with what it made of the resources`() {
        let former = status()
        var next = status(4, .yes, "Applied")
        next.applied = next.attempted
        next.records = [record("aaaaaaaaaaaaaaaa", created: 3, deleted: 1)]
        #expect(
            told(former, next) == [
                "Normal Applied: commit 9f2c41d07b of main, digest aaaaaaaaaaaa: 3 created, 1 deleted"
            ])
        #expect(told(next, next) == [])
        var later = next
        later.records[0].deleted = 2
        #expect(told(next, later).first?.hasSuffix(": 1 deleted") == true)
        let event = SetEvents.between(former, next, at: Self.now).first
        #expect(event?.subject == .set("site") && event?.firstRevision == 5 && event?.number == 1)
        #expect(event?.id == "Set/site/5/1")
    }

    @Test func `a fault is a warning while nothing gets better by itself, and an end of it is told`() {
        let former = status(4, .yes, "Applied")
        var broken = status(5, .no, "Invalid")
        broken.conditions.append(condition(.stalled, .yes, "Invalid"))
        broken.records = [record("aaaaaaaaaaaaaaaa", created: 1)]
        #expect(
            told(former, broken) == [
                "Normal Declared: commit 9f2c41d07b of main, digest aaaaaaaaaaaa: 1 created", "Warning Invalid: m",
            ])
        #expect(told(broken, broken) == [])
        var waiting = broken
        waiting.conditions = [condition(.synced, .no, "BeingDeleted"), condition(.reconciling, .yes, "BeingDeleted")]
        #expect(told(broken, waiting) == ["Normal BeingDeleted: m"])
        var whole = broken
        (whole.conditions, whole.applied) = ([condition(.synced, .yes, "Applied")], whole.attempted)
        #expect(told(broken, whole) == ["Normal Applied: commit 9f2c41d07b of main, digest aaaaaaaaaaaa"])
    }

    @Test func `held deletions say how they are released, and who released them`() {
        let former = status(4, .yes, "Applied")
        let key = ResourceKey(.node, "node_a")
        var held = status(5, .no, "Held")
        let block = PruneBlock(
            digest: "aaaaaaaaaaaaaaaa", objects: [DeclarationIdentity(key, firstRevision: 1)], reason: .overBudget,
            message: "too many")
        held.blocked = block
        let release = "to delete exactly these: reeve sync approve 'site' \(block.mark)"
        #expect(told(former, held) == ["Warning PruneBlocked: too many: Node/node_a; \(release)"])
        #expect(told(held, held) == [])
        let approval = SetEvents.Approval(by: "cli/ann", [key])
        #expect(told(held, held, approval) == ["Normal DeletionsApproved: by cli/ann: Node/node_a"])
        var gone = held
        (gone.blocked, gone.applied) = (nil, gone.attempted)
        gone.conditions = [condition(.synced, .yes, "Applied")]
        gone.records = [record("aaaaaaaaaaaaaaaa", deleted: 1)]
        #expect(
            told(held, gone, approval) == [
                "Normal DeletionsApproved: by cli/ann: Node/node_a",
                "Normal Applied: commit 9f2c41d07b of main, digest aaaaaaaaaaaa",
            ])
    }

    @Test func `what can't be approved is not offered`() {
        var next = status(4, .no, "Invalid")
        next.conditions.append(condition(.stalled, .yes, "Invalid"))
        next.blocked = PruneBlock(digest: "a", objects: [], reason: .incomplete, message: "unreadable")
        #expect(told(status(), next) == ["Warning Invalid: m"])
    }

    @Test func `a pin is told when it is set and when it ends`() {
        let former = status(4, .yes, "Applied")
        var pinned = former
        pinned.pin = SetPin(digest: "a", keys: [ResourceKey(.node, "node_a")], by: "ann", at: Self.now)
        #expect(told(former, pinned) == ["Normal Pinned: ann takes back, until the directory changes: Node/node_a"])
        var known = pinned
        known.conditions = [condition(.synced, .no, "Pinned")]
        #expect(told(pinned, known) == [])
        #expect(told(known, former).first?.hasPrefix("Normal Unpinned: ") == true)
    }
}
