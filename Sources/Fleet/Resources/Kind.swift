/// The kinds of resources that a manifest can declare.
package enum Kind: String, CaseIterable, Hashable, Sendable {
    // In the order in which they are applied: what others refer to comes first.
    case scalingPolicy = "ScalingPolicy"
    case nodePool = "NodePool"
    case node = "Node"

    /// What every id of the kind starts with.
    package var idPrefix: String {
        switch self {
        case .scalingPolicy: "policy_"
        case .nodePool: "pool_"
        case .node: "node_"
        }
    }

    /// The names under which the command line accepts the kind, in lower case; the first is the plural that it shows.
    package var spellings: [String] {
        switch self {
        case .scalingPolicy: ["scalingpolicies", "scalingpolicy", "policies", "policy"]
        case .nodePool: ["nodepools", "nodepool", "pools", "pool"]
        case .node: ["nodes", "node"]
        }
    }

    /// The kind that somebody meant, whatever the case and number.
    package init?(spelling: String) {
        let wanted = spelling.lowercased()
        guard let kind = Kind.allCases.first(where: { $0.spellings.contains(wanted) }) else { return nil }
        self = kind
    }

    /// The collection of the data model that the kind becomes; nil for what stands in `desired` alone.
    package var collection: String? {
        switch self {
        case .scalingPolicy: nil
        case .nodePool: "node_pools"
        case .node: "nodes"
        }
    }
}

extension Kind: Comparable {
    package static func < (left: Kind, right: Kind) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .scalingPolicy: 0
        case .nodePool: 1
        case .node: 2
        }
    }
}
