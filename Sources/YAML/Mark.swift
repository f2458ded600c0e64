/// A place in a file: line and column, both counted from 1, the column in Unicode scalars.
///
/// Line breaks are YAML 1.1's: LF, CR LF, CR, NEL, LS and PS. A byte-order mark at the start has no column.
package struct Mark: Hashable, Sendable, Comparable {
    // 32 bits each: every node carries a mark, and no file within the limits has more lines or columns.
    private var storedLine: UInt32
    private var storedColumn: UInt32

    package var line: Int {
        get { Int(storedLine) }
        set { storedLine = UInt32(clamping: newValue) }
    }

    package var column: Int {
        get { Int(storedColumn) }
        set { storedColumn = UInt32(clamping: newValue) }
    }

    package init(line: Int, column: Int) {
        storedLine = UInt32(clamping: line)
        storedColumn = UInt32(clamping: column)
    }

    /// Line 1, column 1: the start of a file, and the mark of a node that was not read from one.
    package static let start = Mark(line: 1, column: 1)

    package static func < (left: Mark, right: Mark) -> Bool {
        (left.storedLine, left.storedColumn) < (right.storedLine, right.storedColumn)
    }
}

extension Mark: CustomStringConvertible {
    /// `LINE:COLUMN`, as diagnostics print it.
    package var description: String { "\(line):\(column)" }
}
