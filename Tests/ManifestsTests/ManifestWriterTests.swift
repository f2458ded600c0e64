import Fleet
import Manifests
import Testing

@Suite struct ManifestWriterTests {
    @Test(arguments: 1...8) func `what is written reads back the same`(_ seed: UInt64) {
        var random = DeclarationGenerator(seed: seed)
        let declarations = (0..<120).map { random.declaration(number: $0) }
        let text = ManifestWriter.text(declarations)
        let loaded = load(text)
        #expect(loaded.diagnostics.filter { $0.severity == .error } == [])
        #expect(loaded.declarations.map(\.key) == declarations.map(\.key))
        for (written, read) in zip(declarations, loaded.declarations) { #expect(read.withoutSource == written) }
        #expect(ManifestWriter.text(loaded.declarations).split(separator: "\n") == text.split(separator: "\n"))
    }

    @Test func `what readers could take for something else is quoted`() {
        var declaration = Declaration(key: ResourceKey(.nodePool, "pool_no"), name: "no", spec: Spec(.nodePool))
        declaration.labels = [Label("a", "1.10"), Label("b", "2024-01-01"), Label("c", "")]
        declaration.spec[PoolLeaf.cost] = .decimal(DecimalNumber("0.10") ?? DecimalNumber(0))
        declaration.spec[PoolLeaf.currency] = .string("USDT")
        declaration.spec[PoolLeaf.limits.memory] = .int(64 << 30)
        #expect(
            ManifestWriter.text(declaration) == """
                apiVersion: reeve/v1
                kind: NodePool
                metadata:
                  name: "no"
                  id: pool_no
                  labels:
                    a: "1.10"
                    b: "2024-01-01"
                    c: ""
                spec:
                  resource_limits:
                    memory_bytes: 64GiB
                  pricing:
                    cost_per_hour: "0.1"
                    currency: USDT

                """)
    }
}
