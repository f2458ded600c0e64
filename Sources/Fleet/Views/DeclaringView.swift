/// What deciding about an apply takes, all of it as of `revision`.
package struct DeclaringView: Sendable {
    /// A declared node of a pool.
    package struct Member: Hashable, Sendable {
        package var id: String
        package var name: String

        package init(id: String, name: String) {
            self.id = id
            self.name = name
        }
    }

    package var revision: Int64
    /// The resources that were asked for, all that the set owns if one was asked for, the pools of both, and the policies
    /// that these pools name.
    package var desired: [ResourceKey: Desired] = [:]
    /// By id of each pool that was asked for or that the set owns: the declared nodes, including those marked for deletion. The pool `""` stands for the nodes without a
    /// pool, which share one space of names; likewise below.
    package var members: [String: [Member]] = [:]
    /// By pool id: documents in `nodes` that no declaration names.
    package var undeclared: [String: [Member]] = [:]
    /// Documents of these pools.
    package var observedPools: [String: Observed] = [:]
    /// Ids among the keys whose documents exist, declared or not.
    package var documents: Set<ResourceKey> = []
    /// By policy id, for the policies among the keys and those that the set owns: the declared pools that name them.
    package var referrers: [String: [ResourceKey]] = [:]
    /// Ids of the set's nodes whose documents say that they are active.
    package var activeNodes: Set<String> = []

    package init(revision: Int64) { self.revision = revision }
}
