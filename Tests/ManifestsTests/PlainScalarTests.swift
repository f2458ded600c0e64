import Fleet
import Manifests
import Testing

/// A plain scalar takes its type from the field.
@Suite struct PlainScalarTests {
    @Test(arguments: ["no", "1.10", "012", "2024-01-01", "0x10", "1e3", "true", "-", "1_000", "12:30:45", "\"null\""])
    func `in a text field it is the text`(_ text: String) {
        let loaded = load(
            "{apiVersion: reeve/v1, kind: NodePool, metadata: {name: abc, labels: {a: \(text)}}, spec: {description: \(text)}}"
        )
        let expected = text.filter { $0 != "\"" }
        #expect(loaded.diagnostics == [])
        #expect(loaded.declarations.first?.spec["description"] == .string(expected))
        #expect(loaded.declarations.first?.labels == [Label("a", expected)])
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL", "!!null null"])
    func `null is the same as not stated`(_ null: String) {
        let loaded = load(
            "{apiVersion: reeve/v1, kind: NodePool, metadata: {name: abc}, spec: {max_nodes: \(null), pricing: \(null)}}"
        )
        #expect(loaded.diagnostics == [])
        #expect(loaded.declarations.first?.spec == Spec(.nodePool))
    }

    @Test(
        arguments: [
            ("64GiB", 64 << 30), ("500GB", 500_000_000_000), ("1.5TB", 1_500_000_000_000), ("0.5TiB", 1 << 39),
            ("2000000000", 2_000_000_000), ("\"1.000000001GB\"", 1_000_000_001), ("70000MB", 70_000_000_000),
            ("4194304KiB", 4 << 30), ("1000000000B", 1_000_000_000),
        ] as [(String, Int64)])
    func `a quantity is read exactly`(_ text: String, _ bytes: Int64) {
        let loaded = load(
            "{apiVersion: reeve/v1, kind: NodePool, metadata: {name: abc}, spec: {resource_limits: {memory_bytes: \(text)}}}"
        )
        #expect(loaded.diagnostics == [])
        #expect(loaded.declarations.first?.spec["resource_limits.memory_bytes"] == .int(bytes))
    }

    @Test func `an interface's members stand in the table's order`() {
        let spec =
            "node_type: worker, hardware_info: {cpu: {cores: 1}, memory: {total_bytes: 1GB}, storage: {total_bytes: 10GB}"
        func network(_ interface: String) -> FieldValue? {
            load(
                "{apiVersion: reeve/v1, kind: Node, metadata: {name: abc}, spec: {\(spec), network: [{\(interface)}]}}}"
            )
            .declarations.first?.spec[NodeLeaf.network]
        }
        let first = network("interface: a, speed_mbps: 5")
        #expect(first == .list([.record([.init("interface", .string("a")), .init("speed_mbps", .int(5))])]))
        #expect(network("speed_mbps: 5, interface: a") == first)
    }
}
