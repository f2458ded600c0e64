import Testing

/// What the code never does, and that each of these laws would notice.
struct LawTests {
    private static let sources = Repository.this.sources

    @Test(arguments: Law.all)
    func `the code keeps a law`(law: Law) {
        let breaches = Self.sources.flatMap(law.breaches)
        #expect(breaches.isEmpty, "\(law.name):\n\(breaches.joined(separator: "\n"))")
    }

    @Test(arguments: Law.all)
    func `a law finds what it forbids and no more`(law: Law) throws {
        let path = try #require(law.places.last) + "X.swift"
        for text in law.wrong {
            #expect(!law.breaches(in: SwiftSource(path: path, text: text)).isEmpty, "\(text)")
            #expect(law.breaches(in: SwiftSource(path: path, text: "// " + text)).isEmpty, "\(text)")
        }
        #expect(law.breaches(in: SwiftSource(path: path, text: law.right)).isEmpty)
    }

    /// `Fleet.Fleet` can't be told from `Fleet`; nor can anything else of a module that a type hides.
    @Test func `no type is named like its module`() {
        let modules = Set(Floor.all.map(\.target))
        let breaches = Self.sources.flatMap { source in
            source.code.matches(of: /\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)/.simple)
                .map { String($0.1) }.filter { modules.contains($0) || $0 == source.target }.map {
                    "\(source.path): \($0)"
                }
        }
        #expect(breaches.isEmpty, "\(breaches.joined(separator: "\n"))")
    }

    @Test func `no file is longer than 400 lines`() {
        let long = Self.sources.filter { $0.text.count(where: \.isNewline) > 400 }.map(\.path)
        #expect(long.isEmpty, "\(long)")
    }

    @Test(arguments: [
        ("a // b", "a "),
        ("a /* b /* c */ d */ e", "a  e"),
        ("a \"b // c\" d", "a \"\" d"),
        ("#\"a \"b\" c\"# d", "\"\" d"),
        ("\"a \\(f(\"b\")) c\" + d", "\"\" + d"),
        ("\"a \\\" b\" c", "\"\" c"),
        ("\"\"\"\n  a\n  \"\"\" b", "\"\n\n\" b"),
    ])
    func `comments and literals are not code`(text: String, code: String) {
        #expect(CodeText.stripped(text) == code)
    }
}
