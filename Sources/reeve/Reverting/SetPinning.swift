import Fleet
import FleetStore
import Planning

/// Keeps a directory from doing again what somebody took back.
struct SetPinning {
    let store: any Store
    let by: String

    /// Pins resources of a set to what they are brought back to, for as long as its directory holds the snapshot that it
    /// holds now.
    ///
    /// - Returns: the pin that stands now; nil when nobody ever synced the set.
    func pin(_ keys: Set<ResourceKey>, in set: String) async throws -> SetPin? {
        for _ in 0..<20 {
            guard let status = try await store.set(set), let attempted = status.attempted else { return nil }
            let now = try await store.serverTime()
            let next = try status.pinning(keys, digest: attempted.digest, by: by, at: now)
            if next == status { return status.pin }
            let events = SetEvents.between(status, next, at: now)
            if let written = try await store.write(next, telling: events) { return written.pin }
        }
        throw CommandFailure(
            .conflict,
            "the set `\(set.printable)` is being written by others all the while: nothing was done, try again")
    }
}

extension SetStatus {
    /// With these keys pinned beside those that are; the same when they were already.
    func pinning(
        _ keys: Set<ResourceKey>, digest: String, by: String, at: Timestamp
    ) throws(CommandFailure) -> SetStatus {
        let standing = pin?.digest == digest ? pin?.keys ?? [] : []
        guard pin?.digest != digest || !keys.isSubset(of: standing) else { return self }
        let all = standing.union(keys)
        guard all.count <= SetPin.mostKeys else {
            throw CommandFailure(
                .conflict,
                "at most \(SetPin.mostKeys) resources of a set can be pinned, and these would be \(all.count)")
        }
        var next = self
        next.pin = SetPin(digest: digest, keys: all, by: by, at: at)
        return next
    }
}
