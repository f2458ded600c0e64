// Which index stands where. A query that needs another one adds it here and nowhere else.

extension IndexPlan {
    /// Those of `data-models.md`, collection by collection; the id indexes are unique.
    static let dataModel: [IndexPlan] = [
        IndexPlan("nodes", "node_id", unique: true),
        IndexPlan("nodes", "status"),
        IndexPlan("nodes", "pool_id"),
        IndexPlan("nodes", "node_type"),
        IndexPlan("nodes", "last_heartbeat"),
        IndexPlan("nodes", [Key("poot_score", -1)]),
        IndexPlan("nodes", [Key("location.country"), Key("location.region")]),

        IndexPlan("node_pools", "pool_id", unique: true),
        IndexPlan("node_pools", "name"),
        IndexPlan("node_pools", "auto_scaling"),

        IndexPlan("poot_validations", "validation_id", unique: true),
        IndexPlan("poot_validations", [Key("node_id"), Key("timestamp", -1)]),
        IndexPlan("poot_validations", "output_hash"),
        IndexPlan("poot_validations", [Key("is_valid"), Key("score", -1)]),
        IndexPlan("poot_validations", "batch_id"),

        IndexPlan("payouts", "payout_id", unique: true),
        IndexPlan("payouts", [Key("node_id"), Key("created_at", -1)]),
        IndexPlan("payouts", "status"),
        IndexPlan("payouts", "batch_id"),
        IndexPlan("payouts", "wallet_address"),
        IndexPlan("payouts", "transaction_hash"),
        IndexPlan("payouts", "scheduled_at"),

        IndexPlan("resource_metrics", [Key("node_id"), Key("timestamp", -1)]),
        // The clean-up that the data model asks for, out of reach until the metrics were rolled up (reading 10).
        IndexPlan("resource_metrics", [Key("timestamp", -1)], expireAfterSeconds: Int64(Int32.max)),
        IndexPlan("resource_metrics", [Key("node_id"), Key("cpu.usage_percent")]),
        IndexPlan("resource_metrics", [Key("node_id"), Key("memory.used_bytes")]),
    ]

    private static let day: Int64 = 24 * 3600

    /// Reeve's own further indexes, with the query that each is for.
    static let own: [IndexPlan] = [
        // "Unique within the same pool"; to an index a missing pool is null, so nodes without one share one space
        // (reading 7).
        IndexPlan("nodes", [Key("pool_id"), Key("name")], unique: true),
        // Catch-up by `{revision: {$gt: n}}`.
        IndexPlan("desired", "revision"),
        // A set's inventory.
        IndexPlan("desired", "set", sparse: true),
        // The nodes declared into a pool.
        IndexPlan("desired", "spec.pool_id", sparse: true),
        // The pools that name a policy.
        IndexPlan("desired", "spec.scaling_policy_ref", sparse: true),
        // The generations of a resource.
        IndexPlan("desired_revisions", [Key("resource"), Key("revision", -1)]),
        // What a set owned and lost of late.
        IndexPlan("desired_revisions", "removed_revision", sparse: true),
        // What is kept of a resource that was removed goes after 90 days.
        IndexPlan("desired_revisions", [Key("removed_at")], sparse: true, expireAfterSeconds: 90 * day),
        // That a saved plan was applied goes long after the plan itself can't be any more (30 days).
        IndexPlan("plans", [Key("at")], expireAfterSeconds: 90 * day),
        // Whose a deleted document was.
        IndexPlan("status", "observed_id", sparse: true),
        // A node's history.
        IndexPlan("node_history", [Key("node_id"), Key("at", -1)]),
        // What changed of late, on all nodes.
        IndexPlan("node_history", "at"),
        // Events go after seven days.
        IndexPlan("events", [Key("at")], expireAfterSeconds: 7 * day),
        // A resource's events.
        IndexPlan("events", [Key("kind"), Key("id"), Key("at", -1)]),
        // A pool's decisions.
        IndexPlan("decisions", [Key("pool_id"), Key("at", -1)]),
        // They go after thirty days.
        IndexPlan("decisions", [Key("at")], expireAfterSeconds: 30 * day),
        // Whether an id was deleted.
        IndexPlan("tombstones", [Key("kind"), Key("id")]),
        // A node's tokens.
        IndexPlan("node_tokens", [Key("node_id"), Key("created_at")]),
        // What was revoked of late; it goes after 30 days.
        IndexPlan("node_tokens", [Key("revoked_at")], sparse: true, expireAfterSeconds: 30 * day),
        // What agents said that was new of late.
        IndexPlan("agents", "changed_at"),
    ]
}
