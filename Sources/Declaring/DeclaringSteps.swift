package import Planning

/// What somebody who declares does on the way: with each try again, from the start.
package struct DeclaringSteps: Sendable {
    /// After what stands was read, before it is decided about: what has become of the request meanwhile.
    package var refresh: @Sendable (DeclarationRequest) async throws(DeclaringError) -> DeclarationRequest
    /// Before what was decided is written. Throws to give it up; `.withdrawn` if for no other reason.
    package var willWrite: @Sendable (DeclarationPlan) async throws(DeclaringError) -> Void

    package init(
        refresh: @escaping @Sendable (DeclarationRequest) async throws(DeclaringError) -> DeclarationRequest,
        willWrite: @escaping @Sendable (DeclarationPlan) async throws(DeclaringError) -> Void
    ) {
        self.refresh = refresh
        self.willWrite = willWrite
    }

    package static let none = DeclaringSteps(refresh: { $0 }, willWrite: { _ in })
}
