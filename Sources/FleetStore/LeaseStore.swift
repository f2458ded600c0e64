/// The leader's lease: apart from the lanes' fences, so that a renewal never waits behind a batch.
package protocol LeaseStore: Sendable {
    /// What stands there now; nil before the first leader.
    func lease() async throws(StoreError) -> Lease?

    /// Takes the lease if it still stands as `seen` (nil: there is none); the epoch becomes one more than `seen`'s.
    /// Nil when somebody else was first.
    func take(_ seen: Lease?, as holder: String) async throws(StoreError) -> Lease?

    /// Renews with majority; nil when another holder or epoch stands there.
    ///
    /// How often it was renewed does not matter: a renewal whose answer was lost may have counted. What is returned
    /// counts one more than `held`, and what stands there at least as many.
    func renew(_ held: Lease) async throws(StoreError) -> Lease?

    /// Gives the lease up so that another may take it at once; idempotent.
    func release(_ held: Lease) async throws(StoreError)

    /// Ends what this lease's predecessors left open, then raises all fences to its epoch in one transaction.
    func raiseFences(to held: Lease) async throws(StoreError)
}

package struct Lease: Hashable, Sendable {
    /// A stable instance name; empty when the lease was given up.
    package var holder: String
    package var epoch: Int64
    /// Counts the renewals: whoever watches knows by it that the holder lives, without comparing clocks.
    package var renewals: Int64

    package init(holder: String, epoch: Int64, renewals: Int64) {
        self.holder = holder
        self.epoch = epoch
        self.renewals = renewals
    }
}
