import Manifests
import Testing

@Suite struct GoldenDiagnosticsTests {
    @Test func `a file full of slips tells all of them, in order`() {
        let text = load(GoldenDiagnosticsTests.manifest, as: "fleet.yaml").diagnostics
            .map { "\($0)\n" }.joined()
        #expect(text == GoldenDiagnosticsTests.expected)
    }

    private static let manifest = #"""
        apiVersion: reeve/v1
        kind: Node
        metadata:
          name: x
          id: node_test_1
          labels: {$x: 1, a.b: 2, ok: null}
        spec:
          node_typ: worker
          pool_id: pool_abc
          initial_pool_id: pool_abc
          hardware_info:
            cpu: {cores: 0, cores: 012, frequency_mhz: 1e3}
            memory: {total_bytes: 64gib}
            storage: {total_bytes: 1.0000000001GB, type: "a\x01"}
            network:
              - {interface: eth0, mac_address: zz}
              - {interface: eth0}
              - null
          location: {timezone: GMT+3, coordinates: {latitude: .nan}}
          configuration:
            auto_scaling: no
            maintenance_window: {start_hour: 24}
        lifecycle: {suspend: true}
        staus: 1
        ---
        apiVersion: v1
        kind: Nodepool
        ---
        apiVersion: reeve/v1
        kind: NodePool
        metadata: {name: test_1}
        spec: {auto_scaling: true, max_nodes: 0x10, pricing: {cost_per_hour: 0.12}, scaling_policy_ref: policy_a, scaling_policy: {scale_up_threshold: 60, min_nodes: 9, max_nodes: 5}}
        ---
        [a
        """#

    private static let expected = #"""
        fleet.yaml:4:9: error: metadata.name: is 1 character long; expected 3 to 100 characters: letters, digits, `_` and `-` [length]
        fleet.yaml:5:7: error: metadata.id: `node_test_1` is reserved: it begins with `node_system_`, `node_admin_` or `node_test_` [reserved]
        fleet.yaml:6:12: error: metadata.labels.$x: is no name for a label; expected 1 to 63 letters, digits, `.`, `_`, `/` and `-`, with a letter or digit at both ends [label-name]
        fleet.yaml:6:31: error: metadata.labels.ok: is null; expected a text (an empty one is "") [wrong-type]
        fleet.yaml:8:3: error: spec.node_typ: is not a field of this mapping; did you mean `node_type`? [unknown-field]
        fleet.yaml:8:3: error: spec.node_type: is required: worker, validator, storage or compute [missing-required]
        fleet.yaml:10:3: error: spec.initial_pool_id: `pool_id` and `initial_pool_id` are the same field; state it once [alias-conflict]
        fleet.yaml:12:18: error: spec.hardware_info.cpu.cores: is `0`; expected a whole number from 1 to 128 [range]
        fleet.yaml:12:21: error: spec.hardware_info.cpu.cores: stated twice [duplicate-key]
        fleet.yaml:12:48: error: spec.hardware_info.cpu.frequency_mhz: `1e3` has an exponent; write the number out; expected a number above 0 [invalid-number]
        fleet.yaml:13:27: error: spec.hardware_info.memory.total_bytes: `64gib` has no unit that is known; write `GiB` right behind the number; expected bytes such as 1500000000, 64GiB or 500GB, from 1GB to 1TiB [invalid-quantity]
        fleet.yaml:14:28: error: spec.hardware_info.storage.total_bytes: `1.0000000001GB` is not a whole number of bytes [invalid-quantity]
        fleet.yaml:14:50: error: spec.hardware_info.storage.type: holds a control character (a line break is one, too) [control-character]
        fleet.yaml:16:40: error: spec.hardware_info.network[0].mac_address: is 2 characters long; expected six pairs of hexadecimal digits such as 02:00:5e:10:00:01 [length]
        fleet.yaml:18:9: error: spec.hardware_info.network[2]: is null; expected a mapping [wrong-type]
        fleet.yaml:19:24: error: spec.location.timezone: is `GMT+3`; expected an IANA time zone such as Europe/Berlin [format]
        fleet.yaml:19:44: error: spec.location.coordinates.longitude: is required: a number from -180 to 180 [missing-required]
        fleet.yaml:19:55: error: spec.location.coordinates.latitude: `.nan` is not a number here; expected a number from -90 to 90 [invalid-number]
        fleet.yaml:21:19: error: spec.configuration.auto_scaling: is `no`, not true or false; write false [wrong-type]
        fleet.yaml:22:25: error: spec.configuration.maintenance_window.duration_hours: is required: a whole number from 1 to 24 [missing-required]
        fleet.yaml:22:38: error: spec.configuration.maintenance_window.start_hour: is `24`; expected a whole number from 0 to 23 [range]
        fleet.yaml:23:22: error: lifecycle.suspend: is `true`; expected a mapping [wrong-type]
        fleet.yaml:24:1: error: staus: is not a field of a manifest; expected apiVersion, kind, metadata, spec or lifecycle [unknown-field]
        fleet.yaml:26:13: error: apiVersion: is `v1`; expected `reeve/v1` [unsupported-version]
        fleet.yaml:27:7: error: kind: is `Nodepool`; expected ScalingPolicy, NodePool or Node; did you mean `NodePool`? [unknown-kind]
        fleet.yaml:31:18: error: metadata.id: is required: `pool_test_1` would be reserved, as is every id that begins with `pool_test_` [id-required]
        fleet.yaml:32:39: error: spec.max_nodes: `0x10` is not decimal; write digits alone; expected a whole number from 1 to 1000 [invalid-number]
        fleet.yaml:32:70: error: spec.pricing.cost_per_hour: `0.12` needs quotes, so that no reader rounds it: "0.12" [unquoted-decimal]
        fleet.yaml:32:70: error: spec.pricing.cost_per_hour: has no currency; state `pricing.currency` [currency-missing]
        fleet.yaml:32:97: error: spec.scaling_policy_ref: stands beside an inline `scaling_policy`; state one of the two [policy-conflict]
        fleet.yaml:32:144: error: spec.scaling_policy.scale_up_threshold: `scale_up_threshold` is 60, `scale_down_threshold` 65 by default; expected the second below the first [thresholds-order]
        fleet.yaml:32:159: error: spec.scaling_policy.min_nodes: is 9, more than the policy's `max_nodes`, 5 [nodes-order]
        fleet.yaml:34:3: error: did not find expected ',' or ']' (while parsing a flow sequence, line 34) [yaml]

        """#
}
