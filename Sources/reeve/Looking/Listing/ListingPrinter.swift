/// Prints listings: tables, or one document of all objects.
struct ListingPrinter {
    let terminal: Terminal
    let showsHeaders: Bool
    /// How many objects go out in one write.
    private static let chunk = 2_000
    /// How far objects are indented below `items`.
    static let itemIndent = 4

    func print(_ parts: [(columns: ObjectColumns, rows: [ObjectListing.Row])]) {
        switch terminal.format {
        case .table, .wide:
            for (position, part) in parts.enumerated() where !part.rows.isEmpty {
                if parts[..<position].contains(where: { !$0.rows.isEmpty }) { Terminal.standardOutput("\n") }
                terminal.table(table(part.columns, part.rows), headers: showsHeaders)
            }
        case .json: printJSON(parts.flatMap(\.rows))
        case .yaml: printEach(parts.flatMap(\.rows), separator: "---\n", ending: "")
        case .name: printEach(parts.flatMap(\.rows), separator: "", ending: "\n")
        }
    }

    func table(_ columns: ObjectColumns, _ rows: [ObjectListing.Row]) -> Table {
        var table = Table(columns.headers)
        for row in rows {
            if case .cells(let cells) = row.content { table.add(cells) }
        }
        return table
    }

    /// `{"items":[…]}`
    private func printJSON(_ rows: [ObjectListing.Row]) {
        guard !rows.isEmpty else { return Terminal.standardOutput("{\n  \"items\": []\n}\n") }
        Terminal.standardOutput("{\n  \"items\": [\n")
        let blanks = String(repeating: " ", count: Self.itemIndent)
        Terminal.standardOutput(blanks)
        printEach(rows, separator: ",\n" + blanks, ending: "")
        Terminal.standardOutput("\n  ]\n}\n")
    }

    private func printEach(_ rows: [ObjectListing.Row], separator: String, ending: String) {
        var text = ""
        for (position, row) in rows.enumerated() {
            guard case .text(let rendered) = row.content else { continue }
            text += (position > 0 ? separator : "") + rendered + ending
            if position % Self.chunk == Self.chunk - 1 {
                Terminal.standardOutput(text)
                text = ""
            }
        }
        Terminal.standardOutput(text)
    }
}
