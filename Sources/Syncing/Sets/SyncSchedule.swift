internal import Fleet
import Planning

/// When a set is attempted. Pure: the time is given to it.
struct SyncSchedule: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The digest of a snapshot that two looks found.
    private(set) var confirmed: String?
    /// What the last attempt was of; nil as long as there was none.
    private var last: (digest: String?, revision: Int64?)?
    /// `desired` as it was seen last.
    private var revision: Int64?
    private var revisionSeen: Instant?
    /// Something of the set is not as it should be.
    private var isOutstanding = false
    private var retry: Instant?
    private var retryOf: Timestamp?
    /// Failures in a row to reach MongoDB, and when it is tried again.
    private var failures: Int64 = 0
    private var pauseEnds: Instant?

    /// MongoDB failed, and is left alone for a while.
    func isPaused(at now: Instant) -> Bool { pauseEnds.map { now < $0 } ?? false }

    /// - Parameter digest: of what was read last; nil: it can't be read.
    func wantsAttempt(_ digest: String?, at now: Instant) -> Bool {
        guard !isPaused(at: now) else { return false }
        guard let last else { return true }
        if last.digest != digest || pauseEnds != nil { return true }
        if let retry, now >= retry { return true }
        return digest != nil && revision != last.revision
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

    mutating func note(_ attempt: SetAttempt, at now: Instant) {
        confirmed = attempt.confirmed
        let seen = attempt.revision ?? revision
        note(revision: seen ?? 0, at: now)
        last = (attempt.snapshot?.digest, revision)
        isOutstanding = attempt.snapshot != nil && attempt.status[.synced]?.status != .yes
        // An attempt that came before it was due leaves the retry where it was.
        if attempt.status.nextRetry != retryOf || attempt.status.nextRetry == nil {
            retryOf = attempt.status.nextRetry
            retry = attempt.status.attempts.map { now + .milliseconds(SetProgress.retry.delay(attempt: $0)) }
        }
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
