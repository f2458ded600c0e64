/// Resources with what deciding about them takes, as they were read in one go.
package struct FleetView: Sendable {
    package var desired: [ResourceKey: Desired] = [:]
    package var observed: [ResourceKey: Observed] = [:]
    package var status: [ResourceKey: ResourceStatus] = [:]
    /// By pool id, for the pools among the keys that were asked for.
    package var tallies: [String: NodeCounts] = [:]
    /// By policy id, for the policies among the keys that were asked for: the declared pools that name them.
    package var referrers: [String: [ResourceKey]] = [:]
    /// By node id; not read with the rest: the leader keeps those of all nodes, and others decide without them.
    package var agents: [String: AgentFacts] = [:]
    /// Whether nodes can report; like `agents` known to the leader alone.
    package var ingest = IngestService.none
    /// By pool id: pools of whose nodes many were lost, or came back, at once. Under the empty id, those of whom no pool
    /// tells.
    package var crowds: [String: NodeCrowd] = [:]
    /// Pools whose breaker is open.
    package var openBreakers: Set<String> = []

    /// By pool id: what became of the nodes that the pool's provider was asked for; known to the leader alone.
    package var provided: [String: ProviderNews] = [:]

    /// What stands in the database and can't be read as what it should be, with the reason: it is left out above, but it
    /// is not absent, so nothing may be decided about it.
    package var unreadable: [ResourceKey: String] = [:]

    package init() {}
}
