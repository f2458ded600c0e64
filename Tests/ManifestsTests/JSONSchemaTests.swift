import Fleet
import Foundation
import Manifests
import Testing

/// The schema, judged by another implementation: Python's `jsonschema`.
@Suite struct JSONSchemaTests {
    @Test func `it accepts what is right and refuses what it can tell is wrong`() throws {
        var items: [[String: Any]] = GeneratedCase.all.filter(\.inSchema).map { item in
            ["name": item.name, "text": item.text, "valid": !item.breaks]
        }
        for file in try RepositoryManifests.all() {
            items.append(["name": file.path, "text": String(decoding: file.bytes, as: UTF8.self), "valid": true])
        }
        let expressible: Set<String> = ["policy-missing", "policy-conflict", "currency-missing", "id-required"]
        for item in AcrossFieldsTests.cases where item.findings.isEmpty || item.rules.allSatisfy(expressible.contains) {
            items.append(["name": item.name, "text": item.text, "valid": item.findings.isEmpty])
        }
        let result = try judge(schema: JSONSchema.document(), items)
        #expect(result == "", "\(result)")
        #expect(items.count > 2000)
    }

    @Test(arguments: Kind.allCases) func `one kind's schema takes its own manifests alone`(_ kind: Kind) throws {
        let items = try ManifestLoader.load(RepositoryManifests.fleet()).declarations.map { declaration in
            [
                "name": declaration.key.description, "text": ManifestWriter.text(declaration),
                "valid": declaration.key.kind == kind,
            ] as [String: Any]
        }
        let result = try judge(schema: JSONSchema.document(kind: kind), items)
        #expect(result == "", "\(result)")
    }

    @Test func `it is the same every time, and ends with a line break`() {
        #expect(JSONSchema.document() == JSONSchema.document())
        #expect(JSONSchema.document().hasSuffix("}\n"))
    }

    /// What Python finds, a line each; nothing if all is as expected.
    private func judge(schema: String, _ items: [[String: Any]]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reeve-schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(schema.utf8).write(to: folder.appending(path: "schema.json"))
        try JSONSerialization.data(withJSONObject: items).write(to: folder.appending(path: "items.json"))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../judge_schema.py")
        process.arguments = ["python3", script.path, folder.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return process.terminationStatus == 0 ? text : "python3 with jsonschema and PyYAML is needed:\n" + text
    }
}
