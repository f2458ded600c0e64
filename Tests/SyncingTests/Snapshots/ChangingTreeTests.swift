import Fleet
import Glibc
import Manifests
import Synchronization
import Testing

@testable import Syncing

/// A tree that changes while it is read.
struct ChangingTreeTests {
    private let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
    }

    /// As Kubernetes mounts a ConfigMap.
    private func mount(_ version: String, most: Int) throws {
        for name in ["a", "b", "c"] {
            try tree.write("..\(version)/\(name).yaml", TemporaryTree.pool(name, most: most))
        }
    }

    private func swap(to version: String) throws {
        try tree.link("..data_tmp", to: "..\(version)")
        try tree.rename("..data_tmp", to: "..data")
    }

    @Test func `a swap of the data link is one change`() async throws {
        try mount("v1", most: 1)
        try mount("v2", most: 2)
        try swap(to: "v1")
        for name in ["a", "b", "c"] { try tree.link("\(name).yaml", to: "..data/\(name).yaml") }
        let reader = tree.reader(access: .doing(when: tree.at("..v1/b.yaml")) { try? swap(to: "v2") })
        let snapshot = try await reader.read()
        #expect(reader.work.looks == 2)
        #expect(snapshot.isWhole, "\(snapshot.diagnostics)")
        try tree.remove("..v1")
        #expect(try await reader.read().digest == snapshot.digest)
        #expect(try await tree.reader().read().digest == snapshot.digest)
    }

    @Test func `an editor that renames is waited for`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("old"))
        try tree.write("z.yaml", TemporaryTree.pool("other"))
        let (path, aside) = (tree.at("a.yaml"), tree.at("a.yaml~"))
        let first = tree.reader(access: .doing(when: tree.at("z.yaml")) { rename(path, aside) })
        #expect(try await first.read().names == ["other"])
        #expect(first.work.looks == 2)
        let second = tree.reader(
            access: .doing(when: tree.at("z.yaml")) { try? tree.write("a.yaml", TemporaryTree.pool("new")) })
        #expect(try await second.read().names == ["new", "other"])
        #expect(second.work.looks == 2)
    }

    @Test func `a file that grows between the listings is read again`() async throws {
        let text = TemporaryTree.pool("one")
        try tree.write("a.yaml", String(text.prefix(30)))
        try tree.write("b.yaml", TemporaryTree.pool("two"))
        let reader = tree.reader(access: .doing(when: tree.at("b.yaml")) { try? tree.write("a.yaml", text) })
        let snapshot = try await reader.read()
        #expect(snapshot.names == ["one", "two"])
        #expect(snapshot.isWhole)
    }

    @Test func `a tree that never stands still is read with an error, within bounds`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        let path = tree.at("a.yaml")
        let count = Atomic(0)
        let waits = Mutex<[Duration]>([])
        // Its clock stands still, so that every file may have just changed.
        let start = FileAccess().now()
        var access = FileAccess(now: { start })
        access.refusal = { opened in
            let number = count.wrappingAdd(1, ordering: .relaxed).newValue
            if opened == path { try? tree.write("\(number).yaml", TemporaryTree.pool("p-\(number)")) }
            return nil
        }
        let reader = tree.reader(access: access) { wait in waits.withLock { $0.append(wait) } }
        let snapshot = try await reader.read()
        #expect(snapshot.rules == ["tree-changing -"])
        #expect(!snapshot.isWhole)
        #expect(waits.withLock { $0 } == [50, 100, 200, 400, 800].map { Duration.milliseconds($0) })
    }

    @Test(arguments: ["a.yaml", "folder", "link"])
    func `what a folder says it has and nobody finds is an error, unless it is ignored`(name: String) async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        try tree.write("folder/b.yaml", TemporaryTree.pool("two"))
        try tree.link("link", to: "folder")
        let gone = FileAccess(statusRefusal: { _, entry in entry == name ? ENOENT : nil })
        let reader = tree.reader(access: gone)
        let snapshot = try await reader.read()
        #expect(snapshot.rules == ["tree-changing -"])
        #expect(reader.work.looks == 6)
        try tree.write(".reeveignore", "/\(name)\n")
        #expect(try await reader.read().rules == [])
    }

    @Test func `a folder that is listed and can't be opened for it is not there is an error`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        try tree.write("mount/b.yaml", TemporaryTree.pool("two"))
        let mount = tree.at("mount")
        let reader = tree.reader(access: FileAccess(refusal: { $0 == mount ? ENOENT : nil }))
        let snapshot = try await reader.read()
        #expect(snapshot.rules == ["tree-changing -"])
        #expect(snapshot.names == ["one"])
    }

    @Test func `rules that change between the listings are read again`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        try tree.write(".reeveignore", "x\n")
        let reader = tree.reader(access: .doing(when: tree.at("a.yaml")) { try? tree.write(".reeveignore", "y\n") })
        #expect(try await reader.read().isWhole)
        #expect(reader.work.looks == 2)
    }

    @Test func `a commit that moves while the tree is read is a reason to read again`() async throws {
        let commits = ["1a", "2b"].map { String(repeating: $0, count: 20) }
        try tree.write(".git/HEAD", commits[0])
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        let reader = tree.reader(access: .doing(when: tree.at("a.yaml")) { try? tree.write(".git/HEAD", commits[1]) })
        let snapshot = try await reader.read()
        #expect(reader.work.looks == 2)
        #expect(snapshot.commit == commits[1])
        #expect(snapshot.isWhole)
    }

    @Test func `what did not change is read once, though something else never stands still`() async throws {
        for number in 0..<20 { try tree.write("\(number).yaml", TemporaryTree.pool("p-\(number)")) }
        let opened = Counter()
        var access = FileAccess.later.counting(opened)
        access.statusRefusal = { _, name in name == "7.yaml" ? ENOENT : nil }
        let reader = tree.reader(access: access)
        #expect(try await reader.read().names.count == 19)
        #expect(reader.work == DirectoryReader.Work(looks: 6, opened: 19, parsed: 19))
        #expect(opened.value == 19)
    }

    @Test func `a git command is waited for`() async throws {
        try tree.write(".git/HEAD", "ref: refs/heads/main\n")
        try tree.write(".git/index.lock", "")
        try tree.write("fleet/a.yaml", TemporaryTree.pool("old"))
        let glances = Atomic(0)
        let opened = Counter()
        let reader = tree.reader("fleet", access: FileAccess().counting(opened)) { wait in
            #expect(wait == .milliseconds(100))
            #expect(opened.value == 0)
            guard glances.wrappingAdd(1, ordering: .relaxed).newValue == 3 else { return }
            try? tree.write("fleet/a.yaml", TemporaryTree.pool("new"))
            try? tree.remove(".git/index.lock")
        }
        let snapshot = try await reader.read()
        #expect(snapshot.names == ["new"])
        #expect(snapshot.isWhole)
        #expect(snapshot.branch == "main")
        #expect(glances.load(ordering: .relaxed) == 3)
        #expect(reader.work.looks == 1)
    }

    @Test func `a git command that begins while the tree is read is waited for`() async throws {
        try tree.write(".git/HEAD", "ref: refs/heads/main\n")
        try tree.write("a.yaml", TemporaryTree.pool("old"))
        let access = FileAccess.doing(when: tree.at("a.yaml")) { try? tree.write(".git/index.lock", "") }
        let waited = Mutex(Duration.zero)
        let reader = tree.reader(access: access) { wait in
            guard
                waited.withLock({
                    $0 += wait
                    return $0
                }) == .milliseconds(500)
            else { return }
            try? tree.write("a.yaml", TemporaryTree.pool("new"))
            try? tree.remove(".git/index.lock")
        }
        let snapshot = try await reader.read()
        #expect(snapshot.names == ["new"])
        #expect(snapshot.isWhole)
        #expect(waited.withLock { $0 } == .milliseconds(500))
        #expect(reader.work.looks == 2)
    }

    @Test func `a lock that git left behind is waited for once, and said`() async throws {
        try tree.write(".git/HEAD", "ref: refs/heads/main\n")
        try tree.write(".git/index.lock", "")
        try tree.write("a.yaml", TemporaryTree.pool("one"))
        let waited = Mutex(Duration.zero)
        let reader = tree.reader { wait in waited.withLock { $0 += wait } }
        for _ in 0..<2 {
            let snapshot = try await reader.read()
            #expect(snapshot.rules == ["git-busy -"])
            #expect(snapshot.names == ["one"])
            #expect(snapshot.problems.first?.message.contains(tree.at(".git/index.lock")) == true)
            #expect(waited.withLock { $0 } == .seconds(10))
        }
        try tree.remove(".git/index.lock")
        #expect(try await reader.read().isWhole)
        // Another one is waited for again.
        try tree.write(".git/index.lock", "")
        #expect(try await reader.read().rules == ["git-busy -"])
        #expect(waited.withLock { $0 } == .seconds(20))
    }
}
