import Fleet

/// LAST SEEN, TYPE, REASON, OBJECT, MESSAGE.
enum EventTable {
    /// Without the object where all are of one.
    static func table(_ folds: [EventFold], now: Timestamp, showsObject: Bool = true) -> Table {
        var table = Table(["LAST SEEN", "TYPE", "REASON"] + (showsObject ? ["OBJECT"] : []) + ["MESSAGE"])
        for fold in folds {
            let event = fold.event
            let style: Terminal.Style? = event.severity == .warning ? .yellow : nil
            var cells = [
                Table.Cell(fold.lastSeen(now)), Table.Cell(event.severity.rawValue, style), Table.Cell(event.reason),
            ]
            if showsObject { cells.append(Table.Cell(event.subject.description)) }
            table.add(cells + [Table.Cell(event.message)])
        }
        return table
    }
}
