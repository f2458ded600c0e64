import Fleet
import Manifests
import Testing

/// The rules between fields, below, at and above their edges.
@Suite struct AcrossFieldsTests {
    @Test(arguments: cases) func `it has exactly these findings`(_ item: TextCase) {
        let loaded = load(item.text)
        #expect(loaded.findings == item.findings, "\(loaded.diagnostics)")
    }

    static let cases = nodes + pools + policies + resources

    private static func node(
        limits: String = "{}", network: String = "[{interface: a, speed_mbps: 100}, {interface: b}]"
    ) -> String {
        """
        apiVersion: reeve/v1
        kind: Node
        metadata: {name: abc}
        spec:
          node_type: worker
          hardware_info: {cpu: {cores: 1}, memory: {total_bytes: 2GB}, storage: {total_bytes: 20GB}, network: \(network)}
          configuration: {resource_limits: \(limits)}
        """
    }

    private static let limits = "spec.configuration.resource_limits"

    private static let nodes: [TextCase] = [
        TextCase("memory at the hardware's", node(limits: "{memory_bytes: 2GB}")),
        TextCase(
            "memory above", node(limits: "{memory_bytes: 2000000001}"),
            ["\(limits).memory_bytes limit-exceeds-hardware"]),
        TextCase("disk at the hardware's", node(limits: "{disk_bytes: 20GB}")),
        TextCase("disk above", node(limits: "{disk_bytes: 20GiB}"), ["\(limits).disk_bytes limit-exceeds-hardware"]),
        TextCase("network at the fastest interface's", node(limits: "{network_mbps: 100}")),
        TextCase(
            "network above", node(limits: "{network_mbps: 100.5}"), ["\(limits).network_mbps limit-exceeds-hardware"]),
        TextCase("network where no speed is known", node(limits: "{network_mbps: 100.5}", network: "[{interface: a}]")),
        TextCase(
            "two interfaces of a name", node(network: "[{interface: a}, {interface: b}, {interface: a}]"),
            ["spec.hardware_info.network[2].interface duplicate-interface"]),
        TextCase("names are case-sensitive", node(network: "[{interface: a}, {interface: A}]")),
    ]

    private static func pool(_ spec: String) -> String {
        "{apiVersion: reeve/v1, kind: NodePool, metadata: {name: abc}, spec: {\(spec)}}"
    }

    private static let pools: [TextCase] = [
        TextCase("scaled by a reference", pool("auto_scaling: true, scaling_policy_ref: policy_a")),
        TextCase(
            "scaled by an inline policy, even one that is off", pool("auto_scaling: true, scaling_policy: {mode: off}")),
        TextCase("scaled without", pool("auto_scaling: true"), ["spec.auto_scaling policy-missing"]),
        TextCase("an empty policy is one of defaults", pool("auto_scaling: true, scaling_policy: {}")),
        TextCase(
            "an empty policy beside a reference", pool("scaling_policy_ref: policy_a, scaling_policy: {}"),
            ["spec.scaling_policy_ref policy-conflict"]),
        TextCase(
            "a policy whose one field is misspelt", pool("auto_scaling: true, scaling_policy: {min_node: 2}"),
            ["spec.scaling_policy.min_node unknown-field"]),
        TextCase(
            "a policy that is null is none", pool("auto_scaling: true, scaling_policy: null"),
            ["spec.auto_scaling policy-missing"]),
        TextCase("not scaled without", pool("auto_scaling: false")),
        TextCase("a policy that waits", pool("scaling_policy: {min_nodes: 2}")),
        TextCase(
            "both policies", pool("scaling_policy_ref: policy_a, scaling_policy: {min_nodes: 2}"),
            ["spec.scaling_policy_ref policy-conflict"]),
        TextCase(
            "both policies, the inline one wrong", pool("scaling_policy_ref: policy_a, scaling_policy: {min_nodes: 0}"),
            ["spec.scaling_policy_ref policy-conflict", "spec.scaling_policy.min_nodes range"]),
        TextCase("a price with its currency", pool("pricing: {cost_per_hour: \"1\", currency: USDT}")),
        TextCase(
            "a price without", pool("pricing: {cost_per_hour: \"1\"}"), ["spec.pricing.cost_per_hour currency-missing"]),
        TextCase("a currency alone", pool("pricing: {currency: USDT}")),
        TextCase(
            "nodes ahead without a provider", pool("scaling_policy: {standby_nodes: 1}"),
            ["spec.scaling_policy.standby_nodes provider-missing"]),
        TextCase(
            "nodes ahead with one",
            pool("scaling_policy: {standby_nodes: 1}, provider: {exec: {command: [make, -v, -v]}}")),
        TextCase("a provider that nothing scales", pool("provider: {exec: {command: [make], timeout_seconds: 5}}")),
        TextCase("an empty provider", pool("provider: {}"), ["spec.provider.exec missing-required"]),
        TextCase(
            "a provider without a program", pool("provider: {exec: {timeout_seconds: 5}}"),
            ["spec.provider.exec.command missing-required"]),
        TextCase("max_nodes at the pool's", pool("max_nodes: 5, scaling_policy: {max_nodes: 5}")),
        TextCase(
            "max_nodes above the pool's", pool("max_nodes: 5, scaling_policy: {max_nodes: 6}"),
            ["spec.scaling_policy.max_nodes policy-exceeds-pool"]),
        TextCase("max_nodes at the pool's default", pool("scaling_policy: {max_nodes: 100}")),
        TextCase(
            "max_nodes above the pool's default", pool("scaling_policy: {max_nodes: 101}"),
            ["spec.scaling_policy.max_nodes policy-exceeds-pool"]),
        TextCase("min_nodes at the pool's maximum", pool("max_nodes: 5, scaling_policy: {min_nodes: 5}")),
        TextCase(
            "min_nodes above it", pool("max_nodes: 5, scaling_policy: {min_nodes: 6}"),
            ["spec.scaling_policy.min_nodes policy-exceeds-pool"]),
        TextCase(
            "min_nodes above the policy's maximum", pool("scaling_policy: {min_nodes: 6, max_nodes: 5}"),
            ["spec.scaling_policy.min_nodes nodes-order"]),
        TextCase(
            "a wrong maximum takes part in nothing", pool("max_nodes: 0, scaling_policy: {max_nodes: 500}"),
            ["spec.max_nodes range"]),
    ]

    private static func policy(_ spec: String) -> String {
        "{apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: abc}, spec: {\(spec)}}"
    }

    private static let policies: [TextCase] = [
        TextCase("nothing stated", "{apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: abc}}"),
        TextCase("thresholds 20 apart", policy("scale_up_threshold: 80, scale_down_threshold: 60")),
        TextCase(
            "thresholds 19.9 apart", policy("scale_up_threshold: 80, scale_down_threshold: 60.1"),
            ["spec.scale_up_threshold thresholds-close"]),
        TextCase(
            "thresholds equal", policy("scale_up_threshold: 80, scale_down_threshold: 80"),
            ["spec.scale_up_threshold thresholds-order"]),
        TextCase("the widest", policy("scale_up_threshold: 100, scale_down_threshold: 0")),
        TextCase(
            "up against the default of down", policy("scale_up_threshold: 65"),
            ["spec.scale_up_threshold thresholds-order"]),
        TextCase("up just above it", policy("scale_up_threshold: 65.1"), ["spec.scale_up_threshold thresholds-close"]),
        TextCase(
            "down against the default of up", policy("scale_down_threshold: 85"),
            ["spec.scale_down_threshold thresholds-order"]),
        TextCase("min at max", policy("min_nodes: 4, max_nodes: 4")),
        TextCase("min above max", policy("min_nodes: 5, max_nodes: 4"), ["spec.min_nodes nodes-order"]),
    ]

    private static func named(_ metadata: String, _ lifecycle: String = "{}") -> String {
        "{apiVersion: reeve/v1, kind: NodePool, metadata: {\(metadata)}, lifecycle: \(lifecycle)}"
    }

    private static func long(_ count: Int) -> String { String(repeating: "n", count: count) }

    private static let resources: [TextCase] = [
        TextCase("prefix and name of 64 characters", named("name: \(long(59))")),
        TextCase("of 65", named("name: \(long(60))"), ["metadata.id id-required"]),
        TextCase("of 65, with an id", named("name: \(long(60)), id: pool_short")),
        TextCase("a name that makes a reserved id", named("name: test_a"), ["metadata.id id-required"]),
        TextCase("the same with an id", named("name: test_a, id: pool_a-test")),
        TextCase("the same with a former id", named("name: test_a, moved_from: pool_a-test")),
        TextCase("an id and the same former id", named("name: abc, id: pool_abd, moved_from: pool_abd")),
        TextCase(
            "an id and another former id", named("name: abc, id: pool_abd, moved_from: pool_abe"),
            ["metadata.moved_from id-conflict"]),
        TextCase(
            "a former id of another kind", named("name: abc, moved_from: node_abc"), ["metadata.moved_from pattern"]),
        TextCase(
            "a suspension without a reason", named("name: abc", "{suspend: {by: ops}}"),
            ["lifecycle.suspend.reason missing-required"]),
        TextCase(
            "waiting for itself", named("name: abc", "{depends_on: [Node/node_abc, NodePool/pool_abc]}"),
            ["lifecycle.depends_on[1] self-dependency"]),
    ]

    @Test func `what moved keeps its id under the new name`() {
        let loaded = load(Self.named("name: new-name, moved_from: pool_old-name"))
        #expect(loaded.declarations.map(\.key) == [ResourceKey(.nodePool, "pool_old-name")])
        #expect(loaded.declarations.map(\.name) == ["new-name"])
    }

    @Test func `a suspension is the manifest's where it does not say whose`() {
        let loaded = load(Self.named("name: abc", "{suspend: {reason: moving}}"))
        #expect(loaded.declarations.first?.lifecycle.suspend == Suspension(reason: "moving", by: "manifest"))
    }

    @Test func `a policy of which every field is null is meant all the same`() {
        let loaded = load(Self.pool("auto_scaling: true, scaling_policy: {min_nodes: null}"))
        #expect(loaded.declarations.first?.spec[PoolLeaf.policy] == .int(85))
    }

    @Test func `beginnings of ids are reserved for nodes and pools alone`() {
        let text = "{apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: test_a}}"
        #expect(load(text).declarations.map(\.key) == [ResourceKey(.scalingPolicy, "policy_test_a")])
        #expect(!JSONSchema.document(kind: .scalingPolicy).contains("policy_test_"))
        #expect(!JSONSchema.document(kind: .scalingPolicy).contains("(?!)"))
        #expect(JSONSchema.document(kind: .nodePool).contains("pool_test_"))
    }

    @Test func `a warning does not hold a manifest`() {
        let loaded = load(Self.policy("scale_up_threshold: 70, scale_down_threshold: 60"))
        #expect(loaded.diagnostics.map(\.severity) == [.warning])
        #expect(loaded.declarations.count == 1 && !loaded.hasErrors)
    }
}
