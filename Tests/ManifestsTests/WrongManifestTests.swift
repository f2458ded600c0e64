import Fleet
import Manifests
import Testing

/// Wrong manifests, generated from the table: each rule of each field kept and broken, at its edges.
struct GeneratedCase {
    let name: String
    let text: String
    let path: String
    let rule: ManifestRule
    let breaks: Bool
    let inSchema: Bool

    static let all: [GeneratedCase] = FieldSubject.all.flatMap { values($0) + presence($0) + names($0) }

    private static func values(_ subject: FieldSubject) -> [GeneratedCase] {
        subject.field.type.cases.enumerated().map { number, value in
            var sketch = subject.manifest()
            sketch[subject.components] = value.value
            return GeneratedCase(
                name: "\(subject.kind) \(subject.path) \(value.rule.rawValue) \(number)", text: sketch.text,
                path: subject.path, rule: value.rule, breaks: value.breaks, inSchema: value.inSchema)
        }
    }

    /// Left out, null, and stated.
    private static func presence(_ subject: FieldSubject) -> [GeneratedCase] {
        var without = subject.manifest()
        without[subject.components] = nil
        var null = subject.manifest()
        null[subject.components] = .raw("null")
        let required = subject.field.required
        return [("left out", without, required), ("null", null, required), ("stated", subject.manifest(), false)].map {
            name, sketch, breaks in
            GeneratedCase(
                name: "\(subject.kind) \(subject.path) \(name)", text: sketch.text, path: subject.path,
                rule: .missingRequired, breaks: breaks, inSchema: name != "null")
        }
    }

    /// Stated twice, beside an alias of itself, by an alias alone, misspelt.
    private static func names(_ subject: FieldSubject) -> [GeneratedCase] {
        let (mapping, name) = (subject.components.dropLast(), subject.field.name)
        let whole = subject.manifest()
        guard let value = whole[subject.components] else { return [] }
        func generated(
            _ what: String, _ sketch: Sketch, _ field: String, _ rule: ManifestRule, _ breaks: Bool,
            inSchema: Bool = true
        ) -> GeneratedCase {
            let parent = subject.path.dropLast(name.count)
            return GeneratedCase(
                name: "\(subject.kind) \(subject.path) \(what)", text: sketch.text, path: parent + field, rule: rule,
                breaks: breaks, inSchema: inSchema)
        }
        var twice = whole
        twice.append(name, value, at: mapping)
        var misspelt = whole
        misspelt.append(name + "x", value, at: mapping)
        var unknown = whole
        unknown.append("zzz.$where", .raw("1"), at: mapping)
        let base = [
            generated("twice", twice, name, .duplicateKey, true, inSchema: false),
            generated("once", whole, name, .duplicateKey, false),
            generated("misspelt", misspelt, name + "x", .unknownField, true),
            generated("beside an unknown field", unknown, "zzz.$where", .unknownField, true),
        ]
        return base
            + subject.field.aliases.flatMap { alias in
                var both = whole
                both.append(alias, value, at: mapping)
                var alone = whole
                alone[subject.components] = nil
                alone.append(alias, value, at: mapping)
                return [
                    generated("beside \(alias)", both, alias, .aliasConflict, true),
                    generated("as \(alias)", alone, alias, .aliasConflict, false),
                ]
            }
    }
}

@Suite struct WrongManifestTests {
    @Test func `every rule of every field holds at its edges`() {
        var failures: [String] = []
        for item in GeneratedCase.all {
            let loaded = load(item.text)
            let found = loaded.diagnostics.filter {
                $0.path == item.path || $0.path.hasPrefix(item.path + ".") || $0.path.hasPrefix(item.path + "[")
            }
            let isFound = found.contains { $0.rule == item.rule.rawValue }
            if isFound != item.breaks {
                failures.append("\(item.name): \(item.text)\n   \(loaded.diagnostics)")
            } else if item.breaks, loaded.declarations.count != 0 {
                failures.append("\(item.name) was accepted")
            } else if !item.breaks, found.contains(where: { !acrossFields.contains($0.rule) }) {
                failures.append("\(item.name): \(item.text)\n   \(loaded.diagnostics)")
            }
        }
        #expect(
            failures.isEmpty,
            "\(failures.count) of \(GeneratedCase.all.count):\n\(failures.prefix(12).joined(separator: "\n"))")
        #expect(GeneratedCase.all.count > 2500)
    }

    /// Two fields' rules may meet where one field stands at its edge; they have cases of their own.
    private let acrossFields: Set<String> = Set(
        [
            ManifestRule.limitExceedsHardware, .thresholdsOrder, .thresholdsClose, .nodesOrder, .policyExceedsPool,
            .policyMissing, .policyConflict, .currencyMissing, .selfDependency, .duplicateInterface, .idRequired,
            .providerMissing,
        ].map(\.rawValue))

    @Test func `every diagnostic names its file, place and document`() {
        for item in GeneratedCase.all where item.breaks {
            for diagnostic in load(item.text).diagnostics {
                #expect(diagnostic.source?.file == "test.yaml" && diagnostic.document == 0, "\(item.name)")
                #expect((diagnostic.source?.line ?? 0) >= 1 && (diagnostic.source?.column ?? 0) >= 1, "\(item.name)")
                #expect(!diagnostic.message.isEmpty && diagnostic.message.utf8.count < 500, "\(item.name)")
            }
        }
    }

    @Test func `every rule of a field has a case that keeps it and one that breaks it`() {
        for subject in FieldSubject.all {
            let cases = subject.field.type.cases
            if case .group = subject.field.type { continue }
            for rule in Set(cases.map(\.rule)) {
                let verdicts = Set(cases.filter { $0.rule == rule }.map(\.breaks))
                #expect(verdicts == [true, false], "\(subject.path) \(rule)")
            }
        }
    }

    @Test func `no rule is without a case that breaks it`() {
        let generated = Set(GeneratedCase.all.filter(\.breaks).map(\.rule))
        let written = Set((AcrossFieldsTests.cases + WholeFileTests.cases).flatMap(\.rules))
        let untested = ManifestRule.allCases.filter { !generated.contains($0) && !written.contains($0.rawValue) }
        #expect(untested == [])
    }
}
