import Fleet
import YAML

// Rules that hold between the fields of one manifest. A field that is wrong in itself takes part in none of them.
extension DocumentReader {
    mutating func checkAcrossFields(
        _ kind: Kind, _ spec: [StatedLeaf], _ lifecycle: [StatedLeaf], _ key: ResourceKey?
    ) {
        checkDependencies(lifecycle, key)
        switch kind {
        case .node: checkNode(spec)
        case .nodePool: checkPool(spec)
        case .scalingPolicy: checkPolicy(spec, first: 0, table: kind.table, poolMaximum: nil)
        }
    }

    private mutating func checkDependencies(_ lifecycle: [StatedLeaf], _ key: ResourceKey?) {
        guard let key, let stated = lifecycle.stated(LifecycleLeaf.dependsOn), let list = stated.value?.list,
            let position = list.firstIndex(where: { $0.string == key.description })
        else { return }
        let path = "lifecycle.depends_on[\(position)]"
        report(.selfDependency, at: stated.mark, "`\(key)` cannot wait for itself", path: path)
    }
}

// MARK: - Nodes

extension DocumentReader {
    private mutating func checkNode(_ spec: [StatedLeaf]) {
        let limits = NodeLeaf.limits
        check(limits.memory, notAbove: spec.value(NodeLeaf.memory), "hardware_info.memory.total_bytes", in: spec)
        check(limits.disk, notAbove: spec.value(NodeLeaf.storage), "hardware_info.storage.total_bytes", in: spec)
        guard let network = spec.stated(NodeLeaf.network), let interfaces = network.value?.list else { return }
        checkNames(of: interfaces, at: network.mark)
        let fastest = interfaces.compactMap { $0.member("speed_mbps")?.double }.max()
        if let fastest, let limit = spec.stated(limits.network), let value = limit.value?.double, value > fastest {
            let message =
                "is \(Manifests.decimal(value)), more than the fastest interface's \(Manifests.decimal(fastest))"
            reportLeaf(.limitExceedsHardware, limit, Kind.node.table, message)
        }
    }

    private mutating func check(
        _ limit: Int, notAbove hardware: FieldValue?, _ path: String, in spec: [StatedLeaf]
    ) {
        guard let hardware = hardware?.int, let limit = spec.stated(limit), let value = limit.value?.int,
            value > hardware
        else { return }
        let message = "is \(quantity(value)), more than `\(path)`, \(quantity(hardware))"
        reportLeaf(.limitExceedsHardware, limit, Kind.node.table, message)
    }

    private mutating func checkNames(of interfaces: [FieldValue], at mark: Mark) {
        var seen: Set<String> = []
        for (position, interface) in interfaces.enumerated() {
            guard let name = interface.member("interface")?.string, !seen.insert(name).inserted else { continue }
            let path = "spec.hardware_info.network[\(position)].interface"
            report(.duplicateInterface, at: mark, "a second interface is called `\(shortened(name))`", path: path)
        }
    }
}

// MARK: - Pools and policies

extension DocumentReader {
    private mutating func checkPool(_ spec: [StatedLeaf]) {
        let table = Kind.nodePool.table
        let inline = spec.first { (PoolLeaf.policy..<PoolLeaf.policy + PolicyLeaf.count).contains($0.index) }
        let reference = spec.stated(PoolLeaf.policyReference)
        if inline != nil, let reference {
            let message = "stands beside an inline `scaling_policy`; state one of the two"
            reportLeaf(.policyConflict, reference, table, message)
        }
        if let scaling = spec.stated(PoolLeaf.autoScaling), scaling.value?.bool == true, inline == nil, reference == nil
        {
            let message = "is true without a policy; state `scaling_policy_ref`, or a field of `scaling_policy`"
            reportLeaf(.policyMissing, scaling, table, message)
        }
        if let cost = spec.stated(PoolLeaf.cost), spec.stated(PoolLeaf.currency) == nil {
            reportLeaf(.currencyMissing, cost, table, "has no currency; state `pricing.currency`")
        }
        if let standby = spec.stated(PoolLeaf.policy + PolicyLeaf.standbyNodes), let count = standby.value?.int,
            count > 0, spec.stated(PoolLeaf.providerCommand) == nil
        {
            let message = "is \(count) in a pool without a `provider`: nobody makes nodes ahead"
            reportLeaf(.providerMissing, standby, table, message, severity: .warning)
        }
        let stated = spec.stated(PoolLeaf.maxNodes)
        let maximum = stated == nil ? table.leaves[PoolLeaf.maxNodes].field.defaultValue?.int : stated?.value?.int
        checkPolicy(spec, first: PoolLeaf.policy, table: table, poolMaximum: maximum)
    }

    /// The rules of a policy whose leaves begin at `first`, with defaults where it states nothing.
    private mutating func checkPolicy(
        _ spec: [StatedLeaf], first: Int, table: FieldTable, poolMaximum: Int64?
    ) {
        checkThresholds(spec, first, table)
        let minimum = spec.stated(first + PolicyLeaf.minNodes)
        let maximum = spec.stated(first + PolicyLeaf.maxNodes)
        if let poolMaximum, let maximum, let value = maximum.value?.int, value > poolMaximum {
            let message = "is \(value), more than the pool's `max_nodes`, \(poolMaximum)"
            reportLeaf(.policyExceedsPool, maximum, table, message)
        }
        guard let minimum, let least = minimum.value?.int else { return }
        if let most = maximum?.value?.int {
            if least > most {
                reportLeaf(.nodesOrder, minimum, table, "is \(least), more than the policy's `max_nodes`, \(most)")
            }
        } else if maximum == nil, let poolMaximum, least > poolMaximum {
            let message = "is \(least), more than the pool's `max_nodes`, \(poolMaximum)"
            reportLeaf(.policyExceedsPool, minimum, table, message)
        }
    }

    /// 0 ≤ down < up ≤ 100, and some way apart, or the pool goes back and forth.
    private mutating func checkThresholds(_ spec: [StatedLeaf], _ first: Int, _ table: FieldTable) {
        let (upLeaf, downLeaf) = (spec.stated(first + PolicyLeaf.up), spec.stated(first + PolicyLeaf.down))
        guard let place = upLeaf ?? downLeaf, let up = threshold(upLeaf, PolicyLeaf.up),
            let down = threshold(downLeaf, PolicyLeaf.down)
        else { return }
        let values = "`scale_up_threshold` is \(up.words), `scale_down_threshold` \(down.words)"
        if down.value >= up.value {
            reportLeaf(.thresholdsOrder, place, table, "\(values); expected the second below the first")
        } else if up.value - down.value < 20 {
            let message = "\(values): closer than 20, so the pool may go back and forth"
            reportLeaf(.thresholdsClose, place, table, message, severity: .warning)
        }
    }

    private func threshold(_ stated: StatedLeaf?, _ index: Int) -> (value: Double, words: String)? {
        if let stated { return stated.value?.double.map { ($0, Manifests.decimal($0)) } }
        let value = Kind.scalingPolicy.table.leaves[index].field.defaultValue?.double
        return value.map { ($0, Manifests.decimal($0) + " by default") }
    }

    private mutating func reportLeaf(
        _ rule: ManifestRule, _ leaf: StatedLeaf, _ table: FieldTable, _ message: String,
        severity: Diagnostic.Severity = .error
    ) {
        report(rule, at: leaf.mark, message, severity: severity, path: "spec." + table.leaves[leaf.index].path)
    }
}
