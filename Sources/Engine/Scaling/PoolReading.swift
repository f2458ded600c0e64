import Fleet
import FleetStore
import Planning

/// A scaled pool and its nodes, as they were read.
struct PoolReading: Sendable {
    var desired: Desired
    var policy: ResolvedPolicy?
    /// Nil before its first pass: nothing is decided yet.
    var status: ResourceStatus?
    var members: [ScalingMember]
    /// Nodes that are declared into the pool or stand in it.
    var standing: Set<String> = []

    /// - Returns: nil for a pool that nobody wants scaled.
    init?(_ key: ResourceKey, in view: FleetView, members: [ScalingMember] = []) {
        guard let desired = view.desired[key] else { return nil }
        self.desired = desired
        policy = ResolvedPolicy(of: desired, in: view)
        status = view.status[key]
        self.members = members
        guard scaler != nil else { return nil }
    }

    var id: String { desired.key.id }

    var scaler: PoolScaler? { PoolScaler(desired, policy, status: status) }

    /// Nothing is to be decided: it is paused, is going, or has not had its first pass.
    func rests(at now: Timestamp) -> Bool {
        status == nil || desired.deletion != nil || desired.pause(at: now) != nil
    }

    /// Reads the nodes of those of the pools that are scaled.
    static func read(
        _ keys: [ResourceKey], in view: FleetView, from store: any Store
    ) async throws(StoreError) -> [PoolReading] {
        var readings: [PoolReading] = []
        var nodes: [[ResourceKey]] = []
        for key in keys {
            guard let reading = PoolReading(key, in: view) else { continue }
            readings.append(reading)
            nodes.append(try await store.nodes(inPool: key.id))
        }
        guard !readings.isEmpty else { return [] }
        let found = try await store.read(nodes.flatMap(\.self))
        for place in readings.indices {
            let poolID = readings[place].id
            readings[place].standing = Set(nodes[place].lazy.map(\.id))
            readings[place].members = nodes[place].compactMap { key in
                ScalingMember(
                    poolID, desired: found.desired[key], observed: found.observed[key], status: found.status[key])
            }
        }
        return readings
    }
}
