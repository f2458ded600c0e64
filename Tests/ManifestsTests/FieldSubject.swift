import Fleet

/// A field of a manifest, where it stands, and the smallest manifest around it.
struct FieldSubject {
    let kind: Kind
    let section: ManifestSection
    /// Below the section; `0` is the first element of a list.
    let names: [String]
    let field: Field
    /// Its neighbours, itself among them.
    let siblings: [Field]

    var components: ArraySlice<String> { ([section.rawValue] + names)[...] }

    /// As diagnostics write it.
    var path: String {
        components.reduce(into: "") { text, name in
            text += name == "0" ? "[0]" : text.isEmpty ? name : "." + name
        }
    }

    /// Every field of every kind and section: groups, leaves, and the fields of records in lists.
    static let all: [FieldSubject] = Kind.allCases.flatMap { kind in
        ManifestSection.allCases.flatMap { section in
            below(kind, section, [], kind.table(of: section).fields)
        }
    }

    private static func below(
        _ kind: Kind, _ section: ManifestSection, _ parents: [String], _ fields: [Field]
    ) -> [FieldSubject] {
        fields.flatMap { field in
            let names = parents + [field.name]
            let subject = FieldSubject(kind: kind, section: section, names: names, field: field, siblings: fields)
            switch field.type {
            case .group(let children): return [subject] + below(kind, section, names, children)
            case .list(of: .record(let children), count: _):
                return [subject] + below(kind, section, names + ["0"], children)
            default: return [subject]
            }
        }
    }

    /// A valid manifest that states the field by its example (a group by what it requires), and little else.
    func manifest() -> Sketch {
        var sketch = FieldSubject.smallest(kind)
        // Groups on the way state what they require.
        var fields = kind.table(of: section).fields
        for (depth, name) in names.enumerated() {
            guard let field = fields.first(where: { $0.name == name }) else { continue }
            let place = ([section.rawValue] + names.prefix(through: depth))[...]
            if sketch[place] == nil { sketch[place] = FieldSubject.stated(field) }
            switch field.type {
            case .group(let children), .list(of: .record(let children), count: _): fields = children
            default: break
            }
        }
        // Whatever the name is, it then makes no id.
        if section == .metadata, names == ["name"] { sketch[["metadata", "id"]] = .raw(kind.idPrefix + "abc") }
        if names == ["auto_scaling"] { sketch[["spec", "scaling_policy_ref"]] = .raw("policy_steady") }
        if sketch[components] == nil { sketch[components] = FieldSubject.stated(field) }
        return sketch
    }

    /// The smallest manifest of a kind that is valid.
    static func smallest(_ kind: Kind) -> Sketch {
        var sketch = Sketch.map([("apiVersion", .raw("reeve/v1")), ("kind", .raw(kind.rawValue))])
        for section in ManifestSection.allCases {
            let required = required(kind.table(of: section).fields)
            if !required.isEmpty { sketch[[section.rawValue]] = .map(required) }
        }
        return sketch
    }

    private static func required(_ fields: [Field]) -> [(String, Sketch)] {
        fields.filter(\.required).map { ($0.name, stated($0)) }
    }

    private static func stated(_ field: Field) -> Sketch {
        switch field.type {
        case .group(let children):
            let members = required(children)
            return members.isEmpty ? .map(children.suffix(1).map { ($0.name, stated($0)) }) : .map(members)
        case .list(of: .record(let children), count: _): return .list([.map(required(children))])
        default: return .raw(field.example)
        }
    }
}
