import Fleet
import Glibc
import Manifests
import Synchronization
import Testing

@testable import Syncing

struct DirectoryReaderTests {
    private let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
    }

    @Test func `manifests are read by their paths, hidden and ignored ones left out`() async throws {
        for name in ["b.yaml", "a/z.yml", "a.yaml", "a-b.yaml", ".h.yaml", ".git/x.yaml", "drafts/d.yaml", "c.json"] {
            let pool = name.filter { $0.isLetter }
            try tree.write(name, TemporaryTree.pool(pool))
        }
        try tree.write(".reeveignore", "/drafts/\n")
        let snapshot = try await tree.reader().read()
        #expect(snapshot.names == ["abyaml", "ayaml", "azyml", "byaml"])
        #expect(snapshot.loaded.declarations.map(\.source?.file) == ["a-b.yaml", "a.yaml", "a/z.yml", "b.yaml"])
        #expect(snapshot.files == 4)
        #expect(snapshot.isWhole, "\(snapshot.diagnostics)")
    }

    @Test func `nothing that stays the same is parsed again, and what stood still is not even opened`() async throws {
        for number in 0..<20 { try tree.write("\(number).yaml", TemporaryTree.pool("pool-\(number)")) }
        let reader = tree.reader()
        let first = try await reader.read()
        #expect(reader.work == DirectoryReader.Work(looks: 1, opened: 20, parsed: 20))
        try tree.write("7.yaml", TemporaryTree.pool("pool-7"))
        let second = try await reader.read()
        #expect(reader.work.parsed == 20)
        #expect(second.digest == first.digest)
        try tree.write("7.yaml", TemporaryTree.pool("pool-7", most: 8))
        let third = try await reader.read()
        #expect(reader.work.parsed == 21)
        #expect(third.digest != first.digest)
        #expect(third.loaded.declarations.count == 20)
    }

    @Test func `a missing directory is an error that names it`() async throws {
        let missing = tree.at("x")
        await #expect(throws: DirectoryError.missing(missing)) { try await tree.reader("x").read() }
        try tree.write("x", "")
        await #expect(throws: DirectoryError.notADirectory(missing)) { try await tree.reader("x").read() }
    }
}
