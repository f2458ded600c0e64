import Testing
import YAML

struct EmitterTests {
    @Test func `a manifest in block style`() {
        let node = Node.mapping([
            ("kind", .string("Node")),
            ("metadata", .mapping([("name", .string("worker-1")), ("labels", .mapping([]))])),
            (
                "spec",
                .mapping([
                    ("cost", .string("0.12")), ("count", .plain("3")), ("active", .plain("true")),
                    ("note", .string("a\nb\n")),
                    (
                        "gpus",
                        .sequence([.mapping([("model", .string("A100")), ("count", .plain("2"))]), .string("x")])
                    ),
                    ("none", .sequence([])),
                    ("nested", .sequence([.sequence([.plain("1"), .plain("2")]), .sequence([])])),
                    ("gone", .plain("")),
                ])
            ),
        ])
        #expect(
            Emitter.emit([node]) == """
                kind: Node
                metadata:
                  name: worker-1
                  labels: {}
                spec:
                  cost: "0.12"
                  count: 3
                  active: true
                  note: |
                    a
                    b
                  gpus:
                    - model: A100
                      count: 2
                    - x
                  none: []
                  nested:
                    - - 1
                      - 2
                    - []
                  gone:

                """)
    }

    @Test func `several documents, scalars and empty collections at the root`() {
        #expect(Emitter.emit([]) == "")
        #expect(Emitter.emit([.string("a b")]) == "--- a b\n")
        #expect(Emitter.emit([.mapping([])]) == "{}\n")
        #expect(
            Emitter.emit([
                .mapping([("a", .plain("1"))]), .sequence([.plain("b")]), .plain(""), .sequence([]), .mapping([]),
            ])
                == "---\na: 1\n---\n- b\n---\n--- []\n--- {}\n")
    }

    @Test(arguments: [
        "no", "No", "YES", "y", "on", "off", "true", "null", "NULL", "~", "", "1", "1.10", "012", "0x1F", "0o7", "1e3",
        "1_000", "-1",
        "+1", ".5", ".inf", "-.INF", ".nan", "NaN", "12:30:45", "2024-01-01", "2026-12-01T00:00:00Z", "<<", "=", "-",
        "?", ":", "- a",
        "a: b", "a:", "a #b", "#a", " a", "a ", "\ta", "[a", "{a", "]", "}", ",", "&a", "*a", "!a", "|", ">", "'a",
        "\"a", "%a", "@a", "`a",
        "a\r", "a\u{85}b", "a\u{2028}b", "\u{FEFF}a", "\0", "\u{7}", "\u{7F}", "\u{FFFF}", "---", "...", "--- a",
        "a\n ", "\na", "a\n\n", "\n", " \n", "\r\n", "a\r\nb",
    ])
    func `a string that would be read as anything else is quoted, and reads back`(text: String) throws {
        let tree = Node.mapping([("a", .string(text)), (text, .sequence([.string(text)]))])
        let emitted = Emitter.emit([tree])
        let read = read(emitted)
        #expect(read.errors == [], "\(emitted)")
        let root = try #require(read.documents.first?.root)
        let value = try #require(root["a"]?.scalar)
        #expect(value.text.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(value.style != .plain, "\(emitted)")
        #expect(root[text]?.sequence?.first?.scalar?.text.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test(arguments: [
        "a", "render-eu", "a b", "node/x", "it's", "a\"b", "é 日本", "a#b", "a:b", "http://x/y?z=1", "x-", "_1", "$x",
        "a.b", "(1)", "x\ty",
    ])
    func `a string that nobody takes for anything else is plain`(text: String) {
        #expect(Emitter.emit([.mapping([("a", .string(text))])]) == "a: \(text)\n")
    }

    @Test func `styles and tags survive where they can`() {
        let source = """
            plain: no
            single: 'it''s'
            double: "tab\\there"
            literal: |-
              one
                two
            int: !!int "7"
            nothing: !!null
            !!int 1: x

            """
        let tree = read(source)
        #expect(tree.errors == [])
        #expect(Emitter.emit(tree.documents.compactMap(\.root)) == source)
    }

    @Test func `a tagged string says so by its quotes`() {
        let tree = read("a: !!str no\n").documents.compactMap(\.root)
        #expect(Emitter.emit(tree) == "a: \"no\"\n")
    }

    @Test(arguments: ["", "a\n\nb", String(repeating: "k", count: 2_000), String(repeating: "\u{7}", count: 400)])
    func `keys that can't stand before a colon are marked`(key: String) throws {
        let style: ScalarStyle = key.utf8.contains(7) ? .doubleQuoted : .plain
        let tree = Node(
            content: .mapping([
                .init(
                    key: Node(content: .scalar(.init(text: key, style: style))),
                    value: .sequence([.mapping([("b", .plain("c"))])]))
            ]))
        let emitted = Emitter.emit([.sequence([tree, .mapping([("d", tree)])])])
        #expect(emitted.contains("?"))
        let read = read(emitted)
        #expect(read.errors == [])
        #expect(
            read.documents.first?.root?.saysTheSame(as: .sequence([tree, .mapping([("d", tree)])])) == true,
            "\(emitted)")
    }

    @Test func `plain scalars of several lines stay plain`() {
        for source in ["a: one\n  two\n\n\n  three\n", "--- a\n\n  b\n", "- x\n\n  y\n- z\n", "a: x\u{2028}  y\n"] {
            let tree = read(source).documents.compactMap(\.root)
            let again = read(Emitter.emit(tree)).documents.compactMap(\.root)
            #expect(again.map(sketch) == tree.map(sketch))
            #expect(again.count == 1)
        }
    }

    @Test func `what says the same and what does not`() {
        func same(_ left: String, _ right: String) -> Bool {
            let trees = (read(left).documents.first?.root, read(right).documents.first?.root)
            guard let left = trees.0, let right = trees.1 else { return false }
            return left.saysTheSame(as: right)
        }
        #expect(same("a: 'x'", "a: \"x\""))
        #expect(same("a: !!str x", "a: |-\n  x"))
        #expect(same("'a': [1]", "a:\n- 1"))
        #expect(!same("a: 'x'", "a: x"))
        #expect(!same("a: !!int 1", "a: 1"))
        #expect(!same("{a: 1, b: 2}", "{b: 2, a: 1}"))
        #expect(!same("[1]", "[1, 2]"))
        #expect(!same("[1]", "{a: 1}"))
        #expect(!same("\u{E9}", "e\u{301}"))
    }
}
