import Fleet

/// What there is to know about a kind or a field, for people; written from the field tables.
package enum Explain {
    /// The path leads nowhere.
    package struct UnknownPath: Error, Hashable, Sendable {
        package var message: String
    }

    static let width = 100

    /// The text for a path such as `["node", "hardware_info", "cpu"]`: a kind in any of its spellings, then
    /// `metadata`, `spec` or `lifecycle` (`spec` may be left out), then names or aliases; list elements need no index.
    ///
    /// `recursive` lists all fields below, not just the next ones. No line is longer than 100 columns but for a word
    /// that is.
    package static func text(for path: [String], recursive: Bool = false) -> Result<String, UnknownPath> {
        do throws(UnknownPath) {
            let subject = try Subject(path)
            return .success(render(subject, recursive: recursive))
        } catch {
            return .failure(error)
        }
    }

    /// What a path leads to.
    fileprivate enum Subject {
        case kind(Kind)
        case section(Kind, ManifestSection)
        case field(Kind, ManifestSection, [String], Field)
    }

    private static func render(_ subject: Subject, recursive: Bool) -> String {
        var text = ExplainText()
        switch subject {
        case .kind(let kind):
            text.head(kind, path: nil)
            text.paragraph(kind.summary)
            text.facts(FieldFacts.of(kind))
            text.fields(kindFields(kind), recursive: recursive)
        case .section(let kind, let section):
            text.head(kind, path: section.rawValue)
            text.paragraph(summary(section))
            text.fields(kind.table(of: section).fields, recursive: recursive)
        case .field(let kind, let section, let names, let field):
            text.head(kind, path: ([section.rawValue] + names).joined(separator: "."))
            text.paragraph(field.summary)
            for paragraph in field.details { text.paragraph(paragraph) }
            text.facts(FieldFacts.of(field, kind, section, below: Array(names.dropLast())))
            text.fields(field.type.children, recursive: recursive)
        }
        return text.text
    }

    private static func summary(_ section: ManifestSection) -> String {
        switch section {
        case .metadata: "What names the resource, and what it is found by."
        case .spec: "What is declared."
        case .lifecycle: "How the resource is kept and how it goes; the same for every kind."
        }
    }

    private static func kindFields(_ kind: Kind) -> [Field] {
        let version = Field(
            "apiVersion", .choice([DocumentReader.apiVersion]), required: true, "The version of the manifest's format.")
        let name = Field("kind", .choice([kind.rawValue]), required: true, "The kind.")
        return [version, name]
            + ManifestSection.allCases.map { section in
                let fields = kind.table(of: section).fields
                let required = fields.contains(where: \.required)
                return Field(section.rawValue, .group(fields), required: required, summary(section))
            }
    }
}

extension Explain.Subject {
    fileprivate init(_ path: [String]) throws(Explain.UnknownPath) {
        let kinds = Kind.allCases.map(\.rawValue)
        guard let first = path.first else { throw Explain.UnknownPath(message: "name a kind: \(oneOf(kinds))") }
        guard let kind = Kind(spelling: first) else {
            let suggestion = Spelling.suggestion(for: first, among: kinds + Kind.allCases.flatMap(\.spellings))
            throw Explain.UnknownPath(message: "there is no kind `\(shortened(first))`: \(oneOf(kinds))\(suggestion)")
        }
        guard path.count > 1 else {
            self = .kind(kind)
            return
        }
        let section = ManifestSection(rawValue: path[1])
        let names = path.dropFirst(section == nil ? 1 : 2).map { String($0.prefix { $0 != "[" }) }
        guard let last = names.last else {
            self = .section(kind, section ?? .spec)
            return
        }
        var fields = kind.table(of: section ?? .spec).fields
        var written: [String] = []
        for name in names.dropLast() {
            let field = try Self.field(name, among: fields, after: [kind.rawValue] + written, section)
            written.append(field.name)
            fields = field.type.children
        }
        let field = try Self.field(last, among: fields, after: [kind.rawValue] + written, section)
        self = .field(kind, section ?? .spec, written + [field.name], field)
    }

    private static func field(
        _ name: String, among fields: [Field], after parents: [String], _ section: ManifestSection?
    ) throws(Explain.UnknownPath) -> Field {
        if let field = fields.first(where: { $0.name == name || $0.aliases.contains(name) }) { return field }
        let place = parents.joined(separator: ".")
        if fields.isEmpty { throw Explain.UnknownPath(message: "`\(place)` has no fields") }
        // Right behind the kind a section may have been meant, too.
        let sections = parents.count == 1 && section == nil ? ManifestSection.allCases.map(\.rawValue) : []
        let names = fields.flatMap { [$0.name] + $0.aliases } + sections
        let suggestion = Spelling.suggestion(for: name, among: names)
        let list = suggestion.isEmpty ? "; it has \(names.joined(separator: ", "))" : suggestion
        throw Explain.UnknownPath(message: "`\(place)` has no field `\(shortened(name))`\(list)")
    }
}
