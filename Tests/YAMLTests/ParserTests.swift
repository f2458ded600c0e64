import Testing
import YAML

/// A tree on one line: plain scalars bare, strings in quotes, tags in front.
func sketch(_ node: Node?) -> String {
    guard let node else { return "nothing" }
    switch node.content {
    case .scalar(let scalar):
        let text = scalar.style == .plain ? scalar.text : scalar.text.debugDescription
        return scalar.tag.map { "\($0.shorthand) \(text)" } ?? text
    case .sequence(let items): return "[" + items.map(sketch).joined(separator: ", ") + "]"
    case .mapping(let pairs):
        return "{" + pairs.map { "\(sketch($0.key)): \(sketch($0.value))" }.joined(separator: ", ") + "}"
    }
}

func read(_ text: String, limits: Limits = .standard) -> (documents: [ParsedDocument], errors: [YAMLError]) {
    Parser.documents(in: Array(text.utf8), limits: limits)
}

struct ParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var trees: [String]
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ trees: String...) {
            self.name = name
            self.text = text
            self.trees = trees
        }
    }

    static let trees: [Case] = [
        Case("a mapping", "a: 1\nb: x y\n", "{a: 1, b: x y}"),
        Case("flow", "{a: [1, {b: c}], d: {}, e: []}", "{a: [1, {b: c}], d: {}, e: []}"),
        Case("quotes are kept apart from plain", "a: 'no'\nb: \"1.10\"\nc: no\n", "{a: \"no\", b: \"1.10\", c: no}"),
        Case("a block literal", "a: |\n  x\n   y\n\n  z\n", "{a: \"x\\n y\\n\\nz\\n\"}"),
        Case("a folded block", "a: >-\n  x\n  y\n\n  z\n", "{a: \"x y\\nz\"}"),
        Case("an empty value is an empty plain scalar", "a:\nb: ''\n", "{a: , b: \"\"}"),
        Case("an escaped NUL crosses from C with its length", "a: \"x\\0y\"\n", "{a: \"x\\0y\"}"),
        Case(
            "core tags", "a: !!str 1\nb: !!int \"1\"\nc: !!map {}\nd: !!null\n",
            "{a: !!str 1, b: !!int \"1\", c: {}, d: !!null }"),
        Case("a tag that says nothing", "a: ! x\nb: ! [y]\n", "{a: x, b: [y]}"),
        Case("several documents", "a: 1\n---\n- b\n--- c\n", "{a: 1}", "[b]", "c"),
        Case("an empty document between others", "--- a\n---\n# nothing\n--- b\n", "a", "nothing", "b"),
        Case("an explicit end", "a: 1\n...\n---\nb: 2\n...\n", "{a: 1}", "{b: 2}"),
        Case("an empty file", ""),
        Case("only comments", "# a\n\n# b\n"),
        Case("only a byte-order mark", "\u{FEFF}"),
        Case("a byte-order mark", "\u{FEFF}a: 1\n", "{a: 1}"),
        Case("CR LF", "a: 1\r\nb:\r\n- x\r\n", "{a: 1, b: [x]}"),
        Case("no break at the end", "a: 1", "{a: 1}"),
        Case("a version", "%YAML 1.1\n---\na: 1\n", "{a: 1}"),
        Case("aliases", "a: &x [1, &y z]\nb: *x\nc: *y\n", "{a: [1, z], b: [1, z], c: z}"),
        Case("an alias for a key", "a: &x k\n*x : 1\n", "{a: k, k: 1}"),
        Case("a later anchor of the same name", "- &x 1\n- *x\n- &x 2\n- *x\n", "[1, 1, 2, 2]"),
        Case("an anchor taken over inside its own node", "- &x [&x 1, *x]\n- *x\n", "[[1, 1], 1]"),
        Case("anchors end with the document", "a: &x 1\n--- \nb: &x 2\nc: *x\n", "{a: 1}", "{b: 2, c: 2}"),
        Case(
            "a merge stands where it was written", "a: &m {x: 1, y: 2}\nb: {p: 0, <<: *m, q: 3}\n",
            "{a: {x: 1, y: 2}, b: {p: 0, x: 1, y: 2, q: 3}}"),
        Case(
            "explicit keys win over merged ones, before and after",
            "a: &m {x: 1, y: 2, z: 3}\nb: {x: 8, <<: *m, y: 9}\n", "{a: {x: 1, y: 2, z: 3}, b: {x: 8, z: 3, y: 9}}"),
        Case(
            "an earlier merge wins", "- &m {x: 1}\n- &n {x: 2, y: 3}\n- <<: [*m, *n]\n",
            "[{x: 1}, {x: 2, y: 3}, {x: 1, y: 3}]"),
        Case(
            "a merge of a merge", "- &m {x: 1}\n- &n {<<: *m, y: 2}\n- {<<: *n}\n",
            "[{x: 1}, {x: 1, y: 2}, {x: 1, y: 2}]"),
        Case("a quoted << is a key", "{\"<<\": {a: 1}}", "{\"<<\": {a: 1}}"),
        Case("an empty merge", "{<<: [], a: 1}", "{a: 1}"),
        Case("keys that only look the same", "\u{E9}: 1\ne\u{301}: 2\n", "{\u{E9}: 1, e\u{301}: 2}"),
    ]

    @Test(arguments: trees)
    func `well-formed files give their trees`(_ row: Case) {
        let read = read(row.text)
        #expect(read.errors == [])
        #expect(read.documents.map { sketch($0.root) } == row.trees)
        #expect(read.documents.map(\.index) == Array(row.trees.indices))
    }

    @Test func `a merge into a mapping of many keys is exact too`() {
        let many = (0..<40).map { "k\($0): old" }.joined(separator: ", ")
        let tree = read(
            "a: &m {\(many), only: merged}\nb: {\((0..<40).map { "k\($0): new" }.joined(separator: ", ")), <<: *m}\n")
        #expect(tree.errors == [])
        let merged = tree.documents.first?.root?["b"]
        #expect(merged?.mapping?.count == 41)
        #expect(sketch(merged?["k39"]) == "new")
        #expect(sketch(merged?["only"]) == "merged")
        #expect(sketch(merged?.mapping?.last?.key) == "only")
    }

    @Test(arguments: [1, 2, 11, 12, 13, 14, 40])
    func `every duplicate is found, however many keys a mapping has`(count: Int) {
        let keys = (0..<count).map { "k\($0): x\n" }.joined()
        let errors = read(keys + keys).errors
        #expect(errors.map(\.mark.line) == Array(count + 1...2 * count))
        #expect(
            errors.map(\.message).enumerated().allSatisfy { $0.element.hasSuffix("first in line \($0.offset + 1)") })
        #expect(errors.allSatisfy { $0.reason == .duplicateKey })
    }

    @Test func `marks count from one, in scalars, and a merged value keeps its own`() throws {
        let tree = read("# c\n---\na: &m\n  x: 1\nüü: [1, \"😀\", k]\nb:\n  <<: *m\n")
        #expect(tree.errors == [])
        let document = try #require(tree.documents.first)
        let root = try #require(document.root)
        #expect(document.mark == Mark(line: 3, column: 1))
        #expect(root.mark == Mark(line: 3, column: 1))
        #expect(root["üü"]?.sequence?.map(\.mark) == [6, 9, 14].map { Mark(line: 5, column: $0) })
        #expect(root["b"]?["x"]?.mark == Mark(line: 4, column: 6))
        #expect(read("\u{FEFF}a: 1").documents.first?.root?["a"]?.mark == Mark(line: 1, column: 4))
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var errors: [String]
        /// Documents that are returned all the same.
        var documents: Int
        var testDescription: String { name }

        init(_ name: String, _ text: String, documents: Int, _ errors: String...) {
            self.name = name
            self.text = text
            self.documents = documents
            self.errors = errors
        }
    }

    static let faults: [Fault] = [
        Fault(
            "a duplicate key", "a: 1\nb: 2\na: 3\n", documents: 1,
            "3:1 #0 duplicateKey: the key \"a\" stands twice in one mapping, first in line 1"),
        Fault(
            "three of a key", "{a: 1, a: 2,\n a: 3}", documents: 1,
            "1:8 #0 duplicateKey: the key \"a\" stands twice in one mapping, first in line 1",
            "2:2 #0 duplicateKey: the key \"a\" stands twice in one mapping, first in line 1"),
        Fault(
            "a duplicate key by its text, whatever its quotes", "a: 1\n'a': 2\n", documents: 1,
            "2:1 #0 duplicateKey: the key \"a\" stands twice in one mapping, first in line 1"),
        Fault(
            "two merges", "{<<: {a: 1}, <<: {b: 2}}", documents: 1,
            "1:14 #0 duplicateKey: the key \"<<\" stands twice in one mapping, first in line 1"),
        Fault(
            "a merge of a scalar", "<<: x\n", documents: 1,
            "1:5 #0 invalidMerge: \"<<\" takes a mapping or a list of mappings"),
        Fault(
            "a merge of a list of scalars", "<<: [{a: 1}, x]\n", documents: 1,
            "1:5 #0 invalidMerge: \"<<\" takes a mapping or a list of mappings"),
        Fault(
            "an undefined alias", "a: *x\n", documents: 1,
            "1:4 #0 undefinedAlias: the alias \"*x\" has no anchor before it"),
        Fault(
            "an alias of the document before", "a: &x 1\n---\nb: *x\n", documents: 2,
            "3:4 #1 undefinedAlias: the alias \"*x\" has no anchor before it"),
        Fault(
            "an alias inside its own node", "a: &x [1, *x]\n", documents: 1,
            "1:11 #0 recursiveAlias: the alias \"*x\" stands inside what it refers to"),
        Fault(
            "a merge of oneself", "&x {<<: *x}\n", documents: 1,
            "1:9 #0 recursiveAlias: the alias \"*x\" stands inside what it refers to",
            "1:9 #0 invalidMerge: \"<<\" takes a mapping or a list of mappings"),
        Fault(
            "a foreign tag", "a: !!python/object x\n", documents: 1,
            "1:4 #0 unsupportedTag: the tag \"tag:yaml.org,2002:python/object\" is not one of YAML's core tags"),
        Fault(
            "a local tag", "a: !x [1]\n", documents: 1,
            "1:4 #0 unsupportedTag: the tag \"!x\" is not one of YAML's core tags"),
        Fault(
            "a tag of another kind of node", "a: !!seq x\nb: !!str [x]\nc: !!map [x]\n", documents: 1,
            "1:4 #0 mismatchedTag: the tag \"!!seq\" does not fit this node",
            "2:4 #0 mismatchedTag: the tag \"!!str\" does not fit this node",
            "3:4 #0 mismatchedTag: the tag \"!!map\" does not fit this node"),
        Fault(
            "keys that are no scalars", "? [a]\n: 1\n? {b: c}\n: 2\n", documents: 1,
            "1:3 #0 nonScalarKey: a key must be a scalar, not a collection",
            "3:3 #0 nonScalarKey: a key must be a scalar, not a collection"),
        Fault(
            "everything at once", "a: !x 1\na: *y\n---\nb: 1\nb: 2\n", documents: 2,
            "1:4 #0 unsupportedTag: the tag \"!x\" is not one of YAML's core tags",
            "2:4 #0 undefinedAlias: the alias \"*y\" has no anchor before it",
            "2:1 #0 duplicateKey: the key \"a\" stands twice in one mapping, first in line 1",
            "5:1 #1 duplicateKey: the key \"b\" stands twice in one mapping, first in line 4"),
        Fault(
            "bad syntax ends the stream", "a: 1\n---\nb: [1\nc: 2\n---\nd: 1\n", documents: 1,
            "4:2 #1 syntax: did not find expected ',' or ']' (while parsing a flow sequence, line 3)"),
        Fault(
            "an error at the end stands inside the file", "a: 'x", documents: 0,
            "1:6 #0 syntax: found unexpected end of stream (while scanning a quoted scalar, line 1)"),
        Fault(
            "a tab for indentation", "a:\n\tb: 1\n", documents: 0,
            "2:1 #0 syntax: found character that cannot start any token (while scanning for the next token, line 2)"),
        Fault(
            "NUL", "a: 1\n---\nb: x\0y\n---\nc: 1\n", documents: 1,
            "3:5 #1 controlCharacter: a NUL byte is not allowed: U+0000"),
        Fault(
            "a control character", "a: é\u{7}\n", documents: 0,
            "1:5 #0 controlCharacter: a control character is not allowed: U+0007"),
        Fault(
            "a C1 control character", "a: \u{9B}\n", documents: 0,
            "1:4 #0 controlCharacter: a control character is not allowed: U+009B"),
        Fault(
            "a non-character", "a: \u{FFFF}\n", documents: 0,
            "1:4 #0 controlCharacter: a non-character is not allowed: U+FFFF"),
        Fault(
            "bad syntax before a bad character", "a: ]\nb: \0\n", documents: 0,
            "1:4 #0 syntax: did not find expected node content (while parsing a block node, line 1)"),
        Fault(
            "an unfinished quote before a bad character", "a: 'x\0'\n", documents: 0,
            "1:6 #0 controlCharacter: a NUL byte is not allowed: U+0000"),
    ]

    @Test(arguments: faults)
    func `faults are told with their place`(_ row: Fault) {
        let read = read(row.text)
        #expect(read.errors.map { "\($0.mark) #\($0.document) \($0.reason): \($0.message)" } == row.errors)
        #expect(read.documents.count == row.documents)
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0x80], [0xE0, 0x80, 0x80],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused where it stands, and what stood before is kept`(_ broken: [UInt8]) {
        let read = Parser.documents(in: Array("a: é\n---\nb: ü".utf8) + broken + Array("\n".utf8))
        #expect(read.errors.map(\.reason) == [.invalidUTF8])
        #expect(read.errors.first?.mark == Mark(line: 3, column: 5))
        #expect(read.errors.first?.document == 1)
        #expect(read.documents.map { sketch($0.root) } == ["{a: é}"])
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61], [0x61, 0x00, 0x3A, 0x00], [0x00, 0x61, 0x00, 0x3A],
            [0x00, 0x00, 0x00, 0x61], [0xFF, 0xFE, 0x00, 0x00],
        ] as [[UInt8]])
    func `UTF-16 and UTF-32 are refused by name`(_ bytes: [UInt8]) {
        let read = Parser.documents(in: bytes)
        #expect(read.errors.map(\.reason) == [.encoding])
        #expect(read.documents.isEmpty)
    }

    @Test func `both values of a duplicate key stand in the tree, and a look-up gives the first`() {
        let root = read("a: 1\na: 2\n").documents.first?.root
        #expect(sketch(root) == "{a: 1, a: 2}")
        #expect(sketch(root?["a"]) == "1")
        #expect(root?["b"] == nil)
        #expect(root?["a"]?["b"] == nil)
    }
}
