import Fleet
import Manifests
import Testing
import YAML

@Suite struct ReferenceFleetTests {
    @Test func `it is valid and complete`() throws {
        let loaded = ManifestLoader.load(try RepositoryManifests.fleet())
        #expect(loaded.diagnostics == [])
        let counts = Dictionary(grouping: loaded.declarations, by: \.key.kind).mapValues(\.count)
        #expect(counts == [.scalingPolicy: 1, .nodePool: 3, .node: 12])
        #expect(loaded.documents == 16)
    }

    @Test func `every manifest of the repository validates by itself`() throws {
        for file in try RepositoryManifests.all() {
            let loaded = ManifestLoader.load([file])
            #expect(loaded.diagnostics == [], "\(file.path)")
            #expect(!loaded.declarations.isEmpty, "\(file.path)")
        }
    }

    @Test func `it states every leaf of every spec at least once`() throws {
        let declarations = ManifestLoader.load(try RepositoryManifests.fleet()).declarations
        for kind in Kind.allCases {
            let stated = Set(declarations.filter { $0.key.kind == kind }.flatMap { $0.spec.leaves.map(\.index) })
            let missing = kind.table.leaves.filter { !stated.contains($0.index) }.map(\.path)
            #expect(missing == [], "\(kind)")
        }
    }

    @Test func `it states every field of every table, lifecycle, metadata and lists included`() throws {
        let documents = try RepositoryManifests.fleet().flatMap { Parser.documents(in: $0.bytes).documents }
        let roots = documents.compactMap(\.root)
        var missing: Set<String> = []
        for subject in FieldSubject.all {
            // A lifecycle is the same for every kind, and so are labels and a former id.
            let isShared = subject.section == .lifecycle || ["labels", "moved_from"].contains(subject.names.first)
            let candidates = isShared ? roots : roots.filter { $0["kind"]?.scalar?.text == subject.kind.rawValue }
            if !candidates.contains(where: { states($0, subject.components) }) { missing.insert(subject.path) }
        }
        #expect(missing == [])
        #expect(roots.contains { states($0, ["spec", "initial_pool_id"]) }, "an alias, too")
    }

    private func states(_ node: Node, _ path: ArraySlice<String>) -> Bool {
        guard let name = path.first else { return true }
        if name == "0" { return node.sequence?.contains { states($0, path.dropFirst()) } ?? false }
        return node[name].map { states($0, path.dropFirst()) } ?? false
    }

    @Test func `written and read again it is the same`() throws {
        let declarations = ManifestLoader.load(try RepositoryManifests.fleet()).declarations
        let again = load(ManifestWriter.text(declarations))
        #expect(again.diagnostics == [])
        #expect(again.declarations.map(\.withoutSource) == declarations.map(\.withoutSource))
    }
}
