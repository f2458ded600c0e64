package import Fleet
package import FleetStore

/// Why a declaration was not written.
package enum DeclaringError: Error, Hashable, Sendable {
    case store(StoreError)
    /// More than one transaction carries; the input is to be split, or if it can, to `continue`.
    case tooMany(count: Int, limit: Int, canContinue: Bool)
    /// So many resources were written, in transactions of their own, before this ended it; doing it again does the rest.
    indirect case unfinished(written: Int, DeclaringError)
    /// Others kept declaring; nothing was written in so many attempts.
    case contended(attempts: Int)
    /// Who asked for it gave it up before it was written.
    case withdrawn
    /// The saved plan was applied before.
    case planUsed(PlanUse)
    /// What the saved plan was made of is not as it was; each difference is named.
    case planStale([Diagnostic])
    /// The saved plan is older than `SavedPlan.lifetimeDays`.
    case planExpired(made: Timestamp)
}
