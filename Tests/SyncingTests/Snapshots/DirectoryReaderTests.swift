import Fleet
import Manifests
import Testing

@testable import Syncing

struct DirectoryReaderTests {
    private let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
    }

    @Test func `manifests are read by their paths, hidden and ignored ones left out`() async throws {
        for name in ["b.yaml", "a/z.yml", "a.yaml", "a-b.yaml", ".h.yaml", ".git/x.yaml", "drafts/d.yaml", "c.json"] {
            try tree.write(name, TemporaryTree.pool(name.filter(\.isLetter)))
        }
        try tree.write(".reeveignore", "/drafts/\n")
        let snapshot = try await tree.reader().read()
        #expect(snapshot.names == ["abyaml", "ayaml", "azyml", "byaml"])
        #expect(snapshot.loaded.declarations.map(\.source?.file) == ["a-b.yaml", "a.yaml", "a/z.yml", "b.yaml"])
        #expect(snapshot.files == 4)
        #expect(snapshot.isWhole, "\(snapshot.diagnostics)")
    }

    @Test func `what stood still is not opened again, and what reads the same is not parsed again`() async throws {
        for number in 0..<40 { try tree.write("\(number).yaml", TemporaryTree.pool("pool-\(number)")) }
        let reader = tree.reader(access: .later)
        let first = try await reader.read()
        #expect(reader.work == DirectoryReader.Work(looks: 1, opened: 40, parsed: 40))
        #expect(try await reader.read().digest == first.digest)
        #expect(reader.work == DirectoryReader.Work(looks: 2, opened: 40, parsed: 40))
        // A touch, and a file that another takes the place of.
        try tree.write("7.yaml", TemporaryTree.pool("pool-7"))
        try tree.write(".new", TemporaryTree.pool("pool-8"))
        try tree.rename(".new", to: "8.yaml")
        #expect(try await reader.read().digest == first.digest)
        #expect(reader.work == DirectoryReader.Work(looks: 3, opened: 42, parsed: 40))
        try tree.write("7.yaml", TemporaryTree.pool("pool-7", most: 8))
        let changed = try await reader.read()
        #expect(reader.work == DirectoryReader.Work(looks: 4, opened: 43, parsed: 41))
        #expect(changed.digest != first.digest)
        #expect(changed.loaded.declarations.count == 40)
    }

    @Test func `a file that has just changed is opened again, for its times move in steps`() async throws {
        let start = FileAccess().now()
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        let reader = tree.reader(access: FileAccess(now: { start + 1_000_000_000 }))
        _ = try await reader.read()
        _ = try await reader.read()
        #expect(reader.work == DirectoryReader.Work(looks: 2, opened: 2, parsed: 1))
    }

    @Test func `the digest is of names and contents, wherever the tree stands and however it is laid out`() async throws
    {
        try tree.write("a/x.yaml", TemporaryTree.pool("one"))
        try tree.write("b/.hidden/x.yaml", TemporaryTree.pool("one"))
        try tree.link("b/x.yaml", to: ".hidden/x.yaml")
        try tree.write("c/y.yaml", TemporaryTree.pool("one"))
        try tree.write("d/x.yaml", TemporaryTree.pool("two"))
        var digests: [String] = []
        for folder in ["a", "b", "c", "d"] { digests.append(try await tree.reader(folder).read().digest) }
        #expect(digests[0] == digests[1])
        #expect(Set(digests).count == 3)
        #expect(digests.allSatisfy { $0.count == 64 })
    }

    @Test func `a key that stands in two files is valid in neither, also when only one of them is read again`()
        async throws
    {
        try tree.write("a.yaml", TemporaryTree.pool("one") + "---\n" + TemporaryTree.pool("two"))
        try tree.write("b.yaml", TemporaryTree.pool("three"))
        let reader = tree.reader(access: .later)
        #expect(try await reader.read().names == ["one", "two", "three"])
        try tree.write("b.yaml", TemporaryTree.pool("two"))
        let snapshot = try await reader.read()
        #expect(snapshot.names == ["one"])
        let finding = try #require(snapshot.loaded.diagnostics.first)
        #expect(finding.rule == "duplicate-resource")
        #expect(finding.source?.description == "b.yaml:1:1")
        #expect(finding.message.contains("a.yaml:6:1"))
        #expect(snapshot.loaded.diagnostics.count == 1)
        try tree.write("b.yaml", TemporaryTree.pool("three"))
        #expect(try await reader.read().names == ["one", "two", "three"])
    }

    @Test func `a directory that is missing, gone, or none at all is an error that names it`() async throws {
        let path = tree.at("x")
        let reader = tree.reader("x")
        await #expect(throws: DirectoryError.missing(path)) { try await reader.read() }
        try tree.write("x/a.yaml", TemporaryTree.pool("one"))
        let first = try await reader.read()
        try tree.rename("x", to: "y")
        await #expect(throws: DirectoryError.missing(path)) { try await reader.read() }
        try tree.write("x", "")
        await #expect(throws: DirectoryError.notADirectory(path)) { try await reader.read() }
        try tree.remove("x")
        try tree.link("x", to: "y")
        let back = try await reader.read()
        #expect(back.digest == first.digest)
        #expect(back.isWhole)
        #expect(DirectoryError.missing(path).description == "the directory \(path) is missing")
    }

    @Test func `an empty directory is whole and has nothing`() async throws {
        let snapshot = try await tree.reader().read()
        #expect(snapshot.files == 0)
        #expect(snapshot.isWhole)
    }

    @Test func `a file of rules that can't be read is an error of the whole`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        try tree.folder(".reeveignore")
        await #expect(throws: DirectoryError.unreadable(tree.at(".reeveignore"), why: "it is no file")) {
            try await tree.reader().read()
        }
    }

    @Test func `a file of rules that is a link to nothing is an error of the whole`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        try tree.link(".reeveignore", to: ".rules")
        let reader = tree.reader()
        await #expect(throws: DirectoryError.unreadable(tree.at(".reeveignore"), why: "the link leads to nothing")) {
            try await reader.read()
        }
        try tree.write(".rules", "a.yaml\n")
        #expect(try await reader.read().names == [])
        try tree.remove(".reeveignore")
        #expect(try await reader.read().names == ["one"])
    }

    @Test func `a cut file is an error until the rest of it is there`() async throws {
        let text = TemporaryTree.pool("one")
        let reader = tree.reader()
        for cut in ["", String(text.dropLast(3)), String(text.prefix(30))] {
            try tree.write("a.yaml", cut)
            #expect(try await reader.read().isWhole == false, "\(cut)")
        }
        try tree.write("a.yaml", text)
        let snapshot = try await reader.read()
        #expect(snapshot.isWhole)
        #expect(snapshot.names == ["one"])
    }

    @Test func `a reading of one level passes over what stands below, and what leads there`() async throws {
        for path in ["b.yaml", "below/c.yaml", "drafts.yaml/d.yaml"] {
            try tree.write(path, TemporaryTree.pool("one"))
        }
        try tree.write("a.yaml", "kind: Nothing\n")
        try tree.link("nowhere", to: "missing")
        try tree.link("out", to: "/")
        try tree.link("out.yaml", to: "/")
        try tree.link("up", to: ".")
        try tree.link("dangling.yaml", to: "missing")
        let extent = TreeExtent(isDeep: false, prefix: "fleet/")
        let contents = try await DirectoryReader(tree.path, extent: extent).readEach()
        #expect(contents.files.map(\.path) == ["a.yaml", "b.yaml"])
        #expect(contents.problems.map(\.rule) == ["link-dangling"])
        #expect(contents.problems.map { $0.source?.file } == ["fleet/dangling.yaml"])
        let loaded = LoadedManifests(merging: contents.files.map(\.loaded))
        #expect(loaded.declarations.map { $0.source?.file } == ["fleet/b.yaml"])
        #expect(Set(loaded.diagnostics.map { $0.source?.file }) == ["fleet/a.yaml"])
    }

    @Test func `git's lock is not heeded by who may have been started by git`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        try tree.write(".git/HEAD", "")
        try tree.write(".git/index.lock", "")
        var patience = DirectoryReader.Patience()
        let waits = Counter()
        patience.sleep = { _ in waits.add() }
        let waiting = try await DirectoryReader(tree.path, patience: patience).readEach()
        #expect(waiting.problems.map(\.rule) == ["git-busy"])
        let waited = waits.value
        patience.git = nil
        #expect(try await DirectoryReader(tree.path, patience: patience).readEach().problems == [])
        #expect(waited > 0 && waits.value == waited)
    }
}
