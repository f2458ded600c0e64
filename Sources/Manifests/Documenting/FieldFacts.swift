import Fleet

/// What the table says about a field, as pairs of a word and a text.
enum FieldFacts {
    static func of(_ kind: Kind) -> [(String, String)] {
        [
            ("Stored", kind.collection.map { "`desired`, and as a document of `\($0)`" } ?? "`desired` alone"),
            ("Ids", kind.idRule.pattern.map { "\($0.regularExpression), 8 to 64 characters" } ?? ""),
            ("Spelled", kind.spellings.joined(separator: ", ")),
        ]
    }

    /// `parents` are the names above the field, below its section.
    static func of(
        _ field: Field, _ kind: Kind, _ section: ManifestSection, below parents: [String]
    ) -> [(String, String)] {
        var facts: [(String, String?)] = [("Type", field.type.word)]
        facts += rules(field.type)
        facts += [
            ("Unit", field.unit?.rawValue),
            ("Default", (field.defaultValue ?? field.resolvedDefault)?.description),
            ("Required", required(field, parents)),
            ("Example", field.example.isEmpty ? nil : "\(field.name): \(field.example)"),
            ("Also called", field.aliases.isEmpty ? nil : field.aliases.joined(separator: ", ")),
            ("Changes", field.mutability == .immutable ? "never: it is immutable" : "at any time"),
            ("Stored", stored(field, kind, section, parents)),
        ]
        return facts.compactMap { name, text in text.map { (name, $0) } }
    }

    private static func required(_ field: Field, _ parents: [String]) -> String {
        guard field.required else { return "no" }
        return parents.last.map { "yes, where `\($0)` is stated" } ?? "yes"
    }

    private static func stored(
        _ field: Field, _ kind: Kind, _ section: ManifestSection, _ parents: [String]
    ) -> String {
        guard let collection = kind.collection, hasDocumentLeaf(field) else { return "`desired` alone" }
        let path = field.storedName ?? (parents + [field.name]).joined(separator: ".")
        return "`desired`, and `\(collection)` as `\(path)`"
    }

    private static func hasDocumentLeaf(_ field: Field) -> Bool {
        if case .group(let children) = field.type { return children.contains(where: hasDocumentLeaf) }
        return field.storage == .document
    }

    private static func rules(_ type: FieldType) -> [(String, String?)] {
        switch type {
        case .string(let rule): strings(rule)
        case .choice(let words): [("One of", words.joined(separator: ", "))]
        case .integer(let range): [("Range", range.inWords { String($0) })]
        case .bytes(let range):
            [("Range", range.inWords(quantity)), ("Units", ByteUnit.all.map(\.name).joined(separator: ", "))]
        case .number(let rule): [("Range", rule.inWords)]
        case .decimal(let rule):
            [("Range", "from 0 to \(rule.maximum)"), ("Digits", "at most \(rule.fractionDigits) after the point")]
        case .list(of: let element, let count): [("Elements", count.inWords)] + rules(element)
        case .oneOrMore(let element): rules(element)
        case .pairs:
            [
                ("Elements", "at most \(LabelRule.maximumCount)"), ("Names", LabelRule.namePattern),
                (
                    "Length",
                    "names \(LabelRule.nameLength.inWords) characters, texts \(LabelRule.valueLength.inWords)"
                ),
            ]
        case .boolean, .timestamp, .record, .group: []
        }
    }

    private static func strings(_ rule: StringRule) -> [(String, String?)] {
        [
            ("Length", rule.length.inWords + " characters"), ("Pattern", rule.pattern?.regularExpression),
            ("Format", rule.format?.rawValue),
            ("Reserved", rule.reserved.isEmpty ? nil : "what begins with " + oneOf(rule.reserved)),
        ]
    }
}

extension FieldType {
    /// The type in a word or three.
    var word: String {
        switch self {
        case .string: "text"
        case .choice: "word"
        case .integer: "whole number"
        case .bytes: "bytes"
        case .number: "number"
        case .boolean: "true or false"
        case .decimal: "exact decimal, in quotes"
        case .timestamp: "time (RFC 3339)"
        case .list(of: let element, count: _): "list of \(element.plural)"
        case .record, .group: "mapping"
        case .pairs: "mapping of names to texts"
        case .oneOrMore(let element): "\(element.word), or a list of them"
        }
    }

    private var plural: String {
        if case .record = self { "mappings" } else { word + "s" }
    }

    /// The fields below, through lists.
    var children: [Field] {
        switch self {
        case .group(let fields), .record(let fields): fields
        case .list(of: let element, count: _), .oneOrMore(let element): element.children
        default: []
        }
    }
}
