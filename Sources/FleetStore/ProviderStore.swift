package import Fleet

/// What having nodes made takes beside `Store`.
package protocol ProviderStore: Store {
    /// What stands of these resources in `desired` and `status`, as a majority has it: it may lead to a call outside.
    ///
    /// It may be a little old. A resource that can't be read is among the unreadable ones.
    func readSettled(_ keys: [ResourceKey]) async throws(StoreError) -> FleetView

    /// `declare(_:expecting:)` by the leader: throws `.fenced` when another leads.
    func declare(_ writes: [DesiredWrite], expecting: Int64, under fence: Fence) async throws(StoreError) -> Int64

    /// Gives a node the token with this digest, and revokes all that it had; throws `.fenced` when another leads.
    func replaceTokens(
        of nodeID: String, with digest: [UInt8], by manager: String, under fence: Fence
    ) async throws(StoreError)

    /// Revokes all tokens of a node; throws `.fenced` when another leads.
    func revokeTokens(of nodeID: String, under fence: Fence) async throws(StoreError)
}
