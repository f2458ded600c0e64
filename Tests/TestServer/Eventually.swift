/// What a test waited for did not come in time.
package struct NeverCame: Error, CustomStringConvertible {
    package let what: String
    package let limit: Duration
    /// What asking for it ended with the last time, if it was no answer.
    package var error: (any Error)?

    package var description: String {
        "\(what): not within \(limit)" + (error.map { ", at last because of: \($0)" } ?? "")
    }
}

/// Asks again until it holds, and throws `NeverCame` when it does not hold in time: a test that waits for another
/// process can't do otherwise. A store that is away while it asks counts as "not yet".
package func eventually(
    _ what: String, within limit: Duration = .seconds(30), _ holds: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        var failure: (any Error)?
        do {
            if try await holds() { return }
        } catch {
            failure = error
        }
        guard clock.now < deadline else { throw NeverCame(what: what, limit: limit, error: failure) }
        try await clock.sleep(for: .milliseconds(20))
    }
}
