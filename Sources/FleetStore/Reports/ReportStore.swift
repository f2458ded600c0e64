package import Fleet

/// What the ingest needs of the system of record.
package protocol ReportStore: Sendable {
    /// The server's clock, by which reports are judged late or early.
    func serverTime() async throws(StoreError) -> Timestamp

    /// The tokens with these digests, revoked ones too; an unknown digest is left out.
    func tokens(_ digests: [[UInt8]]) async throws(StoreError) -> [NodeToken]

    /// The tokens that were revoked at `since` or later.
    func tokensRevoked(since: Timestamp) async throws(StoreError) -> [NodeToken]

    /// How these nodes stand; one without a document is left out.
    func standings(_ nodeIDs: [String]) async throws(StoreError) -> [String: NodeStanding]

    /// Sets the last heartbeat of these nodes to the server's clock, w:1; nodes without a document are passed over
    /// (LOOP, "Heartbeats").
    func beat(_ nodeIDs: [String]) async throws(StoreError)

    /// Stores samples, durably (majority) when it returns. A sample's id is derived from its node and instant, so one
    /// that stands there already is kept as it is: storing again is harmless.
    func insert(_ samples: [ResourceSample]) async throws(StoreError)

    /// The newest sample that each of these nodes has stored, if any.
    func lastStored(_ nodeIDs: [String]) async throws(StoreError) -> [String: Timestamp]

    /// What the ingest learned; replaces what stood there for these nodes.
    func put(_ facts: [AgentFacts]) async throws(StoreError)

    /// The facts that changed at `since` (the server's clock) or later, with that clock now; all of them for nil.
    func agentFacts(since: Timestamp?) async throws(StoreError) -> (facts: [AgentFacts], now: Timestamp)

    /// Says that this ingest serves: its own document in `leases` holds since when without a gap, and that it lives.
    /// A gap of more than `lapse` seconds begins a new service, of which the document also says until when ages counted
    /// before it: until `lapse` after an ingest was last alive, if that had served for long enough to let nodes be lost.
    /// Documents of others that were silent for a day longer than the last one are removed.
    func ingestServes(_ instance: String, lapse: Int64) async throws(StoreError)
}
