import Testing

@testable import Syncing

struct IgnoreRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rules: String
        /// Those with a slash at the end are folders.
        var ignored: [String] = []
        var kept: [String] = []
        var testDescription: String { rules }
    }

    @Test(arguments: [
        Case(rules: "", kept: ["a.yaml", "a/"]),
        Case(rules: "# a.yaml\n\n   \n/\n!\n", kept: ["a.yaml", "# a.yaml", "a/"]),
        Case(rules: "a.yaml", ignored: ["a.yaml", "x/a.yaml", "x/y/a.yaml", "a.yaml/"], kept: ["a.yml", "ba.yaml"]),
        Case(rules: "/a.yaml", ignored: ["a.yaml"], kept: ["x/a.yaml"]),
        Case(rules: "x/a.yaml", ignored: ["x/a.yaml"], kept: ["y/x/a.yaml", "a.yaml"]),
        Case(rules: "drafts/", ignored: ["drafts/", "x/drafts/"], kept: ["drafts", "x/drafts"]),
        Case(rules: "/x/drafts/", ignored: ["x/drafts/"], kept: ["drafts/", "y/x/drafts/"]),
        Case(rules: "*.yml", ignored: ["a.yml", "x/b.yml", ".yml"], kept: ["a.yaml", "a.yml.yaml"]),
        // A star stays within a name.
        Case(rules: "x/*.yaml", ignored: ["x/a.yaml"], kept: ["x/y/a.yaml"]),
        Case(rules: "x/*", ignored: ["x/a", "x/b/"], kept: ["x/a/b", "x/"]),
        Case(rules: "?.yaml", ignored: ["a.yaml", "x/b.yaml"], kept: ["ab.yaml", ".yaml"]),
        Case(rules: "*a*b*c", ignored: ["abc", "xaxbxc", "aabbcc"], kept: ["acb", "abcd"]),
        Case(rules: "**", ignored: ["a", "a/b/", "a/b/c"]),
        Case(rules: "**/x", ignored: ["x", "a/x", "a/b/x/"], kept: ["ax", "x/a"]),
        Case(rules: "x/**", ignored: ["x/a", "x/a/b"], kept: ["x/", "x", "y/x/a"]),
        Case(rules: "**/x/**", ignored: ["x/a", "y/x/a", "y/x/a/b"], kept: ["x/", "y/x/"]),
        Case(rules: "a/**/z", ignored: ["a/z", "a/b/z", "a/b/c/z"], kept: ["z", "a/b", "b/a/z"]),
        // Two stars that are not all of a name are one.
        Case(rules: "a**z", ignored: ["az", "abz", "x/abz"], kept: ["a/z"]),
        Case(rules: "a[0-9].yaml", ignored: ["a1.yaml"], kept: ["a.yaml", "ab.yaml", "a10.yaml"]),
        Case(rules: "[!a-c]x", ignored: ["dx"], kept: ["ax", "cx"]),
        Case(rules: "[^a-c]x", ignored: ["dx"], kept: ["bx"]),
        Case(rules: "[]-]x", ignored: ["]x", "-x"], kept: ["ax"]),
        Case(rules: "[a\\]b]x", ignored: ["]x", "ax", "bx"], kept: ["cx"]),
        Case(rules: "[[:digit:][:upper:]_]x", ignored: ["1x", "Ax", "_x"], kept: ["ax", "[x"]),
        Case(rules: "[abc", kept: ["a", "[abc"]),
        Case(rules: "a\\", kept: ["a", "a\\"]),
        Case(rules: "\\#a\n\\!b", ignored: ["#a", "!b"], kept: ["a", "b"]),
        Case(rules: "\\*.yaml", ignored: ["*.yaml"], kept: ["a.yaml"]),
        Case(rules: "a  \nb\\ \r\n", ignored: ["a", "b "], kept: ["a  ", "b"]),
        Case(rules: "*.yaml\n!keep.yaml\n", ignored: ["a.yaml"], kept: ["keep.yaml", "x/keep.yaml"]),
        // The last rule that matches decides.
        Case(rules: "!keep.yaml\n*.yaml\n", ignored: ["keep.yaml"]),
        Case(rules: "/*\n!/prod/\n", ignored: ["dev/", "a.yaml", "prod"], kept: ["prod/", "prod/a.yaml"]),
        Case(rules: "\u{FEFF}a.yaml", ignored: ["a.yaml"]),
        Case(rules: "größe/é?.yaml", ignored: ["größe/éa.yaml"], kept: ["größe/é.yaml"]),
    ])
    func `a rule names paths as gitignore does`(row: Case) {
        let rules = IgnoreRules(row.rules)
        for (paths, expected) in [(row.ignored, true), (row.kept, false)] {
            for path in paths {
                let isFolder = path.hasSuffix("/")
                let name = isFolder ? String(path.dropLast()) : path
                #expect(rules.ignores(name, isFolder: isFolder) == expected, "\(path)")
            }
        }
    }

    @Test func `a pattern that many names almost match is soon decided`() {
        let rules = IgnoreRules(
            String(repeating: "*a", count: 200) + "b\n" + String(repeating: "**/a/", count: 200) + "b")
        let path = Array(repeating: String(repeating: "a", count: 250), count: 16).joined(separator: "/")
        #expect(!rules.ignores(path, isFolder: false))
    }

    @Test func `what stands in an ignored folder can't be taken back`() async throws {
        let tree = try TemporaryTree()
        try tree.write("x/a.yaml", TemporaryTree.pool("one"))
        try tree.write("y/a.yaml", TemporaryTree.pool("two"))
        try tree.write(".rules", "x\ny/*\n!a.yaml\n")
        try tree.link(".reeveignore", to: ".rules")
        #expect(try await tree.reader().read().names == ["two"])
    }
}
