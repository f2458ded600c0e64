import Fleet
import Manifests
import Testing

/// Files and documents as a whole; rows 11 and 12 of the faults.
@Suite struct WholeFileTests {
    @Test(arguments: cases) func `it has exactly these findings`(_ item: TextCase) {
        let start = ContinuousClock.now
        let loaded = load(item.text)
        #expect(loaded.findings == item.findings, "\(loaded.diagnostics.prefix(5))")
        #expect(loaded.diagnostics.allSatisfy { $0.source != nil && $0.message.utf8.count < 500 })
        #expect(ContinuousClock.now - start < .seconds(10), "an unusable file is told quickly")
    }

    private static let policy = "{apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: abc}}"

    private static func labelled(_ label: String) -> String {
        "{apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: abc, labels: {\(label)}}}"
    }

    private static func policy(_ spec: String) -> String {
        "{apiVersion: reeve/v1, kind: ScalingPolicy, metadata: {name: abc}, spec: {\(spec)}}"
    }

    /// Ten of ten of ten, eight deep.
    private static let bomb: String = {
        var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (name, inner) in zip("bcdefgh", "abcdefg") {
            let aliases = [String](repeating: "*\(inner)", count: 10).joined(separator: ", ")
            text += "\(name): &\(name) [\(aliases)]\n"
        }
        return text
    }()

    static let cases: [TextCase] = [
        TextCase("an empty file", "", [" empty-file"]),
        TextCase("blanks", " \n\n", [" empty-file"]),
        TextCase("comments alone", "# nothing\n", [" no-documents"]),
        TextCase("an empty document", "---\n", [" no-documents"]),
        TextCase("empty documents around one", "---\n---\n\(policy)\n---\n"),
        TextCase("a byte-order mark", "\u{FEFF}\(policy)"),
        TextCase("an alias bomb", bomb, [" limit"]),
        TextCase("64 KB of brackets", String(repeating: "[", count: 65_536), [" limit"]),
        TextCase("a document of 5 MiB", labelled("a: \"\(String(repeating: "x", count: 5 << 20))\""), [" limit"]),
        TextCase("a NUL", "a: \0", [" yaml"]),
        TextCase("a foreign tag", policy("forecast: !ruby/object true"), [" yaml"]),
        TextCase("a duplicate key", policy("forecast: true, forecast: false"), ["spec.forecast duplicate-key"]),
        TextCase("a duplicate part", "\(policy.dropLast()), kind: Node}", ["kind duplicate-key"]),
        TextCase("a duplicate label", labelled("a: b, a: c"), [" duplicate-key"]),
        TextCase("no in a Boolean field", policy("forecast: no"), ["spec.forecast wrong-type"]),
        TextCase(
            "a 40-digit integer", policy("min_nodes: 1234567890123456789012345678901234567890"),
            ["spec.min_nodes range"]),
        TextCase("NaN", policy("scale_up_threshold: .nan"), ["spec.scale_up_threshold invalid-number"]),
        TextCase("a key that filters", labelled("$where: x"), ["metadata.labels.$where label-name"]),
        TextCase("a dotted key is a name like others", labelled("a.b: x")),
        TextCase(
            "a label of 1 MB", labelled("a: \"\(String(repeating: "x", count: 1_000_000))\""),
            ["metadata.labels.a label-value"]),
        TextCase(
            "a name of 1 MB", labelled("\"\(String(repeating: "x", count: 1_000))\": a"),
            ["metadata.labels.\(String(repeating: "x", count: 40))… label-name"]),
        TextCase("a filter for a text", policy("mode: {$ne: auto}"), ["spec.mode wrong-type"]),
        TextCase("a filter for a number", policy("min_nodes: {$gt: 1}"), ["spec.min_nodes wrong-type"]),
        TextCase("an operator for a field", policy("$set: {a: 1}"), ["spec.$set unknown-field"]),
        TextCase("no mapping", "[a, b]", [" wrong-type"]),
        TextCase("no version", "{kind: ScalingPolicy, metadata: {name: abc}}", ["apiVersion missing-required"]),
        TextCase(
            "another version", "{apiVersion: v1, kind: ScalingPolicy, metadata: {name: abc}}",
            ["apiVersion unsupported-version"]),
        TextCase("no kind", "{apiVersion: reeve/v1, metadata: {name: abc}}", ["kind missing-required"]),
        TextCase("another kind", "{apiVersion: reeve/v1, kind: Pod, metadata: {name: abc}}", ["kind unknown-kind"]),
        TextCase("no metadata", "{apiVersion: reeve/v1, kind: ScalingPolicy}", ["metadata.name missing-required"]),
        TextCase("a part that is not known", "\(policy.dropLast()), specs: {}}", ["specs unknown-field"]),
        TextCase("a status", "\(policy.dropLast()), status: {}}", ["status unknown-field"]),
        TextCase("a resource twice", "\(policy)\n---\n\(policy)", [" duplicate-resource"]),
    ]

    @Test func `UTF-16 is refused with a place`() {
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit in Self.policy.utf16 { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let loaded = ManifestLoader.load([ManifestFile(path: "wide.yaml", bytes: bytes)])
        #expect(loaded.declarations == [] && loaded.unidentified == 1)
        #expect(loaded.diagnostics.map(\.rule) == ["yaml"] && loaded.diagnostics[0].source?.file == "wide.yaml")
    }

    @Test func `a resource in two files is valid in neither, and both places are named`() {
        let files = ["one.yaml", "two.yaml"].map { ManifestFile(path: $0, bytes: Array(Self.policy.utf8)) }
        let loaded = ManifestLoader.load(files)
        #expect(loaded.declarations == [] && loaded.documents == 2)
        #expect(loaded.invalidKeys == [ResourceKey(.scalingPolicy, "policy_abc")])
        let message = loaded.diagnostics.first?.description ?? ""
        #expect(message.hasPrefix("two.yaml:1:1: error: ") && message.contains("one.yaml:1:1"), "\(message)")
    }

    @Test func `what is wrong holds its key, and the rest is valid`() {
        let text = "\(Self.policy("min_nodes: 0"))\n---\n\(Self.policy.replacing("abc", with: "def"))\n---\n[]\n---\n[a"
        let loaded = load(text)
        #expect(loaded.declarations.map(\.key.id) == ["policy_def"])
        #expect(loaded.invalidKeys == [ResourceKey(.scalingPolicy, "policy_abc")])
        #expect(loaded.unidentified == 2 && loaded.documents == 3)
        #expect(loaded.diagnostics.map(\.document) == [0, 2, 3])
    }

    @Test func `an alias that leads nowhere holds the document`() {
        let loaded = load(Self.policy("min_nodes: *nowhere"))
        #expect(loaded.findings == [" yaml"] && loaded.declarations == [])
        #expect(loaded.invalidKeys.count == 1)
    }
}
