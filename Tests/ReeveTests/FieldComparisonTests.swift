import Fleet
import FleetStore
import Planning
import Testing

@testable import reeve

struct FieldComparisonTests {
    @Test func `what differs is marked, with what is declared and what stands there`() {
        let node = Sample.node()
        var observed = Sample.observed(node)
        observed.leaves[NodeLeaf.cores] = .int(12)
        let difference = FieldDifference(path: "hardware_info.cpu.cores", found: .int(12), declared: .int(16))
        let comparison = FieldComparison(
            Sample.row(node, observed: observed), in: FleetView(), differences: [difference])
        let line = comparison.lines.first { $0.field == "hardware_info.cpu.cores" }
        #expect(line?.differs == true)
        #expect(line?.declared == .int(16))
        #expect(line?.found == .int(12))
        #expect(comparison.lines.filter(\.differs).count == 1)
        let text = comparison.table(hasDocument: true).text(headers: false) { text, _ in text }
        #expect(text.contains("! hardware_info.cpu.cores"))
    }

    @Test func `a pool shows its policy's figures and the defaults that it takes`() {
        var policySpec = Spec(.scalingPolicy)
        policySpec[PolicyLeaf.minNodes] = .int(3)
        var poolSpec = Spec(.nodePool)
        poolSpec[PoolLeaf.policyReference] = .string("policy_p")
        func desired(_ key: ResourceKey, _ spec: Spec) -> Desired {
            Desired(
                Declaration(key: key, name: "x", spec: spec), revision: 1, firstRevision: 1, manager: "m",
                createdAt: Sample.now, updatedAt: Sample.now)
        }
        let policy = desired(ResourceKey(.scalingPolicy, "policy_p"), policySpec)
        let pool = desired(ResourceKey(.nodePool, "pool_p"), poolSpec)
        var view = FleetView()
        view.desired = [policy.key: policy, pool.key: pool]
        let lines = FieldComparison(ScanRow(pool.key, in: view), in: view, differences: []).lines
        let least = lines.first { $0.field == "scaling_policy.min_nodes" }
        #expect(least?.declared == .int(3))
        #expect(least?.origin == .policy)
        #expect(lines.first { $0.field == "max_nodes" }?.origin == .default)
        #expect(lines.first { $0.field == "scaling_policy_ref" }?.origin == .manifest)
    }
}
