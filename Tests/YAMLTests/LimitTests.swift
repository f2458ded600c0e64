import Testing
import YAML

/// Limits and hostile files. Cost is bounded by counting work, not by a clock.
struct LimitTests {
    private func parse(
        _ text: String, limits: Limits = .standard
    ) -> (documents: [ParsedDocument], errors: [YAMLError], work: Parser.Work) {
        var work = Parser.Work()
        let read = Parser.documents(in: Array(text.utf8), limits: limits, work: &work)
        return (read.documents, read.errors, work)
    }

    // MARK: Expansion

    @Test func `an alias bomb is refused before it is built`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let read = parse("ok: 1\n---\n" + text)
        #expect(read.errors.map(\.reason) == [.tooManyNodes])
        #expect(read.errors.first?.document == 1)
        #expect(read.documents.count == 1)
        #expect(read.work.events < 100)
        // The alias that would have passed the limit is counted, never expanded.
        #expect(read.work.nodes < 10 * 50_000)
    }

    @Test func `a bomb of merges is refused too`() {
        var text = "m0: &m0 {a: 1, b: 2}\n"
        for level in 1...60 { text += "m\(level): &m\(level) {<<: [*m\(level - 1), *m\(level - 1)], k\(level): x}\n" }
        let read = parse(text)
        #expect(read.errors.map(\.reason) == [.tooManyNodes])
        #expect(read.work.events < 300)
    }

    @Test func `a large node is not repeated past the limit`() {
        let many = Array(repeating: "x", count: 20_000).joined(separator: ",\n")
        let read = parse("a: &a [\(many)]\nb: [*a\(String(repeating: ", *a", count: 10_000))]\n")
        #expect(read.errors.map(\.reason) == [.tooManyNodes])
        #expect(read.work.events < 20_100)
    }

    @Test(arguments: [(49_999, true), (50_000, false)])
    func `a document has at most 50,000 nodes`(items: Int, isAccepted: Bool) {
        let read = parse(String(repeating: "- x\n", count: items))
        #expect(read.errors.map(\.reason) == (isAccepted ? [] : [.tooManyNodes]))
        #expect(read.documents.first?.root?.sequence?.count == (isAccepted ? items : nil))
    }

    @Test(arguments: [
        ("[a, b, c, d]", 5), ("{a: b, c: d}", 5), ("- &x [a]\n- *x\n", 5), ("- &x a\n- *x\n- *x\n- b\n", 5),
        ("a: &x {}\nb: *x\n", 5), ("&x {a: b, c: d}", 5),
    ])
    func `keys, values, collections and what aliases stand for are all nodes`(text: String, nodes: Int) {
        #expect(parse(text, limits: Limits(nodes: nodes)).errors == [])
        #expect(parse(text, limits: Limits(nodes: nodes)).work.nodes == nodes)
        #expect(parse(text, limits: Limits(nodes: nodes - 1)).errors.map(\.reason) == [.tooManyNodes])
    }

    @Test func `each document has its own count`() {
        let one = "---\n" + String(repeating: "- x\n", count: 40_000)
        #expect(parse(one + one + one).errors == [])
    }

    // MARK: Depth

    static let nests: [(name: String, open: @Sendable (Int) -> String)] = [
        ("flow sequences", { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }),
        ("flow sequences on lines", { String(repeating: "[\n", count: $0) + String(repeating: "]", count: $0) }),
        ("flow mappings", { String(repeating: "{a: ", count: $0) + String(repeating: "}", count: $0) }),
        ("block sequences", { String(repeating: "- ", count: $0) + "x" }),
        ("block mappings", { (0..<$0).map { String(repeating: " ", count: $0) + "a:\n" }.joined() }),
        (
            "through an alias",
            {
                "[&a " + String(repeating: "[", count: $0 - 30) + String(repeating: "]", count: $0 - 30)
                    + ", " + String(repeating: "[", count: 29) + "*a" + String(repeating: "]", count: 29) + "]"
            }
        ),
    ]

    @Test(arguments: nests.indices)
    func `64 levels are read and 65 refused`(index: Int) {
        let nest = Self.nests[index]
        #expect(parse(nest.open(64)).errors == [], "\(nest.name)")
        #expect(parse(nest.open(65)).errors.map(\.reason) == [.tooDeep], "\(nest.name)")
    }

    @Test(arguments: ["[", "{", "- ", "? ", "[\n", "{a: ", "[{", "&a [", "!!seq [", "- - ? "])
    func `64 KB of opened collections fail at depth 64`(opening: String) {
        let read = parse(String(repeating: opening, count: 65_536 / opening.utf8.count))
        #expect(read.errors.map(\.reason) == [.tooDeep])
        #expect(read.documents.isEmpty)
        #expect(read.work.events < 200)
    }

    @Test func `the place of the 65th bracket is named`() {
        let read = parse(String(repeating: "[", count: 65_536))
        #expect(read.errors.first?.mark == Mark(line: 1, column: 65))
        #expect(read.errors.first?.message == "more than 64 collections inside each other")
    }

    // MARK: Size

    @Test(arguments: [0, 1]) func `a document has at most 1 MiB, in bytes`(excess: Int) {
        let size = (1 << 20) + excess
        let texts = [
            "a: " + String(repeating: "x", count: size - 3),
            "é: " + String(repeating: "é", count: (size - 4) / 2) + String(repeating: "x", count: (size - 4) % 2),
            "--- # " + String(repeating: "x", count: size - 11) + "\na: 1",
            "\u{FEFF}" + String(repeating: "- \"😀\"\n", count: 10) + "# " + String(repeating: "x", count: size - 92),
        ]
        for text in texts {
            #expect(text.utf8.count == size + (text.unicodeScalars.first == "\u{FEFF}" ? 3 : 0))
            let read = parse(text)
            #expect(read.errors.map(\.reason) == (excess == 0 ? [] : [.documentTooLarge]))
            #expect(read.documents.count == 1 - excess)
        }
    }

    @Test(arguments: [0, 1]) func `a document's bytes count from the end of the one before it`(excess: Int) {
        let read = parse("é: 1\n---\n" + String(repeating: "x", count: (1 << 20) - 4 + excess))
        #expect(read.errors.map(\.reason) == (excess == 0 ? [] : [.documentTooLarge]))
        #expect(read.errors.allSatisfy { $0.document == 1 && $0.mark == Mark(line: 2, column: 1) })
        #expect(read.documents.count == 2 - excess)
    }

    static let large: [String: String] = [
        "one scalar": "a: " + String(repeating: "x", count: 5 << 20),
        "a block scalar": "a: |\n" + String(repeating: "  line\n", count: 750_000),
        "a comment": "# " + String(repeating: "x", count: 5 << 20) + "\na: 1\n",
        "quotes after others": String(repeating: "a: [b,\n c]\n---\n", count: 4) + "\""
            + String(repeating: "é\n", count: 2 << 20) + "\"",
        "a sequence": String(repeating: "- x\n", count: 1_300_000),
    ]

    // By name: the log would print the argument.
    @Test(arguments: large.keys.sorted())
    func `of a document of 5 MiB little more than the limit is read`(name: String) throws {
        let text = try #require(Self.large[name])
        #expect(text.utf8.count > 5_000_000)
        let read = parse(text)
        #expect(read.errors.count == 1)
        #expect([.documentTooLarge, .tooManyNodes].contains(read.errors.first?.reason))
        #expect(read.work.bytes < (1 << 20) + (128 << 10))
        #expect(read.work.events < 60_000)
    }

    @Test func `many small documents make a large file`() {
        let one = "---\na: " + String(repeating: "x", count: 600_000) + "\n"
        let read = parse(String(repeating: one, count: 5))
        #expect(read.errors == [])
        #expect(read.documents.count == 5)
    }

    @Test func `a file larger than the limit is not begun`() {
        let limits = Limits(fileBytes: 10)
        #expect(parse("a: 3456789", limits: limits).errors == [])
        let read = parse("a: 34567890", limits: limits)
        #expect(read.errors.map(\.reason) == [.fileTooLarge])
        #expect(read.work == Parser.Work())
        #expect(Limits.standard.fileBytes == 64 << 20)
    }

    // MARK: Counts

    @Test func `documents are counted`() {
        let read = parse("--- a\n--- b\n--- c\n", limits: Limits(documents: 2))
        #expect(read.errors.map(\.reason) == [.tooManyDocuments])
        #expect(read.documents.count == 2)
    }

    @Test func `errors are given up at the thousandth`() {
        let read = parse(String(repeating: "a: 1\n", count: 20_000))
        #expect(read.errors.count == 1_001)
        #expect(read.errors.last?.reason == .tooManyErrors)
        #expect(read.work.events < 3_000)
    }

    @Test(arguments: ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"])
    func `tag directives, which libyaml compares with each other, are counted before it sees them`(lineBreak: String) {
        let some = (0..<16).map { "%TAG !t\($0)! x" + lineBreak }.joined()
        #expect(parse(some + "---" + lineBreak + "a: 1" + lineBreak + "..." + lineBreak + some + "--- b").errors == [])
        let many = (0..<50_000).map { "%TAG !t\($0)! x" + lineBreak }.joined()
        let read = parse("--- a\n...\n" + many + "--- b")
        #expect(read.errors.map(\.reason) == [.tooManyTagDirectives])
        #expect(read.errors.first?.document == 1)
        #expect(read.documents.count == 1)
        #expect(read.work.bytes < 1_000)
    }

    @Test func `a name from the file is shortened and stays on one line in a message`() {
        let key = "\"k\\n" + String(repeating: "y", count: 800) + "\""
        let read = parse("\(key): 1\n\(key): 2\n")
        #expect(read.errors.map(\.reason) == [.duplicateKey])
        #expect(read.errors.first?.message.utf8.count ?? 0 < 200)
        #expect(read.errors.first?.message.contains("\n") == false)
    }
}
