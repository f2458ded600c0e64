import Foundation
import Synchronization

/// The numbered places of a pass at which a test lets the process die, in builds for tests only.
///
/// `REEVE_KILL_POINT=6:3` ends the process, as `kill -9` does, when point 6 is reached for the third time.
package enum KillPoint: Int, CaseIterable, Sendable {
    case batchTaken = 1
    case batchRead
    case fencesWritten
    case documentsWritten
    case statusesWritten
    case beforeCommit
    case afterCommit
    case batchCommitted
    case batchSettling
    case leaseTaken
    case fencesRaised
    case declarationWritten

    #if DEBUG
        private static let armed: (point: KillPoint, hits: Int)? = {
            let parts = ProcessInfo.processInfo.environment["REEVE_KILL_POINT"]?.split(separator: ":").compactMap {
                Int($0)
            }
            guard let parts, let number = parts.first, let point = KillPoint(rawValue: number) else { return nil }
            return (point, parts.count > 1 ? parts[1] : 1)
        }()
        private static let hits = Mutex(0)

        package static func hit(_ point: KillPoint) {
            guard let armed, armed.point == point else { return }
            let count = hits.withLock { hits in
                hits += 1
                return hits
            }
            if count == armed.hits { kill(getpid(), SIGKILL) }
        }
    #else
        @inlinable package static func hit(_ point: KillPoint) {}
    #endif
}
