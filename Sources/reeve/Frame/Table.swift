/// Rows in aligned columns, three blanks apart.
struct Table {
    struct Cell: ExpressibleByStringLiteral {
        var text: String
        var style: Terminal.Style?

        init(_ text: String, _ style: Terminal.Style? = nil) {
            self.text = text.printable
            self.style = style
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

    func text(headers showsHeaders: Bool, styled: (String, Terminal.Style?) -> String) -> String {
        let lines = (showsHeaders ? [headers.map { Cell($0) }] : []) + rows
        var widths = headers.map { _ in 0 }
        for line in lines {
            for (column, cell) in line.enumerated() { widths[column] = max(widths[column], cell.text.count) }
        }
        var text = ""
        for line in lines {
            for (column, cell) in line.enumerated() {
                text += styled(cell.text, cell.style)
                if column < line.count - 1 {
                    text += String(repeating: " ", count: widths[column] - cell.text.count + 3)
                }
            }
            text += "\n"
        }
        return text
    }
}
