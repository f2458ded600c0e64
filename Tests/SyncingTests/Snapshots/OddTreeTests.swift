import Fleet
import Glibc
import Manifests
import Testing

@testable import Syncing

/// What of a tree can't be read is named, nothing hangs, and the rest is read.
struct OddTreeTests {
    private let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
        try tree.write("good.yaml", TemporaryTree.pool("good"))
    }

    private func rules(_ access: FileAccess = FileAccess(), of name: String = "") async throws -> [String] {
        let snapshot = try await tree.reader(name, access: access).read()
        #expect(snapshot.names.contains("good"))
        #expect(snapshot.isWhole == snapshot.problems.isEmpty)
        return snapshot.rules
    }

    @Test func `links within the tree are followed, to files and to folders`() async throws {
        try tree.write(".store/v1/a.yaml", TemporaryTree.pool("a"))
        try tree.write(".store/v1/more/b.yaml", TemporaryTree.pool("b"))
        try tree.write(".store/text", TemporaryTree.pool("c"))
        try tree.link(".store/current", to: "v1")
        try tree.link("linked", to: tree.at(".store/current/"))
        try tree.link("c.yaml", to: "./.store/../.store//text")
        try tree.link("readme", to: ".store/text")
        let snapshot = try await tree.reader().read()
        #expect(snapshot.names == ["c", "good", "a", "b"])
        #expect(
            snapshot.loaded.declarations.map(\.source?.file) == [
                "c.yaml", "good.yaml", "linked/a.yaml", "linked/more/b.yaml",
            ])
        #expect(snapshot.isWhole, "\(snapshot.problems)")
    }

    @Test func `links out of the tree are named`() async throws {
        let outside = try TemporaryTree()
        try outside.write("x.yaml", TemporaryTree.pool("outside"))
        try outside.write("notes.txt", "")
        try tree.folder("in")
        try tree.link("in/file.yaml", to: outside.at("x.yaml"))
        try tree.link("in/folder", to: outside.path)
        try tree.link("in/notes", to: outside.at("notes.txt"))
        try tree.link("in/up", to: "../..")
        // Its path begins like the root's.
        try tree.link("in/beside", to: "\(tree.path)-beside")
        #expect(mkdir("\(tree.path)-beside", 0o700) == 0)
        defer { rmdir("\(tree.path)-beside") }
        #expect(
            try await rules() == [
                "link-outside in/beside", "link-outside in/file.yaml", "link-outside in/folder", "link-outside in/up",
            ])
    }

    @Test func `dangling links and loops are named`() async throws {
        try tree.folder("d/e")
        try tree.link("d/dangling", to: "nowhere")
        try tree.link("d/through", to: "../good.yaml/x")
        try tree.link("d/self.yaml", to: "self.yaml")
        try tree.link("d/there", to: "back")
        try tree.link("d/back", to: "there")
        try tree.link("d/e/top", to: "../..")
        try tree.link("d/here", to: ".")
        #expect(
            try await rules() == [
                "link-loop d/back", "link-dangling d/dangling", "link-loop d/e/top", "link-loop d/here",
                "link-loop d/self.yaml", "link-loop d/there", "link-dangling d/through",
            ])
    }

    @Test func `links that multiply each other have an end`() async throws {
        for level in 0..<20 {
            try tree.folder(".l\(level)")
            if level > 0 {
                try tree.link(".l\(level)/a", to: "../.l\(level - 1)")
                try tree.link(".l\(level)/b", to: "../.l\(level - 1)")
            }
        }
        try tree.link("start", to: ".l19")
        let bounds = TreeLister.Bounds(depth: 64, entries: 1000)
        let listing = try TreeLister.list(tree.path, access: FileAccess(), bounds: bounds)
        #expect(listing.problems.map(\.rule) == ["tree-limit"])
        let shallow = try TreeLister.list(tree.path, access: FileAccess(), bounds: .init(depth: 3, entries: 1000))
        #expect(Set(shallow.problems.map(\.rule)) == ["tree-limit"])
    }

    @Test func `pipes and sockets are named and not waited for`() async throws {
        #expect(mkfifo(tree.at("pipe.yaml"), 0o600) == 0)
        #expect(mkfifo(tree.at("pipe"), 0o600) == 0)
        try tree.link("zlink.yaml", to: "pipe")
        #expect(mknod(tree.at("socket.yml"), S_IFSOCK | 0o600, 0) == 0)
        #expect(
            try await rules() == ["not-a-file pipe.yaml", "not-a-file socket.yml", "not-a-file zlink.yaml"])
    }

    @Test func `a file that becomes a pipe when it is opened is not waited for`() async throws {
        try tree.write("a.yaml", TemporaryTree.pool("a"))
        let path = tree.at("a.yaml")
        let snapshot = try await tree.reader(
            access: .doing(when: path) {
                unlink(path)
                mkfifo(path, 0o600)
            }
        ).read()
        #expect(snapshot.rules == ["not-a-file a.yaml"])
    }

    @Test func `files and folders that the system refuses are named`() async throws {
        try tree.write("closed.yaml", TemporaryTree.pool("closed"))
        try tree.write("shut/a.yaml", TemporaryTree.pool("a"))
        let closed: Set = [tree.at("closed.yaml"), tree.at("shut")]
        #expect(
            try await rules(FileAccess(refusal: { closed.contains($0) ? EACCES : nil })) == [
                "unreadable closed.yaml", "unreadable shut",
            ])
        let error = DirectoryError.unreadable(tree.path, why: "Permission denied")
        let path = tree.path
        await #expect(throws: error) {
            try await tree.reader(access: FileAccess(refusal: { $0 == path ? EACCES : nil })).read()
        }
    }

    @Test func `entries that the system refuses to look at are named, but for ignored ones`() async throws {
        for name in ["bad.yaml", "shut/a.yaml", "shut/b/c.yaml", "vendor/d.yaml", "shut/notes.txt"] {
            try tree.write(name, TemporaryTree.pool("x"))
        }
        try tree.write(".reeveignore", "/vendor/\n")
        let (root, shut) = (tree.path, tree.at("shut"))
        let access = FileAccess(statusRefusal: { folder, name in
            if folder == shut { return EACCES }
            return folder == root && ["bad.yaml", "vendor"].contains(name) ? EIO : nil
        })
        #expect(try await rules(access) == ["unreadable bad.yaml", "unreadable shut/a.yaml", "unreadable shut/b"])
        let snapshot = try await tree.reader(access: access).read()
        #expect(snapshot.problems.last?.message.contains("Permission denied") == true)
        #expect(try await tree.reader("shut", access: access).read().rules == ["unreadable a.yaml", "unreadable b"])
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may search every folder"))
    func `a folder that may be listed and not searched is named`() async throws {
        try tree.write("shut/a.yaml", TemporaryTree.pool("x"))
        #expect(chmod(tree.at("shut"), 0o644) == 0)
        defer { chmod(tree.at("shut"), 0o755) }
        #expect(try await rules() == ["unreadable shut/a.yaml"])
    }

    /// What comes to stand beside the manifests, and goes again.
    struct Oddity: Sendable, CustomTestStringConvertible {
        var name: String
        var rules: [String]
        var make: @Sendable (TemporaryTree) throws -> Void
        var testDescription: String { name }

        static let all = [
            Oddity(name: "x.yaml", rules: ["link-dangling x.yaml"]) { try $0.link("x.yaml", to: "nowhere") },
            Oddity(name: "out.yaml", rules: ["link-outside out.yaml"]) { try $0.link("out.yaml", to: "/dev/null") },
            Oddity(name: "p.yaml", rules: ["not-a-file p.yaml"]) {
                try #require(mkfifo($0.at("p.yaml"), 0o600) == 0)
            },
            Oddity(name: "a\tb.yaml", rules: ["file-name a\\u{9}b.yaml"]) { try $0.write("a\tb.yaml", "") },
            Oddity(name: ".git/index.lock", rules: ["git-busy -"]) { try $0.write(".git/index.lock", "") },
        ]
    }

    @Test(arguments: Oddity.all)
    func `what is odd beside the manifests comes and goes under the same digest`(oddity: Oddity) async throws {
        try tree.write(".git/HEAD", "ref: refs/heads/main\n")
        let reader = tree.reader()
        let before = try await reader.read()
        #expect(before.isWhole)
        try oddity.make(tree)
        let during = try await reader.read()
        #expect(during.rules == oddity.rules)
        #expect(!during.isWhole)
        try tree.remove(oddity.name)
        let after = try await reader.read()
        #expect(after.isWhole)
        #expect(Set([before.digest, during.digest, after.digest]).count == 1)
    }

    @Test func `a folder may be named like a manifest`() async throws {
        try tree.write("x.yaml/b.yaml", TemporaryTree.pool("b"))
        #expect(try await tree.reader().read().names == ["good", "b"])
    }

    @Test func `names that are no text are shown so that they harm no terminal`() async throws {
        try tree.write("a\u{1B}[31m.yaml", TemporaryTree.pool("a"))
        let odd: [CChar] = Array(tree.at("b").utf8CString.dropLast()) + [-1, 0x2E, 0x79, 0x6D, 0x6C, 0]
        close(open(odd, O_CREAT | O_WRONLY, 0o600))
        #expect(try await rules() == ["file-name a\\u{1b}[31m.yaml", "file-name b\u{FFFD}.yml"])
    }

    @Test func `rules leave out what would be a problem`() async throws {
        try tree.write(".reeveignore", "out\nvendor/\n*.sock.yaml\n")
        try tree.link("out", to: "/")
        try tree.link("vendor", to: "nowhere")
        #expect(mkfifo(tree.at("x.sock.yaml"), 0o600) == 0)
        #expect(try await rules() == [])
    }
}
