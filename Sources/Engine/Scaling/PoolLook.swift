import Fleet
import FleetStore
import Planning

/// One pool as the leader would know it right after a start, for who only looks: nothing is written.
package struct PoolLook: Sendable {
    package let scaler: PoolScaler
    package let situation: ScalingSituation

    /// Samples of so many seconds are read one by one: their distance is learned from them.
    private static let single: Int64 = 180

    /// - Parameter view: of the pool, as `Store.read` gives it.
    /// - Returns: nil for a pool that nobody wants scaled.
    package init?(
        _ key: ResourceKey, in view: FleetView, from store: any Store, now: Timestamp
    ) async throws(StoreError) {
        guard let reading = try await PoolReading.read([key], in: view, from: store).first,
            var pool = ScaledPool(reading)
        else { return nil }
        let gap = ScalingRegister.Gap(
            poolID: key.id, load: PoolLoad(pool.scaler.policy), measured: pool.measured,
            nodes: reading.members.map(\.id))
        let loads = try await WindowRebuild(store: store, progress: {}).run([gap], overlap: Self.single, now: now)
        if let load = loads[key.id] { pool.install(load) }
        (scaler, situation) = (pool.scaler, pool.situation(now))
    }
}
