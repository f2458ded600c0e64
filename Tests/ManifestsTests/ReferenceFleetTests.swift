import Fleet
import Manifests
import Testing

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

    @Test func `written and read again it is the same`() throws {
        let declarations = ManifestLoader.load(try RepositoryManifests.fleet()).declarations
        let again = load(ManifestWriter.text(declarations))
        #expect(again.diagnostics == [])
        #expect(again.declarations.map(\.withoutSource) == declarations.map(\.withoutSource))
    }
}
