/// Rows in aligned columns, three blanks apart.
struct Table {
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let style: Terminal.Style?
        /// In characters; counted once, because a large fleet has a million cells.
        let width: Int

        init(_ text: String, _ style: Terminal.Style? = nil) {
            let printable = text.printable
            self.text = printable
            self.style = style
            let bytes = printable.utf8.count
            width = printable.utf8.allSatisfy { $0 < 0x80 } ? bytes : printable.count
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    let headers: [String]
    private(set) var rows: [[Cell]] = []

    init(_ headers: [String]) { self.headers = headers }

    /// As many cells as there are headers; an empty one shows as `-`.
    mutating func add(_ cells: [Cell]) {
        rows.append(cells.map { $0.text.isEmpty ? Cell("-", $0.style) : $0 })
    }

    /// What each column needs.
    func widths(headers showsHeaders: Bool) -> [Int] {
        var widths = headers.map { showsHeaders ? $0.count : 0 }
        for row in rows {
            for (column, cell) in row.enumerated() where cell.width > widths[column] { widths[column] = cell.width }
        }
        return widths
    }

    /// Columns are at least as wide as `widths`, so that rows which come later stand under earlier ones.
    func text(
        headers showsHeaders: Bool, widths least: [Int]? = nil, styled: (String, Terminal.Style?) -> String
    ) -> String {
        var widths = widths(headers: showsHeaders)
        if let least { widths = zip(widths, least).map { max($0, $1) } }
        let blanks = String(repeating: " ", count: (widths.max() ?? 0) + 3)
        var text = ""
        for line in (showsHeaders ? [headers.map { Cell($0) }] : []) + rows {
            for (column, cell) in line.enumerated() {
                text += styled(cell.text, cell.style)
                if column < line.count - 1 {
                    text += blanks.prefix(widths[column] - cell.width + 3)
                }
            }
            text += "\n"
        }
        return text
    }
}
