/// What a test waited for did not come in time.
package struct NeverCame: Error, CustomStringConvertible {
    package let what: String
    package let limit: Duration

    package var description: String { "\(what): not within \(limit)" }
}

/// Asks again until it holds, and throws `NeverCame` when it does not hold in time: a test that waits for another
/// process can't do otherwise. A store that is away while it asks counts as "not yet".
package func eventually(
    _ what: String, within limit: Duration = .seconds(30), _ holds: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if (try? await holds()) ?? false { return }
        guard clock.now < deadline else { throw NeverCame(what: what, limit: limit) }
        try await clock.sleep(for: .milliseconds(20))
    }
}
