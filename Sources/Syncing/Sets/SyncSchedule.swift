internal import Fleet
import Planning

/// What of a directory makes an attempt worth while: also what is wrong beside its manifests, and which commit it is of.
enum LookIdentity: Hashable, Sendable {
    case snapshot(digest: String, commit: String?, branch: String?, problems: [Diagnostic])
    case fault(DirectoryError)

    init(_ look: SetSyncer.Look) {
        switch look {
        case .success(let snapshot):
            self = .snapshot(
                digest: snapshot.digest, commit: snapshot.commit, branch: snapshot.branch, problems: snapshot.problems)
        case .failure(let error): self = .fault(error)
        }
    }
}

/// When a set is attempted. Pure: the time is given to it.
struct SyncSchedule: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// How much longer than an attempt took nothing is attempted for others' writes alone.
    private static let rest = 10
    /// After an attempt during which the directory did not come to rest.
    private static let unsettled = Duration.seconds(1)

    /// The digest of a snapshot that two looks found.
    private(set) var confirmed: String?
    /// What this process told of the set last.
    private(set) var told: SetAttempt.Told?
    /// What the last attempt was of; nil as long as there was none.
    private var last: (look: LookIdentity, revision: Int64?)?
    /// `desired` as it was seen last.
    private var revision: Int64?
    private var revisionSeen: Instant?
    /// Something of the set is not as it should be.
    private var isOutstanding = false
    private var retry: Instant?
    private var retryOf: Timestamp?
    private var restEnds: Instant?
    /// Failures in a row to reach MongoDB, and when it is tried again.
    private var failures: Int64 = 0
    private var pauseEnds: Instant?

    /// - Parameter look: what was read last.
    func wantsAttempt(_ look: LookIdentity, at now: Instant) -> Bool {
        if let pauseEnds, now < pauseEnds { return false }
        guard let last else { return true }
        if last.look != look || pauseEnds != nil { return true }
        if let retry, now >= retry { return true }
        if case .fault = look { return false }
        return revision != last.revision && restEnds.map { now >= $0 } ?? true
    }

    /// Whether `desired` may have moved and was not looked at lately.
    func looksAtRevision(at now: Instant) -> Bool {
        guard isOutstanding, pauseEnds == nil, let revisionSeen else { return false }
        return now >= revisionSeen + .milliseconds(100)
    }

    /// How long nothing is to be done unless something is heard of.
    func wait(_ pace: SetWatch.Pace, isLeading: Bool, at now: Instant) -> Duration {
        guard isLeading else { return pace.standby }
        if let pauseEnds { return max(.milliseconds(1), pauseEnds - now) }
        var wait = isOutstanding ? pace.outstanding : pace.poll
        if let retry { wait = min(wait, retry - now) }
        return max(.milliseconds(1), wait)
    }

    mutating func note(revision seen: Int64, at now: Instant) { (revision, revisionSeen) = (seen, now) }

    /// - Parameter began: when what the attempt was of was read.
    mutating func note(_ attempt: SetAttempt, of look: LookIdentity, began: Instant, at now: Instant) {
        confirmed = attempt.confirmed
        told = attempt.told ?? told
        note(revision: attempt.revision ?? revision ?? 0, at: now)
        last = (look, revision)
        restEnds = now + (now - began) * Self.rest
        isOutstanding =
            !attempt.isContested && attempt.snapshot != nil && attempt.status[.synced]?.status != .yes
        noteRetry(attempt, at: now)
    }

    /// An attempt that came before it was due leaves the retry where it was.
    private mutating func noteRetry(_ attempt: SetAttempt, at now: Instant) {
        if attempt.isUnsettled {
            retry = now + Self.unsettled
            return
        }
        let due = attempt.status.nextRetry
        let isOver = retry.map { now >= $0 } ?? true
        guard due != retryOf || due == nil || isOver else { return }
        retryOf = due
        retry = attempt.status.attempts.map { now + .milliseconds(SetProgress.retry.delay(attempt: $0)) }
    }

    /// - Returns: whether it is the first in a row.
    mutating func noteFailure(at now: Instant) -> Bool {
        failures += 1
        pauseEnds = now + .milliseconds(Backoff.pause.delay(attempt: failures))
        return failures == 1
    }

    /// - Returns: whether there was something to recover from.
    mutating func noteRecovery() -> Bool {
        defer { (failures, pauseEnds) = (0, nil) }
        return failures > 0
    }
}
