import Fleet
import Manifests
import Testing

@Suite struct ExplainTests {
    private func text(_ path: String, recursive: Bool = false) -> String {
        switch Explain.text(for: path.split(separator: ".").map(String.init), recursive: recursive) {
        case .success(let text): text
        case .failure(let error): "error: \(error.message)"
        }
    }

    @Test func `a leaf tells all that the table has`() {
        #expect(
            text("node.hardware_info.memory.total_bytes") == """
                KIND:   Node (reeve/v1)
                FIELD:  spec.hardware_info.memory.total_bytes

                    Memory, 1 GB to 1 TB.

                Type      bytes
                Range     from 1GB to 1TiB
                Units     B, kB, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB
                Unit      bytes
                Required  yes, where `memory` is stated
                Example   total_bytes: 64GiB
                Changes   at any time
                Stored    `desired`, and `nodes` as `hardware_info.memory.total_bytes`

                """)
    }

    @Test func `a provider's protocol is told`() {
        let text = text("pool.provider")
        for word in ["\"create\"", "\"delete\"", "\"list\"", "request_id", "\"token\"", "1 MiB", "exec*"] {
            #expect(text.contains(word), "\(word)")
        }
        #expect(self.text("pool.provider.exec.timeout_seconds").contains("Default   60"))
    }

    @Test func `spec may be left out, kinds spelled freely, aliases used, elements indexed or not`() {
        #expect(text("nodes.spec.pool_id") == text("Node.initial_pool_id"))
        #expect(text("node.hardware_info.network.interface") == text("NODE.spec.hardware_info.network[0].interface"))
        #expect(text("pool.scaling_policy.mode").contains("Default   \"auto\""))
        #expect(text("policy.mode").contains("Stored    `desired` alone"))
        #expect(text("node.metadata.id").contains("never: it is immutable"))
        #expect(text("node.metadata.id").contains("`nodes` as `node_id`"))
        #expect(text("node.lifecycle.suspend").contains("reason*"))
    }

    @Test(arguments: [
        ("nod", "there is no kind `nod`: ScalingPolicy, NodePool or Node; did you mean `Node`?"),
        ("node.hardware_inf", "`Node` has no field `hardware_inf`; did you mean `hardware_info`?"),
        ("node.specs.status", "`Node` has no field `specs`; did you mean `spec`?"),
        ("node.hardware_info.cpu.core", "`Node.hardware_info.cpu` has no field `core`; did you mean `cores`?"),
        ("node.status.x", "`Node.status` has no fields"),
        ("pool.pricing.zzzzzz", "`NodePool.pricing` has no field `zzzzzz`; it has cost_per_hour, currency"),
    ])
    func `a wrong path is told with the nearest right one`(_ path: String, _ message: String) {
        #expect(text(path) == "error: " + message)
    }

    @Test func `every path can be explained within 100 columns, from the kinds to the last leaf`() {
        let paths =
            Kind.allCases.map(\.rawValue)
            + FieldSubject.all.map { subject in
                ([subject.kind.rawValue, subject.section.rawValue] + subject.names.filter { $0 != "0" }).joined(
                    separator: ".")
            }
        for path in paths {
            for recursive in [false, true] {
                let text = text(path, recursive: recursive)
                #expect(!text.hasPrefix("error"), "\(path)")
                for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(path): \(line)") }
            }
        }
    }

    @Test func `a kind lists its parts, and with recursion everything`() {
        #expect(text("node").contains("  hardware_info*") == false)
        let all = text("node", recursive: true)
        for leaf in Kind.node.table.leaves { #expect(all.contains(" \(leaf.field.name)")) }
    }
}
