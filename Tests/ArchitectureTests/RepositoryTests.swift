import Testing

/// What every file of the repository keeps to, whatever its language.
struct RepositoryTests {
    @Test func `no promise is left in the text`() {
        // Spelt in two parts, or this file would be the first that breaks the rule.
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
        let breaches = Repository.this.files.flatMap { path, text in
            marks.flatMap { places(of: "\\b\($0)\\b", in: text, path) }
        }
        #expect(breaches.isEmpty, "\(breaches.sorted().joined(separator: "\n"))")
    }

    @Test func `no path of one machine stands in the repository`() {
        let breaches = Repository.this.files.flatMap { path, text in places(of: Self.machinePath, in: text, path) }
        #expect(breaches.isEmpty, "\(breaches.sorted().joined(separator: "\n"))")
    }

    @Test(arguments: [
        ("cd \u{2F}root/x", true), ("\"\u{2F}home/me/x\"", true), ("PATH=\u{2F}work/main", true), ("a/root/b", false),
        ("mongodb://root:x@h", false), ("\u{2F}usr/bin/env", false), ("the network", false),
    ])
    func `a path of one machine is known`(text: String, found: Bool) {
        #expect(places(of: Self.machinePath, in: text, "").isEmpty != found)
    }

    /// Packages are named by what they are called, never by the mirror that one machine fetches them from.
    @Test func `addresses name known hosts only`() {
        let known: Set<String> = [
            "github.com", "json-schema.org", "www.swift.org", "127.0.0.1", "localhost", "bsonspec.org", "yaml.org",
            "www.mongodb.com", "www.w3.org", "example.com", "example.org", "example.net",
        ]
        let breaches = Repository.this.files.flatMap { path, text in
            text.matches(of: /https?:\/\/(?:[^\/\s"@]*@)?([A-Za-z0-9.\-]+)/)
                .map { String($0.1) }
                .filter {
                    $0.contains(".") && !known.contains($0) && !$0.hasSuffix(".example") && !$0.hasSuffix(".invalid")
                }
                .map { "\(path): \($0)" }
        }
        #expect(breaches.isEmpty, "\(breaches.sorted().joined(separator: "\n"))")
    }

    @Test func `the top of the repository holds what the design names`() {
        let tops = Set(Repository.this.files.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
        let expected: Set<String> = ["Package.swift", "Sources", "Tests", "manifests", "examples", "README.md"]
        let strangers = tops.filter { !expected.contains($0) && !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(strangers.isEmpty, "\(strangers)")
        #expect(expected.isSubset(of: tops))
    }

    private static let machinePath = #"(?m)(?:^|[\s"'=(:`])/(?:root|work|home/\w+|Users/\w+)\b"#

    private func places(of pattern: String, in text: String, _ path: String) -> [String] {
        guard let regex = try? Regex(pattern).simple else { return ["the pattern is wrong: \(pattern)"] }
        guard text.contains(regex) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.element.firstMatch(of: regex) != nil }
            .map { "\(path):\($0.offset + 1): \($0.element.prefix(120))" }
    }
}
