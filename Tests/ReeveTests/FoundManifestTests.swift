import Fleet
import Testing

@testable import reeve

struct FoundManifestTests {
    private static let key = ResourceKey(.node, "node_found")

    /// A document as another service may have written it.
    private func found(_ change: (inout Observed) -> Void = { _ in }) -> FoundManifest {
        var spec = Spec(.node)
        spec[NodeLeaf.type] = .string("worker")
        spec[NodeLeaf.poolID] = .null
        // Languages without whole numbers write doubles.
        spec[NodeLeaf.cores] = .double(16)
        spec[NodeLeaf.memory] = .int(64 << 30)
        spec[NodeLeaf.storage] = .int(100_000_000_000)
        let interface = FieldValue.record([
            .init("speed_mbps", .int(1000)), .init("interface", .string("eth0")), .init("mac_address", .null),
        ])
        spec[NodeLeaf.network] = .list([interface])
        var observed = Observed(Self.key, documentID: DocumentID(high: 1, low: 1), leaves: spec)
        observed.name = .string("found")
        change(&observed)
        return FoundManifest(observed)
    }

    @Test func `what other services write differently is declared as what it means`() throws {
        let manifest = found()
        #expect(manifest.diagnostics == [])
        let declaration = try #require(manifest.declaration)
        #expect(declaration.key == Self.key)
        #expect(declaration.name == "found")
        #expect(declaration.source == nil)
        #expect(declaration.spec[NodeLeaf.poolID] == nil)
        #expect(declaration.spec[NodeLeaf.cores] == .int(16))
        #expect(declaration.spec[NodeLeaf.network]?.list?.first?.member("speed_mbps") == .int(1000))
    }

    @Test(arguments: NodeState.allCases)
    func `of the statuses only the one that somebody sets is kept`(state: NodeState) {
        let declaration = found { $0.status = .string(state.rawValue) }.declaration
        #expect(declaration?.spec[NodeLeaf.status] == (state == .maintenance ? .string("maintenance") : nil))
        #expect(declaration != nil)
    }

    @Test(
        arguments: [
            ("spec.node_type", NodeLeaf.type, .string("toaster"), "choice"),
            ("spec.hardware_info.cpu.cores", NodeLeaf.cores, .double(2.5), "type"),
            ("spec.hardware_info.cpu.cores", NodeLeaf.cores, .foreign(type: 7, bytes: [1, 2]), "type"),
            ("spec.hardware_info.cpu.cores", NodeLeaf.cores, nil, "required"),
        ] as [(String, Int, FieldValue?, String)])
    func `what is no valid manifest is refused with its path`(
        path: String, leaf: Int, value: FieldValue?, rule: String
    ) throws {
        let manifest = found { $0.leaves[leaf] = value }
        #expect(manifest.declaration == nil)
        let diagnostic = try #require(manifest.diagnostics.first)
        #expect(diagnostic.path.hasPrefix(path) || path.hasPrefix(diagnostic.path), "\(diagnostic)")
        #expect(diagnostic.message.hasPrefix("Node/node_found: "))
        #expect(diagnostic.source == nil)
    }

    @Test func `what a manifest would turn into something else is refused`() throws {
        let city = try #require(Kind.node.table.leaf("location.city")?.index)
        let manifest = found { $0.leaves[city] = .foreign(type: 7, bytes: Array(repeating: 1, count: 12)) }
        #expect(manifest.declaration == nil)
        #expect(manifest.diagnostics.map(\.path) == ["spec.location.city"])
        #expect(manifest.diagnostics.map(\.rule) == ["not-expressible"])
    }

    @Test func `a document without a name, or with an id that no manifest has, is refused`() {
        #expect(found { $0.name = .int(5) }.diagnostics.map(\.path).contains("metadata.name"))
        var observed = Observed(
            ResourceKey(.node, "../etc"), documentID: DocumentID(high: 1, low: 1), leaves: Spec(.node))
        observed.name = .string("found")
        #expect(FoundManifest(observed).diagnostics.map(\.path).contains("metadata.id"))
    }
}

struct ExportLayoutTests {
    private func manifests() -> [ExportedManifest] {
        var cordoned = Sample.node("b")
        cordoned.overrides.cordon = Override(by: "ops", reason: "fan\nloud", at: Sample.now)
        var loose = Sample.node("loose")
        loose.declaration.spec[NodeLeaf.poolID] = nil
        var policy = Sample.pool()
        policy.declaration = Declaration(
            key: ResourceKey(.scalingPolicy, "policy_steady"), name: "steady", spec: Spec(.scalingPolicy))
        return [loose, cordoned, Sample.node("a"), Sample.pool("render"), Sample.pool("edge"), policy]
            .map(ExportedManifest.init)
    }

    @Test func `each pool lies with its nodes, and the order does not depend on how they came`() {
        let layout = ExportLayout(manifests())
        #expect(layout.files.map(\.name) == ["policies.yaml", "pool_edge.yaml", "pool_render.yaml", "nodes.yaml"])
        #expect(
            layout.files[2].manifests.map(\.declaration.key.id) == ["pool_render", "node_a", "node_b"])
        #expect(ExportLayout(manifests().reversed()).text == layout.text)
    }

    @Test func `what operators set is a comment, whatever they wrote`() {
        let text = ExportLayout(manifests()).text
        #expect(text.contains("# set by hand, and no part of this: cordoned by ops (fan\\nloud)\napiVersion:"))
    }
}
