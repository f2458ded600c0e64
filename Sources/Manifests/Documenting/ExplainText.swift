import Fleet

/// Lays out what `explain` prints, in at most `Explain.width` columns.
struct ExplainText {
    private(set) var text = ""

    mutating func head(_ kind: Kind, path: String?) {
        text += "KIND:   \(kind.rawValue) (\(DocumentReader.apiVersion))\n"
        if let path { text += "FIELD:  \(path)\n" }
    }

    mutating func paragraph(_ words: String) {
        text += "\n"
        for line in wrapped(words, to: Explain.width - 4) { text += "    \(line)\n" }
    }

    mutating func facts(_ facts: [(String, String)]) {
        text += "\n"
        let column = facts.map(\.0.count).max() ?? 0
        for (name, value) in facts {
            let margin = String(repeating: " ", count: column + 2)
            for (number, line) in wrapped(value, to: Explain.width - column - 2).enumerated() {
                text += number == 0 ? name + margin.dropFirst(name.count) + line : margin + line
                text += "\n"
            }
        }
    }

    /// A line a field, indented by depth: name, type, and what is worth knowing at a glance.
    mutating func fields(_ fields: [Field], recursive: Bool) {
        if fields.isEmpty { return }
        var rows: [(name: String, type: String, words: String)] = []
        collect(fields, depth: 0, recursive: recursive, into: &rows)
        let nameColumn = (rows.map(\.name.count).max() ?? 0) + 2
        let typeColumn = (rows.map(\.type.count).max() ?? 0) + 2
        text += "\nFIELDS:\n"
        for row in rows {
            let margin = 2 + nameColumn + typeColumn
            let lines = wrapped(row.words, to: max(20, Explain.width - margin))
            text +=
                "  " + row.name.padded(to: nameColumn) + row.type.padded(to: typeColumn) + (lines.first ?? "") + "\n"
            for line in lines.dropFirst() { text += String(repeating: " ", count: margin) + line + "\n" }
        }
        if rows.contains(where: { $0.name.hasSuffix("*") }) { text += "\n  * required\n" }
    }

    private func collect(
        _ fields: [Field], depth: Int, recursive: Bool,
        into rows: inout [(name: String, type: String, words: String)]
    ) {
        for field in fields {
            let name = String(repeating: "  ", count: depth) + field.name + (field.required ? "*" : "")
            rows.append((name, field.type.shortWord, field.summary))
            if recursive { collect(field.type.children, depth: depth + 1, recursive: true, into: &rows) }
        }
    }

    /// Lines of whole words; a word that is longer than a line stands alone.
    private func wrapped(_ words: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in words.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return lines + (line.isEmpty ? [] : [line])
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension FieldType {
    /// For the list of fields: narrow.
    fileprivate var shortWord: String {
        switch self {
        case .integer: "integer"
        case .boolean: "boolean"
        case .decimal: "decimal"
        case .timestamp: "time"
        case .list: "list"
        case .pairs: "mapping"
        case .oneOrMore(let element): "\(element.word)(s)"
        default: word
        }
    }
}
