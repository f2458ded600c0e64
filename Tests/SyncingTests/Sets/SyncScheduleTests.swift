import Fleet
import Manifests
import MemoryStore
import Planning
import Testing

@testable import Syncing

/// When a set is attempted, told by instants that are given.
struct SyncScheduleTests {
    private let start = ContinuousClock.now
    private let set = PaperSet(Paper.nodes(0..<3))

    /// A schedule after an attempt of what the directory holds now.
    private func attempted() async throws -> (SyncSchedule, LookIdentity) {
        var schedule = SyncSchedule()
        let look = LookIdentity(set.directory.look())
        schedule.note(try await set.sync(), of: look, began: start, at: start + .milliseconds(50))
        return (schedule, look)
    }

    @Test func `the same directory and the same declarations are not attempted again`() async throws {
        let (schedule, look) = try await attempted()
        #expect(!schedule.wantsAttempt(look, at: start + .seconds(3600)))
    }

    @Test func `what is wrong beside the manifests, and another commit, are attempted`() async throws {
        let (schedule, _) = try await attempted()
        set.directory.problems = [Diagnostic(.error, "a pipe", rule: "not-a-file")]
        #expect(schedule.wantsAttempt(LookIdentity(set.directory.look()), at: start + .seconds(1)))
        set.directory.problems = []
        set.directory.commit = "1234567"
        #expect(schedule.wantsAttempt(LookIdentity(set.directory.look()), at: start + .seconds(1)))
    }

    @Test func `others' writes alone wake it after a rest that is as long as ten attempts`() async throws {
        var (schedule, look) = try await attempted()
        schedule.note(revision: 99, at: start + .milliseconds(100))
        #expect(!schedule.wantsAttempt(look, at: start + .milliseconds(500)))
        #expect(schedule.wantsAttempt(look, at: start + .milliseconds(551)))
    }

    @Test func `a failure is followed by a pause, which whatever is heard does not shorten or forget`() async throws {
        var (schedule, _) = try await attempted()
        set.directory["n9.yaml"] = Paper.node("node-9", cores: 99)
        let look = LookIdentity(set.directory.look())
        let isFirst = schedule.noteFailure(at: start)
        #expect(isFirst)
        #expect(!schedule.wantsAttempt(look, at: start))
        #expect(schedule.wantsAttempt(look, at: start + .seconds(60)))
        let isRecovered = schedule.noteRecovery()
        #expect(isRecovered)
        #expect(schedule.wantsAttempt(look, at: start), "it was never attempted")
    }

    @Test func `a retry that is due is not due again at once when the server's clock is behind`() async throws {
        var set = PaperSet(["a.yaml": Paper.node("alone"), "b.yaml": Paper.pool("old")])
        try await set.sync()
        set.directory["b.yaml"] = nil
        set.settings.budget = .unlimited
        try await set.sync()
        set.directory["b.yaml"] = Paper.pool("old")
        var schedule = SyncSchedule()
        let look = LookIdentity(set.directory.look())
        let attempt = try await set.sync()
        try #require(attempt.status.nextRetry != nil)
        schedule.note(attempt, of: look, began: start, at: start)
        let due = start + .seconds(40)
        #expect(schedule.wantsAttempt(look, at: due))
        // The store's clock has not moved: the same next retry is told again.
        let again = try await set.sync()
        #expect(again.status.nextRetry == attempt.status.nextRetry)
        schedule.note(again, of: look, began: due, at: due)
        #expect(!schedule.wantsAttempt(look, at: due + .milliseconds(1)))
    }

    @Test func `a directory that did not come to rest is attempted again soon`() async throws {
        var (schedule, look) = try await attempted()
        var attempt = try await set.sync()
        attempt.isUnsettled = true
        schedule.note(attempt, of: look, began: start, at: start)
        #expect(!schedule.wantsAttempt(look, at: start + .milliseconds(900)))
        #expect(schedule.wantsAttempt(look, at: start + .seconds(1)))
    }

    @Test func `it is attempted first, and then when what was read or the revision differs`() {
        var schedule = SyncSchedule()
        let (a, b) = (LookIdentity.of("a"), LookIdentity.of("b"))
        #expect(schedule.wantsAttempt(a, at: start))
        schedule.note(.of("a", revision: 3), of: a, began: start, at: start)
        #expect(!schedule.wantsAttempt(a, at: start + .seconds(3600)))
        #expect(schedule.wantsAttempt(b, at: start))
        #expect(schedule.wantsAttempt(.fault(.missing("/paper")), at: start), "it can't be read any more")
        schedule.note(revision: 4, at: start)
        #expect(schedule.wantsAttempt(a, at: start))
    }

    @Test func `failures pause it longer each time`() {
        var schedule = SyncSchedule()
        let a = LookIdentity.of("a")
        schedule.note(.of("a", revision: 3), of: a, began: start, at: start)
        _ = schedule.noteFailure(at: start)
        #expect(!schedule.wantsAttempt(a, at: start + .milliseconds(499)))
        #expect(schedule.wantsAttempt(a, at: start + .milliseconds(500)))
        let isFirst = schedule.noteFailure(at: start)
        #expect(!isFirst)
        #expect(!schedule.wantsAttempt(a, at: start + .milliseconds(999)))
        let recovered = [schedule.noteRecovery(), schedule.noteRecovery()]
        #expect(recovered == [true, false])
        #expect(!schedule.wantsAttempt(a, at: start + .seconds(60)))
    }

    @Test func `a retry is due when the status says so`() {
        var schedule = SyncSchedule()
        let a = LookIdentity.of("a")
        var attempt = SetAttempt.of("a", revision: 3)
        attempt.status.attempts = 2
        attempt.status.nextRetry = Timestamp(milliseconds: 5)
        schedule.note(attempt, of: a, began: start, at: start)
        #expect(!schedule.wantsAttempt(a, at: start + .milliseconds(1_999)))
        #expect(schedule.wantsAttempt(a, at: start + .seconds(2)))
        // An attempt in between that came too early leaves it where it was.
        schedule.note(attempt, of: a, began: start, at: start + .seconds(1))
        #expect(schedule.wantsAttempt(a, at: start + .seconds(2)))
    }
}

extension LookIdentity {
    fileprivate static func of(_ digest: String) -> LookIdentity {
        .snapshot(digest: digest, commit: nil, branch: nil, problems: [])
    }
}

extension SetAttempt {
    fileprivate static func of(_ digest: String, revision: Int64) -> SetAttempt {
        var attempt = SetAttempt(
            SetPass(directory: "/paper", syncedBy: "test"), SetStatus("prod", directory: "/paper", syncedBy: "test"))
        attempt.note(DirectorySnapshot(digest: digest, files: 1, loaded: .init()))
        attempt.note(DeclarationPlan(revision: revision), dryRun: false)
        return attempt
    }
}
