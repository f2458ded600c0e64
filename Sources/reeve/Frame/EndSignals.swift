import FleetStore
import Glibc
import Synchronization

/// What SIGINT and SIGTERM do to a command that declares: at any time the usual, but while a transaction is open it is
/// given up first, so that nobody waits for a dead process' locks. The second signal does the usual in any case.
enum EndSignals {
    private static let isWriting = Atomic<Bool>(false)
    /// The signal that came while it was written; 0 for none.
    private static let pending = Atomic<Int32>(0)

    /// Installs the handlers; a signal that this process was started to ignore stays ignored.
    static func handle() -> MongoStore.Interruption {
        // Both exist before a handler asks for them.
        isWriting.store(false, ordering: .sequentiallyConsistent)
        pending.store(0, ordering: .sequentiallyConsistent)
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            sigaction(number, nil, &action)
            guard unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != ignored else { continue }
            action = sigaction()
            action.sa_flags = SA_RESTART
            action.__sigaction_handler.sa_handler = { number in
                if EndSignals.isWriting.load(ordering: .sequentiallyConsistent),
                    EndSignals.pending.exchange(number, ordering: .sequentiallyConsistent) == 0
                {
                    return
                }
                signal(number, SIG_DFL)
                raise(number)
            }
            sigaction(number, &action, nil)
        }
        return MongoStore.Interruption(
            isWriting: { isWriting.store($0, ordering: .sequentiallyConsistent) },
            isWanted: { pending.load(ordering: .sequentiallyConsistent) != 0 })
    }

    /// What a command that was given up ends with: as the shell has it for one that the signal killed.
    static var status: ExitStatus {
        pending.load(ordering: .sequentiallyConsistent) == SIGTERM ? .terminated : .interrupted
    }

    /// `SIG_IGN`, a macro that is not imported.
    private static let ignored = 1
}
