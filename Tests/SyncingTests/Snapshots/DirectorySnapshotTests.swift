import Fleet
import Manifests
import Syncing
import Testing

struct DirectorySnapshotTests {
    @Test
    func `a snapshot is whole unless something of it can't be read`() {
        var snapshot = DirectorySnapshot(digest: "", files: 1, loaded: LoadedManifests())
        snapshot.problems = [Diagnostic(.warning, "an empty file", rule: "no-documents")]
        #expect(snapshot.isWhole)
        snapshot.loaded.diagnostics = [Diagnostic(.error, "no number", rule: "wrong-type")]
        #expect(!snapshot.isWhole)
    }
}
