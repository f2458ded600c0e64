import Foundation
import Testing
import YAML

/// The same documents through PyYAML's own parser, which shares no code with libyaml.
struct SecondParserTests {
    @Test func `PyYAML reads the same trees`() throws {
        var inputs = Corpus.documents.map { Array($0.utf8) }
        var mutator = Mutator(seed: 4_711)
        while inputs.count < 2_500 {
            let bytes = mutator.next()
            if Parser.documents(in: bytes).errors.isEmpty { inputs.append(bytes) }
        }
        let answers = try Self.ask(inputs)
        try #require(answers.count == inputs.count)

        var excused: [String: Int] = [:]
        var failures: [String] = []
        for (bytes, answer) in zip(inputs, answers) {
            let tree = Parser.documents(in: bytes).documents.map { Canonical.text(of: $0.root) }.joined(separator: " ")
            if (tree.isEmpty ? "none" : tree) == answer { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            if let known = Difference.all.first(where: { $0.explains(text, answer) }) {
                excused[known.why, default: 0] += 1
            } else {
                failures.append("\(text.debugDescription)\n  libyaml: \(tree)\n  PyYAML:  \(answer)")
            }
        }
        #expect(failures.isEmpty, "\(failures.count) differ:\n\(failures.prefix(8).joined(separator: "\n"))")
        // The list of excuses must not swallow the test.
        let total = excused.values.reduce(0, +)
        #expect(total * 10 < inputs.count, "too many are excused: \(excused)")
    }

    /// One line for each input: its documents in canonical form, or `E` and why it was refused.
    private static func ask(_ inputs: [[UInt8]]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yaml-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appendingPathComponent("input")
        let output = folder.appendingPathComponent("output")
        try Data(inputs.map(Canonical.hex).joined(separator: "\n").utf8).write(to: input)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, input.path, output.path]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 with PyYAML is needed (Tests/run installs it): \(said)")
        return String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// `BaseLoader`'s parts in pure Python: no types are guessed; only `<<` is told from other plain scalars.
    private static let script = #"""
        import sys
        try:
            import yaml
        except ImportError:
            sys.exit("PyYAML is not installed")
        from yaml.reader import Reader
        from yaml.scanner import Scanner
        from yaml.parser import Parser
        from yaml.composer import Composer
        from yaml.resolver import BaseResolver
        import re

        class Resolver(BaseResolver):
            pass
        Resolver.add_implicit_resolver('tag:yaml.org,2002:merge', re.compile('^(?:<<)$'), ['<'])

        class Loader(Reader, Scanner, Parser, Composer, Resolver):
            def __init__(self, stream):
                Reader.__init__(self, stream)
                Scanner.__init__(self)
                Parser.__init__(self)
                Composer.__init__(self)
                Resolver.__init__(self)

        prefix = 'tag:yaml.org,2002:'

        def pairs(node):
            own, merged = {}, {}
            for key, value in node.value:
                if key.tag == prefix + 'merge':
                    sources = [value] if isinstance(value, yaml.MappingNode) else value.value
                    for source in sources:
                        for name, pair in pairs(source).items():
                            merged.setdefault(name, pair)
                else:
                    own[key.value] = (key, value)
            return {**merged, **own}

        def canonical(node):
            if isinstance(node, yaml.ScalarNode):
                kind = node.tag[len(prefix):] if node.tag.startswith(prefix) else node.tag
                kind = 'str' if kind == 'merge' else kind
                quoted = 'q' if node.style else 'p'
                return kind + quoted + node.value.encode('utf-8').hex()
            if isinstance(node, yaml.SequenceNode):
                return '[' + ','.join(canonical(item) for item in node.value) + ']'
            return '{' + ','.join(sorted(canonical(k) + '=' + canonical(v) for k, v in pairs(node).values())) + '}'

        with open(sys.argv[1]) as source, open(sys.argv[2], 'w') as target:
            for line in source.read().split('\n'):
                try:
                    answer = ' '.join(canonical(n) for n in yaml.compose_all(bytes.fromhex(line), Loader))
                except yaml.YAMLError as error:
                    answer = 'E ' + type(error).__name__ + ': ' + ' '.join(str(error).split())
                target.write((answer or 'none') + '\n')
        """#
}

/// One line that says what a tree says, order of keys apart; the script above writes the same.
private enum Canonical {
    static func text(of root: Node?) -> String { root.map(text) ?? "strp" }

    private static func text(_ node: Node) -> String {
        switch node.content {
        case .scalar(let scalar):
            let kind =
                switch scalar.tag {
                case .null: "null"
                case .bool: "bool"
                case .int: "int"
                case .float: "float"
                default: "str"
                }
            return kind + (scalar.style == .plain ? "p" : "q") + hex(Array(scalar.text.utf8))
        case .sequence(let items): return "[" + items.map(text).joined(separator: ",") + "]"
        case .mapping(let pairs):
            return "{" + pairs.map { text($0.key) + "=" + text($0.value) }.sorted().joined(separator: ",") + "}"
        }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// Where the two parsers are known to differ, and why that is no fault of the tree.
private struct Difference: Sendable {
    var why: String
    var explains: @Sendable (_ text: String, _ answer: String) -> Bool

    static let all: [Difference] = [
        Difference(why: "PyYAML refuses an anchor that is defined twice; YAML lets the later one win") {
            $1.contains("found duplicate anchor")
        },
        Difference(why: "PyYAML takes a tab between tokens for no white space at all") {
            $1.contains(#"found character '\t' that cannot start any token"#) || $1.contains(#"but found '\t'"#)
        },
        Difference(why: "libyaml drops a byte-order mark at the start of any line, PyYAML at that of the file only") {
            $0.unicodeScalars.dropFirst().contains("\u{FEFF}") && !$1.isEmpty
        },
        Difference(why: "libyaml takes a comment right behind the indicator of a block scalar") {
            $1.contains("expected chomping or indentation indicators, but found '#'")
        },
        Difference(why: "PyYAML ends a plain scalar at a question mark in a flow collection") {
            $1.contains("but got '?'")
        },
    ]
}
