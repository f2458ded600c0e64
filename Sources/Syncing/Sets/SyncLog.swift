internal import Fleet
import Logging
import Planning

/// Tells people what an attempt came to: what was written, and what is new of what is wrong.
struct SyncLog {
    private let logger: Logger

    init(_ logger: Logger) { self.logger = logger }

    func tell(_ attempt: SetAttempt) {
        let commit = attempt.pass.snapshot?.shortCommit
        if let writes = attempt.pass.writes {
            var metadata: Logger.Metadata = [
                "created": "\(writes.created)", "configured": "\(writes.configured)", "deleted": "\(writes.deleted)",
            ]
            if let commit { metadata["commit"] = "\(commit)" }
            logger.info("declared what the directory holds", metadata: metadata)
        }
        let (before, after) = (attempt.former, attempt.status)
        if let synced = after[.synced], isNew(synced, before[.synced]) {
            if synced.status == .yes {
                logger.info("synced", metadata: commit.map { ["commit": "\($0)"] })
            } else {
                let why: Logger.Metadata = ["reason": "\(synced.reason)", "why": "\(synced.message)"]
                logger.warning("not all of the directory is declared", metadata: why)
            }
        }
        if let blocked = after.blocked, let condition = after[.pruneBlocked], isNew(condition, before[.pruneBlocked]) {
            var metadata: Logger.Metadata = ["reason": "\(condition.reason)", "what": "\(condition.message)"]
            if blocked.reason.canBeApproved {
                metadata["release"] = "\(blocked.approval(ofSet: after.name))"
            }
            logger.warning("deletions are held", metadata: metadata)
        }
    }

    private func isNew(_ condition: Condition, _ before: Condition?) -> Bool {
        condition.status != before?.status || condition.reason != before?.reason || condition.message != before?.message
    }
}
