import Testing

@testable import Syncing

struct GitProvenanceTests {
    private static let one = String(repeating: "1a", count: 20)
    private static let two = String(repeating: "2b", count: 20)

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var files: [String: String]
        var commit: String?
        var branch: String?
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(
            name: "a branch", files: [".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": "\(one)\n"],
            commit: one, branch: "main"),
        Case(
            name: "a branch with a slash",
            files: [".git/HEAD": "ref: refs/heads/a/b\n", ".git/refs/heads/a/b": "\(one)\n"], commit: one, branch: "a/b"
        ),
        Case(
            name: "packed",
            files: [
                ".git/HEAD": "ref: refs/heads/main\n",
                ".git/packed-refs":
                    "# pack-refs with: peeled\n\(two) refs/heads/domain\n\(one) refs/heads/main\n^\(two)\n\(two) refs/tags/x\n",
            ], commit: one, branch: "main"),
        Case(
            name: "loose before packed",
            files: [
                ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": "\(one)\n",
                ".git/packed-refs": "\(two) refs/heads/main\n",
            ], commit: one, branch: "main"),
        Case(name: "detached", files: [".git/HEAD": "\(one)\n"], commit: one),
        Case(name: "no commit yet", files: [".git/HEAD": "ref: refs/heads/main\n"], branch: "main"),
        Case(
            name: "another work tree",
            files: [
                ".git": "gitdir: .main/worktrees/x\n", ".main/worktrees/x/HEAD": "ref: refs/heads/side\n",
                ".main/worktrees/x/commondir": "../..\n", ".main/refs/heads/side": "\(one)\n",
                ".main/HEAD": "ref: refs/heads/main\n",
            ], commit: one, branch: "side"),
        Case(
            name: "a submodule",
            files: [".git": "gitdir: .modules/x\n", ".modules/x/HEAD": "\(two)\n"], commit: two),
        Case(
            name: "references in tables", files: [".git/HEAD": "ref: refs/heads/.invalid\n"]),
        Case(
            name: "a path that leaves", files: [".git/HEAD": "ref: refs/heads/../../x\n", ".git/x": "\(one)\n"]),
        Case(name: "no hash", files: [".git/HEAD": "\(one)0\n"]),
        Case(name: "an empty HEAD", files: [".git/HEAD": ""]),
        Case(name: "an odd file", files: [".git": "hello"]),
        Case(name: "a file that leads nowhere", files: [".git": "gitdir: /nowhere\n"]),
    ])
    func `commit and branch are read from the files`(row: Case) async throws {
        let tree = try TemporaryTree()
        try tree.write("fleet/a.yaml", TemporaryTree.pool("one"))
        for (name, text) in row.files { try tree.write(name, text) }
        let snapshot = try await tree.reader("fleet").read()
        #expect(snapshot.commit == row.commit)
        #expect(snapshot.branch == row.branch)
        #expect(snapshot.isWhole)
    }
}
